/** The native workers of a compilation, of webpack or of Rspack, which has no list of them. */
import type { Chunk, ChunkGroup, Compilation } from 'webpack';

/** A worker's own scripts, and what it starts with. */
export interface WorkerChunks {
  readonly entry: Chunk;
  readonly group: ChunkGroup;
}

/** A chunk with webpack's runtime in it that no entry of the page has is where a worker begins. */
export function findWorkers({ chunks, entrypoints }: Compilation): readonly WorkerChunks[] {
  const ofPages = new Set([...entrypoints.values()].flatMap((entrypoint) => [...entrypoint.chunks].map(keyOf)));
  return [...chunks]
    .filter((chunk) => chunk.hasRuntime() && !ofPages.has(keyOf(chunk)))
    .flatMap((entry) => [...entry.groupsIterable].map((group) => ({ entry, group })));
}

/** Rspack makes a new object of a chunk each time. */
function keyOf({ id, name, ids }: Chunk): string {
  return JSON.stringify([id, name, ids]);
}
