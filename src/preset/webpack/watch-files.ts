/** What a watching build is to hear of, told so that it is not built twice for it. */
import { existsSync, utimesSync } from 'node:fs';
import path from 'node:path';
import type { Compilation } from 'webpack';

/** Watchers add to a file's time what it may be wrong by, 2 s on some disks. */
const SURELY_BEFORE_MS = 10_000;

/** Has the files watched. Of one that is not there only its coming is news: among those that are, it would count as removed, and all would be built again. */
export function watchFiles(compilation: Compilation, files: readonly string[]): void {
  for (const file of files)
    if (existsSync(file)) compilation.fileDependencies.add(file);
    else compilation.missingDependencies.add(file);
}

/**
 * Gives files that were written at the beginning of a first build, and their folders, a time before it: what is newer than its beginning a watcher takes for
 * a change.
 */
export function dateBack(files: readonly string[]): void {
  const before = new Date(Date.now() - SURELY_BEFORE_MS);
  for (const file of new Set([...files, ...files.map((each) => path.dirname(each))]))
    try {
      utimesSync(file, before, before);
    } catch {
      // Only the owner of a folder may do that. Where it cannot be done the app is built twice, and is right.
    }
}
