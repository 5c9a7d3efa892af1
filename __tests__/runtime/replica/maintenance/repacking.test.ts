import { eventBytes, Tier } from '../../../../src/runtime/contracts/slot';
import { createMoves } from '../../../../src/runtime/replica/maintenance/moves';
import { createRepacking } from '../../../../src/runtime/replica/maintenance/repacking';
import type { OwnSlot } from '../../../../src/runtime/replica/slots/own-slots';
import { pageBytesWithin } from '../../../../src/runtime/replica/outgoing/packing';
import type { ContentDocument } from '../../../../src/runtime/replica/slots/slot-content';
import { noise } from '../bulks';
import { sizedVault } from '../../../support/sized-vault';
import { createReconcilingModules, idsIn, leaf, noteOf, OWN, stampOf } from '../slot-modules';

const FULL = 32_768;
/** The vault of these tests makes three fifths of it. */
const noteSized = (id: string, bytes: number) =>
  noteOf(id, { '/body': leaf(1, noise(bytes / 0.6, id)) }, { inserted: stampOf(1) });
const bulk = Array.from({ length: 30 }, (_, index) => noteSized(`n${index + 10}`, 1_900));

function setUp(documents: readonly ContentDocument[] = bulk) {
  const modules = createReconcilingModules(documents, undefined, sizedVault);
  const { ownSlots, slotWriter, store } = modules;
  const relays = { maxEventBytes: 65_536 };
  const pageBytes = () => pageBytesWithin(FULL, relays.maxEventBytes);

  /** As in one run of a worker. */
  function createRun() {
    const moves = createMoves({
      ...{ ownSlots, slotWriter, store },
      isOwn: (stamp) => stamp.endsWith(OWN.slice(0, 16)),
      othersProof: async () => new Map(),
      onMoved: modules.outbox.settle,
    });
    const repacking = createRepacking({
      ownSlots,
      slotWriter,
      moves,
      pageBytes,
      maxEventBytes: () => relays.maxEventBytes,
    });
    return { moves, repacking };
  }
  let run = createRun();

  const pages = () => ownSlots.live().filter(({ name }) => name.tier === Tier.Page);
  const sizes = () => pages().map(({ record }) => eventBytes(record!.event));

  async function repack(isStoredToo = false): Promise<void> {
    for (let steps = 0; await run.repacking.step(isStoredToo); steps += 1) if (steps > 100) throw new Error('for ever');
  }

  /** What relays take is read back from enough of them. */
  async function readBackAll(): Promise<void> {
    for (const slot of ownSlots.all())
      if (slot.record && eventBytes(slot.record.event) <= relays.maxEventBytes)
        modules.outbox.settle((await modules.readBack(slot)) ?? new Map());
    for (const slot of ownSlots.all()) await run.moves.settle(slot);
  }

  return {
    ...{ ...modules, relays, pages, sizes, repack, readBackAll },
    isDue: () => run.repacking.isDue(),
    restart: () => void (run = createRun()),
    write: async (...added: readonly ContentDocument[]) => {
      modules.outbox.add(added);
      await modules.outbox.flush();
    },
  };
}

test('pages of which relays take none go into smaller ones, and are emptied when those are durable', async () => {
  const world = setUp();
  await world.write(...bulk);
  const large = world.pages();
  expect(Math.max(...world.sizes())).toBe(44_152);
  world.relays.maxEventBytes = 40_000;
  expect(world.isDue()).toBe(true);
  await world.repack();
  expect(large.every(({ registers }) => registers > 0)).toBe(true);
  expect(world.outbox.pending).toBe(bulk.length);

  await world.readBackAll();
  expect(Math.max(...world.sizes())).toBeLessThan(40_000);
  await world.readBackAll();
  expect(world.outbox.pending).toBe(0);
  expect(world.isDue()).toBe(false);
  expect(idsIn(await world.published())).toEqual(bulk.map(({ id }) => id));
});

test('pages that relays take stay as they are', async () => {
  const world = setUp();
  await world.write(...bulk);
  const written = world.offered.length;
  world.relays.maxEventBytes = 45_000;
  expect(world.isDue()).toBe(false);
  await world.repack(true);
  expect(world.offered).toHaveLength(written);
});

test('a page that was stored is repacked only where that is asked for', async () => {
  const world = setUp();
  await world.write(...bulk);
  await world.readBackAll();
  world.relays.maxEventBytes = 40_000;
  await world.repack();
  expect(Math.max(...world.sizes())).toBe(44_152);
  await world.repack(true);
  expect(world.outbox.pending).toBe(0);
  await world.readBackAll();
  expect(Math.max(...world.sizes())).toBeLessThan(40_000);
});

test('a large page is emptied only when all of the smaller ones are durable', async () => {
  const world = setUp(bulk.slice(0, 15));
  await world.write(...bulk.slice(0, 15));
  const before = new Set(world.pages());
  const [large] = before as ReadonlySet<OwnSlot>;
  world.relays.maxEventBytes = 40_000;
  await world.repack();
  const smaller = world.pages().filter((page) => !before.has(page));
  expect(smaller.length).toBeGreaterThan(1);
  const { registers } = large!;
  for (const page of smaller.slice(0, -1)) {
    await world.readBack(page);
    expect(large!.registers).toBe(registers);
  }
  await world.readBackAll();
  expect(large!.registers).toBe(0);
});

test('one step after another, where relays turn out to take still less', async () => {
  const world = setUp();
  await world.write(...bulk);
  for (const maxEventBytes of [40_000, 20_000, 16_384]) {
    world.relays.maxEventBytes = maxEventBytes;
    await world.repack();
  }
  for (let rounds = 0; rounds < 4; rounds += 1) await world.readBackAll();
  expect(Math.max(...world.sizes())).toBeLessThan(16_384);
  expect(world.outbox.pending).toBe(0);
  expect(idsIn(await world.published())).toEqual(bulk.map(({ id }) => id));
});

test('another run of the worker goes on with what the last one has begun, and writes nothing twice', async () => {
  const world = setUp();
  await world.write(...bulk);
  world.relays.maxEventBytes = 40_000;
  await world.repack();
  const written = world.offered.length;
  world.restart();
  await world.repack();
  expect(world.offered).toHaveLength(written);
  await world.readBackAll();
  await world.readBackAll();
  expect(Math.max(...world.sizes())).toBeLessThan(40_000);
  expect(world.outbox.pending).toBe(0);
});

test('a register that needs more than relays take stays alone where it is, what lay beside it moves', async () => {
  const large = noteSized('large', 13_000);
  const beside = noteSized('beside', 2_000);
  const world = setUp([large, beside]);
  await world.write(large, beside);
  world.relays.maxEventBytes = 20_000;
  await world.repack();
  for (let rounds = 0; rounds < 3; rounds += 1) {
    await world.readBackAll();
    await world.repack();
  }
  expect([...world.outbox.pendingKeys()]).toEqual(['notes\u0000large']);
  expect(world.outbox.problems).toEqual([]);
  const stuck = world.pages().filter(({ durable }) => !durable);
  expect(stuck).toHaveLength(1);
  expect(idsIn(await world.ownSlots.read(stuck[0]!))).toEqual(['large']);
  const written = world.offered.length;
  await world.repack();
  expect(world.offered).toHaveLength(written);
  expect(world.isDue()).toBe(false);

  world.relays.maxEventBytes = 65_536;
  await world.readBackAll();
  expect(world.outbox.pending).toBe(0);
});
