/** A ledger in memory: for in-process engines in an app's tests, and for the simulation, which crashes and copies it. */
import type { SyncObject } from '../core/json';
import { keepStored, LedgerChangeKind, withFormer } from '../persistence/ledger';
import { keepUnknown } from '../persistence/stored-format';
import type {
  Device,
  Ledger,
  LedgerChange,
  LedgerKey,
  Reservation,
  SlotRecord,
  UnreadRecord,
} from '../persistence/ledger';
import type { Quarantined } from '../contracts/store';

/** What survives a crash: share one between the ledgers of several tabs, copy it to clone an installation. */
export interface LedgerDisk {
  epoch: number;
  device: Device | undefined;
  key: LedgerKey | undefined;
  missingSince: number | undefined;
  /** The list of relays by which slots are durable. */
  list: readonly string[] | undefined;
  readonly slots: Map<string, SlotRecord>;
  readonly reservations: Map<string, Reservation>;
  readonly unread: Map<string, UnreadRecord>;
  readonly quarantine: Map<string, Quarantined>;
  readonly relays: Map<string, SyncObject>;
}

export function emptyLedgerDisk(): LedgerDisk {
  return {
    epoch: 0,
    device: undefined,
    key: undefined,
    missingSince: undefined,
    list: undefined,
    slots: new Map(),
    reservations: new Map(),
    unread: new Map(),
    quarantine: new Map(),
    relays: new Map(),
  };
}

export function createMemoryLedger(newDeviceId: () => string, disk: LedgerDisk = emptyLedgerDisk()): Ledger {
  disk.device ??= { id: newDeviceId(), former: [] };
  let device = disk.device;
  return {
    get device() {
      return device;
    },
    async refreshDevice() {
      return (device = disk.device ?? device);
    },
    async adoptDevices(ids) {
      device = disk.device = withFormer(disk.device ?? device, ids);
    },
    async takeOver() {
      disk.epoch += 1;
      device = disk.device ?? device;
      return {
        epoch: disk.epoch,
        state: {
          device,
          key: disk.key,
          relays: disk.list,
          slots: [...disk.slots.values()],
          reservations: [...disk.reservations.values()],
          unread: [...disk.unread.values()],
          quarantined: [...disk.quarantine.values()],
          missingSince: disk.missingSince,
        },
      };
    },
    async commit(epoch, changes) {
      if (disk.epoch !== epoch) return false;
      const quarantined = { get: (document: Quarantined) => disk.quarantine.get(quarantineKey(document)) };
      for (const change of changes)
        apply(disk, keepStored(change, { device: disk.device ?? device, key: disk.key, quarantined }));
      device = disk.device ?? device;
      return true;
    },
    async loadRelayMemory() {
      return Object.fromEntries(disk.relays);
    },
    async saveRelayMemory(relayUrl, memory) {
      disk.relays.set(relayUrl, keepUnknown(disk.relays.get(relayUrl), memory));
    },
    close() {},
  };
}

const quarantineKey = (document: { readonly collection: string; readonly id: string }) =>
  JSON.stringify([document.collection, document.id]);

function apply(disk: LedgerDisk, change: LedgerChange): void {
  switch (change.kind) {
    case LedgerChangeKind.Slot:
      disk.slots.set(change.record.version.d, change.record);
      return;
    case LedgerChangeKind.Reserve:
      disk.reservations.set(change.reservation.d, change.reservation);
      return;
    case LedgerChangeKind.Forget:
      for (const d of change.addresses) disk.slots.delete(d);
      return;
    case LedgerChangeKind.Unread:
      disk.unread.set(change.record.d, change.record);
      return;
    case LedgerChangeKind.NoLongerUnread:
      disk.unread.delete(change.d);
      return;
    case LedgerChangeKind.Device:
      disk.device = change.device;
      disk.reservations.clear();
      return;
    case LedgerChangeKind.NewKey:
      disk.key = change.key;
      disk.missingSince = undefined;
      for (const table of [disk.slots, disk.reservations, disk.unread]) table.clear();
      return;
    case LedgerChangeKind.KeyState:
      disk.key = change.key;
      return;
    case LedgerChangeKind.Quarantine:
      for (const document of change.documents) disk.quarantine.set(quarantineKey(document), document);
      return;
    case LedgerChangeKind.Release:
      for (const document of change.documents) disk.quarantine.delete(quarantineKey(document));
      return;
    case LedgerChangeKind.MissingSince:
      disk.missingSince = change.at;
      return;
    case LedgerChangeKind.Relays:
      disk.list = change.relays;
      return;
    default: {
      const never: never = change;
      return never;
    }
  }
}
