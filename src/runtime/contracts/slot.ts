/** Slots as they are on the wire (docs/protocol.md, section 2). */
import type { NostrEvent } from '../core/nostr';

export type { NostrEvent } from '../core/nostr';

export enum Tier {
  Delta = 0,
  Page = 1,
  Manifest = 2,
}

export interface SlotName {
  /** 32 lower-case hex digits. */
  readonly deviceId: string;
  readonly tier: Tier;
  readonly index: number;
}

/** One version of a slot, as an opened envelope proves it. Versions of one address compare by (createdAt, nonce). */
export interface SlotVersion extends SlotName {
  /** The address: 32 lower-case hex digits. */
  readonly d: string;
  readonly seq: number;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  /** 24 lower-case hex digits. */
  readonly nonce: string;
}

/** A version that this build cannot read, as only its event and a valid signature tell it. */
export interface UnreadVersion {
  readonly d: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  readonly nonce: undefined;
}

export interface ContentPayload {
  readonly dev: string;
  readonly tier: Tier.Delta | Tier.Page;
  readonly idx: number;
  readonly seq: number;
  /** Entries, as `entryOf` writes them; of another device each of them may be anything (`readEntry`). */
  readonly e: readonly unknown[];
}

export interface ManifestPayload {
  readonly dev: string;
  readonly tier: Tier.Manifest;
  readonly idx: 0;
  readonly seq: number;
  /** Run-length coded live slots of this device: [tier, first index, seqs of consecutive indices...]. */
  readonly live: readonly (readonly number[])[];
  /** Newest seq heard of each device within 90 days: deviceId -> seq of its manifest. */
  readonly seen: { readonly [deviceId: string]: number };
  readonly label: string;
}

export type SlotPayload = ContentPayload | ManifestPayload;

declare const sealed: unique symbol;

/** An event that only the vault makes: sealed, then signed. Nothing else is ever published. */
export type SealedEvent = NostrEvent & { readonly [sealed]: true };
