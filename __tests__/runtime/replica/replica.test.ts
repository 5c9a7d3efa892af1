/** One tab of a browser: the replica over a ledger in memory, relays that say what a test tells them to, and locks that a test can hold. */
import { ErrorCode, SyncError } from '../../../src/runtime/core/errors';
import { Lifecycle } from '../../../src/runtime/core/lifecycle';
import { ReadCompleteness, SyncPhase, UndecryptableReason } from '../../../src/runtime/core/status';
import type { SyncStatus } from '../../../src/runtime/core/status';
import { storageNewer } from '../../../src/runtime/persistence/stored-format';
import { createMemoryLedger, emptyLedgerDisk } from '../../../src/runtime/testing/memory-ledger';
import type { LedgerDisk } from '../../../src/runtime/testing/memory-ledger';
import { ChangeOrigin } from '../../../src/runtime/contracts/store';
import { NoteType, Tier } from '../../../src/runtime/contracts/slot';
import type { ContentPayload, NostrEvent, SlotPayload, SlotVersion } from '../../../src/runtime/contracts/slot';
import type { Head, Mesh, MeshListener } from '../../../src/runtime/contracts/mesh';
import { KeyState } from '../../../src/runtime/persistence/ledger';
import type { LedgerKey, SlotRecord, UnreadRecord } from '../../../src/runtime/persistence/ledger';
import type { Store, StoreChange, StoredDocument } from '../../../src/runtime/contracts/store';
import type { Vault } from '../../../src/runtime/contracts/vault';
import { readAbout } from '../../../src/runtime/crypto/read-manifest';
import { createReplica } from '../../../src/runtime/replica/replica';
import type { ReplicaOptions } from '../../../src/runtime/replica/replica';
import { TabMessageType } from '../../../src/runtime/contracts/tabs';
import type { Locks, TabMessage } from '../../../src/runtime/contracts/tabs';
import { createDice } from '../../../simulation/random';
import { createStandInVault, Seals } from '../../../simulation/stand-in-vault';
import { OwnedClock, settle } from '../../support/owned-clock';
import { entriesOf } from '../../../src/runtime/replica/slots/slot-content';
import { createMapStore, LESSER, leaf, noteOf, OWN } from './slot-modules';

// A tab that waits asks four times a second, also on a day that a test lets pass.
jest.setTimeout(60_000);

const GUEST = 'd'.repeat(32);
const settings = {
  ...{
    relays: ['wss://one.test', 'wss://two.test', 'wss://three.test'],
    durableOn: 2,
    pageBytes: 32_768,
    shortestFlushMs: 50,
    idleMs: 5_000,
    manifestIntervalMs: 60_000,
  },
  ...{ adoptAfterMs: 86_400_000, auditIntervalMs: 21_600_000, auditGapMs: 600_000 },
  ...{ restartMinMs: 2_000, restartMaxMs: 120_000, holderPingMs: 250, holderSilenceMs: 1_000, maxEventBytes: 65_536 },
};

const noteBy = (deviceId: string, id: string) => noteOf(id, { '/title': leaf(1, 'text', deviceId) });
const notWritten = noteBy(OWN, 'written in an earlier session');

const ownKey: LedgerKey = { check: 'the keys of a', state: KeyState.Free };
const otherKey: LedgerKey = { check: 'of other keys', state: KeyState.Pinned };

const replicas: ReturnType<typeof createReplica>[] = [];
afterEach(() => Promise.all(replicas.splice(0).map((replica) => replica.close())));

interface World {
  readonly relayCount?: number;
  readonly vault?: Promise<Vault>;
  /** Of the keys of last time; those of the vault unless said otherwise. */
  readonly key?: LedgerKey;
  readonly expectsData?: boolean;
  readonly documents?: Parameters<typeof createMapStore>[0];
  readonly seals?: Seals;
  /** What the ledger has. */
  readonly slots?: readonly SlotRecord[];
  readonly unread?: readonly UnreadRecord[];
  /** The comparison of documents with slots ends when this does. */
  readonly untilScanned?: Promise<void>;
  /** What an earlier session has left. */
  readonly disk?: LedgerDisk;
}

async function openTab({ relayCount = 3, documents, untilScanned, seals = new Seals(), ...world }: World = {}) {
  const clock = new OwnedClock();
  const told: SyncStatus[] = [];
  const posted: TabMessage[] = [];
  const listeners = new Set<(change: StoreChange) => void>();
  const disk = world.disk ?? { ...emptyLedgerDisk(), key: world.key ?? ownKey };
  disk.list ??= settings.relays;
  for (const record of world.slots ?? []) disk.slots.set(record.version.d, record);
  for (const record of world.unread ?? []) disk.unread.set(record.d, record);
  const ledger = createMemoryLedger(() => OWN, disk);
  const { store: map } = createMapStore(documents);
  const store: Store = {
    ...map,
    async *scan(collection, batchSize) {
      await untilScanned;
      yield* map.scan(collection, batchSize);
    },
    changes(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const relays = scriptedRelays();
  const locks = queueingLocks();
  let hear: (message: TabMessage) => void = () => {};
  const options: ReplicaOptions = {
    ...{ databaseName: 'db', settings, relayCount, ledger, store, clock, locks, tabId: 'this tab' },
    about: async () => readAbout({ label: 'Test' }),
    vault: world.vault ?? Promise.resolve(createStandInVault(seals, createDice(1 + disk.epoch))),
    installationKey: undefined as never,
    expectsData: world.expectsData ?? false,
    createMesh: relays.createMesh,
    random: () => 0.5,
    newDeviceId: () => LESSER,
    channel: {
      post: (message) => posted.push(message),
      onMessage: (listener) => (hear = listener),
      close: () => {},
    },
    laneOf: () => '',
    onStatus: (status) => told.push(status),
    onSynced: () => {},
  };
  const replica = createReplica(options);
  replicas.push(replica);
  const change = (origin: ChangeOrigin, ...changed: StoredDocument[]) =>
    listeners.forEach((listener) => listener({ collection: 'notes', origin, documents: changed }));
  return {
    ...{ replica, clock, ledger, disk, seals, relays, locks, told, posted, listeners },
    /** What was offered to the relays, oldest first. */
    published: () => relays.offered.map(({ event }) => seals.of(event)!.payload),
    hear: (message: TabMessage) => hear(message),
    write: (...written: StoredDocument[]) => change(ChangeOrigin.Local, ...written),
    merge: (...merged: StoredDocument[]) => change(ChangeOrigin.Merge, ...merged),
    /** What is told when everything that can happen at present has happened. */
    async status(): Promise<Pick<SyncStatus, 'phase' | 'pending'>> {
      await clock.advance(100);
      const { phase, pending } = told.at(-1)!;
      return { phase, pending };
    },
  };
}

/** Relays that keep nothing. */
function scriptedRelays() {
  let listener: MeshListener | undefined;
  const relays = {
    ready: 0,
    isCutOff: false,
    doubts: 0,
    /** Undefined: when two are ready. */
    isAllAnswered: undefined as boolean | undefined,
    offered: [] as Head[],
    receive: (event: NostrEvent) => listener?.receive(event, 'wss://one.test', async () => true),
    /** Two relays have these versions. */
    store: (...versions: SlotVersion[]) =>
      ['wss://one.test', 'wss://two.test'].forEach((url) => listener?.stored(url, versions)),
    setReady(count: number): void {
      relays.ready = count;
      listener?.readyRelaysChanged(count);
    },
    setCutOff(isCutOff: boolean): void {
      relays.isCutOff = isCutOff;
      listener?.statusChanged();
    },
    isWatched: () => listener?.isWatched(),
    /** Whatever can be read now has been read. */
    setAllAnswered(isAllAnswered: boolean): void {
      relays.isAllAnswered = isAllAnswered;
      listener?.proofChanged();
    },
    createMesh(of: MeshListener): Mesh {
      listener = of;
      const nothing = () => {};
      return {
        ...{
          start: nothing,
          stop: nothing,
          kick: nothing,
          doubtNetwork: () => relays.doubts++,
          offer: (head: Head) => void relays.offered.push(head),
          withdraw: nothing,
          setOwnAddresses: nothing,
        },
        ...{ noteDevice: nothing, devices: { met: 0, apart: 0 } },
        ...{ storedOn: () => 0, readAll: async () => {}, flush: async () => {} },
        ...{ createdAtOffset: 0, maxEventBytes: 65_536, publishIntervalMs: 50, status: [], problems: [] },
        undecryptable: { count: 0, from: [] },
        get proof() {
          const isRead = relays.ready >= 2;
          const completeness = isRead ? ReadCompleteness.Complete : ReadCompleteness.Pending;
          const read = new Set(['wss://one.test', 'wss://two.test'].slice(0, relays.ready));
          return { read, isAllAnswered: relays.isAllAnswered ?? isRead, completeness, unread: [], awaited: [] };
        },
        get isCutOff() {
          return relays.isCutOff;
        },
        get readyRelays() {
          return relays.ready;
        },
      };
    },
  };
  return relays;
}

function queueingLocks(): Locks {
  const held = new Map<string, Promise<void>>();
  return {
    request(name, { signal }, hold) {
      const mine = (held.get(name) ?? Promise.resolve()).then(() => (signal?.aborted ? undefined : hold()));
      held.set(name, mine);
      return mine;
    },
  };
}

/** Another tab holds the lock until the returned function is called. */
function holdElsewhere(locks: Locks): () => void {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  void locks.request('db/writer', {}, () => released);
  return release;
}

const statusOfOther = (changes: Partial<SyncStatus>): TabMessage => ({
  type: TabMessageType.Status,
  status: {
    ...{ phase: SyncPhase.Online, pending: 0, durableOn: 2, relays: [], lastSyncedAt: null, clockSkewMs: null },
    ...{ completeness: ReadCompleteness.Complete, unread: [], devicesMet: 0, devicesApart: 0 },
    ...{ quarantined: 0, damaged: 0, undecryptable: 0, undecryptableFrom: [], problems: [], ...changes },
  },
});

describe('what is written', () => {
  const deltas = (tab: Awaited<ReturnType<typeof openTab>>) =>
    tab.published().filter(({ tier }) => tier === Tier.Delta);

  test('goes out to one relay when no other can be had', async () => {
    const tab = await openTab({});
    tab.replica.start();
    await tab.status();
    tab.write(noteBy(OWN, 'n'));
    tab.relays.setReady(1);
    await tab.status();
    expect(deltas(tab)).toEqual([]);
    tab.relays.setAllAnswered(true);
    await tab.status();
    expect(deltas(tab)).toHaveLength(1);
  });

  test('is not let out by a time in which none could be reached', async () => {
    const tab = await openTab({});
    tab.replica.start();
    await tab.status();
    tab.write(noteBy(OWN, 'n'));
    tab.relays.setAllAnswered(true);
    await tab.status();
    tab.relays.setAllAnswered(false);
    tab.relays.setReady(1);
    await tab.status();
    expect(deltas(tab)).toEqual([]);
  });
});

describe('a device that is cut off', () => {
  test('is offline, although its connections still look open', async () => {
    const tab = await openTab({});
    tab.replica.start();
    tab.relays.setReady(3);
    expect(await tab.status()).toMatchObject({ phase: SyncPhase.Online });
    tab.relays.setCutOff(true);
    expect(await tab.status()).toMatchObject({ phase: SyncPhase.Offline });
    tab.relays.setCutOff(false);
    expect(await tab.status()).toMatchObject({ phase: SyncPhase.Online });
  });

  test('is offline from its start on, before any relay was read', async () => {
    const tab = await openTab({});
    tab.replica.start();
    expect(await tab.status()).toMatchObject({ phase: SyncPhase.Starting });
    tab.relays.setCutOff(true);
    expect(await tab.status()).toMatchObject({ phase: SyncPhase.Offline });
  });

  test('is looked for when the browser of any tab says so', async () => {
    const tab = await openTab({});
    tab.replica.start();
    await tab.status();
    tab.replica.lifecycle(Lifecycle.Offline);
    tab.hear({ type: TabMessageType.Lifecycle, event: Lifecycle.Offline });
    expect(tab.relays.doubts).toBe(2);
  });

  test('is looked for as long as this tab, or another one, is visible', async () => {
    const tab = await openTab({});
    tab.replica.start();
    await tab.status();
    expect(tab.relays.isWatched()).toBe(true);
    tab.replica.lifecycle(Lifecycle.Hidden);
    expect(tab.relays.isWatched()).toBe(false);
    // Only a visible tab asks for the one that syncs.
    tab.hear({ type: TabMessageType.Ping });
    expect(tab.relays.isWatched()).toBe(true);
    await tab.clock.advance(2 * settings.holderSilenceMs);
    expect(tab.relays.isWatched()).toBe(false);
  });
});

describe('pending', () => {
  test('counts nothing where nothing is ever sent', async () => {
    const tab = await openTab({ relayCount: 0 });
    tab.replica.start();
    tab.write(noteBy(OWN, 'n'));
    expect(await tab.status()).toEqual({ phase: SyncPhase.LocalOnly, pending: 0 });
  });

  test.each<[string, () => World]>([
    ['no keys', () => ({ vault: Promise.reject(new SyncError(ErrorCode.VaultFailed, 'refused')) })],
    ['other keys than last time', () => ({ key: otherKey })],
  ])('with %s counts what is written', async (_what, world) => {
    const tab = await openTab(world());
    tab.replica.start();
    expect(await tab.status()).toEqual({ phase: SyncPhase.Stopped, pending: 0 });
    tab.write(noteBy(OWN, 'first'), noteBy(OWN, 'second'));
    tab.write(noteBy(OWN, 'first'));
    expect(await tab.status()).toEqual({ phase: SyncPhase.Stopped, pending: 2 });
  });

  test('counts a document of which only a counter has changed, whose share is held apart', async () => {
    const tab = await openTab({ key: otherKey });
    tab.replica.start();
    tab.write({ ...noteBy(GUEST, 'counted'), holdsShares: true });
    expect(await tab.status()).toMatchObject({ pending: 1 });
  });

  test('does not count what others wrote, merged or brought into the form of a newer schema', async () => {
    const tab = await openTab({ key: otherKey });
    tab.replica.start();
    tab.merge(noteBy(LESSER, 'merged'));
    tab.write(noteBy(LESSER, 'rewritten'));
    expect(await tab.status()).toMatchObject({ pending: 0 });
  });

  test('is told as a lower bound of a start until documents and slots are compared, however many relays are ready', async () => {
    let endScan = () => {};
    const untilScanned = new Promise<void>((resolve) => (endScan = resolve));
    const tab = await openTab({ documents: [notWritten], untilScanned });
    tab.replica.start();
    await settle();
    tab.relays.setReady(3);
    expect(await tab.status()).toEqual({ phase: SyncPhase.Starting, pending: 0 });
    tab.write(noteBy(OWN, 'written during the start'));
    expect(await tab.status()).toEqual({ phase: SyncPhase.Starting, pending: 1 });
    endScan();
    expect(await tab.status()).toEqual({ phase: SyncPhase.Online, pending: 2 });
    expect(new Set(tab.told.map(({ phase, pending }) => `${phase} ${pending}`))).toEqual(
      new Set(['starting 0', 'starting 1', 'online 2']),
    );
  });

  test('is kept through a pause and the start after it', async () => {
    const tab = await openTab({ documents: [notWritten] });
    tab.replica.start();
    expect(await tab.status()).toMatchObject({ pending: 1 });
    tab.replica.lifecycle(Lifecycle.Pause);
    tab.write(noteBy(OWN, 'written while paused'));
    expect(await tab.status()).toEqual({ phase: SyncPhase.Paused, pending: 2 });
    const before = tab.told.length;
    tab.replica.lifecycle(Lifecycle.Resume);
    await tab.status();
    expect(tab.told.slice(before)[0]).toMatchObject({ phase: SyncPhase.Starting, pending: 2 });
  });

  test.each<[string, (tab: Awaited<ReturnType<typeof openTab>>) => void]>([
    ['this tab', ({ ledger, replica }) => void ledger.adoptDevices([GUEST]).then(replica.noteAdopted)],
    [
      'another tab',
      ({ disk, hear }) => {
        disk.device = { id: OWN, former: [GUEST] };
        hear({ type: TabMessageType.DeviceChanged });
      },
    ],
  ])('counts, while paused, what %s adopts of a guest', async (_which, noteAdopted) => {
    const tab = await openTab();
    tab.replica.start();
    tab.replica.lifecycle(Lifecycle.Pause);
    await settle();
    tab.merge(noteBy(GUEST, 'of the guest'), noteBy(LESSER, 'of another device'));
    expect(await tab.status()).toMatchObject({ pending: 0 });
    noteAdopted(tab);
    expect(await tab.status()).toEqual({ phase: SyncPhase.Paused, pending: 1 });
  });

  test('is at least what the tab that synced before has told', async () => {
    const tab = await openTab({ key: otherKey });
    const release = holdElsewhere(tab.locks);
    tab.replica.start();
    await settle();
    tab.hear(statusOfOther({ pending: 3 }));
    expect(await tab.status()).toEqual({ phase: SyncPhase.Online, pending: 3 });
    release();
    tab.write(noteBy(OWN, 'n'));
    expect(await tab.status()).toEqual({ phase: SyncPhase.Stopped, pending: 3 });
  });

  describe('after a restart without a relay', () => {
    const written = (id: string, ms: number) => noteOf(id, { '/title': leaf(ms, `${id} ${ms}`) });

    /** Writes a bulk or single documents in one session, and goes on with the next. `isStored`: two relays have the newest versions. */
    async function session() {
      const tab = await openTab();
      tab.replica.start();
      await tab.clock.advance(100);
      tab.relays.setReady(2);
      await tab.clock.advance(2 * settings.idleMs);
      const documents = new Map<string, ReturnType<typeof noteOf>>();
      const newest = () => {
        const versions = new Map(tab.relays.offered.map(({ version }) => [version.d, version as SlotVersion]));
        return [...versions.values()];
      };
      return {
        ...{ ...tab, newest },
        async write(...ids: (readonly [string, number])[]) {
          const changed = ids.map(([id, ms]) => written(id, ms));
          for (const document of changed) documents.set(document.id, document);
          tab.write(...changed);
          await tab.clock.advance(1_500);
        },
        async storeAll() {
          tab.relays.store(...newest());
          await tab.clock.advance(1_500);
        },
        pending: () => tab.told.at(-1)!.pending,
        /** What a tab says that begins with what is stored now. */
        async pendingAfterRestart() {
          const disk = { ...tab.disk, slots: new Map(tab.disk.slots), reservations: new Map(tab.disk.reservations) };
          const next = await openTab({ disk, seals: tab.seals, documents: [...documents.values()] });
          next.replica.start();
          await next.clock.advance(1_000);
          return next.told.at(-1)!.pending;
        },
      };
    }

    const each = (count: number, ms: number, from = 0) =>
      Array.from({ length: count }, (_, at) => [`n${from + at}`, ms] as const);

    test('counts four edits that came into the slot of five documents that are durable', async () => {
      const { write, storeAll, pending, pendingAfterRestart } = await session();
      await write(...each(5, 1));
      await storeAll();
      expect([pending(), await pendingAfterRestart()]).toEqual([0, 0]);
      for (const [id, ms] of each(4, 2, 5)) await write([id, ms]);
      expect([pending(), await pendingAfterRestart()]).toEqual([4, 4]);
    });

    test('counts one document of those of a slot that is edited again', async () => {
      const { write, storeAll, pending, pendingAfterRestart } = await session();
      await write(...each(5, 1));
      await storeAll();
      await write(['n0', 2]);
      expect([pending(), await pendingAfterRestart()]).toEqual([1, 1]);
      await write(['n0', 3]);
      expect([pending(), await pendingAfterRestart()]).toEqual([1, 1]);
    });

    test('counts what came after the version that was read back, though that was not the newest any more', async () => {
      const { write, newest, relays, clock, pending, pendingAfterRestart } = await session();
      await write(...each(3, 1));
      const before = newest();
      await write(['n3', 2], ['n4', 2]);
      expect([pending(), await pendingAfterRestart()]).toEqual([5, 5]);
      relays.store(...before);
      await clock.advance(1_500);
      expect([pending(), await pendingAfterRestart()]).toEqual([2, 2]);
    });

    test('counts a bulk, with no list of it in the ledger', async () => {
      const { write, disk, storeAll, pending, pendingAfterRestart } = await session();
      await write(...each(200, 1));
      expect([pending(), await pendingAfterRestart()]).toEqual([200, 200]);
      expect([...disk.slots.values()].map(({ waiting }) => waiting?.length ?? 0)).not.toContain(200);
      await storeAll();
      expect([pending(), await pendingAfterRestart()]).toEqual([0, 0]);
    });

    test('counts nothing of what compaction has moved', async () => {
      const { write, storeAll, clock, disk, pending, pendingAfterRestart } = await session();
      for (let round = 1; round <= 12; round++) {
        await write(...each(40, round, 40 * round));
        await storeAll();
      }
      const isPage = ({ version }: SlotRecord) => version.tier === Tier.Page;
      await clock.until(() => [...disk.slots.values()].some((slot) => isPage(slot) && !slot.durable), 120_000);
      expect([pending(), await pendingAfterRestart()]).toEqual([0, 0]);
    });
  });

  test('costs a tab that waits nothing', async () => {
    const tab = await openTab();
    holdElsewhere(tab.locks);
    tab.replica.start();
    await settle();
    tab.hear(statusOfOther({}));
    expect(tab.listeners.size).toBe(0);
  });
});

describe('the manifest of a device that only reads', () => {
  test('is written when its own slots have been read from enough relays, and documents were compared', async () => {
    let finishScan = () => {};
    const { replica, clock, relays, published } = await openTab({
      untilScanned: new Promise((resolve) => (finishScan = resolve)),
    });
    replica.start();
    await clock.advance(1_000);
    relays.setReady(1);
    await clock.advance(10 * settings.idleMs);
    relays.setReady(2);
    await clock.advance(10 * settings.idleMs);
    expect(published()).toEqual([]);
    finishScan();
    await clock.advance(settings.idleMs);
    expect(published()).toMatchObject([{ dev: OWN, tier: Tier.Manifest, seq: 1, live: [], label: 'Test' }]);
  });

  test('is offered again after a restart, and not written again', async () => {
    const first = await openTab();
    first.replica.start();
    await first.clock.advance(1_000);
    first.relays.setReady(2);
    await first.clock.advance(settings.idleMs);
    const second = await openTab({ disk: first.disk, seals: first.seals });
    second.replica.start();
    await second.clock.advance(1_000);
    second.relays.setReady(2);
    await second.clock.advance(10 * settings.idleMs);
    expect(second.published()).toEqual(first.published());
    expect(second.published()).toHaveLength(1);
  });

  test('with a date far ahead is not the last: the next session writes another one, and goes on from that', async () => {
    const first = await openTab();
    first.clock.jump(86_400_000);
    first.replica.start();
    await first.clock.advance(1_000);
    first.relays.setReady(2);
    await first.clock.advance(settings.idleMs);
    const places = (tab: { published: () => readonly SlotPayload[] }) =>
      tab.published().map(({ tier, idx, seq }) => [tier, idx, seq]);
    const nextSession = async () => {
      const tab = await openTab({ disk: first.disk, seals: first.seals });
      tab.replica.start();
      await tab.clock.advance(1_000);
      tab.relays.setReady(2);
      await tab.clock.advance(10 * settings.idleMs);
      return tab;
    };
    const ahead = [Tier.Manifest, 0, 1];
    const next = [Tier.Manifest, 1, 2];
    expect(places(first)).toEqual([ahead]);
    expect(places(await nextSession())).toEqual([ahead, next]);
    expect(places(await nextSession())).toEqual([ahead, next]);
  });

  test('is written again when the user comes back to it on another day', async () => {
    const { replica, clock, relays, published } = await openTab();
    replica.start();
    await clock.advance(1_000);
    relays.setReady(2);
    await clock.advance(settings.idleMs + 86_400_000);
    expect(published()).toHaveLength(1);
    replica.lifecycle(Lifecycle.Visible);
    await clock.advance(settings.idleMs);
    const [before, after] = published() as readonly { day: number }[];
    expect(after!.day).toBe(before!.day + 1);
  });
});

test('a note that no relay is known to have is written anew by a device that gets another id', async () => {
  const seals = new Seals();
  const seal = (payload: SlotPayload, nonce: string) => seals.of(seals.seal(payload, 1_000, nonce.repeat(24)))!;
  const note = { dev: OWN, tier: Tier.Note, seq: 1, type: NoteType.Moved, at: 1, data: { to: 'b' } } as const;
  const disk = { ...emptyLedgerDisk(), key: ownKey, device: { id: OWN, former: [] } };
  for (const [idx, durable] of [false, true].entries()) {
    const { version, event } = seal({ ...note, idx }, `${idx}`);
    disk.slots.set(version.d, { version, event, durable });
  }
  const { replica, clock, relays, published } = await openTab({ disk, seals });
  replica.start();
  await clock.advance(1_000);
  await relays.receive(seal({ ...note, tier: Tier.Delta, idx: 0, e: [] } as SlotPayload, 'f').event);
  await clock.advance(1_000);
  expect(published().filter(({ dev }) => dev === LESSER)).toEqual([{ ...note, dev: LESSER, idx: 0 }]);
});

describe('tabs', () => {
  const statuses = (posted: readonly TabMessage[]) =>
    posted.flatMap((message) => (message.type === TabMessageType.Status ? [message.status] : []));

  test('the one that holds the lock tells at once that it is paused, and hears from another that it is to go on', async () => {
    const tab = await openTab();
    tab.replica.start();
    await tab.status();
    tab.replica.lifecycle(Lifecycle.Pause);
    expect(statuses(tab.posted).at(-1)?.phase).toBe(SyncPhase.Paused);
    tab.relays.setReady(3);
    tab.hear({ type: TabMessageType.Lifecycle, event: Lifecycle.Resume });
    expect(await tab.status()).toMatchObject({ phase: SyncPhase.Online });
    expect(statuses(tab.posted).at(-1)?.phase).toBe(SyncPhase.Online);
  });

  test('one that waits says nothing of itself to others, and shows what is paused elsewhere', async () => {
    const tab = await openTab();
    holdElsewhere(tab.locks);
    tab.replica.start();
    await settle();
    tab.hear(statusOfOther({ phase: SyncPhase.Paused, pending: 1 }));
    expect(await tab.status()).toEqual({ phase: SyncPhase.Paused, pending: 1 });
    expect(statuses(tab.posted)).toEqual([]);
  });

  test('one that takes over from a paused one is paused', async () => {
    const tab = await openTab();
    const release = holdElsewhere(tab.locks);
    tab.replica.start();
    await settle();
    tab.hear({ type: TabMessageType.Lifecycle, event: Lifecycle.Pause });
    release();
    tab.relays.setReady(3);
    expect(await tab.status()).toMatchObject({ phase: SyncPhase.Paused });
  });

  test('one that opens hears that the others are paused', async () => {
    const tab = await openTab();
    tab.replica.start();
    tab.replica.lifecycle(Lifecycle.Pause);
    await settle();
    tab.posted.length = 0;
    tab.hear({ type: TabMessageType.Hello, tabId: 'another tab' });
    expect(tab.posted).toContainEqual({ type: TabMessageType.Lifecycle, event: Lifecycle.Pause });
  });

  test('one whose storage fails lets another one sync, and shows its status', async () => {
    const tab = await openTab();
    tab.ledger.takeOver = () => Promise.reject(new DOMException('No room.', 'QuotaExceededError'));
    tab.replica.start();
    tab.write(noteBy(OWN, 'n'));
    expect(await tab.status()).toEqual({ phase: SyncPhase.Stopped, pending: 1 });
    holdElsewhere(tab.locks);
    await tab.clock.advance(settings.restartMinMs);
    expect(await tab.status()).toEqual({ phase: SyncPhase.Starting, pending: 1 });
    tab.hear(statusOfOther({}));
    expect(await tab.status()).toEqual({ phase: SyncPhase.Online, pending: 0 });
  });

  test('one whose ledger a newer version of the app has changed says so, and lets the tab of that version sync', async () => {
    const tab = await openTab();
    tab.ledger.takeOver = () => Promise.reject(storageNewer());
    tab.replica.start();
    await tab.status();
    expect(tab.told.at(-1)!.problems.map(({ code }) => code)).toEqual([ErrorCode.StorageNewer]);
    holdElsewhere(tab.locks);
    await tab.clock.advance(settings.restartMinMs);
    tab.hear(statusOfOther({}));
    expect(await tab.status()).toEqual({ phase: SyncPhase.Online, pending: 0 });
  });

  describe.each<[string, () => World, ErrorCode]>([
    ['has other keys than last time', () => ({ key: otherKey }), ErrorCode.KeyChanged],
    [
      'has no keys',
      () => ({ vault: Promise.reject(new SyncError(ErrorCode.VaultFailed, 'refused')) }),
      ErrorCode.VaultFailed,
    ],
  ])('one that %s', (_what, world, code) => {
    test('leaves the lock to a tab with good keys, and goes on saying what is wrong with its own', async () => {
      const tab = await openTab(world());
      tab.replica.start();
      await tab.status();
      let isHeldElsewhere = false;
      void tab.locks.request('db/writer', {}, () => {
        isHeldElsewhere = true;
        return new Promise(() => {});
      });
      await tab.status();
      expect(isHeldElsewhere).toBe(true);
      tab.hear(statusOfOther({ pending: 3 }));
      expect(await tab.status()).toEqual({ phase: SyncPhase.Stopped, pending: 3 });
      expect(tab.told.at(-1)!.problems.map((problem) => problem.code)).toEqual([code]);
    });

    test('asks for the lock again only from time to time', async () => {
      const tab = await openTab(world());
      const takingOver = jest.spyOn(tab.locks, 'request');
      tab.replica.start();
      await tab.clock.advance(10 * settings.restartMaxMs);
      const requests = takingOver.mock.calls.filter(([name]) => name === 'db/writer');
      expect(requests.length).toBeGreaterThan(1);
      expect(requests.length).toBeLessThan(13);
    });
  });

  test('one whose keys are good again goes on', async () => {
    const tab = await openTab({ key: otherKey });
    tab.replica.start();
    await tab.status();
    tab.disk.key = undefined;
    await tab.clock.advance(settings.restartMaxMs);
    tab.relays.setReady(3);
    expect(await tab.status()).toMatchObject({ phase: SyncPhase.Online });
    expect(tab.told.at(-1)!.problems).toEqual([]);
  });

  test('one whose storage fails alone tries again and again, and goes on counting', async () => {
    const tab = await openTab();
    let attempts = 0;
    const { takeOver } = tab.ledger;
    tab.ledger.takeOver = () => {
      attempts += 1;
      return attempts < 3 ? Promise.reject(new DOMException('No room.', 'QuotaExceededError')) : takeOver();
    };
    tab.replica.start();
    tab.write(noteBy(OWN, 'n'));
    tab.relays.setReady(3);
    await tab.clock.until(() => attempts === 3, 10 * settings.restartMinMs);
    expect(new Set(tab.told.slice(1).map(({ pending }) => pending))).toEqual(new Set([1]));
    expect(await tab.status()).toMatchObject({ phase: SyncPhase.Online });
  });
});

test('what cannot be read is told as the tab that syncs counts it', async () => {
  const tab = await openTab();
  holdElsewhere(tab.locks);
  tab.replica.start();
  const undecryptableFrom = [{ relay: 'wss://one.test', reason: UndecryptableReason.WrongKey, count: 2 }];
  tab.hear(statusOfOther({ undecryptable: 2, undecryptableFrom }));
  await tab.status();
  expect(tab.told.at(-1)).toMatchObject({ undecryptable: 2, undecryptableFrom });
});

test('damaged parts are told as the tab that syncs counts them', async () => {
  const tab = await openTab();
  holdElsewhere(tab.locks);
  tab.replica.start();
  tab.hear(statusOfOther({ damaged: 2 }));
  await tab.status();
  expect(tab.told.at(-1)).toMatchObject({ damaged: 2 });
});

describe('what a start finds in the ledger', () => {
  const bad = ['notes', 'bad', { '/title': 'no register' }];
  const payloadOf = (dev: string, idx: number): ContentPayload => ({
    ...{ dev, tier: Tier.Delta, idx, seq: 3 },
    e: [...entriesOf(new Map([['x', noteBy(dev, `of ${dev} ${idx}`)]])), bad],
  });
  function recordOf(seals: Seals, dev: string, idx = 0): SlotRecord {
    const event = seals.seal(payloadOf(dev, idx), 100, `${dev.slice(0, 20)}${idx}`.padStart(24, '0'));
    return { version: seals.of(event)!.version, event, durable: true };
  }

  test('of damaged parts, own or not, is in the status', async () => {
    const seals = new Seals();
    const tab = await openTab({
      seals,
      slots: [recordOf(seals, OWN), recordOf(seals, LESSER), recordOf(seals, LESSER, 1)],
    });
    tab.replica.start();
    await tab.status();
    expect(tab.told.at(-1)).toMatchObject({ damaged: 3, quarantined: 0, problems: [] });
  });

  test('and only a newer build can read is kept and offered as it is, and its index is not used', async () => {
    const seals = new Seals();
    const slots = [recordOf(seals, OWN), recordOf(seals, LESSER)];
    for (const { event } of slots) seals.unreadable.add(event.content);
    const tab = await openTab({ seals, slots });
    tab.replica.start();
    await tab.status();
    const offered = new Map(tab.relays.offered.map(({ event, own }) => [event, own]));
    expect(offered).toEqual(new Map(slots.map(({ event }, index) => [event, index === 0])));
    tab.relays.setReady(3);
    tab.write(noteBy(OWN, 'new'));
    await tab.clock.advance(10_000);
    expect([...tab.disk.slots.values()].slice(0, 2)).toEqual(slots);
    const added = [...tab.disk.slots.values()].slice(2);
    const payloads = added.map(({ event }) => seals.of(event)!.payload);
    expect(payloads).toMatchObject([
      { dev: OWN, tier: Tier.Delta, idx: 1 },
      { dev: OWN, tier: Tier.Manifest, live: [[Tier.Delta, 0, 3]] },
    ]);
    expect(tab.told.at(-1)).toMatchObject({ damaged: 0, problems: [] });
  });

  test('as unread is merged if this build can read it, and otherwise offered to relays that lack it', async () => {
    const seals = new Seals();
    const [readable, other] = [recordOf(seals, LESSER), recordOf(seals, LESSER, 1)];
    seals.unreadable.add(other.event.content);
    const unread = [readable, other].map(({ version: { d }, event }) => ({ d, event }));
    const tab = await openTab({ seals, unread });
    tab.replica.start();
    await tab.status();
    expect([...tab.disk.slots.values()]).toEqual([{ ...readable, durable: false }]);
    expect([...tab.disk.unread.values()]).toEqual([unread[1]]);
    const { d } = other.version;
    expect(tab.relays.offered).toContainEqual({
      ...{ version: { d, createdAt: 100, nonce: undefined }, event: other.event, own: false },
    });
    expect(tab.told.at(-1)).toMatchObject({ damaged: 1, problems: [] });
  });
});
