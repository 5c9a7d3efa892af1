/** A release with another list of relays: what is stored counts by the relays of the present list only. */
import { Tier } from '../../../src/runtime/contracts/slot';
import type { SealedEvent } from '../../../src/runtime/contracts/slot';
import { LedgerChangeKind } from '../../../src/runtime/persistence/ledger';
import type { LedgerState, SlotRecord } from '../../../src/runtime/persistence/ledger';
import { underList } from '../../../src/runtime/replica/change-list';
import { createPlace, openReplica } from '../../support/replica-scene';
import type { Place } from '../../support/replica-scene';
import type { ScriptedRelay } from '../../support/scripted-relay';
import { leaf, noteOf, stampOf } from './slot-modules';

const MINUTE_MS = 60_000;
const note = noteOf('a note', { '/body': leaf(1, 'text') }, { inserted: stampOf(1) });

async function openWith(place: Place, ...list: readonly ScriptedRelay[]) {
  const device = openReplica(place, { listed: list.map(({ url }) => url) });
  await place.clock.until(() => ['offline', 'online', 'partial'].includes(device.status.phase), MINUTE_MS);
  return device;
}

/** A note that a device with the first three relays as its list has stored. */
async function storedOnThree() {
  const place = createPlace({ relays: 7 });
  const [a, b, c, ...others] = place.relays as [ScriptedRelay, ScriptedRelay, ScriptedRelay, ...ScriptedRelay[]];
  const device = await openWith(place, a, b, c);
  device.write(note);
  await place.clock.advance(200);
  await place.clock.until(() => device.status.pending === 0, MINUTE_MS);
  const { storedOn } = [...place.disk.slots.values()].find(({ version }) => version.tier === Tier.Delta)!;
  await device.replica.close();
  return { place, lists: { a, b, c, others }, storedOn: storedOn! };
}

test('the ledger says which relays make a slot durable', async () => {
  const { storedOn, lists } = await storedOnThree();
  expect(storedOn.length).toBeGreaterThanOrEqual(2);
  for (const url of storedOn) expect([lists.a, lists.b, lists.c].map((relay) => relay.url)).toContain(url);
});

test('with another list it waits until two relays of that one hold it', async () => {
  const { place, lists } = await storedOnThree();
  const [d, e, f] = lists.others as [ScriptedRelay, ScriptedRelay, ScriptedRelay];
  for (const relay of [d, e, f]) relay.faults.refuse = true;
  const device = await openWith(place, d, e, f);
  expect(device.status).toMatchObject({ phase: 'offline', pending: 1 });
  d.faults = {};
  await place.clock.advance(2 * MINUTE_MS);
  expect(device.idsOn(d)).toEqual(['a note']);
  expect(device.status.pending).toBe(1);
  e.faults = {};
  await place.clock.until(() => device.status.pending === 0, 2 * MINUTE_MS);
  expect(device.idsOn(e)).toEqual(['a note']);
});

test('one relay of the new list that held it before is not enough', async () => {
  const { place, lists } = await storedOnThree();
  const [d, e] = lists.others as [ScriptedRelay, ScriptedRelay];
  for (const relay of [d, e]) relay.faults.refuse = true;
  const device = await openWith(place, lists.a, d, e);
  await place.clock.advance(MINUTE_MS);
  expect(device.status.pending).toBe(1);
  d.faults = {};
  await place.clock.until(() => device.status.pending === 0, 2 * MINUTE_MS);
});

test('nothing waits where two relays of the new list held it already, nor where the order is another', async () => {
  const { place, lists, storedOn } = await storedOnThree();
  const kept = place.relays.filter(({ url }) => storedOn.includes(url));
  for (const relay of place.relays) relay.faults.refuse = true;
  const device = await openWith(place, lists.others[0]!, ...kept);
  expect(device.status).toMatchObject({ phase: 'offline', pending: 0 });
  await device.replica.close();
  expect((await openWith(place, ...kept, lists.others[0]!)).status).toMatchObject({ phase: 'offline', pending: 0 });
});

test('who goes back to the former list waits for it again', async () => {
  const { place, lists } = await storedOnThree();
  const [d, e, f] = lists.others as [ScriptedRelay, ScriptedRelay, ScriptedRelay];
  const device = await openWith(place, d, e, f);
  await place.clock.until(() => device.status.pending === 0, 2 * MINUTE_MS);
  await device.replica.close();
  for (const relay of place.relays) relay.faults.refuse = true;
  expect((await openWith(place, lists.a, lists.b, lists.c)).status.pending).toBe(1);
});

describe('the ledger under a list', () => {
  const OWN = 'a'.repeat(32);
  const record = (deviceId: string, fields: Partial<SlotRecord>): SlotRecord => ({
    version: {
      d: `${fields.storedOn} ${deviceId}`,
      deviceId,
      tier: Tier.Delta,
      index: 0,
      seq: 1,
      createdAt: 1,
      nonce: 'n',
    },
    ...{ event: {} as SealedEvent, durable: true, ...fields },
  });
  const stateOf = (relays: readonly string[] | undefined, ...slots: readonly SlotRecord[]): LedgerState => ({
    ...{ device: { id: OWN, former: [] }, key: undefined, relays, slots },
    ...{ reservations: [], unread: [], quarantined: [], missingSince: 5 },
  });
  const settings = { relays: ['one', 'two', 'three'], durableOn: 2 };

  test('is what it was under the same list', () => {
    const state = stateOf(['three', 'one', 'two'], record(OWN, { storedOn: ['four', 'five'] }));
    expect(underList(state, settings)).toEqual({ state, changes: [] });
  });

  test('forgets what was durable elsewhere, and what was missing there', () => {
    const [here, elsewhere, waiting, others] = [
      record(OWN, { storedOn: ['two', 'four', 'three'] }),
      record(OWN, { storedOn: ['one', 'four'] }),
      record(OWN, { durable: false, waiting: [['key', 'stamp']] }),
      record('b'.repeat(32), { durable: false }),
    ];
    const { state, changes } = underList(stateOf(['one', 'four'], here, elsewhere, waiting, others), settings);
    const { storedOn: _s, ...undurable } = { ...elsewhere, durable: false };
    const { waiting: _w, ...whole } = waiting;
    expect(state).toMatchObject({ relays: settings.relays, missingSince: undefined });
    expect(state.slots).toEqual([here, undurable, whole, others]);
    expect(changes.filter(({ kind }) => kind === LedgerChangeKind.Slot)).toHaveLength(2);
    expect(changes[0]).toEqual({ kind: LedgerChangeKind.Relays, relays: settings.relays });
  });

  test('counts nothing that does not say where it is stored', () => {
    expect(underList(stateOf(undefined, record(OWN, {})), settings).state.slots).toMatchObject([{ durable: false }]);
  });
});
