/** The options of the Vite plugin. */
import type { AppContext } from '../app';
import { readChoice, readObject, readSharedOptions, sharedOptions } from '../options';
import type { ResolvedSharedOptions, SharedOptions } from '../options';

export interface ViteOptions extends SharedOptions {
  /**
   * How `import('./crypto.wasm')` of the template's worker, and an import of another compiled `*.asm.ts`, reaches the browser.
   * - `'inline'` (default): the bytes are part of a JavaScript chunk, and the module's default export instantiates them. Needs no other plugin.
   * - `'vite-plugin-wasm'`: the file is written beside its source, and vite-plugin-wasm makes a module of it, whose exports are those of the WebAssembly.
   *   That plugin has to be under `plugins` and `worker.plugins`. It awaits at the top level: on Vite 5 to 7 that takes vite-plugin-top-level-await beside
   *   it, or a `build.target` that has it, such as `'es2022'`; on Vite 8 neither.
   *
   * Tests of Vitest get `'inline'` in any case.
   */
  readonly wasm?: 'inline' | 'vite-plugin-wasm';
}

export interface ResolvedViteOptions extends ResolvedSharedOptions {
  readonly wasm: 'inline' | 'vite-plugin-wasm';
}

export type ViteApp = AppContext<ResolvedViteOptions>;

/** @throws KitError OPTIONS_INVALID */
export function readViteOptions(given: unknown): ResolvedViteOptions {
  const options = readObject('options', given ?? {}, ['wasm', ...sharedOptions]);
  return { wasm: readChoice('wasm', options.wasm, ['inline', 'vite-plugin-wasm']), ...readSharedOptions(options) };
}
