/** Compiles this repository's black box with the salt of its .env; `npm run build` has compiled the preset before. */
import { fileURLToPath } from 'node:url';
import { compileAssemblyScript } from '../dist/preset/assembly-script.js';

const { bytes, errors, changed } = await compileAssemblyScript({
  root: fileURLToPath(new URL('..', import.meta.url)),
  entry: 'src/lib/worker/crypto.asm.ts',
  outFile: 'src/lib/worker/crypto.wasm',
});
for (const { file, line, column, message } of errors) console.error(`${file}:${line}:${column} ${message}`);
if (errors.length > 0) process.exitCode = 1;
else console.log(`src/lib/worker/crypto.wasm: ${bytes.length} bytes${changed ? '' : ', unchanged'}`);
