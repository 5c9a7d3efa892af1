import { createServer, request } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Configuration as DevServerConfiguration, Middleware } from 'webpack-dev-server';
import type { DevRelays } from '../../src/preset/dev-relays';
import { readOptions } from '../../src/preset/options';
import { answerMissingWasm, extendDevServer, relaySwitches } from '../../src/preset/dev-server';

const state = { index: 0, url: 'ws://127.0.0.1:1', on: true, events: 1 };
const relays: DevRelays = {
  start: async () => [state.url],
  list: async () => [state],
  setOn: async (index, on) => (index === 0 ? { ...state, on } : undefined),
  add: async () => ({ ...state, index: 1, added: true }),
  kill: async (index) => (index === 0 ? { ...state, on: false, events: 0, killed: true } : undefined),
  events: async (index, limit) => (index === 0 ? [{ id: `newest of ${limit}` } as never] : undefined),
  stop: async () => undefined,
};

describe('the switches of the development relays', () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    const middleware = relaySwitches(relays);
    server = createServer((incoming, response) => {
      // CRA opens everything to every origin.
      response.setHeader('Access-Control-Allow-Origin', '*');
      middleware(incoming, response, (error) => response.writeHead(500).end(String(error)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const json = { 'content-type': 'application/json' };

  test.each([
    ['GET', '/', undefined, 200, [state]],
    ['GET', '/?now', undefined, 200, [state]],
    ['POST', '/0', '{"on":false}', 200, { ...state, on: false }],
    ['POST', '/1', '{"on":false}', 404, { error: 'There is no such relay.' }],
    ['POST', '/0', '{"on":"no"}', 400, { error: expect.stringContaining('{"on": true}') }],
    ['POST', '/0', 'no JSON', 400, { error: expect.any(String) }],
    ['POST', '/0', 'null', 400, { error: expect.any(String) }],
    ['POST', '/0', `{"on":true,"x":"${'x'.repeat(2000)}"}`, 400, { error: expect.any(String) }],
    ['GET', '/0/events', undefined, 200, [{ id: 'newest of 200' }]],
    ['GET', '/7/events', undefined, 404, { error: 'There is no such relay.' }],
    ['GET', '/0', undefined, 404, { error: 'There is nothing here.' }],
    ['GET', '/constructor', undefined, 404, { error: 'There is nothing here.' }],
    ['POST', '/', '{}', 200, { ...state, index: 1, added: true }],
    ['POST', '/', undefined, 400, { error: expect.any(String) }],
    ['DELETE', '/0', undefined, 200, { ...state, on: false, events: 0, killed: true }],
    ['DELETE', '/1', undefined, 404, { error: 'There is no such relay.' }],
    ['DELETE', '/', undefined, 404, { error: 'There is nothing here.' }],
    ['DELETE', '/0/events', undefined, 404, { error: 'There is nothing here.' }],
  ])('answer %s %s %s with %i', async (method, path, body, status, expected) => {
    const answer = await ask(method, path, json, body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toEqual(expected);
  });

  test('want JSON, which a page of another site cannot send unasked', async () => {
    const answer = await ask('POST', '/0', { 'content-type': 'text/plain' }, '{"on":false}');
    expect(answer.status).toBe(400);
  });

  test.each(['localhost', '127.0.0.1', '[::1]'])('are open to a page of http://%s at the same port', async (host) => {
    const origin = `http://${host}:${port}`;
    const preflight = await ask('OPTIONS', '/0', { origin });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe(origin);
    expect(preflight.headers['access-control-allow-headers']).toBe('Content-Type');
    expect((await ask('GET', '/', { origin })).headers['access-control-allow-origin']).toBe(origin);
  });

  test.each(['https://example.org', 'http://localhost:1', 'http://localhost.example.org', 'null'])(
    'are closed to a page of %s',
    async (origin) => {
      const answer = await ask('GET', '/', { origin });
      expect(answer.status).toBe(403);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  test('are closed to another name for this machine, so that no DNS answer opens them', async () => {
    expect((await ask('GET', '/', { host: `example.org:${port}` })).status).toBe(403);
  });

  function ask(method: string, path: string, headers: { readonly [name: string]: string }, body?: string) {
    return new Promise<{ status: number; text: string; headers: IncomingHttpHeaders }>((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk)));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
});

describe('the development server', () => {
  const server = { compiler: { compilers: [] } } as never;
  const html: Middleware = { name: 'connect-history-api-fallback', middleware: () => undefined };
  const other: Middleware = { name: 'other', middleware: () => undefined };
  const names = (middlewares: readonly Middleware[] | undefined) =>
    middlewares?.map((middleware) => ('name' in middleware ? middleware.name : 'function'));

  const appWith = (devRelays: number) => ({ appPath: '/app', options: readOptions({ devRelays }) });

  test('is extended once, however often its configuration comes by', () => {
    const once = extendDevServer({}, appWith(3));
    expect(extendDevServer(once, appWith(3))).toBe(once);
  });

  test('answers for missing modules before the app’s HTML would, and for the relays before everything', () => {
    const none: DevServerConfiguration = {};
    const { setupMiddlewares } = extendDevServer(none, appWith(3));
    expect(names(setupMiddlewares?.([other, html], server))).toEqual([
      'zero-backend-sync-relays',
      'other',
      'zero-backend-sync-missing-wasm',
      'connect-history-api-fallback',
    ]);
  });

  test('keeps the middlewares of the user and of other plugins', () => {
    const user: DevServerConfiguration = { setupMiddlewares: (given) => [...given, other] };
    const { setupMiddlewares } = extendDevServer(user, appWith(0));
    expect(names(setupMiddlewares?.([html], server))).toEqual([
      'zero-backend-sync-missing-wasm',
      'connect-history-api-fallback',
      'other',
    ]);
  });

  test.each([
    ['/static/media/x.wasm', true],
    ['/x.wasm?v=1', true],
    ['/x.wasm.html', false],
    ['/notes?file=x.wasm', false],
    ['/', false],
  ])('asked for %s: a plain 404 is %s', (url, isMissing) => {
    let status: number | undefined;
    let isPassedOn = false;
    const response = { writeHead: (code: number) => (status = code), end: () => undefined };
    answerMissingWasm({ url } as never, response as never, () => (isPassedOn = true));
    expect([status, isPassedOn]).toEqual(isMissing ? [404, false] : [undefined, true]);
  });
});
