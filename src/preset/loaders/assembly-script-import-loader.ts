/** Says what to import in the place of AssemblyScript source, which no JavaScript tool can read. */
import path from 'node:path';
import type { LoaderContext } from 'webpack';

export default function assemblyScriptImportLoader(this: LoaderContext<unknown>): never {
  const file = path.basename(this.resourcePath);
  const wasm = file.replace(/\.asm\.ts$/, '.wasm');
  throw new Error(`${file} is AssemblyScript and cannot be imported. Import what it is compiled to: './${wasm}'.`);
}
