/** Serves a built app on loopback as a well set up host does, and remembers what was asked for. */
import * as fs from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import * as path from 'node:path';
import type { Resources } from '../resources';
import type { AppAddress } from './app-address';
import type { Certificate } from './certificate';
import { listenOnLoopback } from './listen';

export interface Served {
  readonly path: string;
  readonly status: number;
  readonly type: string;
  /** True where the bytes are a WebAssembly module. */
  readonly isModule: boolean;
}

export interface BuildServer {
  /** Of the page. */
  readonly origin: string;
  /** Hosts that the build takes its files from, and where they are on this computer: `MAP cdn.example:443 127.0.0.1:1234`. */
  readonly hostRules: readonly string[];
  readonly served: readonly Served[];
}

export interface BuildServerOptions {
  readonly folder: string;
  readonly address: AppAddress;
  readonly certificate: Certificate;
  readonly resources: Resources;
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

/** @throws KitError PORT_UNAVAILABLE */
export async function serveBuild({
  folder,
  address,
  certificate,
  resources,
}: BuildServerOptions): Promise<BuildServer> {
  const served: Served[] = [];
  const answerAt =
    (bases: readonly string[]): RequestListener =>
    (request, response) => {
      const { pathname, status, type, body } = answer(folder, bases, request.url ?? '/');
      served.push({ path: pathname, status, type, isModule: isWasm(body) });
      // A host for files of other origins has to let them be read.
      response.writeHead(status, {
        'content-type': type,
        'cache-control': 'no-store',
        'access-control-allow-origin': '*',
      });
      response.end(body);
    };
  const open = async (server: Server): Promise<number> => {
    const port = await listenOnLoopback(server);
    resources.add(() => {
      server.closeAllConnections();
      return new Promise<void>((stopped) => void server.close(() => stopped()));
    });
    return port;
  };

  const own = [address.page, ...address.assets.filter((prefix) => prefix.startsWith('/'))];
  const port = await open(createServer(answerAt(own)));
  const hostRules: string[] = [];
  const foreign = address.assets.filter((prefix) => !prefix.startsWith('/')).map((prefix) => new URL(prefix));
  for (const origin of new Set(foreign.map((url) => url.origin))) {
    const { protocol, hostname, port: given } = new URL(origin);
    const listener = answerAt(foreign.filter((url) => url.origin === origin).map(({ pathname }) => pathname));
    const isSecure = protocol === 'https:';
    const at = await open(isSecure ? createSecureServer({ ...certificate }, listener) : createServer(listener));
    hostRules.push(`MAP ${hostname}:${given || (isSecure ? 443 : 80)} 127.0.0.1:${at}`);
  }
  // localhost is a secure context, as https is.
  return { origin: `http://localhost:${port}`, hostRules, served };
}

/** Whatever is asked for: nothing may break the server, and with it the run. */
function answer(
  folder: string,
  bases: readonly string[],
  target: string,
): { readonly pathname: string; readonly status: number; readonly type: string; readonly body: Buffer } {
  const pathname = decoded(target.split(/[?#]/)[0] ?? '/');
  try {
    const file = fileFor(folder, bases, pathname);
    if (file !== null) {
      const type = types[path.extname(file)] ?? 'application/octet-stream';
      return { pathname, status: 200, type, body: fs.readFileSync(file) };
    }
  } catch {
    // It cannot be read, or its name is none.
  }
  return { pathname, status: 404, type: 'text/plain', body: Buffer.from('Not found') };
}

/** A file of the build; the page for addresses without an extension, as a single-page app wants it. */
function fileFor(folder: string, bases: readonly string[], pathname: string): string | null {
  const fitting = bases.filter((base) => pathname.startsWith(base));
  for (const base of fitting) {
    const target = path.join(folder, path.normalize(`/${pathname.slice(base.length)}`));
    if (fs.statSync(target, { throwIfNoEntry: false })?.isFile()) return target;
  }
  return fitting.length > 0 && path.extname(pathname) === '' ? path.join(folder, 'index.html') : null;
}

function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}

export function isWasm(bytes: Buffer): boolean {
  return bytes.subarray(0, 4).equals(Buffer.from([0x00, 0x61, 0x73, 0x6d]));
}
