/**
 * Gives the file as it is on disk to the loader before it, in the place of what other rules of the app would make of it: webpack skips the loaders behind
 * one whose `pitch` has an answer.
 */
import type { LoaderContext } from 'webpack';

export default function fileLoader(source: Buffer): Buffer {
  return source;
}

export function pitch(this: LoaderContext<unknown>): void {
  const callback = this.async();
  this.addDependency(this.resourcePath);
  this.fs.readFile(this.resourcePath, (error: Error | null, bytes?: string | Buffer) =>
    error ? callback(error) : callback(null, bytes),
  );
}

export const raw = true;
