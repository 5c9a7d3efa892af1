/**
 * The ledger: what was published where. It holds nothing of the user's alone; if it is lost it is rebuilt from the documents and
 * the relays. Every change names the epoch of the writer that makes it: a writer that was replaced while it was frozen changes
 * nothing any more (fencing, docs/protocol.md, section 2). What only a newer version of the app knows is kept: the record of a slot is
 * replaced as a whole by that of a newer version of the slot, all others keep the keys that this version does not have.
 */
import { deleteDB } from 'idb';
import type { IDBPTransaction, StoreNames } from 'idb';
import type { SyncObject } from '../core/json';
import { readMark } from './marks';
import type { MarkedTables, Moves } from './marks';
import { openReopeningDatabase } from './reopening-database';
import { keepUnknown } from './stored-format';
import type { Quarantined } from '../contracts/store';
import type { Clock } from '../core/clock';
import type { SealedEvent, SlotVersion, Tier } from '../contracts/slot';
import type { Stamp } from '../crdt/registers';

export interface Device {
  /** 16 random bytes of this installation, as 32 hex digits. */
  readonly id: string;
  /** Ids this installation had before a clone or a restored backup was noticed; what they wrote counts as own. */
  readonly former: readonly string[];
}

/** The device with further ids whose writes count as own. The same reference if it has them all. */
export function withFormer(device: Device, ids: readonly string[]): Device {
  const added = ids.filter((id) => id !== device.id && !device.former.includes(id));
  return added.length === 0 ? device : { ...device, former: [...device.former, ...new Set(added)] };
}

/** What tells one version of a slot from all others. */
export type SeqAndNonce = readonly [seq: number, nonce: string];

/** The newest signed event of a slot of any device. */
export interface SlotRecord {
  readonly version: SlotVersion;
  readonly event: SealedEvent;
  /** Own slots: this very version was read back from enough relays of the list. */
  readonly durable: boolean;
  /** Own slots that are durable: the addresses of those relays. */
  readonly storedOn?: readonly string[];
  /** Own slots whose version is not durable: by document key the stamps that no durable version held. All that the version holds, if it is missing. */
  readonly waiting?: readonly (readonly [key: string, ...stamps: Stamp[]])[];
  /** Own slots: [seq, nonce] of the last versions, so that a clone's version of the same seq is told from an own old one. */
  readonly history?: readonly SeqAndNonce[];
}

/** Versions of an own slot that may be sent before they are recorded (docs/protocol.md, section 2). */
export interface Reservation {
  /** The address of the slot. */
  readonly d: string;
  readonly tier: Tier;
  readonly index: number;
  /** Of the run of the worker that has written this, and of no other. */
  readonly versions: readonly SeqAndNonce[];
  /** Of runs before that, as far as they were never recorded: they may have been sent, and are never used again. */
  readonly former: readonly SeqAndNonce[];
}

/** The newest event of an address that this build cannot read, because a newer one wrote it: as it came, until this build or its successor can. */
export interface UnreadRecord {
  readonly d: string;
  readonly event: SealedEvent;
}

/** What is known of the keys of this database (docs/protocol.md, section 1). */
export enum KeyState {
  /** They have opened nothing, and nothing was durably published with them. */
  Free = 'free',
  /** They have opened events of this installation only, or what it published with them was durable. */
  Tentative = 'tentative',
  /** They have opened an event of another device. */
  Pinned = 'pinned',
}

export interface LedgerKey {
  /** `Vault.keyCheck` of the keys. */
  readonly check: string;
  readonly state: KeyState;
}

export interface LedgerState {
  readonly device: Device;
  /** Undefined before the first keys. */
  readonly key: LedgerKey | undefined;
  /** The list of relays by which slots are durable, as its addresses; undefined before the first. */
  readonly relays: readonly string[] | undefined;
  readonly slots: readonly SlotRecord[];
  readonly reservations: readonly Reservation[];
  readonly unread: readonly UnreadRecord[];
  readonly quarantined: readonly Quarantined[];
  /** When (ms) a register of another device was first missing from complete reads of all relays. */
  readonly missingSince: number | undefined;
}

/** What is left of a ledger under other keys: nothing that the ones before have addressed, sealed or opened. */
export function underNewKey(state: LedgerState, key: LedgerKey): LedgerState {
  return { ...state, key, slots: [], reservations: [], unread: [], missingSince: undefined };
}

export enum LedgerChangeKind {
  Slot = 'slot',
  Reserve = 'reserve',
  Forget = 'forget',
  Unread = 'unread',
  NoLongerUnread = 'no-longer-unread',
  Device = 'device',
  NewKey = 'new-key',
  KeyState = 'key-state',
  Quarantine = 'quarantine',
  Release = 'release',
  MissingSince = 'missing-since',
  Relays = 'relays',
}

export type LedgerChange =
  | { readonly kind: LedgerChangeKind.Slot; readonly record: SlotRecord }
  | { readonly kind: LedgerChangeKind.Reserve; readonly reservation: Reservation }
  /** Slots by their addresses. */
  | { readonly kind: LedgerChangeKind.Forget; readonly addresses: readonly string[] }
  | { readonly kind: LedgerChangeKind.Unread; readonly record: UnreadRecord }
  | { readonly kind: LedgerChangeKind.NoLongerUnread; readonly d: string }
  /** Another device has other slots, so nothing is reserved any more. */
  | { readonly kind: LedgerChangeKind.Device; readonly device: Device }
  /** Other keys than before: what was read and published with those before is forgotten (`underNewKey`). */
  | { readonly kind: LedgerChangeKind.NewKey; readonly key: LedgerKey }
  /** The same keys have shown more. */
  | { readonly kind: LedgerChangeKind.KeyState; readonly key: LedgerKey }
  | { readonly kind: LedgerChangeKind.Quarantine; readonly documents: readonly Quarantined[] }
  | { readonly kind: LedgerChangeKind.Release; readonly documents: readonly { collection: string; id: string }[] }
  | { readonly kind: LedgerChangeKind.MissingSince; readonly at: number | undefined }
  /** Another list of relays: which slots are durable by it is changed with it. */
  | { readonly kind: LedgerChangeKind.Relays; readonly relays: readonly string[] };

export interface Ledger {
  /** The device as last read or changed through this ledger; stamps bear its id. */
  readonly device: Device;
  /** Reads the device again: another tab's worker may have changed it. */
  refreshDevice(): Promise<Device>;
  /** What these devices wrote counts as own from now on: a guest of this browser whose documents the user adopts. Only adds, so it needs no epoch. */
  adoptDevices(ids: readonly string[]): Promise<void>;
  /** Begins a new epoch, which fences every earlier writer, and returns it with all that is recorded. */
  takeOver(): Promise<{ readonly epoch: number; readonly state: LedgerState }>;
  /** Applies all changes in one transaction, or none and resolves to false if the epoch is not the newest. */
  commit(epoch: number, changes: readonly LedgerChange[]): Promise<boolean>;
  loadRelayMemory(): Promise<{ readonly [relayUrl: string]: SyncObject }>;
  saveRelayMemory(relayUrl: string, memory: SyncObject): Promise<void>;
  close(): void;
}

/** The ledger as one writer sees it, from the epoch that it began until another writer begins the next. */
export interface WriterLedger {
  takeOver(): Promise<LedgerState>;
  /** Resolves to false, after `onFenced`, if another writer has taken over: nothing was changed, and nothing may be sent. */
  commit(changes: readonly LedgerChange[]): Promise<boolean>;
  /** When, on the monotonic clock (ms), it was last certain that no other writer had taken over; -Infinity before the first commit. */
  readonly heldAt: number;
}

export function createWriterLedger(
  ledger: Ledger,
  clock: Pick<Clock, 'monotonic'>,
  onFenced: () => void,
): WriterLedger {
  let epoch = 0;
  let heldAt = -Infinity;
  return {
    async takeOver() {
      const taken = await ledger.takeOver();
      epoch = taken.epoch;
      return taken.state;
    },
    async commit(changes) {
      const askedAt = clock.monotonic();
      const isCommitted = await ledger.commit(epoch, changes);
      if (isCommitted) heldAt = askedAt;
      else onFenced();
      return isCommitted;
    },
    get heldAt() {
      return heldAt;
    },
  };
}

interface Tables extends MarkedTables {
  meta: { key: string; value: unknown };
  slots: { key: string; value: SlotRecord };
  reservations: { key: string; value: Reservation };
  unread: { key: string; value: UnreadRecord };
  quarantine: { key: [string, string]; value: Quarantined };
  relays: { key: string; value: SyncObject };
}

enum Meta {
  Device = 'device',
  Key = 'key',
  MissingSince = 'missing-since',
  Relays = 'relays',
}

/** What changes are made on condition of (marks.ts). */
enum Mark {
  /** Moved by each writer that takes over. */
  Epoch = 'epoch',
  /** Moved with each change of the device. */
  Device = 'device',
  /** Moved with each change of what was learned of a relay. */
  Relays = 'relays',
}

/** What a writer changes, in one transaction. */
const written = ['meta', 'slots', 'reservations', 'unread', 'quarantine'] as const;
const RELAXED = { durability: 'relaxed' } as const;

/**
 * Opens the ledger of a database, making a device id at the first time.
 * @throws SyncError STORAGE_NEWER, here and in every later call, when a newer version of the app has changed it; otherwise what IndexedDB says.
 */
export async function openLedger(databaseName: string, newDeviceId: () => string): Promise<Ledger> {
  const marks = Object.values(Mark);
  const database = await openReopeningDatabase<Tables>(ledgerName(databaseName), 1, marks, (upgrading, transaction) => {
    upgrading.createObjectStore('meta');
    upgrading.createObjectStore('slots', { keyPath: 'version.d' });
    upgrading.createObjectStore('reservations', { keyPath: 'd' });
    upgrading.createObjectStore('unread', { keyPath: 'd' });
    upgrading.createObjectStore('quarantine', { keyPath: ['collection', 'id'] });
    upgrading.createObjectStore('relays');
    const first: Device = { id: newDeviceId(), former: [] };
    transaction
      .objectStore('meta')
      .put(first, Meta.Device)
      .catch(() => {});
  });
  let device = await database.read(['meta'], deviceIn);

  /** Undefined: another writer has taken over. */
  async function whatIsStored(epoch: number, changes: readonly LedgerChange[]): Promise<Stored | undefined> {
    const documents = changes.flatMap((change) =>
      change.kind === LedgerChangeKind.Quarantine ? change.documents : [],
    );
    const [epochNow, deviceAt, known, key, quarantined] = await database.read(['meta', 'quarantine'], (transaction) =>
      Promise.all([
        readMark(transaction as never, Mark.Epoch),
        readMark(transaction as never, Mark.Device),
        deviceIn(transaction),
        transaction.objectStore('meta').get(Meta.Key) as Promise<LedgerKey | undefined>,
        Promise.all(documents.map(({ collection, id }) => transaction.objectStore('quarantine').get([collection, id]))),
      ]),
    );
    if (epochNow !== epoch) return undefined;
    return { deviceAt, device: known, key, quarantined: new Map(documents.map((each, at) => [each, quarantined[at]])) };
  }

  return {
    get device() {
      return device;
    },
    refreshDevice: async () => (device = await database.read(['meta'], deviceIn)),
    async adoptDevices(ids) {
      const before = await database.update(Mark.Device, ['meta'], deviceIn, (known) => (transaction) => [
        transaction.objectStore('meta').put(withFormer(known, ids), Meta.Device),
      ]);
      device = withFormer(before, ids);
    },
    async takeOver() {
      for (;;) {
        const before = await database.read([], (transaction) => readMark(transaction as never, Mark.Epoch));
        const epoch = before + 1;
        if (!(await database.change([], { [Mark.Epoch]: [before, epoch] }, () => [], RELAXED))) continue;
        // From here on no earlier writer changes anything. A later one may; its epoch fences this one.
        const state = await database.read([...written], stateIn);
        device = state.device;
        return { epoch, state };
      }
    },
    async commit(epoch, changes) {
      for (;;) {
        const stored = changes.some(mustBeRead) ? await whatIsStored(epoch, changes) : NOTHING_STORED;
        if (!stored) return false;
        const changed = changes.map((change) => keepStored(change, stored));
        const [changedDevice] = changed.flatMap((change) =>
          change.kind === LedgerChangeKind.Device ? change.device : [],
        );
        const moves = {
          [Mark.Epoch]: [epoch],
          ...(changedDevice && { [Mark.Device]: [stored.deviceAt, stored.deviceAt + 1] }),
        } as Moves;
        const requests = (transaction: LedgerTransaction) => changed.flatMap((change) => apply(change, transaction));
        const isCommitted = await database.change([...written], moves, requests as never, RELAXED);
        if (isCommitted && changedDevice) device = changedDevice;
        // Of two conditions it is not known which one was not met.
        if (isCommitted || !changedDevice) return isCommitted;
      }
    },
    async loadRelayMemory() {
      return database.read(['relays'], async (transaction) => {
        const relays = transaction.objectStore('relays');
        const [urls, memories] = await Promise.all([relays.getAllKeys(), relays.getAll()]);
        return Object.fromEntries(urls.map((url, index) => [url, memories[index]!]));
      });
    },
    async saveRelayMemory(relayUrl, memory) {
      await database.update(
        Mark.Relays,
        ['relays'],
        (transaction) => transaction.objectStore('relays').get(relayUrl),
        (known) => (transaction) => [transaction.objectStore('relays').put(keepUnknown(known, memory), relayUrl)],
      );
    },
    close: database.close,
  };
}

/** Resolves when it is deleted; connections to it close by themselves. */
export function deleteLedger(databaseName: string): Promise<void> {
  return deleteDB(ledgerName(databaseName));
}

const ledgerName = (databaseName: string) => `${databaseName}-ledger`;

type LedgerTransaction = IDBPTransaction<Tables, StoreNames<Tables>[], 'readwrite'>;
type ReadTransaction = IDBPTransaction<Tables, StoreNames<Tables>[], 'readonly'>;

async function deviceIn(transaction: ReadTransaction): Promise<Device> {
  return (await transaction.objectStore('meta').get(Meta.Device)) as Device;
}

async function stateIn(transaction: ReadTransaction): Promise<LedgerState> {
  const meta = transaction.objectStore('meta');
  const [device, key, missingSince, relays, slots, reservations, unread, quarantined] = await Promise.all([
    deviceIn(transaction),
    meta.get(Meta.Key) as Promise<LedgerKey | undefined>,
    meta.get(Meta.MissingSince) as Promise<number | undefined>,
    meta.get(Meta.Relays) as Promise<readonly string[] | undefined>,
    transaction.objectStore('slots').getAll(),
    transaction.objectStore('reservations').getAll(),
    transaction.objectStore('unread').getAll(),
    transaction.objectStore('quarantine').getAll(),
  ]);
  return { device, key, relays, missingSince, slots, reservations, unread, quarantined };
}

/** What is stored where a change must keep some of it. */
interface Stored {
  /** The place of the device's mark. */
  readonly deviceAt: number;
  readonly device: Device | undefined;
  readonly key: LedgerKey | undefined;
  /** By the documents that take its place. */
  readonly quarantined: Pick<ReadonlyMap<Quarantined, Quarantined | undefined>, 'get'>;
}

const NOTHING_STORED: Stored = { deviceAt: NaN, device: undefined, key: undefined, quarantined: new Map() };

/** Whether something of what is stored stays beside the change. */
const mustBeRead = ({ kind }: LedgerChange) =>
  kind === LedgerChangeKind.Device || kind === LedgerChangeKind.KeyState || kind === LedgerChangeKind.Quarantine;

/** The change with what it must not take away from what is stored: another tab, or a newer version of the app, may have written there. */
export function keepStored(
  change: LedgerChange,
  { device, key, quarantined }: Pick<Stored, 'device' | 'key' | 'quarantined'>,
): LedgerChange {
  switch (change.kind) {
    case LedgerChangeKind.KeyState:
      return { ...change, key: keepUnknown(key, change.key) };
    case LedgerChangeKind.Device:
      // Another tab may have adopted a guest's device that the writer does not know of.
      return { ...change, device: keepUnknown(device, withFormer(change.device, device?.former ?? [])) };
    case LedgerChangeKind.Quarantine:
      return {
        ...change,
        documents: change.documents.map((document) => keepUnknown(quarantined.get(document), document)),
      };
    default:
      return change;
  }
}

function apply(change: LedgerChange, transaction: LedgerTransaction): readonly Promise<unknown>[] {
  const [meta, reservations] = [transaction.objectStore('meta'), transaction.objectStore('reservations')];
  const [slots, unread] = [transaction.objectStore('slots'), transaction.objectStore('unread')];
  const quarantine = transaction.objectStore('quarantine');
  switch (change.kind) {
    case LedgerChangeKind.Slot:
      return [slots.put(change.record)];
    case LedgerChangeKind.Reserve:
      return [reservations.put(change.reservation)];
    case LedgerChangeKind.Forget:
      return change.addresses.map((d) => slots.delete(d));
    case LedgerChangeKind.Unread:
      return [unread.put(change.record)];
    case LedgerChangeKind.NoLongerUnread:
      return [unread.delete(change.d)];
    case LedgerChangeKind.Device:
      return [meta.put(change.device, Meta.Device), reservations.clear()];
    case LedgerChangeKind.NewKey:
      return [
        ...[meta.put(change.key, Meta.Key), meta.delete(Meta.MissingSince)],
        ...[slots.clear(), reservations.clear(), unread.clear()],
      ];
    case LedgerChangeKind.KeyState:
      return [meta.put(change.key, Meta.Key)];
    case LedgerChangeKind.Quarantine:
      return change.documents.map((document) => quarantine.put(document));
    case LedgerChangeKind.Release:
      return change.documents.map(({ collection, id }) => quarantine.delete([collection, id]));
    case LedgerChangeKind.MissingSince:
      return [meta.put(change.at, Meta.MissingSince)];
    case LedgerChangeKind.Relays:
      return [meta.put(change.relays, Meta.Relays)];
    default: {
      const never: never = change;
      return never;
    }
  }
}
