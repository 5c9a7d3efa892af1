/** What a device of an app says of itself, as the user's other devices read it. */
import { version } from '../../package.json';
import { SyncEngine } from '../../src/lib/engine';
import { collections } from '../../src/lib/schema';
import wasm from '../../src/lib/worker/crypto.wasm';
import { WebSocket } from 'ws';
import { startRelay } from '../../src/relay';
import type { RunningRelay } from '../../src/relay';
import { Tier } from '../../src/runtime/contracts/slot';
import { loadBlackBox } from '../../src/runtime/crypto/black-box';
import { createVault } from '../../src/runtime/crypto/vault';
import type { SocketLike } from '../../src/runtime/relay/socket';
import { schemaVersionOf } from '../../src/runtime/worker/schema-version';
import { config as appConfig } from '../support/browser-device';
import { inProcessEnvironment, inProcessWorkers } from '../support/in-process';
import { eventually } from '../support/socket-device';

jest.setTimeout(30_000);

let relays: RunningRelay[];
beforeAll(async () => {
  relays = await Promise.all(['one', 'two', 'three'].map((name) => startRelay({ name })));
});
afterAll(() => Promise.all(relays.map((relay) => relay.stop())));

test('a device that has written nothing says where it writes, when it was active, and what it and its schema are', async () => {
  const identity = ['user-1', 'somebody'];
  const config = { ...appConfig, replica: { idleMs: 100 } };
  const environment = {
    ...inProcessEnvironment(),
    config,
    createSocket: (url: string) => new WebSocket(url) as unknown as SocketLike,
    label: `  A\u0007 phone ${'x'.repeat(60)}`,
  };
  const urls = relays.map(({ url }) => url);
  const createWorker = inProcessWorkers(environment);
  const engine = await SyncEngine.open({ identity, relays: urls, createWorker });
  const events = () => relays.map((relay) => [...relay.events()]);
  await eventually(() => events().every((ofRelay) => ofRelay.length === 1), 20_000);
  await engine.close();

  const vault = await createVault({ identity, config, loadBlackBox: () => loadBlackBox(wasm) });
  const opened = await vault.open(events()[0]![0]!);
  expect(opened).toMatchObject({
    payload: {
      ...{ tier: Tier.Manifest, idx: 0, seq: 1, live: [], seen: {}, ext: {} },
      ...{ relays: urls, kit: version, schema: await schemaVersionOf(collections) },
      ...{ day: Math.floor(Date.now() / 86_400_000), label: `A phone ${'x'.repeat(32)}` },
    },
  });
});
