import defaults from '../../../src/runtime/core/defaults.json';
import { createNetworkWatch } from '../../../src/runtime/mesh/network-watch';
import type { WatchedRelay } from '../../../src/runtime/mesh/network-watch';
import { OwnedClock } from '../../support/owned-clock';

interface StandIn extends WatchedRelay {
  isOpen: boolean;
  bytesUnderWay: number;
  asks: number;
  probes: number;
}

function createScene(count: number, clock = new OwnedClock()) {
  const relays = Array.from({ length: count }, () => {
    const relay: StandIn = {
      ...{ isOpen: true, bytesUnderWay: 0, asks: 0, probes: 0 },
      ask: () => (relay.asks += 1),
      probe: () => (relay.probes += 1),
    };
    return relay;
  });
  const watch = createNetworkWatch<StandIn>({
    clock,
    limits: defaults.connection,
    relays: () => relays,
    isWatched: () => true,
    changed: () => {},
  });
  watch.start();
  return { clock, relays, watch, asks: () => relays.map(({ asks }) => asks) };
}

const { heartbeatMs, heartbeatTimeoutMs, restsAfterMs, restingHeartbeatMs } = defaults.connection;

test('relays are asked in turn, and one that owes an answer is left out', async () => {
  const { clock, relays, watch, asks } = createScene(3);
  for (let beat = 0; beat < 3; beat += 1) {
    const before = asks();
    await clock.advance(heartbeatMs);
    watch.heard(relays.find(({ asks: now }, index) => now > before[index]!)!);
  }
  expect(asks()).toEqual([1, 1, 1]);
  await clock.advance(heartbeatMs); // The first is asked, and does not answer.
  await clock.advance(1_000); // So all are.
  expect(asks()).toEqual([3, 2, 2]);
  watch.heard(relays[1]!);
  await clock.advance(heartbeatMs);
  expect(asks()).toEqual([3, 3, 2]);
});

test('at rest each relay is asked seldom, and what happens has the short heartbeat back', async () => {
  const { clock, relays, watch, asks } = createScene(4);
  const answer = (before: readonly number[]) => {
    for (const [index, relay] of relays.entries()) if (relay.asks > before[index]!) watch.heard(relay);
  };
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 100) {
      const before = asks();
      await clock.advance(100);
      answer(before);
    }
  };
  await pass(restsAfterMs + restingHeartbeatMs);
  const before = asks();
  await pass(10 * restingHeartbeatMs);
  for (const [index, count] of asks().entries()) expect(count - before[index]!).toBeLessThanOrEqual(10);
  watch.noteActivity();
  const then = asks().reduce((a, b) => a + b);
  await pass(restsAfterMs - 100);
  expect(asks().reduce((a, b) => a + b) - then).toBeGreaterThanOrEqual(15);
  expect(watch.isCutOff).toBe(false);
});

test('what is on its way over a slow line is waited for, but not for ever', async () => {
  const { clock, relays, watch } = createScene(2);
  const patienceMs = heartbeatMs + heartbeatTimeoutMs;
  relays[0]!.bytesUnderWay = 80_000;
  await clock.advance(patienceMs + 1_900);
  expect(watch.isCutOff).toBe(false);
  await clock.advance(200);
  expect(watch.isCutOff).toBe(true);

  watch.heard(relays[0]!);
  expect(watch.isCutOff).toBe(false);
  relays[0]!.bytesUnderWay = 100_000_000;
  await clock.advance(patienceMs + 5_100);
  expect(watch.isCutOff).toBe(true);
});

test('a worker that was busy, or a machine that slept, asks again before it says anything', async () => {
  /** Its timers come late while it is busy. */
  class BusyClock extends OwnedClock {
    lateMs = 0;
    override monotonic(): number {
      return super.monotonic() + this.lateMs;
    }
  }
  const clock = new BusyClock();
  const { relays, watch } = createScene(2, clock);
  await clock.advance(heartbeatMs + 1_000);
  const asked = relays.map(({ asks }) => asks);
  clock.lateMs = 60_000;
  await clock.advance(heartbeatTimeoutMs);
  expect(watch.isCutOff).toBe(false);
  expect(relays.map(({ asks }) => asks)).toEqual(asked.map((asks) => asks + 1));
  await clock.advance(heartbeatTimeoutMs);
  expect(watch.isCutOff).toBe(true);
});

test('doubts while it asks anyway postpone nothing', async () => {
  const { clock, watch } = createScene(2);
  const passed = await (async () => {
    for (let ms = 0; ; ms += 100) {
      if (watch.isCutOff) return ms;
      watch.doubt();
      await clock.advance(100);
    }
  })();
  expect(passed).toBeLessThanOrEqual(heartbeatTimeoutMs + 100);
});

test('connections of a device that is cut off are put to the test, those that are closed are not', async () => {
  const { clock, relays } = createScene(2);
  relays[1]!.isOpen = false;
  await clock.advance(heartbeatMs + heartbeatTimeoutMs);
  expect(relays.map(({ probes }) => probes)).toEqual([1, 0]);
});
