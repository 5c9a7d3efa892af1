/** What one relay does not take, the others get. */
import { RelayState } from '../../../src/runtime/core/status';
import type { Filter } from '../../../src/runtime/core/nostr';
import { Tier } from '../../../src/runtime/contracts/slot';
import { makeHead } from '../../support/test-slots';
import { MeshScene } from '../../support/mesh-scene';
import type { ScriptedRelay } from '../../support/scripted-relay';

/** An event of 40,000 bytes and more. */
const large = { tier: Tier.Page, index: 0, bytes: 32_000 };
const NARROW = 40_000;
const MINUTE_MS = 60_000;

const eventsOver = (relay: ScriptedRelay, bytes: number) =>
  relay.framesOf('EVENT').filter((frame) => JSON.stringify(frame).length > bytes).length;
const limitsOf = (relay: ScriptedRelay) =>
  relay.framesOf('REQ').flatMap(([, id, filter]) => (id === 'probe' ? [] : [(filter as Filter).limit!]));

type Faults = ScriptedRelay['faults'];
const waysToRefuse: readonly (readonly [string, Faults])[] = [
  ['OK false', { refuseOver: { bytes: NARROW, by: 'OK' } }],
  ['a NOTICE', { refuseOver: { bytes: NARROW, by: 'NOTICE' } }],
  ['closing with 1009', { refuseOver: { bytes: NARROW, by: 'close' } }],
  ['ending the connection', { cutOver: NARROW }],
];

describe('the size of events', () => {
  it.each([
    [[40_000, 65_536, 65_536], 65_520],
    [[40_000, 50_000, 65_536], 49_984],
    [[40_000, 40_000, 65_536], 39_984],
  ])('of relays that state %j is what two of them take', async (stated, bytes) => {
    const information = (url: string) => ({ maxMessageBytes: stated[Number(/\d/.exec(url)![0])] });
    const scene = new MeshScene({ information });
    await scene.begin();
    expect(scene.mesh.maxEventBytes).toBe(bytes);
  });

  it('is not that of a relay that cannot be reached while others can', async () => {
    const stated = [65_536, 40_000, 40_000];
    const information = (url: string) => ({ maxMessageBytes: stated[Number(/\d/.exec(url)![0])] });
    const scene = new MeshScene({ information });
    scene.relays[0]!.faults = { refuse: true };
    await scene.begin(2);
    await scene.clock.advance(scene.config.demotion.unreachableAfterMs * 1.2 + 1_000);
    expect(scene.mesh.maxEventBytes).toBe(39_984);
  });
});

describe.each(waysToRefuse)('a relay that refuses an event for its size by %s', (_how, faults) => {
  async function begin() {
    const scene = new MeshScene();
    const [narrow] = scene.relays as [ScriptedRelay];
    narrow.faults = faults;
    await scene.begin();
    const head = scene.write(large);
    await scene.clock.until(() => scene.storedCount(head) === 2, 5_000);
    const isLive = () => scene.mesh.status[0]!.state === RelayState.Live;
    await scene.clock.until(() => scene.mesh.status[0]!.slotsTooLarge === 1 && isLive(), MINUTE_MS);
    return { scene, narrow, head };
  }

  it('says in its status what it lacks and why, and stays in use', async () => {
    const { scene } = await begin();
    expect(scene.mesh.status.map(({ slotsTooLarge }) => slotsTooLarge)).toEqual([1, 0, 0]);
    expect(scene.mesh.status[0]!.words).toMatch(
      /^Connected and up to date\. It takes only events up to \d+ bytes, so it lacks one slot; other relays/,
    );
    expect(scene.mesh.maxEventBytes).toBe(65_536);
  });

  it('does not get it again', async () => {
    const { scene, narrow } = await begin();
    const connections = narrow.connectedAt.length;
    const events = eventsOver(narrow, NARROW);
    await scene.clock.advance(60 * MINUTE_MS);
    scene.mesh.kick();
    narrow.drop();
    await scene.clock.advance(10 * MINUTE_MS);
    expect(eventsOver(narrow, NARROW)).toBe(events);
    expect(narrow.connectedAt.length).toBe(connections + 1);
  });

  it('is not asked for it, although a manifest names it', async () => {
    const { scene, narrow, head } = await begin();
    const { d } = head.version;
    scene.write({ tier: Tier.Manifest, names: [d] });
    await scene.clock.advance(MINUTE_MS);
    const isAbout = ([, , filter]: readonly unknown[]) => (filter as Filter)['#d']?.includes(d);
    const asked = narrow.framesOf('REQ').filter(isAbout).length;
    await scene.clock.advance(30 * MINUTE_MS);
    expect(narrow.framesOf('REQ').filter(isAbout)).toHaveLength(asked);
  });

  it('goes on with what it takes', async () => {
    const { scene } = await begin();
    const small = scene.write({ index: 1 });
    await scene.clock.until(() => scene.storedCount(small) === 3, MINUTE_MS);
  });

  it('gets nothing as large in the next session, nor after another device wrote it', async () => {
    const { scene, narrow } = await begin();
    scene.mesh.stop();
    const events = eventsOver(narrow, NARROW);
    const next = new MeshScene({ clock: scene.clock, shared: scene.relays, memory: Object.fromEntries(scene.saved) });
    await next.begin();
    next.write({ ...large, device: 'b', index: 5 });
    await scene.clock.until(() => next.mesh.status[0]!.slotsTooLarge === 2, 10 * MINUTE_MS);
    expect(eventsOver(narrow, NARROW)).toBe(events);
  });

  it('gets it when a smaller version has taken its place', async () => {
    const { scene } = await begin();
    await scene.clock.advance(2_000);
    const smaller = scene.write({ ...large, bytes: 10_000, seq: 2 });
    await scene.clock.until(() => scene.storedCount(smaller) === 3, MINUTE_MS);
    expect(scene.mesh.status[0]!.slotsTooLarge).toBe(0);
  });

  it('gets it once it has been found to take more, which is tried a day later with one event', async () => {
    const { scene, narrow, head } = await begin();
    const other = scene.write({ ...large, index: 7 });
    await scene.clock.advance(MINUTE_MS);
    const events = eventsOver(narrow, NARROW);
    await scene.clock.advance(scene.config.demotion.refusedMs + 5 * MINUTE_MS);
    expect(eventsOver(narrow, NARROW)).toBe(events + 1);
    narrow.faults = {};
    await scene.clock.advance(scene.config.demotion.refusedMs + 5 * MINUTE_MS);
    expect([scene.storedCount(head), scene.storedCount(other)]).toEqual([3, 3]);
  }, 60_000);
});

describe('a connection that ends', () => {
  it('by no fault of a large event does not make it too large', async () => {
    const scene = new MeshScene();
    await scene.begin();
    for (let round = 0; round < 5; round += 1) {
      scene.write({ ...large, index: round });
      await scene.clock.advance(2);
      for (const relay of scene.relays) relay.drop();
      await scene.clock.advance(MINUTE_MS);
    }
    expect(scene.mesh.maxEventBytes).toBe(65_536);
    expect(scene.mesh.status.map(({ slotsTooLarge }) => slotsTooLarge)).toEqual([0, 0, 0]);
  });

  it('on one of many large events is followed by one of them at a time', async () => {
    const scene = new MeshScene();
    const [narrow] = scene.relays as [ScriptedRelay];
    narrow.faults = { cutOver: NARROW };
    await scene.begin();
    for (let index = 0; index < 4; index += 1) scene.write({ ...large, index });
    await scene.clock.until(() => scene.mesh.status[0]!.slotsTooLarge === 4, 5 * MINUTE_MS);
    expect(narrow.connectedAt.length).toBeLessThanOrEqual(4);
  });
});

describe('a relay whose document makes it useless', () => {
  it.each([
    ['messages of one byte', { maxMessageBytes: 1 }, /messages of at most 1 bytes/],
    ['answers of five events', { maxLimit: 5 }, /at most 5 events/],
  ])('because of %s gives its place to another', async (_what, stated, words) => {
    const information = (url: string) => (url.includes('relay0') ? stated : undefined);
    const scene = new MeshScene({ relays: 5, information });
    await scene.begin(4);
    await scene.clock.advance(1_000);
    expect(scene.mesh.status.map(({ state }) => state)).toEqual([
      RelayState.Demoted,
      ...Array<RelayState>(4).fill(RelayState.Live),
    ]);
    expect(scene.mesh.status[0]!.words).toMatch(words);
    expect(scene.saved.get(scene.relays[0]!.url)).toMatchObject({ demotedFor: 'narrow' });
    expect(scene.mesh.maxEventBytes).toBe(65_536);
  });

  it('gets full pages where there is no other, for its document may lie', async () => {
    const information = (url: string) => (url.includes('relay0') ? { maxMessageBytes: 1 } : undefined);
    const scene = new MeshScene({ information });
    await scene.begin();
    const head = scene.write(large);
    await scene.clock.until(() => scene.storedCount(head) === 3, MINUTE_MS);
    expect(scene.mesh.status[0]!.words).toMatch(/no better relay is available.*at most 1 bytes/);
  });

  it('is of use again when it says so', async () => {
    let stated = 1;
    const information = (url: string) => (url.includes('relay0') ? { maxMessageBytes: stated } : undefined);
    const scene = new MeshScene({ information });
    await scene.begin();
    stated = 65_536;
    await scene.clock.advance(61 * MINUTE_MS);
    scene.relays[0]!.drop();
    await scene.clock.until(() => scene.mesh.status[0]!.words === 'Connected and up to date.', MINUTE_MS);
  });
});

describe('a REQ that is refused for its limit', () => {
  const ways: readonly (readonly [string, 'CLOSED' | 'NOTICE', string, number])[] = [
    ['CLOSED', 'CLOSED', 'invalid: limit too high', 62],
    ['CLOSED that says how many', 'CLOSED', 'restricted: limit exceeds 100', 100],
    ['NOTICE', 'NOTICE', 'ERROR: bad req: limit too large', 62],
    ['NOTICE that says how many', 'NOTICE', 'max limit 100', 100],
  ];

  it.each(ways)('by %s is asked with less, here and in the next session', async (_how, by, reason, most) => {
    const scene = new MeshScene();
    const [relay] = scene.relays as [ScriptedRelay];
    relay.faults = { refuseLimitOver: { limit: 100, by, reason } };
    const heads = Array.from({ length: 150 }, (_, index) =>
      makeHead({ device: 'b', index, createdAt: scene.nowSeconds - index }, false),
    );
    for (const { event } of heads) relay.put(event);
    await scene.begin();
    await scene.clock.until(() => scene.reads.some(({ url }) => url === relay.url), MINUTE_MS);
    expect(scene.reads.find(({ url }) => url === relay.url)).toMatchObject({ complete: true });
    expect(scene.newest.size).toBe(150);
    expect(scene.mesh.status[0]).toMatchObject({ state: RelayState.Live, lastRefusal: null });
    expect(scene.saved.get(relay.url)).toMatchObject({ maxLimit: most });
    scene.mesh.stop();
    relay.received.length = 0;
    const next = new MeshScene({ clock: scene.clock, shared: scene.relays, memory: Object.fromEntries(scene.saved) });
    await next.begin();
    const asked = Math.max(...limitsOf(relay));
    expect(asked).toBeLessThanOrEqual(most);
    // No two devices ask the same.
    expect(asked).toBeGreaterThan(most - 16);
  });

  it('even for a small one comes from a relay of no use', async () => {
    const scene = new MeshScene({ relays: 5 });
    scene.relays[0]!.faults = { refuseLimitOver: { limit: 5, by: 'CLOSED', reason: 'limit too high' } };
    await scene.begin(4);
    expect(scene.mesh.status[0]).toMatchObject({ state: RelayState.Demoted });
    expect(scene.mesh.status[0]!.words).toMatch(/takes less at a time/);
  });

  it('is not what a greeting is about', async () => {
    const scene = new MeshScene();
    await scene.begin();
    scene.relays[0]!.say('NOTICE', 'Welcome! The max limit is 10.');
    await scene.clock.advance(MINUTE_MS);
    expect(scene.mesh.status[0]!.words).toBe('Connected and up to date.');
  });
});
