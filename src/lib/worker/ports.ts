/**
 * What the rooms of the worker hand each other. Each room knows its neighbours through these interfaces only, so that tests
 * and the simulation can put another clock, network, storage or sealing in their place.
 */
import type { RelayStatus, SyncDocument, SyncProblem } from '../types';
import type { Entry, Registers, Stamp } from './registers';

/** Time and randomness, so that a test owns them. */
export interface Clock {
  /** Wall clock, ms since the epoch. */
  now(): number;
  /** Calls back once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}
export type Random = () => number;

// ---------------------------------------------------------------- slots on the wire (docs/protocol.md, section 2)

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

export interface ContentPayload {
  readonly dev: string;
  readonly tier: Tier.Delta | Tier.Page;
  readonly idx: number;
  readonly seq: number;
  readonly e: readonly Entry[];
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

export interface NostrEvent {
  readonly id: string;
  readonly pubkey: string;
  readonly created_at: number;
  readonly kind: number;
  readonly tags: readonly (readonly string[])[];
  readonly content: string;
  readonly sig: string;
}

declare const sealed: unique symbol;
/** An event that only the vault makes: sealed, then signed. Nothing else is ever published. */
export type SealedEvent = NostrEvent & { readonly [sealed]: true };

/** A payload, serialised, deflated (or stored) and measured, not yet sealed. */
export interface PackedPayload {
  readonly payload: SlotPayload;
  readonly deflated: Uint8Array;
  /** The padded size, 512 * 2^k bytes; undefined when it exceeds 32,768 and cannot be sealed. */
  readonly paddedBytes: number | undefined;
}

export interface OpenedSlot {
  readonly version: SlotVersion;
  readonly payload: SlotPayload;
}

/** Why an event is not one of ours. `UnknownVersion` is only said under a valid signature. */
export enum Refusal {
  Malformed = 'malformed',
  Forged = 'forged',
  UnknownVersion = 'unknown-version',
  Unreadable = 'unreadable',
}

export interface Vault {
  /** 64 lower-case hex digits: the x-only public key. */
  readonly pubkey: string;
  /** HMAC of the public key under the installation's r; hex. Another value than last time is KEY_CHANGED. */
  keyCheck(installationKey: CryptoKey): Promise<string>;
  /** The address of a slot: 32 lower-case hex digits. */
  addressOf(slot: SlotName): Promise<string>;
  pack(payload: SlotPayload, compress?: boolean): Promise<PackedPayload>;
  newNonce(): string;
  /** Seals and signs. Rejects with VAULT_FAILED; nothing may be published then. */
  seal(packed: PackedPayload, at: { readonly createdAt: number; readonly nonce: string }): Promise<SealedEvent>;
  /** Opens and authenticates an event from anywhere. Never rejects for what is in the event. */
  open(event: NostrEvent): Promise<OpenedSlot | Refusal>;
  /** Checks the signature of an opened event before it is re-published for another device. */
  verify(event: NostrEvent): event is SealedEvent;
  /** NIP-42: answers a relay's challenge with a signed kind 22242 event. */
  signAuth(relayUrl: string, challenge: string): NostrEvent;
}

// ---------------------------------------------------------------- store: documents with their registers

export interface StoredDocument {
  readonly id: string;
  readonly registers: Registers;
  /** Counters hold something apart that is not in `registers` yet (`Store.settleShares`). */
  readonly holdsShares?: boolean;
}

export enum ChangeOrigin {
  /** A write of the app in this or another tab. */
  Local = 'local',
  /** A merge, in this or another tab. */
  Merge = 'merge',
}

export interface StoreChange {
  readonly collection: string;
  readonly origin: ChangeOrigin;
  readonly documents: readonly StoredDocument[];
}

/** An inbound document that breaks the schema of this version of the app. */
export interface Quarantined {
  readonly collection: string;
  readonly id: string;
  readonly registers: Registers;
  readonly reason: string;
}

export interface JoinOutcome {
  /** The joined registers of every document that was given, whether it changed or not. */
  readonly joined: readonly StoredDocument[];
  readonly quarantined: readonly Quarantined[];
}

/** Documents under their merge state. Another storage layer can take RxDB's place behind this port. */
export interface Store {
  /** Names of the collections that sync. */
  readonly collections: readonly string[];
  read(collection: string, ids: readonly string[]): Promise<ReadonlyMap<string, StoredDocument>>;
  /** Joins inbound registers into at most 100 documents in one compare-and-swap, retried on conflict. */
  join(collection: string, inbound: readonly StoredDocument[]): Promise<JoinOutcome>;
  /** All documents, deleted ones included, in batches. */
  scan(collection: string, batchSize: number): AsyncIterable<readonly StoredDocument[]>;
  /**
   * This device has no clone: what counters have counted apart goes to its shares, now and whenever another tab counts apart. Told as
   * local writes.
   * @param deviceId 32 hex digits; another one at the next call if the device turned out to be a clone.
   */
  settleShares(deviceId: string): Promise<void>;
  /** Every committed write of every tab, after it is committed. Returns a function that ends it. */
  changes(listener: (change: StoreChange) => void): () => void;
}

// ---------------------------------------------------------------- mesh: all relays

/** A signed version of a slot that every relay ought to hold. */
export interface Head {
  readonly version: SlotVersion;
  readonly event: SealedEvent;
  /** Written by this device: sent at once. Others' heads are only repaired where a read shows that a relay lacks them. */
  readonly own: boolean;
}

export interface MeshListener {
  /**
   * An event of our public key arrived: live, in a complete read or as a read-back. The mesh waits for the answer before it believes anything about
   * the event. Resolves with the authenticated version and, for a manifest, the addresses it names as live; or with a refusal.
   */
  receive(event: NostrEvent, relayUrl: string): Promise<ReceivedSlot | Refusal>;
  /** A read-back (a REQ sent after the OK, answered before EOSE) found these versions stored on `relayUrl`. */
  stored(relayUrl: string, versions: readonly SlotVersion[]): void;
  /**
   * A complete read of a relay has ended: `present` has what it holds at each address.
   * `complete` is false when the read had to be given up; such a read proves no absence.
   */
  readEnded(relayUrl: string, present: ReadonlyMap<string, SlotVersion>, complete: boolean): void;
  /** The number of relays from which all own slots have been read in their present connection has changed. */
  readyRelaysChanged(count: number): void;
  statusChanged(): void;
}

export interface ReceivedSlot {
  readonly version: SlotVersion;
  /** Addresses a manifest names as live. */
  readonly names?: readonly string[];
  /** Their seqs, in the same order: a relay that holds an older one is read there. Without them only absence is noticed. */
  readonly seqs?: readonly number[];
}

/** What the mesh remembers of a relay between sessions (token bucket, demotion), as plain JSON. */
export interface RelayMemory {
  load(): Promise<{ readonly [relayUrl: string]: SyncDocument }>;
  save(relayUrl: string, memory: SyncDocument): void;
}

export interface Mesh {
  start(): void;
  /** Closes every socket and timer; nothing is called back afterwards. */
  stop(): void;
  /** The network may have changed (online, visible, resumed): probe or reconnect now. */
  kick(): void;
  /** Makes `head` what every relay ought to hold at its address; a newer head replaces an older one in every queue. */
  offer(head: Head): void;
  /** No relay ought to hold anything at these addresses any more, as far as this device is concerned. */
  withdraw(addresses: readonly string[]): void;
  /** All addresses that this device writes, so that they are read before anything is sent. */
  setOwnAddresses(addresses: readonly string[]): void;
  /** Reads every relay completely again. Resolves when each connected relay has been read or given up. */
  readAll(): Promise<void>;
  /** Sends queued own heads now, as far as the relays' budgets allow, and resolves when they were handed to the sockets. */
  flush(): Promise<void>;
  /** Seconds to add to the wall clock for `created_at`, learned from refusals of a quorum of relays. */
  readonly createdAtOffset: number;
  /** Largest event in bytes of JSON that every active relay is known to accept. */
  readonly maxEventBytes: number;
  /**
   * ms between publishes that enough relays for durability accept at present; the outbox coalesces by it. A slower relay gets the newest
   * version whenever its own budget allows.
   */
  readonly publishIntervalMs: number;
  readonly readyRelays: number;
  readonly status: readonly RelayStatus[];
  readonly problems: readonly SyncProblem[];
}

export type { Stamp };
