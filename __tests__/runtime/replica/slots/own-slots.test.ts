import { Origin } from '../../../../src/runtime/replica/slots/own-slots';
import { Tier } from '../../../../src/runtime/contracts/slot';
import type { SlotVersion } from '../../../../src/runtime/contracts/slot';
import { keyOf, NOTHING } from '../../../../src/runtime/replica/slots/slot-content';
import { createSlotModules, GREATER, idsIn, leaf, noteOf, OWN, stampOf } from '../slot-modules';

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
    await written.slotWriter.writeManifest((seq) => ({
      ...{ dev: OWN, tier: Tier.Manifest, idx: 0, seq },
      ...{ live: [], seen: {}, label: '' },
    }));
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
    const manifest = { dev: OWN, tier: Tier.Manifest, idx: 0, live: [], seen: {}, label: '' } as const;
    expect(await slotWriter.writeManifest((seq) => ({ ...manifest, seq }))).toBe(false);
    expect(disk.slots.size).toBe(0);
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
