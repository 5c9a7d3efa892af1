/** No page of the web reads or writes the relays of the machine on which it is looked at. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { startRelay } from '../../src/relay';
import { startChaosProxy } from '../../src/relay/chaos';
import { createOriginCheck } from '../../src/relay/origins';

const check = (origin: string | undefined, { host = '127.0.0.1:7777', allowed = [] as readonly string[] } = {}) =>
  createOriginCheck(allowed)({ headers: { origin, host } } as never);

test.each([
  undefined, // a program
  'http://localhost:3000',
  'http://127.0.0.1:3001',
  'https://localhost',
  'http://app.localhost:3000',
  'http://[::1]:3000',
  'http://0.0.0.0:3000',
  'capacitor://localhost',
])('%s is let in', (origin) => {
  expect(check(origin)).toBe(true);
});

test.each([
  'https://app.example',
  'https://localhost.example',
  'https://127.0.0.1.example',
  'http://127.evil.example',
  'http://192.168.1.5:3000',
  'null',
  'file://',
  '',
  'chrome-extension://abcdef',
])('%s is not', (origin) => {
  expect(check(origin)).toBe(false);
});

test('a page that is served under the address of the relay is let in, but none under its name', () => {
  const ofNetwork = { host: '192.168.1.5:7777' };
  expect(check('http://192.168.1.5:3000', ofNetwork)).toBe(true);
  expect(check('http://192.168.1.6:3000', ofNetwork)).toBe(false);
  // The name of a stranger may be made to lead to this machine.
  expect(check('http://stranger.example:7777', { host: 'stranger.example:7777' })).toBe(false);
});

test('further origins are let in by name, and all by a star', () => {
  expect(check('https://app.example', { allowed: ['https://app.example'] })).toBe(true);
  expect(check('https://other.example', { allowed: ['https://app.example'] })).toBe(false);
  expect(check('null', { allowed: ['*'] })).toBe(true);
});

interface Listening {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

describe.each<[string, (origins?: readonly string[]) => Promise<Listening>]>([
  ['the relay', (origins) => startRelay({ origins })],
  [
    'the chaos proxy',
    async (origins) => {
      const relay = await startRelay();
      const proxy = await startChaosProxy({ target: relay.url, origins });
      return { ...proxy, stop: () => proxy.stop().then(() => relay.stop()) };
    },
  ],
])('%s', (_which, start) => {
  let listening: Listening;
  afterEach(() => listening.stop());

  /** The status of a handshake: 101 if it is let in. */
  async function shake(origin: string): Promise<number> {
    const socket = new WebSocket(listening.url, { origin });
    const status = await Promise.race([
      once(socket, 'open').then(() => 101),
      once(socket, 'unexpected-response').then(([, response]) => (response as { statusCode: number }).statusCode),
    ]);
    socket.on('error', () => {});
    socket.terminate();
    return status;
  }

  async function askAbout(origin: string) {
    const request = httpRequest({
      ...{ host: '127.0.0.1', port: listening.port },
      headers: { origin, accept: 'application/nostr+json' },
    }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    return { status: response.statusCode, readableBy: response.headers['access-control-allow-origin'] };
  }

  test('refuses the page of a stranger its handshake and what it says about itself', async () => {
    listening = await start();
    expect(await shake('https://stranger.example')).toBe(403);
    expect(await askAbout('https://stranger.example')).toEqual({ status: 403, readableBy: undefined });
    expect(await shake('http://localhost:3000')).toBe(101);
    expect(await askAbout('http://localhost:3000')).toEqual({ status: 200, readableBy: '*' });
  });

  test('lets in what it is told to', async () => {
    listening = await start(['https://app.example']);
    expect(await shake('https://app.example')).toBe(101);
    expect(await shake('https://stranger.example')).toBe(403);
  });
});
