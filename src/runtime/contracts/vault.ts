/** The vault: the only module that seals, signs and opens slots. */
import type { NostrEvent, SealedEvent, SlotName, SlotPayload, SlotVersion } from './slot';

/** A payload, serialised, deflated (or stored) and measured, not yet sealed. */
export interface PackedPayload {
  readonly payload: SlotPayload;
  readonly jsonBytes: number;
  readonly deflated: Uint8Array;
  /** The padded size, 512 * 2^k bytes; undefined when it exceeds 32,768, or the JSON is too long, and it cannot be sealed. */
  readonly paddedBytes: number | undefined;
}

export interface OpenedSlot {
  readonly version: SlotVersion;
  readonly payload: SlotPayload;
}

/** Why an event is not one of ours, or none that this build can read. Without a valid signature each of them is a forgery. */
export enum Refusal {
  Malformed = 'malformed',
  /** Somebody without the keys made it. */
  Forged = 'forged',
  /** A newer build wrote it: the version of its envelope, or the tier of its payload, is none of this build's. */
  UnknownVersion = 'unknown-version',
  /** It opens with no key. */
  Unreadable = 'unreadable',
}

export interface Vault {
  /** 64 lower-case hex digits: the x-only public key. */
  readonly pubkey: string;
  /** HMAC of the public key under the installation's r; hex. Another value than last time is KEY_CHANGED. */
  keyCheck(installationKey: CryptoKey): Promise<string>;
  /** The address of a slot: 32 lower-case hex digits. */
  addressOf(slot: SlotName): Promise<string>;
  /** @param json `JSON.stringify(payload)`, where the caller has it already */
  pack(payload: SlotPayload, compress?: boolean, json?: string): Promise<PackedPayload>;
  newNonce(): string;
  /** Seals and signs. Rejects with VAULT_FAILED; nothing may be published then. */
  seal(packed: PackedPayload, at: { readonly createdAt: number; readonly nonce: string }): Promise<SealedEvent>;
  /** Opens and authenticates an event from anywhere, whatever its signature. Never rejects for what is in the event. */
  open(event: NostrEvent): Promise<OpenedSlot | Refusal>;
  /** Checks id and signature. Once for each object: so an event must not be changed after that. */
  verify(event: NostrEvent): event is SealedEvent;
  /** NIP-42: answers a relay's challenge with a signed kind 22242 event. `createdAt` is in seconds. */
  signAuth(relayUrl: string, challenge: string, createdAt: number): NostrEvent;
}
