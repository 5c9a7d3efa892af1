/** Devices keep meeting while relays die and come back. */
import { RelayState } from '../../../../src/runtime/core/status';
import { MeshScene } from '../../../support/mesh-scene';
import { OwnedClock, seededRandom } from '../../../support/owned-clock';
import { ScriptedRelay } from '../../../support/scripted-relay';
import type { Faults } from '../../../support/scripted-relay';

jest.setTimeout(60_000);

const DOWN: Faults = { refuse: true };

/** Devices of one user, each with its own mesh, on the same relays. */
function createPlace(relays: number, names: readonly string[] = ['a', 'b']) {
  const clock = new OwnedClock();
  const shared = Array.from({ length: relays }, (_, index) => new ScriptedRelay(`wss://relay${index}.example`, clock));
  const devices = names.map((name, index) => ({ name, scene: new MeshScene({ clock, shared, seed: index + 1 }) }));
  let writes = 0;
  return {
    clock,
    shared,
    devices,
    scenes: devices.map(({ scene }) => scene),
    /** Those of these indices can be reached, all others cannot. */
    leave(up: readonly number[], faults = DOWN): void {
      for (const [index, relay] of shared.entries()) {
        if (up.includes(index)) relay.faults = {};
        else if (!relay.faults.refuse && !relay.faults.hang) {
          relay.faults = faults;
          relay.drop();
        }
      }
    },
    /** Each writes something; returns whether all know all of it. */
    write(): () => boolean {
      writes += 1;
      const heads = devices.map(({ name, scene }) =>
        scene.write({ device: name, seq: writes, createdAt: scene.nowSeconds }),
      );
      return () =>
        devices.every(({ scene }) =>
          heads.every(({ version }) => scene.newest.get(version.d)?.nonce === version.nonce),
        );
    },
  };
}

const openOf = (relays: readonly ScriptedRelay[]) => relays.map(({ openSockets }) => openSockets);

describe('eight relays, four of them active', () => {
  it.each([
    ['refuse', DOWN],
    ['hang', { hang: true }],
  ])(
    'any four of which are down (they %s), others every two minutes: equal 30 s after each change',
    async (_, faults) => {
      const { clock, scenes, shared, leave, write } = createPlace(8);
      for (const scene of scenes) scene.mesh.start();
      await clock.advance(5_000);
      const random = seededRandom(7);
      for (let round = 0; round < 20; round += 1) {
        const up = [...shared.keys()].sort(() => random() - 0.5).slice(0, 4);
        leave(up, faults);
        const isEqual = write();
        await clock.advance(30_000);
        expect([round, up, isEqual()]).toEqual([round, up, true]);
        await clock.advance(90_000);
      }
    },
  );

  it('all of which are down, however long, and then any two are up: equal 30 s later', async () => {
    const random = seededRandom(3);
    for (const downMs of [15_000, 120_000, 900_000]) {
      const { clock, scenes, shared, leave, write } = createPlace(8);
      for (const scene of scenes) scene.mesh.start();
      await clock.advance(5_000);
      for (let round = 0; round < 4; round += 1) {
        leave([]);
        const isEqual = write();
        await clock.advance(downMs);
        const up = [...shared.keys()].sort(() => random() - 0.5).slice(0, 2);
        leave(up);
        await clock.advance(30_000);
        expect([downMs, up, isEqual()]).toEqual([downMs, up, true]);
      }
      for (const scene of scenes) scene.mesh.stop();
    }
  });

  it('are all tried within 20 s when the active ones are dead', async () => {
    for (const faults of [DOWN, { hang: true }, { blackHole: true }]) {
      const { clock, scenes, shared, leave } = createPlace(8, ['a']);
      scenes[0]!.mesh.start();
      await clock.advance(60_000);
      for (const relay of shared) relay.connectedAt.length = 0;
      leave([], faults);
      await clock.advance(faults.blackHole ? 30_000 : 20_000);
      expect(shared.map(({ connectedAt }) => connectedAt.length > 0)).toEqual(Array(8).fill(true));
      scenes[0]!.mesh.stop();
    }
  });

  it('a spare takes the place of one that is down for 10 s, and gives it back within 60 s of its recovery', async () => {
    const { clock, scenes, shared, leave } = createPlace(8, ['a']);
    const [scene] = scenes as [MeshScene];
    await scene.begin();
    await clock.advance(60_000);
    leave([0, 2, 3, 4, 5, 6, 7]);
    await clock.advance(9_000);
    expect(scene.mesh.status[4]?.state).toBe(RelayState.Spare);
    await clock.advance(4_000);
    expect(scene.mesh.status[4]?.state).toBe(RelayState.Live);
    expect(scene.mesh.status[1]).toMatchObject({
      state: RelayState.Waiting,
      words: 'Not reachable at the moment; it is tried again and again.',
    });
    await clock.advance(600_000);
    leave([...shared.keys()]);
    const tookMs = await clock.until(() => scene.mesh.status[1]?.state === RelayState.Live, 60_000);
    expect(tookMs).toBeLessThanOrEqual(60_000);
    await clock.advance(1_000);
    expect(scene.mesh.status[4]?.state).toBe(RelayState.Spare);
    expect(openOf(shared).slice(0, 4)).toEqual([1, 1, 1, 1]);
  });

  it('never has more sockets open, or being opened, than two beside those of the active ones', async () => {
    const { clock, scenes, shared, leave } = createPlace(8, ['a']);
    const [scene] = scenes as [MeshScene];
    scene.mesh.start();
    const random = seededRandom(5);
    for (let step = 0; step < 1_200; step += 1) {
      if (step % 40 === 0)
        leave(
          [...shared.keys()].filter(() => random() < 0.5),
          step % 80 === 0 ? DOWN : { hang: true },
        );
      await clock.advance(250);
      const used = scene.mesh.status.filter(({ state }) => state === RelayState.Live || state === RelayState.Reading);
      expect(used.length).toBeLessThanOrEqual(4);
      expect(openOf(shared).reduce((a, b) => a + b)).toBeLessThanOrEqual(6);
    }
  });

  it('leaves no socket and no timer behind', async () => {
    const { clock, scenes, shared, leave } = createPlace(8, ['a']);
    const [scene] = scenes as [MeshScene];
    scene.mesh.start();
    await clock.advance(4_000);
    leave([5]);
    await clock.advance(23_000);
    scene.mesh.stop();
    expect(openOf(shared)).toEqual(Array(8).fill(0));
    await clock.advance(50);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a device that was offline', () => {
  it('is live again within a second of a kick, on the relays that come first', async () => {
    for (const ms of [3_000, 14_000, 45_000, 600_000]) {
      const { clock, scenes, shared, leave } = createPlace(8, ['a']);
      const [scene] = scenes as [MeshScene];
      await scene.begin();
      leave([]);
      await clock.advance(ms);
      leave([...shared.keys()]);
      scene.mesh.kick();
      expect(await clock.until(() => scene.mesh.readyRelays >= 1, 5_000, 10)).toBeLessThanOrEqual(1_000);
      await clock.advance(2_000);
      expect(openOf(shared).slice(0, 4)).toEqual([1, 1, 1, 1]);
      scene.mesh.stop();
    }
  });
});
