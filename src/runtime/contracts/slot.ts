/** Slots as they are on the wire (docs/protocol.md, section 2). */
import type { SyncObject } from '../core/json';
import type { NostrEvent } from '../core/nostr';

export type { NostrEvent } from '../core/nostr';

export enum Tier {
  Delta = 0,
  Page = 1,
  Manifest = 2,
  Note = 3,
}

/** Padded; an event stays under 48 kB so. */
export const MAX_PADDED_BYTES = 32_768;

/** Inflated, and as JSON before compression. */
export const MAX_PAYLOAD_BYTES = 1_048_576;

/** Whether a slot is for documents. Others have content of their own kinds. */
export function holdsContent<Slot extends { readonly tier: Tier }>(
  slot: Slot,
): slot is Slot & { readonly tier: Tier.Delta | Tier.Page } {
  return slot.tier === Tier.Delta || slot.tier === Tier.Page;
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

/** What a device says of itself, for the user's other devices. Of a manifest that lacks a part, that part is empty. */
export interface DeviceAbout {
  /** Addresses of the relays that it writes to, at most 8. Which of them a reader follows is its own decision. */
  readonly relays: readonly string[];
  /** Whole days since the epoch: when the device was last active. */
  readonly day: number | undefined;
  /** A name that its owner recognises, at most 40 characters. */
  readonly label: string;
  /** The version of this package, such as "0.1.0". */
  readonly kit: string;
  /** The version of the app's schema: 16 lower-case hex digits. */
  readonly schema: string;
}

/** What a manifest says. */
export interface ManifestFields extends DeviceAbout {
  /** Run-length coded live slots of its device: [tier, first index, seqs of consecutive indices...]. */
  readonly live: readonly (readonly number[])[];
  /** Newest seq heard of each device within 90 days: deviceId -> seq of its manifest. */
  readonly seen: { readonly [deviceId: string]: number };
  /** What other versions of the kit say under keys that this one does not know. */
  readonly ext: SyncObject;
}

/** A device has one manifest, at the first of so many indices where its clock allows a next version. */
export const MANIFEST_INDICES = 4;

export interface ManifestPayload extends ManifestFields {
  readonly dev: string;
  readonly tier: Tier.Manifest;
  /** Below `MANIFEST_INDICES`. */
  readonly idx: number;
  readonly seq: number;
}

/** The types of notes that have a meaning. */
export enum NoteType {
  /** The user's data is under other keys now. */
  Moved = 'moved',
  /** The user has deleted all data. */
  Deleted = 'deleted',
}

export interface Note {
  /** A `NoteType`, or one of another version of the kit: 1 to 32 letters a-z and hyphens. Empty where it is none. */
  readonly type: string;
  /** ms since the epoch; 0 where it is none. */
  readonly at: number;
  /** At most 4,096 bytes of JSON; readers take more for an empty object. */
  readonly data: SyncObject;
}

export interface NotePayload extends Note {
  readonly dev: string;
  readonly tier: Tier.Note;
  readonly idx: number;
  readonly seq: number;
}

export type SlotPayload = ContentPayload | ManifestPayload | NotePayload;

declare const sealed: unique symbol;

/** An event that only the vault makes: sealed, then signed. Nothing else is ever published. */
export type SealedEvent = NostrEvent & { readonly [sealed]: true };

/** Size of an event as JSON: its content is base64 and needs no escapes, everything else has a fixed length. */
export function eventBytes(event: NostrEvent): number {
  return event.content.length + 420;
}
