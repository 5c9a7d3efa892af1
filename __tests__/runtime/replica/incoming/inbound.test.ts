import { createRemoteSlots } from '../../../../src/runtime/replica/slots/remote-slots';
import { createDamage } from '../../../../src/runtime/replica/incoming/damage';
import { createInbound } from '../../../../src/runtime/replica/incoming/inbound';
import { Refusal } from '../../../../src/runtime/contracts/vault';
import { NoteType, Tier } from '../../../../src/runtime/contracts/slot';
import type { NotePayload, SealedEvent, SlotVersion } from '../../../../src/runtime/contracts/slot';
import type { Arrival } from '../../../../src/runtime/replica/incoming/merge-queue';
import { createQuarantine } from '../../../../src/runtime/replica/incoming/quarantine';
import { entriesOf, keyOf } from '../../../../src/runtime/replica/slots/slot-content';
import type { ContentDocument } from '../../../../src/runtime/replica/slots/slot-content';
import type { Seals } from '../../../../simulation/stand-in-vault';
import { createMapStore, createSlotModules, GREATER, leaf, LESSER, manifestOf, noteOf, OWN } from '../slot-modules';

const RELAY = 'wss://one.test';
const note = noteOf('x', { '/title': leaf(1, 'a title', GREATER) });

function setUp() {
  const modules = createSlotModules();
  const { store, joins } = createMapStore();
  const merged: SlotVersion[] = [];
  const failures: unknown[] = [];
  const read = new Set<string>();
  const reclaimed: Arrival[] = [];
  const opened: (string | undefined)[] = [];
  const heardNote = jest.fn();
  const devices: (readonly [deviceId: string, relays: readonly string[]])[] = [];
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
    yieldToEventLoop: async () => {},
    onOpened: async (slot) => void opened.push(slot?.version.deviceId),
    onDevice: (version, relays) => void devices.push([version.deviceId, relays]),
    wasRead: (relayUrl) => read.has(relayUrl),
    onReclaimed: async (arrival) => void reclaimed.push(arrival),
    onForeign: foreign,
    onMerged: (version) => merged.push(version),
    onNote: heardNote,
    onFailed: (error) => failures.push(error),
  });
  let nonces = 0;
  const sealed = (deviceId: string, documents: readonly ContentDocument[], createdAt = 100): SealedEvent => {
    const content = new Map(documents.map((document) => [keyOf(document), document]));
    const payload = { dev: deviceId, tier: Tier.Delta, idx: 0, seq: createdAt, e: entriesOf(content) } as const;
    return modules.seals.seal(payload, createdAt, `${++nonces}`.padStart(24, '0'));
  };
  const sealNote = (note: Partial<NotePayload>, createdAt = 100): SealedEvent => {
    const payload = { dev: GREATER, tier: Tier.Note, idx: 0, seq: createdAt, type: 'moved', at: 1, data: {} } as const;
    return modules.seals.seal({ ...payload, ...note }, createdAt, `${++nonces}`.padStart(24, '0'));
  };
  const receive = async (event: SealedEvent, relayUrl = RELAY) => {
    const answer = await inbound.receive(event, relayUrl, async () => modules.vault.verify(event));
    await inbound.drained();
    return answer;
  };
  return {
    ...modules,
    opened,
    damage,
    remoteSlots,
    inbound,
    receive,
    sealed,
    joins,
    merged,
    failures,
    foreign,
    read,
    reclaimed,
    sealNote,
    heardNote,
    devices,
  };
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

test('whose event opened is told before it is merged, and nothing is told of what did not open', async () => {
  const { receive, sealed, joins, opened, seals } = setUp();
  await receive({ ...sealed(GREATER, [note]), created_at: 7 } as SealedEvent);
  expect(opened).toEqual([]);
  const newer = sealed(GREATER, [note], 50);
  seals.unreadable.add(newer.content);
  await receive(newer);
  expect([opened, joins]).toEqual([[undefined], []]);
  await receive(sealed(GREATER, [note]));
  expect([opened, joins.length]).toEqual([[undefined, GREATER], 1]);
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
  const manifest = manifestOf({ dev: GREATER, seq: 3, live: [[Tier.Page, 2, 8]] });
  const answer = await receive(seals.seal(manifest, 100, 'f'.repeat(24)));
  expect(answer).toMatchObject({
    names: [seals.addressOf({ deviceId: GREATER, tier: Tier.Page, index: 2 })],
    seqs: [8],
  });
  expect([...inbound.manifests()].map(({ version: { deviceId, seq } }) => [deviceId, seq])).toEqual([[GREATER, 3]]);
});

test('what the newest manifest of a device says of it is remembered, and which relays each names is told', async () => {
  const { receive, seals, inbound, devices } = setUp();
  const about = { relays: ['wss://one.test'], day: 20_000, label: 'Phone', kit: '0.1.0', schema: '0'.repeat(16) };
  for (const [createdAt, label] of [
    [200, 'Phone'],
    [100, 'an older name'],
  ] as const)
    await receive(
      seals.seal(manifestOf({ ...about, dev: GREATER, label }), createdAt, `${createdAt}`.padStart(24, '0')),
    );
  expect([...inbound.manifests()].map((known) => known.about)).toEqual([about]);
  expect(devices).toEqual([
    [GREATER, about.relays],
    [GREATER, about.relays],
  ]);
});

test('of two manifests of a device, one with a date far ahead, the one with the greater number counts', async () => {
  const { receive, seals, inbound } = setUp();
  for (const [idx, seq, createdAt] of [
    [1, 6, 100],
    [0, 5, 90_000],
    [2, 4, 200_000],
  ] as const)
    await receive(seals.seal(manifestOf({ dev: GREATER, idx, seq }), createdAt, `${idx}`.padStart(24, '0')));
  expect([...inbound.manifests()].map(({ version: { index, seq } }) => [index, seq])).toEqual([[1, 6]]);
});

test('of more devices than 256 those that wrote last are remembered', async () => {
  const { receive, seals, inbound } = setUp();
  for (let device = 0; device < 300; device += 1) {
    const dev = device.toString(16).padStart(32, 'c');
    await receive(seals.seal(manifestOf({ dev }), 1_000 + device, `${device}`.padStart(24, '0')));
  }
  const times = [...inbound.manifests()].map(({ version }) => version.createdAt);
  expect([times.length, Math.min(...times)]).toEqual([256, 1_044]);
});

describe('a note of another device', () => {
  test('is told, recorded and offered to the relays that lack it, and is merged into nothing', async () => {
    const { receive, sealNote, inbound, heardNote, disk, offered, joins, merged } = setUp();
    await receive(sealNote({ data: { a: 1 } }));
    expect(inbound.notes()).toEqual([{ version: merged[0], note: { type: NoteType.Moved, at: 1, data: { a: 1 } } }]);
    expect(heardNote).toHaveBeenCalledTimes(1);
    expect([...disk.slots.values()].map(({ version }) => version)).toEqual(merged);
    expect(offered.map(({ version, own }) => [version, own])).toEqual([[merged[0], false]]);
    expect(joins).toEqual([]);
  });

  test.each(['later', ''])(
    'of the type "%s", which is not known, is kept for those who know it, and not told',
    async (type) => {
      const { receive, sealNote, inbound, heardNote, offered, failures } = setUp();
      expect(await receive(sealNote({ type }))).toMatchObject({ version: { tier: Tier.Note } });
      expect([inbound.notes(), heardNote.mock.calls, failures]).toEqual([[], [], []]);
      expect(offered).toHaveLength(1);
    },
  );

  test('takes the place of an older one at its address, in whatever order they come', async () => {
    for (const order of [
      [100, 200],
      [200, 100],
    ]) {
      const { receive, sealNote, inbound } = setUp();
      for (const createdAt of order) await receive(sealNote({ at: createdAt }, createdAt));
      await receive(sealNote({ idx: 1, at: 3 }));
      expect(inbound.notes().map(({ note }) => note.at)).toEqual([200, 3]);
    }
  });

  test('is told of no more when one of an unknown type has taken its place', async () => {
    const { receive, sealNote, inbound } = setUp();
    await receive(sealNote({}));
    await receive(sealNote({ type: 'later' }, 200));
    expect(inbound.notes()).toEqual([]);
  });

  test('that the ledger has is known from the start', async () => {
    const { vault, sealNote, inbound, heardNote } = setUp();
    const opened = await vault.open(sealNote({}));
    if (typeof opened === 'string') throw new Error(opened);
    inbound.restore(opened.version, opened.payload);
    expect(inbound.notes()).toHaveLength(1);
    expect(heardNote).toHaveBeenCalledTimes(1);
  });

  test('by the thousands: the newest 256 are remembered', async () => {
    const { receive, sealNote, inbound } = setUp();
    for (let idx = 0; idx < 1_000; idx += 1) await receive(sealNote({ idx }, 1_000 + idx));
    expect(inbound.notes()).toHaveLength(256);
    expect(inbound.notes().every(({ version }) => version.createdAt >= 1_744)).toBe(true);
  });
});

test('a note with a meaning is not pushed out by notes of unknown types', async () => {
  const { receive, sealNote, inbound } = setUp();
  await receive(sealNote({ type: NoteType.Deleted }, 100));
  for (let idx = 1; idx <= 300; idx += 1) await receive(sealNote({ type: 'later', idx }, 1_000 + idx));
  expect(inbound.notes().map(({ note: { type } }) => type)).toEqual([NoteType.Deleted]);
});

test('an own note is nothing that another device says', async () => {
  const { receive, slotWriter, ownSlots, inbound, heardNote } = setUp();
  await slotWriter.writeNote({ type: NoteType.Deleted, at: 1, data: {} });
  await receive(ownSlots.notes()[0]!.record!.event);
  expect(inbound.notes()).toEqual([]);
  expect(heardNote).not.toHaveBeenCalled();
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
  const event = seals.seal(manifestOf(), 100, 'e'.repeat(24));
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
    await inbound.receive(event, RELAY, async () => true);
    ownSlots.begin('e'.repeat(32));
    await inbound.drained();
    expect(reclaimed).toEqual([]);
    expect(merged).toEqual([version]);
  });
});

test('a newer build’s event at an own address that a former run may have written is no clone’s, and is kept', async () => {
  const modules = setUp();
  const event = modules.sealed(OWN, [note], 7);
  modules.seals.unreadable.add(event.content);
  const { version } = modules.seals.of(event)!;
  const reservation = { d: version.d, tier: Tier.Delta, index: 0, versions: [[9, 'n9'] as const], former: [] };
  await modules.ownSlots.restoreReservation(reservation);
  await modules.receive(event);
  expect(modules.foreign).not.toHaveBeenCalled();
  expect([...modules.disk.unread.keys()]).toEqual([version.d]);
  // This build does not write there.
  expect((await modules.writeDelta(note)).name.index).toBe(1);
  modules.read.add(RELAY);
  const later = modules.sealed(OWN, [note], 8);
  modules.seals.unreadable.add(later.content);
  await modules.receive(later);
  expect(modules.foreign).toHaveBeenCalledTimes(1);
});
