/** What is said of a build: whether the salt stands in it, and what the engine weighs, as a browser loads it. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { AppContext } from './app';
import { KitError } from './kit-error';
import { readSalt, saltRequestOf } from './salt';
import { scanForSalt } from './salt-scan';
import { remarkOnOrigin } from './public-url';

/**
 * Looks into every file of a folder. Without the template, or without a salt, there is nothing to leak.
 * @param outputPath Absolute.
 * @returns SALT_IN_BUILD with the files that carry the salt, relative to the app
 */
export function findLeaks(app: AppContext, outputPath: string): KitError | undefined {
  const salt = readSalt(saltRequestOf(app));
  // A server of development keeps what it builds in memory.
  if (salt === undefined || !existsSync(outputPath)) return undefined;
  const hits = scanForSalt(salt, [outputPath]);
  const leaks = hits.map(({ file, form }) => `${path.relative(app.appPath, file)} (${form})`);
  if (leaks.length === 0) return undefined;
  return new KitError(
    'SALT_IN_BUILD',
    `The salt stands readable in this build: ${leaks.slice(0, 5).join(', ')}${leaks.length > 5 ? ' and more' : ''}. ` +
      'Whoever loads the app could read it there. Remove it from the sources and from public/, look for a variable that the build tool publishes ' +
      '(REACT_APP_, VITE_, VUE_APP_, PUBLIC_) or defines and that holds it, and do not publish this build.',
  );
}

export interface BuiltFiles {
  /** The scripts that the page loads first; absolute paths, as all of these. */
  readonly page: readonly string[];
  /** The worker's script and what it imports before it runs. */
  readonly worker: readonly string[];
  readonly blackBox: string;
  /** Where the files are asked for: the setting of the build tool. */
  readonly publicPath: unknown;
}

/** @returns lines for the terminal, with an empty one behind them */
export function describeBuild({ page, worker, blackBox, publicPath }: BuiltFiles): string {
  const parts = [
    `the page ${weigh(page)} with the app and its framework`,
    `the worker ${weigh(worker)}`,
    `the black box ${weigh([blackBox])}`,
  ];
  const remark = remarkOnOrigin(publicPath);
  return [
    `zero-backend-sync, after gzip: ${parts.join(', ')}. The salt stands in none of the files.\n`,
    ...(remark === undefined ? [] : [`${remark}\n`]),
  ].join('\n');
}

function weigh(files: readonly string[]): string {
  const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
  return `${(bytes / 1000).toFixed(1)} kB`;
}
