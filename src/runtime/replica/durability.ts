/**
 * Durability: which versions are stored on enough relays, and whether enough relays have been read to say that everything is merged and that
 * there is no clone of this device.
 */
import type { Inbound } from './incoming/inbound';
import type { OwnSlots } from './slots/own-slots';
import { ReadCompleteness } from '../core/status';
import type { StampsByDocument } from './slots/waiting';
import type { Clock } from '../core/clock';
import type { Mesh } from '../contracts/mesh';
import type { SlotVersion } from '../contracts/slot';
import type { Store } from '../contracts/store';
import type { SlotWriter } from './outgoing/slot-writer';

export interface DurabilityOptions {
  /** The list. What other relays hold is not durable by that. */
  readonly relays: readonly string[];
  /** How many of them make a write durable. */
  readonly durableOn: number;
  readonly clock: Clock;
  readonly mesh: Mesh;
  readonly store: Store;
  readonly ownSlots: OwnSlots;
  readonly slotWriter: SlotWriter;
  readonly inbound: Inbound;
  readonly isStopped: () => boolean;
  readonly isFailed: () => boolean;
  /** Documents were compared with what the ledger has. */
  readonly isCompared: () => boolean;
  /** A version of an own slot is stored on enough relays. Awaited before that is recorded. */
  readonly onStored: (version: SlotVersion) => Promise<void>;
  /** Writes that are stored on enough relays from now on, by one of the slots. */
  readonly onDurable: (stamps: StampsByDocument) => void;
  /** A complete read of a relay has ended, and what it brought is merged. */
  readonly onRead: () => void;
  /** For the first time, what enough relays have shown is merged, or what can be had of them. */
  readonly onSynced: () => void;
  /** The relays have shown that there is no clone of this device. */
  readonly onProven: () => void;
  readonly onFailed: (error: unknown) => void;
}

export type Durability = ReturnType<typeof createDurability>;

export function createDurability(options: DurabilityOptions) {
  const { durableOn, clock, mesh, store, ownSlots, slotWriter, inbound, isStopped } = options;
  const listed: ReadonlySet<string> = new Set(options.relays);
  const storedOn = createStoredOn();
  const completeReads = new Set<string>();
  const otherReads = new Set<string>();
  let wasReady = false;
  let isSynced = false;
  let isProven = false;
  let lastSyncedAt: number | null = null;
  /** Relays that had been read when the proof was noted last. */
  let relaysRead = 0;

  function noteStored(version: SlotVersion, relayUrl: string): void {
    if (!listed.has(relayUrl)) return;
    storedOn.note(version, relayUrl);
    recheck(version);
  }

  function recheck(version: SlotVersion): void {
    const isEnough = storedOn.count(version) >= durableOn;
    if (isEnough && version.deviceId === ownSlots.deviceId) settle(version).catch(options.onFailed);
  }

  async function settle(version: SlotVersion): Promise<void> {
    await options.onStored(version);
    const durable = await slotWriter.settle(version, storedOn.relays(version));
    if (isStopped() || !durable) return;
    lastSyncedAt = clock.now();
    options.onDurable(durable);
  }

  function noteRead(relayUrl: string, present: ReadonlyMap<string, SlotVersion>, isComplete: boolean): void {
    for (const version of present.values()) noteStored(version, relayUrl);
    if (!isComplete) return;
    if (!listed.has(relayUrl)) {
      otherReads.add(relayUrl);
      return;
    }
    completeReads.add(relayUrl);
    finishRead().catch(options.onFailed);
  }

  async function finishRead(): Promise<void> {
    await inbound.drained();
    if (isStopped() || options.isFailed()) return;
    prove();
    noteSynced();
    if (completeReads.size >= durableOn || mesh.readyRelays <= completeReads.size) options.onRead();
  }

  /** What was read before the mesh had its proof is merged by now, or will be. */
  async function noteProof(): Promise<void> {
    await inbound.drained();
    if (isStopped() || options.isFailed()) return;
    // Whatever can be read now has been read: what is written does not wait for relays that may never come.
    // While none can be had, nothing has been read.
    wasReady ||= mesh.proof.isAllAnswered && mesh.readyRelays > 0;
    prove();
    const { size } = mesh.proof.read;
    // That a relay can or cannot be reached any more brings nothing.
    if (isSynced && size === relaysRead) return;
    relaysRead = size;
    noteSynced();
  }

  function noteSynced(): void {
    if (mesh.proof.completeness === ReadCompleteness.Pending) return;
    lastSyncedAt = clock.now();
    if (isSynced) return;
    isSynced = true;
    options.onSynced();
  }

  /** Not before the documents have back what only slots had: a share that begins anew would take the place of the old one. */
  function prove(): void {
    // A relay of which a part was read has shown the own slots too.
    const { size } = new Set([...completeReads, ...mesh.proof.read]);
    const isRead = size >= durableOn && completeReads.size > 0 && mesh.proof.read.size > 0;
    if (isProven || !options.isCompared() || !wasReady || !isRead) return;
    isProven = true;
    options.onProven();
    store.settleShares(ownSlots.deviceId).catch(options.onFailed);
  }

  return {
    storedOn,
    /** Relays of the list that were read completely in this session. */
    completeReads: completeReads as ReadonlySet<string>,
    /** Whether a relay, of the list or not, was read completely in this session. */
    wasRead: (relayUrl: string): boolean => completeReads.has(relayUrl) || otherReads.has(relayUrl),
    noteStored,
    /** A version that was read before it was known to be this device's own. */
    recheck,
    noteRead,
    noteProof,
    /** From so many relays the own slots have been read in their present connection. */
    noteReady(count: number): void {
      wasReady ||= count >= durableOn;
    },
    prove,
    /** The own slots have been read from enough relays, or from those that can be had, so that something may be sent. */
    get wasReady(): boolean {
      return wasReady;
    },
    get isSynced(): boolean {
      return isSynced;
    },
    get isProven(): boolean {
      return isProven;
    },
    /** Wall clock, ms. */
    get lastSyncedAt(): number | null {
      return lastSyncedAt;
    },
  };
}

/** Older versions of a slot than these are superseded everywhere that matters. */
const REMEMBERED_VERSIONS = 6;

export type StoredOn = ReturnType<typeof createStoredOn>;

export function createStoredOn() {
  const relaysByNonce = new Map<string, Map<string, Set<string>>>();
  return {
    note(version: SlotVersion, relayUrl: string): void {
      let versions = relaysByNonce.get(version.d);
      if (!versions) relaysByNonce.set(version.d, (versions = new Map()));
      let relays = versions.get(version.nonce);
      if (!relays) {
        versions.set(version.nonce, (relays = new Set()));
        const [oldest] = versions.keys();
        if (versions.size > REMEMBERED_VERSIONS) versions.delete(oldest!);
      }
      relays.add(relayUrl);
    },
    /** On how many relays the version is known to be stored. */
    count: (version: SlotVersion): number => relaysByNonce.get(version.d)?.get(version.nonce)?.size ?? 0,
    /** Their addresses. */
    relays: (version: SlotVersion): readonly string[] => [...(relaysByNonce.get(version.d)?.get(version.nonce) ?? [])],
  };
}
