/** How soon a device says that it is cut off, in every way in which a network goes away, and that it says so in none in which it does not. */
import { MeshScene } from '../../support/mesh-scene';
import { Tier } from '../../../src/runtime/contracts/slot';
import type { ScriptedRelay } from '../../support/scripted-relay';
import { makeHead } from '../../support/test-slots';

jest.setTimeout(30_000);

/** What the app reads as offline, at most so long after the cut. */
const LIMIT_MS = 5_000;
const isOffline = ({ mesh }: MeshScene) => mesh.isCutOff || mesh.readyRelays === 0;
const each = (scene: MeshScene, act: (relay: ScriptedRelay) => void) => scene.relays.forEach(act);

const CUTS: readonly (readonly [string, (scene: MeshScene) => void])[] = [
  ['half-open connections: a cable is pulled', (scene) => each(scene, (relay) => (relay.faults = { blackHole: true }))],
  [
    'the same, and the browser says so',
    (scene) => {
      each(scene, (relay) => (relay.faults = { blackHole: true }));
      scene.mesh.doubtNetwork();
    },
  ],
  [
    'relays that are killed',
    (scene) =>
      each(scene, (relay) => {
        relay.faults = { refuse: true };
        relay.drop();
      }),
  ],
  [
    'relays that are killed, and connections that hang',
    (scene) =>
      each(scene, (relay) => {
        relay.faults = { hang: true };
        relay.drop();
      }),
  ],
  ['servers that accept and are silent', (scene) => each(scene, (relay) => (relay.faults = { deaf: true }))],
  [
    'servers that accept again and are silent',
    (scene) =>
      each(scene, (relay) => {
        relay.faults = { deaf: true };
        relay.drop();
      }),
  ],
  [
    'one of each',
    ({ relays: [first, second, third] }) => {
      first!.faults = { blackHole: true };
      second!.faults = { deaf: true };
      third!.faults = { refuse: true };
      third!.drop();
    },
  ],
];

describe('a device that is cut off says so within five seconds', () => {
  describe.each(CUTS)('%s', (_name, cut) => {
    test.each([
      ['at rest', 0, false],
      ['a moment after something was heard', 130, false],
      ['just before it asks', 2_480, false],
      ['while an edit is written', 700, true],
    ])('%s', async (_when, afterMs, isWriting) => {
      const scene = new MeshScene();
      await scene.begin();
      await scene.clock.advance(20_000 + afterMs);
      expect(isOffline(scene)).toBe(false);
      cut(scene);
      if (isWriting) scene.write();
      expect(await scene.clock.until(() => isOffline(scene), 20_000)).toBeLessThanOrEqual(LIMIT_MS - 100);
      await scene.clock.advance(120_000);
      expect(isOffline(scene)).toBe(true);
    });
  });

  describe('at rest for an hour, in which nothing was written and nothing came in', () => {
    const rest = async () => {
      const scene = new MeshScene();
      await scene.begin();
      await scene.clock.advance(3_600_000);
      return scene;
    };

    test('when it writes', async () => {
      const scene = await rest();
      each(scene, (relay) => (relay.faults = { blackHole: true }));
      await scene.clock.advance(3_000);
      scene.write();
      expect(await scene.clock.until(() => isOffline(scene), 20_000)).toBeLessThanOrEqual(LIMIT_MS - 100);
    });

    test('when the browser says so, or a connection ends', async () => {
      for (const tell of [
        (scene: MeshScene) => scene.mesh.doubtNetwork(),
        (scene: MeshScene) => scene.relays[0]!.drop(),
      ]) {
        const scene = await rest();
        each(scene, (relay) => (relay.faults = { blackHole: true }));
        tell(scene);
        expect(await scene.clock.until(() => isOffline(scene), 20_000)).toBeLessThanOrEqual(LIMIT_MS - 100);
      }
    });

    test('and within half a minute when nobody and nothing says so', async () => {
      const scene = await rest();
      each(scene, (relay) => (relay.faults = { blackHole: true }));
      expect(await scene.clock.until(() => isOffline(scene), 60_000)).toBeLessThanOrEqual(30_000);
    });
  });

  test('a start without a network', async () => {
    const scene = new MeshScene();
    each(scene, (relay) => (relay.faults = { hang: true }));
    scene.mesh.start();
    expect(await scene.clock.until(() => scene.mesh.isCutOff, 20_000)).toBeLessThanOrEqual(LIMIT_MS - 100);
    await scene.clock.advance(60_000);
    expect(scene.cuts).toEqual([false, true]);
  });

  test('and takes it back as soon as a relay says anything', async () => {
    const scene = new MeshScene();
    await scene.begin();
    each(scene, (relay) => (relay.faults = { blackHole: true }));
    await scene.clock.until(() => isOffline(scene), 20_000);
    scene.relays[1]!.faults = {};
    scene.mesh.kick();
    expect(await scene.clock.until(() => !isOffline(scene), 20_000)).toBeLessThanOrEqual(1_000);
  });
});

describe('a device that is not cut off never says so', () => {
  test.each([
    ['400 ms, as 3G has them', 400],
    ['1,500 ms', 1_500],
  ])('round trips of %s', async (_name, roundTripMs) => {
    const scene = new MeshScene();
    each(scene, (relay) => (relay.latencyMs = roundTripMs));
    await scene.begin();
    for (let minute = 0; minute < 20; minute += 1) {
      scene.write({ index: minute });
      await scene.clock.advance(60_000);
    }
    expect(scene.cuts).toEqual([false]);
  });

  test('relays of which two pause for 30 s while the third answers', async () => {
    const scene = new MeshScene();
    await scene.begin();
    for (const pausing of [...scene.relays, ...scene.relays]) {
      const others = scene.relays.filter((relay) => relay !== pausing);
      pausing.faults = { deaf: true };
      others[0]!.faults = { deaf: true };
      await scene.clock.advance(30_000);
      pausing.faults = others[0]!.faults = {};
      await scene.clock.advance(30_000);
    }
    expect(scene.cuts).toEqual([false]);
  });

  test('nor is a relay connected to anew because it answers late', async () => {
    const scene = new MeshScene();
    await scene.begin();
    scene.relays[0]!.faults = scene.relays[1]!.faults = { deaf: true };
    await scene.clock.advance(30_000);
    scene.relays[0]!.faults = scene.relays[1]!.faults = {};
    await scene.clock.advance(10_000);
    expect(scene.relays.map(({ connectedAt }) => connectedAt.length)).toEqual([1, 1, 1]);
  });

  test('a browser that is wrong about the network, as it is for relays on this machine', async () => {
    const scene = new MeshScene();
    await scene.begin();
    scene.mesh.doubtNetwork();
    await scene.clock.advance(60_000);
    expect(scene.cuts).toEqual([false]);
  });
});

describe('what it costs', () => {
  const bytes = ({ relays }: MeshScene) =>
    relays
      .flatMap(({ received, sent }) => [...received.map((frame) => JSON.stringify(frame)), ...sent])
      .reduce((sum, frame) => sum + frame.length, 0);

  test.each([3, 4])(
    'at most 200 kB an hour to all relays together, and 4 frames a minute to each of %i',
    async (count) => {
      const scene = new MeshScene({ relays: count });
      for (const device of ['b', 'c'])
        each(scene, (relay) =>
          relay.put(makeHead({ device, tier: Tier.Manifest, createdAt: 9_000, names: [] }, false).event),
        );
      await scene.begin();
      await scene.clock.advance(45_000);
      const before = bytes(scene);
      const frames = scene.relays.map(({ received, sent }) => received.length + sent.length);
      await scene.clock.advance(3_600_000);
      expect(bytes(scene) - before).toBeLessThanOrEqual(200_000);
      for (const [index, { received, sent }] of scene.relays.entries())
        expect((received.length + sent.length - frames[index]!) / 60).toBeLessThanOrEqual(4);
    },
  );

  test('nothing while no tab is visible', async () => {
    const scene = new MeshScene();
    scene.isVisible = false;
    await scene.begin();
    const probes = () => scene.relays.flatMap((relay) => relay.framesOf('REQ').filter(([, id]) => id === 'probe'));
    const before = probes().length;
    await scene.clock.advance(60_000);
    expect(probes()).toHaveLength(before);
    // Whoever comes back to the tab does not find it offline for that.
    scene.isVisible = true;
    await scene.clock.advance(60_000);
    expect(scene.cuts).toEqual([false]);
  });
});
