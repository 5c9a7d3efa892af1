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

/** @param onChange Called after a compilation in which code of a worker, or of the template, differs from the last good one. */
export function watchEngine(compiler: Compiler, app: AppContext, onChange: () => void): void {
  let known: string | undefined;
  compiler.hooks.done.tap('ZeroBackendSyncEngineReload', ({ compilation }) => {
    if (compilation.errors.length > 0) return;
    const current = codeOfEngine(compilation, app);
    const isChanged = known !== undefined && known !== current;
    known = current;
    if (isChanged) onChange();
  });
}

function codeOfEngine(compilation: Compilation, { appPath, options }: AppContext): string {
  const template = path.join(appPath, options.lib, path.sep);
  const files = new Set<string>();
  for (const module of compilation.modules) {
    const file = module.nameForCondition();
    if (file?.startsWith(template)) files.add(file);
  }
  const ofTemplate = [...files].map(
    (file) => `${file} ${createHash('sha256').update(readFileSync(file)).digest('hex')}`,
  );
  return [...ofTemplate, ...codeOfWorkers(compilation)].sort().join('\n');
}

/** The hashes of all modules that run in workers. A chunk's own hash would not do: webpack's runtime in it changes with every compilation. */
function codeOfWorkers(compilation: Compilation): ReadonlySet<string> {
  const { chunkGraph } = compilation;
  const hashes = new Set<string>();
  for (const { group } of findWorkers(compilation)) {
    for (const chunk of group.chunks) {
      for (const module of chunkGraph.getChunkModulesIterable(chunk)) {
        if (module.type !== 'runtime')
          hashes.add(`${module.identifier()} ${chunkGraph.getModuleHash(module, chunk.runtime)}`);
      }
    }
  }
  return hashes;
}
