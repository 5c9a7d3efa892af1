/** Serves a folder on loopback as a production host would: right MIME types, 404 for what is missing. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const types: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

export interface StaticServer {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * @param folders what is served under which path, for example `{ '/': 'build' }`; the longest match wins.
 * @param headers sent with every response, for example a content security policy.
 */
export async function serveFolders(
  folders: { readonly [path: string]: string },
  headers: { readonly [name: string]: string } = {},
): Promise<StaticServer> {
  const bases = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const base = bases.find((candidate) => path.startsWith(candidate));
    const relative = normalize(path.slice(base?.length ?? 0) || 'index.html');
    const file = base === undefined || relative.startsWith('..') ? undefined : join(folders[base]!, relative);
    void send(file, response, headers);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        server.closeAllConnections();
      }),
  };
}

async function send(
  file: string | undefined,
  response: ServerResponse,
  headers: { readonly [name: string]: string },
): Promise<void> {
  const isFile =
    file !== undefined &&
    (await stat(file).then(
      (found) => found.isFile(),
      () => false,
    ));
  if (!isFile) {
    response.writeHead(404, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, 'Content-Type': types[extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(response);
}
