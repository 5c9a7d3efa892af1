/**
 * Reloads the page when code of the engine changes. Hot replacement does not reach a worker, and in the page React takes a new engine.ts as part of a
 * component: without this the old engine and its old worker would go on, and a developer would look at the wrong code.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Compilation, Compiler } from 'webpack';
import type { AppContext } from '../app';
import { findWorkers } from './workers';

/**
 * @param onChange Called after a compilation in which code of a worker, or of the template, differs from the last good one. What was not part of it before is no
 * change: tools that compile a module when it is first asked for would otherwise reload the page that asks.
 */
export function watchEngine(compiler: Compiler, app: AppContext, onChange: () => void): void {
  const known = new Map<string, string>();
  compiler.hooks.done.tap('ZeroBackendSyncEngineReload', ({ compilation }) => {
    if (compilation.errors.length > 0) return;
    let isChanged = false;
    for (const [module, code] of codeOfEngine(compilation, app)) {
      isChanged ||= (known.get(module) ?? code) !== code;
      known.set(module, code);
    }
    if (isChanged) onChange();
  });
}

/** Hashes by module. */
type Code = ReadonlyMap<string, string>;

function codeOfEngine(compilation: Compilation, { appPath, options }: AppContext): Code {
  const template = path.join(appPath, options.lib, path.sep);
  const code = new Map(codeOfWorkers(compilation));
  for (const module of compilation.modules) {
    const file = module.nameForCondition();
    if (file?.startsWith(template)) code.set(file, createHash('sha256').update(readFileSync(file)).digest('hex'));
  }
  return code;
}

/** Of all modules that run in workers. A chunk's own hash would not do: webpack's runtime in it changes with every compilation. */
function codeOfWorkers(compilation: Compilation): Code {
  const { chunkGraph } = compilation;
  const code = new Map<string, string>();
  for (const { group } of findWorkers(compilation)) {
    for (const chunk of group.chunks) {
      for (const module of chunkGraph.getChunkModulesIterable(chunk)) {
        const name = module.identifier();
        if (module.type !== 'runtime' && !isStandIn(name))
          code.set(name, chunkGraph.getModuleHash(module, chunk.runtime));
      }
    }
  }
  return code;
}

/** Of a module that is compiled when it is first asked for: it changes then, and the module does not. */
function isStandIn(name: string): boolean {
  return name.startsWith('lazy-compilation-proxy');
}
