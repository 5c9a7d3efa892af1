import { getEventHash } from 'nostr-tools/pure';
import appConfig from '../../../src/lib/config.json';
import defaults from '../../../src/runtime/core/defaults.json';
import { ErrorCode } from '../../../src/runtime/core/errors';
import { RelayOrigin, RelayState } from '../../../src/runtime/core/status';
import { Tier, type NostrEvent } from '../../../src/runtime/contracts/slot';
import { MeshScene } from '../../support/mesh-scene';
import { OwnedClock } from '../../support/owned-clock';
import { demandsAuth, ScriptedRelay } from '../../support/scripted-relay';
import { addressOf, makeHead } from '../../support/test-slots';

const configJson = { ...appConfig, ...defaults };

// The machine that runs this may be busy; time that passes in a test is the test's own.
jest.setTimeout(30_000);

const eventsSentTo = (relay: ScriptedRelay): readonly NostrEvent[] =>
  relay.framesOf('EVENT').map(([, event]) => event as NostrEvent);

const filtersOf = (relay: ScriptedRelay): readonly Record<string, unknown>[] =>
  relay.framesOf('REQ').map(([, , filter]) => filter as Record<string, unknown>);

describe('publishing', () => {
  it('sends an own head in the same tick and reads it back from every relay', async () => {
    const scene = new MeshScene();
    await scene.begin();
    scene.relays.forEach((relay) => (relay.latencyMs = 0));
    const head = scene.write();
    await scene.clock.advance(0);
    expect(scene.relays.map((relay) => relay.framesOf('EVENT').length)).toEqual([1, 1, 1]);
    expect(scene.storedCount(head)).toBe(0);
    expect(await scene.clock.until(() => scene.storedCount(head) === 3, 1_000, 5)).toBeLessThanOrEqual(150);
  });

  it('sends nothing to a relay before its own slots have been read from it, in each connection', async () => {
    const scene = new MeshScene();
    const [relay] = scene.relays as [ScriptedRelay];
    const head = makeHead({ createdAt: scene.nowSeconds - 60 });
    scene.mesh.setOwnAddresses([head.version.d]);
    scene.mesh.offer(head);
    for (const each of scene.relays) each.faults = { swallowEose: true };
    scene.mesh.start();
    await scene.clock.advance(120_000);
    expect(scene.mesh.readyRelays).toBe(0);
    expect(scene.relays.flatMap(eventsSentTo)).toEqual([]);
    for (const each of scene.relays) each.faults = {};
    await scene.clock.until(() => scene.mesh.readyRelays === 3, 120_000);
    relay.drop();
    relay.faults = { swallowEose: true };
    const before = eventsSentTo(relay).length;
    scene.write({ seq: 2 });
    await scene.clock.advance(30_000);
    expect(eventsSentTo(relay)).toHaveLength(before);
    relay.faults = {};
    await scene.clock.until(() => eventsSentTo(relay).length > before, 120_000);
  });

  it('reads an address that is new in a short reconnect before it writes it', async () => {
    const scene = new MeshScene();
    await scene.begin();
    const [relay] = scene.relays as [ScriptedRelay];
    await scene.clock.advance(5_000);
    relay.drop();
    await scene.clock.until(() => scene.mesh.readyRelays === 3, 10_000, 5);
    relay.received.length = 0;
    const head = scene.write({ index: 7 });
    await scene.clock.until(() => scene.storedCount(head) === 3, 5_000, 5);
    const verbs = relay.received.filter(
      ([verb, , filter]) => verb === 'EVENT' || JSON.stringify(filter)?.includes(head.version.d),
    );
    expect(verbs.map(([verb]) => verb)).toEqual(['REQ', 'EVENT', 'REQ']);
  });

  it('does not send again what the last connection stored without saying so', async () => {
    const scene = new MeshScene();
    await scene.begin();
    const [relay] = scene.relays as [ScriptedRelay];
    relay.faults = { swallowOk: true };
    const head = scene.write();
    await scene.clock.advance(20);
    relay.drop();
    await scene.clock.until(() => scene.storedCount(head) === 3, 10_000);
    expect(eventsSentTo(relay)).toHaveLength(1);
  });

  it('sends again what was lost with a connection', async () => {
    const scene = new MeshScene();
    await scene.begin();
    const [relay] = scene.relays as [ScriptedRelay];
    relay.faults = { deaf: true };
    const head = scene.write();
    await scene.clock.advance(100);
    relay.drop();
    relay.faults = {};
    await scene.clock.until(() => scene.storedCount(head) === 3, 10_000);
  });

  it('replaces an older version in every queue', async () => {
    const scene = new MeshScene();
    await scene.begin();
    for (let seq = 1; seq <= 60; seq += 1) {
      scene.write({ seq, createdAt: scene.nowSeconds + seq });
      await scene.clock.advance(50);
    }
    const last = scene.write({ seq: 61, createdAt: scene.nowSeconds + 61 });
    await scene.clock.until(() => scene.storedCount(last) === 3, 5_000);
    for (const relay of scene.relays) expect(eventsSentTo(relay).length).toBeLessThan(20);
  });

  it('keeps within the budget of each relay, and drains a thousand edits without a refusal for rate', async () => {
    const scene = new MeshScene();
    for (const relay of scene.relays) relay.faults = { writesPerSecond: 11 };
    for (let index = 0; index < 60; index += 1) scene.write({ index, tier: Tier.Page, bytes: 8_000 });
    const began = scene.clock.now();
    scene.mesh.start();
    await scene.clock.until(() => scene.relays.every((relay) => relay.stored.size === 60), 60_000, 250);
    const seconds = (scene.clock.now() - began) / 1000;
    expect(seconds).toBeLessThanOrEqual(30);
    expect(scene.relays.flatMap((relay) => relay.sent).filter((frame) => frame.includes('rate-limited'))).toEqual([]);
    for (const relay of scene.relays) expect(eventsSentTo(relay).length).toBeLessThanOrEqual(4 + 10 * seconds);
  });

  it('slows down when a relay refuses for rate, loses nothing, and remembers the rate', async () => {
    const scene = new MeshScene();
    await scene.begin();
    const [relay] = scene.relays as [ScriptedRelay];
    relay.faults = { writesPerSecond: 1 };
    const heads = Array.from({ length: 12 }, (_, index) => scene.write({ index }));
    await scene.clock.until(() => heads.every((head) => scene.holders(head) === 3), 120_000);
    expect(Number(scene.saved.get(relay.url)?.perSecond)).toBeLessThanOrEqual(1);
    expect(scene.mesh.status[0]?.lastRefusal).toBe('rate-limited: slow down');
    const next = new MeshScene({ memory: { [relay.url]: { perSecond: 0.2 } } });
    await next.begin();
    for (let index = 0; index < 12; index += 1) next.write({ index });
    await next.clock.advance(4_000);
    const [slow, fast] = next.relays.map((each) => eventsSentTo(each).length);
    expect(slow).toBeLessThan(8);
    expect(fast).toBeGreaterThan(9);
  });
});

describe('a relay that takes a few writes a minute', () => {
  it.each([
    ['six, and says so', 6, 'rate-limited: 6 events per minute'],
    ['three, and says so', 3, 'rate-limited: max 3/min'],
    ['three', 3, 'rate-limited: slow down'],
  ])(
    '%s: gets the newest version of each slot, and never more than it takes for long',
    async (_, perMinute, reason) => {
      const scene = new MeshScene();
      await scene.begin();
      const [relay] = scene.relays as [ScriptedRelay];
      relay.faults = { writesPerMinute: { most: perMinute, reason } };
      const write = (round: number) => {
        for (let index = 0; index < 4; index += 1)
          scene.write({ index, seq: round, createdAt: scene.nowSeconds + round });
      };
      for (let round = 1; round <= 150; round += 1) {
        write(round);
        await scene.clock.advance(2_000);
      }
      const before = eventsSentTo(relay).length;
      for (let round = 151; round <= 300; round += 1) {
        write(round);
        await scene.clock.advance(2_000);
      }
      // Of 600 versions in five minutes.
      expect(eventsSentTo(relay).length - before).toBeLessThanOrEqual(5 * perMinute + 5);
      const newest = [0, 1, 2, 3].map((index) => scene.write({ index, seq: 301, createdAt: scene.nowSeconds + 400 }));
      await scene.clock.until(() => newest.every((head) => scene.storedCount(head) === 3), 600_000, 500);
      const next = new MeshScene({ shared: scene.relays, clock: scene.clock, memory: Object.fromEntries(scene.saved) });
      scene.mesh.stop();
      await next.begin();
      const then = eventsSentTo(relay).length;
      for (let round = 302; round <= 331; round += 1) {
        next.write({ index: round % 4, seq: round, createdAt: next.nowSeconds + 400 + round });
        await next.clock.advance(2_000);
      }
      expect(eventsSentTo(relay).length - then).toBeLessThanOrEqual(perMinute + 2);
    },
  );
});

describe('a relay that lies', () => {
  it('is found out by the read-back; its echo counts for nothing', async () => {
    const scene = new MeshScene();
    await scene.begin();
    const [relay] = scene.relays as [ScriptedRelay];
    relay.faults = { lieAndBroadcast: true };
    const head = scene.write();
    await scene.clock.advance(30_000);
    expect(scene.storedCount(head)).toBe(2);
    relay.faults = {};
    await scene.clock.until(() => scene.storedCount(head) === 3, 120_000);
  });

  it('is not believed by a read that its echo ran into', async () => {
    const scene = new MeshScene();
    await scene.begin();
    const [relay] = scene.relays as [ScriptedRelay];
    relay.faults = { lieAndBroadcast: true, lateEoseMs: 300 };
    void scene.mesh.readAll();
    await scene.clock.advance(50);
    const head = scene.write();
    await scene.clock.until(() => scene.reads.length === 6, 10_000);
    expect(scene.reads.find(({ url }, index) => index >= 3 && url === relay.url)?.present.has(head.version.d)).toBe(
      false,
    );
    expect(scene.storedCount(head)).toBe(2);
  });

  it('is tried less and less often for what it keeps dropping', async () => {
    const scene = new MeshScene();
    await scene.begin();
    const [relay] = scene.relays as [ScriptedRelay];
    relay.faults = { lie: true };
    scene.write();
    await scene.clock.advance(3_600_000);
    expect(eventsSentTo(relay).length).toBeGreaterThan(5);
    expect(eventsSentTo(relay).length).toBeLessThan(20);
  });

  it('is demoted for the next candidate, and that is remembered', async () => {
    const scene = new MeshScene({ relays: 5 });
    await scene.begin();
    const [relay, , , , spare] = scene.relays as readonly ScriptedRelay[];
    relay!.faults = { lie: true };
    const heads = Array.from({ length: 4 }, (_, index) => scene.write({ index }));
    await scene.clock.until(() => spare!.openSockets === 1, 60_000);
    expect(relay!.openSockets).toBe(0);
    await scene.clock.until(() => heads.every((head) => scene.holders(head) === 4), 60_000);
    expect(scene.mesh.status[0]).toMatchObject({
      state: RelayState.Demoted,
      words: expect.stringContaining('did not keep'),
    });
    const memory = Object.fromEntries(scene.saved);
    const next = new MeshScene({ relays: 5, memory, clock: new OwnedClock(scene.clock.now()) });
    await next.begin();
    expect(next.relays.map(({ openSockets }) => openSockets)).toEqual([0, 1, 1, 1, 1]);
    const later = new MeshScene({ relays: 5, memory, clock: new OwnedClock(scene.clock.now() + 86_400_000) });
    await later.begin();
    expect(later.relays.map(({ openSockets }) => openSockets)).toEqual([1, 1, 1, 1, 0]);
  });

  it('stays in use where there is no other, and is trusted again when it keeps its word', async () => {
    const scene = new MeshScene();
    await scene.begin();
    const [relay] = scene.relays as [ScriptedRelay];
    relay.faults = { lie: true };
    for (let index = 0; index < 4; index += 1) scene.write({ index });
    await scene.clock.advance(10_000);
    expect(scene.mesh.status[0]?.words).toContain('no better relay is available');
    relay.faults = {};
    await scene.clock.until(() => relay.stored.size === 4, 60_000);
    await scene.clock.until(() => scene.mesh.status[0]?.words === 'Connected and up to date.', 60_000);
  });
});

describe('a relay that refuses', () => {
  it.each([
    'pow: 28 bits needed. (2)',
    'blocked: kind 30078 is not allowed',
    'restricted: pay first',
    'blocked: pubkey not in the web of trust',
  ])('is demoted for the next candidate (%j)', async (reason) => {
    const scene = new MeshScene({ relays: 5 });
    await scene.begin();
    const [relay, , , , spare] = scene.relays as readonly ScriptedRelay[];
    relay!.faults = { refuseWrites: reason };
    const head = scene.write();
    await scene.clock.until(() => scene.holders(head) === 4, 60_000);
    expect(spare!.stored.size).toBe(1);
    expect(scene.mesh.status[0]).toMatchObject({ state: RelayState.Demoted, lastRefusal: reason });
  });

  it('is demoted when it does not serve the kind', async () => {
    const scene = new MeshScene({ relays: 5 });
    scene.relays[0]!.faults = { refuseReads: 'kinds not supported' };
    await scene.begin(4);
    expect(scene.relays.map(({ openSockets }) => openSockets)).toEqual([0, 1, 1, 1, 1]);
  });

  it('is answered with NIP-42 where it asks for it', async () => {
    const scene = new MeshScene();
    scene.relays[0]!.faults = { auth: demandsAuth };
    await scene.begin();
    const head = scene.write();
    await scene.clock.until(() => scene.storedCount(head) === 3, 5_000);
    expect(scene.relays[0]!.framesOf('AUTH')).toHaveLength(1);
  });

  it('gets no event over the size that it accepts, said or learned; the others do', async () => {
    const scene = new MeshScene({
      information: (url) => (url.includes('relay0') ? { maxMessageBytes: 32_768 } : undefined),
    });
    scene.relays[0]!.faults = { cutOver: 32_768 };
    scene.relays[1]!.faults = { refuseWrites: 'invalid: event too large: 60000' };
    await scene.begin();
    const small = scene.write({ index: 1 });
    const large = scene.write({ index: 0, tier: Tier.Page, bytes: 40_000 });
    await scene.clock.advance(5_000);
    scene.relays[1]!.faults = {};
    await scene.clock.until(() => scene.holders(small) === 3, 60_000);
    expect(scene.relays[0]!.connectedAt).toHaveLength(1);
    expect(scene.holders(large)).toBe(1);
    expect(scene.mesh.maxEventBytes).toBeLessThan(60_000);
    expect(scene.saved.get(scene.relays[1]!.url)?.maxBytes).toBeLessThan(60_000);
  });

  it('is not connected to again and again because of an event that ends each connection', async () => {
    const scene = new MeshScene();
    scene.relays[0]!.faults = { cutOver: 20_000 };
    await scene.begin();
    scene.write({ tier: Tier.Page, bytes: 30_000 });
    const small = scene.write({ index: 3 });
    await scene.clock.advance(600_000);
    expect(scene.holders(small)).toBe(3);
    expect(scene.relays[0]!.connectedAt.length).toBeLessThan(12);
  });
});

describe('reading', () => {
  it('has one live subscription without since and until', async () => {
    const scene = new MeshScene();
    await scene.begin();
    for (const relay of scene.relays) {
      expect(relay.openSubscriptions).toBe(1);
      expect(filtersOf(relay).some((filter) => 'since' in filter)).toBe(false);
      expect(filtersOf(relay)[0]).toEqual({ kinds: [30078], authors: [expect.any(String)], limit: 1 });
    }
  });

  it('asks for the last twenty events with it when it had read the relay before', async () => {
    const scene = new MeshScene();
    await scene.begin();
    const asked = scene.relays.map((relay) => filtersOf(relay).length);
    for (const relay of scene.relays) relay.drop();
    await scene.clock.until(() => scene.mesh.readyRelays === 3, 10_000);
    await scene.clock.advance(300);
    scene.relays.forEach((relay, index) => expect(filtersOf(relay)[asked[index]!]).toMatchObject({ limit: 20 }));
  });

  it('brings what another device wrote, once', async () => {
    const scene = new MeshScene();
    await scene.begin();
    const { event, version } = makeHead({ device: 'b', createdAt: scene.nowSeconds }, false);
    for (const relay of scene.relays) relay.put(event);
    await scene.clock.until(() => scene.newest.get(version.d)?.nonce === version.nonce, 1_000, 5);
    await scene.clock.advance(60_000);
    expect(scene.received.filter(({ id }) => id === event.id)).toHaveLength(1);
  });

  it('brings what is stamped long ago', async () => {
    const scene = new MeshScene();
    await scene.begin();
    const { event, version } = makeHead({ device: 'b', createdAt: scene.nowSeconds - 400 * 86_400 }, false);
    scene.relays[0]!.put(event);
    await scene.clock.until(() => scene.newest.has(version.d), 1_000, 5);
  });

  it('reads every relay completely at first, page by page, and tells what is where', async () => {
    const scene = new MeshScene();
    const heads = Array.from({ length: 130 }, (_, index) =>
      makeHead({ device: 'b', index, createdAt: scene.nowSeconds - 1_000 + Math.floor(index / 3) }, false),
    );
    const [first, second] = scene.relays as [ScriptedRelay, ScriptedRelay];
    first.faults = { clamp: 10 };
    for (const { event } of heads) first.put(event);
    for (const { event } of heads.slice(0, 50)) second.put(event);
    scene.repairs = false;
    scene.mesh.start();
    await scene.clock.until(() => scene.reads.length === 3, 20_000);
    const read = (relay: ScriptedRelay) => scene.reads.find(({ url }) => url === relay.url);
    expect(read(first)).toMatchObject({ complete: true });
    expect(read(first)?.present.size).toBe(130);
    expect(read(second)?.present.size).toBe(50);
  });

  it('fetches what a manifest names and the pages hide', async () => {
    const scene = new MeshScene();
    const heads = Array.from({ length: 60 }, (_, index) => makeHead({ device: 'b', index, createdAt: 5_000 }, false));
    const names = heads.map(({ version }) => version.d);
    const manifest = makeHead({ device: 'b', tier: Tier.Manifest, createdAt: 6_000, names }, false);
    const [relay] = scene.relays as [ScriptedRelay];
    relay.faults = { clamp: 10 };
    for (const { event } of [...heads, manifest]) relay.put(event);
    scene.mesh.start();
    await scene.clock.until(() => scene.newest.size === 61, 20_000);
    const read = () => scene.reads.find(({ url, complete }) => url === relay.url && complete);
    await scene.clock.until(() => read() !== undefined, 60_000);
    expect(read()?.present.size).toBe(61);
  });

  it('re-reads manifests every few minutes and fetches what they name as newer', async () => {
    const scene = new MeshScene();
    const old = makeHead({ device: 'b', createdAt: 5_000, seq: 1 }, false);
    const manifest = (seq: number) =>
      makeHead(
        { device: 'b', tier: Tier.Manifest, createdAt: 6_000 + seq, seq, names: [old.version.d], seqs: [seq] },
        false,
      );
    for (const relay of scene.relays) for (const { event } of [old, manifest(1)]) relay.put(event);
    await scene.begin();
    const missed = makeHead({ device: 'b', createdAt: 5_500, seq: 2 }, false);
    for (const relay of scene.relays) {
      relay.faults = { mute: true };
      for (const { event } of [missed, manifest(2)]) relay.put(event);
    }
    const after = await scene.clock.until(() => scene.newest.get(old.version.d)?.seq === 2, 300_000);
    expect(after).toBeLessThanOrEqual(configJson.reading.manifestIntervalMs * 1.2);
  });

  it('reads in full again after an hour away, and only manifests and own slots after less', async () => {
    const scene = new MeshScene();
    await scene.begin();
    const head = scene.write();
    await scene.clock.until(() => scene.storedCount(head) === 3, 5_000);
    const [relay] = scene.relays as [ScriptedRelay];
    relay.drop();
    await scene.clock.advance(30_000);
    expect(scene.reads).toHaveLength(3);
    relay.faults = { refuse: true };
    relay.drop();
    await scene.clock.advance(3_700_000);
    relay.faults = {};
    await scene.clock.until(() => scene.reads.length === 4, 60_000);
    expect(scene.reads[3]).toMatchObject({ url: relay.url, complete: true });
  });

  it('says that a read was given up when the relay never ends it', async () => {
    const scene = new MeshScene();
    scene.relays[0]!.faults = { swallowEose: true };
    scene.mesh.start();
    await scene.clock.until(() => scene.reads.some(({ complete }) => !complete), 120_000);
    expect(scene.reads.filter(({ complete }) => complete)).toHaveLength(2);
  });

  it('resolves readAll when each connected relay has been read or given up', async () => {
    const scene = new MeshScene();
    await scene.begin();
    scene.relays[0]!.faults = { swallowEose: true };
    let done = false;
    void scene.mesh.readAll().then(() => (done = true));
    await scene.clock.until(() => done, 120_000);
    expect(scene.reads.map(({ complete }) => complete)).toEqual([true, true, true, true, true, false]);
  });
});

describe('repair', () => {
  it('gives a wiped relay everything back, missing addresses before newer versions', async () => {
    const scene = new MeshScene();
    await scene.begin();
    const [relay] = scene.relays as [ScriptedRelay];
    const heads = Array.from({ length: 6 }, (_, index) => scene.write({ index }));
    await scene.clock.until(() => heads.every((head) => scene.storedCount(head) === 3), 30_000);
    const kept = relay.stored.get(heads[0]!.version.d)!;
    relay.stored.clear();
    relay.stored.set(heads[0]!.version.d, kept);
    relay.faults = { refuse: true };
    relay.drop();
    scene.write({ index: 0, seq: 2, createdAt: scene.nowSeconds + 1 });
    await scene.clock.advance(1_000);
    relay.faults = {};
    relay.received.length = 0;
    await scene.clock.until(() => relay.stored.size === 6 && relay.stored.get(heads[0]!.version.d) !== kept, 60_000);
    const sent = eventsSentTo(relay).map(({ tags }) => tags[0]?.[1]);
    expect(sent).toHaveLength(6);
    expect(sent[5]).toBe(heads[0]!.version.d);
  });

  it('notices within minutes that a connected relay was wiped', async () => {
    const scene = new MeshScene();
    await scene.begin();
    const head = scene.write();
    await scene.clock.until(() => scene.storedCount(head) === 3, 5_000);
    scene.relays[0]!.stored.clear();
    await scene.clock.until(() => scene.holders(head) === 3, 400_000);
  });

  it("repairs another device's slots, and not from all devices at once", async () => {
    const clock = new OwnedClock();
    const shared = [0, 1, 2].map((index) => new ScriptedRelay(`wss://relay${index}.example`, clock));
    const heads = Array.from({ length: 10 }, (_, index) =>
      makeHead({ device: 'dead', index, createdAt: 9_000 + index }),
    );
    for (const { event } of heads) shared[0]!.put(event);
    const scenes = [1, 2, 3, 4].map((seed) => new MeshScene({ clock, shared, seed }));
    for (const scene of scenes) await scene.begin();
    await clock.until(() => shared.every((relay) => relay.stored.size === 10), 120_000);
    await clock.advance(60_000);
    const sent = shared.flatMap((relay) => eventsSentTo(relay));
    expect(sent.length).toBeGreaterThanOrEqual(20);
    expect(sent.length).toBeLessThanOrEqual(30);
  });

  it('gives relays what only a newer build can read, over what this one can, and blames nobody', async () => {
    const scene = new MeshScene();
    const [first, second, third] = scene.relays as [ScriptedRelay, ScriptedRelay, ScriptedRelay];
    const readable = makeHead({ device: 'b', createdAt: 9_000 }, false);
    const newer = makeHead({ device: 'b', createdAt: 9_100, seq: 2 }, false);
    scene.unreadable.add(newer.event.id);
    first.put(newer.event);
    second.put(readable.event);
    await scene.begin();
    await scene.clock.until(() => scene.holders(newer) === 3, 120_000);
    third.stored.clear();
    void scene.mesh.readAll();
    await scene.clock.until(() => scene.holders(newer) === 3, 400_000);
    scene.mesh.offer(readable);
    await scene.clock.advance(120_000);
    expect(scene.holders(newer)).toBe(3);
    expect(scene.mesh.status.map(({ state }) => state)).toEqual(Array(3).fill(RelayState.Live));
    expect(scene.storedCount(newer)).toBe(0);
  });

  it('looks before it repairs, where live events do not tell that somebody was faster', async () => {
    const clock = new OwnedClock();
    const shared = [0, 1, 2].map((index) => new ScriptedRelay(`wss://relay${index}.example`, clock));
    for (let index = 0; index < 5; index += 1)
      shared[0]!.put(makeHead({ device: 'dead', index, createdAt: 9_000 + index }).event);
    for (const relay of shared) relay.faults = { mute: true };
    const scenes = [1, 2, 3].map((seed) => new MeshScene({ clock, shared, seed }));
    for (const scene of scenes) await scene.begin();
    await clock.until(() => shared.every((relay) => relay.stored.size === 5), 120_000);
    await clock.advance(60_000);
    for (const relay of shared.slice(1)) expect(eventsSentTo(relay).length).toBeLessThanOrEqual(8);
  });

  it('reads in full what a short look showed to be rolled back, even if the connection ends in between', async () => {
    const scene = new MeshScene();
    const [relay] = scene.relays as [ScriptedRelay];
    const heads = Array.from({ length: 5 }, (_, index) =>
      makeHead({ device: 'b', index, createdAt: 9_000 + index }, false),
    );
    const names = heads.map(({ version }) => version.d);
    const manifest = makeHead({ device: 'b', tier: Tier.Manifest, createdAt: 9_900, names }, false);
    for (const each of scene.relays) for (const { event } of [...heads, manifest]) each.put(event);
    await scene.begin();
    const [old] = heads;
    relay.stored.clear();
    relay.stored.set(old!.version.d, old!.event);
    relay.drop();
    await scene.clock.until(() => filtersOf(relay).filter((filter) => '#d' in filter).length > 0, 10_000, 5);
    await scene.clock.advance(30);
    relay.drop();
    await scene.clock.until(() => scene.reads.length === 4, 10_000);
    await scene.clock.until(() => relay.stored.size === 6, 120_000);
  });

  it('does not repair where no complete read has shown that something is missing', async () => {
    const scene = new MeshScene();
    const [relay] = scene.relays as [ScriptedRelay];
    relay.faults = { swallowPageEose: true };
    scene.relays[1]!.put(makeHead({ device: 'b', createdAt: 9_000 }).event);
    scene.mesh.start();
    await scene.clock.advance(300_000);
    // It is connected to anew whenever it has left a question unanswered.
    await scene.clock.until(() => scene.mesh.readyRelays === 3, 60_000);
    expect(eventsSentTo(relay)).toEqual([]);
    expect(scene.relays[2]!.stored.size).toBe(1);
  });
});

describe('forged events', () => {
  const genuine = makeHead({ device: 'b', createdAt: 1_700_000_000 }, false);

  it.each<[string, Partial<NostrEvent>]>([
    ['of another author', { pubkey: 'cd'.repeat(32) }],
    ['with other contents under the genuine id', { content: 'AAAA' }],
    ['dated into the future', { created_at: 4_000_000_000 }],
    ['of another kind', { kind: 1 }],
    ['with genuine contents under a false id', { id: 'f'.repeat(64) }],
    ['moved to another address', { tags: [['d', addressOf('a', Tier.Delta, 0)]] }],
    ['with another tag', { tags: [...genuine.event.tags, ['expiration', '1']] }],
  ])('%s change nothing and do not keep the genuine one out', async (_, change) => {
    const scene = new MeshScene();
    await scene.begin();
    const [relay, other] = scene.relays as [ScriptedRelay, ScriptedRelay];
    const own = scene.write();
    await scene.clock.until(() => scene.storedCount(own) === 3, 5_000);
    for (const id of ['s1', 's2', 's3', 's4']) relay.say('EVENT', id, { ...genuine.event, ...change });
    await scene.clock.advance(1_000);
    expect(scene.newest.size).toBe(1);
    expect(scene.mesh.createdAtOffset).toBe(0);
    const before = scene.received.length;
    other.put(genuine.event);
    await scene.clock.advance(100);
    expect(scene.received.slice(before)).toEqual([genuine.event]);
    expect(scene.newest.get(genuine.version.d)).toEqual(genuine.version);
    for (const each of scene.relays) expect(eventsSentTo(each)).toEqual([own.event]);
  });

  it('in great numbers cost a relay its place', async () => {
    const scene = new MeshScene({ relays: 5 });
    await scene.begin();
    const [relay, , , , spare] = scene.relays as readonly ScriptedRelay[];
    const forge = (index: number) => {
      const { event } = makeHead({ device: 'b', index, createdAt: scene.nowSeconds }, false);
      relay!.put({ ...event, content: 'AAAA' });
      relay!.put({
        ...event,
        id: getEventHash({ ...event, content: 'AAAA' } as never),
        content: 'AAAA',
        sig: '0'.repeat(128),
      });
    };
    for (let index = 0; index < 10; index += 1) forge(index);
    await scene.clock.advance(1_000);
    expect(scene.mesh.status[0]?.state).toBe(RelayState.Live);
    forge(10);
    await scene.clock.advance(5_000);
    expect(scene.mesh.status[0]).toMatchObject({ state: RelayState.Demoted });
    expect(scene.mesh.status[0]?.words).toContain('what nobody has written');
    expect(relay!.openSockets).toBe(0);
    expect(spare!.openSockets).toBe(1);
  });

  it('with a spoilt signature do not keep the good copy out', async () => {
    const scene = new MeshScene();
    await scene.begin();
    scene.relays[0]!.put({ ...genuine.event, sig: '0'.repeat(128) });
    await scene.clock.advance(100);
    scene.relays[1]!.put(genuine.event);
    await scene.clock.advance(100);
    expect(scene.received.map(({ sig }) => sig)).toEqual(['0'.repeat(128), genuine.event.sig]);
  });

  it('in front of the real ones do not move a complete read', async () => {
    const scene = new MeshScene();
    const [relay] = scene.relays as [ScriptedRelay];
    for (let index = 0; index < 30; index += 1)
      relay.put(makeHead({ device: 'b', index, createdAt: 1_700_000_000 + index }, false).event);
    for (let index = 100; index < 103; index += 1) {
      const { event } = makeHead({ device: 'c', index, createdAt: 1_700_000_000 + index }, false);
      relay.put({ ...event, content: 'AAAA' });
    }
    relay.faults = { clamp: 10 };
    scene.mesh.start();
    await scene.clock.until(() => scene.reads.length === 3, 60_000);
    expect(scene.reads.find(({ url }) => url === relay.url)?.present.size).toBe(30);
  });
});

describe('relays that fail', () => {
  it.each<[string, ScriptedRelay['faults']]>([
    ['down', { refuse: true }],
    ['hanging', { hang: true }],
    ['black-holed', { blackHole: true }],
    ['lying', { lie: true }],
    ['without an end of stored events', { swallowEose: true }],
  ])('propagation goes on with one of three %s', async (_, faults) => {
    const scene = new MeshScene();
    await scene.begin();
    scene.relays[0]!.faults = faults;
    if (faults.refuse || faults.hang) scene.relays[0]!.drop();
    const head = scene.write();
    await scene.clock.until(() => scene.storedCount(head) >= 2, 500, 5);
    const { event, version } = makeHead({ device: 'b', createdAt: scene.nowSeconds }, false);
    for (const relay of scene.relays.slice(1)) relay.put(event);
    await scene.clock.until(() => scene.newest.has(version.d), 500, 5);
  });

  it('still syncs with two of three down, and says that durability is short', async () => {
    const scene = new MeshScene();
    await scene.begin();
    expect(scene.mesh.problems).toEqual([]);
    for (const relay of scene.relays.slice(1)) {
      relay.faults = { refuse: true };
      relay.drop();
    }
    const head = scene.write();
    await scene.clock.until(() => scene.storedCount(head) === 1, 1_000);
    await scene.clock.advance(15_000);
    expect(scene.mesh.problems).toEqual([
      { code: ErrorCode.RelaysTooFew, message: expect.stringContaining('Only one of 3 relays can be reached') },
    ]);
    for (const relay of scene.relays) relay.faults = {};
    await scene.clock.until(() => scene.storedCount(head) === 3, 60_000);
    expect(scene.mesh.problems).toEqual([]);
  });

  it('gives the place of one that stays unreachable to the next candidate, unless the network is what fails', async () => {
    const scene = new MeshScene({ relays: 5 });
    await scene.begin();
    for (const relay of scene.relays) {
      relay.faults = { refuse: true };
      relay.drop();
    }
    await scene.clock.advance(120_000);
    expect(scene.mesh.status.map(({ state }) => state).filter((state) => state === RelayState.Demoted)).toEqual([]);
    for (const relay of scene.relays.slice(1)) relay.faults = {};
    await scene.clock.until(() => scene.mesh.readyRelays === 4, 120_000);
    expect(scene.relays.map(({ openSockets }) => openSockets)).toEqual([0, 1, 1, 1, 1]);
  });

  it.each([500, 3_000, 120_000])(
    'is live again within a second of a kick after %i ms without a network',
    async (ms) => {
      const scene = new MeshScene();
      await scene.begin();
      for (const relay of scene.relays) {
        relay.faults = { refuse: true };
        relay.drop();
      }
      await scene.clock.advance(ms);
      for (const relay of scene.relays) relay.faults = {};
      scene.mesh.kick();
      expect(await scene.clock.until(() => scene.mesh.readyRelays === 3, 5_000, 10)).toBeLessThanOrEqual(1_000);
    },
  );
});

describe('a wrong clock', () => {
  it('is corrected when two relays refuse, and reported', async () => {
    const trueTime = new OwnedClock();
    const scene = new MeshScene({ clock: trueTime });
    for (const relay of scene.relays) relay.faults = { aheadMs: 900_000 };
    scene.relays[0]!.put(makeHead({ device: 'b', createdAt: scene.nowSeconds - 60 }).event);
    await scene.begin();
    scene.write({ createdAt: scene.nowSeconds + 7_200 });
    // The test's clock is the true one; what the device stamps is two hours ahead of it.
    await scene.clock.advance(1_000);
    expect(scene.mesh.createdAtOffset).toBe(0);
    trueTime.jump(7_200_000);
    for (const relay of scene.relays) relay.faults = { aheadMs: 900_000 - 7_200_000 };
    scene.write({ index: 1, createdAt: scene.nowSeconds });
    await scene.clock.until(() => scene.mesh.createdAtOffset !== 0, 60_000);
    expect(scene.mesh.createdAtOffset).toBeLessThan(-6_000);
    expect(scene.mesh.problems.map(({ code }) => code)).toEqual([ErrorCode.ClockWrong]);
    const head = scene.write({ index: 2, createdAt: scene.nowSeconds + scene.mesh.createdAtOffset });
    await scene.clock.until(() => scene.storedCount(head) === 3, 10_000);
  });
});

describe('a clock that is right', () => {
  it('is not led away by two lying relays of four while the other two are disconnected', async () => {
    const scene = new MeshScene({ relays: 4 });
    await scene.begin();
    const [liar, accomplice, ...honest] = scene.relays as readonly [ScriptedRelay, ScriptedRelay, ...ScriptedRelay[]];
    for (const relay of [liar, accomplice]) relay.faults = { aheadMs: -7_200_000 };
    for (const relay of honest) {
      relay.faults = { refuse: true };
      relay.drop();
    }
    scene.write();
    await scene.clock.until(
      () => scene.mesh.status.filter(({ lastRefusal }) => lastRefusal !== null).length === 2,
      5_000,
    );
    expect(scene.mesh.readyRelays).toBe(2);
    expect(scene.mesh.createdAtOffset).toBe(0);
    expect(scene.mesh.problems.map(({ code }) => code)).not.toContain(ErrorCode.ClockWrong);
  });
});

describe('what is shown of a relay', () => {
  it('is its state, its round trip, its last success and its last refusal, in words a person understands', async () => {
    const scene = new MeshScene();
    const [relay] = scene.relays as [ScriptedRelay];
    relay.latencyMs = 40;
    expect(scene.mesh.status[0]).toEqual({
      ...{ url: relay.url, origin: RelayOrigin.List, state: RelayState.Spare, words: 'In reserve.' },
      ...{ roundTripMs: null, lastSuccessAt: null, lastRefusal: null, refusedSince: null, slotsTooLarge: 0 },
    });
    await scene.begin();
    expect(scene.mesh.status[0]).toMatchObject({ state: RelayState.Live, words: 'Connected and up to date.' });
    expect(scene.mesh.status[0]?.roundTripMs).toBeGreaterThanOrEqual(40);
    expect(scene.mesh.status[0]?.roundTripMs).toBeLessThan(200);
    const readAt = scene.mesh.status[0]!.lastSuccessAt!;
    expect(scene.clock.now() - readAt).toBeLessThan(1_000);

    await scene.clock.advance(60_000);
    const head = scene.write();
    await scene.clock.until(() => scene.storedCount(head) === 3, 5_000);
    expect(scene.mesh.status[0]!.lastSuccessAt).toBeGreaterThanOrEqual(readAt + 60_000);

    relay.faults = { refuseWrites: 'error: disk full' };
    scene.write({ index: 1 });
    await scene.clock.advance(1_000);
    expect(scene.mesh.status[0]?.lastRefusal).toBe('error: disk full');

    relay.faults = { refuse: true };
    relay.drop();
    await scene.clock.advance(2_000);
    expect(scene.mesh.status[0]?.words).toBe('Not reachable at the moment; it is tried again and again.');
  });
});

describe('a good guest', () => {
  it('has no more subscriptions open than the relay allows', async () => {
    for (const maxSubscriptions of [3, 10]) {
      const scene = new MeshScene({ information: () => ({ maxSubscriptions }) });
      const most = scene.relays.map(() => 0);
      await scene.begin();
      for (let index = 0; index < 200; index += 1) {
        scene.write({ index: index % 60 });
        if (index % 50 === 0) void scene.mesh.readAll();
        await scene.clock.advance(25);
        for (const [at, relay] of scene.relays.entries()) most[at] = Math.max(most[at]!, relay.openSubscriptions);
      }
      expect(Math.max(...most)).toBeGreaterThan(1);
      expect(Math.max(...most)).toBeLessThanOrEqual(maxSubscriptions);
    }
  });

  it('exchanges at most four frames a minute with an idle relay, as long as nobody looks', async () => {
    const scene = new MeshScene();
    scene.isVisible = false;
    for (const device of ['b', 'c'])
      for (const relay of scene.relays)
        relay.put(makeHead({ device, tier: Tier.Manifest, createdAt: 9_000, names: [] }, false).event);
    await scene.begin();
    await scene.clock.advance(60_000);
    const count = () => scene.relays.map((relay) => relay.received.length + relay.sent.length);
    const before = count();
    await scene.clock.advance(60 * 60_000);
    for (const [index, frames] of count().entries()) expect((frames - before[index]!) / 60).toBeLessThanOrEqual(4);
  });

  it('leaves no socket and no timer behind when it is stopped in the middle of everything', async () => {
    for (const after of [0, 5, 12, 25, 80, 200, 1_000]) {
      const scene = new MeshScene({ relays: 5 });
      scene.mesh.start();
      for (let index = 0; index < 10; index += 1) scene.write({ index });
      await scene.clock.advance(after);
      const calls = scene.readyCounts.length + scene.reads.length + scene.received.length;
      scene.mesh.stop();
      expect(scene.relays.map(({ openSockets }) => openSockets)).toEqual([0, 0, 0, 0, 0]);
      await scene.clock.advance(50);
      expect(scene.clock.pendingTimers).toBe(0);
      expect(scene.readyCounts.length + scene.reads.length + scene.received.length).toBe(calls);
    }
  });

  it('does nothing without relays', async () => {
    const scene = new MeshScene({ shared: [] });
    scene.mesh.start();
    const head = scene.write();
    await scene.clock.advance(60_000);
    await scene.mesh.readAll();
    await scene.mesh.flush();
    expect(scene.storedCount(head)).toBe(0);
    expect(scene.mesh.problems).toEqual([]);
    scene.mesh.stop();
    expect(scene.clock.pendingTimers).toBe(0);
  });
});
