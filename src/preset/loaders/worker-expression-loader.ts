/**
 * Turns the native worker of the template's engine into one of workerize-loader, whose instance is a Worker with remote calls on top. So the
 * engine's source is the same for both.
 */
import path from 'node:path';
import type { LoaderContext } from 'webpack';

const workerExpression =
  /new\s+Worker\s*\(\s*new\s+URL\s*\(\s*(?<quote>['"])(?<worker>\.\/worker\/index(?:\.[jt]sx?)?)\k<quote>\s*,\s*import\.meta\.url\s*,?\s*\)\s*(?:,\s*\{[^{}]*\}\s*)?,?\s*\)/g;

export default function workerExpressionLoader(this: LoaderContext<unknown>, source: string): string {
  const found = [...source.matchAll(workerExpression)];
  const [expression] = found;
  if (expression === undefined || found.length > 1) {
    throw new Error(
      `With worker: 'workerize' this file has to hold the expression new Worker(new URL('./worker/index${path.extname(this.resourcePath ?? '') || '.ts'}', import.meta.url)) exactly once, ` +
        `as the template has it; it holds it ${found.length} times. Restore the expression, or leave the option out.`,
    );
  }
  // On the first line, so that line numbers stay.
  return `import createWorkerizedWorker from '${expression.groups?.worker}?workerize'; ${source.replace(expression[0], 'createWorkerizedWorker()')}`;
}
