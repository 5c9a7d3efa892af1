/** After a start, gives the slots that the ledger has back to the modules that work with them. */
import type { RemoteSlots } from './slots/remote-slots';
import type { Inbound } from './incoming/inbound';
import type { LedgerState } from '../persistence/ledger';
import type { Outbox } from './outgoing/outbox';
import type { OwnSlots } from './slots/own-slots';
import { Tier } from '../contracts/slot';
import type { ManifestPayload } from '../contracts/slot';
import type { Mesh } from '../contracts/mesh';
import type { Vault } from '../contracts/vault';

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

/** Resolves with the newest manifest of this device, if it has published one. */
export async function restoreSlots(
  { slots }: LedgerState,
  { vault, ownSlots, remoteSlots, inbound, outbox, mesh, yieldToEventLoop }: SlotModules,
): Promise<ManifestPayload | undefined> {
  let ownManifest: ManifestPayload | undefined;
  for (const [index, record] of slots.entries()) {
    if (index % RECORDS_AT_ONCE === RECORDS_AT_ONCE - 1) await yieldToEventLoop();
    const opened = await vault.open(record.event);
    if (typeof opened === 'string') continue;
    const { version, event } = record;
    if (version.deviceId === ownSlots.deviceId) {
      const slot = await ownSlots.restore(record, opened.payload);
      for (const { stamps } of slot.unsettled) outbox.addWaiting(stamps);
      mesh.offer({ version, event, own: true });
      if (opened.payload.tier === Tier.Manifest) ownManifest = opened.payload;
    } else {
      remoteSlots.restore(record);
      inbound.restore(opened);
    }
  }
  return ownManifest;
}
