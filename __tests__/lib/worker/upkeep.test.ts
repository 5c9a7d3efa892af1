import config from '../../../src/lib/config.json';
import { Tier } from '../../../src/lib/worker/ports';
import type { ManifestPayload, Mesh, SlotVersion } from '../../../src/lib/worker/ports';
import type { OwnSlot } from '../../../src/lib/worker/own-slots';
import { replicaSettings } from '../../../src/lib/worker/settings';
import type { ContentDocument } from '../../../src/lib/worker/slot-content';
import { createStoredOn } from '../../../src/lib/worker/stored-on';
import { createUpkeep } from '../../../src/lib/worker/upkeep';
import type { UpkeepOptions } from '../../../src/lib/worker/upkeep';
import { RelayState } from '../../../src/lib/types';
import type { Sealed } from '../../simulation/stand-in-vault';
import { createSurveyedRooms, GREATER, idsIn, leaf, LESSER, noteOf, OWN } from './own-rooms';

const RELAYS: readonly string[] = ['wss://one.test', 'wss://two.test'];
const settings = replicaSettings({ relays: RELAYS, replica: config.replica });
const { idleMs, manifestIntervalMs, adoptAfterMs, auditIntervalMs, auditGapMs } = settings;
const DAY_MS = 24 * 3_600_000;

const mine = noteOf('x', { '/title': leaf(1, 'my title') });
const theirs = noteOf('y', { '/title': leaf(1, 'their title', GREATER) });

interface SetUp {
  /** As they are now on this device. */
  readonly documents?: readonly ContentDocument[];
  /** Manifests of other devices. */
  readonly manifests?: readonly Partial<SlotVersion>[];
  readonly random?: number;
}

/** Both relays are connected and were read completely. Time passes in `clock.advance` only. */
function setUp({ documents = [], manifests = [], random = 0.5 }: SetUp = {}) {
  const rooms = createSurveyedRooms(documents);
  const { clock, ownSlots, seals, offered, readBack } = rooms;
  const storedOn = createStoredOn();
  const completeReads = new Set<string>(RELAYS);
  const mesh = {
    readyRelays: 2,
    status: RELAYS.map((url) => ({ url, state: RelayState.Live })),
    readAll: jest.fn(async () => {}),
  };
  const survey = jest.fn(rooms.survey);
  const leaveAhead = jest.fn();
  const failures: unknown[] = [];
  const upkeep = createUpkeep({
    ...rooms,
    ...{ settings, survey, storedOn, completeReads, leaveAhead, label: 'a laptop' },
    mesh: mesh as unknown as Mesh,
    inbound: { manifests: () => manifests } as unknown as UpkeepOptions['inbound'],
    random: () => random,
    isOwn: (stamp) => stamp.endsWith(OWN.slice(0, 16)),
    exclusively: (work) => work(),
    onFailed: (error) => failures.push(error),
  });

  /** Upkeep as after an edit: when the device has been idle for long enough. */
  async function maintain(): Promise<void> {
    upkeep.soonMaintain();
    await clock.advance(idleMs);
  }

  async function audit(): Promise<void> {
    upkeep.soonAudit();
    await clock.advance(auditGapMs);
  }

  /** An edit whose slot is read back from enough relays. */
  async function writeDurable(...edits: readonly ContentDocument[]): Promise<OwnSlot> {
    const slot = await rooms.writeDelta(...edits);
    await readBack(slot);
    return slot;
  }

  async function readBackAll(): Promise<void> {
    for (const slot of ownSlots.all()) if (slot.version) await readBack(slot);
  }

  /** A slot of another device that is stored on so many of the relays. */
  async function receiveStored(sealed: Sealed, relayCount = RELAYS.length): Promise<void> {
    await rooms.receive(sealed);
    for (const url of RELAYS.slice(0, relayCount)) storedOn.note(sealed.version, url);
  }

  const manifestsOf = () =>
    offered.map(({ event }) => seals.of(event)?.payload).filter((payload) => payload?.tier === Tier.Manifest);
  const publishedIds = async () => idsIn(await rooms.published());

  return {
    ...{ ...rooms, upkeep, mesh, completeReads, survey, leaveAhead, failures },
    ...{ maintain, audit, writeDurable, readBackAll, receiveStored, publishedIds },
    /** Those that this device has published, oldest first. */
    manifests: manifestsOf as () => readonly ManifestPayload[],
  };
}

describe('the manifest', () => {
  test('names the slots that are live, with their numbers, and the device', async () => {
    const { maintain, writeDurable, manifests } = setUp();
    await writeDurable(mine);
    await writeDurable(theirs);
    await maintain();
    expect(manifests()).toEqual([
      expect.objectContaining({ dev: OWN, live: [[Tier.Delta, 0, 1, 1]], label: 'a laptop' }),
    ]);
  });

  test('names the newest number of each device that was heard of within 90 days', async () => {
    const now = Date.UTC(2026, 0, 1) / 1000;
    const { maintain, writeDurable, manifests } = setUp({
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
    const { maintain, writeDurable, writeDelta, manifests } = setUp();
    await writeDurable(mine);
    await writeDelta(theirs);
    await maintain();
    expect(manifests()[0]!.live).toEqual([[Tier.Delta, 0, 1]]);
  });

  test('is not written again while nothing changes', async () => {
    const { maintain, writeDurable, manifests, clock } = setUp();
    await writeDurable(mine);
    await maintain();
    await clock.advance(DAY_MS);
    await maintain();
    expect(manifests()).toHaveLength(1);
  });

  test('names a new slot when the interval between two manifests is over, and not before', async () => {
    const { maintain, writeDurable, manifests, clock } = setUp();
    await writeDurable(mine);
    await maintain();
    await writeDurable(theirs);
    await maintain();
    expect(manifests().map(({ live }) => live)).toEqual([[[Tier.Delta, 0, 1]]]);
    await clock.advance(manifestIntervalMs);
    expect(manifests().map(({ live }) => live)).toEqual([[[Tier.Delta, 0, 1]], [[Tier.Delta, 0, 1, 1]]]);
  });

  test('of which only numbers are new waits five times as long', async () => {
    const { maintain, writeDurable, readBack, publishing, ownSlots, manifests, clock } = setUp();
    const slot = await writeDurable(mine);
    await maintain();
    await publishing.rewrite(slot, await ownSlots.read(slot));
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
  ])('after a restart %s', async (_which, live, count) => {
    const { upkeep, maintain, writeDurable, manifests } = setUp();
    await writeDurable(mine);
    upkeep.restoreManifest({ dev: OWN, tier: Tier.Manifest, idx: 0, seq: 1, live, seen: {}, label: '' });
    await maintain();
    expect(manifests()).toHaveLength(count);
  });

  test('of a device that has just got another id is written at once', async () => {
    const { upkeep, maintain, writeDurable, manifests, ownSlots } = setUp();
    await writeDurable(mine);
    await maintain();
    ownSlots.begin(LESSER);
    upkeep.forgetManifest();
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
    const { maintain, writeDurable, readBackAll, ownSlots } = setUp();
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
    const { upkeep, writeDurable, outbox, ownSlots, clock } = setUp();
    for (const note of notes(count)) await writeDurable(note);
    upkeep.soonMaintain();
    await clock.advance(idleMs - 1000);
    outbox.add([mine]);
    await clock.advance(1000);
    expect(ownSlots.live().some(isPage)).toBe(isCompacted);
    await clock.advance(idleMs);
    expect(ownSlots.live().some(isPage)).toBe(true);
  });

  test('writes nothing while no relay is connected', async () => {
    const { maintain, writeDurable, mesh, offered } = setUp();
    for (const note of notes(3)) await writeDurable(note);
    mesh.readyRelays = 0;
    await maintain();
    expect(offered).toHaveLength(3);
  });

  test('gives up slots that relays refuse because the clock was ahead', async () => {
    const { maintain, writeDelta, time, leaveAhead } = setUp();
    await writeDelta(mine);
    await maintain();
    expect(leaveAhead).not.toHaveBeenCalled();
    time.ms -= 3_600_000;
    await maintain();
    expect(leaveAhead).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['a slot that is older than a year is written anew as it is', 366, 2],
    ['a slot that is not yet a year old is left alone', 364, 1],
  ])('%s', async (_which, days, seq) => {
    const { maintain, writeDurable, time, ownSlots, published } = setUp({ documents: [mine] });
    await writeDurable(mine);
    time.ms += days * DAY_MS;
    await maintain();
    expect(ownSlots.live()).toMatchObject([{ version: { seq } }]);
    expect([...(await published()).values()]).toEqual([mine]);
  });

  test('goes on by itself until nothing is left to do', async () => {
    const { maintain, writeDurable, time, clock, ownSlots } = setUp({ documents: [mine, theirs] });
    await writeDurable(mine);
    await writeDurable(theirs);
    time.ms += 366 * DAY_MS;
    await maintain();
    await clock.advance(idleMs);
    expect(ownSlots.live().map(({ version }) => version?.seq)).toEqual([2, 2]);
  });

  test('tells of a failure of storage', async () => {
    const { maintain, writeDurable, vault, failures } = setUp();
    await writeDurable(mine);
    const error = new Error('no space left');
    jest.spyOn(vault, 'pack').mockRejectedValue(error);
    await maintain();
    expect(failures).toEqual([error]);
  });
});

test('while there are too many slots and nothing shows what may be emptied, the relays are read again, ever more rarely', async () => {
  const { maintain, writeDelta, mesh, clock } = setUp();
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
    const { maintain, writeDurable, receiveStored, sealedBy, publishedIds } = setUp({ documents: [newest] });
    for (const part of partsOf(held)) await writeDurable(part);
    await receiveStored(sealedBy(deviceId, [elsewhere]), relayCount);
    await maintain();
    expect(await publishedIds()).toEqual(left);
  });
});

describe('an audit', () => {
  test('publishes at once what this device wrote and no relay has shown', async () => {
    const { audit, publishedIds } = setUp({ documents: [mine] });
    await audit();
    expect(await publishedIds()).toEqual(['x']);
  });

  test('publishes at once what any device would have seeded', async () => {
    const { audit, publishedIds } = setUp({
      documents: [noteOf('seed', { '/title': { stamp: '0'.repeat(32), value: 'a default' } })],
    });
    await audit();
    expect(await publishedIds()).toEqual(['seed']);
  });

  test('counts as live what a relay holds in another device’s slot', async () => {
    const { audit, receiveStored, sealedBy, publishedIds } = setUp({ documents: [mine] });
    await receiveStored(sealedBy(GREATER, [mine]), 1);
    await audit();
    expect(await publishedIds()).toEqual([]);
  });

  test('does not count as live what only the ledger still has of another device', async () => {
    const { audit, receive, sealedBy, publishedIds } = setUp({ documents: [mine] });
    await receive(sealedBy(GREATER, [mine]));
    await audit();
    expect(await publishedIds()).toEqual(['x']);
  });

  test('publishes nothing as long as no relay was read completely', async () => {
    const { audit, completeReads, publishedIds } = setUp({ documents: [mine] });
    completeReads.clear();
    await audit();
    expect(await publishedIds()).toEqual([]);
  });

  test('that something gives rise to comes soon, and the next one not before a few minutes are over', async () => {
    const { upkeep, survey, clock } = setUp();
    upkeep.soonAudit();
    await clock.advance(idleMs);
    expect(survey).toHaveBeenCalledTimes(1);
    upkeep.soonAudit();
    await clock.advance(auditGapMs - 1);
    expect(survey).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    expect(survey).toHaveBeenCalledTimes(2);
  });

  test.each([
    ['a quarter earlier', 0, 0.75],
    ['a quarter later', 0.9999, 1.25],
  ])(
    'comes again and again, so that not all devices do the same at the same time: up to %s',
    async (_when, random, factor) => {
      const { audit, survey, clock } = setUp({ random });
      await audit();
      survey.mockClear();
      await clock.advance(factor * auditIntervalMs - auditGapMs - idleMs);
      expect(survey).not.toHaveBeenCalled();
      await clock.advance(auditGapMs + 2 * idleMs);
      expect(survey).toHaveBeenCalledTimes(1);
    },
  );

  test('tells of a failure of storage', async () => {
    const { audit, survey, failures } = setUp();
    const error = new Error('no space left');
    survey.mockRejectedValue(error);
    await audit();
    expect(failures).toEqual([error]);
  });

  test('does not come after the end', async () => {
    const { audit, upkeep, survey } = setUp();
    upkeep.stop();
    await audit();
    expect(survey).not.toHaveBeenCalled();
  });
});

describe('what another device wrote and no relay holds any more', () => {
  const start = Date.UTC(2026, 0, 1);
  const restart = ({ upkeep }: ReturnType<typeof setUp>, missingSince: number) =>
    upkeep.restore({
      ...{ device: { id: OWN, former: [] }, keyCheck: undefined, slots: [], quarantined: [] },
      missingSince,
    });
  /** The audit comes when the device has been idle. */
  const aDayBefore = start + idleMs - adoptAfterMs;

  test('is adopted, with its stamps, when it is still missing a day later', async () => {
    const { audit, clock, published } = setUp({ documents: [theirs] });
    await audit();
    await clock.advance(adoptAfterMs - auditIntervalMs);
    expect([...(await published()).values()]).toEqual([]);
    await clock.advance(auditIntervalMs);
    expect([...(await published()).values()]).toEqual([theirs]);
  });

  test.each([
    ['is adopted then', 0, ['y']],
    ['waits for what is left of the day', 1, []],
  ])('and had been missing before a restart %s', async (_what, lateMs, adopted) => {
    const world = setUp({ documents: [theirs] });
    restart(world, aDayBefore + lateMs);
    await world.audit();
    expect(await world.publishedIds()).toEqual(adopted);
  });

  test('is in the ledger with the time when it was first missing', async () => {
    const { audit, disk } = setUp({ documents: [theirs] });
    await audit();
    await audit();
    expect(disk.missingSince).toBe(start + idleMs);
  });

  test('begins to wait anew after it was there again', async () => {
    const { audit, disk, receiveStored, sealedBy, clock, publishedIds } = setUp({ documents: [theirs] });
    await audit();
    await receiveStored(sealedBy(GREATER, [theirs]));
    await audit();
    expect(disk.missingSince).toBeUndefined();
    await clock.advance(2 * adoptAfterMs);
    expect(await publishedIds()).toEqual([]);
  });

  test('is missing no longer when it was adopted', async () => {
    const world = setUp({ documents: [theirs] });
    world.disk.missingSince = aDayBefore;
    restart(world, aDayBefore);
    await world.audit();
    expect(world.disk.missingSince).toBeUndefined();
  });

  test.each([
    ['is adopted if all relays in use were read completely', [RelayState.Live, RelayState.Live], [0, 1], ['y']],
    [
      'is not adopted while one that is down was not read',
      [RelayState.Live, RelayState.Live, RelayState.Waiting],
      [0, 1],
      [],
    ],
    [
      'even if one that is not in use was not read',
      [RelayState.Live, RelayState.Live, RelayState.Spare],
      [0, 1],
      ['y'],
    ],
    [
      'even if one that was demoted was not read',
      [RelayState.Live, RelayState.Demoted, RelayState.Live],
      [0, 2],
      ['y'],
    ],
    ['is not adopted if fewer were read than make a write durable', [RelayState.Live, RelayState.Spare], [0], []],
  ])('%s', async (_when, states, read, adopted) => {
    const world = setUp({ documents: [theirs] });
    world.mesh.status = states.map((state, index) => ({ url: `wss://${index}.test`, state }));
    world.completeReads.clear();
    for (const index of read) world.completeReads.add(`wss://${index}.test`);
    restart(world, aDayBefore);
    await world.audit();
    expect(await world.publishedIds()).toEqual(adopted);
  });

  test('is not missing yet while a relay in use was not read', async () => {
    const { audit, mesh, disk } = setUp({ documents: [theirs] });
    mesh.status.push({ url: 'wss://unread.test', state: RelayState.Connecting });
    await audit();
    expect(disk.missingSince).toBeUndefined();
  });

  test('is published at once when the ledger was lost, because it may be this device’s own', async () => {
    const { audit, upkeep, publishedIds } = setUp({ documents: [theirs] });
    upkeep.adoptAtOnce();
    await audit();
    expect(await publishedIds()).toEqual(['y']);
  });

  test('waits again in the audits after the first one since the ledger was lost', async () => {
    const { audit, upkeep, store, publishedIds } = setUp();
    upkeep.adoptAtOnce();
    await audit();
    store.scan = async function* () {
      yield [theirs];
    };
    await audit();
    expect(await publishedIds()).toEqual([]);
  });
});
