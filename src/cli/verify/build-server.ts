/** Serves a built app on loopback as a well set up host does, and remembers what was asked for. */
import * as fs from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';

export interface Served {
  readonly path: string;
  readonly status: number;
  readonly type: string;
  /** True where the bytes are a WebAssembly module. */
  readonly isModule: boolean;
}

export interface BuildServer {
  readonly origin: string;
  readonly served: readonly Served[];
  stop(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
};

/** @param base the path that the app is served under: `/` or `/some/where/`. */
export async function serveBuild(folder: string, base: string): Promise<BuildServer> {
  const served: Served[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = fileFor(folder, base, decodeURIComponent(pathname));
    const body = file === null ? Buffer.from('Not found') : fs.readFileSync(file);
    const type = file === null ? 'text/plain' : (types[path.extname(file)] ?? 'application/octet-stream');
    const status = file === null ? 404 : 200;
    served.push({ path: pathname, status, type, isModule: isWasm(body) });
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
    response.end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    // localhost is a secure context, as https is.
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    served,
    stop: () =>
      new Promise((stopped) => {
        server.closeAllConnections();
        server.close(() => stopped());
      }),
  };
}

/** A file of the build; the page for addresses without an extension, as a single-page app wants it. */
function fileFor(folder: string, base: string, pathname: string): string | null {
  if (!pathname.startsWith(base)) return null;
  const target = path.join(folder, path.normalize(`/${pathname.slice(base.length)}`));
  if (fs.statSync(target, { throwIfNoEntry: false })?.isFile()) return target;
  return path.extname(pathname) === '' ? path.join(folder, 'index.html') : null;
}

export function isWasm(bytes: Buffer): boolean {
  return bytes.subarray(0, 4).equals(Buffer.from([0x00, 0x61, 0x73, 0x6d]));
}
