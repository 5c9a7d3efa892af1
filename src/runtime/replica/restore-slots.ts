/** Puts what the ledger has of slots back into the rooms that work with them, after a start. */
import type { Heads } from './slots/remote-slots';
import type { Inbound } from './incoming/inbound';
import type { LedgerState } from '../persistence/ledger';
import type { Outbox } from './outgoing/outbox';
import type { OwnSlots } from './slots/own-slots';
import { Tier } from '../contracts/slot';
import type { ManifestPayload } from '../contracts/slot';
import type { Mesh } from '../contracts/mesh';
import type { Vault } from '../contracts/vault';

/** Records between two pauses, so that others get their turn. */
const RECORDS_AT_ONCE = 8;

export interface Rooms {
  readonly vault: Vault;
  readonly ownSlots: OwnSlots;
  readonly heads: Heads;
  readonly inbound: Inbound;
  readonly outbox: Outbox;
  readonly mesh: Mesh;
  readonly breathe: () => Promise<void>;
}

/** Resolves with the newest manifest of this device, if it has published one. */
export async function restoreSlots(
  { slots }: LedgerState,
  { vault, ownSlots, heads, inbound, outbox, mesh, breathe }: Rooms,
): Promise<ManifestPayload | undefined> {
  let ownManifest: ManifestPayload | undefined;
  for (const [index, record] of slots.entries()) {
    if (index % RECORDS_AT_ONCE === RECORDS_AT_ONCE - 1) await breathe();
    const opened = await vault.open(record.event);
    if (typeof opened === 'string') continue;
    const { version, event } = record;
    if (version.deviceId === ownSlots.deviceId) {
      const slot = await ownSlots.restore(record, opened.payload);
      for (const { stamps } of slot.unsettled) outbox.addWaiting(stamps);
      mesh.offer({ version, event, own: true });
      if (opened.payload.tier === Tier.Manifest) ownManifest = opened.payload;
    } else {
      heads.restore(record);
      inbound.restore(version);
    }
  }
  return ownManifest;
}
