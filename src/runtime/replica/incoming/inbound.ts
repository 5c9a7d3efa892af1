/**
 * Inbound data flow: an event of the mesh is opened, told apart (own, a clone's, another device's), merged into the documents and only then
 * recorded.
 */
import { createMergeQueue } from './merge-queue';
import type { Arrival } from './merge-queue';
import type { RemoteSlots } from '../slots/remote-slots';
import { createNewestVersions } from '../../contracts/newest-versions';
import { decodeLive } from '../slots/manifest';
import type { OwnSlots } from '../slots/own-slots';
import { holdsContent, NoteType, Tier } from '../../contracts/slot';
import type { Clock } from '../../core/clock';
import type { DeviceAbout, ManifestPayload, NostrEvent, Note, SlotVersion } from '../../contracts/slot';
import type { OpenedSlot, Refusal, Vault } from '../../contracts/vault';
import type { Quarantined, Store } from '../../contracts/store';
import type { ReceivedSlot } from '../../contracts/mesh';
import type { Quarantine } from './quarantine';
import { contentOf } from '../slots/slot-content';

export interface InboundOptions {
  readonly vault: Vault;
  readonly store: Store;
  readonly clock: Clock;
  readonly ownSlots: OwnSlots;
  readonly remoteSlots: RemoteSlots;
  readonly quarantine: Quarantine;
  readonly frameLagMs: () => number;
  /** A clone or a restored backup of this installation is at work. Resolves when the own slots are others. */
  readonly onForeign: () => Promise<void>;
  /** A version that was not known before was merged and recorded. */
  readonly onMerged: (version: SlotVersion) => void;
  /** Another device has written a note of a type that has a meaning; `notes` has it. */
  readonly onNote: () => void;
  readonly onFailed: (error: unknown) => void;
}

/** Of each slot so many merged versions are known by their nonces; an older one that comes again is merged again, which changes nothing. */
const REMEMBERED_VERSIONS = 8;

const MAX_DEVICES = 256;
const MAX_NOTES = 256;

/** The newest manifest of a device, without the slots that it names. */
export interface KnownDevice {
  readonly version: SlotVersion;
  readonly about: DeviceAbout;
}

export interface KnownNote {
  readonly version: SlotVersion;
  readonly note: Note;
}

export type Inbound = ReturnType<typeof createInbound>;

export function createInbound(options: InboundOptions) {
  const { vault, ownSlots, remoteSlots, quarantine, onFailed } = options;
  const nonces = new Map<string, string[]>();
  /** By device. */
  const manifests = createNewestVersions<KnownDevice>(MAX_DEVICES);
  /** By address; with those of unknown types, because such a one may take the place of another. */
  const notes = createNewestVersions<KnownNote>(MAX_NOTES);
  const mergeQueue = createMergeQueue({ ...options, onMerged: record });
  let stopped = false;

  async function receive(event: NostrEvent): Promise<ReceivedSlot | Refusal> {
    const opened = await vault.open(event);
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

  async function take(opened: OpenedSlot, event: NostrEvent): Promise<void> {
    const { version, payload } = opened;
    if (holdsContent(payload)) {
      // Even one that is older than what is known: two clones overwrite each other, and what only the older one holds would be lost.
      const documents = [...contentOf(payload.e)].map(
        ([key, document]) => [key, quarantine.complete(document)] as const,
      );
      mergeQueue.push({ version, event, content: new Map(documents) });
      return;
    }
    learn(opened);
    await keep(version, event).catch(onFailed);
  }

  async function record({ version, event, content }: Arrival, refused: readonly Quarantined[]): Promise<void> {
    await quarantine.settle(content, refused);
    await keep(version, event);
  }

  async function keep(version: SlotVersion, event: NostrEvent): Promise<void> {
    if (await remoteSlots.keep(version, event)) options.onMerged(version);
    // The contents are genuine and merged, the signature is not: a good copy from another relay is still wanted.
    else forget(version);
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

  /** What other devices say beside their documents. */
  function learn({ version, payload }: OpenedSlot): void {
    if (payload.tier === Tier.Manifest) {
      const { relays, day, label, kit, schema } = payload;
      manifests.note(version.deviceId, { version, about: { relays, day, label, kit, schema } });
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
    /** A version that the ledger has is not merged again. */
    restore(opened: OpenedSlot): void {
      remember(opened.version);
      learn(opened);
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

const hasMeaning = ({ note }: KnownNote): boolean => (Object.values(NoteType) as readonly string[]).includes(note.type);
