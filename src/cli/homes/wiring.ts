/** How the kit gets into one kind of configuration file: the edit of one that is there, the text of a new one, and what a person pastes. */
import type { ConfigEdit } from '../edit/config-edit';
import { printString } from '../edit/print';

/** How WASM comes into a Vite app. */
export const wasmWays = ['vite-plugin-wasm', 'inline'] as const;
export type WasmWay = (typeof wasmWays)[number];

export interface WiringOptions {
  /** The template's folder, where it is not the usual one. */
  readonly lib?: string | undefined;
  /** Absent where the tool leaves no choice. */
  readonly wasm?: WasmWay | undefined;
  /** Whether `vite-plugin-wasm` needs `vite-plugin-top-level-await` beside it. */
  readonly needsTopLevelAwait?: boolean;
  /** What the build has to be made for, where the usual one is too old for what the plugins write. */
  readonly buildTarget?: string | undefined;
  /** Whether TypeScript reads the configuration as Node does: then it takes the default export of a CommonJS package's types for an object. */
  readonly isTypedAsNode?: boolean;
  /** Whether package.json says that the app's `.js` files are modules. */
  readonly isModule?: boolean;
}

export interface Wiring {
  /** What the file is to the app, in messages: `the configuration of Vite`. */
  readonly what: string;
  /** The module of the kit that the file uses. */
  readonly module: string;
  /** Why a plan changes the file. */
  readonly why: string;
  /** Code to paste, and where it goes: `Add this ${where}:`. */
  readonly where: string;
  snippet(options: WiringOptions): string;
  edit(file: string, text: string, options: WiringOptions): ConfigEdit;
  /** The text of a new file. */
  create(file: string, options: WiringOptions): string;
}

/** `{ lib: 'src/sync' }`; empty where every option is the usual one. */
export function printOptions({ lib, wasm }: Pick<WiringOptions, 'lib' | 'wasm'>, quote: string): string {
  const entries = [
    ...(lib === undefined ? [] : [`lib: ${printString(lib, quote)}`]),
    ...(wasm === undefined || wasm === 'inline' ? [] : [`wasm: ${printString(wasm, quote)}`]),
  ];
  return entries.length === 0 ? '' : `{ ${entries.join(', ')} }`;
}
