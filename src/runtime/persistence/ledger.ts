/**
 * The ledger: what was published where. It holds nothing of the user's alone; if it is lost it is rebuilt from the documents and
 * the relays. Every change names the epoch of the writer that makes it: a writer that was replaced while it was frozen changes
 * nothing any more (fencing, docs/protocol.md, section 2). What only a newer version of the app knows is kept: the record of a slot is
 * replaced as a whole by that of a newer version of the slot, all others keep the keys that this version does not have.
 */
import { deleteDB } from 'idb';
import type { IDBPObjectStore, IDBPTransaction } from 'idb';
import type { SyncObject } from '../core/json';
import { openReopeningDatabase } from './reopening-database';
import type { FormattedTables } from './reopening-database';
import { keepUnknown } from './stored-format';
import type { Quarantined } from '../contracts/store';
import type { Clock } from '../core/clock';
import type { SealedEvent, SlotVersion, Tier } from '../contracts/slot';

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
  /** Own slots: this very version was read back from enough relays. */
  readonly durable: boolean;
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
  | { readonly kind: LedgerChangeKind.MissingSince; readonly at: number | undefined };

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
  /** When, on the wall clock (ms), it was last certain that no other writer had taken over; -Infinity before the first commit. */
  readonly heldAt: number;
}

export function createWriterLedger(ledger: Ledger, clock: Pick<Clock, 'now'>, onFenced: () => void): WriterLedger {
  let epoch = 0;
  let heldAt = -Infinity;
  return {
    async takeOver() {
      const taken = await ledger.takeOver();
      epoch = taken.epoch;
      return taken.state;
    },
    async commit(changes) {
      const askedAt = clock.now();
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

interface Tables extends FormattedTables {
  slots: { key: string; value: SlotRecord };
  reservations: { key: string; value: Reservation };
  unread: { key: string; value: UnreadRecord };
  quarantine: { key: [string, string]; value: Quarantined };
  relays: { key: string; value: SyncObject };
}

enum Meta {
  Device = 'device',
  Epoch = 'epoch',
  Key = 'key',
  MissingSince = 'missing-since',
}

/** What a writer changes, in one transaction. */
const written = ['meta', 'slots', 'reservations', 'unread', 'quarantine'] as const;
const RELAXED = { durability: 'relaxed' } as const;

/**
 * Opens the ledger of a database, making a device id at the first time.
 * @throws SyncError STORAGE_NEWER, here and in every later call, when a newer version of the app has changed it; otherwise what IndexedDB says.
 */
export async function openLedger(databaseName: string, newDeviceId: () => string): Promise<Ledger> {
  const database = await openReopeningDatabase<Tables>(ledgerName(databaseName), 1, (upgrading) => {
    upgrading.createObjectStore('slots', { keyPath: 'version.d' });
    upgrading.createObjectStore('reservations', { keyPath: 'd' });
    upgrading.createObjectStore('unread', { keyPath: 'd' });
    upgrading.createObjectStore('quarantine', { keyPath: ['collection', 'id'] });
    upgrading.createObjectStore('relays');
  });
  const readDevice = () =>
    database.change(['meta'], (transaction) => deviceIn(transaction.objectStore('meta'), newDeviceId));
  let device = await readDevice();

  return {
    get device() {
      return device;
    },
    refreshDevice: async () => (device = await readDevice()),
    async adoptDevices(ids) {
      device = await database.change(['meta'], async (transaction) => {
        const meta = transaction.objectStore('meta');
        const adopting = withFormer(await deviceIn(meta, newDeviceId), ids);
        await meta.put(adopting, Meta.Device);
        return adopting;
      });
    },
    async takeOver() {
      const takeOver = async (transaction: LedgerTransaction) => {
        const meta = transaction.objectStore('meta');
        const epoch = (((await meta.get(Meta.Epoch)) as number | undefined) ?? 0) + 1;
        await meta.put(epoch, Meta.Epoch);
        const state: LedgerState = {
          device: await deviceIn(meta, newDeviceId),
          key: (await meta.get(Meta.Key)) as LedgerKey | undefined,
          slots: await transaction.objectStore('slots').getAll(),
          reservations: await transaction.objectStore('reservations').getAll(),
          unread: await transaction.objectStore('unread').getAll(),
          quarantined: await transaction.objectStore('quarantine').getAll(),
          missingSince: (await meta.get(Meta.MissingSince)) as number | undefined,
        };
        return { epoch, state };
      };
      const taken = await database.change([...written], takeOver, RELAXED);
      device = taken.state.device;
      return taken;
    },
    async commit(epoch, changes) {
      const applyAll = async (transaction: LedgerTransaction) => {
        const meta = transaction.objectStore('meta');
        // A ledger that the browser has cleared meanwhile has no epoch, and so no writer.
        if ((await meta.get(Meta.Epoch)) !== epoch) return undefined;
        const quarantined = await quarantinedBefore(changes, transaction);
        const stored: Stored = {
          device: await deviceIn(meta, newDeviceId),
          key: (await meta.get(Meta.Key)) as LedgerKey | undefined,
          quarantined: (document) => quarantined.get(document),
        };
        const changed = changes.map((change) => keepStored(change, stored));
        for (const change of changed) void apply(change, transaction);
        return changed;
      };
      const changed = await database.change([...written], applyAll, RELAXED);
      for (const change of changed ?? []) if (change.kind === LedgerChangeKind.Device) device = change.device;
      return changed !== undefined;
    },
    async loadRelayMemory() {
      return database.read(['relays'], async (transaction) => {
        const relays = transaction.objectStore('relays');
        const [urls, memories] = await Promise.all([relays.getAllKeys(), relays.getAll()]);
        return Object.fromEntries(urls.map((url, index) => [url, memories[index]!]));
      });
    },
    async saveRelayMemory(relayUrl, memory) {
      await database.change(['relays'], async (transaction) => {
        const relays = transaction.objectStore('relays');
        await relays.put(keepUnknown(await relays.get(relayUrl), memory), relayUrl);
      });
    },
    close: database.close,
  };
}

/** Resolves when it is deleted; connections to it close by themselves. */
export function deleteLedger(databaseName: string): Promise<void> {
  return deleteDB(ledgerName(databaseName));
}

const ledgerName = (databaseName: string) => `${databaseName}-ledger`;

type LedgerTransaction = IDBPTransaction<Tables, (typeof written)[number][], 'readwrite'>;
type MetaStore = Pick<IDBPObjectStore<Tables, 'meta'[], 'meta', 'readwrite'>, 'get' | 'put'>;

/** Makes one where there is none, which is at the first time and after the browser has cleared the ledger under an open page. */
async function deviceIn(meta: MetaStore, newDeviceId: () => string): Promise<Device> {
  const known = (await meta.get(Meta.Device)) as Device | undefined;
  if (known) return known;
  const device: Device = { id: newDeviceId(), former: [] };
  await meta.put(device, Meta.Device);
  return device;
}

/** What is stored where changes are made that replace only a part of it. */
export interface Stored {
  readonly device: Device;
  readonly key: LedgerKey | undefined;
  readonly quarantined: (document: Quarantined) => Quarantined | undefined;
}

/** The change with what it must not take away from what is stored: another tab, or a newer version of the app, may have written there. */
export function keepStored(change: LedgerChange, { device, key, quarantined }: Stored): LedgerChange {
  switch (change.kind) {
    case LedgerChangeKind.KeyState:
      return { ...change, key: keepUnknown(key, change.key) };
    case LedgerChangeKind.Device:
      // Another tab may have adopted a guest's device that the writer does not know of.
      return { ...change, device: keepUnknown(device, withFormer(change.device, device.former)) };
    case LedgerChangeKind.Quarantine:
      return { ...change, documents: change.documents.map((document) => keepUnknown(quarantined(document), document)) };
    default:
      return change;
  }
}

/** What is stored of the documents that are to be quarantined, by these. */
async function quarantinedBefore(
  changes: readonly LedgerChange[],
  transaction: LedgerTransaction,
): Promise<ReadonlyMap<Quarantined, Quarantined | undefined>> {
  const documents = changes.flatMap((change) => (change.kind === LedgerChangeKind.Quarantine ? change.documents : []));
  const quarantine = transaction.objectStore('quarantine');
  const stored = await Promise.all(documents.map(({ collection, id }) => quarantine.get([collection, id])));
  return new Map(documents.map((document, at) => [document, stored[at]]));
}

/** Requests only: the transaction's own promise reports a failure of any of them. */
async function apply(change: LedgerChange, transaction: LedgerTransaction): Promise<void> {
  const requests: Promise<unknown>[] = [];
  switch (change.kind) {
    case LedgerChangeKind.Slot:
      requests.push(transaction.objectStore('slots').put(change.record));
      break;
    case LedgerChangeKind.Reserve:
      requests.push(transaction.objectStore('reservations').put(change.reservation));
      break;
    case LedgerChangeKind.Forget:
      for (const d of change.addresses) requests.push(transaction.objectStore('slots').delete(d));
      break;
    case LedgerChangeKind.Unread:
      requests.push(transaction.objectStore('unread').put(change.record));
      break;
    case LedgerChangeKind.NoLongerUnread:
      requests.push(transaction.objectStore('unread').delete(change.d));
      break;
    case LedgerChangeKind.Device:
      requests.push(transaction.objectStore('meta').put(change.device, Meta.Device));
      requests.push(transaction.objectStore('reservations').clear());
      break;
    case LedgerChangeKind.NewKey:
      requests.push(transaction.objectStore('meta').put(change.key, Meta.Key));
      requests.push(transaction.objectStore('meta').delete(Meta.MissingSince));
      for (const table of ['slots', 'reservations', 'unread'] as const)
        requests.push(transaction.objectStore(table).clear());
      break;
    case LedgerChangeKind.KeyState:
      requests.push(transaction.objectStore('meta').put(change.key, Meta.Key));
      break;
    case LedgerChangeKind.Quarantine:
      for (const document of change.documents) requests.push(transaction.objectStore('quarantine').put(document));
      break;
    case LedgerChangeKind.Release:
      for (const { collection, id } of change.documents)
        requests.push(transaction.objectStore('quarantine').delete([collection, id]));
      break;
    case LedgerChangeKind.MissingSince:
      requests.push(transaction.objectStore('meta').put(change.at, Meta.MissingSince));
      break;
    default: {
      const never: never = change;
      return never;
    }
  }
  // idb rejects each request's promise as well as `done`; only `done` is awaited by the caller.
  await Promise.allSettled(requests);
}
