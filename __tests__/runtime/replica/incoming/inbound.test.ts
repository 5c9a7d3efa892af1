import { createRemoteSlots } from '../../../../src/runtime/replica/slots/remote-slots';
import { createInbound } from '../../../../src/runtime/replica/incoming/inbound';
import { Refusal } from '../../../../src/runtime/contracts/vault';
import { NoteType, Tier } from '../../../../src/runtime/contracts/slot';
import type { NotePayload, SealedEvent, SlotVersion } from '../../../../src/runtime/contracts/slot';
import { createQuarantine } from '../../../../src/runtime/replica/incoming/quarantine';
import { entriesOf, keyOf } from '../../../../src/runtime/replica/slots/slot-content';
import type { ContentDocument } from '../../../../src/runtime/replica/slots/slot-content';
import { createMapStore, createSlotModules, GREATER, leaf, manifestOf, noteOf, OWN } from '../slot-modules';

const note = noteOf('x', { '/title': leaf(1, 'a title', GREATER) });

function setUp() {
  const modules = createSlotModules();
  const { store, joins } = createMapStore();
  const merged: SlotVersion[] = [];
  const failures: unknown[] = [];
  const heardNote = jest.fn();
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
  const receive = async (event: SealedEvent) => {
    const answer = await inbound.receive(event);
    await inbound.drained();
    return answer;
  };
  return { ...modules, inbound, receive, sealed, sealNote, joins, merged, failures, foreign, heardNote };
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
  const manifest = manifestOf({ dev: GREATER, seq: 3, live: [[Tier.Page, 2, 8]] });
  const answer = await receive(seals.seal(manifest, 100, 'f'.repeat(24)));
  expect(answer).toMatchObject({
    names: [seals.addressOf({ deviceId: GREATER, tier: Tier.Page, index: 2 })],
    seqs: [8],
  });
  expect([...inbound.manifests()].map(({ version: { deviceId, seq } }) => [deviceId, seq])).toEqual([[GREATER, 3]]);
});

test('what the newest manifest of a device says of it is remembered', async () => {
  const { receive, seals, inbound } = setUp();
  const about = { relays: ['wss://one.test'], day: 20_000, label: 'Phone', kit: '0.1.0', schema: '0'.repeat(16) };
  for (const [createdAt, label] of [
    [200, 'Phone'],
    [100, 'an older name'],
  ] as const)
    await receive(
      seals.seal(manifestOf({ ...about, dev: GREATER, label }), createdAt, `${createdAt}`.padStart(24, '0')),
    );
  expect([...inbound.manifests()].map((known) => known.about)).toEqual([about]);
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
    inbound.restore(opened);
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

test('an own note is nothing that another device says', async () => {
  const { receive, slotWriter, ownSlots, inbound, heardNote } = setUp();
  await slotWriter.writeNote({ type: NoteType.Deleted, at: 1, data: {} });
  await receive(ownSlots.notes()[0]!.record!.event);
  expect(inbound.notes()).toEqual([]);
  expect(heardNote).not.toHaveBeenCalled();
});

test('after the end nothing is merged any more', async () => {
  const { receive, sealed, joins, inbound } = setUp();
  inbound.stop();
  await receive(sealed(GREATER, [note]));
  expect(joins).toEqual([]);
});
