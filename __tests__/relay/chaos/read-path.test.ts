import { verifyEvent } from 'nostr-tools/pure';
import type { NostrEvent } from '../../../src/relay';
import { makeEvent, nowSeconds, pubkey } from '../support';
import type { Client } from '../support';
import { describeFaults, untilFired } from './scene';
import type { Scene } from './scene';

const all = { kinds: [30078] };
const isValid = (event: NostrEvent) => verifyEvent({ ...event, tags: event.tags.map((tag) => [...tag]) });

/** Stores `count` events of different addresses, newest last, before the fault is on. */
async function fill(scene: Scene, count: number): Promise<readonly NostrEvent[]> {
  const direct = await scene.connectDirectly();
  const at = nowSeconds() - count;
  const events = Array.from({ length: count }, (_, n) =>
    makeEvent({ created_at: at + n, tags: [['d', `slot-${n}`]], content: btoa(`content of slot ${n}`) }),
  );
  for (const event of events) await direct.publish(event);
  return events;
}

/** Publishes to the relay itself, and waits until it has been fanned out. */
async function publishElsewhere(scene: Scene, ...events: readonly NostrEvent[]): Promise<void> {
  const direct = await scene.connectDirectly();
  for (const event of events) await direct.publish(event);
  await direct.settle();
}

/** One stored event, read under the fault: what came, in order, up to and with EOSE. */
async function readOne(
  scene: Scene,
): Promise<{ readonly client: Client; readonly genuine: NostrEvent; readonly came: readonly NostrEvent[] }> {
  const [genuine] = await fill(scene, 1);
  scene.on();
  const client = await scene.connect();
  return { client, genuine: genuine!, came: await client.read('page', all) };
}

/** Two versions of one address that the proxy has seen, and a client that asks for it. */
async function readAfterTwoVersions(
  scene: Scene,
): Promise<{ readonly old: NostrEvent; readonly head: NostrEvent; readonly client: Client }> {
  const at = nowSeconds() - 10;
  const [old, head] = [0, 1].map((n) => makeEvent({ created_at: at + n })) as [NostrEvent, NostrEvent];
  const client = await scene.connect();
  await client.publish(old);
  await client.publish(head);
  scene.on();
  return { old, head, client };
}

describeFaults(['read path'], {
  'eose-swallowed': async (scene) => {
    const [event] = await fill(scene, 1);
    scene.on();
    const client = await scene.connect();
    client.send('REQ', 'page', all);
    await client.next((m) => m[0] === 'EVENT');
    await client.publish(makeEvent({ kind: 1 }));
    expect(client.messages.map((m) => m[0])).toEqual(['EVENT', 'OK']);
    expect(client.eventsOf('page')).toEqual([event]);
  },
  'eose-early': async (scene) => {
    const events = await fill(scene, 2);
    scene.on();
    const client = await scene.connect();
    client.send('REQ', 'page', all);
    await client.publish(makeEvent({ kind: 1 }));
    expect(client.messages.map((m) => m[0])).toEqual(['EOSE', 'EVENT', 'EVENT', 'OK']);
    expect(client.eventsOf('page')).toEqual([...events].reverse());
  },
  'eose-hint-lies': async (scene) => {
    const events = await fill(scene, 4);
    scene.on({ limit: 2 });
    const client = await scene.connect();
    expect(await client.read('page', all)).toEqual([events[3], events[2]]);
    expect(await client.next((m) => m[0] === 'EOSE')).toEqual(['EOSE', 'page', ['finish']]);
  },
  'truncated-page': async (scene) => {
    const events = await fill(scene, 4);
    scene.on({ limit: 2 });
    const client = await scene.connect();
    for (const id of ['one', 'two', 'one']) expect(await client.read(id, all)).toEqual([events[3], events[2]]);
    const live = makeEvent({ tags: [['d', 'live']], content: 'live' });
    await publishElsewhere(scene, live);
    expect(client.eventsOf('two')).toContainEqual(live);
  },
  'closed-on-req': async (scene) => {
    scene.on();
    const client = await scene.connect();
    client.send('REQ', 'page', all);
    expect(await client.next((m) => m[1] === 'page')).toEqual(['CLOSED', 'page', expect.stringMatching(/^error: /)]);
    expect(scene.relayReceived('REQ')).toBe(0);
  },
  'closed-mid-life': async (scene) => {
    const [stored] = await fill(scene, 1);
    scene.on();
    const client = await scene.connect();
    expect(await client.read('live', all)).toEqual([stored]);
    await publishElsewhere(scene, makeEvent({ tags: [['d', 'live']], content: 'live' }));
    expect(await client.next((m) => m[0] === 'CLOSED')).toEqual(['CLOSED', 'live', expect.stringMatching(/^error: /)]);
    expect(client.eventsOf('live')).toEqual([stored]);
    await client.settle();
    expect(scene.relayReceived('CLOSE')).toBeGreaterThan(0);
  },
  'notice-instead-of-closed': async (scene) => {
    scene.on();
    const client = await scene.connect();
    client.send('REQ', 'page', all);
    expect(await client.next(() => true)).toEqual(['NOTICE', expect.stringContaining('too many concurrent REQs')]);
    expect(scene.relayReceived('REQ')).toBe(0);
  },
  'live-event-lost': async (scene) => {
    const [stored] = await fill(scene, 1);
    scene.on();
    const client = await scene.connect();
    expect(await client.read('live', all)).toEqual([stored]);
    await publishElsewhere(scene, makeEvent({ tags: [['d', 'live']], content: 'live' }));
    await client.settle();
    expect(client.eventsOf('live')).toEqual([stored]);
  },
  'stored-live-gap': async (scene) => {
    scene.on({ ms: 500 });
    const client = await scene.connect();
    await client.read('live', all);
    const [early, late] = ['early', 'late'].map((d) => makeEvent({ tags: [['d', d]] })) as [NostrEvent, NostrEvent];
    await publishElsewhere(scene, early);
    await untilFired(scene);
    scene.clock.advance(500);
    await publishElsewhere(scene, late);
    await client.settle();
    expect(client.eventsOf('live')).toEqual([late]);
  },
  duplicates: async (scene) => {
    const { genuine, came } = await readOne(scene);
    expect(came).toEqual([genuine, genuine]);
  },
  reorder: async (scene) => {
    const events = await fill(scene, 3);
    scene.on({ ms: 300 });
    const client = await scene.connect();
    await client.read('page', all);
    await client.settle();
    expect(client.eventsOf('page')).toEqual([events[1], events[2], events[0]]);
    expect(client.messages.findIndex((m) => m[0] === 'EOSE')).toBe(2);
    const beforeLive = scene.fired();
    await publishElsewhere(scene, makeEvent({ tags: [['d', 'live']], content: 'live' }));
    await untilFired(scene, beforeLive + 1);
    await client.settle();
    const beforeAlone = scene.fired();
    await publishElsewhere(scene, makeEvent({ tags: [['d', 'alone']], content: 'alone' }));
    await untilFired(scene, beforeAlone + 1);
    scene.clock.advance(300);
    await client.next((m) => m[0] === 'EVENT' && (m[2] as NostrEvent).content === 'alone');
  },
  'old-version-replayed': async (scene) => {
    const { old, head, client } = await readAfterTwoVersions(scene);
    client.send('REQ', 'page', all);
    await client.publish(makeEvent({ kind: 1 }));
    expect(client.eventsOf('page')).toEqual([head, old]);
  },
  'different-heads': async (scene) => {
    const { old, head, client } = await readAfterTwoVersions(scene);
    expect(await client.read('page', all)).toEqual([old]);
    scene.proxy.off(scene.name);
    expect(await client.read('page', all)).toEqual([head]);
  },
  'stranger-event': async (scene) => {
    const { genuine, came } = await readOne(scene);
    expect(came).toEqual([expect.objectContaining({ tags: genuine.tags, kind: 30078 }), genuine]);
    expect(came[0]!.pubkey).not.toBe(pubkey);
    expect(isValid(came[0]!)).toBe(true);
  },
  'other-kind': async (scene) => {
    const { genuine, came } = await readOne(scene);
    expect(came).toEqual([expect.objectContaining({ kind: 1 }), genuine]);
    expect(isValid(came[0]!)).toBe(true);
  },
  'wrong-subscription': async (scene) => {
    const { client, genuine, came } = await readOne(scene);
    expect(came).toEqual([genuine]);
    expect(client.messages[0]).toEqual(['EVENT', 'no-such-subscription', genuine]);
  },
  'forged-content-first': async (scene) => {
    const { genuine, came } = await readOne(scene);
    expect(came).toEqual([{ ...genuine, content: expect.any(String) }, genuine]);
    expect(came[0]!.content).not.toBe(genuine.content);
    expect(isValid(came[0]!)).toBe(false);
  },
  'future-forgery': async (scene) => {
    const { genuine, came } = await readOne(scene);
    expect(came).toEqual([{ ...genuine, created_at: expect.any(Number) }, genuine]);
    expect(came[0]!.created_at).toBeGreaterThan(nowSeconds() + 9 * 365 * 86_400);
  },
  'bad-signature': async (scene) => {
    const { genuine, came } = await readOne(scene);
    expect(came).toEqual([{ ...genuine, sig: expect.any(String) }, genuine]);
    expect(isValid(came[0]!)).toBe(false);
  },
  undecryptable: async (scene) => {
    const { genuine, came } = await readOne(scene);
    expect(came).toEqual([
      expect.objectContaining({ pubkey, tags: genuine.tags, created_at: genuine.created_at + 1 }),
      genuine,
    ]);
    expect(came[0]!.content).not.toBe(genuine.content);
    expect(isValid(came[0]!)).toBe(true);
  },
  'swapped-address': async (scene) => {
    const [first, second] = await fill(scene, 2);
    scene.on();
    const client = await scene.connect();
    const came = await client.read('page', all);
    expect(came).toEqual([
      second,
      expect.objectContaining({ pubkey, tags: first!.tags, content: second!.content }),
      first,
    ]);
    expect(isValid(came[1]!)).toBe(true);
  },
  'malformed-frame': async (scene) => {
    await fill(scene, 40);
    scene.on();
    const client = await scene.connect();
    client.send('REQ', 'page', all);
    await client.until(() => client.received.length === 2 * 41, 'a frame of junk before each');
    expect(client.received.filter((text) => text === '["OK"]')).toHaveLength(2);
    expect(new Set(client.received).size).toBe(41 + 22);
  },
  'huge-frame': async (scene) => {
    const { client, genuine } = await readOne(scene);
    expect(client.received[0]!.length).toBeGreaterThan(2_000_000);
    expect(client.messages[1]).toEqual(['EVENT', 'page', genuine]);
  },
  'binary-frame': async (scene) => {
    const binary: boolean[] = [];
    await fill(scene, 1);
    scene.on();
    const client = await scene.connect();
    client.socket.on('message', (_data, isBinary) => binary.push(isBinary));
    await client.read('page', all);
    expect(binary).toEqual([true, false, true, false]);
  },
  'deep-json': async (scene) => {
    const { client, genuine } = await readOne(scene);
    expect(client.received[0]).toContain('['.repeat(50_000));
    expect(client.received[1]).toBe(JSON.stringify(['EVENT', 'page', genuine]));
  },
});
