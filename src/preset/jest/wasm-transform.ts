/**
 * Gives tests of Jest 27 and 30 what wasm-loader gives the bundle: a default export `(imports) => Promise<{ module, instance }>`.
 * The bytes are embedded as base64 and copied into an array of the test's own realm, which a `Buffer` would not be.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const version = '1';

function process(_source: string, filename: string): { code: string } {
  const base64 = JSON.stringify(readFileSync(filename).toString('base64'));
  return {
    code: `const bytes = Uint8Array.from(Buffer.from(${base64}, 'base64'));
module.exports = (imports = {}) => WebAssembly.instantiate(bytes, imports);`,
  };
}

function getCacheKey(_source: string, filename: string): string {
  return createHash('sha256').update(version).update(readFileSync(filename)).digest('hex');
}

export default { process, getCacheKey };
