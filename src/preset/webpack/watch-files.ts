/** What a watching build is to hear of, told so that it is not built twice for it. */
import { existsSync, utimesSync } from 'node:fs';
import path from 'node:path';
import type { Compilation } from 'webpack';

/** Watchers add to a file's time what it may be wrong by, 2 s on some disks. */
const SURELY_BEFORE_MS = 10_000;

/** Has the files watched. One that is not there is one whose coming is news: as one that was there it counts as removed, and everything is built again. */
export function watchFiles(compilation: Compilation, files: readonly string[]): void {
  for (const file of files)
    if (existsSync(file)) compilation.fileDependencies.add(file);
    else compilation.missingDependencies.add(file);
}

/**
 * For files that a plugin has written at the beginning of a first build: a watcher takes what is newer than that beginning for a change, be it a file or the
 * folder that it came into.
 */
export function dateBack(files: readonly string[]): void {
  const before = new Date(Date.now() - SURELY_BEFORE_MS);
  for (const file of new Set([...files, ...files.map((each) => path.dirname(each))])) utimesSync(file, before, before);
}
