/**
 * Gives the engine and RxDB the timers and the time of before a test has faked them: with faked ones nothing would open, and a test that turns an hour on
 * would take the worker for dead. The names stand in front of the module, on its first line, so that line numbers stay.
 */
import { createHash } from 'node:crypto';
import type { RealTimersOptions } from './config';
import importMetaTransform from './import-meta-transform';
import type { Transformer } from './import-meta-transform';
import { realTimers, TIMERS_KEY } from './real-timers';

const version = '1';
const names = Object.keys(realTimers());

/** A module that declares one of the names at its top, where a second declaration would be an error, keeps its own. */
function isGlobalOf(source: string, name: string): boolean {
  const declared = new RegExp(`^(?:const|let|class|import)\\b[^=;]*\\b${name}\\b`, 'm');
  return new RegExp(`\\b${name}\\b`).test(source) && !declared.test(source);
}

const directive = /^(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*(['"])use strict\1;?/;

export function withRealTimers(source: string): string {
  const used = names.filter((name) => isGlobalOf(source, name));
  if (used.length === 0) return source;
  const [strict = ''] = directive.exec(source) ?? [];
  const real = `var { ${used.join(', ')} } = globalThis[Symbol.for('${TIMERS_KEY}')] || globalThis;`;
  return `${strict} ${real} ${source.slice(strict.length)}`;
}

/** The packages come as CommonJS; where the user's settings find ES modules of them, these need the user's transformer. */
const isModule = (source: string): boolean => /^(?:import|export)\b/m.test(source);

function createTransformer({ behind }: RealTimersOptions): Transformer {
  const next = behind && importMetaTransform.createTransformer(behind);
  return {
    process(source, file, options) {
      const changed = withRealTimers(source);
      return next && isModule(source) ? next.process(changed, file, options) : { code: changed };
    },
    getCacheKey: (source, file, options) =>
      createHash('sha256')
        .update(JSON.stringify([version, names]))
        .update((next && isModule(source) && next.getCacheKey?.(source, file, options)) || source)
        .digest('hex'),
  };
}

export default { createTransformer };
