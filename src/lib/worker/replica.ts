/**
 * The replica: sync of one database in one worker. Of all tabs' workers one is the writer; the others wait, forward what their main
 * threads see and show the writer's status.
 */
import type { SyncStatus } from '../types';
import { ErrorCode, Lifecycle, SyncError, SyncPhase } from '../types';
import type { Ledger } from './ledger';
import { ChangeOrigin } from './ports';
import type { Clock, Mesh, MeshListener, Random, Store, Vault } from './ports';
import { documentKey } from './slot-content';
import { createTabs, TabMessageType } from './tabs';
import type { Locks, TabChannel, TabMessage } from './tabs';
import { createWriter } from './writer';
import type { Writer } from './writer';
import type { ReplicaSettings } from './settings';
import type { StampsByDocument } from './own-slots';

export interface ReplicaOptions {
  /** Unique to the database; names locks and channel. */
  readonly databaseName: string;
  readonly settings: ReplicaSettings;
  /** Relays configured; none means that nothing leaves this device. */
  readonly relayCount: number;
  /** Rejects with a coded error when no keys can be had; nothing is published then. */
  readonly vault: Promise<Vault>;
  /** The r of docs/protocol.md, section 1, as an HMAC key. */
  readonly installationKey: CryptoKey;
  readonly ledger: Ledger;
  readonly store: Store;
  readonly createMesh: (listener: MeshListener, vault: Vault, ledger: Ledger) => Mesh;
  readonly clock: Clock;
  readonly random: Random;
  /** 16 random bytes as 32 hex digits. */
  readonly newDeviceId: () => string;
  readonly tabId: string;
  readonly locks: Locks;
  readonly channel: TabChannel;
  /** '' for collections that may share slots, another name for each that may not. */
  readonly laneOf: (collection: string) => string;
  readonly label: string;
  readonly onStatus: (status: SyncStatus) => void;
  /** The first complete read of the mesh is merged. */
  readonly onSynced: () => void;
  /** Writes that are stored on enough relays from now on, told in the tab that syncs. */
  readonly onDurable?: (stamps: StampsByDocument) => void;
}

export interface Replica {
  start(): void;
  lifecycle(event: Lifecycle): void;
  frameLag(lagMs: number): void;
  /** Whether the relays have shown, since this browser syncs, that no clone of this device is about; until then counters count apart. */
  readonly isProven: boolean;
  /** Documents of a guest have been joined, and the ledger counts what the guest's device wrote as own. */
  noteAdopted(): void;
  /** Hands what is unsent to the relays as far as their budgets allow. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Changes of status within this time are told at once. */
const STATUS_MS = 50;

export function createReplica(options: ReplicaOptions): Replica {
  const { clock } = options;
  let writer: Writer | undefined;
  let frameLagMs = 0;
  let paused = false;
  let closed = false;
  let vaultError: SyncError | undefined;
  let statusOfWriter: SyncStatus | undefined;
  let cancelStatus: (() => void) | undefined;
  let synced = false;
  let isProven = false;
  /** What was pending when the replica was paused, and what has been written since. */
  const waitingKeys = new Set<string>();
  let lastSyncedAt: number | null = null;
  let endWaiting: (() => void) | undefined;
  let cancelRestart: (() => void) | undefined;
  /** Writers in a row that storage has failed. */
  let failures = 0;

  const tabs = createTabs({
    name: options.databaseName,
    tabId: options.tabId,
    locks: options.locks,
    channel: options.channel,
    clock,
    pingMs: options.settings.holderPingMs,
    silenceMs: options.settings.holderSilenceMs,
    onAcquired: () => void beginWriting(),
    onLost: endWriting,
    onTabEnded: () => writer?.compareAgain(),
    onTabJoined: () => {
      if (isProven) tabs.post({ type: TabMessageType.Proven });
      if (writer?.state.isSynced) tabs.post({ type: TabMessageType.Synced });
      changed();
    },
    onMessage: receive,
  });

  async function beginWriting(): Promise<void> {
    const vault = await options.vault.catch(noteVaultError);
    if (!vault || closed || paused || writer || !tabs.holding || options.relayCount === 0) return changed();
    const started = createWriter({
      ...options,
      vault,
      createMesh: (listener) => options.createMesh(listener, vault, options.ledger),
      frameLagMs: () => frameLagMs,
      onChanged: changed,
      onSynced: () => {
        noteSynced();
        tabs.post({ type: TabMessageType.Synced });
      },
      onFenced: () => {
        writer = undefined;
        tabs.stepDown();
      },
      onProven: () => {
        isProven = true;
        tabs.post({ type: TabMessageType.Proven });
      },
      onDeviceChanged: () => tabs.post({ type: TabMessageType.DeviceChanged }),
      onDurable: (stamps) => {
        failures = 0;
        options.onDurable?.(stamps);
      },
      onStorageFailed: () => writer === started && restart(started),
    });
    writer = started;
    await started.start().catch((error) => writer === started && noteStartError(started, error));
    changed();
  }

  /** Whatever the failed one had in memory may be half done; the next one begins with what is stored, as after a crash. */
  function restart(failed: Writer): void {
    const { restartMinMs, restartMaxMs } = options.settings;
    const delayMs = Math.min(restartMaxMs, restartMinMs * 2 ** failures);
    failures += 1;
    cancelRestart?.();
    cancelRestart = clock.after(delayMs, () => {
      if (writer !== failed) return;
      endWriting();
      void beginWriting();
    });
  }

  function endWriting(): void {
    writer?.stop();
    writer = undefined;
    changed();
  }

  /** Nothing is sent, but what waits is still counted: a paused device is an offline one. */
  function pause(): void {
    if (paused) return;
    paused = true;
    for (const key of writer?.pendingKeys() ?? []) waitingKeys.add(key);
    endWaiting = options.store.changes(({ origin, collection, documents }) => {
      if (origin !== ChangeOrigin.Local) return;
      for (const { id } of documents) waitingKeys.add(documentKey(collection, id));
      changed();
    });
    endWriting();
  }

  function noteVaultError(error: unknown): undefined {
    vaultError =
      error instanceof SyncError
        ? error
        : new SyncError(
            ErrorCode.VaultFailed,
            'No keys could be derived, so nothing is published. Reload the page; local data is kept.',
          );
    changed();
    return undefined;
  }

  function noteStartError(failed: Writer, error: unknown): void {
    // What has a code of its own, such as a failure of the vault, says itself what is wrong.
    failed.fail(error);
    changed();
  }

  function receive(message: TabMessage): void {
    switch (message.type) {
      case TabMessageType.Status:
        statusOfWriter = message.status;
        if (!writer) changed();
        return;
      case TabMessageType.Synced:
        noteSynced();
        return;
      case TabMessageType.Proven:
        isProven = true;
        return;
      case TabMessageType.Lifecycle:
        if (writer) hear(message.event);
        return;
      case TabMessageType.DeviceChanged:
        // If it fails, this tab goes on stamping under the former id, which counts as own.
        void options.ledger.refreshDevice().catch(() => {});
        writer?.compareAgain();
        return;
      default:
    }
  }

  function noteSynced(): void {
    if (synced) return;
    synced = true;
    options.onSynced();
  }

  function hear(event: Lifecycle): void {
    switch (event) {
      case Lifecycle.Online:
      case Lifecycle.Visible:
      case Lifecycle.Resumed:
        writer?.kick();
        return;
      case Lifecycle.Hidden:
      case Lifecycle.Leaving:
        void writer?.flush();
        return;
      case Lifecycle.Pause:
        pause();
        return;
      case Lifecycle.Resume:
        paused = false;
        endWaiting?.();
        waitingKeys.clear();
        void beginWriting();
        return;
      case Lifecycle.Offline:
        return;
      default: {
        const never: never = event;
        return never;
      }
    }
  }

  function changed(): void {
    cancelStatus ??= clock.after(STATUS_MS, () => {
      cancelStatus = undefined;
      if (closed) return;
      const status = currentStatus();
      if (writer) tabs.post({ type: TabMessageType.Status, status });
      options.onStatus(status);
    });
  }

  function currentStatus(): SyncStatus {
    const state = writer?.state;
    lastSyncedAt = state?.lastSyncedAt ?? statusOfWriter?.lastSyncedAt ?? lastSyncedAt;
    const base: SyncStatus = {
      phase: SyncPhase.Starting,
      pending: paused ? waitingKeys.size : (state?.pending ?? statusOfWriter?.pending ?? 0),
      durableOn: options.settings.durableOn,
      relays: state?.relays ?? (paused ? [] : (statusOfWriter?.relays ?? [])),
      lastSyncedAt,
      clockSkewMs: state ? -state.createdAtOffset * 1000 || 0 : null,
      quarantined: state?.quarantined ?? statusOfWriter?.quarantined ?? 0,
      problems: [
        ...(vaultError ? [{ code: vaultError.code, message: vaultError.message }] : []),
        ...(state?.problems ?? statusOfWriter?.problems ?? []),
      ],
    };
    return { ...base, phase: phaseOf(base) };
  }

  function phaseOf(status: SyncStatus): SyncPhase {
    if (closed) return SyncPhase.Closed;
    if (vaultError || writer?.state.isFailed) return SyncPhase.Stopped;
    if (options.relayCount === 0) return SyncPhase.LocalOnly;
    if (paused) return SyncPhase.Paused;
    if (!writer) return statusOfWriter?.phase ?? SyncPhase.Starting;
    if (writer.state.readyRelays > 0) return SyncPhase.Online;
    return status.lastSyncedAt === null && !writer.state.isSynced ? SyncPhase.Starting : SyncPhase.Offline;
  }

  return {
    get isProven() {
      return isProven;
    },
    start() {
      // Keys that cannot be had are told even by a tab that only waits.
      options.vault.catch(noteVaultError);
      tabs.start();
      changed();
    },
    lifecycle(event) {
      if (event === Lifecycle.Visible || event === Lifecycle.Hidden) tabs.setVisible(event === Lifecycle.Visible);
      hear(event);
      if (!writer) tabs.post({ type: TabMessageType.Lifecycle, event });
    },
    frameLag(lagMs) {
      frameLagMs = lagMs;
    },
    noteAdopted() {
      if (writer) writer.compareAgain();
      else tabs.post({ type: TabMessageType.DeviceChanged });
    },
    async flush() {
      await writer?.flush();
    },
    async close() {
      await writer?.flush();
      closed = true;
      endWaiting?.();
      cancelStatus?.();
      cancelRestart?.();
      writer?.stop();
      writer = undefined;
      tabs.stop();
      options.ledger.close();
    },
  };
}
