/** On which relays each version of a slot was seen stored, in this session: by a read-back or in a complete read. */
import type { SlotVersion } from './ports';

/** Older versions of a slot than these are superseded everywhere that matters. */
const REMEMBERED_VERSIONS = 6;

export type StoredOn = ReturnType<typeof createStoredOn>;

export function createStoredOn() {
  const relaysByNonce = new Map<string, Map<string, Set<string>>>();
  return {
    /** Returns on how many relays the version is now known to be stored. */
    note(version: SlotVersion, relayUrl: string): number {
      let versions = relaysByNonce.get(version.d);
      if (!versions) relaysByNonce.set(version.d, (versions = new Map()));
      let relays = versions.get(version.nonce);
      if (!relays) {
        versions.set(version.nonce, (relays = new Set()));
        const [oldest] = versions.keys();
        if (versions.size > REMEMBERED_VERSIONS) versions.delete(oldest!);
      }
      relays.add(relayUrl);
      return relays.size;
    },
    count: (version: SlotVersion): number => relaysByNonce.get(version.d)?.get(version.nonce)?.size ?? 0,
  };
}
