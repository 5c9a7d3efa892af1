import { NoteType, Tier } from '../../../../src/runtime/contracts/slot';
import type { ManifestPayload } from '../../../../src/runtime/contracts/slot';
import type { OwnSlot } from '../../../../src/runtime/replica/slots/own-slots';
import type { ContentDocument } from '../../../../src/runtime/replica/slots/slot-content';
import { GREATER, leaf, LESSER, manifestOf, noteOf, OWN } from '../slot-modules';
import { about, createMaintenanceModules, mine, settings, theirs } from './maintenance-modules';

const { idleMs, manifestIntervalMs, auditIntervalMs, auditGapMs } = settings;
const DAY_MS = 24 * 3_600_000;

describe('the manifest', () => {
  const today = Date.UTC(2026, 0, 1) / DAY_MS;
  /** As this device has written it today. */
  const writtenToday = (live: ManifestPayload['live']) => manifestOf({ ...about, day: today, live });

  test('names the slots that are live, with their numbers, and the device', async () => {
    const { maintain, writeDurable, manifests } = createMaintenanceModules();
    await writeDurable(mine);
    await writeDurable(theirs);
    await maintain();
    expect(manifests()).toEqual([{ ...manifestOf(about), day: today, live: [[Tier.Delta, 0, 1, 1]] }]);
  });

  test('names the newest number of each device that was heard of within 90 days', async () => {
    const now = Date.UTC(2026, 0, 1) / 1000;
    const { maintain, writeDurable, manifests } = createMaintenanceModules({
      manifests: [
        { deviceId: LESSER, seq: 7, createdAt: now - 91 * 24 * 3600 },
        { deviceId: GREATER, seq: 9, createdAt: now - 89 * 24 * 3600 },
      ],
    });
    await writeDurable(mine);
    await maintain();
    expect(manifests()[0]!.seen).toEqual({ [GREATER]: 9 });
  });

  test('does not name what was not read back from enough relays', async () => {
    const { maintain, writeDurable, writeDelta, manifests } = createMaintenanceModules();
    await writeDurable(mine);
    await writeDelta(theirs);
    await maintain();
    expect(manifests()[0]!.live).toEqual([[Tier.Delta, 0, 1]]);
  });

  test('goes on naming a slot whose newest version was not read back, and is not written again for it', async () => {
    const { maintain, writeDurable, slotWriter, ownSlots, manifests, clock } = createMaintenanceModules();
    const slot = await writeDurable(mine);
    await maintain();
    await slotWriter.rewrite(slot, await ownSlots.read(slot));
    await clock.advance(10 * manifestIntervalMs);
    await maintain();
    expect(manifests().map(({ live }) => live)).toEqual([[[Tier.Delta, 0, 1]]]);
  });

  test('names a new slot by the newest version that was read back', async () => {
    const { maintain, readBack, writeDurable, slotWriter, ownSlots, manifests } = createMaintenanceModules();
    const slot = await writeDurable(mine);
    for (const isReadBack of [true, false]) {
      await slotWriter.rewrite(slot, await ownSlots.read(slot));
      if (isReadBack) await readBack(slot);
    }
    await maintain();
    expect(manifests().map(({ live }) => live)).toEqual([[[Tier.Delta, 0, 2]]]);
  });

  test('is not written again while nothing changes', async () => {
    const { maintain, writeDurable, manifests, clock } = createMaintenanceModules();
    await writeDurable(mine);
    await maintain();
    await clock.advance(10 * manifestIntervalMs);
    await maintain();
    expect(manifests()).toHaveLength(1);
  });

  test('of a device that has written nothing is written, too, once it may write at all', async () => {
    const { maintain, mesh, manifests } = createMaintenanceModules();
    mesh.readyRelays = 0;
    await maintain();
    expect(manifests()).toEqual([]);
    mesh.readyRelays = 2;
    await maintain();
    await maintain();
    expect(manifests()).toEqual([{ ...manifestOf(about), day: today }]);
  });

  describe('with a date far ahead, which lenient relays have taken,', () => {
    /** Where and as which version this device has published manifests, oldest first. */
    const places = (manifests: readonly ManifestPayload[]) => manifests.map(({ idx, seq }) => [idx, seq]);

    test.each([
      ['a day', DAY_MS],
      ['an hour of the same day', 3_600_000],
    ])('does not hold back the next for %s', async (_what, ahead) => {
      const { maintain, readBackAll, manifests, clock } = createMaintenanceModules();
      clock.jump(ahead);
      await maintain();
      await readBackAll();
      clock.jump(-ahead);
      await clock.advance(manifestIntervalMs);
      await maintain();
      expect(places(manifests())).toEqual([
        [0, 1],
        [1, 2],
      ]);
      await clock.advance(10 * manifestIntervalMs);
      await maintain();
      expect(manifests()).toHaveLength(2);
    });

    test('is overwritten when its time has come', async () => {
      const { maintain, manifests, clock } = createMaintenanceModules();
      clock.jump(DAY_MS);
      await maintain();
      clock.jump(-DAY_MS);
      for (let day = 0; day < 3; day++) {
        await clock.advance(DAY_MS);
        await maintain();
      }
      expect(places(manifests())[0]).toEqual([0, 1]);
      expect(places(manifests()).at(-1)![0]).toBe(0);
      const seqs = manifests().map(({ seq }) => seq);
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    });

    test('again and again, keeps four indices at most', async () => {
      const { maintain, manifests, clock } = createMaintenanceModules();
      for (let days = 6; days > 0; days--) {
        clock.jump(days * DAY_MS);
        await clock.advance(manifestIntervalMs);
        await maintain();
        clock.jump(-days * DAY_MS);
      }
      await clock.advance(manifestIntervalMs);
      await maintain();
      expect(places(manifests())).toEqual([
        [0, 1],
        [1, 2],
        [2, 3],
        [3, 4],
      ]);
    });
  });

  test('is written again on another day on which the device is active, and not before it is', async () => {
    const { maintain, manifests, clock } = createMaintenanceModules();
    await maintain();
    await clock.advance(3 * DAY_MS);
    expect(manifests()).toHaveLength(1);
    await maintain();
    expect(manifests().map(({ day }) => day)).toEqual([today, today + 3]);
  });

  test.each<[string, Partial<ManifestPayload>]>([
    ['other relays', { relays: ['wss://other.test'] }],
    ['another label', { label: 'another' }],
    ['another version of the kit', { kit: '0.0.9' }],
    ['another version of the schema', { schema: 'f'.repeat(16) }],
    ['another day', { day: today - 1 }],
    ['nothing of the device, as other versions of the kit may write it', manifestOf()],
  ])('after a restart, is written again if the last one said %s', async (_what, before) => {
    const { maintenance, maintain, manifests } = createMaintenanceModules();
    maintenance.restoreManifest({ ...writtenToday([]), ...before });
    await maintain();
    expect(manifests()).toEqual([writtenToday([])]);
  });

  test('keeps what its last one said under keys that are not known, but not under another id', async () => {
    const { maintenance, maintain, manifests, ownSlots } = createMaintenanceModules();
    const ext = JSON.parse('{ "later": { "a": [1] }, "__proto__": 2 }') as ManifestPayload['ext'];
    maintenance.restoreManifest({ ...writtenToday([]), day: today - 1, ext });
    await maintain();
    ownSlots.begin(LESSER);
    maintenance.forgetManifest();
    await maintain();
    expect(manifests().map((manifest) => JSON.stringify(manifest.ext))).toEqual([JSON.stringify(ext), '{}']);
  });

  test('names the notes that were read back, too', async () => {
    const { maintain, readBack, slotWriter, ownSlots, manifests } = createMaintenanceModules();
    for (const type of [NoteType.Moved, NoteType.Deleted]) await slotWriter.writeNote({ type, at: 1, data: {} });
    await readBack(ownSlots.notes()[1]!);
    await maintain();
    expect(manifests()[0]!.live).toEqual([[Tier.Note, 1, 1]]);
  });

  test('names a new slot when the interval between two manifests is over, and not before', async () => {
    const { maintain, writeDurable, manifests, clock } = createMaintenanceModules();
    await writeDurable(mine);
    await maintain();
    await writeDurable(theirs);
    await maintain();
    expect(manifests().map(({ live }) => live)).toEqual([[[Tier.Delta, 0, 1]]]);
    await clock.advance(manifestIntervalMs);
    expect(manifests().map(({ live }) => live)).toEqual([[[Tier.Delta, 0, 1]], [[Tier.Delta, 0, 1, 1]]]);
  });

  test('of which only numbers are new waits five times as long', async () => {
    const { maintain, writeDurable, readBack, slotWriter, ownSlots, manifests, clock } = createMaintenanceModules();
    const slot = await writeDurable(mine);
    await maintain();
    await slotWriter.rewrite(slot, await ownSlots.read(slot));
    await readBack(slot);
    await maintain();
    await clock.advance(4 * manifestIntervalMs);
    expect(manifests()).toHaveLength(1);
    await clock.advance(manifestIntervalMs);
    expect(manifests().map(({ live }) => live)).toEqual([[[Tier.Delta, 0, 1]], [[Tier.Delta, 0, 2]]]);
  });

  test.each([
    ['is not written again if it still says what is live', [[Tier.Delta, 0, 1]], 0],
    ['is written again if a slot has become newer', [[Tier.Delta, 0, 0]], 1],
    ['is written again if it lacks a slot', [], 1],
    ['is written again if it names one that is no longer live', [[Tier.Delta, 0, 1, 1]], 1],
  ])('after a restart %s', async (_which, live, count) => {
    const { maintenance, maintain, writeDurable, manifests } = createMaintenanceModules();
    await writeDurable(mine);
    maintenance.restoreManifest(writtenToday(live));
    await maintain();
    expect(manifests()).toHaveLength(count);
  });

  test('goes on naming, after a restart, a slot whose newest version was not read back', async () => {
    const { maintenance, maintain, writeDelta, writeDurable, slotWriter, ownSlots, manifests } =
      createMaintenanceModules();
    const slot = await writeDelta(mine);
    await slotWriter.rewrite(slot, await ownSlots.read(slot));
    maintenance.restoreManifest(writtenToday([[Tier.Delta, 0, 1]]));
    await writeDurable(theirs);
    await maintain();
    expect(manifests().map(({ live }) => live)).toEqual([[[Tier.Delta, 0, 1, 1]]]);
  });

  test('of a device that has just got another id is written at once', async () => {
    const { maintenance, maintain, writeDurable, manifests, ownSlots } = createMaintenanceModules();
    await writeDurable(mine);
    await maintain();
    ownSlots.begin(LESSER);
    maintenance.forgetManifest();
    await writeDurable(mine);
    await maintain();
    expect(manifests().map(({ dev }) => dev)).toEqual([OWN, LESSER]);
  });
});

describe('maintenance', () => {
  const isPage = ({ name }: OwnSlot) => name.tier === Tier.Page;
  const notes = (count: number) =>
    Array.from({ length: count }, (_, index) => noteOf(`${index}`, { '/n': leaf(1, index) }));

  test('copies many slots into a page, and empties them at the next time if the page was read back', async () => {
    const { maintain, writeDurable, readBackAll, ownSlots } = createMaintenanceModules();
    for (const note of notes(3)) await writeDurable(note);
    await maintain();
    expect(ownSlots.live().map(isPage)).toEqual([false, false, false, true]);
    await readBackAll();
    await maintain();
    expect(ownSlots.live().map(isPage)).toEqual([true]);
  });

  test.each([
    ['waits until the device is idle', 3, false],
    ['does not wait where there are four times the events that the data needs', 8, true],
  ])('%s', async (_what, count, isCompacted) => {
    const { maintenance, writeDurable, outbox, ownSlots, clock } = createMaintenanceModules();
    for (const note of notes(count)) await writeDurable(note);
    maintenance.scheduleMaintenance();
    await clock.advance(idleMs - 1000);
    outbox.add([mine]);
    await clock.advance(1000);
    expect(ownSlots.live().some(isPage)).toBe(isCompacted);
    await clock.advance(idleMs);
    expect(ownSlots.live().some(isPage)).toBe(true);
  });

  test('writes nothing while no relay is connected', async () => {
    const { maintain, writeDurable, mesh, offered } = createMaintenanceModules();
    for (const note of notes(3)) await writeDurable(note);
    mesh.readyRelays = 0;
    await maintain();
    expect(offered).toHaveLength(3);
  });

  test('gives up slots that relays refuse because the clock was ahead, and takes them back when their time has come', async () => {
    const { maintain, writeDelta, time, correctSlots, slotWriter } = createMaintenanceModules();
    await writeDelta(mine);
    await maintain();
    expect(correctSlots).not.toHaveBeenCalled();
    time.ms -= 3_600_000;
    await maintain();
    expect(correctSlots).toHaveBeenCalledTimes(1);
    await slotWriter.leaveAhead();
    await maintain();
    expect(correctSlots).toHaveBeenCalledTimes(1);
    time.ms += 3_600_000;
    await maintain();
    expect(correctSlots).toHaveBeenCalledTimes(2);
  });

  test.each([
    ['a slot that is older than a year is written anew as it is', 366, 2],
    ['a slot that is not yet a year old is left alone', 364, 1],
  ])('%s', async (_which, days, seq) => {
    const { maintain, writeDurable, time, ownSlots, published } = createMaintenanceModules({ documents: [mine] });
    await writeDurable(mine);
    time.ms += days * DAY_MS;
    await maintain();
    expect(ownSlots.live()).toMatchObject([{ version: { seq } }]);
    expect([...(await published()).values()]).toEqual([mine]);
  });

  test('a note that is older than a year is written anew as it is', async () => {
    const { maintain, readBackAll, slotWriter, time, ownSlots } = createMaintenanceModules();
    await slotWriter.writeNote({ type: NoteType.Moved, at: 1, data: { to: 'b' } });
    await readBackAll();
    time.ms += 366 * DAY_MS;
    await maintain();
    const [slot] = ownSlots.notes();
    expect(slot).toMatchObject({ version: { seq: 2 }, note: { type: NoteType.Moved, at: 1, data: { to: 'b' } } });
  });

  test('goes on by itself until nothing is left to do', async () => {
    const { maintain, writeDurable, time, clock, ownSlots } = createMaintenanceModules({ documents: [mine, theirs] });
    await writeDurable(mine);
    await writeDurable(theirs);
    time.ms += 366 * DAY_MS;
    await maintain();
    await clock.advance(idleMs);
    expect(ownSlots.live().map(({ version }) => version?.seq)).toEqual([2, 2]);
  });

  test('tells of a failure of storage', async () => {
    const { maintain, writeDurable, vault, failures } = createMaintenanceModules();
    await writeDurable(mine);
    const error = new Error('no space left');
    jest.spyOn(vault, 'pack').mockRejectedValue(error);
    await maintain();
    expect(failures).toEqual([error]);
  });
});

test('while there are too many slots and nothing shows what may be emptied, the relays are read again, ever more rarely', async () => {
  const { maintain, writeDelta, mesh, clock } = createMaintenanceModules();
  for (const id of ['a', 'b', 'c']) await writeDelta(noteOf(id, { '/title': leaf(1, id) }));
  const times: number[] = [];
  mesh.readAll.mockImplementation(async () => void times.push(clock.now()));
  await maintain();
  await clock.advance(20 * auditGapMs);
  expect(times.map((time) => (time - times[0]!) / auditGapMs)).toEqual([0, 2, 6, 14]);
});

describe('a register that another device’s slot holds, too,', () => {
  const documentOf = (ms: number, deviceId: string) =>
    noteOf('x', { '/a': leaf(ms, 'a', deviceId), '/b': leaf(ms, 'b', deviceId), '/c': leaf(ms, 'c', deviceId) });
  const partsOf = ({ registers }: ContentDocument) =>
    [...registers.leaves].map(([name, register]) => noteOf('x', { [name]: register }));
  const before = documentOf(1, OWN);
  const newest = documentOf(2, GREATER);

  test.each([
    ['leaves its slot if the greater one there is stored on enough relays', before, newest, GREATER, 2, []],
    ['stays in its slot if that is stored on too few', before, newest, GREATER, 1, ['x']],
    ['leaves its slot if both have adopted it and the other’s id is lesser', newest, newest, LESSER, 2, []],
    ['stays in its slot if both have adopted it and the other’s id is greater', newest, newest, GREATER, 2, ['x']],
  ])('%s', async (_which, held, elsewhere, deviceId, relayCount, left) => {
    const { maintain, writeDurable, receiveStored, sealedBy, publishedIds } = createMaintenanceModules({
      documents: [newest],
    });
    for (const part of partsOf(held)) await writeDurable(part);
    await receiveStored(sealedBy(deviceId, [elsewhere]), relayCount);
    await maintain();
    expect(await publishedIds()).toEqual(left);
  });
});

describe('an audit', () => {
  test('publishes at once what this device wrote and no relay has shown', async () => {
    const { audit, publishedIds } = createMaintenanceModules({ documents: [mine] });
    await audit();
    expect(await publishedIds()).toEqual(['x']);
  });

  test('publishes at once what any device would have seeded', async () => {
    const { audit, publishedIds } = createMaintenanceModules({
      documents: [noteOf('seed', { '/title': { stamp: '0'.repeat(32), value: 'a default' } })],
    });
    await audit();
    expect(await publishedIds()).toEqual(['seed']);
  });

  test('counts as live what a relay holds in another device’s slot', async () => {
    const { audit, receiveStored, sealedBy, publishedIds } = createMaintenanceModules({ documents: [mine] });
    await receiveStored(sealedBy(GREATER, [mine]), 1);
    await audit();
    expect(await publishedIds()).toEqual([]);
  });

  test('does not count as live what only the ledger still has of another device', async () => {
    const { audit, receive, sealedBy, publishedIds } = createMaintenanceModules({ documents: [mine] });
    await receive(sealedBy(GREATER, [mine]));
    await audit();
    expect(await publishedIds()).toEqual(['x']);
  });

  test('publishes nothing as long as no relay was read completely', async () => {
    const { audit, completeReads, publishedIds } = createMaintenanceModules({ documents: [mine] });
    completeReads.clear();
    await audit();
    expect(await publishedIds()).toEqual([]);
  });

  test('that something gives rise to comes soon, and the next one not before a few minutes are over', async () => {
    const { maintenance, reconcile, clock } = createMaintenanceModules();
    maintenance.scheduleAudit();
    await clock.advance(idleMs);
    expect(reconcile).toHaveBeenCalledTimes(1);
    maintenance.scheduleAudit();
    await clock.advance(auditGapMs - 1);
    expect(reconcile).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    expect(reconcile).toHaveBeenCalledTimes(2);
  });

  test.each([
    ['a quarter earlier', 0, 0.75],
    ['a quarter later', 0.9999, 1.25],
  ])(
    'comes again and again, so that not all devices do the same at the same time: up to %s',
    async (_when, random, factor) => {
      const { audit, reconcile, clock } = createMaintenanceModules({ random });
      await audit();
      reconcile.mockClear();
      await clock.advance(factor * auditIntervalMs - auditGapMs - idleMs);
      expect(reconcile).not.toHaveBeenCalled();
      await clock.advance(auditGapMs + 2 * idleMs);
      expect(reconcile).toHaveBeenCalledTimes(1);
    },
  );

  test('tells of a failure of storage', async () => {
    const { audit, reconcile, failures } = createMaintenanceModules();
    const error = new Error('no space left');
    reconcile.mockRejectedValue(error);
    await audit();
    expect(failures).toEqual([error]);
  });

  test('does not come after the end', async () => {
    const { audit, maintenance, reconcile } = createMaintenanceModules();
    maintenance.stop();
    await audit();
    expect(reconcile).not.toHaveBeenCalled();
  });
});
