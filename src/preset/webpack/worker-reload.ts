/**
 * Reloads the page when the code of a native worker changes. Hot replacement reaches modules of the page only: without this the old worker would
 * go on, and a developer would look at the wrong code.
 */
import type { Compilation, Compiler } from 'webpack';

/** What of webpack-dev-server is needed. */
export interface ReloadingServer {
  readonly compiler: Compiler | { readonly compilers: readonly Compiler[] };
  readonly webSocketServer?: { readonly clients: readonly unknown[] } | null | undefined;
  sendMessage(clients: never, type: string): void;
}

export function reloadOnWorkerChange(server: ReloadingServer): void {
  const { compiler } = server;
  if ('compilers' in compiler) return;
  let known: string | undefined;
  compiler.hooks.done.tap('ZeroBackendSyncWorkerReload', ({ compilation }) => {
    if (compilation.errors.length > 0) return;
    const current = codeOfWorkers(compilation);
    const isChanged = known !== undefined && known !== current;
    known = current;
    if (isChanged) server.sendMessage((server.webSocketServer?.clients ?? []) as never, 'static-changed');
  });
}

/** The hashes of all modules that run in workers. A chunk's own hash would not do: webpack's runtime in it changes with every compilation. */
function codeOfWorkers({ asyncEntrypoints, chunkGraph }: Compilation): string {
  const hashes = new Set<string>();
  for (const { chunks } of asyncEntrypoints) {
    for (const chunk of chunks) {
      for (const module of chunkGraph.getChunkModulesIterable(chunk)) {
        if (module.type !== 'runtime')
          hashes.add(`${module.identifier()} ${chunkGraph.getModuleHash(module, chunk.runtime)}`);
      }
    }
  }
  return [...hashes].sort().join('\n');
}
