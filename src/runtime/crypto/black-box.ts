/** Loads the black box (`crypto.asm.ts`), however the bundler delivers it: as a function over inlined bytes, or as the URL of a file. */
import { ErrorCode, SyncError } from '../core/errors';
import { explainAbiMismatch } from './black-box-abi';
import type { BlackBox } from './derive-keys';

/** What `import wasm from './crypto.wasm'` gives: a function with a preset of the kit, a URL with bundlers that emit the file. */
export type WasmSource =
  string | ((imports?: WebAssembly.Imports) => Promise<WebAssembly.WebAssemblyInstantiatedSource>);

/**
 * Instantiates a black box of its own for each call.
 * @throws SyncError BLACK_BOX_FAILED: the module cannot be loaded, or is of another version than this runtime
 * @example
 * import wasm from './crypto.wasm';
 * const blackBox = await loadBlackBox(wasm);
 */
export async function loadBlackBox(source: WasmSource): Promise<BlackBox> {
  const instance = await instantiate(source);
  const mismatch = explainAbiMismatch(instance);
  if (mismatch !== undefined) {
    throw new SyncError(ErrorCode.BlackBoxFailed, `The keys cannot be derived. ${mismatch} ${meanwhile}`);
  }
  return instance.exports as unknown as BlackBox;
}

const meanwhile = 'Local data stays usable; nothing is published meanwhile.';

async function instantiate(source: WasmSource): Promise<WebAssembly.Instance> {
  try {
    const { instance } = typeof source === 'function' ? await source({}) : await instantiateUrl(source);
    return instance;
  } catch (cause) {
    throw new SyncError(ErrorCode.BlackBoxFailed, explain(cause), { cause });
  }
}

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
