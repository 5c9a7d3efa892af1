/**
 * Inbound data flow: an event of the mesh is opened, told apart (own, a clone's, another device's), merged into the documents and only then
 * recorded.
 */
import { createMergeQueue } from './merge-queue';
import type { Arrival } from './merge-queue';
import type { RemoteSlots } from '../slots/remote-slots';
import { isNewer } from '../../contracts/version-order';
import { decodeLive } from '../slots/manifest';
import type { OwnSlots } from '../slots/own-slots';
import { Tier } from '../../contracts/slot';
import { Refusal } from '../../contracts/vault';
import type { Clock } from '../../core/clock';
import type { ManifestPayload, NostrEvent, SlotVersion } from '../../contracts/slot';
import type { OpenedSlot, Vault } from '../../contracts/vault';
import type { Quarantined, Store } from '../../contracts/store';
import type { ReceivedSlot } from '../../contracts/mesh';
import type { UnreadRecord } from '../../persistence/ledger';
import type { Damage } from './damage';
import type { Quarantine } from './quarantine';
import { versionOf } from './unread';
import type { Unread } from './unread';
import { readContent } from '../slots/slot-content';

export interface InboundOptions {
  readonly vault: Vault;
  readonly store: Store;
  readonly clock: Clock;
  readonly ownSlots: OwnSlots;
  readonly remoteSlots: RemoteSlots;
  readonly quarantine: Quarantine;
  readonly unread: Unread;
  readonly damage: Damage;
  readonly frameLagMs: () => number;
  /** A clone or a restored backup of this installation is at work. Resolves when the own slots are others. */
  readonly onForeign: () => Promise<void>;
  /** A version that was not known before was merged and recorded. */
  readonly onMerged: (version: SlotVersion) => void;
  readonly onFailed: (error: unknown) => void;
}

/** Of each slot so many merged versions are known by their nonces; an older one that comes again is merged again, which changes nothing. */
const REMEMBERED_VERSIONS = 8;

export type Inbound = ReturnType<typeof createInbound>;

export function createInbound(options: InboundOptions) {
  const { vault, ownSlots, remoteSlots, quarantine, unread, damage, onFailed } = options;
  const nonces = new Map<string, string[]>();
  /** Newest manifest of each device. */
  const manifests = new Map<string, SlotVersion>();
  const mergeQueue = createMergeQueue({ ...options, onMerged: record });
  let stopped = false;

  async function receive(event: NostrEvent): Promise<ReceivedSlot | Refusal> {
    const opened = await vault.open(event);
    if (opened === Refusal.UnknownVersion && !stopped) await setAside(event);
    if (typeof opened === 'string') return opened;
    const { version, payload } = opened;
    const answer = payload.tier === Tier.Manifest ? await namedBy(version, payload) : { version };
    if (stopped) return answer;
    if (version.deviceId === ownSlots.deviceId) {
      if (!ownSlots.isForeign(version)) return answer;
      await options.onForeign();
    }
    if (!stopped && remember(version)) await take(opened, event);
    return answer;
  }

  async function take({ version, payload }: OpenedSlot, event: NostrEvent): Promise<void> {
    if (payload.tier !== Tier.Manifest) {
      // Even one that is older than what is known: two clones overwrite each other, and what only the older one holds would be lost.
      const { content, damaged } = readContent(payload.e);
      damage.note(version, damaged);
      const documents = [...content].map(([key, document]) => [key, quarantine.complete(document)] as const);
      mergeQueue.push({ version, event, content: new Map(documents) });
      return;
    }
    noteManifest(version);
    await keep(version, event).catch(onFailed);
  }

  /** A newer build wrote it. It counts against nobody, and is kept for when this build can read it. */
  async function setAside(event: NostrEvent): Promise<void> {
    const d = event.tags[0]?.[1];
    if (d === undefined || !vault.verify(event)) return;
    const known = recordAt(d);
    if (known && (known.event.id === event.id || !isNewer(versionOf(d, event), known.version))) return;
    // As far as its address tells: that of an index which this device has not used yet does not.
    if (ownSlots.recordAt(d) || ownSlots.get(d)) await options.onForeign();
    if (!stopped) await unread.keep(d, event);
  }

  /** What could not be read when it came is read if this build can do it. */
  async function readAgain(records: readonly UnreadRecord[]): Promise<void> {
    for (const record of records) {
      const answer = await receive(record.event);
      if (stopped) return;
      if (answer === Refusal.UnknownVersion) unread.offerAgain(record);
      // What is new is merged first, and released when it is recorded.
      else if (typeof answer === 'string' || isRecorded(answer.version)) await unread.release(record.d);
    }
  }

  function isRecorded(version: SlotVersion): boolean {
    const known = recordAt(version.d);
    return known !== undefined && !isNewer(version, known.version);
  }

  const recordAt = (d: string) => ownSlots.recordAt(d) ?? remoteSlots.recordAt(d);

  async function record({ version, event, content }: Arrival, refused: readonly Quarantined[]): Promise<void> {
    await quarantine.settle(content, refused);
    await keep(version, event);
  }

  async function keep(version: SlotVersion, event: NostrEvent): Promise<void> {
    // The contents are genuine and merged, the signature is not: a good copy from another relay is still wanted.
    if (!(await remoteSlots.keep(version, event))) return forget(version);
    await unread.settle(version, event);
    options.onMerged(version);
  }

  /** Returns whether it is new. */
  function remember({ d, nonce }: SlotVersion): boolean {
    const known = nonces.get(d) ?? [];
    if (known.includes(nonce)) return false;
    nonces.set(d, [...known.slice(1 - REMEMBERED_VERSIONS), nonce]);
    return true;
  }

  function forget({ d, nonce }: SlotVersion): void {
    nonces.set(d, nonces.get(d)?.filter((known) => known !== nonce) ?? []);
  }

  function noteManifest(version: SlotVersion): void {
    const known = manifests.get(version.deviceId);
    if (!known || isNewer(version, known)) manifests.set(version.deviceId, version);
  }

  async function namedBy(version: SlotVersion, manifest: ManifestPayload): Promise<ReceivedSlot> {
    const live = decodeLive(manifest);
    const names = await Promise.all(live.map((slot) => vault.addressOf(slot)));
    return { version, names, seqs: live.map(({ seq }) => seq) };
  }

  return {
    receive,
    readAgain,
    /** A version that the ledger has is not merged again. */
    restore(version: SlotVersion): void {
      remember(version);
      if (version.tier === Tier.Manifest) noteManifest(version);
    },
    drained: mergeQueue.drained,
    /** The newest manifest of each other device that was heard of. */
    manifests: (): Iterable<SlotVersion> => manifests.values(),
    stop(): void {
      stopped = true;
      mergeQueue.stop();
    },
  };
}
