/** Compiles the app's AssemblyScript when a module asks for what it is compiled to. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../app';
import { compileEntry, findEntries } from '../assembly-entries';
import { blackBoxSource } from '../black-box';
import { testWasmFolder } from '../jest/config';
import { compileError, configError, fileError } from './errors';
import { isForVitest } from './app';
import type { ViteApp } from './options';

export interface WasmModule {
  /** Absolute path of the compiled file, where a module looks for it. */
  readonly file: string;
  /** What it is compiled from, relative to the app; undefined where the app compiles it by itself. */
  readonly entry: string | undefined;
}

export interface CompiledModule {
  /** Absolute path; beside its source with `wasm: 'vite-plugin-wasm'`, otherwise in a cache. */
  readonly file: string;
  /** Absolute paths of the files of the app that it depends on. */
  readonly dependencies: readonly string[];
}

export interface WasmCompiler {
  /** @param file Absolute. @returns undefined for a file that is not the plugin's affair */
  find(file: string): WasmModule | undefined;
  /** What is watched while a module cannot be compiled: files that exist. */
  sourcesOf(module: WasmModule): readonly string[];
  /** @throws an error with the place of what is wrong */
  compile(module: WasmModule): Promise<CompiledModule>;
}

/** @param mode Of Vite. Each may have a salt of its own. */
export function createWasmCompiler(app: ViteApp, command: 'serve' | 'build', mode: string): WasmCompiler {
  const { appPath, options } = app;
  const outRoot =
    options.wasm === 'vite-plugin-wasm'
      ? appPath
      : isForVitest()
        ? testWasmFolder(appPath)
        : path.join(cacheFolder(appPath), 'wasm', `${command}-${encodeURIComponent(mode)}`);
  const compiling = new Map<string, Promise<CompiledModule>>();

  async function compileNow(entry: string): Promise<CompiledModule> {
    const target = command === 'serve' && !isForVitest() ? 'debug' : 'release';
    const source = path.join(appPath, entry);
    const { errors, unsalted, dependencies } = await compileEntry(app, entry, target, outRoot).catch((error) => {
      throw fileError(source, error);
    });
    const [first] = unsalted;
    if (first !== undefined) throw configError(app, first.error);
    if (errors.length > 0) throw compileError(app, errors);
    const isOfApp = (file: string) =>
      existsSync(file) && !path.relative(appPath, file).split(path.sep).includes('node_modules');
    return { file: path.join(outRoot, wasmOf(entry)), dependencies: dependencies.filter(isOfApp) };
  }

  return {
    find(file) {
      const isWanted = (wasm: string) => path.join(appPath, wasm) === path.normalize(file);
      const entry = findEntries(app).find((candidate) => isWanted(wasmOf(candidate)));
      if (entry !== undefined) return { file, entry };
      const isOwnBlackBox = options.assemblyScript === false && isWanted(wasmOf(`${options.lib}/${blackBoxSource}`));
      return isOwnBlackBox && existsSync(file) ? { file, entry: undefined } : undefined;
    },
    sourcesOf: ({ file, entry }) =>
      entry === undefined
        ? [file]
        : [entry, 'asconfig.json', `${options.lib}/config.json`]
            .map((source) => path.join(appPath, source))
            // Vite takes what is watched for an import, which has to be there.
            .filter((source) => existsSync(source)),
    async compile({ file, entry }) {
      if (entry === undefined) return { file, dependencies: [file] };
      // Page and worker may ask at the same time.
      const running = compiling.get(entry) ?? compileNow(entry).finally(() => compiling.delete(entry));
      compiling.set(entry, running);
      return running;
    },
  };
}

/** The source of a module whose default export instantiates the bytes. */
export function inlineModule(file: string): string {
  const base64 = readFileSync(file).toString('base64');
  return `const bytes = Uint8Array.from(atob('${base64}'), (character) => character.charCodeAt(0));
export default (imports = {}) => WebAssembly.instantiate(bytes, imports);
`;
}

function wasmOf(entry: string): string {
  return entry.replace(/\.asm\.ts$/, '.wasm');
}
