/** Versions of a slot that are in the ledger before they are used: what is sent ahead of its record, and what a crash leaves. */
import { createMemoryLedger, emptyLedgerDisk } from '../../../../src/runtime/testing/memory-ledger';
import type { LedgerDisk } from '../../../../src/runtime/testing/memory-ledger';
import { createWriterLedger, LedgerChangeKind } from '../../../../src/runtime/persistence/ledger';
import type { WriterLedger } from '../../../../src/runtime/persistence/ledger';
import { Tier } from '../../../../src/runtime/contracts/slot';
import type { SlotHead } from '../../../../src/runtime/contracts/mesh';
import { createSlotWriter } from '../../../../src/runtime/replica/outgoing/slot-writer';
import { createOwnSlots, Origin } from '../../../../src/runtime/replica/slots/own-slots';
import { restoreSlots } from '../../../../src/runtime/replica/restore-slots';
import { keyOf, NOTHING } from '../../../../src/runtime/replica/slots/slot-content';
import { createDice } from '../../../../simulation/random';
import { createStandInVault, Seals } from '../../../../simulation/stand-in-vault';
import { OwnedClock } from '../../../support/owned-clock';
import { leaf, noteOf, OWN, STORED_ON } from '../slot-modules';

const SURE_MS = 5_000;
let runs = 0;
const noteAt = (ms: number) => noteOf('x', { '/title': leaf(ms, `text ${ms}`) });

const contentOfEdit = (ms: number) => new Map([[keyOf(noteAt(ms)), noteAt(ms)]]);

/** A crash: nothing of what is asked of the ledger from then on is done or answered. */
class Crash extends Error {}

/** One installation, whose worker runs again and again. */
function createInstallation(seals = new Seals(), disk = emptyLedgerDisk()) {
  const clock = new OwnedClock();

  async function run() {
    const vault = createStandInVault(seals, createDice((runs += 1)));
    const commits: (readonly LedgerChangeKind[])[] = [];
    const offered: SlotHead[] = [];
    const order: string[] = [];
    const faults = { beforeCommit: false, afterCommit: false };
    const inner = createWriterLedger(
      createMemoryLedger(() => OWN, disk),
      clock,
      () => order.push('fenced'),
    );
    const ledger: WriterLedger = {
      takeOver: () => inner.takeOver(),
      async commit(changes) {
        if (faults.beforeCommit) throw new Crash();
        commits.push(changes.map(({ kind }) => kind));
        const isCommitted = await inner.commit(changes);
        if (faults.afterCommit) throw new Crash();
        order.push('recorded');
        return isCommitted;
      },
      get heldAt() {
        return inner.heldAt;
      },
    };
    const ownSlots = createOwnSlots({
      vault,
      clock,
      createdAtOffset: () => 0,
      laneOf: () => '',
      isUnread: () => false,
    });
    const slotWriter = createSlotWriter({
      ...{ ownSlots, vault, ledger, clock, sureForMs: SURE_MS },
      offer: (head) => {
        order.push('sent');
        offered.push(head);
      },
    });
    const state = await ledger.takeOver();
    ownSlots.begin(state.device.id);
    const nothing = () => {};
    await restoreSlots(state, {
      ...{ vault, ownSlots, yieldToEventLoop: async () => {} },
      remoteSlots: { restore: nothing },
      inbound: { restore: nothing },
      outbox: { addWaiting: nothing },
      mesh: { offer: nothing },
      damage: { note: nothing },
    } as never);

    async function edit(ms: number): Promise<boolean> {
      const slot = await ownSlots.openDelta('', 4);
      const filled = await slotWriter.fill(slot, await ownSlots.read(slot), [noteAt(ms)], 2_048);
      const isWritten = await slotWriter.write(filled!);
      // One slot has one version a second.
      clock.jump(1_000);
      return isWritten;
    }
    const rewrite = (d: string, ms: number) => slotWriter.rewrite(ownSlots.get(d)!, contentOfEdit(ms));
    return { ownSlots, slotWriter, edit, rewrite, commits, offered, order, faults };
  }
  return { clock, seals, disk, run };
}

const noncesOf = (heads: readonly SlotHead[]) => heads.map(({ version }) => version.nonce);

test('the first edit of a run is sent when its record and the reservation are in the ledger, later ones before their records', async () => {
  const { run } = createInstallation();
  const { edit, order, commits, offered } = await run();
  await edit(1);
  expect(order).toEqual(['recorded', 'sent']);
  expect(commits[0]).toEqual([LedgerChangeKind.Reserve, LedgerChangeKind.Slot]);
  await edit(2);
  await edit(3);
  expect(order.slice(2)).toEqual(['sent', 'recorded', 'sent', 'recorded']);
  expect(offered.map(({ version }) => version.seq)).toEqual([1, 2, 3]);
});

test('a reservation is renewed before it is used up, so that no edit has to wait again', async () => {
  const { run, disk } = createInstallation();
  const { edit, order, offered } = await run();
  for (let at = 1; at <= 40; at++) await edit(at);
  expect(order.slice(2).join()).toBe(Array.from({ length: 39 }, () => 'sent,recorded').join());
  expect(offered.map(({ version }) => version.seq)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
  expect(new Set(noncesOf(offered)).size).toBe(40);
  const [reservation] = disk.reservations.values();
  expect(reservation!.versions.length).toBeLessThanOrEqual(8);
  expect(reservation!.former).toEqual([]);
});

test('a worker that may have been frozen asks the ledger first', async () => {
  const { run, clock, disk } = createInstallation();
  const { edit, order, offered } = await run();
  await edit(1);
  const [reservation] = disk.reservations.values();
  await clock.advance(SURE_MS);
  await edit(2);
  // Nor does it use what it has reserved: an image of the machine that was started twice has it twice.
  expect(offered.at(-1)!.version.seq).toBe(2);
  expect(reservation!.versions.map(([, nonce]) => nonce)).not.toContain(offered.at(-1)!.version.nonce);
  expect(order).toEqual(['recorded', 'sent', 'recorded', 'sent']);
  await edit(3);
  expect(order.slice(4)).toEqual(['sent', 'recorded']);
});

test.each([-3_600_000, -500, 3_600_000])(
  'a wall clock that jumps by %p ms does not make it ask, nor keep it from asking',
  async (ms) => {
    const { run, clock } = createInstallation();
    const { edit, rewrite, order, offered } = await run();
    await edit(1);
    const { d } = offered[0]!.version;
    clock.jump(ms);
    await rewrite(d, 2);
    expect(order.slice(2)).toEqual(['sent', 'recorded']);
    clock.jump(-ms - SURE_MS);
    await clock.advance(SURE_MS);
    await rewrite(d, 3);
    expect(order.slice(4)).toEqual(['recorded', 'sent']);
  },
);

test('pages and manifests are recorded first', async () => {
  const { run, disk } = createInstallation();
  const { ownSlots, slotWriter, order } = await run();
  const page = await ownSlots.freePage('');
  for (let at = 1; at <= 2; at++) await slotWriter.write((await slotWriter.fill(page, NOTHING, [noteAt(at)], 32_768))!);
  expect(order).toEqual(['recorded', 'sent', 'recorded', 'sent']);
  expect(disk.reservations.size).toBe(0);
});

describe('after a crash', () => {
  test.each([
    ['before the record of a version that was sent', 'beforeCommit'],
    ['right after that record', 'afterCommit'],
  ] as const)(
    '%s its version is own where the relays have it, and its seq and nonce are used by nobody else',
    async (_when, fault) => {
      const { run } = createInstallation();
      const first = await run();
      await first.edit(1);
      await first.edit(2);
      first.faults[fault] = true;
      await expect(first.edit(3)).rejects.toThrow(Crash);
      const sent = first.offered.at(-1)!;
      expect(sent.version.seq).toBe(3);

      const second = await run();
      expect(second.ownSlots.originOf(sent.version)).toBe(fault === 'afterCommit' ? Origin.Own : Origin.FormerRun);
      await second.rewrite(sent.version.d, 4);
      const [next] = second.offered;
      expect(next!.version.seq).toBeGreaterThan(3);
      expect(noncesOf(first.offered)).not.toContain(next!.version.nonce);
      const taken = new Set(noncesOf([...first.offered, ...second.offered]));
      expect(taken.size).toBe(first.offered.length + second.offered.length);
    },
  );

  test('again and again, what any of the last runs has sent is own, and no nonce is used twice', async () => {
    const { run } = createInstallation();
    const all: SlotHead[] = [];
    for (let round = 0; round < 6; round++) {
      const { edit, offered, faults, ownSlots } = await run();
      for (const { version } of all) expect(ownSlots.originOf(version)).not.toBe(Origin.Clone);
      await edit(10 * round + 1);
      await edit(10 * round + 2);
      faults.beforeCommit = true;
      await expect(edit(10 * round + 3)).rejects.toThrow(Crash);
      all.push(...offered);
    }
    expect(all).toHaveLength(18);
    expect(new Set(noncesOf(all)).size).toBe(18);
    expect(new Set(all.map(({ version: { d, seq } }) => `${d} ${seq}`)).size).toBe(18);
  });
});

describe('a version that a former run has sent without recording it', () => {
  async function crashed() {
    const installation = createInstallation();
    const first = await installation.run();
    await first.edit(1);
    installation.clock.jump(3_000);
    first.faults.beforeCommit = true;
    await expect(first.edit(2)).rejects.toThrow(Crash);
    return { ...installation, sent: first.offered.at(-1)!, second: await installation.run() };
  }
  test('is the newest of its slot again: recorded, offered, and waited for', async () => {
    const { sent, second, disk } = await crashed();
    second.ownSlots.claim(sent.version);
    const waiting = await second.slotWriter.reclaim(sent.version, sent.event, contentOfEdit(2));
    expect([...waiting!.keys()]).toEqual([keyOf(noteAt(2))]);
    expect(disk.slots.get(sent.version.d)!.version).toEqual(sent.version);
    expect(second.offered).toEqual([sent]);
    expect([...(await second.slotWriter.settle(sent.version, STORED_ON))!.keys()]).toEqual([keyOf(noteAt(2))]);
  });

  test('is waited for as far as it is not stored already', async () => {
    const { sent, second, disk } = await crashed();
    const stored = disk.slots.get(sent.version.d)!.version;
    await second.slotWriter.settle(stored, STORED_ON);
    second.ownSlots.claim(sent.version);
    const content = new Map([...contentOfEdit(1), ...contentOfEdit(2)]);
    const waiting = await second.slotWriter.reclaim(sent.version, sent.event, content);
    expect([...waiting!.keys()]).toEqual([keyOf(noteAt(2))]);
    expect([...(await second.slotWriter.settle(sent.version, STORED_ON))!.keys()]).toEqual([keyOf(noteAt(2))]);
  });

  test('does not take the place of what this run has written since, which is later on every relay', async () => {
    const { sent, second, disk, clock } = await crashed();
    // The clock was ahead in the former run.
    clock.jump(-60_000);
    second.ownSlots.claim(sent.version);
    await second.rewrite(sent.version.d, 3);
    const [next] = second.offered;
    expect(next!.version.d).toBe(sent.version.d);
    expect(next!.version.createdAt).toBeGreaterThan(sent.version.createdAt);
    expect(await second.slotWriter.reclaim(sent.version, sent.event, contentOfEdit(2))).toBeUndefined();
    expect(disk.slots.get(sent.version.d)!.version).toEqual(next!.version);
    expect(second.ownSlots.originOf(sent.version)).toBe(Origin.Own);
  });

  test('and that relays take for newer than what this run has written comes before it all the same', async () => {
    const { sent, second, disk, clock } = await crashed();
    clock.jump(-60_000);
    await second.rewrite(sent.version.d, 3);
    const older = second.offered.at(-1)!;
    expect(older.version.createdAt).toBeLessThan(sent.version.createdAt);
    second.ownSlots.claim(sent.version);
    expect(await second.slotWriter.reclaim(sent.version, sent.event, contentOfEdit(2))).toBeUndefined();
    const again = second.offered.at(-1)!;
    expect(again.version.createdAt).toBeGreaterThan(sent.version.createdAt);
    expect(disk.slots.get(sent.version.d)!.version).toEqual(again.version);
    expect((await second.ownSlots.read(second.ownSlots.get(sent.version.d)!)).get(keyOf(noteAt(3)))).toEqual(noteAt(3));
    // What this run has written is durable by its own version, and by no other.
    expect([...((await second.slotWriter.settle(sent.version, STORED_ON)) ?? new Map()).keys()]).toEqual([]);
    expect([...(await second.slotWriter.settle(again.version, STORED_ON))!.keys()]).toEqual([keyOf(noteAt(3))]);
  });
});

test('of two copies of a profile that run, none uses a nonce of the other, and what one sends is a clone’s to the other', async () => {
  const original = createInstallation();
  const running = await original.run();
  await running.edit(1);
  await running.edit(2);
  const { disk } = original;
  const copied: LedgerDisk = { ...disk, slots: new Map(disk.slots), reservations: new Map(disk.reservations) };
  const copy = await createInstallation(original.seals, copied).run();
  for (let at = 3; at < 20; at++) {
    await running.edit(at);
    await copy.edit(at);
  }
  const nonces = noncesOf([...running.offered, ...copy.offered]);
  expect(new Set(nonces).size).toBe(nonces.length);
  expect(running.ownSlots.originOf(copy.offered[0]!.version)).toBe(Origin.Clone);
  // Under the copied reservation, so it depends on when it is found; then under one that the copy has never seen.
  expect(copy.ownSlots.originOf(running.offered[2]!.version)).toBe(Origin.FormerRun);
  expect(copy.ownSlots.originOf(running.offered.at(-1)!.version)).toBe(Origin.Clone);
});

test('a nonce whose event was thrown away is not used again', async () => {
  const { run } = createInstallation();
  const { edit, slotWriter, offered } = await run();
  await edit(1);
  slotWriter.bar();
  expect(await edit(2)).toBe(false);
  slotWriter.admit();
  await edit(3);
  expect(offered.map(({ version }) => version.seq)).toEqual([1, 3]);
});

test('slots that only a reservation knows are restored, and read before anything is written there', async () => {
  const { run, disk } = createInstallation();
  const first = await run();
  await first.edit(1);
  // The ledger has lost the record by some accident of the past, and has the reservation.
  disk.slots.clear();
  const second = await run();
  expect(second.ownSlots.all().map(({ name }) => [name.tier, name.index])).toEqual([[Tier.Delta, 0]]);
  await second.edit(2);
  expect(second.offered[0]!.version.seq).toBeGreaterThan(first.offered[0]!.version.seq);
});
