/**
 * Signatures. A Schnorr verification costs 2-5 ms, and several relays of one process see each event: since the id commits to everything
 * that is signed, an (id, sig) that was found good once stays good, and only the cheap hash is computed again.
 */
import { createHash } from 'node:crypto';
import { verifyCopy } from '../runtime/core/nostr';
import type { NostrEvent } from './event';

const rememberedSignatures = 4_096;
const goodSignatures = new Set<string>();

export type Verify = (event: NostrEvent) => boolean;

export function createVerifier(): Verify {
  return (event) => {
    if (hashOf(event) !== event.id) return false;
    const signature = event.id + event.sig;
    if (goodSignatures.has(signature)) return true;
    if (!verifyCopy(event)) return false;
    goodSignatures.add(signature);
    if (goodSignatures.size > rememberedSignatures) {
      for (const oldest of goodSignatures) {
        goodSignatures.delete(oldest);
        break;
      }
    }
    return true;
  };
}

function hashOf({ pubkey, created_at, kind, tags, content }: NostrEvent): string {
  return createHash('sha256')
    .update(JSON.stringify([0, pubkey, created_at, kind, tags, content]))
    .digest('hex');
}
