/**
 * The writer: what the one syncing worker of a browser does while it holds the lock. An edit goes change stream -> outbox -> publishing ->
 * ledger -> mesh; an arrival goes mesh -> inbound -> documents -> ledger. Everything else is upkeep.
 */
import type { SyncProblem } from '../types';
import { isAuthoredBy, partOf } from './coverage';
import { createHeads } from './heads';
import { createInbound } from './inbound';
import { createWriterLedger, LedgerChangeKind } from './ledger';
import type { Ledger, LedgerState } from './ledger';
import { greatestStamp } from './merge';
import { moveToDevice } from './new-device';
import { createOutbox } from './outbox';
import { createOwnSlots } from './own-slots';
import type { StampsByDocument } from './own-slots';
import { ChangeOrigin } from './ports';
import type { Clock, Mesh, MeshListener, Random, SlotVersion, Store, StoreChange, Vault } from './ports';
import { createPublishing } from './publishing';
import { createQuarantine } from './quarantine';
import { restoreSlots } from './recorded-slots';
import type { Stamp } from './registers';
import type { ReplicaSettings } from './settings';
import { keyOf } from './slot-content';
import { createStoredOn } from './stored-on';
import { createSurvey } from './survey';
import { createUpkeep } from './upkeep';
import { failureOf, keyChanged } from './writer-problems';

export interface WriterOptions {
  readonly settings: ReplicaSettings;
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly installationKey: CryptoKey;
  readonly store: Store;
  readonly createMesh: (listener: MeshListener) => Mesh;
  readonly clock: Clock;
  readonly random: Random;
  readonly newDeviceId: () => string;
  readonly laneOf: (collection: string) => string;
  /** A name for this device that its owner recognises; sealed like everything else. */
  readonly label: string;
  readonly frameLagMs: () => number;
  readonly onChanged: () => void;
  readonly onSynced: () => void;
  /** The relays have shown that no clone of this device is about. */
  readonly onProven: () => void;
  readonly onFenced: () => void;
  readonly onDeviceChanged: () => void;
  /** The documents or the ledger could not be read or written: this writer publishes nothing any more. */
  readonly onStorageFailed: () => void;
  /** Writes that are stored on enough relays from now on. */
  readonly onDurable?: (stamps: StampsByDocument) => void;
}

export type Writer = ReturnType<typeof createWriter>;

export function createWriter(options: WriterOptions) {
  const { settings, vault, store, clock } = options;
  const problems: SyncProblem[] = [];
  const completeReads = new Set<string>();
  let deviceIds: readonly string[] = [];
  let isStopped = false;
  let isFailed = false;
  /** Documents were compared with what the ledger has, and the own slots were read from enough relays. */
  let isCompared = false;
  let mustCompareAgain = false;
  let wasReady = false;
  let isSynced = false;
  let isProven = false;
  let lastSyncedAt: number | null = null;
  let knownOffset = 0;
  let endChanges: (() => void) | undefined;

  const listener: MeshListener = {
    async receive(event) {
      try {
        return await inbound.receive(event);
      } catch (error) {
        fail(error);
        throw error;
      }
    },
    stored(relayUrl, versions) {
      for (const version of versions) noteStored(version, relayUrl);
    },
    readEnded(relayUrl, present, isComplete) {
      for (const version of present.values()) noteStored(version, relayUrl);
      if (isComplete) completeReads.add(relayUrl);
      finishRead().catch(fail);
    },
    readyRelaysChanged(count) {
      wasReady ||= count >= settings.durableOn;
      if (count > 0) upkeep.soonMaintain();
      outbox.schedule();
      options.onChanged();
    },
    statusChanged() {
      if (mesh.createdAtOffset !== knownOffset) leaveAhead();
      options.onChanged();
    },
  };

  const isOwn = (stamp: Stamp) => isAuthoredBy(deviceIds)(stamp);
  const breathe = () => new Promise<void>((resolve) => clock.after(0, resolve));
  let queue: Promise<unknown> = Promise.resolve();
  /** Own slots are written by one task at a time. */
  function exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const run = queue.then(work);
    queue = run.catch(() => undefined);
    return run;
  }
  /** A page's event is about 1.4 times its padded size; a relay with a lower limit gets smaller pages. */
  const pageBytes = () => {
    let bytes = settings.pageBytes;
    while (bytes > 1024 && bytes * 1.4 + 400 > mesh.maxEventBytes) bytes /= 2;
    return bytes;
  };

  const mesh = options.createMesh(listener);
  const ledger = createWriterLedger(options.ledger, fenced);
  const storedOn = createStoredOn();
  const ownSlots = createOwnSlots({ ...options, createdAtOffset: () => mesh.createdAtOffset });
  const publishing = createPublishing({ ownSlots, vault, ledger, offer: mesh.offer.bind(mesh), onProblem: report });
  const heads = createHeads({ vault, ledger, offer: mesh.offer.bind(mesh), breathe });
  const quarantine = createQuarantine(store, ledger);
  const outbox = createOutbox({
    ...{ ownSlots, publishing, clock, laneOf: options.laneOf, pageBytes, exclusively },
    intervalMs: () => Math.max(settings.shortestFlushMs, mesh.publishIntervalMs),
    mayPublish: () => !isStopped && !isFailed && isCompared && wasReady && mesh.readyRelays > 0,
    onDurable: (stamps) => options.onDurable?.(stamps),
    onPendingChanged: options.onChanged,
    onFlushed: () => upkeep.soonMaintain(),
    onFailed: fail,
  });
  const survey = createSurvey({ store, ownSlots, heads, outbox, isStopped: () => isStopped });
  const inbound = createInbound({
    ...{ vault, store, clock, ownSlots, heads, quarantine, frameLagMs: options.frameLagMs },
    onForeign: becomeNewDevice,
    onMerged: noteMerged,
    onFailed: fail,
  });
  const upkeep = createUpkeep({
    ...{ settings, clock, random: options.random, ledger, store, mesh, ownSlots, publishing, outbox, heads, inbound },
    ...{ survey, storedOn, completeReads, isOwn, pageBytes, exclusively, leaveAhead, label: options.label },
    onFailed: fail,
  });

  /** Rejects if what is stored cannot be read; every later failure is reported as a problem. */
  async function start(): Promise<void> {
    const recorded = await ledger.takeOver();
    if (isStopped || !(await checkKey(recorded)) || isStopped) return;
    deviceIds = [recorded.device.id, ...recorded.device.former];
    ownSlots.begin(recorded.device.id);
    endChanges = store.changes(noteChange);
    const rooms = { vault, ownSlots, heads, inbound, outbox, mesh, breathe };
    const ownManifest = await restoreSlots(recorded, rooms);
    if (isStopped) return;
    upkeep.restore(recorded);
    if (ownManifest) upkeep.restoreManifest(ownManifest);
    mesh.setOwnAddresses(ownSlots.all().map(({ d }) => d));
    mesh.start();
    await quarantine.restore(recorded.quarantined);
    const isMissing = await compare();
    if (isMissing && recorded.slots.length === 0) upkeep.adoptAtOnce();
    isCompared = true;
    prove();
    outbox.schedule();
    options.onChanged();
    if (mustCompareAgain) await compareAgain();
  }

  /** Another tab may have adopted a guest's documents: what the guest's device wrote counts as own then. */
  async function compareAgain(): Promise<void> {
    const { former } = await options.ledger.refreshDevice();
    deviceIds = [...new Set([...deviceIds, ...former])];
    await compare();
  }

  async function checkKey(recorded: LedgerState): Promise<boolean> {
    const keyCheck = await vault.keyCheck(options.installationKey);
    if (recorded.keyCheck === undefined) return ledger.commit([{ kind: LedgerChangeKind.KeyCheck, keyCheck }]);
    if (recorded.keyCheck === keyCheck) return true;
    fail(keyChanged());
    return false;
  }

  /** What this installation has written and no slot carries is still to be published. Resolves with whether others' is missing too. */
  function compare(): Promise<boolean> {
    return survey({ counts: () => true, isWanted: isOwn });
  }

  function noteChange({ collection, origin, documents }: StoreChange): void {
    if (isStopped) return;
    if (origin === ChangeOrigin.Merge) {
      for (const { id } of documents) ownSlots.noteSuperseded(keyOf({ collection, id }), 1);
      return;
    }
    const written = documents.flatMap(({ id, registers }) => {
      const stamp = greatestStamp(registers);
      return stamp !== undefined && isOwn(stamp) ? partOf({ collection, id, registers }, (own) => own === stamp) : [];
    });
    outbox.add(written);
    for (const document of documents) outbox.holdBack(collection, document);
  }

  function noteMerged(version: SlotVersion): void {
    // A clone goes on in the slots that were this installation's, and what this one wrote there is overwritten.
    if (deviceIds.includes(version.deviceId)) upkeep.soonAudit();
    options.onChanged();
  }

  /** The clock was wrong, as the relays have told or as it now shows itself: what they refuse for its time gets another one. */
  function leaveAhead(): void {
    knownOffset = mesh.createdAtOffset;
    exclusively(async () => {
      for (const slot of ownSlots.live())
        if (!slot.durable && ownSlots.isBehind(slot)) await publishing.rewrite(slot, await ownSlots.read(slot));
      const { slots, documents } = await publishing.leaveAhead();
      mesh.withdraw(slots.map(({ d }) => d));
      outbox.add(documents);
      outbox.recount();
    }).catch(fail);
  }

  // ---- durability and completeness

  function noteStored(version: SlotVersion, relayUrl: string): void {
    const isEnough = storedOn.note(version, relayUrl) >= settings.durableOn;
    if (isEnough && version.deviceId === ownSlots.deviceId) settle(version).catch(fail);
  }

  async function settle(version: SlotVersion): Promise<void> {
    const durable = await publishing.settle(version);
    if (isStopped || durable.size === 0) return;
    lastSyncedAt = clock.now();
    outbox.settle(durable);
    upkeep.soonMaintain();
  }

  async function finishRead(): Promise<void> {
    await inbound.drained();
    if (isStopped || isFailed || completeReads.size === 0) return;
    prove();
    if (completeReads.size < settings.durableOn && mesh.readyRelays > completeReads.size) return;
    lastSyncedAt = clock.now();
    if (!isSynced) {
      isSynced = true;
      options.onSynced();
    }
    upkeep.soonAudit();
    upkeep.soonMaintain();
    options.onChanged();
  }

  /** Not before the documents have back what only slots had: a share that begins anew would take the place of the old one. */
  function prove(): void {
    if (isProven || !isCompared || !wasReady || completeReads.size < settings.durableOn) return;
    isProven = true;
    options.onProven();
    store.settleShares(ownSlots.deviceId).catch(fail);
  }

  /** Another living copy of this installation writes the same slots: this one goes on under a new id and never writes the old slots again. */
  async function becomeNewDevice(): Promise<void> {
    const foreignId = ownSlots.deviceId;
    publishing.bar();
    await exclusively(async () => {
      if (isStopped || ownSlots.deviceId !== foreignId) return;
      const device = { id: options.newDeviceId(), former: deviceIds };
      if (!(await moveToDevice(device, ledger, { ownSlots, heads, inbound, outbox, mesh }))) return;
      deviceIds = [device.id, ...device.former];
      if (!isFailed) publishing.admit();
      upkeep.forgetManifest();
      mesh.setOwnAddresses([]);
      options.onDeviceChanged();
      if (isProven) await store.settleShares(device.id);
    });
    mesh.readAll().then(upkeep.soonAudit).catch(fail);
    outbox.schedule();
  }

  // ---- outcome

  function fail(error: unknown): void {
    if (isStopped) return;
    const isFirst = !isFailed;
    isFailed = true;
    publishing.bar();
    const { problem, isOfStorage } = failureOf(error);
    report(problem);
    if (isFirst && isOfStorage) options.onStorageFailed();
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
    isStopped = true;
    endChanges?.();
    outbox.stop();
    inbound.stop();
    upkeep.stop();
    mesh.stop();
  }

  return {
    start,
    stop,
    /** Publishes nothing any more; the status says why. */
    fail,
    /** The documents may hold writes whose announcement was lost with the tab that made them, or that were adopted. */
    compareAgain(): void {
      mustCompareAgain = true;
      if (isCompared && !isStopped && !isFailed) compareAgain().catch(fail);
    },
    async flush(): Promise<void> {
      if (isStopped || isFailed) return;
      await outbox.flush();
      await mesh.flush();
    },
    kick: () => mesh.kick(),
    pendingKeys: () => outbox.pendingKeys(),
    get state() {
      return {
        pending: outbox.pending,
        problems: [...problems, ...mesh.problems],
        relays: mesh.status,
        readyRelays: mesh.readyRelays,
        quarantined: quarantine.size,
        createdAtOffset: mesh.createdAtOffset,
        lastSyncedAt,
        isFailed,
        isSynced,
      };
    },
  };
}
