import { verifyEvent } from 'nostr-tools/pure';
import type { NostrEvent } from '../../../src/relay';
import { makeEvent, nowSeconds, pubkey } from '../support';
import { describeFaults } from './scene';
import type { Scene } from './scene';

const ours = { kinds: [30078], authors: [pubkey] };
const slot = (d: string, created_at = nowSeconds() - 100, content = '') =>
  makeEvent({ created_at, content, tags: [['d', d]] });

async function fill(scene: Scene, count: number): Promise<readonly NostrEvent[]> {
  const direct = await scene.connectDirectly();
  const events = Array.from({ length: count }, (_, n) => slot(`slot-${n}`, nowSeconds() - 100 - n));
  for (const event of events) await direct.publish(event);
  return events;
}

describeFaults(['views'], {
  'empty-answers-first': async (scene) => {
    await fill(scene, 3);
    scene.on();
    const client = await scene.connect();
    client.send('REQ', 'page', ours);
    expect(await client.next(() => true)).toEqual(['EOSE', 'page']);
    const live = slot('live');
    await (await scene.connectDirectly()).publish(live);
    await client.next((m) => m[0] === 'EVENT');
    expect(client.messages.slice(1)).toEqual([['EVENT', 'page', live]]);
    const own = slot('own');
    expect(await client.publish(own)).toEqual([true, '']);
    expect(await client.read('again', ours)).toEqual([own]);
    const other = await scene.connect();
    scene.on();
    other.send('REQ', 'page', ours);
    other.send('EVENT', makeEvent({ kind: 1 }));
    await other.settle();
    expect(other.messages.filter((m) => m[0] === 'EOSE' && m[1] === 'page')).toHaveLength(1);
  },
  'split-view': async (scene) => {
    const events = await fill(scene, 20);
    scene.on({ parts: 2 });
    const [left, right] = [await scene.connect(), await scene.connect()];
    const [ofLeft, ofRight] = [await left.read('page', ours), await right.read('page', ours)];
    expect(ofLeft.length).toBeGreaterThan(0);
    expect(ofRight.length).toBeGreaterThan(0);
    expect([...ofLeft, ...ofRight].map(({ id }) => id).sort()).toEqual(events.map(({ id }) => id).sort());
    // Later versions and live events of an address stay on the side of the first.
    const newer = makeEvent({ tags: ofLeft[0]!.tags, content: 'newer' });
    await (await scene.connectDirectly()).publish(newer);
    await left.next((m) => m[0] === 'EVENT' && (m[2] as NostrEvent).id === newer.id);
    await right.settle();
    expect(right.eventsOf('page')).not.toContainEqual(newer);
  },
  'old-versions-rebroadcast': async (scene) => {
    const client = await scene.connect();
    const versions = [0, 1, 2].map((n) => slot('slot', nowSeconds() - 100 + n, `version ${n}`));
    for (const event of versions) await client.publish(event);
    expect(await client.read('live', ours)).toEqual([versions[2]]);
    await client.read('of others', { authors: ['0'.repeat(64)] });
    scene.on({ perSecond: 4 });
    scene.clock.advance(1_000);
    await client.until(() => client.eventsOf('live').length === 5, 'four old versions');
    expect(client.eventsOf('live')).toEqual([versions[2], versions[0], versions[1], versions[0], versions[1]]);
    expect(client.eventsOf('of others')).toEqual([]);
  },
  'newer-envelope': async (scene) => {
    const content = Buffer.concat([Buffer.of(1), Buffer.alloc(600, 7)]).toString('base64');
    const genuine = slot('slot', nowSeconds() - 100, content);
    await (await scene.connectDirectly()).publish(genuine);
    scene.on({ version: 3 });
    const client = await scene.connect();
    const [newer, second] = await client.read('page', ours);
    expect(second).toEqual(genuine);
    expect(newer).toMatchObject({ pubkey, tags: genuine.tags, created_at: genuine.created_at + 1 });
    expect(verifyEvent({ ...newer!, tags: newer!.tags.map((tag) => [...tag]) })).toBe(true);
    const envelope = Buffer.from(newer!.content, 'base64');
    expect([envelope[0], envelope.length]).toEqual([3, 601]);
    const [again] = await client.read('again', ours);
    expect(again!.id).toBe(newer!.id);
  },
});
