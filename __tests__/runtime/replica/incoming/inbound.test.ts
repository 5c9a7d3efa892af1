import { createRemoteSlots } from '../../../../src/runtime/replica/slots/remote-slots';
import { createInbound } from '../../../../src/runtime/replica/incoming/inbound';
import { Refusal } from '../../../../src/runtime/contracts/vault';
import { Tier } from '../../../../src/runtime/contracts/slot';
import type { SealedEvent, SlotVersion } from '../../../../src/runtime/contracts/slot';
import type { Arrival } from '../../../../src/runtime/replica/incoming/merge-queue';
import { createQuarantine } from '../../../../src/runtime/replica/incoming/quarantine';
import { entriesOf, keyOf } from '../../../../src/runtime/replica/slots/slot-content';
import type { ContentDocument } from '../../../../src/runtime/replica/slots/slot-content';
import { createMapStore, createSlotModules, GREATER, leaf, noteOf, OWN } from '../slot-modules';

const RELAY = 'wss://one.test';
const note = noteOf('x', { '/title': leaf(1, 'a title', GREATER) });

function setUp() {
  const modules = createSlotModules();
  const { store, joins } = createMapStore();
  const merged: SlotVersion[] = [];
  const failures: unknown[] = [];
  const read = new Set<string>();
  const reclaimed: Arrival[] = [];
  const foreign = jest.fn(async () => modules.ownSlots.begin('e'.repeat(32)));
  const inbound = createInbound({
    ...modules,
    store,
    remoteSlots: createRemoteSlots({
      ...{ vault: modules.vault, ledger: modules.ledger, yieldToEventLoop: async () => {} },
      offer: (head) => modules.offered.push(head),
    }),
    quarantine: createQuarantine(store, modules.ledger),
    frameLagMs: () => 0,
    wasRead: (relayUrl) => read.has(relayUrl),
    onReclaimed: async (arrival) => void reclaimed.push(arrival),
    onForeign: foreign,
    onMerged: (version) => merged.push(version),
    onFailed: (error) => failures.push(error),
  });
  let nonces = 0;
  const sealed = (deviceId: string, documents: readonly ContentDocument[], createdAt = 100): SealedEvent => {
    const content = new Map(documents.map((document) => [keyOf(document), document]));
    const payload = { dev: deviceId, tier: Tier.Delta, idx: 0, seq: createdAt, e: entriesOf(content) } as const;
    return modules.seals.seal(payload, createdAt, `${++nonces}`.padStart(24, '0'));
  };
  const receive = async (event: SealedEvent, relayUrl = RELAY) => {
    const answer = await inbound.receive(event, relayUrl);
    await inbound.drained();
    return answer;
  };
  return { ...modules, inbound, receive, sealed, joins, merged, failures, foreign, read, reclaimed };
}

test('a slot of another device is merged, then recorded, then offered to the relays that lack it', async () => {
  const { receive, sealed, joins, merged, offered, disk } = setUp();
  await receive(sealed(GREATER, [note]));
  expect(joins).toEqual([['x']]);
  expect([...disk.slots.values()].map(({ version }) => version)).toEqual(merged);
  expect(offered.map(({ version, own }) => [version, own])).toEqual([[merged[0], false]]);
});

test('the same version from another relay is not merged again', async () => {
  const { receive, sealed, joins } = setUp();
  const event = sealed(GREATER, [note]);
  await receive(event);
  await receive(event);
  expect(joins).toHaveLength(1);
});

test('an older version that comes late is merged, and is not taken for the newest', async () => {
  const { receive, sealed, joins, disk } = setUp();
  await receive(sealed(GREATER, [note], 200));
  await receive(sealed(GREATER, [noteOf('y', {})], 100));
  expect(joins).toEqual([['x'], ['y']]);
  expect([...disk.slots.values()].map(({ version }) => version.createdAt)).toEqual([200]);
});

test('contents that are genuine under a spoilt signature are merged, and a good copy is still wanted', async () => {
  const { receive, sealed, joins, offered } = setUp();
  const event = sealed(GREATER, [note]);
  await receive({ ...event, sig: 'spoilt' } as SealedEvent);
  expect([joins.length, offered.length]).toEqual([1, 0]);
  await receive(event);
  expect(offered).toHaveLength(1);
});

test('what does not open enters nothing', async () => {
  const { receive, sealed, joins } = setUp();
  const event = sealed(GREATER, [note]);
  expect(await receive({ ...event, created_at: event.created_at + 1 } as SealedEvent)).toBe(Refusal.Forged);
  expect(joins).toEqual([]);
});

test('an own version that the ledger knows is nothing new', async () => {
  const { receive, writeDelta, joins, foreign } = setUp();
  const slot = await writeDelta(note);
  await receive(slot.record!.event);
  expect(foreign).not.toHaveBeenCalled();
  expect(joins).toEqual([]);
});

test('an own slot that somebody else wrote means another device id, and its contents are merged', async () => {
  const { receive, sealed, joins, foreign } = setUp();
  await receive(sealed(OWN, [note]));
  expect(foreign).toHaveBeenCalledTimes(1);
  expect(joins).toEqual([['x']]);
});

test('a manifest tells the addresses that are live, with their numbers', async () => {
  const { receive, seals, inbound } = setUp();
  const manifest = {
    dev: GREATER,
    tier: Tier.Manifest,
    idx: 0,
    seq: 3,
    live: [[Tier.Page, 2, 8]],
    seen: {},
    label: '',
  } as const;
  const answer = await receive(seals.seal(manifest, 100, 'f'.repeat(24)));
  expect(answer).toMatchObject({
    names: [seals.addressOf({ deviceId: GREATER, tier: Tier.Page, index: 2 })],
    seqs: [8],
  });
  expect([...inbound.manifests()].map(({ deviceId, seq }) => [deviceId, seq])).toEqual([[GREATER, 3]]);
});

test('after the end nothing is merged any more', async () => {
  const { receive, sealed, joins, inbound } = setUp();
  inbound.stop();
  await receive(sealed(GREATER, [note]));
  expect(joins).toEqual([]);
});

describe('a version that a former run had reserved', () => {
  async function reserved() {
    const modules = setUp();
    const d = await modules.vault.addressOf({ deviceId: OWN, tier: Tier.Delta, index: 0 });
    const event = modules.sealed(OWN, [note], 7);
    const { version } = modules.seals.of(event)!;
    const reservation = { d, tier: Tier.Delta, index: 0, versions: [[7, version.nonce] as const], former: [] };
    await modules.ownSlots.restoreReservation(reservation);
    return { ...modules, event, version };
  }

  test('is this device’s own where the first read of the relay finds it: its content is merged, then it is taken back', async () => {
    const { receive, event, version, joins, reclaimed, foreign, merged } = await reserved();
    await receive(event);
    expect(joins).toEqual([['x']]);
    expect(reclaimed.map((arrival) => arrival.version)).toEqual([version]);
    expect(foreign).not.toHaveBeenCalled();
    // It is no slot of another device.
    expect(merged).toEqual([]);
  });

  test('is a clone’s where it is seen for the first time after that', async () => {
    const { receive, event, version, reclaimed, foreign, merged, read } = await reserved();
    read.add(RELAY);
    await receive(event);
    expect(foreign).toHaveBeenCalledTimes(1);
    expect(reclaimed).toEqual([]);
    expect(merged).toEqual([version]);
  });

  test('stays own when another relay shows it later', async () => {
    const { receive, event, foreign, read } = await reserved();
    await receive(event);
    read.add('wss://two.test');
    await receive(event, 'wss://two.test');
    expect(foreign).not.toHaveBeenCalled();
  });

  test('is left to the clone that was noticed before it was merged', async () => {
    const { inbound, ownSlots, event, reclaimed, merged, version } = await reserved();
    await inbound.receive(event, RELAY);
    ownSlots.begin('e'.repeat(32));
    await inbound.drained();
    expect(reclaimed).toEqual([]);
    expect(merged).toEqual([version]);
  });
});
