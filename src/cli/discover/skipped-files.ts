/** Sources that discovery does not read: they are written by programs, say nothing about who is signed in, and one of 8 MB costs a minute. */
import type { ProjectFiles } from './project-files';
import { isSourceName, mostCharacters } from './syntax';

export interface SkippedFile {
  readonly file: string;
  /** Completes "it is not read, because it is ...". */
  readonly why: string;
}

/** Why a source is not read; `null` where it is. */
export function whySkipped(file: string, text: string): string | null {
  if (text.length > mostCharacters) return `${(text.length / 1e6).toFixed(1)} MB long`;
  if (/[.-](min|bundle|chunk)\.[cm]?js$/.test(file)) return 'minified, by its name';
  if (text.length > shortestMinified && text.length / linesIn(text) > longestAverageLine) return 'minified';
  const [head = ''] =
    /^(\s*(\/\/[^\n]*|\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->|<script\b[^>\n]*>))+/.exec(text.slice(0, 2000)) ?? [];
  return /@generated\b|\bauto-?generated\b|\bgenerated (by|from|with)\b/i.test(head)
    ? 'generated, by its first lines'
    : null;
}

/** Below it a file is cheap, whatever it looks like. */
const shortestMinified = 10_000;
const longestAverageLine = 500;

export function skippedSources(files: ProjectFiles): readonly SkippedFile[] {
  return files
    .list('src')
    .filter(isSourceName)
    .flatMap((file) => {
      const why = whySkipped(file, files.read(file) ?? '');
      return why === null ? [] : [{ file, why }];
    });
}

function linesIn(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}
