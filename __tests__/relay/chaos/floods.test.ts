import { createDecipheriv, randomBytes } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { getEventHash, verifyEvent } from 'nostr-tools/pure';
import { WebSocket } from 'ws';
import type { NostrEvent } from '../../../src/relay';
import { startChaosProxy } from '../../../src/relay/chaos';
import { Client, author, eventually, makeEvent, nowSeconds, pubkey } from '../support';

import { describeFaults, otherTraffic } from './scene';
import type { Scene } from './scene';

const ours = { kinds: [30078], authors: [pubkey] };
const mutable = (event: NostrEvent) => ({ ...event, tags: event.tags.map((tag) => [...tag]) });

/** A client with a live subscription, and what comes within a second. */
async function flooded(scene: Scene): Promise<{ readonly client: Client; readonly came: Client['messages'] }> {
  const client = await scene.connect();
  await client.read('live', ours);
  scene.on({ perSecond: 50 });
  const seen = client.received.length;
  scene.clock.advance(1_000);
  await client.until(() => client.received.length === seen + 50, 'fifty messages');
  scene.proxy.off(scene.name);
  scene.clock.advance(1_000);
  await client.settle();
  expect(client.messages.length).toBeGreaterThan(0);
  return { client, came: client.messages.filter((m) => m[0] === 'NOTICE' || m[0] === 'EVENT') };
}

describeFaults(['floods'], {
  'notice-flood': async (scene) => {
    const { came } = await flooded(scene);
    expect(came).toHaveLength(50);
    expect(new Set(came.map((m) => m[0]))).toEqual(new Set(['NOTICE']));
  },
  'tiny-event-flood': async (scene) => {
    const { client } = await flooded(scene);
    const events = client.eventsOf('live');
    expect(events).toHaveLength(50);
    expect(events.every((event) => verifyEvent(mutable(event)) && event.pubkey !== pubkey && event.kind === 1)).toBe(
      true,
    );
    expect(Math.max(...events.map((event) => JSON.stringify(event).length))).toBeLessThan(400);
  },
  'spoilt-signature-flood': async (scene) => {
    const { client } = await flooded(scene);
    const events = client.eventsOf('live');
    expect(events).toHaveLength(50);
    expect(new Set(events.map(({ id }) => id)).size).toBe(50);
    for (const event of events) {
      expect(event).toMatchObject({ pubkey, kind: 30078, tags: [['d', expect.stringMatching(/^[0-9a-f]{32}$/)]] });
      expect(getEventHash(mutable(event))).toBe(event.id);
      expect(verifyEvent(mutable(event))).toBe(false);
    }
  },
  'junk-flood': async (scene) => {
    const { client } = await flooded(scene);
    expect(client.received.filter((text) => text === '["OK"]')).toHaveLength(3);
    expect(client.received.filter((text) => text === '{')).toHaveLength(3);
  },
  'deflate-bomb': async (scene) => {
    const d = randomBytes(16).toString('hex');
    const genuine = makeEvent({ created_at: nowSeconds() - 10, tags: [['d', d]] });
    await (await scene.connectDirectly()).publish(genuine);
    const sealKey = randomBytes(32);
    const proxy = await startChaosProxy({
      target: scene.relay.url,
      secretKey: author,
      sealKey,
      faults: scene.proxy.switchboard,
    });
    try {
      scene.on({ megabytes: 8 });
      const client = await scene.connect();
      const [bomb, second] = await client.read('page', ours);
      expect(second).toEqual(genuine);
      expect(bomb).toMatchObject({ pubkey, tags: genuine.tags, created_at: genuine.created_at + 1 });
      expect(verifyEvent(mutable(bomb!))).toBe(true);
      // Through the proxy that has the seal key the same opens.
      const [sealed] = await readThrough(proxy.url);
      expect(JSON.stringify(sealed).length).toBeLessThan(65_536);
      expect(inflateRawSync(openEnvelope(sealed!, sealKey)).length).toBe(8 * 2 ** 20);
      expect(() => openEnvelope(bomb!, sealKey)).toThrow();
    } finally {
      await proxy.stop();
    }
  },
  'deflate-bomb-frame': async (scene) => {
    scene.on({ megabytes: 16 });
    const socket = new WebSocket(scene.proxy.url, { perMessageDeflate: true, maxPayload: 64 * 2 ** 20 });
    let bytes = 0;
    await new Promise((resolve) => socket.on('open', resolve));
    expect(socket.extensions).toContain('permessage-deflate');
    const raw = (socket as unknown as { readonly _socket: { readonly bytesRead: number } })._socket;
    socket.on('message', (data: Buffer) => (bytes = Math.max(bytes, data.length)));
    socket.send(JSON.stringify(['REQ', 'page', ours]));
    await eventually(() => bytes > 16 * 2 ** 20, 'the bomb');
    expect(raw.bytesRead).toBeLessThan(100_000);
    socket.terminate();
    await otherTraffic(scene);
  },
});

async function readThrough(url: string): Promise<readonly NostrEvent[]> {
  const client = await Client.connect(url);
  const events = await client.read('page', ours);
  client.close();
  return events;
}

/** docs/protocol.md, section 2: the deflated payload. */
function openEnvelope({ content, tags, created_at }: NostrEvent, sealKey: Buffer): Buffer {
  const envelope = Buffer.from(content, 'base64');
  const seconds = Buffer.alloc(8);
  seconds.writeBigUInt64BE(BigInt(created_at));
  const decipher = createDecipheriv('aes-256-gcm', sealKey, envelope.subarray(1, 13));
  decipher.setAAD(
    Buffer.concat([
      Buffer.from('zbs/1'),
      Buffer.of(1),
      Buffer.from(pubkey, 'hex'),
      Buffer.from(tags[0]![1]!, 'hex'),
      seconds,
    ]),
  );
  decipher.setAuthTag(envelope.subarray(-16));
  const padded = Buffer.concat([decipher.update(envelope.subarray(13, -16)), decipher.final()]);
  return padded.subarray(4, 4 + padded.readUInt32BE());
}
