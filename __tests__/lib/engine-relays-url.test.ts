/** An app whose operator serves the list of relays: taken while the app runs, kept for the next start, and what was stored before waits for it. */
import { SyncEngine } from '../../src/lib/engine';
import { WebSocket } from 'ws';
import { startRelay } from '../../src/relay';
import type { RunningRelay } from '../../src/relay';
import type { SocketLike } from '../../src/runtime/relay/socket';
import type { Environment } from '../../src/runtime/worker/environment';
import { config as appConfig } from '../support/browser-device';
import { inProcessEnvironment, inProcessWorkers } from '../support/in-process';
import { eventually } from '../support/socket-device';

jest.setTimeout(60_000);

let relays: RunningRelay[];
beforeAll(async () => {
  relays = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => startRelay({ name })));
});
afterAll(() => Promise.all(relays.map((relay) => relay.stop())));

test('the list of the file takes the place of that of config.json without a restart, and is there at the next start', async () => {
  const [configured, served] = [relays.slice(0, 3), relays.slice(3)];
  const urlsOf = (some: readonly RunningRelay[]) => some.map(({ url }) => url);
  let isServed = false;
  const asked: string[] = [];
  const environment: Environment = {
    ...inProcessEnvironment(),
    config: { ...appConfig, relays: urlsOf(configured), relaysUrl: '/relays.json' },
    createSocket: (url: string) => new WebSocket(url) as unknown as SocketLike,
    origin: 'https://app.example',
    async fetchText(url) {
      if (!url.startsWith('https:')) throw new TypeError('a relay is asked about itself');
      asked.push(url);
      if (!isServed) throw new TypeError('Failed to fetch');
      return { ok: true, body: new Response(JSON.stringify({ relays: urlsOf(served) })).body };
    },
  };
  const open = () => SyncEngine.open({ identity: ['user-1', 'somebody'], createWorker: inProcessWorkers(environment) });
  const listOf = (engine: SyncEngine) =>
    engine.status.relays.filter(({ origin }) => origin === 'list').map(({ url }) => url);
  const isStored = (engine: SyncEngine) => engine.status.phase === 'online' && engine.status.pending === 0;

  const first = await open();
  await first.db.preferences.insert({ id: 'ui', theme: 'dark' } as never);
  await eventually(() => isStored(first), 30_000);
  expect(listOf(first)).toEqual(urlsOf(configured));
  await first.close();

  isServed = true;
  const second = await open();
  await eventually(() => listOf(second).join() === urlsOf(served).join() && isStored(second), 30_000);
  const holders = served.filter((relay) => [...relay.events()].length > 0);
  expect(holders.length).toBeGreaterThanOrEqual(2);
  await second.close();

  isServed = false;
  const third = await open();
  await eventually(() => third.status.relays.length > 0, 30_000);
  expect(listOf(third)).toEqual(urlsOf(served));
  expect(new Set(asked)).toEqual(new Set(['https://app.example/relays.json']));
  await third.close();
});
