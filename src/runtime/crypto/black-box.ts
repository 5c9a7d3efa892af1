/** Loads the black box (`crypto.asm.ts`), however the bundler delivers it: as a function, as the URL of a file, or as a module that is instantiated when it is imported. */
import { ErrorCode, SyncError } from '../core/errors';
import { explainAbiMismatch } from './black-box-abi';
import type { BlackBox } from './derive-keys';

/**
 * What `import('./crypto.wasm')` gives, or a function that asks for it: with a preset of the kit, `default` instantiates; with bundlers that emit the file it is
 * a URL; with those that take WebAssembly for an ES module (vite-plugin-wasm, Vite 8) the module's functions are the exports.
 */
export type WasmSource = string | WasmModule | ((imports?: WebAssembly.Imports) => Promise<WasmModule>);
/** What such a function resolves with. */
export type WasmModule =
  WebAssembly.WebAssemblyInstantiatedSource | { readonly default: WasmSource } | { readonly [name: string]: unknown };

/**
 * Instantiates a black box of its own for each call, unless the bundler has instantiated the module: there is one of those for all, and the same object is
 * returned each time.
 * @throws SyncError BLACK_BOX_FAILED: the module cannot be loaded, or is of another version than this runtime
 * @example
 * const blackBox = await loadBlackBox(() => import('./crypto.wasm'));
 */
export async function loadBlackBox(source: WasmSource): Promise<BlackBox> {
  const exports = await loadExports(source);
  const mismatch = explainAbiMismatch({ exports });
  if (mismatch !== undefined) {
    throw new SyncError(ErrorCode.BlackBoxFailed, `The keys cannot be derived. ${mismatch} ${meanwhile}`);
  }
  return exports as unknown as BlackBox;
}

const meanwhile = 'Local data stays usable; nothing is published meanwhile.';

type Exports = { readonly [name: string]: unknown };

async function loadExports(source: WasmSource): Promise<Exports> {
  try {
    return await findExports(source);
  } catch (cause) {
    throw new SyncError(ErrorCode.BlackBoxFailed, explain(cause), { cause });
  }
}

async function findExports(source: WasmSource): Promise<Exports> {
  if (typeof source === 'string') return findExports(await instantiateUrl(source));
  if (typeof source === 'function') return findExports(await source({}));
  if (isInstantiated(source)) return source.instance.exports;
  return isImported(source) ? findExports(source.default) : source;
}

const isInstantiated = (source: WasmModule): source is WebAssembly.WebAssemblyInstantiatedSource =>
  'instance' in source;
const isImported = (source: WasmModule): source is { readonly default: WasmSource } => 'default' in source;

/** Streams where the server names the MIME type, which `instantiateStreaming` insists on; otherwise the bytes serve as well. */
async function instantiateUrl(url: string): Promise<WebAssembly.WebAssemblyInstantiatedSource> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the server answered ${response.status} for the module`);
  const isTyped = /^application\/wasm\b/i.test(response.headers.get('content-type') ?? '');
  if (isTyped && 'instantiateStreaming' in WebAssembly) return WebAssembly.instantiateStreaming(response, {});
  return WebAssembly.instantiate(await response.arrayBuffer(), {});
}

function explain(cause: unknown): string {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const isPolicy = /content security policy|unsafe-eval/i.test(reason);
  return (
    `The keys cannot be derived because crypto.wasm could not be loaded: ${reason}. ` +
    (isPolicy
      ? "Add 'wasm-unsafe-eval' to script-src of the Content-Security-Policy that the worker's script is served with."
      : `Check that the build contains it (\`npx zero-backend-sync doctor\`). ${meanwhile}`)
  );
}
