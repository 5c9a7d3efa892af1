/** The folder of this package, whether the program runs from its sources or from the bundle in `dist/cli`. */
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Absolute. @throws Error where the program was copied out of its package */
export function packageRoot(): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    if (nameIn(path.join(folder, 'package.json')) === 'zero-backend-sync') return folder;
    if (folder === path.dirname(folder)) throw new Error(`${__dirname} is not inside the package zero-backend-sync`);
  }
}

function nameIn(packageJson: string): unknown {
  if (!fs.existsSync(packageJson)) return undefined;
  return (JSON.parse(fs.readFileSync(packageJson, 'utf8')) as { readonly name?: unknown }).name;
}
