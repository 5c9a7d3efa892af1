/** The mesh: all relays of an app as one. */
import type { SyncProblem } from '../core/errors';
import type { SyncDocument } from '../core/json';
import type { ReadCompleteness, RelayStatus, UndecryptableEvents } from '../core/status';
import type { NostrEvent, SealedEvent, SlotVersion, UnreadVersion } from './slot';
import type { Refusal } from './vault';

/** A signed version of a slot that every relay ought to hold. */
export type Head = SlotHead | UnreadHead;

export interface SlotHead {
  readonly version: SlotVersion;
  readonly event: SealedEvent;
  /** Written by this device: sent at once. Others' heads are only repaired where a read shows that a relay lacks them. */
  readonly own: boolean;
}

/** One that this build cannot read. */
export interface UnreadHead {
  readonly version: UnreadVersion;
  readonly event: SealedEvent;
  readonly own: false;
}

export interface MeshListener {
  /**
   * An event of our public key arrived: live, in a complete read or as a read-back. The mesh waits for the answer before it believes anything about
   * the event. Resolves with the authenticated version and, for a manifest, the addresses it names as live; or with a refusal, which is not believed
   * of an event without a valid signature.
   * @param isSigned resolves with whether the signature is right, when it is the relay's turn; undefined: nobody looked. Asked only of what does not
   * open, because a check takes 2 ms
   */
  receive(
    event: NostrEvent,
    relayUrl: string,
    isSigned: () => Promise<boolean | undefined>,
  ): Promise<ReceivedSlot | Refusal>;
  /** A read-back (a REQ sent after the OK, answered before EOSE) found these versions stored on `relayUrl`. */
  stored(relayUrl: string, versions: readonly SlotVersion[]): void;
  /**
   * A complete read of a relay has ended: `present` has what it holds at each address.
   * `complete` is false when the read had to be given up; such a read proves no absence.
   */
  readEnded(relayUrl: string, present: ReadonlyMap<string, SlotVersion>, complete: boolean): void;
  /** The number of relays from which all own slots have been read in their present connection has changed. */
  readyRelaysChanged(count: number): void;
  /** `Mesh.proof` has changed. */
  proofChanged(): void;
  statusChanged(): void;
  /** Whether somebody sees what the status says: a tab of this database is visible. */
  isWatched(): boolean;
}

export interface ReceivedSlot {
  readonly version: SlotVersion;
  /** Addresses a manifest names as live. */
  readonly names?: readonly string[];
  /** Their seqs, in the same order: a relay that holds an older one is read there. Without them only absence is noticed. */
  readonly seqs?: readonly number[];
}

/** What the mesh remembers of a relay between sessions (rate of publishing, size limit, demotion), as plain JSON. */
export interface RelayMemory {
  load(): Promise<{ readonly [relayUrl: string]: SyncDocument }>;
  save(relayUrl: string, memory: SyncDocument): void;
}

/** What the relays have shown of what they hold (docs/protocol.md, section 5). */
export interface MeshProof {
  /** Addresses of the relays that have been read since the start. */
  readonly read: ReadonlySet<string>;
  /** Every relay in use has answered in full, is down or has had its time: whatever can be read now has been read. */
  readonly isAllAnswered: boolean;
  readonly completeness: ReadCompleteness;
  /** Addresses of the relays in use that have not been read. */
  readonly unread: readonly string[];
  /**
   * Of the relays in use those that may still show something: they have not been read, or in part only. A silent one has answered, and nobody can tell
   * what it holds.
   */
  readonly awaited: readonly string[];
}

export interface Undecryptable {
  /** Of all relays together, each event once. */
  readonly count: number;
  /** The most frequent first, at most 8. */
  readonly from: readonly UndecryptableEvents[];
}

/** Other devices of this user, as their manifests tell. */
export interface MetDevices {
  /** Those that were heard of within `visits.heardWithinMs`. */
  readonly met: number;
  /** Those of them whose relays are neither in this app's list nor in a former one: what they write comes by visits alone. */
  readonly apart: number;
}

export interface Mesh {
  start(): void;
  /** Closes every socket and timer; nothing is called back afterwards. */
  stop(): void;
  /** The network may have changed (online, visible, resumed): probe or reconnect now. */
  kick(): void;
  /** The browser says that there is no network: find out within seconds whether it is right. */
  doubtNetwork(): void;
  /** Makes `head` what every relay ought to hold at its address; a newer head replaces an older one in every queue. */
  offer(head: Head): void;
  /** No relay ought to hold anything at these addresses any more, as far as this device is concerned. */
  withdraw(addresses: readonly string[]): void;
  /** All addresses that this device writes, so that they are read before anything is sent. */
  setOwnAddresses(addresses: readonly string[]): void;
  /**
   * The newest manifest of another device says that it writes to these relays. Those of them that may be followed are visited.
   * @param createdAt of the manifest, in seconds.
   */
  noteDevice(deviceId: string, relays: readonly string[], createdAt: number): void;
  /** Reads every relay completely again. Resolves when each connected relay has been read or given up. */
  readAll(): Promise<void>;
  /** Sends queued own heads now, as far as the relays' budgets allow, and resolves when they were handed to the sockets. */
  flush(): Promise<void>;
  /** Seconds to add to the wall clock for `created_at`, learned from refusals of a quorum of relays. */
  readonly createdAtOffset: number;
  /** Largest event in bytes of JSON that as many of the relays in use as make a write durable are thought to accept. */
  readonly maxEventBytes: number;
  /**
   * ms between publishes that enough relays for durability accept at present; the outbox coalesces by it. A slower relay gets the newest
   * version whenever its own budget allows.
   */
  readonly publishIntervalMs: number;
  readonly readyRelays: number;
  /** Nothing was heard of any relay for some seconds, although they were asked. The connections may still look open. */
  readonly isCutOff: boolean;
  readonly proof: MeshProof;
  readonly devices: MetDevices;
  readonly status: readonly RelayStatus[];
  readonly problems: readonly SyncProblem[];
  /** Events that came under a valid signature and could not be read. */
  readonly undecryptable: Undecryptable;
}
