/**
 * What the development server does beside the app: a plain 404 for a .wasm file that is missing, where CRA would send the app's HTML with
 * status 200; the switches of the development relays; a reload when a worker's code changes.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Configuration as DevServerConfiguration, Middleware } from 'webpack-dev-server';
import type { Compiler } from 'webpack';
import type { AppContext } from './app';
import type { DevRelays } from './dev-relays';
import { devRelaysOf } from './dev-relays';
import { watchEngine } from './webpack/engine-reload';

/** Where the switches of the relays are. */
export const relaysPath = '/__zero-backend-sync/relays';
const maxEvents = 200;
const maxBodyBytes = 1024;

type Handler = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/** On what this module has made, so that a configuration that comes twice is extended once, also by another copy of this package. */
const extended = Symbol.for('zero-backend-sync.dev-server');

type SetupMiddlewares = NonNullable<DevServerConfiguration['setupMiddlewares']>;

/** Adds the preset's middlewares to a configuration, before or after those that are there. */
export function extendDevServer<T extends DevServerConfiguration>(config: T, app: AppContext): T {
  const { setupMiddlewares } = config;
  if (setupMiddlewares && extended in setupMiddlewares) return config;
  const relays = devRelaysOf(app);
  const setup: SetupMiddlewares = (given, server) => {
    reloadOnEngineChange(server, app);
    const middlewares = setupMiddlewares ? setupMiddlewares(given, server) : given;
    const fallback = middlewares.findIndex((middleware) => nameOf(middleware) === 'connect-history-api-fallback');
    middlewares.splice(fallback === -1 ? middlewares.length : fallback, 0, {
      name: 'zero-backend-sync-missing-wasm',
      middleware: answerMissingWasm as never,
    });
    if (relays) {
      middlewares.unshift({
        name: 'zero-backend-sync-relays',
        path: relaysPath,
        middleware: relaySwitches(relays) as never,
      });
    }
    return middlewares;
  };
  return { ...config, setupMiddlewares: Object.assign(setup, { [extended]: true }) };
}

/** What of webpack-dev-server is needed. */
interface ReloadingServer {
  readonly compiler: Compiler | { readonly compilers: readonly Compiler[] };
  readonly webSocketServer?: { readonly clients: readonly unknown[] } | null | undefined;
  sendMessage(clients: never, type: string): void;
}

function reloadOnEngineChange(server: ReloadingServer, app: AppContext): void {
  const compilers = 'compilers' in server.compiler ? server.compiler.compilers : [server.compiler];
  for (const compiler of compilers) {
    watchEngine(compiler, app, () =>
      server.sendMessage((server.webSocketServer?.clients ?? []) as never, 'static-changed'),
    );
  }
}

function nameOf(middleware: Middleware): string | undefined {
  return typeof middleware === 'object' ? middleware.name : undefined;
}

export const answerMissingWasm: Handler = (request, response, next) => {
  // What stands behind the fallback of single-page apps sees the address of their page in `url`.
  const { originalUrl, url = '' } = request as IncomingMessage & { readonly originalUrl?: string };
  const [pathname = ''] = (originalUrl ?? url).split('?');
  if (!pathname.endsWith('.wasm')) return next();
  response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`There is no ${pathname}.\n`);
};

/**
 * `GET /` lists the relays, `POST /` with `{}` starts one more, `POST /:index` with `{"on": boolean}` switches one, `DELETE /:index` ends one for good,
 * `GET /:index/events` shows what it stores.
 * A page of another site must not reach them through the developer's browser, so both the address and the page asking have to be this machine's.
 */
export function relaySwitches(relays: DevRelays): Handler {
  return (request, response, next) => {
    response.setHeader('Vary', 'Origin');
    for (const header of ['Origin', 'Methods', 'Headers']) response.removeHeader(`Access-Control-Allow-${header}`);
    if (!isFromThisMachine(request))
      return answer(response, 403, { error: 'Only pages of this machine may use this.' });
    const { origin } = request.headers;
    if (origin !== undefined) {
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Allow-Methods', 'GET, POST, DELETE');
      response.setHeader('Access-Control-Allow-Headers', 'Content-Type');
    }
    if (request.method === 'OPTIONS') return answer(response, 204);
    route(relays, request, response).catch(next);
  };
}

async function route(relays: DevRelays, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [pathname = ''] = (request.url ?? '').split('?');
  const [, index, part] = /^\/?(?:(\d+)(\/events)?)?\/?$/.exec(pathname) ?? [];
  const wanted = `${request.method} ${index === undefined ? '' : ':index'}${part ?? ''}`;
  switch (pathname === '/' || pathname === '' || index !== undefined ? wanted : '') {
    case 'GET ':
      return answer(response, 200, await relays.list());
    case 'GET :index/events':
      return answerFound(response, await relays.events(Number(index), maxEvents));
    case 'POST ': {
      if (!(await readJson(request))) return answer(response, 400, { error: 'Send {}.' });
      const added = await relays.add();
      return added ? answer(response, 200, added) : answer(response, 409, { error: 'There are enough relays.' });
    }
    case 'DELETE :index':
      return answerFound(response, await relays.kill(Number(index)));
    case 'POST :index': {
      const body = await readJson(request);
      if (typeof body?.on !== 'boolean') return answer(response, 400, { error: 'Send {"on": true} or {"on": false}.' });
      return answerFound(response, await relays.setOn(Number(index), body.on));
    }
    default:
      return answer(response, 404, { error: 'There is nothing here.' });
  }
}

function isFromThisMachine(request: IncomingMessage): boolean {
  const { host = '', origin } = request.headers;
  const address = request.socket.remoteAddress ?? '';
  const isLocal = /^(?:::1|(?:::ffff:)?127\.\d+\.\d+\.\d+)$/.test(address);
  const own = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.exec(host);
  if (!isLocal || !own) return false;
  if (origin === undefined) return true;
  const page = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.exec(origin);
  return page !== null && page[1] === own[2];
}

async function readJson(request: IncomingMessage): Promise<{ readonly on?: unknown } | undefined> {
  // A form or a plain-text request needs no leave of the browser's cross-origin rules; JSON does.
  if (!request.headers['content-type']?.startsWith('application/json')) return undefined;
  let body = '';
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > maxBodyBytes) return undefined;
  }
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function answerFound(response: ServerResponse, body: unknown): void {
  if (body === undefined) return answer(response, 404, { error: 'There is no such relay.' });
  answer(response, 200, body);
}

function answer(response: ServerResponse, status: number, body?: unknown): void {
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
