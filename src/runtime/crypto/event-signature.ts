/** Schnorr signatures of events (NIP-01). They are made for relays: authenticity is the AEAD's. */
import { isHex } from '../core/bytes';
import { signTemplate, verifyCopy } from '../core/nostr';
import type { EventTemplate, NostrEvent } from '../core/nostr';

export interface Signer {
  /** 32 bytes. */
  readonly signKey: Uint8Array;
  /** That of `signKey`, as 64 hex digits. */
  readonly pubkey: string;
}

export function signEvent(template: EventTemplate, { signKey, pubkey }: Signer): NostrEvent {
  const { id, sig } = signTemplate(template, signKey);
  return { id, pubkey, ...template, sig };
}

/** Whether id and signature are right. */
export function isSigned(event: NostrEvent): boolean {
  return isHex(event.id, 64) && isHex(event.sig, 128) && verifyCopy(event);
}
