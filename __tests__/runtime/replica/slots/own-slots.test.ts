import { Origin } from '../../../../src/runtime/replica/slots/own-slots';
import { NoteType, Tier } from '../../../../src/runtime/contracts/slot';
import type { Note, SlotVersion } from '../../../../src/runtime/contracts/slot';
import { keyOf, NOTHING } from '../../../../src/runtime/replica/slots/slot-content';
import { createSlotModules, GREATER, idsIn, leaf, manifestOf, noteOf, OWN, stampOf } from '../slot-modules';

const note = noteOf('x', { '/title': leaf(1, 'a title'), '/text': leaf(2, 'a text') });

test('edits go on in the same delta slot as long as it is not full', async () => {
  const { ownSlots, writeDelta } = createSlotModules();
  const slot = await writeDelta(note);
  slot.full = false;
  expect(await ownSlots.openDelta('', 4)).toBe(slot);
  slot.full = true;
  expect((await ownSlots.openDelta('', 4)).name).toEqual({ ...slot.name, index: 1 });
});

test('in a burst the delta slots rotate, because the second of a version must grow', async () => {
  const { ownSlots, writeDelta, time } = createSlotModules();
  const indices = new Set<number>();
  for (let edit = 0; edit < 6; edit++) {
    const slot = await writeDelta(note);
    slot.full = false;
    time.ms -= 1000;
    indices.add(slot.name.index);
  }
  expect([...indices]).toEqual([0, 1, 2, 3]);
  expect(ownSlots.live()).toHaveLength(4);
});

test('collections that are stored instead of deflated have slots of their own', async () => {
  const { ownSlots, writeDelta } = createSlotModules();
  const slot = await writeDelta(note);
  slot.full = false;
  expect(await ownSlots.openDelta('secrets', 4)).not.toBe(slot);
});

test('the index of an emptied page is used again, that of a live one is not', async () => {
  const { ownSlots, slotWriter } = createSlotModules();
  await slotWriter.writePages([note], '', 32_768);
  const [page] = ownSlots.live();
  expect((await ownSlots.freePage('')).name.index).toBe(1);
  await slotWriter.rewrite(page!, NOTHING);
  expect(await ownSlots.freePage('')).toBe(page);
});

test('a slot whose next version relays would refuse as too far ahead is left alone', async () => {
  const { ownSlots, writeDelta, time } = createSlotModules();
  const slot = await writeDelta(note);
  slot.full = false;
  time.ms -= 3_600_000;
  expect(ownSlots.isAhead(slot)).toBe(true);
  expect((await ownSlots.openDelta('', 4)).name.index).toBe(1);
});

describe('a slot that is left because it lies ahead of the clock', () => {
  const others = noteOf('y', { '/title': leaf(3, 'another') });
  const writers: readonly [string, (modules: ReturnType<typeof createSlotModules>) => Promise<void>][] = [
    ['of edits', async ({ writeDelta }) => void ((await writeDelta(note)).full = false)],
    ['a page', async ({ slotWriter }) => void (await slotWriter.writePages([note], '', 32_768))],
  ];

  test.each(writers)('%s gives its documents to others, and counts for none of them', async (_which, write) => {
    const modules = createSlotModules();
    await write(modules);
    const { ownSlots, slotWriter, time } = modules;
    const [slot] = ownSlots.live();
    time.ms -= 3_600_000;
    expect((await slotWriter.leaveAhead()).documents.map(({ id }) => id)).toEqual(['x']);
    expect((await slotWriter.leaveAhead()).documents).toEqual([]);
    expect([ownSlots.live(), ownSlots.filled(), ownSlots.holding(keyOf(note)), slot!.unsettled]).toEqual([
      [],
      [],
      [],
      [],
    ]);
    expect(ownSlots.withoutHeld(note)).toEqual([note]);
  });

  test.each(writers)('%s is written to no more, and comes back with what it held', async (_which, write) => {
    const modules = createSlotModules();
    await write(modules);
    const { ownSlots, slotWriter, time, offered } = modules;
    const [slot] = ownSlots.live();
    time.ms -= 3_600_000;
    await slotWriter.leaveAhead();
    // The clock was slow for a while: relays have the version, and nothing says that they have the copies.
    time.ms += 3_600_000;
    for (const chosen of [await ownSlots.openDelta('', 4), await ownSlots.freePage('')]) expect(chosen).not.toBe(slot);
    expect(ownSlots.returning()).toEqual([slot]);
    offered.length = 0;
    slotWriter.takeBackLeft();
    expect(offered.map(({ version }) => version)).toEqual([slot!.version]);
    expect([ownSlots.live(), ownSlots.returning()]).toEqual([[slot], []]);
    expect(idsIn(await ownSlots.read(slot!))).toEqual(['x']);
    for (const chosen of [await ownSlots.openDelta('', 4), await ownSlots.freePage('')]) expect(chosen).not.toBe(slot);
    await modules.writeDelta(others);
    expect(ownSlots.live()).toHaveLength(2);
  });
});

test('what the ledger has of a slot is what was written to it', async () => {
  const written = createSlotModules();
  const { d } = await written.writeDelta(note);
  const { ownSlots, vault } = createSlotModules();
  const record = written.disk.slots.get(d)!;
  const opened = await written.vault.open(record.event);
  if (typeof opened === 'string') throw new Error(opened);
  const slot = await ownSlots.restore(record, opened.payload);
  expect(idsIn(await ownSlots.read(slot))).toEqual(['x']);
  expect(slot).toMatchObject({ full: true, durable: false, registers: 2, d: await vault.addressOf(slot.name) });
  expect(slot.unsettled.map(({ stamps }) => stamps)).toEqual([
    new Map([[keyOf(note), new Set([stampOf(1), stampOf(2)])]]),
  ]);
});

describe('a version at an own address', () => {
  async function written(): Promise<ReturnType<typeof createSlotModules> & { versions: readonly SlotVersion[] }> {
    const modules = createSlotModules();
    const slot = await modules.writeDelta(note);
    const first = slot.version!;
    await modules.slotWriter.rewrite(slot, await modules.ownSlots.read(slot));
    return { ...modules, versions: [first, slot.version!] };
  }

  test('that this device wrote is its own, be it the last or an older one', async () => {
    const { ownSlots, versions } = await written();
    expect(versions.map(ownSlots.originOf)).toEqual([Origin.Own, Origin.Own]);
  });

  test.each<[string, (last: SlotVersion, first: SlotVersion) => SlotVersion]>([
    ['that is newer than the last', (last) => ({ ...last, nonce: 'f'.repeat(24), createdAt: last.createdAt + 5 })],
    [
      'of the last second that is newer by its nonce',
      (last, first) => ({ ...last, nonce: 'f'.repeat(24), seq: first.seq - 1 }),
    ],
    ['with a greater number', (last) => ({ ...last, nonce: 'f'.repeat(24), seq: last.seq + 1 })],
    ['with the number of one that it wrote otherwise', (_last, first) => ({ ...first, nonce: 'f'.repeat(24) })],
    ['where it has written nothing', (last) => ({ ...last, d: '0'.repeat(32), index: 9 })],
  ])('%s is a clone’s', async (_which, versionOf) => {
    const { ownSlots, versions } = await written();
    expect(ownSlots.originOf(versionOf(versions[1]!, versions[0]!))).toBe(Origin.Clone);
  });
});

describe('an own slot that only a newer build can read', () => {
  async function withUnreadable() {
    const written = createSlotModules();
    const first = await written.writeDelta(note);
    await written.slotWriter.rewrite(first, await written.ownSlots.read(first));
    await written.slotWriter.writeManifest(manifestOf());
    const modules = createSlotModules();
    for (const record of written.disk.slots.values()) modules.ownSlots.restoreUnreadable(record);
    return { ...modules, before: first };
  }

  test('keeps its index: the next one is used', async () => {
    const { writeDelta, before } = await withUnreadable();
    expect([before.name.index, (await writeDelta(note)).name.index]).toEqual([0, 1]);
  });

  test('is not overwritten, and neither is a manifest', async () => {
    const { slotWriter, disk } = await withUnreadable();
    expect(await slotWriter.writeManifest(manifestOf())).toBe(false);
    expect(disk.slots.size).toBe(0);
  });

  test.each([0, 1, 2, 3])('keeps manifests of this build from all indices, though it is at %p', async (index) => {
    const { ownSlots, slotWriter, seals } = createSlotModules();
    const nonce = `${index}`.padStart(24, '0');
    const event = seals.seal(manifestOf({ idx: index }), 1, nonce);
    ownSlots.restoreUnreadable({ version: seals.of(event)!.version, event, durable: true });
    expect(await slotWriter.writeManifest(manifestOf())).toBe(false);
  });

  test('is not a clone’s when a relay has an older version of it', async () => {
    const { ownSlots, before } = await withUnreadable();
    const [[seq, nonce]] = before.record!.history! as readonly [readonly [number, string]];
    const older = { ...before.version!, seq, nonce, createdAt: before.version!.createdAt - 1 };
    expect([older, before.version!, { ...older, nonce: 'f'.repeat(24) }].map(ownSlots.originOf)).toEqual([
      Origin.Own,
      Origin.Own,
      Origin.Clone,
    ]);
  });

  test('is another device’s under another id', async () => {
    const { ownSlots, writeDelta } = await withUnreadable();
    ownSlots.begin(GREATER);
    expect((await writeDelta(note)).name).toMatchObject({ deviceId: GREATER, index: 0 });
  });
});

test('an address of which a relay has what only a newer build can read is not used', async () => {
  const { ownSlots, unread, vault, writeDelta, seals } = createSlotModules();
  const d = await vault.addressOf({ deviceId: OWN, tier: Tier.Delta, index: 0 });
  unread.restore({ d, event: seals.seal({ dev: OWN, tier: Tier.Delta, idx: 0, seq: 1, e: [] }, 100, '0'.repeat(24)) });
  expect((await writeDelta(note)).name.index).toBe(1);
  expect((await ownSlots.freePage('')).name.index).toBe(0);
});

test('registers that stand in a delta slot already are not sent again', async () => {
  const { ownSlots, writeDelta } = createSlotModules();
  await writeDelta(note);
  expect(ownSlots.withoutHeld(note)).toEqual([]);
  const changed = noteOf('x', { '/title': leaf(3, 'another'), '/text': leaf(2, 'a text') });
  expect(ownSlots.withoutHeld(changed)).toEqual([noteOf('x', { '/title': leaf(3, 'another') })]);
});

test('a page knows how much of it is superseded, at most all', async () => {
  const { ownSlots, slotWriter } = createSlotModules();
  await slotWriter.writePages([note], '', 32_768);
  const [page] = ownSlots.live();
  ownSlots.noteSuperseded(keyOf(note), 1);
  expect(page).toMatchObject({ dead: 1, registers: 2, name: { tier: Tier.Page } });
  ownSlots.noteSuperseded(keyOf(note), 5);
  expect(page!.dead).toBe(2);
});

describe('notes', () => {
  const moved: Note = { type: NoteType.Moved, at: 5, data: { to: 'b' } };
  const deleted: Note = { type: NoteType.Deleted, at: 7, data: {} };
  const said = ({ ownSlots }: ReturnType<typeof createSlotModules>) =>
    ownSlots.notes().map(({ name, version, note }) => [name.index, version!.seq, note!.type]);

  test('have slots of their own, are recorded before they are offered, and can be replaced', async () => {
    const modules = createSlotModules();
    const { slotWriter, offered, disk, seals } = modules;
    await slotWriter.writeNote(moved);
    await slotWriter.writeNote(deleted);
    await slotWriter.writeNote(deleted, 0);
    expect(said(modules)).toEqual([
      [0, 2, 'deleted'],
      [1, 1, 'deleted'],
    ]);
    expect(offered.map(({ event, own }) => [seals.of(event)!.payload, own])).toEqual([
      [{ dev: OWN, tier: Tier.Note, idx: 0, seq: 1, ...moved }, true],
      [{ dev: OWN, tier: Tier.Note, idx: 1, seq: 1, ...deleted }, true],
      [{ dev: OWN, tier: Tier.Note, idx: 0, seq: 2, ...deleted }, true],
    ]);
    expect([...disk.slots.values()].map(({ version }) => version.seq)).toEqual([2, 1]);
  });

  test('are in the way of no document, and no document is in theirs', async () => {
    const modules = createSlotModules();
    const { ownSlots, slotWriter, writeDelta } = modules;
    await slotWriter.writeNote(moved);
    const slot = await writeDelta(note);
    await slotWriter.writePages([note], '', 32_768);
    await slotWriter.writeNote(deleted);
    expect(slot.name).toEqual({ deviceId: OWN, tier: Tier.Delta, index: 0 });
    expect(ownSlots.live().map(({ name }) => name.tier)).toEqual([Tier.Delta, Tier.Page]);
    expect(ownSlots.filled().map(({ name }) => name.tier)).toEqual([Tier.Note, Tier.Delta, Tier.Page, Tier.Note]);
    expect(await ownSlots.read(ownSlots.notes()[0]!)).toBe(NOTHING);
  });

  test('that the ledger has are what was written, and their indices are not used again', async () => {
    const written = createSlotModules();
    await written.slotWriter.writeNote(moved);
    const [record] = [...written.disk.slots.values()];
    const restored = createSlotModules();
    const opened = await written.vault.open(record!.event);
    if (typeof opened === 'string') throw new Error(opened);
    await restored.ownSlots.restore(record!, opened.payload);
    expect(restored.ownSlots.notes().map((slot) => slot.note)).toEqual([moved]);
    await restored.slotWriter.writeNote(deleted);
    expect(said(restored)).toEqual([
      [0, 1, 'moved'],
      [1, 1, 'deleted'],
    ]);
  });

  test('that were read back are durable, and no write waits for them', async () => {
    const { ownSlots, slotWriter, readBack } = createSlotModules();
    await slotWriter.writeNote(moved);
    const [slot] = ownSlots.notes();
    expect(await readBack(slot!)).toEqual(new Map());
    expect(slot!.durable).toBe(true);
  });

  test('whose time relays refuse as too far ahead go to another slot, once', async () => {
    const modules = createSlotModules();
    const { slotWriter, time } = modules;
    await slotWriter.writeNote(moved);
    await slotWriter.writeNote(deleted);
    time.ms -= 3_600_000;
    expect((await slotWriter.leaveAhead()).slots.map(({ name }) => name.index)).toEqual([0, 1]);
    await slotWriter.leaveAhead();
    expect(said(modules)).toEqual([
      [2, 1, 'moved'],
      [3, 1, 'deleted'],
    ]);
  });

  test('are left where they are, and not written a second time, if that was done before a restart', async () => {
    const written = createSlotModules();
    await written.slotWriter.writeNote(moved);
    written.time.ms -= 3_600_000;
    await written.slotWriter.leaveAhead();
    const restored = createSlotModules();
    restored.time.ms = written.time.ms;
    for (const record of written.disk.slots.values()) {
      const opened = await written.vault.open(record.event);
      if (typeof opened !== 'string') await restored.ownSlots.restore(record, opened.payload);
    }
    await restored.slotWriter.leaveAhead();
    expect(said(restored)).toEqual([[1, 1, 'moved']]);
  });

  test('are written again as they are to get another time', async () => {
    const modules = createSlotModules();
    const { slotWriter, ownSlots, time } = modules;
    await slotWriter.writeNote(moved);
    const [slot] = ownSlots.notes();
    const { createdAt } = slot!.version!;
    time.ms += 86_400_000;
    await slotWriter.renew(slot!);
    expect(said(modules)).toEqual([[0, 2, 'moved']]);
    expect(slot!.version!.createdAt).toBe(createdAt + 86_400);
  });
});
