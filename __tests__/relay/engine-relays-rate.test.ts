/**
 * Relays that take few events a minute, counted in the ways of the field: everything is stored in the end, at a pace below the limit. The device and
 * its relays live faster than this machine, thirty seconds in one.
 */
import { RelayState } from '../../src/runtime/core/status';
import { startRelay } from '../../src/relay';
import type { RatePolicy, RunningRelay } from '../../src/relay';
import type { Clock } from '../../src/runtime/core/clock';
import { systemClock } from '../../src/runtime/worker/browser-environment';
import { config, Device, makeNotes } from '../support/engine-on-relays';

jest.setTimeout(60_000);

const SPEED = 30;
const startedAt = Date.now();
const fastClock: Clock = {
  now: () => startedAt + (Date.now() - startedAt) * SPEED,
  monotonic: () => systemClock.monotonic() * SPEED,
  after: (delayMs, callback) => systemClock.after(delayMs / SPEED, callback),
};
/** What waits for answers waits as long as it would. */
const patient = {
  ...config,
  connection: { ...config.connection, connectTimeoutMs: 60_000, answerTimeoutMs: 120_000, probeTimeoutMs: 60_000 },
  reading: { ...config.reading, patienceMs: 60_000 },
};

let relays: readonly RunningRelay[] = [];
let device: Device;
afterEach(async () => {
  await device.stop();
  await Promise.all(relays.map((relay) => relay.stop()));
});

test.each<RatePolicy & { readonly pages: number }>([
  { perMinute: 6, per: 'key', counting: 'window', pages: 8 },
  { perMinute: 12, per: 'key', counting: 'window', pages: 14 },
  { perMinute: 24, per: 'address', counting: 'window', pages: 28 },
  { perMinute: 6, per: 'key', counting: 'decay', pages: 8 },
])('$pages pages, on relays that take $perMinute a minute per $per ($counting)', async ({ pages, ...rate }) => {
  const limits = { addressableEventsPerMinute: rate.perMinute };
  relays = await Promise.all([1, 2, 3].map(() => startRelay({ clock: fastClock, limits, rate })));
  device = await Device.open({
    identity: ['somebody', 'who writes much'],
    relays: relays.map(({ url }) => url),
    changes: { clock: fastClock, config: patient },
  });
  // Four fill a page.
  await device.write(makeNotes('page', 4 * pages, 10_000));
  const status = await device.untilStored();
  // On a busy machine all of them may come slowly enough.
  expect(device.refusals.filter((reason) => !reason.startsWith('rate-limited:'))).toEqual([]);
  expect(status.relays.map(({ state }) => state)).not.toContain(RelayState.Demoted);
});
