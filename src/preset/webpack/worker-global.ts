/**
 * With `output.globalObject: 'window'`, as settings for other tools have it, webpack's own code in a worker asks for a global that a worker lacks, and the
 * worker ends before it has begun. `self` is the same object in a page, and there in a worker too.
 */
import type { Compiler } from 'webpack';

export class WorkerGlobalPlugin {
  apply({ options }: Compiler): void {
    // Not in the hook of the configuration: plugins that stand after this one may still set it.
    const { globalObject } = options.output;
    if (globalObject !== undefined && isOfPageOnly(globalObject)) options.output.globalObject = 'self';
  }
}

/** Names that a worker does not have. An expression that asks for them by `typeof` knows that. */
function isOfPageOnly(expression: string): boolean {
  return /\b(?:window|document|top|parent|frames)\b/.test(expression) && !/\btypeof\b/.test(expression);
}
