/** After a start, gives the slots that the ledger has back to the modules that work with them. */
import type { Damage } from './incoming/damage';
import type { RemoteSlots } from './slots/remote-slots';
import type { Inbound } from './incoming/inbound';
import type { LedgerState, SlotRecord } from '../persistence/ledger';
import type { Outbox } from './outgoing/outbox';
import type { OwnSlots } from './slots/own-slots';
import { holdsContent, Tier } from '../contracts/slot';
import type { ManifestPayload, SlotPayload } from '../contracts/slot';
import type { Mesh } from '../contracts/mesh';
import type { Vault } from '../contracts/vault';
import { readContent } from './slots/slot-content';

/** Records between two pauses, so that the app's own reads and writes need not wait. */
const RECORDS_AT_ONCE = 8;

export interface SlotModules {
  readonly vault: Vault;
  readonly ownSlots: OwnSlots;
  readonly remoteSlots: RemoteSlots;
  readonly inbound: Inbound;
  readonly outbox: Outbox;
  readonly mesh: Mesh;
  readonly yieldToEventLoop: () => Promise<void>;
}

export interface RestoreModules extends Omit<SlotModules, 'mesh'> {
  readonly damage: Damage;
}

/** Resolves with the newest manifest of this device, if it has published one. */
export async function restoreSlots(
  { slots, reservations }: LedgerState,
  modules: RestoreModules,
): Promise<ManifestPayload | undefined> {
  const { vault, ownSlots, outbox, damage, yieldToEventLoop } = modules;
  let ownManifest: ManifestPayload | undefined;
  for (const [index, record] of slots.entries()) {
    if (index % RECORDS_AT_ONCE === RECORDS_AT_ONCE - 1) await yieldToEventLoop();
    const opened = await vault.open(record.event);
    if (typeof opened === 'string') {
      // A newer build of the app was here before. What it recorded is kept as it is, and nothing is written over it.
      if (vault.verify(record.event)) restoreUnreadable(record, modules);
      continue;
    }
    const { version } = record;
    const { payload } = opened;
    if (holdsContent(payload)) damage.note(version, readContent(payload.e).damaged);
    if (version.deviceId === ownSlots.deviceId) {
      const slot = await ownSlots.restore(record, payload);
      for (const { stamps } of slot.unsettled) outbox.addWaiting(stamps);
      if (payload.tier === Tier.Manifest && payload.seq > (ownManifest?.seq ?? -1)) ownManifest = payload;
    } else restoreRemote(record, modules, payload);
  }
  for (const reservation of reservations) await ownSlots.restoreReservation(reservation);
  return ownManifest;
}

function restoreUnreadable(record: SlotRecord, modules: RestoreModules): void {
  if (record.version.deviceId !== modules.ownSlots.deviceId) return restoreRemote(record, modules);
  modules.ownSlots.restoreUnreadable(record);
}

function restoreRemote(record: SlotRecord, { remoteSlots, inbound }: RestoreModules, payload?: SlotPayload): void {
  remoteSlots.restore(record);
  inbound.restore(record.version, payload);
}
