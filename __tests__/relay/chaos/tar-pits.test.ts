import { WebSocket } from 'ws';
import type { Client } from '../support';
import { makeEvent, pubkey } from '../support';
import { describeFaults, otherTraffic, untilFired } from './scene';
import type { Scene } from './scene';

const ours = { kinds: [30078], authors: [pubkey] };
const probe = { ids: ['f'.repeat(64)], limit: 1 };

/** What a client that reads, probes, publishes and pings gets. */
async function ask(scene: Scene): Promise<Client> {
  await (await scene.connectDirectly()).publish(makeEvent());
  scene.on();
  const client = await scene.connect();
  client.send('REQ', 'probe', probe);
  client.send('REQ', 'live', { ...ours, limit: 50 });
  client.send('REQ', 'page', { ...ours, limit: 500 });
  client.send('EVENT', makeEvent({ tags: [['d', 'own']] }));
  await untilFired(scene);
  await otherTraffic(scene);
  await new Promise((resolve) => {
    client.socket.once('pong', resolve);
    client.socket.ping();
  });
  expect(client.socket.readyState).toBe(WebSocket.OPEN);
  return client;
}

const isOf = (id: string) => (message: readonly unknown[]) => message[1] === id;

describeFaults(['tar pits'], {
  'tar-pit': async (scene) => {
    const client = await ask(scene);
    expect(client.received).toEqual([]);
    expect(scene.relay.events()).toHaveLength(1);
  },
  'tar-pit-probes': async (scene) => {
    const client = await ask(scene);
    await client.next(isOf('probe'));
    await otherTraffic(scene);
    expect(client.messages.map((m) => m.slice(0, 2))).toEqual([['EOSE', 'probe']]);
  },
  'tar-pit-live': async (scene) => {
    const client = await ask(scene);
    await client.next((m) => m[0] === 'EOSE' && m[1] === 'live');
    await otherTraffic(scene);
    expect(new Set(client.messages.map((m) => m[1]))).toEqual(new Set(['live']));
    expect(client.messages.map((m) => m[0])).toEqual(['EVENT', 'EOSE', 'EVENT']);
  },
  'tar-pit-drip': async (scene) => {
    scene.on({ bytesPerSecond: 10 });
    const client = await scene.connect();
    client.send('REQ', 'page', ours);
    await untilFired(scene);
    const text = '["EOSE","page",["finish"]]';
    for (let second = 0; second < Math.ceil(text.length / 10); second += 1) {
      expect(client.received).toEqual([]);
      scene.clock.advance(1_000);
    }
    await client.until(() => client.received.length === 1, 'a message');
    expect(client.received).toEqual([text]);
  },
});
