/** What a read proves (docs/protocol.md, section 5), with relays that do as real ones do. */
import { ReadCompleteness, RelayState } from '../../../src/runtime/core/status';
import { Tier } from '../../../src/runtime/contracts/slot';
import { MeshScene } from '../../support/mesh-scene';
import type { SceneOptions } from '../../support/mesh-scene';
import { demandsAuth, strfryAuth } from '../../support/scripted-relay';
import type { Faults } from '../../support/scripted-relay';
import { makeHead } from '../../support/test-slots';

// The machine that runs this may be busy; time that passes in a test is the test's own.
jest.setTimeout(30_000);

const SLOTS = 30;

/** Relays with the slots of another device on those that are named. */
function sceneWith(faults: readonly Faults[], holders: readonly number[], options: SceneOptions = {}) {
  const scene = new MeshScene({ relays: faults.length, ...options });
  faults.forEach((each, index) => (scene.relays[index]!.faults = each));
  const heads = Array.from({ length: SLOTS }, (_, index) =>
    makeHead({ device: 'other', index, createdAt: scene.nowSeconds - 60 + index }),
  );
  for (const index of holders) for (const { event } of heads) scene.relays[index]!.put(event);
  const isAllThere = () => heads.every(({ version }) => scene.newest.get(version.d)?.nonce === version.nonce);
  const manifest = () => scene.write({ tier: Tier.Manifest });
  return { scene, isAllThere, manifest };
}

const greetsAndHides: Faults = { auth: { greets: true, pastSeconds: 60, aheadSeconds: 900 } };

describe('a new device reads everything', () => {
  test.each<[string, Faults]>([
    ['open', {}],
    ['restricted as strfry', { auth: strfryAuth }],
    ['restricted as NIP-42 says', { auth: demandsAuth }],
    ['that greet with a challenge and serve strangers nothing', greetsAndHides],
    ['whose sessions last ten seconds', { auth: { ...demandsAuth, expiresMs: 10_000 } }],
    ['that serve late strangers nothing, and challenge a second late', { ...greetsAndHides, lateEoseMs: 1_000 }],
  ])('from relays %s', async (_which, faults) => {
    const { scene, isAllThere } = sceneWith([faults, faults, faults], [0, 1, 2]);
    scene.mesh.start();
    await scene.clock.until(() => scene.mesh.proof.completeness === ReadCompleteness.Complete, 9_000);
    expect(isAllThere()).toBe(true);
    await scene.clock.advance(600_000);
    expect(scene.mesh.status.map(({ state }) => state)).toEqual(Array(3).fill(RelayState.Live));
  });

  test('from the one that is healthy, and says partial, beside one that is silent and one that is down', async () => {
    const { scene, isAllThere, manifest } = sceneWith([{}, { silent: true }, { refuse: true }], [0, 1]);
    scene.mesh.start();
    await scene.clock.until(() => scene.mesh.proof.isAllAnswered, 5_000);
    expect(isAllThere()).toBe(true);
    const written = manifest();
    await scene.clock.until(() => scene.mesh.proof.completeness === ReadCompleteness.Partial, 20_000);
    expect(scene.mesh.proof.unread).toEqual([scene.relays[1]!.url, scene.relays[2]!.url]);
    expect(scene.storedCount(written)).toBe(1);
  });

  test('from the one that is healthy, and in full when the wiped one has given back what was written', async () => {
    const { scene, isAllThere, manifest } = sceneWith([{}, {}, { refuse: true }], [0]);
    scene.mesh.start();
    await scene.clock.until(() => scene.mesh.proof.isAllAnswered, 5_000);
    expect(scene.mesh.proof.completeness).toBe(ReadCompleteness.Pending);
    manifest();
    await scene.clock.until(() => scene.mesh.proof.completeness === ReadCompleteness.Complete, 2_000);
    expect(isAllThere()).toBe(true);
  });

  test('from the one that takes ten seconds, before two wiped ones that answer at once count', async () => {
    const { scene, isAllThere, manifest } = sceneWith([{}, {}, { lateEoseMs: 5_000 }], [2]);
    scene.mesh.start();
    await scene.clock.advance(1_000);
    manifest();
    await scene.clock.until(() => scene.mesh.proof.completeness === ReadCompleteness.Complete, 30_000);
    expect(isAllThere()).toBe(true);
    expect(scene.mesh.proof.read).toContain(scene.relays[2]!.url);
  });

  test('of an account that is empty within a second', async () => {
    const { scene, manifest } = sceneWith([{}, {}, {}], []);
    scene.mesh.start();
    const answered = await scene.clock.until(() => scene.mesh.proof.isAllAnswered, 1_000, 5);
    manifest();
    const complete = await scene.clock.until(
      () => scene.mesh.proof.completeness === ReadCompleteness.Complete,
      1_000,
      5,
    );
    expect(answered + complete).toBeLessThan(1_000);
  });
});

test('a reconnect shows what is held by a comparison, without a complete read', async () => {
  const { scene } = sceneWith([{}, {}, {}], [0, 1, 2]);
  await scene.begin();
  scene.write({ tier: Tier.Manifest, names: [] });
  await scene.clock.advance(5_000);
  const reads = scene.reads.length;
  for (const relay of scene.relays) relay.drop();
  await scene.clock.until(() => scene.mesh.readyRelays === 3, 10_000);
  await scene.clock.advance(1_000);
  expect(scene.reads).toHaveLength(reads);
  expect(scene.mesh.status.map(({ state }) => state)).toEqual(Array(3).fill(RelayState.Live));
});

test('a session that ends without a word is begun again when the relay shows less than it did', async () => {
  const auth = { ...greetsAndHides.auth, expiresMs: 60_000 };
  const { scene, manifest } = sceneWith([{ auth }, { auth }, { auth }], [0, 1, 2]);
  await scene.begin();
  manifest();
  await scene.clock.advance(600_000);
  expect(scene.mesh.status.map(({ state }) => state)).toEqual(Array(3).fill(RelayState.Live));
  const late = makeHead({ device: 'late', createdAt: scene.nowSeconds });
  for (const relay of scene.relays) relay.put(late.event);
  await scene.clock.until(() => scene.newest.has(late.version.d), 600_000, 1_000);
});

describe('a relay of no use loses its place within 90 s to the next', () => {
  test.each<[string, Faults]>([
    ['answers nothing', { swallowEose: true }],
    ['is deaf', { deaf: true }],
    ['answers probes only', { refuseReads: 'error: try again later' }],
    ['answers what is asked by address only', { swallowPageEose: true }],
    ['refuses every question', { refuseReads: 'error: internal' }],
    ['refuses every question by a NOTICE', { notice: 'ERROR: bad req' }],
    ['shows nothing', { silent: true }],
    ['refuses who we are', { auth: { ...demandsAuth, refuses: 'restricted: members only' } }],
  ])('one that %s', async (_what, faults) => {
    const { scene } = sceneWith([faults, {}, {}, {}, {}], [1, 2, 3, 4]);
    scene.mesh.start();
    await scene.clock.until(() => scene.mesh.status[0]!.state === RelayState.Demoted, 90_000);
    await scene.clock.until(() => scene.mesh.status[4]!.state === RelayState.Live, 5_000);
    expect(scene.mesh.status[0]!.words).toMatch(/^Not used for now\. It /);
  });
});

describe('a relay that was of use and is no more loses its place within 90 s of a write', () => {
  test.each<[string, Faults]>([
    ['answers nothing', { swallowEose: true }],
    ['is deaf', { deaf: true }],
    ['answers probes only', { answersProbesOnly: true }],
    ['refuses every question', { refuseReads: 'error: internal' }],
    ['refuses every question by a NOTICE', { notice: 'ERROR: bad req' }],
  ])('one that %s', async (_what, faults) => {
    const { scene } = sceneWith([{}, {}, {}, {}, {}], [0, 1, 2, 3, 4]);
    await scene.begin();
    await scene.clock.advance(60_000);
    expect(scene.mesh.status[0]!.state).toBe(RelayState.Live);
    scene.relays[0]!.faults = faults;
    scene.write({ index: 0 });
    await scene.clock.until(() => scene.mesh.status[4]!.state === RelayState.Live, 95_000);
    expect([RelayState.Demoted, RelayState.Waiting]).toContain(scene.mesh.status[0]!.state);
    // Nor does it get it back for being there.
    await scene.clock.advance(300_000);
    expect([RelayState.Demoted, RelayState.Waiting]).toContain(scene.mesh.status[0]!.state);
  });
});

describe('a relay that takes nothing', () => {
  test('loses its place, whatever it says of each event', async () => {
    const { scene } = sceneWith([{}, {}, {}, {}, {}], [0, 1, 2, 3, 4]);
    await scene.begin();
    scene.relays[0]!.faults = { refuseWrites: 'invalid: I do not like it' };
    for (let index = 0; index < 3; index += 1) scene.write({ index });
    await scene.clock.until(() => scene.mesh.status[0]!.state === RelayState.Demoted, 120_000);
    expect(scene.mesh.status[0]!.words).toContain('does not take what this app stores');
  });

  test('keeps it when it takes other events', async () => {
    const { scene } = sceneWith([{}, {}, {}, {}, {}], [0, 1, 2, 3, 4]);
    await scene.begin();
    for (let round = 0; round < 10; round += 1) {
      scene.relays[0]!.faults = { refuseWrites: 'invalid: I do not like it' };
      scene.write({ index: round });
      await scene.clock.advance(20_000);
      scene.relays[0]!.faults = {};
      scene.write({ index: 100 + round });
      await scene.clock.advance(20_000);
    }
    expect(scene.mesh.status[0]!.state).not.toBe(RelayState.Demoted);
  });
});

test('no two devices ask the same of a relay, which may answer from a cache', async () => {
  const asked = new Set<unknown>();
  for (let seed = 1; seed <= 8; seed += 1) {
    const { scene } = sceneWith([{}, {}, {}], [0], { seed });
    await scene.begin();
    const pages = scene.relays[0]!.framesOf('REQ').map(([, , filter]) => filter as { limit: number });
    asked.add(Math.max(...pages.map(({ limit }) => limit)));
  }
  expect(asked.size).toBeGreaterThan(3);
});

describe('a relay keeps its place', () => {
  test('that did not answer for 30 s', async () => {
    const { scene } = sceneWith([{}, {}, {}, {}, {}], [0, 1, 2, 3, 4]);
    await scene.begin();
    scene.write({ tier: Tier.Manifest });
    await scene.clock.advance(60_000);
    for (let times = 0; times < 10; times += 1) {
      scene.relays[0]!.faults = { answersProbesOnly: true };
      scene.write({ index: times });
      await scene.clock.advance(30_000);
      scene.relays[0]!.faults = {};
      await scene.clock.advance(90_000);
      expect(scene.mesh.status[0]!.state).toBe(RelayState.Live);
    }
  });

  test.each<[string, Faults]>([
    ['that is restricted', { auth: strfryAuth }],
    ['whose sessions expire', { auth: { ...demandsAuth, expiresMs: 20_000 } }],
    ['that takes a write in ten seconds', { writesPerSecond: 0.1 }],
    ['that is slow', { lateEoseMs: 4_000 }],
  ])('%s', async (_what, faults) => {
    const { scene } = sceneWith([faults, {}, {}, {}, {}], [1, 2, 3, 4]);
    scene.mesh.start();
    for (let index = 0; index < 20; index += 1) {
      scene.write({ index });
      await scene.clock.advance(30_000);
    }
    expect(scene.mesh.status[0]!.state).not.toBe(RelayState.Demoted);
    expect(scene.mesh.status[4]!.state).toBe(RelayState.Spare);
  });

  test('that is empty, which is filled', async () => {
    const { scene } = sceneWith([{}, {}, {}, {}, {}], [1, 2, 3]);
    scene.mesh.start();
    await scene.clock.until(() => scene.relays[0]!.stored.size === SLOTS, 60_000);
    await scene.clock.advance(60_000);
    expect(scene.mesh.status.map(({ state }) => state)).toEqual([...Array(4).fill(RelayState.Live), RelayState.Spare]);
  });

  test('that answers a question asked again as it did a moment ago, and what is written there counts soon', async () => {
    const { scene } = sceneWith([{ answersFromCacheMs: 1_500 }, {}, {}, {}, {}], []);
    await scene.begin();
    for (let times = 0; times < 5; times += 1) {
      const heads = Array.from({ length: 6 }, (_, index) => scene.write({ index }));
      await scene.clock.until(() => heads.every((head) => scene.storedCount(head) === 4), 5_000);
    }
    expect(scene.mesh.status[0]!.state).toBe(RelayState.Live);
  });

  test('that greets with words about payment', async () => {
    const { scene } = sceneWith([{}, {}, {}, {}, {}], [0, 1, 2, 3]);
    await scene.begin();
    for (let times = 0; times < 20; times += 1) {
      scene.relays[0]!.say('NOTICE', 'Welcome! This relay is free, no payment required.');
      scene.relays[0]!.say('NOTICE', 'restricted: members only');
      void scene.mesh.readAll();
      await scene.clock.advance(30_000);
    }
    expect(scene.mesh.status[0]!.state).toBe(RelayState.Live);
  });
});
