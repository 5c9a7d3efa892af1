/** The options of the preset: what may be given, what is assumed, and a strict check, because a misspelt option must not pass in silence. */
import { KitError } from './kit-error';

/** What the presets of all build tools take. */
export interface SharedOptions {
  /**
   * How many relays run beside the development server and replace those of config.json there: 3 (default) to 16, because the engine syncs over no fewer
   * than three; 0 leaves config.json as it is. They listen on this machine only: a telephone in the same network does not reach them.
   */
  readonly devRelays?: number;
  /** Where the template lives, relative to the app. Default: `'src/lib'`. */
  readonly lib?: string;
  /** `*.asm.ts` files become `*.wasm` files beside them. `false` leaves them to you. */
  readonly assemblyScript?: AssemblyScriptOptions | false;
}

export interface PresetOptions extends SharedOptions {
  /**
   * How `import instantiate from './x.wasm'` reaches the browser. The import is the same function either way,
   * `(imports?) => Promise<{ module, instance }>`.
   * - `'wasm-loader'` (default): the bytes are part of the JavaScript. No URL, MIME type or missing file can go wrong; right for small modules.
   * - `'asset'`: an emitted file that is compiled while it streams; right for modules of more than about 50 kB.
   *
   * `new URL('./x.wasm', import.meta.url)` is an emitted file with both.
   */
  readonly wasm?: 'wasm-loader' | 'asset';
  /** What `new Worker(new URL('./worker/index.ts', import.meta.url))` of the template's engine becomes. Default: `'native'`. */
  readonly worker?: 'native' | 'workerize';
}

export interface AssemblyScriptOptions {
  /** Entries relative to the app. Default: every `*.asm.ts` under `src`. */
  readonly entries?: readonly string[];
  /** More command-line flags for the AssemblyScript compiler, such as `['--enable', 'simd']`. */
  readonly flags?: readonly string[];
}

export interface ResolvedSharedOptions {
  readonly devRelays: number;
  readonly lib: string;
  readonly assemblyScript: AssemblyScriptOptions | false;
}

export interface ResolvedOptions extends ResolvedSharedOptions {
  readonly wasm: 'wasm-loader' | 'asset';
  readonly worker: 'native' | 'workerize';
}

const minDevRelays = 3;
const maxDevRelays = 16;

/**
 * Checks the options that an app gives the preset and fills in the defaults.
 * @throws KitError OPTIONS_INVALID, naming the option, the value and what is allowed.
 */
export function readOptions(given?: unknown): ResolvedOptions {
  const options = readObject('options', given ?? {}, ['wasm', 'worker', ...sharedOptions]);
  return {
    wasm: readChoice('wasm', options.wasm, ['wasm-loader', 'asset']),
    worker: readChoice('worker', options.worker, ['native', 'workerize']),
    ...readSharedOptions(options),
  };
}

/** The names of those that all presets have. */
export const sharedOptions = ['devRelays', 'lib', 'assemblyScript'] as const;

/** @throws KitError OPTIONS_INVALID */
export function readSharedOptions({ devRelays, lib, assemblyScript }: Record<string, unknown>): ResolvedSharedOptions {
  return {
    devRelays: readDevRelays(devRelays),
    lib: readLib(lib),
    assemblyScript: readAssemblyScript(assemblyScript),
  };
}

function readDevRelays(value: unknown = minDevRelays): number {
  const isAllowed =
    value === 0 || (Number.isInteger(value) && Number(value) >= minDevRelays && Number(value) <= maxDevRelays);
  if (isAllowed) return Number(value);
  throw invalid('devRelays', value, `0 (none) or a whole number from ${minDevRelays} to ${maxDevRelays}`);
}

function readLib(value: unknown = 'src/lib'): string {
  const folder = typeof value === 'string' ? value.replace(/\\/g, '/').replace(/^\.\//, '').replace(/\/+$/, '') : '';
  if (folder.startsWith('src/') && !folder.split('/').includes('..')) return folder;
  throw invalid('lib', value, "a folder under src, relative to the app, such as 'src/lib'");
}

function readAssemblyScript(value: unknown = {}): AssemblyScriptOptions | false {
  if (value === false) return false;
  const options = readObject('assemblyScript', value, ['entries', 'flags']);
  const { entries, flags } = options;
  if (entries !== undefined && !(isStringList(entries) && entries.every((entry) => entry.endsWith('.asm.ts')))) {
    throw invalid('assemblyScript.entries', entries, "a list of paths that end in '.asm.ts'");
  }
  if (flags !== undefined && !isStringList(flags)) {
    throw invalid('assemblyScript.flags', flags, 'a list of strings');
  }
  return { ...(entries && { entries }), ...(flags && { flags }) };
}

/** The first of what is allowed is the default. @throws KitError OPTIONS_INVALID */
export function readChoice<T extends string>(name: string, value: unknown, allowed: readonly [T, ...T[]]): T {
  if (value === undefined) return allowed[0];
  const choice = allowed.find((candidate) => candidate === value);
  if (choice !== undefined) return choice;
  throw invalid(name, value, allowed.map((candidate) => `'${candidate}'`).join(' or '));
}

/** @param allowed The names that it may have. @throws KitError OPTIONS_INVALID */
export function readObject(name: string, value: unknown, allowed: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(name, value, 'an object');
  const unknown = Object.keys(value).filter((key) => !allowed.includes(key));
  if (unknown.length === 0) return { ...value };
  throw new KitError(
    'OPTIONS_INVALID',
    `The preset of zero-backend-sync does not know ${name === 'options' ? 'the option' : `'${name}' with`} ` +
      `${unknown.map((key) => `'${key}'`).join(', ')}. Allowed are: ${allowed.join(', ')}. Correct it where the preset is listed.`,
  );
}

function isStringList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function invalid(name: string, value: unknown, allowed: string): KitError {
  return new KitError(
    'OPTIONS_INVALID',
    `The preset of zero-backend-sync: '${name}' is ${describe(value)}, but has to be ${allowed}. Correct it where the preset is listed.`,
  );
}

function describe(value: unknown): string {
  return typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? String(value));
}
