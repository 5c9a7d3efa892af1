/** Schnorr signatures of events (NIP-01), by nostr-tools' pure functions. They are made for relays: authenticity is the AEAD's. */
import { finalizeEvent, verifyEvent } from 'nostr-tools/pure';
import { isHex } from '../core/bytes';
import type { NostrEvent } from '../contracts/slot';

export type EventTemplate = Parameters<typeof finalizeEvent>[0];

export interface Signer {
  /** 32 bytes. */
  readonly signKey: Uint8Array;
  /** That of `signKey`, as 64 hex digits. */
  readonly pubkey: string;
}

export function signEvent(template: EventTemplate, { signKey, pubkey }: Signer): NostrEvent {
  const { id, sig } = finalizeEvent({ ...template }, signKey);
  return { id, pubkey, ...template, sig };
}

/** Whether id and signature are right. Over a copy: the library keeps its verdict on the object, where it would outlive a change. */
export function isSigned({ id, pubkey, created_at, kind, tags, content, sig }: NostrEvent): boolean {
  if (!isHex(id, 64) || !isHex(sig, 128)) return false;
  return verifyEvent({ id, pubkey, created_at, kind, tags: tags as string[][], content, sig });
}
