/**
 * The ledger: what was published where. It holds nothing of the user's alone; if it is lost it is rebuilt from the documents and
 * the relays. Every change names the epoch of the writer that makes it: a writer that was replaced while it was frozen changes
 * nothing any more (fencing, docs/protocol.md, section 2).
 */
import { deleteDB, openDB } from 'idb';
import type { DBSchema, IDBPDatabase, IDBPTransaction } from 'idb';
import type { SyncObject } from '../types';
import type { Quarantined, SealedEvent, SlotVersion } from './ports';

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

/** The newest signed event of a slot of any device. */
export interface SlotRecord {
  readonly version: SlotVersion;
  readonly event: SealedEvent;
  /** Own slots: this very version was read back from enough relays. */
  readonly durable: boolean;
  /** Own slots: [seq, nonce] of the last versions, so that a clone's version of the same seq is told from an own old one. */
  readonly history?: readonly (readonly [seq: number, nonce: string])[];
}

export interface LedgerState {
  readonly device: Device;
  readonly keyCheck: string | undefined;
  readonly slots: readonly SlotRecord[];
  readonly quarantined: readonly Quarantined[];
  /** When (ms) a register of another device was first missing from complete reads of all relays. */
  readonly missingSince: number | undefined;
}

export enum LedgerChangeKind {
  Slot = 'slot',
  Forget = 'forget',
  Device = 'device',
  KeyCheck = 'key-check',
  Quarantine = 'quarantine',
  Release = 'release',
  MissingSince = 'missing-since',
}

export type LedgerChange =
  | { readonly kind: LedgerChangeKind.Slot; readonly record: SlotRecord }
  /** Slots by their addresses. */
  | { readonly kind: LedgerChangeKind.Forget; readonly addresses: readonly string[] }
  | { readonly kind: LedgerChangeKind.Device; readonly device: Device }
  | { readonly kind: LedgerChangeKind.KeyCheck; readonly keyCheck: string }
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
}

export function createWriterLedger(ledger: Ledger, onFenced: () => void): WriterLedger {
  let epoch = 0;
  return {
    async takeOver() {
      const taken = await ledger.takeOver();
      epoch = taken.epoch;
      return taken.state;
    },
    async commit(changes) {
      const isCommitted = await ledger.commit(epoch, changes);
      if (!isCommitted) onFenced();
      return isCommitted;
    },
  };
}

interface Tables extends DBSchema {
  meta: { key: string; value: unknown };
  slots: { key: string; value: SlotRecord };
  quarantine: { key: [string, string]; value: Quarantined };
  relays: { key: string; value: SyncObject };
}

enum Meta {
  Device = 'device',
  Epoch = 'epoch',
  KeyCheck = 'key-check',
  MissingSince = 'missing-since',
}

const RELAXED = { durability: 'relaxed' } as const;

/** Opens the ledger of a database, making a device id at the first time. Rejects with what IndexedDB says. */
export async function openLedger(databaseName: string, newDeviceId: () => string): Promise<Ledger> {
  const database = await openDB<Tables>(ledgerName(databaseName), 1, {
    upgrade(upgrading) {
      upgrading.createObjectStore('meta');
      upgrading.createObjectStore('slots', { keyPath: 'version.d' });
      upgrading.createObjectStore('quarantine', { keyPath: ['collection', 'id'] });
      upgrading.createObjectStore('relays');
    },
    // Another tab wants to delete or upgrade the database: holding it open would block that tab for ever.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
  let device = await readDevice(database, newDeviceId);

  return {
    get device() {
      return device;
    },
    async refreshDevice() {
      device = await readDevice(database, newDeviceId);
      return device;
    },
    async adoptDevices(ids) {
      const transaction = database.transaction('meta', 'readwrite');
      device = withFormer((await transaction.store.get(Meta.Device)) as Device, ids);
      await transaction.store.put(device, Meta.Device);
      await transaction.done;
    },
    async takeOver() {
      const transaction = database.transaction(['meta', 'slots', 'quarantine'], 'readwrite', RELAXED);
      const meta = transaction.objectStore('meta');
      const epoch = (((await meta.get(Meta.Epoch)) as number | undefined) ?? 0) + 1;
      await meta.put(epoch, Meta.Epoch);
      device = (await meta.get(Meta.Device)) as Device;
      const state: LedgerState = {
        device,
        keyCheck: (await meta.get(Meta.KeyCheck)) as string | undefined,
        slots: await transaction.objectStore('slots').getAll(),
        quarantined: await transaction.objectStore('quarantine').getAll(),
        missingSince: (await meta.get(Meta.MissingSince)) as number | undefined,
      };
      await transaction.done;
      return { epoch, state };
    },
    async commit(epoch, changes) {
      const transaction = database.transaction(['meta', 'slots', 'quarantine'], 'readwrite', RELAXED);
      const meta = transaction.objectStore('meta');
      if ((await meta.get(Meta.Epoch)) !== epoch) {
        await transaction.done;
        return false;
      }
      const { former } = (await meta.get(Meta.Device)) as Device;
      const changed = changes.map((change) => keepingFormer(change, former));
      for (const change of changed) void apply(change, transaction);
      await transaction.done;
      for (const change of changed) if (change.kind === LedgerChangeKind.Device) device = change.device;
      return true;
    },
    async loadRelayMemory() {
      const transaction = database.transaction('relays');
      const [urls, memories] = await Promise.all([transaction.store.getAllKeys(), transaction.store.getAll()]);
      return Object.fromEntries(urls.map((url, index) => [url, memories[index]!]));
    },
    async saveRelayMemory(relayUrl, memory) {
      await database.put('relays', memory, relayUrl);
    },
    close: () => database.close(),
  };
}

/** Resolves when it is gone; whoever has it open closes it. */
export function deleteLedger(databaseName: string): Promise<void> {
  return deleteDB(ledgerName(databaseName));
}

const ledgerName = (databaseName: string) => `${databaseName}-ledger`;

async function readDevice(database: IDBPDatabase<Tables>, newDeviceId: () => string): Promise<Device> {
  const transaction = database.transaction('meta', 'readwrite');
  const known = (await transaction.store.get(Meta.Device)) as Device | undefined;
  const device = known ?? { id: newDeviceId(), former: [] };
  if (!known) await transaction.store.put(device, Meta.Device);
  await transaction.done;
  return device;
}

/** Another tab may have adopted a guest's device that the writer has not heard of. */
export function keepingFormer(change: LedgerChange, former: readonly string[]): LedgerChange {
  return change.kind === LedgerChangeKind.Device ? { ...change, device: withFormer(change.device, former) } : change;
}

type LedgerTransaction = IDBPTransaction<Tables, ('meta' | 'slots' | 'quarantine')[], 'readwrite'>;

/** Requests only: the transaction's own promise reports a failure of any of them. */
async function apply(change: LedgerChange, transaction: LedgerTransaction): Promise<void> {
  const requests: Promise<unknown>[] = [];
  switch (change.kind) {
    case LedgerChangeKind.Slot:
      requests.push(transaction.objectStore('slots').put(change.record));
      break;
    case LedgerChangeKind.Forget:
      for (const d of change.addresses) requests.push(transaction.objectStore('slots').delete(d));
      break;
    case LedgerChangeKind.Device:
      requests.push(transaction.objectStore('meta').put(change.device, Meta.Device));
      break;
    case LedgerChangeKind.KeyCheck:
      requests.push(transaction.objectStore('meta').put(change.keyCheck, Meta.KeyCheck));
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
