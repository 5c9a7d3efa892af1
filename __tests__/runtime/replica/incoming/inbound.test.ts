import { createRemoteSlots } from '../../../../src/runtime/replica/slots/remote-slots';
import { createDamage } from '../../../../src/runtime/replica/incoming/damage';
import { createInbound } from '../../../../src/runtime/replica/incoming/inbound';
import { Refusal } from '../../../../src/runtime/contracts/vault';
import { Tier } from '../../../../src/runtime/contracts/slot';
import type { SealedEvent, SlotVersion } from '../../../../src/runtime/contracts/slot';
import { createQuarantine } from '../../../../src/runtime/replica/incoming/quarantine';
import { entriesOf, keyOf } from '../../../../src/runtime/replica/slots/slot-content';
import type { ContentDocument } from '../../../../src/runtime/replica/slots/slot-content';
import type { Seals } from '../../../../simulation/stand-in-vault';
import { createMapStore, createSlotModules, GREATER, leaf, LESSER, noteOf, OWN } from '../slot-modules';

const note = noteOf('x', { '/title': leaf(1, 'a title', GREATER) });

function setUp() {
  const modules = createSlotModules();
  const { store, joins } = createMapStore();
  const merged: SlotVersion[] = [];
  const failures: unknown[] = [];
  const foreign = jest.fn(async () => modules.ownSlots.begin('e'.repeat(32)));
  const damage = createDamage();
  const remoteSlots = createRemoteSlots({
    ...{ vault: modules.vault, ledger: modules.ledger, yieldToEventLoop: async () => {} },
    offer: (head) => modules.offered.push(head),
  });
  const inbound = createInbound({
    ...modules,
    store,
    damage,
    remoteSlots,
    quarantine: createQuarantine(store, modules.ledger),
    frameLagMs: () => 0,
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
  const receive = async (event: SealedEvent) => {
    const answer = await inbound.receive(event);
    await inbound.drained();
    return answer;
  };
  return { ...modules, damage, remoteSlots, inbound, receive, sealed, joins, merged, failures, foreign };
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

describe('an event that a newer build wrote', () => {
  function setUpNewer() {
    const world = setUp();
    const newer = (deviceId: string, documents: readonly ContentDocument[], createdAt = 100): SealedEvent => {
      const event = world.sealed(deviceId, documents, createdAt);
      world.seals.unreadable.add(event.content);
      return event;
    };
    return { ...world, newer, kept: () => [...world.disk.unread.values()].map(({ event }) => event) };
  }

  test('is kept as it came, offered to relays that lack it, and enters nothing', async () => {
    const { receive, newer, joins, merged, offered, disk, kept, damage } = setUpNewer();
    const event = newer(GREATER, [note]);
    expect(await receive(event)).toBe(Refusal.UnknownVersion);
    expect(kept()).toEqual([event]);
    expect(offered).toEqual([
      { version: { d: event.tags[0]![1], createdAt: 100, nonce: undefined }, event, own: false },
    ]);
    expect([joins, merged, disk.slots.size, damage.parts]).toEqual([[], [], 0, 0]);
  });

  test('is not kept without a valid signature', async () => {
    const { receive, newer, kept } = setUpNewer();
    await receive({ ...newer(GREATER, [note]), sig: 'spoilt' } as SealedEvent);
    expect(kept()).toEqual([]);
  });

  test('gives way to a newer one of its address, and to no older one', async () => {
    const { receive, newer, kept, sealed } = setUpNewer();
    const [older, event, newest] = [100, 200, 300].map((createdAt) => newer(GREATER, [note], createdAt));
    await receive(event!);
    await receive(older!);
    await receive(newer(GREATER, [note], 200));
    await receive(sealed(GREATER, [note], 150));
    expect(kept()).toEqual([event]);
    await receive(newest!);
    expect(kept()).toEqual([newest]);
    await receive(sealed(GREATER, [note], 400));
    expect(kept()).toEqual([]);
    await receive(newer(GREATER, [note], 350));
    expect(kept()).toEqual([]);
  });

  test('is merged and recorded by a build that can read it', async () => {
    const { receive, newer, kept, inbound, seals, joins, disk } = setUpNewer();
    const [event, other] = [newer(GREATER, [note]), newer(LESSER, [note])];
    await receive(event);
    await receive(other);
    seals.unreadable.delete(event.content);
    await inbound.readAgain([...disk.unread.values()]);
    await inbound.drained();
    expect(joins).toEqual([['x']]);
    expect([...disk.slots.values()].map((record) => record.event)).toEqual([event]);
    expect(kept()).toEqual([other]);
  });

  test('leaves when the ledger has it, or a newer one, as read', async () => {
    const { receive, newer, kept, inbound, seals, joins, disk, unread } = setUpNewer();
    const event = newer(GREATER, [note]);
    await receive(event);
    const records = [...disk.unread.values()];
    seals.unreadable.delete(event.content);
    await receive(event);
    // As after a crash between the two transactions.
    disk.unread.set(records[0]!.d, records[0]!);
    unread.restore(records[0]!);
    await inbound.readAgain(records);
    expect([joins, kept()]).toEqual([[['x']], []]);
  });

  test('is not kept twice when the ledger has it of the newer build that was here before', async () => {
    const { receive, newer, kept, remoteSlots, seals } = setUpNewer();
    const event = newer(GREATER, [note]);
    remoteSlots.restore({ version: seals.of(event)!.version, event, durable: false });
    await receive(event);
    expect(kept()).toEqual([]);
  });

  test('at an own address is another copy of this installation, unless the ledger has it', async () => {
    const { receive, newer, kept, foreign, writeDelta, seals } = setUpNewer();
    const slot = await writeDelta(note);
    const { event, version } = slot.record!;
    seals.unreadable.add(event.content);
    await receive(event);
    await receive(newer(OWN, [note], version.createdAt - 1));
    expect([foreign.mock.calls, kept()]).toEqual([[], []]);
    const ofCopy = newer(OWN, [note], version.createdAt + 1);
    await receive(ofCopy);
    expect(foreign).toHaveBeenCalledTimes(1);
    expect(kept()).toEqual([ofCopy]);
  });
});

test('a manifest of this device that a newer build wrote elsewhere is another copy of this installation', async () => {
  const { receive, seals, ownSlots, foreign } = setUp();
  await ownSlots.manifest();
  const manifest = { dev: OWN, tier: Tier.Manifest, idx: 0, seq: 1, live: [], seen: {}, label: '' } as const;
  const event = seals.seal(manifest, 100, 'e'.repeat(24));
  seals.unreadable.add(event.content);
  await receive(event);
  expect(foreign).toHaveBeenCalledTimes(1);
});

describe('damaged parts', () => {
  const withDamage = (seals: Seals, createdAt: number, ...bad: unknown[]): SealedEvent => {
    const e = [...entriesOf(new Map([[keyOf(note), note]])), ...bad];
    const payload = { dev: GREATER, tier: Tier.Delta, idx: 0, seq: createdAt, e } as const;
    return seals.seal(payload, createdAt, `${createdAt}`.padStart(24, 'd'));
  };

  test('are counted, and what stands beside them is merged', async () => {
    const { receive, seals, joins, damage, disk } = setUp();
    await receive(withDamage(seals, 100, null, ['notes', 'y', { '/a': 1, '/b': [], '/c': leaf(1, 1).stamp }]));
    expect([joins, damage.parts, disk.slots.size]).toEqual([[['x']], 4, 1]);
  });

  test('are those of the newest version of a slot', async () => {
    const { receive, seals, damage } = setUp();
    await receive(withDamage(seals, 200, 1, 2));
    await receive(withDamage(seals, 100, 1, 2, 3));
    expect(damage.parts).toBe(2);
    await receive(withDamage(seals, 300, 1));
    expect(damage.parts).toBe(1);
    await receive(withDamage(seals, 400));
    expect(damage.parts).toBe(0);
  });
});

test('after the end nothing is merged any more', async () => {
  const { receive, sealed, joins, inbound } = setUp();
  inbound.stop();
  await receive(sealed(GREATER, [note]));
  expect(joins).toEqual([]);
});
