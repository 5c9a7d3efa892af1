import type { SlotHead } from '../../../src/runtime/contracts/mesh';
import type { SlotVersion } from '../../../src/runtime/contracts/slot';
import { MeshScene } from '../../support/mesh-scene';
import { OwnedClock, seededRandom } from '../../support/owned-clock';
import { demandsAuth, ScriptedRelay, type Faults } from '../../support/scripted-relay';

const skews = [0, -120, 300];
const mixes: readonly Faults[] = [
  {},
  { refuse: true },
  { hang: true },
  { blackHole: true },
  { deaf: true },
  { lie: true },
  { lieAndBroadcast: true },
  { swallowOk: true },
  { refuseWrites: 'error: disk full' },
  { refuseWrites: 'rate-limited: slow down' },
  { refuseWrites: 'pow: 28 bits needed' },
  { refuseWrites: 'blocked: no' },
  { swallowEose: true },
  { refuseReads: 'error: shutting down idle subscription' },
  { notice: 'ERROR: too many concurrent REQs' },
  { clamp: 3 },
  { mute: true },
  { auth: demandsAuth },
  { auth: { ...demandsAuth, refuses: 'restricted: no' } },
  { writesPerSecond: 1 },
  { cutOver: 500 },
];

/** One device writes its own slots, each version newer than the last. */
class Writer {
  readonly heads = new Map<number, SlotHead>();
  readonly scene: MeshScene;
  readonly #device: string;
  readonly #skew: number;

  constructor(scene: MeshScene, device: string, skew: number) {
    this.scene = scene;
    this.#device = device;
    this.#skew = skew;
  }

  write(index: number): void {
    const last = this.heads.get(index)?.version;
    const createdAt = Math.max(this.scene.nowSeconds + this.#skew, (last?.createdAt ?? 0) + 1);
    this.heads.set(index, this.scene.write({ device: this.#device, index, seq: (last?.seq ?? 0) + 1, createdAt }));
  }
}

async function runChaos(seed: number) {
  const clock = new OwnedClock();
  const random = seededRandom(seed);
  const shared = [0, 1, 2].map((index) => new ScriptedRelay(`wss://relay${index}.example`, clock));
  const writers = skews.map(
    (skew, index) => new Writer(new MeshScene({ clock, shared, seed: seed * 10 + index }), `device${index}`, skew),
  );
  for (const { scene } of writers) await scene.begin();
  const began = clock.now();
  while (clock.now() - began < 60_000) {
    const relay = shared[Math.floor(random() * 3)]!;
    relay.faults = mixes[Math.floor(random() * mixes.length)] ?? {};
    relay.latencyMs = random() < 0.2 ? 500 : 10;
    if (random() < 0.3) relay.drop();
    for (let count = 0; count < 8; count += 1) {
      writers[Math.floor(random() * 3)]!.write(Math.floor(random() * 5));
      await clock.advance(50 + random() * 100);
    }
  }
  const pendingTimers = clock.pendingTimers;
  const openSubscriptions = shared.map((relay) => relay.openSubscriptions);
  for (const relay of shared) {
    relay.faults = {};
    relay.latencyMs = 10;
  }
  for (const { scene } of writers) scene.mesh.kick();
  return { clock, shared, writers, pendingTimers, openSubscriptions, began };
}

const heads = (writers: readonly Writer[]): readonly SlotHead[] =>
  writers.flatMap((writer) => [...writer.heads.values()]);
const isHeld = (relay: ScriptedRelay, { event }: SlotHead): boolean =>
  [...relay.stored.values()].some(({ id }) => id === event.id);
const isKnown = (newest: ReadonlyMap<string, SlotVersion>, { version }: SlotHead): boolean =>
  newest.get(version.d)?.nonce === version.nonce;

describe('60 s of random faults on three relays, with three devices whose clocks differ', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'lose nothing (%i)',
    async (seed) => {
      const { clock, shared, writers, pendingTimers, openSubscriptions, began } = await runChaos(seed);
      const all = heads(writers);
      expect(all.length).toBe(15);

      await clock.until(() => writers.every(({ scene }) => all.every((head) => isKnown(scene.newest, head))), 30_000);
      await clock.until(() => shared.every((relay) => all.every((head) => isHeld(relay, head))), 600_000);
      await clock.until(
        () =>
          writers.every(({ scene, heads: own }) => [...own.values()].every((head) => scene.storedCount(head) === 3)),
        600_000,
      );

      const fresh = new MeshScene({ clock, shared, seed: 99 });
      await fresh.begin();
      expect(all.every((head) => isKnown(fresh.newest, head))).toBe(true);

      const seconds = (clock.now() - began) / 1000;
      for (const relay of shared)
        expect(relay.framesOf('EVENT').length).toBeLessThanOrEqual(writers.length * (4 + 10 * seconds));
      expect(pendingTimers).toBeLessThan(writers.length * 3 * 20);
      for (const subscriptions of openSubscriptions) expect(subscriptions).toBeLessThanOrEqual(6);
      for (const { scene } of [...writers, { scene: fresh }]) scene.mesh.stop();
      for (const relay of shared) expect(relay.openSockets).toBe(0);
    },
    60_000,
  );
});
