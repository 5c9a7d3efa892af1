/**
 * The import contract of wasm-loader, `(imports) => Promise<{ module, instance }>`, over an emitted file that compiles while it streams.
 * Where a host serves another MIME type, streaming is refused and the bytes are fetched first.
 */
import path from 'node:path';
import type { LoaderContext } from 'webpack';

export default function wasmAssetLoader(this: LoaderContext<unknown>): string {
  const request = JSON.stringify(`./${path.basename(this.resourcePath)}`);
  return `const url = new URL(${request}, import.meta.url);
export default async function instantiate(imports = {}) {
  const response = await fetch(url, { credentials: 'same-origin' });
  if (!response.ok) throw new Error('The WebAssembly module ' + url + ' cannot be loaded: HTTP ' + response.status + '.');
  const isStreamable = (response.headers.get('Content-Type') || '').startsWith('application/wasm');
  if (isStreamable) return WebAssembly.instantiateStreaming(response, imports);
  return WebAssembly.instantiate(await response.arrayBuffer(), imports);
}
`;
}
