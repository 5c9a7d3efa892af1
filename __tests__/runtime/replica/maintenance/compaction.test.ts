import { createCompaction } from '../../../../src/runtime/replica/maintenance/compaction';
import { createMoves } from '../../../../src/runtime/replica/maintenance/moves';
import type { Proof } from '../../../../src/runtime/replica/slots/remote-slots';
import type { OwnSlot } from '../../../../src/runtime/replica/slots/own-slots';
import { Tier } from '../../../../src/runtime/contracts/slot';
import { keyOf } from '../../../../src/runtime/replica/slots/slot-content';
import type { ContentDocument } from '../../../../src/runtime/replica/slots/slot-content';
import { createMapStore, createSlotModules, GREATER, idsIn, leaf, noteOf, OWN, stampOf } from '../slot-modules';

interface SetUp {
  /** As they are now on this device. */
  readonly documents: readonly ContentDocument[];
  /** What relays have shown to stand in slots of other devices. */
  readonly elsewhere?: readonly ContentDocument[];
}

function setUp({ documents, elsewhere = [] }: SetUp) {
  const modules = createSlotModules();
  const moves = createMoves({
    ...modules,
    onMoved: () => {},
    store: createMapStore(documents).store,
    isOwn: (stamp) => stamp.endsWith(OWN.slice(0, 16)),
    othersProof: async (keys) => {
      const proofs = elsewhere.map((other): [string, Proof] => [
        keyOf(other),
        { registers: other.registers, copies: undefined },
      ]);
      return new Map(proofs.filter(([key]) => keys.has(key)));
    },
  });
  const compaction = createCompaction({ ...modules, moves, pageBytes: () => 32_768 });
  const pages = () => modules.ownSlots.live().filter(({ name }) => name.tier === Tier.Page);
  return { ...modules, compaction, moves, pages };
}

const older = noteOf('x', { '/title': leaf(1, 'old') });
const newer = noteOf('x', { '/title': leaf(2, 'new', GREATER) });
const other = noteOf('y', { '/title': leaf(1, 'another') });

async function compactInto(world: ReturnType<typeof setUp>, deltas: readonly OwnSlot[]): Promise<OwnSlot> {
  for (const delta of deltas) await world.readBack(delta);
  expect(await world.compaction.step()).toBe(true);
  const [page] = world.pages();
  return page!;
}

test('slots are copied into one page', async () => {
  const world = setUp({ documents: [older, other] });
  const page = await compactInto(world, [await world.writeDelta(older), await world.writeDelta(other)]);
  expect(idsIn(await world.ownSlots.read(page))).toEqual(['x', 'y']);
});

test('the slots are emptied when the page was read back, and not before', async () => {
  const world = setUp({ documents: [older, other] });
  const deltas = [await world.writeDelta(older), await world.writeDelta(other)];
  const page = await compactInto(world, deltas);
  await world.moves.settle(page);
  expect(deltas.map(({ registers }) => registers)).toEqual([1, 1]);

  await world.readBack(page);
  await world.moves.settle(page);
  expect(deltas.map(({ registers }) => registers)).toEqual([0, 0]);
});

test('a slot that was not read back itself is left alone', async () => {
  const world = setUp({ documents: [older] });
  await world.writeDelta(older);
  expect(await world.compaction.step()).toBe(false);
});

test('what has lost moves along as long as nothing proves it superseded', async () => {
  const world = setUp({ documents: [newer, other] });
  const deltas = [await world.writeDelta(older), await world.writeDelta(other)];
  const page = await compactInto(world, deltas);
  expect(idsIn(await world.ownSlots.read(page))).toEqual(['x', 'y']);
  await world.readBack(page);
  await world.moves.settle(page);
  expect(world.ownSlots.live()).toEqual([page]);
});

test('what is proven to be superseded goes', async () => {
  const world = setUp({ documents: [newer, other], elsewhere: [newer] });
  const page = await compactInto(world, [await world.writeDelta(older), await world.writeDelta(other)]);
  expect(idsIn(await world.ownSlots.read(page))).toEqual(['y']);
});

test('slots of which everything is superseded are emptied at once, without a page', async () => {
  const world = setUp({ documents: [newer], elsewhere: [newer] });
  const delta = await world.writeDelta(older);
  await world.readBack(delta);
  expect(await world.compaction.step()).toBe(true);
  expect(world.ownSlots.live()).toEqual([]);
});

test('an equal copy of another device is no reason to yield', async () => {
  const world = setUp({ documents: [older], elsewhere: [older] });
  const page = await compactInto(world, [await world.writeDelta(older)]);
  expect(idsIn(await world.ownSlots.read(page))).toEqual(['x']);
});

test('copies of one register in several slots end as one in a page', async () => {
  const world = setUp({ documents: [older] });
  const deltas = [await world.writeDelta(older), await world.writeDelta(older), await world.writeDelta(older)];
  const page = await compactInto(world, deltas);
  await world.readBack(page);
  await world.moves.settle(page);
  expect(world.ownSlots.live()).toEqual([page]);
  expect(idsIn(await world.ownSlots.read(page))).toEqual(['x']);
});

test('registers that a deletion hides are not copied, the deletion is', async () => {
  const deleted = noteOf('x', {}, { deleted: stampOf(3) });
  const world = setUp({ documents: [deleted] });
  const page = await compactInto(world, [await world.writeDelta(older), await world.writeDelta(deleted)]);
  const [document] = (await world.ownSlots.read(page)).values();
  expect(document?.registers).toEqual({ deleted: stampOf(3), leaves: new Map() });
});

test('a page with room takes in what deltas hold, instead of another page', async () => {
  const world = setUp({ documents: [older, other] });
  const page = await compactInto(world, [await world.writeDelta(older)]);
  await world.readBack(page);
  await world.moves.settle(page);
  expect(await compactInto(world, [await world.writeDelta(other)])).toBe(page);
  expect(idsIn(await world.ownSlots.read(page))).toEqual(['x', 'y']);
});

test('two pages that do not fit into one, other than it seemed, are tried once', async () => {
  const world = setUp({ documents: [] });
  const { slotWriter, ownSlots, vault } = world;
  const text = 'x'.repeat(18_000);
  for (const id of ['a', 'b'])
    await slotWriter.writePages([noteOf(id, { '/body': leaf(1, text), '/more': leaf(1, text) })], '', 32_768);
  for (const page of ownSlots.live()) {
    await world.readBack(page);
    // As if most of it were superseded, which nothing proves.
    page.dead = page.registers * 0.8;
  }
  const pack = jest.spyOn(vault, 'pack');
  expect(await world.compaction.step()).toBe(false);
  expect(await world.compaction.step()).toBe(false);
  expect(pack).toHaveBeenCalledTimes(1);
  expect(world.offered).toHaveLength(2);
});

test('it is due when there are half as many live events again as the data needs', async () => {
  const world = setUp({ documents: [] });
  await world.writeDelta(noteOf('a', { '/title': leaf(1, 'a') }));
  await world.writeDelta(noteOf('b', { '/title': leaf(1, 'b') }));
  expect(world.compaction.isDue()).toBe(false);
  await world.writeDelta(noteOf('c', { '/title': leaf(1, 'c') }));
  expect(world.compaction.isDue()).toBe(true);
});
