/**
 * The writer: what the one syncing worker of a browser does while it holds the lock. An edit goes change stream -> outbox -> slot writer
 * -> ledger -> mesh; an arrival goes mesh -> inbound -> documents -> ledger. Everything else is maintenance.
 */
import type { SyncProblem } from '../core/errors';
import { createClockCorrection } from './outgoing/clock-correction';
import { createDurability } from './durability';
import { createRemoteSlots } from './slots/remote-slots';
import { createInbound } from './incoming/inbound';
import { createWriterLedger, KeyState } from '../persistence/ledger';
import type { Device, Ledger } from '../persistence/ledger';
import { changeDevice } from './change-device';
import { underList } from './change-list';
import { createOutbox } from './outgoing/outbox';
import { createOwnSlots } from './slots/own-slots';
import type { StampsByDocument } from './slots/waiting';
import { createLocalChanges } from './local-changes';
import type { Clock, Random } from '../core/clock';
import type { Mesh, MeshListener } from '../contracts/mesh';
import { MAX_PADDED_BYTES, Tier } from '../contracts/slot';
import type { DeviceAbout, SlotPayload, SlotVersion } from '../contracts/slot';
import type { Store } from '../contracts/store';
import type { Vault } from '../contracts/vault';
import { createSlotWriter } from './outgoing/slot-writer';
import { pageBytesWithin } from './outgoing/packing';
import { createDamage } from './incoming/damage';
import { createQuarantine } from './incoming/quarantine';
import { createUnread } from './incoming/unread';
import { restoreSlots } from './restore-slots';
import type { Arrival } from './incoming/merge-queue';
import type { ReplicaSettings } from '../core/config';
import { createReconcile } from './maintenance/reconcile';
import { createMaintenance } from './maintenance/maintenance';
import { checkKey, KeyDecision } from './keys/check-key';
import { createKeyCandidate } from './keys/key-candidate';
import type { KeyCandidate } from './keys/key-candidate';
import { keyChanged } from './keys/key-problems';
import { createKeyStanding } from './keys/key-standing';
import { failureOf } from './writer-errors';
import type { WriterFailure } from './writer-errors';

export interface WriterOptions {
  readonly settings: ReplicaSettings;
  readonly ledger: Ledger;
  readonly vault: Vault;
  /** The r of docs/protocol.md, section 1, as an HMAC key. */
  readonly installationKey: CryptoKey;
  /** The app says that this user has data already, so nothing is published until something opens. */
  readonly expectsData: boolean;
  readonly store: Store;
  readonly createMesh: (listener: MeshListener) => Mesh;
  readonly clock: Clock;
  readonly random: Random;
  /** 16 random bytes as 32 hex digits. */
  readonly newDeviceId: () => string;
  /** '' for collections that may share slots, another name for each that may not. */
  readonly laneOf: (collection: string) => string;
  /** What the manifest says of this device, as others will read it; sealed like everything else. */
  readonly about: () => Promise<DeviceAbout>;
  readonly frameLagMs: () => number;
  /** Whether a tab of this database is visible. */
  readonly isWatched: () => boolean;
  readonly onChanged: () => void;
  /** From now on `pending` counts all that is not durable. */
  readonly onCompared: () => void;
  readonly onSynced: () => void;
  /** The relays have shown that there is no clone of this device. */
  readonly onProven: () => void;
  readonly onFenced: () => void;
  readonly onDeviceChanged: () => void;
  /** The ledger has other keys than when this writer began, which are those of this writer: the next one goes on with them. */
  readonly onKeyTaken: () => void;
  /** This writer publishes nothing any more. */
  readonly onFailed: (failure: WriterFailure) => void;
  /** Writes that are stored on enough relays from now on. */
  readonly onDurable?: (stamps: StampsByDocument) => void;
}

export type Writer = ReturnType<typeof createWriter>;
export type WriterState = Writer['state'];

export function createWriter(options: WriterOptions) {
  const { settings, vault, store, clock } = options;
  const problems: SyncProblem[] = [];
  let isStopped = false;
  let isFailed = false;
  /** Takes everything that arrives as long as these keys are not known to be the right ones. */
  let candidate: KeyCandidate | undefined;

  const listener: MeshListener = {
    async receive(event, relayUrl, isSigned) {
      try {
        return await (candidate ?? inbound).receive(event, relayUrl, isSigned);
      } catch (error) {
        fail(error);
        throw error;
      }
    },
    stored(relayUrl, versions) {
      for (const version of versions) durability.noteStored(version, relayUrl);
    },
    readEnded(relayUrl, present, isComplete) {
      if (!candidate) durability.noteRead(relayUrl, present, isComplete);
      else if (settings.relays.includes(relayUrl)) candidate.readEnded(relayUrl, present, isComplete);
    },
    readyRelaysChanged(count) {
      durability.noteReady(count);
      if (count > 0) maintenance.scheduleMaintenance();
      maintenance.introduce();
      outbox.schedule();
      options.onChanged();
    },
    proofChanged() {
      if (candidate) return;
      durability.noteProof().then(publishMore).catch(fail);
      options.onChanged();
    },
    statusChanged() {
      clockCorrection.noteOffset();
      maintenance.noteSizes();
      options.onChanged();
    },
    isWatched: options.isWatched,
  };

  const yieldToEventLoop = () => new Promise<void>((resolve) => clock.after(0, resolve));
  let queue: Promise<unknown> = Promise.resolve();
  /** Own slots are written by one task at a time. */
  function runSerially<Result>(work: () => Promise<Result>): Promise<Result> {
    const run = queue.then(work);
    queue = run.catch(() => undefined);
    return run;
  }
  const pageBytes = () => pageBytesWithin(settings.pageBytes, mesh.maxEventBytes);

  /** The documents have been compared, own slots have been read from enough relays, and at least one is connected. */
  const mayPublish = () =>
    !isStopped &&
    !isFailed &&
    keys.mayPublish &&
    localChanges.isCompared &&
    durability.wasReady &&
    mesh.readyRelays > 0;

  /** The tab that waits may have asked a ping before the last answer, and counts the silence from there. */
  const sureForMs = settings.holderSilenceMs - settings.holderPingMs;
  const mesh = options.createMesh(listener);
  const ledger = createWriterLedger(options.ledger, clock, fenced);
  const keys = createKeyStanding({ ledger, expectsData: options.expectsData, onAdmitted: beginPublishing });
  const unread = createUnread(ledger, mesh.offer.bind(mesh));
  const damage = createDamage();
  const ownSlots = createOwnSlots({ ...options, isUnread: unread.has, createdAtOffset: () => mesh.createdAtOffset });
  const slotWriter = createSlotWriter({
    ...{ ownSlots, vault, ledger, clock, sureForMs },
    offer: (head) => {
      // What was damaged in an own slot is not written again.
      damage.note(head.version, 0);
      mesh.offer(head);
    },
    largestBytes: pageBytesWithin(MAX_PADDED_BYTES, settings.maxEventBytes),
    essentialsOf: ({ collection, registers }) => store.essentialsOf?.(collection, registers) ?? [],
  });
  const remoteSlots = createRemoteSlots({ vault, ledger, offer: mesh.offer.bind(mesh), yieldToEventLoop });
  const quarantine = createQuarantine(store, ledger);
  const outbox = createOutbox({
    ...{ ownSlots, slotWriter, clock, laneOf: options.laneOf, pageBytes, runSerially, mayPublish },
    intervalMs: () => Math.max(settings.shortestFlushMs, mesh.publishIntervalMs),
    onDurable: (stamps) => options.onDurable?.(stamps),
    onPendingChanged: options.onChanged,
    onFlushed: () => maintenance.scheduleMaintenance(),
    onFailed: fail,
  });
  const reconcile = createReconcile({
    ...{ store, ownSlots, remoteSlots, outbox, quarantine },
    isStopped: () => isStopped,
  });
  const localChanges = createLocalChanges({ store, ledger: options.ledger, ownSlots, outbox, reconcile });
  const inbound = createInbound({
    ...{ vault, store, clock, ownSlots, remoteSlots, quarantine, unread, damage },
    ...{ frameLagMs: options.frameLagMs, yieldToEventLoop },
    wasRead: (relayUrl) => durability.wasRead(relayUrl),
    onOpened: (opened) => {
      const isOwn = opened === undefined || localChanges.deviceIds.includes(opened.version.deviceId);
      if (!isOwn) return keys.raise(KeyState.Pinned);
      return isBare(opened?.payload) ? Promise.resolve() : keys.raise(KeyState.Tentative);
    },
    onReclaimed: reclaim,
    onForeign: becomeNewDevice,
    onMerged: noteMerged,
    onNote: options.onChanged,
    onDevice: ({ deviceId, createdAt }, relays) => {
      if (!localChanges.deviceIds.includes(deviceId)) mesh.noteDevice(deviceId, relays, createdAt);
    },
    onFailed: fail,
  });
  const clockCorrection = createClockCorrection({
    ...{ mesh, ownSlots, slotWriter, outbox, runSerially },
    onCorrected: () => maintenance.scheduleMaintenance(),
    onFailed: fail,
  });
  const durability = createDurability({
    ...{ relays: settings.relays, durableOn: settings.durableOn, clock, mesh, store, ownSlots, slotWriter, inbound },
    isStopped: () => isStopped,
    isFailed: () => isFailed,
    isCompared: () => localChanges.isCompared,
    onStored: async ({ tier }) => {
      if (tier !== Tier.Manifest || ownSlots.filled().length > 0) await keys.raise(KeyState.Tentative);
    },
    onDurable: (stamps) => {
      outbox.settle(stamps);
      maintenance.scheduleMaintenance();
    },
    onRead: () => {
      if (completeReads.size >= settings.durableOn) keys.noteAllRead();
      maintenance.scheduleAudit();
      maintenance.scheduleMaintenance();
      options.onChanged();
    },
    onSynced: options.onSynced,
    onProven: options.onProven,
    onFailed: fail,
  });
  const { storedOn, completeReads } = durability;
  const maintenance = createMaintenance({
    ...{ settings, clock, random: options.random, ledger, store, mesh, ownSlots, slotWriter, outbox },
    ...{ remoteSlots, inbound, reconcile, storedOn, completeReads, pageBytes, runSerially, mayPublish },
    about: options.about,
    isOwn: localChanges.isOwn,
    correctSlots: clockCorrection.correctSlots,
    onFailed: fail,
  });

  /** Rejects if what is stored cannot be read; every later failure is reported as a problem. */
  async function start(): Promise<void> {
    const taken = await ledger.takeOver();
    if (isStopped) return;
    const check = await vault.keyCheck(options.installationKey);
    const checked = await checkKey(taken, check, ledger);
    if (isStopped) return;
    if (checked.decision === KeyDecision.Refused) return fail(keyChanged());
    if (checked.decision === KeyDecision.Candidate) return readAsCandidate(taken.device, check);
    if (checked.decision !== KeyDecision.Taken) return;
    const { key } = checked;
    const { state: recorded, changes } = underList(checked.state, settings);
    if (changes.length > 0 && !(await ledger.commit(changes))) return;
    if (isStopped) return;
    keys.begin(key);
    ownSlots.begin(recorded.device.id);
    localChanges.begin(recorded.device);
    for (const record of recorded.unread) unread.restore(record);
    const modules = { vault, ownSlots, remoteSlots, inbound, outbox, damage, yieldToEventLoop };
    const ownManifest = await restoreSlots(recorded, modules);
    if (isStopped) return;
    maintenance.restore(recorded);
    if (ownManifest) maintenance.restoreManifest(ownManifest);
    mesh.setOwnAddresses(ownSlots.all().map(({ d }) => d));
    if (keys.mayPublish) offerOwnSlots();
    mesh.start();
    await quarantine.restore(recorded.quarantined);
    await inbound.readAgain(recorded.unread);
    const isMissing = await localChanges.compareFirst();
    if (isStopped) return;
    if (isMissing && recorded.slots.length === 0) maintenance.adoptAtOnce();
    durability.prove();
    publishMore();
    options.onCompared();
    options.onChanged();
  }

  /** Something may be published that might not before. */
  function publishMore(): void {
    if (isStopped) return;
    outbox.schedule();
    maintenance.scheduleMaintenance();
    maintenance.introduce();
  }

  function readAsCandidate(device: Device, check: string): void {
    candidate = createKeyCandidate({
      ...{ vault, ledger, check, device, durableOn: settings.durableOn },
      onTaken: options.onKeyTaken,
      onNothingFound: () => fail(keyChanged()),
      onFailed: fail,
    });
    mesh.start();
  }

  /** The keys have opened something after all. */
  function beginPublishing(): void {
    if (isStopped) return;
    offerOwnSlots();
    publishMore();
    options.onChanged();
  }

  function offerOwnSlots(): void {
    for (const { version, event } of ownSlots.records()) mesh.offer({ version, event, own: true });
  }

  async function reclaim({ version, event, published }: Arrival): Promise<void> {
    // With a signature that no relay takes it is of no use.
    const waiting = vault.verify(event)
      ? await runSerially(() => slotWriter.reclaim(version, event, published))
      : undefined;
    if (!waiting) return outbox.add([...published.values()].flatMap(ownSlots.withoutHeld));
    outbox.addWaiting(waiting);
    durability.recheck(version);
  }

  function noteMerged(version: SlotVersion): void {
    // A clone goes on in the slots that were this installation's, and what this one wrote there is overwritten.
    if (localChanges.deviceIds.includes(version.deviceId)) maintenance.scheduleAudit();
    options.onChanged();
  }

  /** Another running copy of this installation writes the same slots: this one goes on under a new id and never writes the old slots again. */
  async function becomeNewDevice(): Promise<void> {
    const foreignId = ownSlots.deviceId;
    slotWriter.bar();
    await runSerially(async () => {
      if (isStopped || ownSlots.deviceId !== foreignId) return;
      const device = { id: options.newDeviceId(), former: localChanges.deviceIds };
      const notes = ownSlots.notes().filter(({ durable }) => !durable);
      if (!(await changeDevice(device, ledger, { vault, ownSlots, remoteSlots, inbound, outbox, mesh }))) return;
      localChanges.become(device);
      if (!isFailed) slotWriter.admit();
      for (const { note } of notes) if (note) await slotWriter.writeNote(note);
      maintenance.forgetManifest();
      mesh.setOwnAddresses([]);
      options.onDeviceChanged();
      if (durability.isProven) await store.settleShares(device.id);
    });
    mesh.readAll().then(maintenance.scheduleAudit).catch(fail);
    outbox.schedule();
  }

  function fail(error: unknown): void {
    if (isStopped) return;
    const isFirst = !isFailed;
    isFailed = true;
    slotWriter.bar();
    const failure = failureOf(error);
    report(failure.problem);
    if (isFirst) options.onFailed(failure);
  }

  function report(problem: SyncProblem): void {
    if (!problems.some(({ code, message }) => code === problem.code && message === problem.message))
      problems.push(problem);
    options.onChanged();
  }

  function fenced(): void {
    if (isStopped) return;
    stop();
    options.onFenced();
  }

  function stop(): void {
    if (isStopped) return;
    isStopped = true;
    localChanges.stop();
    outbox.stop();
    inbound.stop();
    maintenance.stop();
    mesh.stop();
  }

  return {
    start,
    stop,
    /** Publishes nothing any more; the status says why. */
    fail,
    /** The documents may hold writes whose announcement was lost with the tab that made them, or that were adopted. */
    compareAgain(): void {
      if (!isStopped && !isFailed) localChanges.compareAgain().catch(fail);
    },
    async flush(): Promise<void> {
      if (isStopped || isFailed) return;
      await outbox.flush();
      await mesh.flush();
    },
    /** The user may have come back, on another day than the manifest says. */
    kick(): void {
      mesh.kick();
      maintenance.scheduleMaintenance();
    },
    doubtNetwork: () => mesh.doubtNetwork(),
    pendingKeys: () => outbox.pendingKeys(),
    /** It only reads, with keys that are not those of last time, until they open something. */
    get isReadingOn(): boolean {
      return candidate !== undefined;
    },
    get state() {
      return {
        pending: outbox.pending,
        problems: [...problems, ...keys.problems, ...outbox.problems, ...mesh.problems],
        relays: mesh.status,
        readyRelays: mesh.readyRelays,
        isCutOff: mesh.isCutOff,
        devices: mesh.devices,
        proof: mesh.proof,
        quarantined: quarantine.size,
        damaged: damage.parts,
        undecryptable: mesh.undecryptable,
        notes: inbound.notes(),
        createdAtOffset: mesh.createdAtOffset,
        lastSyncedAt: durability.lastSyncedAt,
        isCompared: localChanges.isCompared,
        isFailed,
        isSynced: durability.isSynced,
      };
    },
  };
}

/** A manifest that names nothing: this device has stored nothing under its keys that another secret could take away. */
const isBare = (payload: SlotPayload | undefined): boolean =>
  payload?.tier === Tier.Manifest && payload.live.length === 0;
