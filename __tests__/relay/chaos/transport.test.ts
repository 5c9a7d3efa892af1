import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';
import { eventually, makeEvent } from '../support';
import type { Client } from '../support';
import { describeFaults, otherTraffic, untilFired } from './scene';
import type { Scene } from './scene';

function failure(socket: WebSocket): Promise<Error & { readonly code?: string }> {
  return new Promise((resolve, reject) => {
    socket.on('error', resolve);
    socket.on('open', () => reject(new Error('it opened')));
  });
}

async function upgradeIsAnsweredWith(scene: Scene, status: number): Promise<void> {
  scene.on();
  expect((await failure(new WebSocket(scene.proxy.url))).message).toBe(`Unexpected server response: ${status}`);
}

/** Open as far as the client can tell, and dead. */
async function isHalfOpen(client: Client, scene: Scene): Promise<void> {
  const received = client.received.length;
  client.send('REQ', 'into the void', {});
  scene.relay.dropConnections();
  await otherTraffic(scene);
  expect(client.received.length).toBe(received);
  expect(scene.frames.filter(({ text }) => text.includes('into the void'))).toEqual([]);
  expect(client.socket.readyState).toBe(WebSocket.OPEN);
}

describeFaults(['transport'], {
  'connection-refused': async (scene) => {
    scene.on();
    await expect(scene.connect()).rejects.toThrow('refused');
  },
  'dns-failure': async (scene) => {
    const url = `ws://relay.example:${scene.proxy.port}`;
    const resolving = new WebSocket(url, { lookup: scene.proxy.lookup });
    await new Promise((resolve) => resolving.on('open', resolve));
    resolving.terminate();
    scene.on();
    expect((await failure(new WebSocket(url, { lookup: scene.proxy.lookup }))).code).toBe('ENOTFOUND');
  },
  'tls-failure': async (scene) => {
    scene.on();
    await expect(scene.connect()).rejects.toThrow('refused');
    const error = await new Promise<Error>((resolve) => connectTls(scene.proxy.port, '127.0.0.1').on('error', resolve));
    expect(error.message).toMatch(/handshake failure/);
  },
  'upgrade-hangs': async (scene) => {
    scene.on();
    const client = scene.dial();
    await untilFired(scene);
    await otherTraffic(scene);
    expect(client.socket.readyState).toBe(WebSocket.CONNECTING);
  },
  'upgrade-503': (scene) => upgradeIsAnsweredWith(scene, 503),
  'upgrade-429': (scene) => upgradeIsAnsweredWith(scene, 429),
  'accept-then-drop': async (scene) => {
    scene.on();
    const client = scene.dial();
    const opened = new Promise((resolve) => client.socket.on('open', resolve));
    await client.closed();
    await opened;
    expect(client.closeCode).toBe(1006);
  },
  'drop-mid-stream': async (scene) => {
    scene.on({ frames: 2 });
    const client = await scene.connect();
    for (const id of ['a', 'b', 'c']) client.send('REQ', id, {});
    await client.closed();
    expect(client.messages.map((m) => m[1])).toEqual(['a', 'b']);
    expect(client.closeCode).toBe(1006);
  },
  'close-1001': async (scene) => {
    scene.on({ frames: 1 });
    const client = await scene.connect();
    client.send('REQ', 'a', {});
    client.send('REQ', 'b', {});
    await client.closed();
    expect(client.closeCode).toBe(1001);
  },
  'close-1009-on-oversize': async (scene) => {
    scene.on({ bytes: 1_000 });
    const client = await scene.connect();
    await client.publish(makeEvent({ content: 'x'.repeat(300) }));
    client.send('EVENT', makeEvent({ content: 'x'.repeat(1_000) }));
    await client.closed();
    expect(client.closeCode).toBe(1009);
  },
  'black-hole': async (scene) => {
    const client = await scene.connect();
    await client.settle();
    scene.on();
    client.send('REQ', 'first', {});
    await untilFired(scene);
    await isHalfOpen(client, scene);
    scene.proxy.off(scene.name);
    await isHalfOpen(client, scene);
  },
  'black-hole-up': async (scene) => {
    const client = await scene.connect();
    await client.read('live', { kinds: [30078] });
    scene.on();
    client.send('EVENT', makeEvent({ content: 'from the client' }));
    const direct = await scene.connectDirectly();
    const event = makeEvent({ content: 'from elsewhere' });
    await direct.publish(event);
    await client.next((m) => m[0] === 'EVENT');
    await untilFired(scene);
    expect(client.eventsOf('live')).toEqual([event]);
    expect(scene.relay.events()).toEqual([event]);
  },
  'black-hole-down': async (scene) => {
    const client = await scene.connect();
    await client.settle();
    const received = client.received.length;
    scene.on();
    for (const content of ['one', 'two']) client.send('EVENT', makeEvent({ kind: 1, content }));
    await eventually(() => scene.relay.events().length === 2, 'both events to arrive');
    await otherTraffic(scene);
    expect(client.received.length).toBe(received);
  },
  latency: async (scene) => {
    const client = await scene.connect();
    await client.settle();
    const requests = scene.relayReceived('REQ');
    scene.on({ ms: 100, jitterMs: 40 });
    for (const id of ['a', 'b', 'c']) client.send('REQ', id, {});
    await untilFired(scene, 3);
    scene.clock.advance(109);
    await otherTraffic(scene);
    expect(scene.relayReceived('REQ') - requests).toBe(2);
    scene.clock.advance(1);
    await untilFired(scene, 6);
    expect(client.messages.filter((m) => m[1] === 'a')).toEqual([]);
    scene.clock.advance(110);
    await client.next((m) => m[1] === 'c');
    expect(client.messages.slice(-3).map((m) => m[1])).toEqual(['a', 'b', 'c']);
  },
  'throttled-bandwidth': async (scene) => {
    const client = await scene.connect();
    const event = makeEvent();
    const bytes = Buffer.byteLength(JSON.stringify(['EVENT', event]));
    scene.on({ bytesPerSecond: bytes });
    client.send('EVENT', event);
    client.send('EVENT', event);
    await untilFired(scene, 2);
    scene.clock.advance(1_000);
    await eventually(() => scene.relayReceived('EVENT') === 1, 'the first event');
    scene.clock.advance(999);
    await otherTraffic(scene);
    expect(scene.relayReceived('EVENT')).toBe(1);
    scene.clock.advance(1);
    await eventually(() => scene.relayReceived('EVENT') === 2, 'the second event');
  },
  'ping-unanswered': async (scene) => {
    const client = await scene.connect();
    let pongs = 0;
    client.socket.on('pong', () => (pongs += 1));
    client.socket.ping();
    await client.settle();
    expect(pongs).toBe(1);
    scene.on();
    client.socket.ping();
    await client.settle();
    expect(pongs).toBe(1);
  },
  flapping: async (scene) => {
    scene.on({ ms: 200 });
    for (const time of [1, 2]) {
      const client = await scene.connect();
      await client.settle();
      await untilFired(scene, time);
      scene.clock.advance(200);
      await client.closed();
      expect(client.closeCode).toBe(1006);
    }
  },
  'relay-down': async (scene) => {
    const client = await scene.connect();
    scene.on();
    await client.closed();
    await expect(scene.connect()).rejects.toThrow('refused');
  },
  'network-offline': async (scene) => {
    const client = await scene.connect();
    await client.settle();
    scene.on();
    await isHalfOpen(client, scene);
    await expect(scene.connect()).rejects.toThrow('refused');
  },
  'laptop-sleep': async (scene) => {
    const client = await scene.connect();
    await client.settle();
    scene.on({ ms: 60_000 });
    client.send('REQ', 'good night', {});
    await untilFired(scene);
    scene.clock.advance(59_999);
    await isHalfOpen(client, scene);
    scene.clock.advance(1);
    await client.closed();
  },
});
