/**
 * The writer: what the one syncing worker of a browser does while it holds the lock. An edit goes change stream -> outbox -> slot ->
 * ledger -> mesh; an arrival goes mesh -> vault -> documents -> ledger. Everything else here (comparison after a start, compaction,
 * manifest, audit) runs when nobody waits.
 */
import type { SyncProblem } from '../types';
import { ErrorCode, SyncError } from '../types';
import { createArrivals } from './arrivals';
import type { Arrival } from './arrivals';
import { createCompaction } from './compaction';
import { Coverage, findUncovered, isAuthoredBy, writtenAt } from './coverage';
import type { Ledger, LedgerState, SlotRecord } from './ledger';
import { LedgerChangeKind } from './ledger';
import { decodeLive, encodeLive } from './manifest';
import { greatestStamp, isEmpty, joinRegisters, registersWhere } from './merge';
import { createOutbox } from './outbox';
import { createOwnSlots } from './own-slots';
import type { OwnSlots } from './own-slots';
import { ChangeOrigin, Tier } from './ports';
import type {
  Clock,
  ManifestPayload,
  Mesh,
  MeshListener,
  NostrEvent,
  Quarantined,
  Random,
  ReceivedSlot,
  Refusal,
  SlotVersion,
  Store,
  StoreChange,
  Vault,
} from './ports';
import type { Registers, Stamp } from './registers';
import { contentOf, keyOf } from './slot-content';
import type { ContentDocument } from './slot-content';
import { createStoredOn } from './stored-on';

export interface ReplicaSettings {
  /** Relays that must hold a version before its entries are durable: min(2, relays configured). */
  readonly durableOn: number;
  /** Padded size of a full page, at most 32,768. */
  readonly pageBytes: number;
  /** Maintenance starts when nothing was flushed for so long. */
  readonly idleMs: number;
  readonly manifestIntervalMs: number;
  /** What another device wrote and no relay holds any more is adopted when it is still missing after so long. */
  readonly adoptAfterMs: number;
  readonly auditIntervalMs: number;
  readonly shortestFlushMs: number;
}

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
  readonly onFenced: () => void;
  readonly onDeviceChanged: () => void;
}

/** Newest seq heard of a device counts for so long in the manifest's `seen`. */
const SEEN_MS = 90 * 24 * 3600 * 1000;

enum Task {
  Maintain,
  Audit,
}

export type Writer = ReturnType<typeof createWriter>;

export function createWriter(options: WriterOptions) {
  const { settings, ledger, vault, store, clock } = options;
  const problems: SyncProblem[] = [];
  /** Newest verified version of every slot of every other device, as the ledger has it. */
  const heads = new Map<string, SlotRecord>();
  /** Newest version of other devices' slots that was taken in, merged or still on its way. */
  const latest = new Map<string, SlotVersion>();
  const arriving = new Map<string, NostrEvent>();
  const namesByManifest = new Map<string, { readonly nonce: string; readonly names: readonly string[] }>();
  const seen = new Map<string, { readonly seq: number; readonly at: number }>();
  const storedOn = createStoredOn();
  const completeReads = new Set<string>();
  let epoch = 0;
  let deviceIds: readonly string[] = [];
  let ownSlots: OwnSlots;
  let mesh: Mesh;
  let stopped = false;
  let failed = false;
  let wasReady = false;
  let synced = false;
  let quarantinedCount = 0;
  let lastSyncedAt: number | null = null;
  let missingSince: number | undefined;
  let manifestAt = -Infinity;
  let manifestLive = '';
  let endChanges: (() => void) | undefined;
  const timers = new Map<Task, () => void>();

  const outbox = createOutbox({
    get ownSlots() {
      return ownSlots;
    },
    clock,
    laneOf: options.laneOf,
    intervalMs: () => Math.max(settings.shortestFlushMs, mesh.publishIntervalMs),
    mayPublish: () => !stopped && !failed && wasReady && mesh.readyRelays > 0,
    pageBytes: () => pageBytes(),
    exclusively,
    onPendingChanged: options.onChanged,
    onFlushed: () => soon(Task.Maintain, settings.idleMs),
    onFailed: fail,
  });

  const arrivals = createArrivals({
    store,
    clock,
    frameLagMs: options.frameLagMs,
    onJoined: (collection, inbound) => {
      for (const { id, registers } of inbound)
        ownSlots.noteSuperseded(keyOf({ collection, id }), registers.leaves.size);
    },
    onMerged: recordMerged,
    onFailed: fail,
  });

  const compaction = createCompaction({
    get ownSlots() {
      return ownSlots;
    },
    store,
    pageBytes: () => pageBytes(),
    othersProof,
  });

  /** Rejects if the ledger cannot be read; every later failure is reported as a problem. */
  async function start(): Promise<void> {
    const taken = await ledger.takeOver();
    epoch = taken.epoch;
    if (!(await checkKey(taken.state))) return;
    deviceIds = [taken.state.device.id, ...taken.state.device.former];
    missingSince = taken.state.missingSince;
    ownSlots = ownSlotsOf(deviceIds[0]!);
    mesh = options.createMesh(listener);
    endChanges = store.changes(noteChange);
    const coverage = await restore(taken.state);
    if (stopped) return;
    mesh.setOwnAddresses(ownAddresses());
    mesh.start();
    await retryQuarantined(taken.state.quarantined);
    await compare(coverage);
    soon(Task.Audit, settings.auditIntervalMs);
  }

  async function checkKey(state: LedgerState): Promise<boolean> {
    const keyCheck = await vault.keyCheck(options.installationKey);
    if (state.keyCheck === undefined) {
      return ledger.commit(epoch, [{ kind: LedgerChangeKind.KeyCheck, keyCheck }]);
    }
    if (state.keyCheck === keyCheck) return true;
    fail(
      new SyncError(
        ErrorCode.KeyChanged,
        'The keys of this identity are not those of last time, because the secret or the salt of the build has changed. Nothing is published or merged until the right one is back; what is written meanwhile stays on this device.',
      ),
    );
    return false;
  }

  const ownSlotsOf = (deviceId: string): OwnSlots =>
    createOwnSlots({
      vault,
      ledger,
      epoch,
      deviceId,
      clock,
      createdAtOffset: () => mesh.createdAtOffset,
      offer: (head) => mesh.offer(head),
      laneOf: options.laneOf,
      onFenced: fenced,
      onProblem: report,
    });

  async function restore(state: LedgerState): Promise<Coverage> {
    const coverage = new Coverage();
    for (const [index, record] of state.slots.entries()) {
      // A long list must not keep the app's own reads and writes waiting.
      if (index % 8 === 7) await breathe();
      const opened = await vault.open(record.event);
      if (typeof opened === 'string') continue;
      const own = record.version.deviceId === deviceIds[0];
      if (own) await ownSlots.restore(record, opened.payload);
      else {
        heads.set(record.version.d, record);
        latest.set(record.version.d, record.version);
      }
      if (opened.payload.tier !== Tier.Manifest) coverage.add(contentOf(opened.payload.e));
      else if (!own) noteManifest(record.version);
      mesh.offer({ version: record.version, event: record.event, own });
    }
    for (const slot of ownSlots.all()) for (const { documents } of slot.unsettled) outbox.addWaiting(documents);
    return coverage;
  }

  /** What this installation has written and no slot carries is still to be published. */
  async function compare(coverage: Coverage): Promise<void> {
    for await (const documents of findUncovered(store, coverage, isAuthoredBy(deviceIds))) {
      if (stopped) return;
      outbox.add(documents);
    }
  }

  async function retryQuarantined(documents: readonly Quarantined[]): Promise<void> {
    quarantinedCount = documents.length;
    const known = documents.filter(({ collection }) => store.collections.includes(collection));
    for (const document of known) {
      const { quarantined } = await store.join(document.collection, [document]);
      if (quarantined.length > 0) continue;
      quarantinedCount -= 1;
      await ledger.commit(epoch, [{ kind: LedgerChangeKind.Release, documents: [document] }]);
    }
    options.onChanged();
  }

  // ---- an edit

  function noteChange(change: StoreChange): void {
    if (change.origin !== ChangeOrigin.Local || stopped) return;
    const isOwn = isAuthoredBy(deviceIds);
    const written = change.documents.flatMap(({ id, registers }) => {
      const stamp = greatestStamp(registers);
      return stamp !== undefined && isOwn(stamp)
        ? [writtenAt({ collection: change.collection, id, registers }, stamp)]
        : [];
    });
    if (written.length > 0) outbox.add(written);
  }

  // ---- an arrival

  const listener: MeshListener = {
    receive,
    stored(relayUrl, versions) {
      for (const version of versions) noteStored(version, relayUrl);
    },
    readEnded(relayUrl, present, complete) {
      for (const version of present.values()) noteStored(version, relayUrl);
      if (complete) completeReads.add(relayUrl);
      void finishRead();
    },
    readyRelaysChanged(count) {
      wasReady ||= count >= settings.durableOn;
      outbox.schedule();
      options.onChanged();
    },
    statusChanged: options.onChanged,
  };

  async function receive(event: NostrEvent): Promise<ReceivedSlot | Refusal> {
    const opened = await vault.open(event);
    if (typeof opened === 'string') return opened;
    const { version, payload } = opened;
    if (stopped) return { version };
    if (version.deviceId === deviceIds[0]) {
      if (!ownSlots.isForeign(version)) return { version };
      await becomeNewDevice();
    }
    const known = latest.get(version.d);
    const isNews = !known || isNewer(version, known);
    if (payload.tier === Tier.Manifest) {
      const names = await addressesNamedBy(version, payload);
      if (isNews) {
        latest.set(version.d, version);
        noteManifest(version);
        await recordHead(version, event);
      }
      return { version, names };
    }
    if (isNews) {
      latest.set(version.d, version);
      arriving.set(version.d, event);
      arrivals.push({ version, content: contentOf(payload.e) });
    }
    return { version };
  }

  function noteManifest(version: SlotVersion): void {
    seen.set(version.deviceId, { seq: version.seq, at: version.createdAt * 1000 });
  }

  async function addressesNamedBy(version: SlotVersion, manifest: ManifestPayload): Promise<readonly string[]> {
    const known = namesByManifest.get(version.d);
    if (known?.nonce === version.nonce) return known.names;
    const names = await Promise.all(decodeLive(manifest).map((slot) => vault.addressOf(slot)));
    namesByManifest.set(version.d, { nonce: version.nonce, names });
    return names;
  }

  async function recordMerged({ version }: Arrival, quarantined: readonly Quarantined[]): Promise<void> {
    const event = arriving.get(version.d);
    if (latest.get(version.d)?.nonce === version.nonce) arriving.delete(version.d);
    if (quarantined.length > 0) {
      quarantinedCount += quarantined.length;
      const change = { kind: LedgerChangeKind.Quarantine, documents: quarantined } as const;
      if (!(await ledger.commit(epoch, [change]))) return fenced();
    }
    if (event) await recordHead(version, event);
    options.onChanged();
  }

  /** Keeps a version for repair, if its signature is good: only then another relay would take it. */
  async function recordHead(version: SlotVersion, event: NostrEvent): Promise<void> {
    if (!vault.verify(event)) {
      // The contents are genuine and merged, the signature is not: a good copy from another relay is still wanted.
      if (latest.get(version.d)?.nonce === version.nonce) latest.delete(version.d);
      return;
    }
    const record: SlotRecord = { version, event, durable: false };
    if (!(await ledger.commit(epoch, [{ kind: LedgerChangeKind.Slot, record }]))) return fenced();
    heads.set(version.d, record);
    mesh.offer({ version, event, own: false });
  }

  // ---- durability

  function noteStored(version: SlotVersion, relayUrl: string): void {
    if (storedOn.note(version, relayUrl) < settings.durableOn || version.deviceId !== deviceIds[0]) return;
    void settle(version).catch(fail);
  }

  async function settle(version: SlotVersion): Promise<void> {
    const slot = ownSlots.get(version.d);
    if (!slot || (slot.durable && slot.version?.nonce === version.nonce)) return;
    const documents = await ownSlots.markDurable(version);
    if (documents.size > 0) {
      lastSyncedAt = clock.now();
      outbox.settle(documents);
    }
    soon(Task.Maintain, settings.idleMs);
  }

  async function finishRead(): Promise<void> {
    await arrivals.drained();
    if (stopped || failed || completeReads.size === 0) return;
    if (completeReads.size < settings.durableOn && mesh.readyRelays > completeReads.size) return;
    lastSyncedAt = clock.now();
    if (!synced) {
      synced = true;
      options.onSynced();
      soon(Task.Audit, settings.idleMs);
    }
    soon(Task.Maintain, settings.idleMs);
    options.onChanged();
  }

  // ---- when nobody waits

  function soon(task: Task, delayMs: number): void {
    if (stopped || failed || timers.has(task)) return;
    timers.set(
      task,
      clock.after(delayMs, () => {
        timers.delete(task);
        void (task === Task.Maintain ? maintain() : audit()).catch(fail);
      }),
    );
  }

  async function maintain(): Promise<void> {
    if (!outboxIsQuiet()) return soon(Task.Maintain, settings.idleMs);
    let written = false;
    await exclusively(async () => {
      for (const slot of ownSlots.all()) if (slot.durable) written = (await compaction.settle(slot)) || written;
      if (compaction.isDue()) written = (await compaction.step()) || written;
    });
    await exclusively(publishManifest);
    if (written) soon(Task.Maintain, settings.idleMs);
  }

  const outboxIsQuiet = () =>
    outbox.unsent === 0 && clock.now() - outbox.lastFlushAt >= settings.idleMs && mesh.readyRelays > 0;

  async function publishManifest(): Promise<void> {
    const versions = ownSlots.live().flatMap((slot) => (slot.version && slot.durable ? [slot.version] : []));
    const live = encodeLive(versions);
    const addresses = JSON.stringify(versions.map((version) => version.d).sort());
    if (addresses === manifestLive || (versions.length === 0 && manifestLive === '')) return;
    const wait = manifestAt + settings.manifestIntervalMs - clock.now();
    if (wait > 0) return soon(Task.Maintain, Math.max(wait, settings.idleMs));
    manifestAt = clock.now();
    manifestLive = addresses;
    const oldest = clock.now() - SEEN_MS;
    const recent = [...seen].filter(([, { at }]) => at > oldest).map(([id, { seq }]) => [id, seq] as const);
    await ownSlots.writeManifest((seq) => ({
      dev: deviceIds[0]!,
      tier: Tier.Manifest,
      idx: 0,
      seq,
      live,
      seen: Object.fromEntries(recent),
      label: options.label,
    }));
  }

  /**
   * Every winning register must be live somewhere: what this installation wrote is published at once where it is missing, what others
   * wrote when it was missing twice, a day apart.
   */
  async function audit(): Promise<void> {
    soon(Task.Audit, settings.auditIntervalMs * (0.75 + options.random() / 2));
    if (!synced) return;
    const coverage = new Coverage();
    for (const slot of ownSlots.live()) coverage.add(await ownSlots.read(slot));
    for (const record of heads.values()) {
      if (storedOn.count(record.version) === 0) continue;
      await breathe();
      const opened = await vault.open(record.event);
      if (typeof opened !== 'string' && opened.payload.tier !== Tier.Manifest)
        coverage.add(contentOf(opened.payload.e));
    }
    const isOwn = isAuthoredBy(deviceIds);
    const mayAdopt = missingSince !== undefined && clock.now() - missingSince >= settings.adoptAfterMs;
    let missing = false;
    for await (const documents of findUncovered(store, coverage, () => true)) {
      if (stopped) return;
      outbox.add(documents.flatMap((document) => authoredSubset(document, (stamp) => mayAdopt || isOwn(stamp))));
      missing ||= documents.some((document) => authoredSubset(document, (stamp) => !isOwn(stamp)).length > 0);
    }
    const since = missing && !mayAdopt ? (missingSince ?? clock.now()) : undefined;
    if (since === missingSince) return;
    missingSince = since;
    if (!(await ledger.commit(epoch, [{ kind: LedgerChangeKind.MissingSince, at: since }]))) fenced();
  }

  async function othersProof(keys: ReadonlySet<string>): Promise<ReadonlyMap<string, Registers>> {
    const proof = new Map<string, Registers>();
    for (const record of heads.values()) {
      if (storedOn.count(record.version) < settings.durableOn) continue;
      const opened = await vault.open(record.event);
      if (typeof opened === 'string' || opened.payload.tier === Tier.Manifest) continue;
      for (const [key, { registers }] of contentOf(opened.payload.e)) {
        if (!keys.has(key)) continue;
        const known = proof.get(key);
        proof.set(key, known ? joinRegisters(known, registers) : registers);
      }
    }
    return proof;
  }

  /**
   * Another living copy of this installation writes the same slots: this one goes on under a new id and never writes the old slots
   * again. What it wrote and the copy's slots do not carry is published anew.
   */
  async function becomeNewDevice(): Promise<void> {
    const device = { id: options.newDeviceId(), former: deviceIds };
    if (!(await ledger.commit(epoch, [{ kind: LedgerChangeKind.Device, device }]))) return fenced();
    for (const slot of ownSlots.all()) if (slot.record) heads.set(slot.d, slot.record);
    deviceIds = [device.id, ...device.former];
    ownSlots = ownSlotsOf(device.id);
    manifestLive = '';
    mesh.setOwnAddresses([]);
    options.onDeviceChanged();
    void mesh.readAll().then(audit).catch(fail);
  }

  // ---- outcome

  function fail(error: unknown): void {
    if (stopped) return;
    failed = true;
    const code = error instanceof SyncError ? error.code : ErrorCode.StorageFailed;
    report({
      code,
      message:
        error instanceof SyncError
          ? error.message
          : 'The browser refused to read or write its database, so publishing has stopped. Free some space and reload; what was written is kept.',
    });
  }

  function report(problem: SyncProblem): void {
    if (!problems.some(({ code, message }) => code === problem.code && message === problem.message))
      problems.push(problem);
    options.onChanged();
  }

  function fenced(): void {
    if (stopped) return;
    stop();
    options.onFenced();
  }

  function stop(): void {
    stopped = true;
    endChanges?.();
    outbox.stop();
    arrivals.stop();
    for (const cancel of timers.values()) cancel();
    timers.clear();
    mesh?.stop();
  }

  // ---- small things

  let queue: Promise<unknown> = Promise.resolve();
  /** Own slots are written by one task at a time. */
  function exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const run = queue.then(work);
    queue = run.catch(() => undefined);
    return run;
  }

  const ownAddresses = () => ownSlots.all().map((slot) => slot.d);
  /** A page's event is about 1.4 times its padded size; a relay with a lower limit gets smaller pages. */
  const pageBytes = () => {
    let bytes = settings.pageBytes;
    while (bytes > 1024 && bytes * 1.4 + 400 > mesh.maxEventBytes) bytes /= 2;
    return bytes;
  };
  const breathe = () => new Promise<void>((resolve) => clock.after(0, resolve));

  return {
    start,
    stop,
    /** The documents may hold writes whose announcement was lost with the tab that made them. */
    async compareAgain(): Promise<void> {
      if (stopped || failed || !ownSlots) return;
      const coverage = new Coverage();
      for (const slot of ownSlots.live()) coverage.add(await ownSlots.read(slot));
      for (const record of heads.values()) {
        if (!deviceIds.includes(record.version.deviceId)) continue;
        const opened = await vault.open(record.event);
        if (typeof opened !== 'string' && opened.payload.tier !== Tier.Manifest)
          coverage.add(contentOf(opened.payload.e));
      }
      await compare(coverage);
    },
    async flush(): Promise<void> {
      if (stopped || failed || !mesh) return;
      await outbox.flush();
      await mesh.flush();
    },
    kick: () => mesh?.kick(),
    get mesh(): Mesh | undefined {
      return mesh;
    },
    get state() {
      return {
        pending: outbox.pending,
        problems: [...problems, ...(mesh?.problems ?? [])],
        relays: mesh?.status ?? [],
        readyRelays: mesh?.readyRelays ?? 0,
        quarantined: quarantinedCount,
        lastSyncedAt,
        failed,
        synced,
      };
    },
  };
}

const isNewer = (version: SlotVersion, than: SlotVersion): boolean =>
  version.createdAt > than.createdAt || (version.createdAt === than.createdAt && version.nonce > than.nonce);

/** The registers of a document whose stamps are wanted, as a list of none or one. */
function authoredSubset(document: ContentDocument, wanted: (stamp: Stamp) => boolean): readonly ContentDocument[] {
  const registers = registersWhere(document.registers, wanted);
  return isEmpty(registers) ? [] : [{ ...document, registers }];
}
