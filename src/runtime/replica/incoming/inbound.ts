/**
 * Inbound data flow: an event of the mesh is opened, told apart (own, a clone's, another device's), merged into the documents and only then
 * recorded.
 */
import { createBulkGate } from './bulk-gate';
import { createMergeQueue } from './merge-queue';
import type { Arrival } from './merge-queue';
import type { RemoteSlots } from '../slots/remote-slots';
import { createNewestVersions } from '../../contracts/newest-versions';
import { isNewer } from '../../contracts/version-order';
import { decodeLive } from '../slots/manifest';
import { Origin } from '../slots/own-slots';
import type { OwnSlots } from '../slots/own-slots';
import { holdsContent, NoteType, Tier } from '../../contracts/slot';
import { Refusal } from '../../contracts/vault';
import type { Clock } from '../../core/clock';
import type { DeviceAbout, ManifestPayload, NostrEvent, Note, SlotPayload, SlotVersion } from '../../contracts/slot';
import type { OpenedSlot, Vault } from '../../contracts/vault';
import type { Quarantined, Store } from '../../contracts/store';
import type { MeshListener, ReceivedSlot } from '../../contracts/mesh';
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
  readonly yieldToEventLoop: () => Promise<void>;
  /**
   * The keys have opened an event, or one was signed with them that only a newer build can read, of whichever device (undefined).
   * Awaited before anything is made of it.
   */
  readonly onOpened: (opened: OpenedSlot | undefined) => Promise<void>;
  /** Whether a complete read of the relay has ended since this run of the worker began. */
  readonly wasRead: (relayUrl: string) => boolean;
  /** A version that a former run of this device has sent without recording it is merged. */
  readonly onReclaimed: (arrival: Arrival) => Promise<void>;
  /** A clone or a restored backup of this installation is at work. Resolves when the own slots are others. */
  readonly onForeign: () => Promise<void>;
  /** A version that was not known before was merged and recorded. */
  readonly onMerged: (version: SlotVersion) => void;
  /** Another device has said to which relays it writes. */
  readonly onDevice: (manifest: SlotVersion, relays: readonly string[]) => void;
  /** Another device has written a note of a type that has a meaning; `notes` has it. */
  readonly onNote: () => void;
  readonly onFailed: (error: unknown) => void;
}

/** Of each slot so many merged versions are known by their nonces; an older one that comes again is merged again, which changes nothing. */
const REMEMBERED_VERSIONS = 8;

/** Records between two pauses, so that the app's own reads and writes need not wait. */
const RECORDS_AT_ONCE = 8;
const MAX_DEVICES = 256;
const MAX_NOTES = 256;

/** The newest manifest of a device, without the slots that it names. */
export interface KnownDevice {
  readonly version: SlotVersion;
  readonly about: DeviceAbout;
}

/** A version whose contents are merged, or will be. */
interface KnownCopy {
  readonly nonce: string;
  /** Of the event it came in; undefined: it is in the ledger, under a signature that is right. */
  readonly sig: string | undefined;
}

export interface KnownNote {
  readonly version: SlotVersion;
  readonly note: Note;
}

export type Inbound = ReturnType<typeof createInbound>;

export function createInbound(options: InboundOptions) {
  const { vault, ownSlots, remoteSlots, quarantine, unread, damage, onFailed } = options;
  const copiesByAddress = new Map<string, readonly KnownCopy[]>();
  /** By device. */
  const manifests = createNewestVersions<KnownDevice>(MAX_DEVICES, () => true, isLaterManifest);
  /** By address; with those of unknown types, because such a one may take the place of another. */
  const notes = createNewestVersions<KnownNote>(MAX_NOTES, hasMeaning);
  const mergeQueue = createMergeQueue({ ...options, onMerged: record });
  const passGate = createBulkGate(mergeQueue);
  let stopped = false;

  const receive: MeshListener['receive'] = async (event, relayUrl, isSigned) => {
    const opened = await passGate(event, () => vault.open(event));
    if (opened === Refusal.UnknownVersion && !stopped && (await isSigned())) await setAside(event, relayUrl);
    if (typeof opened === 'string') return opened;
    const { version, payload } = opened;
    if (!stopped) await options.onOpened(opened);
    const answer = payload.tier === Tier.Manifest ? await namedBy(version, payload) : { version };
    if (stopped) return answer;
    if (version.deviceId === ownSlots.deviceId) {
      const origin = ownSlots.originOf(version);
      if (origin === Origin.Own) return answer;
      // What a relay had before this run looked is what a former run had sent; a clone that runs sends on.
      if (origin === Origin.FormerRun && !options.wasRead(relayUrl)) ownSlots.claim(version);
      else await options.onForeign();
    }
    if (!stopped && remember(version, event.sig)) await take(opened, event);
    return answer;
  };

  async function take(opened: OpenedSlot, event: NostrEvent): Promise<void> {
    const { version, payload } = opened;
    if (holdsContent(payload)) {
      // Even one that is older than what is known: two clones overwrite each other, and what only the older one holds would be lost.
      const { content, damaged } = readContent(payload.e);
      damage.note(version, damaged);
      const documents = [...content].map(([key, document]) => [key, quarantine.complete(document)] as const);
      mergeQueue.push({ version, event, content: new Map(documents), published: content });
      return;
    }
    learn(opened);
    await keep(version, event).catch(onFailed);
  }

  /** A newer build wrote it. It counts against nobody, and is kept for when this build can read it. */
  async function setAside(event: NostrEvent, relayUrl: string): Promise<void> {
    const d = event.tags[0]?.[1];
    if (stopped || d === undefined || !vault.verify(event)) return;
    await options.onOpened(undefined);
    const known = recordAt(d);
    if (known && (known.event.id === event.id || !isNewer(versionOf(d, event), known.version))) return;
    // As far as its address tells: that of an index which this device has not used yet does not.
    const isOwn = ownSlots.recordAt(d) !== undefined || ownSlots.get(d) !== undefined;
    // A newer build of this installation may have sent it and not come to record it.
    const isExplained = ownSlots.hasFormer(d) && !options.wasRead(relayUrl);
    if (isOwn && !isExplained) await options.onForeign();
    if (!stopped) await unread.keep(d, event);
  }

  /** What could not be read when it came is read if this build can do it. */
  async function readAgain(records: readonly UnreadRecord[]): Promise<void> {
    for (const [index, record] of records.entries()) {
      // Checking a signature takes more than a millisecond.
      if (index % RECORDS_AT_ONCE === RECORDS_AT_ONCE - 1) await options.yieldToEventLoop();
      const answer = await receive(record.event, '', async () => vault.verify(record.event));
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

  async function record(arrival: Arrival, refused: readonly Quarantined[]): Promise<void> {
    const { version, event, content } = arrival;
    await quarantine.settle(content, refused);
    // A clone may have been noticed meanwhile, and the slot left to it.
    if (version.deviceId !== ownSlots.deviceId) return keep(version, event);
    await options.onReclaimed(arrival);
    await unread.settle(version, event);
  }

  async function keep(version: SlotVersion, event: NostrEvent): Promise<void> {
    // The contents are genuine and merged, the signature is not: a good copy from another relay is still wanted.
    if (!(await remoteSlots.keep(version, event))) return forget(version, event.sig);
    await unread.settle(version, event);
    options.onMerged(version);
  }

  /** Returns whether it is new. The mesh passes on a copy with another signature only where the first one's was false. */
  function remember({ d, nonce }: SlotVersion, sig: string | undefined): boolean {
    const known = copiesByAddress.get(d) ?? [];
    const copy = known.find((each) => each.nonce === nonce);
    if (copy && (copy.sig === undefined || copy.sig === sig)) return false;
    const others = known.filter((each) => each !== copy);
    copiesByAddress.set(d, [...others.slice(1 - REMEMBERED_VERSIONS), { nonce, sig }]);
    return true;
  }

  function forget({ d, nonce }: SlotVersion, sig: string): void {
    const known = copiesByAddress.get(d) ?? [];
    copiesByAddress.set(
      d,
      known.filter((each) => each.nonce !== nonce || each.sig !== sig),
    );
  }

  /** What other devices say beside their documents. */
  function learn({ version, payload }: OpenedSlot): void {
    if (payload.tier === Tier.Manifest) {
      const { relays, day, label, kit, schema } = payload;
      manifests.note(version.deviceId, { version, about: { relays, day, label, kit, schema } });
      options.onDevice(version, relays);
    } else if (payload.tier === Tier.Note) {
      const { type, at, data } = payload;
      const known: KnownNote = { version, note: { type, at, data } };
      if (notes.note(version.d, known) && hasMeaning(known)) options.onNote();
    }
  }

  async function namedBy(version: SlotVersion, manifest: ManifestPayload): Promise<ReceivedSlot> {
    const live = decodeLive(manifest);
    const names = await Promise.all(live.map((slot) => vault.addressOf(slot)));
    return { version, names, seqs: live.map(({ seq }) => seq) };
  }

  return {
    receive,
    readAgain,
    /** A version that the ledger has is not merged again; `payload` is what its event holds, if this build can read it. */
    restore(version: SlotVersion, payload?: SlotPayload): void {
      remember(version, undefined);
      if (payload) learn({ version, payload });
    },
    drained: mergeQueue.drained,
    /** The newest manifest of each other device that was heard of. */
    manifests: (): Iterable<KnownDevice> => manifests.byKey.values(),
    /** The newest version of each note of another device that has a meaning. */
    notes: (): readonly KnownNote[] => [...notes.byKey.values()].filter(hasMeaning),
    stop(): void {
      stopped = true;
      mergeQueue.stop();
    },
  };
}

/** A device whose clock was wrong goes on at another address, where its versions are older. */
const isLaterManifest = ({ version }: KnownDevice, { version: before }: KnownDevice): boolean =>
  version.seq > before.seq || (version.seq === before.seq && isNewer(version, before));

const hasMeaning = ({ note }: KnownNote): boolean => (Object.values(NoteType) as readonly string[]).includes(note.type);
