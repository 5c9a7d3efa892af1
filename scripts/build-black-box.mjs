/**
 * Compiles this repository's black box with the salt of its .env; `npm run build` has compiled the preset before. `npx asc` on the command line
 * looks for `zero-backend-sync/assembly` in node_modules, where this package itself is not: the primitives are linked to where it finds the salt.
 */
import { copyFileSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileAssemblyScript } from '../dist/preset/assembly-script.js';
import { assemblyFolder } from '../dist/preset/salt.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const { bytes, errors, changed } = await compileAssemblyScript({
  root,
  entry: 'src/lib/worker/crypto.asm.ts',
  outFile: 'src/lib/worker/crypto.wasm',
  isBlackBox: true,
});
for (const { file, line, column, message } of errors) console.error(`${file}:${line}:${column} ${message}`);
if (errors.length > 0) process.exitCode = 1;
else console.log(`src/lib/worker/crypto.wasm: ${bytes.length} bytes${changed ? '' : ', unchanged'}`);

mkdirSync(join(root, assemblyFolder), { recursive: true });
for (const name of readdirSync(join(root, 'assembly'))) {
  const place = join(root, assemblyFolder, name);
  rmSync(place, { force: true });
  try {
    symlinkSync(join(root, 'assembly', name), place);
  } catch {
    // Windows lets administrators make links to files; a copy is renewed by the next build.
    copyFileSync(join(root, 'assembly', name), place);
  }
}
