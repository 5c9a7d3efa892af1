/**
 * The replica: sync of one database in one worker. Of all tabs' workers one holds the lock and has the writer; the others wait, forward what
 * their main threads see and show the holder's status. Whatever one tab pauses is paused in all, and any of them resumes it.
 */
import type { SyncProblem } from '../core/errors';
import type { SyncStatus } from '../core/status';
import { Lifecycle } from '../core/lifecycle';
import type { Ledger } from '../persistence/ledger';
import type { Mesh, MeshListener } from '../contracts/mesh';
import type { Vault } from '../contracts/vault';
import { createReplicaStatus } from './status';
import { createTabElection } from './tab-election';
import { TabMessageType } from '../contracts/tabs';
import type { Locks, TabChannel, TabMessage } from '../contracts/tabs';
import { createUnsynced } from './unsynced';
import { createWriter } from './writer';
import type { Writer, WriterOptions } from './writer';
import { noKeys } from './keys/key-problems';

type OfWriter =
  | 'settings'
  | 'installationKey'
  | 'expectsData'
  | 'ledger'
  | 'store'
  | 'clock'
  | 'random'
  | 'newDeviceId'
  | 'laneOf'
  | 'about';

export interface ReplicaOptions extends Pick<WriterOptions, OfWriter | 'onDurable'> {
  /** Unique to the database; names locks and channel. */
  readonly databaseName: string;
  /** Relays configured; none means that nothing leaves this device. */
  readonly relayCount: number;
  /** Rejects with a coded error when no keys can be had; nothing is published then. */
  readonly vault: Promise<Vault>;
  readonly createMesh: (listener: MeshListener, vault: Vault, ledger: Ledger) => Mesh;
  readonly tabId: string;
  readonly locks: Locks;
  readonly channel: TabChannel;
  readonly onStatus: (status: SyncStatus) => void;
  /** The first complete read of the mesh is merged. */
  readonly onSynced: () => void;
}

export interface Replica {
  start(): void;
  lifecycle(event: Lifecycle): void;
  frameLag(lagMs: number): void;
  /** Whether the relays have shown, since this browser syncs, that there is no clone of this device; until then counters count apart. */
  readonly isProven: boolean;
  /** Documents of a guest have been joined, and the ledger counts what the guest's device wrote as own. */
  noteAdopted(): void;
  /** Hands what is unsent to the relays as far as their budgets allow. */
  flush(): Promise<void>;
  /** `settings` or what `createMesh` makes is another now, such as the list of relays: the sync begins again with it, as after a restart. */
  renew(): void;
  close(): Promise<void>;
}

export function createReplica(options: ReplicaOptions): Replica {
  const { clock, ledger, relayCount } = options;
  let writer: Writer | undefined;
  let frameLagMs = 0;
  let isPaused = false;
  let isClosed = false;
  /** Why this tab cannot sync, whatever storage does: it has no keys, or others than last time. */
  let lastingProblem: SyncProblem | undefined;
  /** The last status of the tab that holds the lock, since this one last held it. */
  let leaderStatus: SyncStatus | undefined;
  let isSynced = false;
  let isProven = false;
  let cancelRestart: (() => void) | undefined;
  /** Writers in a row that storage has failed. */
  let failures = 0;

  const status = createReplicaStatus(
    clock,
    () => ({
      ...{ relayCount, durableOn: options.settings.durableOn, isPaused, writer: writer?.state },
      lastingProblem,
      leaderStatus: tabs.holding ? undefined : leaderStatus,
      unsynced: () => unsynced.count(writer?.pendingKeys()),
    }),
    (now) => {
      if (tabs.holding) tabs.post({ type: TabMessageType.Status, status: now });
      options.onStatus(now);
    },
  );
  const unsynced = createUnsynced({ store: options.store, ledger, onChanged: status.soon });
  const tabs = createTabElection({
    name: options.databaseName,
    tabId: options.tabId,
    locks: options.locks,
    channel: options.channel,
    clock,
    pingMs: options.settings.holderPingMs,
    silenceMs: options.settings.holderSilenceMs,
    onAcquired: () => {
      wait([], leaderStatus?.pending);
      leaderStatus = undefined;
      status.soon();
      void beginWriting();
    },
    onLost: endWriting,
    onTabEnded: () => writer?.compareAgain(),
    onTabJoined: () => {
      // The keys of that tab may be right already.
      if (lastingProblem && writer?.isReadingOn) return leaveToOthers();
      if (isProven) tabs.post({ type: TabMessageType.Proven });
      if (writer?.state.isSynced) tabs.post({ type: TabMessageType.Synced });
      if (isPaused) tabs.post({ type: TabMessageType.Lifecycle, event: Lifecycle.Pause });
      status.soon();
    },
    onMessage: receive,
  });

  async function beginWriting(): Promise<void> {
    const vault = await options.vault.catch(noteVaultError);
    if (!vault) return leaveToOthers();
    if (isClosed || isPaused || writer || !tabs.holding || relayCount === 0) return status.soon();
    const started = createWriter({
      ...options,
      vault,
      createMesh: (listener) => options.createMesh(listener, vault, ledger),
      frameLagMs: () => frameLagMs,
      isWatched: () => tabs.isWatched,
      onChanged: status.soon,
      onCompared: () => {
        lastingProblem = undefined;
        unsynced.end();
      },
      onSynced: () => {
        noteSynced();
        tabs.post({ type: TabMessageType.Synced });
      },
      onFenced: tabs.stepDown,
      onProven: () => {
        isProven = true;
        tabs.post({ type: TabMessageType.Proven });
      },
      onDeviceChanged: () => tabs.post({ type: TabMessageType.DeviceChanged }),
      onDurable: (stamps) => {
        failures = 0;
        options.onDurable?.(stamps);
      },
      onKeyTaken: () => {
        if (writer === started) renew();
      },
      onFailed: ({ problem, mayPass }) => {
        if (writer !== started) return;
        if (mayPass) return restart(started);
        lastingProblem = problem;
        if (!started.isReadingOn || tabs.hasOthers) leaveToOthers();
        else status.soon();
      },
    });
    writer = started;
    // An error with a code of its own, such as a failure of the vault, is reported as it is.
    await started.start().catch((error) => writer === started && started.fail(error));
    status.soon();
  }

  function endWriting(): void {
    if (writer) wait(writer.pendingKeys());
    writer?.stop();
    writer = undefined;
    status.now();
  }

  function renew(): void {
    if (!writer) return;
    endWriting();
    void beginWriting();
  }

  /**
   * Whatever the failed one had in memory may be half done; the next one begins with what is stored, as after a crash. It is that of another tab
   * if there is one, whose storage may work.
   */
  function restart(failed: Writer): void {
    const { restartMinMs, restartMaxMs } = options.settings;
    const delayMs = Math.min(restartMaxMs, restartMinMs * 2 ** failures);
    failures += 1;
    cancelRestart?.();
    cancelRestart = clock.after(delayMs, () => {
      if (writer === failed) tabs.stepDown();
    });
  }

  /** A tab whose keys are good may sync; without one this tab tries again from time to time, because what the ledger says may change. */
  function leaveToOthers(): void {
    tabs.standBack(options.settings.restartMaxMs);
    status.soon();
  }

  function wait(known?: Iterable<string>, count?: number): void {
    if (relayCount > 0 && !isClosed) unsynced.begin(known, count);
  }

  function noteVaultError(error: unknown): undefined {
    const { code, message } = noKeys(error);
    lastingProblem = { code, message };
    status.soon();
    return undefined;
  }

  function receive(message: TabMessage): void {
    switch (message.type) {
      case TabMessageType.Status:
        if (tabs.holding) return;
        leaderStatus = message.status;
        unsynced.end();
        return status.soon();
      case TabMessageType.Synced:
        return noteSynced();
      case TabMessageType.Proven:
        isProven = true;
        return;
      case TabMessageType.Lifecycle:
        return handleLifecycle(message.event);
      case TabMessageType.DeviceChanged:
        // If it fails, this tab goes on stamping under the former id, which counts as own.
        void ledger
          .refreshDevice()
          .catch(() => {})
          .then(noteDevices);
        return;
      default:
    }
  }

  function noteDevices(): void {
    unsynced.noteDevices();
    writer?.compareAgain();
  }

  function noteSynced(): void {
    if (isSynced) return;
    isSynced = true;
    // Whoever waits for it looks at the status next.
    status.now();
    options.onSynced();
  }

  /** What the main thread of any tab saw, or wants. */
  function handleLifecycle(event: Lifecycle): void {
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
        isPaused = true;
        return endWriting();
      case Lifecycle.Resume:
        isPaused = false;
        void beginWriting();
        return status.now();
      case Lifecycle.Offline:
        writer?.doubtNetwork();
        return;
      default: {
        const never: never = event;
        return never;
      }
    }
  }

  return {
    get isProven() {
      return isProven;
    },
    start() {
      // Even a tab that only waits reports that there are no keys.
      options.vault.catch(noteVaultError);
      wait();
      tabs.start();
      status.soon();
    },
    lifecycle(event) {
      if (event === Lifecycle.Visible || event === Lifecycle.Hidden) tabs.setVisible(event === Lifecycle.Visible);
      handleLifecycle(event);
      const isForAll = event === Lifecycle.Pause || event === Lifecycle.Resume;
      if (isForAll || !tabs.holding) tabs.post({ type: TabMessageType.Lifecycle, event });
    },
    frameLag(lagMs) {
      frameLagMs = lagMs;
    },
    noteAdopted() {
      noteDevices();
      if (!tabs.holding) tabs.post({ type: TabMessageType.DeviceChanged });
    },
    async flush() {
      await writer?.flush();
    },
    renew,
    async close() {
      await writer?.flush();
      isClosed = true;
      status.stop();
      unsynced.end();
      cancelRestart?.();
      writer?.stop();
      writer = undefined;
      tabs.stop();
      ledger.close();
    },
  };
}
