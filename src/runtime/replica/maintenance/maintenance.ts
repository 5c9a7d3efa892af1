/**
 * Maintenance: what the writer does when no edit is waiting. Compaction and renewal of old pages, the manifest, and the audit that ensures that
 * every winning register is live somewhere (docs/protocol.md, I4).
 */
import { createDeadlines, elapsedMs } from './deadlines';
import { createCompaction } from './compaction';
import { createMoves } from './moves';
import { createRepacking } from './repacking';
import type { RemoteSlots } from '../slots/remote-slots';
import type { Inbound } from '../incoming/inbound';
import { LedgerChangeKind } from '../../persistence/ledger';
import type { LedgerState, SlotRecord, WriterLedger } from '../../persistence/ledger';
import { decodeLive, encodeLive } from '../slots/manifest';
import type { LiveSlot } from '../slots/manifest';
import type { Outbox } from '../outgoing/outbox';
import type { OwnSlot, OwnSlots } from '../slots/own-slots';
import { Tier } from '../../contracts/slot';
import type { Clock, Random } from '../../core/clock';
import type { DeviceAbout, ManifestFields, ManifestPayload, SlotVersion } from '../../contracts/slot';
import type { Mesh } from '../../contracts/mesh';
import type { Store } from '../../contracts/store';
import type { SlotWriter } from '../outgoing/slot-writer';
import type { Stamp } from '../../crdt/registers';
import { isSeed } from '../../crdt/stamp';
import type { StoredOn } from '../durability';
import type { Reconcile } from './reconcile';
import type { ReplicaSettings } from '../../core/config';
import { ReadCompleteness } from '../../core/status';

export interface MaintenanceOptions {
  readonly settings: ReplicaSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly ledger: WriterLedger;
  readonly store: Store;
  readonly mesh: Mesh;
  readonly ownSlots: OwnSlots;
  readonly slotWriter: SlotWriter;
  readonly outbox: Outbox;
  readonly remoteSlots: RemoteSlots;
  readonly inbound: Inbound;
  readonly reconcile: Reconcile;
  readonly storedOn: StoredOn;
  /** Relays that were read completely in this session. */
  readonly completeReads: ReadonlySet<string>;
  readonly isOwn: (stamp: Stamp) => boolean;
  readonly pageBytes: () => number;
  readonly runSerially: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Takes what relays refuse out of slots that are ahead of the clock, and takes those back whose time has come. */
  readonly correctSlots: () => void;
  readonly mayPublish: () => boolean;
  /** What the manifest says of this device, as others will read it; asked for once. */
  readonly about: () => Promise<DeviceAbout>;
  readonly onFailed: (error: unknown) => void;
}

enum Task {
  Maintain,
  Audit,
}

const SECONDS_OF_A_DAY = 24 * 3600;
/** Newest seq heard of a device counts for so long in the manifest's `seen`. */
const SEEN_SECONDS = 90 * SECONDS_OF_A_DAY;
/** strfry refuses events older than three years (docs/protocol.md, section 2). */
const RENEW_AFTER_SECONDS = 365 * SECONDS_OF_A_DAY;
/** A device that is never idle compacts as soon as it has so many times as many live events as it needs. */
const INTOLERABLE_FACTOR = 4;
/** A manifest in which only seqs are new may wait so many times as long. */
const SEQS_INTERVAL_FACTOR = 5;

export type Maintenance = ReturnType<typeof createMaintenance>;

export function createMaintenance(options: MaintenanceOptions) {
  const { settings, clock, ledger, ownSlots, slotWriter, outbox, remoteSlots, storedOn } = options;
  const deadlines = createDeadlines<Task>(clock, (task) => {
    (task === Task.Maintain ? maintain() : audit()).catch(options.onFailed);
  });
  const moves = createMoves({ ...options, othersProof, onMoved: outbox.settle });
  const compaction = createCompaction({ ...options, moves });
  const repacking = createRepacking({ ...options, moves, maxEventBytes: () => options.mesh.maxEventBytes });
  let knownMaxEventBytes = Infinity;
  let manifestAt = -Infinity;
  let about: DeviceAbout | undefined;
  /** What the newest manifest says; undefined if there is none. */
  let said: ManifestFields | undefined;
  /** What it names. */
  let named: readonly LiveSlot[] = [];
  let missingSince: number | undefined;
  let adoptsAtOnce = false;
  let auditedAt = -Infinity;
  let readForProofAt = -Infinity;
  let readsWithoutProof = 0;
  let isIntroducing = false;
  let isStopped = false;

  async function maintain(): Promise<void> {
    // Whatever makes it allowed schedules maintenance again.
    if (!options.mayPublish()) return;
    if (!isQuiet() && !compaction.isDue(INTOLERABLE_FACTOR) && !repacking.isDue()) return scheduleMaintenance();
    const isAnyAhead = ownSlots.live().some((slot) => !slot.durable && ownSlots.isAhead(slot));
    if (isAnyAhead || ownSlots.returning().length > 0) options.correctSlots();
    let isWritten = await repack();
    await options.runSerially(async () => {
      for (const slot of ownSlots.all()) if (slot.durable) isWritten = (await moves.settle(slot)) || isWritten;
      if (compaction.isDue()) isWritten = (await compaction.step()) || isWritten;
      isWritten = (await renewOldest()) || isWritten;
    });
    await options.runSerially(publishManifest);
    if (isWritten) readsWithoutProof = 0;
    if (isWritten) scheduleMaintenance();
    else if (compaction.isDue()) lookForProof();
  }

  /** Slot by slot, so that edits get their turn. True if anything was written. */
  async function repack(isStoredToo = false): Promise<boolean> {
    let isWritten = false;
    while (options.mayPublish() && (await options.runSerially(() => repacking.step(isStoredToo)))) isWritten = true;
    return isWritten;
  }

  /**
   * Slots hold registers that other devices have superseded, and nothing has shown yet that relays have stored the superseding ones: only a
   * complete read does. Each read that shows nothing makes the next one wait twice as long.
   */
  function lookForProof(): void {
    const wait = settings.auditGapMs * 2 ** Math.min(readsWithoutProof, 6) - elapsedMs(clock, readForProofAt);
    if (wait > 0) return deadlines.schedule(Task.Maintain, wait);
    readForProofAt = clock.now();
    readsWithoutProof += 1;
    options.mesh.readAll().then(scheduleMaintenance).catch(options.onFailed);
  }

  const isQuiet = () => outbox.unsent === 0 && elapsedMs(clock, outbox.lastFlushAt) >= settings.idleMs;
  const scheduleMaintenance = () => deadlines.schedule(Task.Maintain, settings.idleMs);

  async function renewOldest(): Promise<boolean> {
    const before = ownSlots.nowSeconds() - RENEW_AFTER_SECONDS;
    const old = ownSlots.filled().find(({ durable, version }) => durable && version && version.createdAt < before);
    return old !== undefined && slotWriter.renew(old);
  }

  /**
   * The first manifest of a device is written as soon as all that can be read was read: a relay that is empty shows that by giving it back. It waits
   * for nothing else.
   */
  function introduce(): void {
    if (said || isIntroducing || isStopped || !options.mesh.proof.isAllAnswered || !options.mayPublish()) return;
    // What it writes else shows the same.
    if (outbox.unsent > 0 || ownSlots.filled().length > 0 || ownSlots.unreadable().length > 0) return;
    isIntroducing = true;
    const ended = () => (isIntroducing = false);
    options.runSerially(publishManifest).then(ended).catch(options.onFailed);
  }

  /** Every device has a manifest, also one that has written nothing else. */
  async function publishManifest(): Promise<void> {
    about ??= await options.about();
    const live = [...ownSlots.filled().flatMap(newestReadBack), ...ownSlots.unreadable().flatMap(slotReadBack)];
    const day = Math.floor(ownSlots.nowSeconds() / SECONDS_OF_A_DAY);
    // Hardly a relay has one that lies ahead of the clock.
    const newest = ownSlots.newestManifest();
    const isAhead = newest !== undefined && ownSlots.isAhead(newest);
    const isNews = !said || isAhead || namesOf(live) !== namesOf(named) || textOf({ ...about, day }) !== textOf(said);
    if (!isNews && seqsOf(live) === seqsOf(named)) return;
    const interval = settings.manifestIntervalMs * (isNews ? 1 : SEQS_INTERVAL_FACTOR);
    const wait = interval - elapsedMs(clock, manifestAt);
    if (wait > 0) return deadlines.schedule(Task.Maintain, wait);
    manifestAt = clock.now();
    const since = ownSlots.nowSeconds() - SEEN_SECONDS;
    const seen = [...options.inbound.manifests()].filter(({ version }) => version.createdAt > since);
    const manifest: ManifestFields = {
      live: encodeLive(live),
      seen: Object.fromEntries(seen.map(({ version }) => [version.deviceId, version.seq])),
      ...about,
      day,
      // A newer version of the kit may have written it for others of its kind.
      ext: said?.ext ?? {},
    };
    if (await slotWriter.writeManifest(manifest)) {
      said = manifest;
      named = live;
    }
  }

  /**
   * The newest version of a slot that was read back; none if none was. A slot stays in the manifest while a newer version is on its way, so
   * that readers go on noticing which relay leaves it out.
   */
  function newestReadBack({ name, version, durable, record }: OwnSlot): readonly LiveSlot[] {
    if (!version) return [];
    if (durable) return [{ ...name, seq: version.seq }];
    const known = named.find(({ tier, index }) => tier === name.tier && index === name.index);
    const seqs = (record?.history ?? []).flatMap(([seq, nonce]) =>
      isDurable({ ...version, seq, nonce }) ? [seq] : [],
    );
    const seq = Math.max(known?.seq ?? 0, ...seqs);
    return seq > 0 ? [{ ...name, seq }] : [];
  }

  /** Of a slot that only a newer build can read, as its record or this device's last manifest says. */
  function slotReadBack({ durable, version: { deviceId, tier, index, seq } }: SlotRecord): readonly LiveSlot[] {
    if (tier === Tier.Manifest) return [];
    if (durable) return [{ deviceId, tier, index, seq }];
    return named.filter((slot) => slot.tier === tier && slot.index === index);
  }

  const isDurable = (version: SlotVersion) => storedOn.count(version) >= settings.durableOn;

  /**
   * Every winning register must be live somewhere: what this installation wrote (or any device would have seeded) is published at once where
   * it is missing, what others wrote when it was missing twice, a day apart.
   */
  async function audit(): Promise<void> {
    deadlines.schedule(Task.Audit, settings.auditIntervalMs * (0.75 + options.random() / 2));
    if (options.completeReads.size === 0) return;
    auditedAt = clock.now();
    const isAllRead = isMeshRead();
    const mayAdopt =
      isAllRead &&
      (adoptsAtOnce || (missingSince !== undefined && elapsedMs(clock, missingSince) >= settings.adoptAfterMs));
    // Without its ledger a device takes what it had written itself for another's, and has to call durable what is.
    const relaysOfOthers = mayAdopt && adoptsAtOnce ? settings.durableOn : 1;
    const isMissing = await options.reconcile({
      counts: (version) => storedOn.count(version) >= relaysOfOthers,
      isWanted: (stamp) => mayAdopt || isSeed(stamp) || options.isOwn(stamp),
    });
    // What was stored on relays that are in use no more has to be where readers look for it.
    if (!isStopped && (await repack(true))) scheduleMaintenance();
    // A comparison that was stopped has not seen everything.
    if (isStopped || !isAllRead) return;
    adoptsAtOnce = false;
    const since = isMissing ? (missingSince ?? clock.now()) : undefined;
    if (since === missingSince) return;
    missingSince = since;
    await ledger.commit([{ kind: LedgerChangeKind.MissingSince, at: since }]);
  }

  /** As many relays as make a write durable have shown what they hold, and no other one in use may still show something. */
  function isMeshRead(): boolean {
    const { completeness, awaited } = options.mesh.proof;
    return completeness === ReadCompleteness.Complete && awaited.length === 0;
  }

  function othersProof(keys: ReadonlySet<string>) {
    return remoteSlots.prove(keys, isDurable, (deviceId) => deviceId < ownSlots.deviceId);
  }

  return {
    /** Takes over what the ledger has. */
    restore(recorded: LedgerState): void {
      missingSince = recorded.missingSince;
      deadlines.schedule(Task.Audit, settings.auditIntervalMs);
    },
    /** The ledger was lost and the documents were not: it is not known any more which of them this installation wrote. */
    adoptAtOnce(): void {
      adoptsAtOnce = true;
    },
    restoreManifest(manifest: ManifestPayload): void {
      said = manifest;
      named = decodeLive(manifest);
    },
    scheduleMaintenance,
    introduce,
    /** Relays may be known to take other sizes than before. */
    noteSizes(): void {
      const { maxEventBytes } = options.mesh;
      if (maxEventBytes < knownMaxEventBytes) scheduleMaintenance();
      knownMaxEventBytes = maxEventBytes;
    },
    /** Not more often than every few minutes, because an audit reads everything. */
    scheduleAudit: () =>
      deadlines.schedule(Task.Audit, Math.max(settings.idleMs, settings.auditGapMs - elapsedMs(clock, auditedAt))),
    /** The own slots are others now. */
    forgetManifest(): void {
      said = undefined;
      named = [];
      manifestAt = -Infinity;
    },
    stop(): void {
      isStopped = true;
      deadlines.stop();
    },
  };
}

/** What a newer build of this installation wrote stays named. */
const seqsOf = (live: readonly LiveSlot[]) => JSON.stringify(encodeLive(live));
const namesOf = (live: readonly LiveSlot[]) => seqsOf(live.map((slot) => ({ ...slot, seq: 0 })));

const textOf = ({ relays, day, label, kit, schema }: DeviceAbout) => JSON.stringify([relays, day, label, kit, schema]);
