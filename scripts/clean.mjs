/** Removes what `npm run build` makes, so that no module of an earlier state is published or tested. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const folders = Object.keys(packageJson.exports).flatMap((subpath) => /^\.\/([a-z]+)$/.exec(subpath)?.[1] ?? []);
for (const folder of ['dist', ...folders.filter((name) => name !== 'types')]) {
  rmSync(path.join(root, folder), { recursive: true, force: true });
}
