/** The files of a build. */
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Absolute paths. */
export function filesBelow(folder: string): readonly string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** What the browser runs, file by file. */
export function* scriptsBelow(folder: string): Iterable<string> {
  for (const file of filesBelow(folder)) if (/\.(m?js|html)$/.test(file)) yield fs.readFileSync(file, 'utf8');
}

/** Whether a text stands in a script of the build. */
export function isNamedIn(folder: string, text: string): boolean {
  for (const script of scriptsBelow(folder)) if (script.includes(text)) return true;
  return false;
}
