/** A new device reads one relay in full, and the others only for what that one has not shown (docs/protocol.md, section 5). */
import { ReadCompleteness, RelayState } from '../../../src/runtime/core/status';
import { Tier } from '../../../src/runtime/contracts/slot';
import { MeshScene } from '../../support/mesh-scene';
import type { Faults } from '../../support/scripted-relay';
import { makeHead } from '../../support/test-slots';

// The machine that runs this may be busy; time that passes in a test is the test's own.
jest.setTimeout(60_000);

const SLOTS = 40;
const SLOT_BYTES = 8_000;

interface Stored {
  readonly faults?: readonly Faults[];
  /** Relays by index that hold what another device has written. */
  readonly holders?: readonly number[];
  /** Slots that it has written after its manifest. */
  readonly unnamed?: number;
  /** The relays say that they know NIP-77. */
  readonly reconcile?: boolean;
}

/** Three relays, and what another device has written an hour ago. */
function sceneOf({ faults = [{}, {}, {}], holders = [0, 1, 2], unnamed = 0, reconcile }: Stored = {}) {
  const information = () => ({ reconciles: reconcile });
  const scene = new MeshScene({ relays: faults.length, ...(reconcile && { information }) });
  const hourAgo = scene.nowSeconds - 3_600;
  const slot = (index: number, createdAt: number) =>
    makeHead({ device: 'other', tier: Tier.Page, index, createdAt, bytes: SLOT_BYTES }, false);
  const named = Array.from({ length: SLOTS - unnamed }, (_, index) => slot(index, hourAgo - 600 + index));
  const names = named.map(({ version }) => version.d);
  const seqs = named.map(({ version }) => version.seq);
  const manifest = makeHead({ device: 'other', tier: Tier.Manifest, createdAt: hourAgo, names, seqs }, false);
  const late = Array.from({ length: unnamed }, (_, index) => slot(SLOTS - unnamed + index, hourAgo + 20 + index));
  const heads = [...named, ...late];
  // A relay that answers sooner is connected and asked first.
  scene.relays.forEach((relay, index) => {
    relay.latencyMs = 10 + 4 * index;
    relay.faults = faults[index]!;
    if (holders.includes(index)) for (const { event } of [...heads, manifest]) relay.put(event);
  });
  const bytesDown = () =>
    scene.relays.reduce((sum, { sent }) => sum + sent.reduce((bytes, frame) => bytes + frame.length, 0), 0);
  const copy = [...heads, manifest].reduce((bytes, { event }) => bytes + JSON.stringify(event).length, 0);
  return {
    ...{ scene, heads, manifest },
    copies: () => bytesDown() / copy,
    isAllThere: () => heads.every(({ version }) => scene.newest.get(version.d)?.nonce === version.nonce),
    untilComplete: (limitMs: number) =>
      scene.clock.until(() => scene.mesh.proof.completeness === ReadCompleteness.Complete, limitMs, 1),
  };
}

test('one copy and a little more is downloaded before everything is read, from three relays and from five', async () => {
  for (const count of [3, 5]) {
    const indices = Array.from({ length: count }, (_, index) => index);
    const { scene, copies, isAllThere, untilComplete } = sceneOf({
      ...{ faults: indices.map(() => ({})), holders: indices, unnamed: 2 },
    });
    scene.mesh.start();
    await untilComplete(1_000);
    expect(isAllThere()).toBe(true);
    await scene.clock.advance(2_000);
    expect(copies()).toBeLessThan(1.6);
  }
});

test('it takes a round trip more than to read the relays at once', async () => {
  const { scene, untilComplete } = sceneOf();
  scene.mesh.start();
  const roundTripMs = 18;
  // Connecting, three pages, and the part of the second relay, each a round trip.
  expect(await untilComplete(1_000)).toBeLessThan(6 * roundTripMs);
});

describe('what one relay withholds is there before everything counts as read', () => {
  test.each([0, 1, 2])('relay %i gives any one slot to nobody', async (withholder) => {
    for (let withheld = 0; withheld < SLOTS; withheld += 1) {
      const { scene, heads, isAllThere, untilComplete } = sceneOf({ unnamed: 3 });
      scene.relays[withholder]!.faults = { omits: new Set([heads[withheld]!.version.d]) };
      scene.mesh.start();
      await untilComplete(1_000);
      await scene.clock.advance(50);
      expect([withheld, isAllThere()]).toEqual([withheld, true]);
      scene.mesh.stop();
    }
  });

  test.each([0, 1, 2])('relay %i gives the manifest to nobody', async (withholder) => {
    const { scene, manifest, isAllThere, untilComplete } = sceneOf();
    scene.relays[withholder]!.faults = { omits: new Set([manifest.version.d]) };
    scene.mesh.start();
    await untilComplete(1_000);
    expect(isAllThere()).toBe(true);
    await scene.clock.until(() => scene.newest.has(manifest.version.d), 60_000);
  });
});

test('what no manifest names and the first relay lacks is found when the others are compared at rest', async () => {
  const { scene } = sceneOf();
  const old = makeHead({ device: 'other', index: 99, createdAt: scene.nowSeconds - 86_400 }, false);
  scene.relays[2]!.put(old.event);
  scene.mesh.start();
  await scene.clock.until(() => scene.newest.has(old.version.d), 30_000);
  await scene.clock.until(() => scene.holders(old) === 3, 60_000);
});

describe('a first relay that is of no use does not hold up the others', () => {
  test.each<[string, Faults, number]>([
    ['answers nothing', { swallowEose: true }, 3_000],
    ['falls silent', { answersProbesOnly: true }, 3_000],
    ['trickles', { trickleMs: 1_500 }, 11_000],
    ['refuses questions', { refuseReads: 'error: internal' }, 9_000],
  ])('one that %s', async (_what, faults, withinMs) => {
    const { scene, isAllThere, untilComplete } = sceneOf({ faults: [faults, {}, {}] });
    scene.mesh.start();
    await untilComplete(withinMs);
    expect(isAllThere()).toBe(true);
  });

  test('one that is wiped', async () => {
    const { scene, isAllThere, untilComplete } = sceneOf({ holders: [1, 2] });
    scene.mesh.start();
    await untilComplete(1_000);
    expect(isAllThere()).toBe(true);
    expect(scene.mesh.proof.read).toEqual(new Set(scene.relays.slice(1).map(({ url }) => url)));
  });

  test('one that is lost in the middle of it', async () => {
    const { scene, isAllThere, untilComplete } = sceneOf({ faults: [{ trickleMs: 20 }, {}, {}] });
    scene.mesh.start();
    await scene.clock.advance(100);
    scene.relays[0]!.faults = { refuse: true };
    scene.relays[0]!.drop();
    await untilComplete(1_000);
    expect(isAllThere()).toBe(true);
  });
});

describe('a relay that was read in part', () => {
  test('is neither complete nor lacking anything before it was compared', async () => {
    const { scene, untilComplete } = sceneOf();
    scene.mesh.start();
    await untilComplete(1_000);
    await scene.clock.advance(1_000);
    const completeReads = () => scene.reads.filter(({ complete }) => complete).map(({ url }) => url);
    expect(completeReads()).toEqual([scene.relays[0]!.url]);
    expect(scene.mesh.proof.awaited).toEqual(scene.relays.slice(1).map(({ url }) => url));
    expect(scene.relays.flatMap((relay) => relay.framesOf('EVENT'))).toEqual([]);
    await scene.clock.until(() => completeReads().length === 3, 30_000);
    expect(scene.mesh.proof.awaited).toEqual([]);
    await scene.clock.advance(60_000);
    expect(scene.relays.flatMap((relay) => relay.framesOf('EVENT'))).toEqual([]);
    expect(scene.mesh.status.map(({ state }) => state)).toEqual(Array(3).fill(RelayState.Live));
  });

  test('gets what it lacks when it was compared', async () => {
    const { scene, heads, untilComplete } = sceneOf();
    for (const { version } of heads.slice(0, 5)) scene.relays[1]!.stored.delete(version.d);
    scene.mesh.start();
    await untilComplete(1_000);
    await scene.clock.until(() => heads.every((head) => scene.holders(head) === 3), 90_000);
  });

  test('that brings nothing is read in full, and is silent beside one that has something', async () => {
    const { scene, isAllThere } = sceneOf({ faults: [{}, { silent: true }, { refuse: true }] });
    scene.mesh.start();
    await scene.clock.until(() => scene.mesh.proof.isAllAnswered, 1_000);
    expect(isAllThere()).toBe(true);
    expect([...scene.mesh.proof.read]).toEqual([scene.relays[0]!.url]);
  });
});

test('a device that has written something reads each relay in full', async () => {
  const { scene, untilComplete } = sceneOf();
  scene.write({ index: 0 });
  scene.mesh.start();
  await untilComplete(1_000);
  await scene.clock.advance(500);
  expect(scene.reads.filter(({ complete }) => complete)).toHaveLength(3);
});

describe('where a relay lists what it has (NIP-77)', () => {
  const lists: Faults = { lists: 'all' };

  test('only what is not known comes again, named or not, and the comparison at rest costs as little', async () => {
    const { scene, copies, isAllThere, untilComplete } = sceneOf({
      ...{ faults: [lists, lists, lists], unnamed: SLOTS, reconcile: true },
    });
    scene.mesh.start();
    await untilComplete(1_000);
    expect(isAllThere()).toBe(true);
    await scene.clock.until(() => scene.reads.filter(({ complete }) => complete).length === 3, 30_000);
    expect(scene.reads.filter(({ complete }) => complete).map(({ present }) => present.size)).toEqual(
      Array(3).fill(SLOTS + 1),
    );
    expect(copies()).toBeLessThan(1.3);
    expect(scene.mesh.proof.awaited).toEqual([]);
  });

  test.each([0, 1, 2])('what relay %i withholds is found, and it gets what it lacks', async (withholder) => {
    const { scene, heads, isAllThere, untilComplete } = sceneOf({
      ...{ faults: [lists, lists, lists], unnamed: SLOTS, reconcile: true },
    });
    for (const { version } of heads.slice(0, 7)) scene.relays[withholder]!.stored.delete(version.d);
    scene.mesh.start();
    await untilComplete(1_000);
    expect(isAllThere()).toBe(true);
    await scene.clock.until(() => heads.every((head) => scene.holders(head) === 3), 90_000);
  });

  test.each<[string, Faults]>([
    ['refuses it', { lists: 'NEG-ERR' }],
    ['refuses it by a NOTICE', { lists: 'NOTICE' }],
    ['says nothing', { lists: 'nothing' }],
  ])('one that says so and %s is read otherwise, and asked no more', async (_what, faults) => {
    const { scene, isAllThere, untilComplete } = sceneOf({ faults: [faults, faults, faults], reconcile: true });
    scene.mesh.start();
    await untilComplete(4_000);
    expect(isAllThere()).toBe(true);
    await scene.clock.until(() => scene.reads.filter(({ complete }) => complete).length === 3, 60_000);
    await scene.clock.advance(600_000);
    for (const relay of scene.relays) expect(relay.framesOf('NEG-OPEN').length).toBeLessThan(3);
    expect(scene.mesh.status.map(({ state }) => state)).toEqual(Array(3).fill(RelayState.Live));
  });

  test('one that lists what it does not give is read otherwise', async () => {
    const { scene, heads, isAllThere, untilComplete } = sceneOf({ faults: [{}, lists, lists], reconcile: true });
    const given = heads[5]!.event;
    scene.relays[0]!.stored.delete(heads[5]!.version.d);
    scene.relays[1]!.stored.set(heads[5]!.version.d, { ...given, sig: 'd'.repeat(128) });
    scene.mesh.start();
    await untilComplete(4_000);
    await scene.clock.advance(1_000);
    expect(isAllThere()).toBe(true);
    expect(scene.relays[1]!.framesOf('REQ').some(([, , filter]) => 'since' in (filter as object))).toBe(true);
  });
});
