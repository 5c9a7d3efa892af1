/** What a device does where relays take only smaller events than it would write. */
import { eventBytes } from '../../../src/runtime/contracts/slot';
import { ErrorCode } from '../../../src/runtime/core/errors';
import { createPlace, openReplica } from '../../support/replica-scene';
import type { Place } from '../../support/replica-scene';
import type { ScriptedRelay } from '../../support/scripted-relay';
import { noise } from './bulks';
import { leaf, noteOf, stampOf } from './slot-modules';

jest.setTimeout(60_000);

const MINUTE_MS = 60_000;
/** More than three full pages. */
const bulk = Array.from({ length: 100 }, (_, index) => {
  const id = `note ${index + 100}`;
  return noteOf(id, { '/body': leaf(1, noise(1_500, id)) }, { inserted: stampOf(1) });
});
const ids = bulk.map(({ id }) => id);

const isPage = (event: { readonly content: string }) => event.content.length > 10_000;
const largestOn = ({ stored }: ScriptedRelay) => Math.max(...[...stored.values()].map(eventBytes));
const pagesOn = ({ stored }: ScriptedRelay) => [...stored.values()].filter(isPage).length;

async function begin(place: Place, stated: readonly (number | undefined)[] = []) {
  const information = (url: string) => {
    const maxMessageBytes = stated[place.relays.findIndex((relay) => relay.url === url)];
    return maxMessageBytes === undefined ? undefined : { maxMessageBytes };
  };
  const device = openReplica(place, { information });
  await place.clock.until(() => device.status.relays.every(({ state }) => state === 'live'), MINUTE_MS);
  return device;
}

/** Everything that was written is stored on enough relays. */
async function untilStored(place: Place, device: Awaited<ReturnType<typeof begin>>, limitMs = 10 * MINUTE_MS) {
  await place.clock.advance(200);
  await place.clock.until(() => device.status.pending === 0, limitMs, 500);
}

test('full pages go to the two relays that take them; the third says what it lacks', async () => {
  const place = createPlace();
  const device = await begin(place, [40_000, 65_536, 65_536]);
  device.write(...bulk);
  await untilStored(place, device, MINUTE_MS);
  await place.clock.advance(2 * MINUTE_MS);
  const [narrow, ...wide] = place.relays as [ScriptedRelay, ...ScriptedRelay[]];
  for (const relay of wide) {
    expect(largestOn(relay)).toBe(44_152);
    expect(device.idsOn(relay)).toEqual(ids);
  }
  expect(device.status.problems).toEqual([]);
  const [first, ...others] = device.status.relays;
  expect(first!.slotsTooLarge).toBe(pagesOn(wide[0]!));
  expect(first!.words).toMatch(/It takes only events up to 39984 bytes, so it lacks \d slots/);
  expect(others.map(({ slotsTooLarge }) => slotsTooLarge)).toEqual([0, 0]);
  expect(pagesOn(narrow)).toBe(0);
});

const waysToRefuse: readonly (readonly [string, ScriptedRelay['faults']])[] = [
  ['OK false', { refuseOver: { bytes: 40_000, by: 'OK' } }],
  ['a NOTICE', { refuseOver: { bytes: 40_000, by: 'NOTICE' } }],
  ['closing with 1009', { refuseOver: { bytes: 40_000, by: 'close' } }],
  ['ending the connection', { cutOver: 40_000 }],
];

test.each(waysToRefuse)(
  'a limit of 40,000 bytes that all relays have, that none states and each shows by %s, ends with everything stored',
  async (_how, faults) => {
    const place = createPlace();
    for (const relay of place.relays) relay.faults = faults;
    const device = await begin(place);
    device.write(...bulk);
    await untilStored(place, device);
    await place.clock.advance(5 * MINUTE_MS);
    for (const relay of place.relays) {
      expect(device.idsOn(relay)).toEqual(ids);
      expect(largestOn(relay)).toBeLessThan(40_000);
    }
    expect(device.status).toMatchObject({ pending: 0, problems: [] });
    expect(device.status.relays.map(({ slotsTooLarge }) => slotsTooLarge)).toEqual([0, 0, 0]);
  },
);

test('pages that were stored before relays lowered their limits are repacked when it shows', async () => {
  const place = createPlace();
  const device = await begin(place);
  device.write(...bulk);
  await untilStored(place, device, MINUTE_MS);
  for (const relay of place.relays.slice(1)) relay.faults = { refuseOver: { bytes: 40_000, by: 'OK' } };
  for (const relay of place.relays.slice(1)) relay.stored.clear();
  for (const relay of place.relays.slice(1)) relay.drop();
  await place.clock.until(
    () => place.relays.every((relay) => device.idsOn(relay).length === ids.length && largestOn(relay) < 40_000),
    12 * 60 * MINUTE_MS,
    MINUTE_MS,
  );
  expect(device.status).toMatchObject({ pending: 0, problems: [] });
});

test('one relay that states a limit of one byte changes nothing for the others', async () => {
  const place = createPlace({ relays: 4 });
  const device = await begin(place, [1]);
  device.write(...bulk);
  await untilStored(place, device, MINUTE_MS);
  const others = place.relays.slice(1);
  await place.clock.until(() => others.every((relay) => device.idsOn(relay).length === ids.length), MINUTE_MS);
  expect(others.map(largestOn)).toEqual([44_152, 44_152, 44_152]);
  expect(device.status.relays[0]!.words).toMatch(/messages of at most 1 bytes/);
});

test('the next session knows what relays take: nothing is sent to be refused', async () => {
  const place = createPlace();
  for (const relay of place.relays) relay.faults = { refuseOver: { bytes: 40_000, by: 'OK' } };
  const device = await begin(place);
  device.write(...bulk.slice(0, 70));
  await untilStored(place, device);
  await device.replica.close();
  for (const relay of place.relays) relay.received.length = 0;
  const next = await begin(place);
  next.write(...bulk.slice(70));
  await untilStored(place, next);
  const sent = place.relays.flatMap((relay) => relay.framesOf('EVENT').map((frame) => JSON.stringify(frame).length));
  expect(Math.max(...sent)).toBeLessThan(40_000);
  expect(next.idsOn(place.relays[0]!)).toEqual(ids);
});

test('a value that only one relay takes is stored there and waits for another; nothing beside it waits, and nothing is set aside', async () => {
  const place = createPlace();
  const narrow = place.relays.slice(1);
  for (const relay of narrow) relay.faults = { refuseOver: { bytes: 20_000, by: 'OK' } };
  const device = await begin(place);
  device.write(noteOf('large', { '/body': leaf(1, noise(24_000, 'large')) }), ...bulk);
  await place.clock.until(() => device.status.pending === 1, 10 * MINUTE_MS);
  await place.clock.advance(5 * MINUTE_MS);
  expect(device.status).toMatchObject({ pending: 1, problems: [] });
  expect(device.status.relays.map(({ slotsTooLarge }) => slotsTooLarge > 0)).toEqual([false, true, true]);
  expect(device.idsOn(place.relays[0]!)).toEqual(['large', ...ids]);
  expect(device.idsOn(narrow[0]!)).toEqual(ids);

  narrow[0]!.faults = {};
  await place.clock.advance(device.config.demotion.refusedMs);
  await untilStored(place, device);
});

test('a value that no event of the configured size can hold is set aside', async () => {
  const place = createPlace();
  const device = openReplica(place, { maxEventBytes: 16_384 });
  await place.clock.advance(MINUTE_MS);
  device.write(noteOf('large', { '/body': leaf(1, noise(24_000, 'large')) }), bulk[0]!);
  await place.clock.advance(MINUTE_MS);
  expect(device.status.pending).toBe(1);
  expect(device.status.problems.map(({ code }) => code)).toEqual([ErrorCode.ValueTooLarge]);
});
