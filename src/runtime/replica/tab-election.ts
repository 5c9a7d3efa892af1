/**
 * Tabs of one database: each has a worker, one of them syncs. The syncing worker holds a Web Lock; a visible tab that gets no
 * answer from it takes the lock over, because a frozen tab keeps its locks. What a frozen holder still does when it thaws is fenced
 * by the ledger's epoch.
 */
import type { Clock } from '../core/clock';
import { TabMessageType } from '../contracts/tabs';
import type { Locks, TabChannel, TabMessage } from '../contracts/tabs';

export interface TabElectionOptions {
  readonly name: string;
  readonly tabId: string;
  readonly locks: Locks;
  readonly channel: TabChannel;
  readonly clock: Clock;
  /** How often a tab that waits asks for the holder, and the silence after which it takes the lock over. */
  readonly pingMs: number;
  readonly silenceMs: number;
  /** This worker syncs from now on. */
  readonly onAcquired: () => void;
  /** Another worker has taken over. */
  readonly onLost: () => void;
  /** A tab of this database has ended, maybe between a write and its announcement. */
  readonly onTabEnded: () => void;
  /** A tab of this database has begun, and does not know yet what was posted before. */
  readonly onTabJoined: () => void;
  readonly onMessage: (message: TabMessage) => void;
}

export type TabElection = ReturnType<typeof createTabElection>;

export function createTabElection(options: TabElectionOptions) {
  const { name, tabId, locks, channel, clock, pingMs, silenceMs } = options;
  const writerLock = `${name}/writer`;
  const lockOfTab = (id: string) => `${name}/tab/${id}`;
  const ended = new AbortController();
  let release: (() => void) | undefined;
  let holding = false;
  let visible = true;
  let lastSignAt = clock.monotonic();
  /** A tab that waits asks for the holder as long as it is visible. */
  let pingedAt = -Infinity;
  let waiting = new AbortController();
  let cancelPing: (() => void) | undefined;
  /** Set while this worker leaves the lock to others. */
  let cancelReturn: (() => void) | undefined;

  function start(): void {
    channel.onMessage(receive);
    // Held until this worker ends, however it ends: the holder waits for it.
    void locks.request(lockOfTab(tabId), { signal: ended.signal }, () => untilClosed()).catch(ignoreAbort);
    waitForLock(false);
    channel.post({ type: TabMessageType.Hello, tabId });
    lastSignAt = clock.monotonic();
    watchHolder();
  }

  const untilClosed = () =>
    new Promise<void>((resolve) => ended.signal.addEventListener('abort', () => resolve(), { once: true }));

  function waitForLock(steal: boolean): void {
    waiting.abort();
    const own = (waiting = new AbortController());
    locks
      // A request that steals cannot be aborted.
      .request(writerLock, steal ? { steal } : { signal: own.signal }, () => hold())
      .catch(ignoreAbort)
      .then(() => {
        // After stepping down a later request may hold the lock already.
        if (holding && waiting === own) lose();
      });
  }

  function hold(): Promise<void> {
    if (ended.signal.aborted) return Promise.resolve();
    holding = true;
    const released = new Promise<void>((resolve) => (release = resolve));
    channel.post({ type: TabMessageType.RollCall });
    channel.post({ type: TabMessageType.Pong });
    options.onAcquired();
    return released;
  }

  function lose(): void {
    leave();
    if (!ended.signal.aborted) waitForLock(false);
  }

  function leave(): void {
    holding = false;
    release?.();
    if (ended.signal.aborted) return;
    options.onLost();
    lastSignAt = clock.monotonic();
    // The tab that has taken over may have posted its roll call while this tab was still the holder.
    channel.post({ type: TabMessageType.Hello, tabId });
  }

  function standBack(delayMs: number): void {
    if (!holding) return;
    cancelReturn = clock.after(delayMs, () => {
      cancelReturn = undefined;
      waitForLock(false);
    });
    leave();
  }

  function receive(message: TabMessage): void {
    switch (message.type) {
      case TabMessageType.Ping:
        if (holding) channel.post({ type: TabMessageType.Pong });
        pingedAt = clock.monotonic();
        return;
      case TabMessageType.Pong:
        lastSignAt = clock.monotonic();
        return;
      case TabMessageType.RollCall:
        if (!holding) channel.post({ type: TabMessageType.Hello, tabId });
        return;
      case TabMessageType.Hello:
        if (!holding) return;
        watchTab(message.tabId);
        options.onTabJoined();
        return;
      default:
        options.onMessage(message);
    }
  }

  const watched = new Set<string>();
  function watchTab(id: string): void {
    if (watched.has(id) || id === tabId) return;
    watched.add(id);
    locks
      .request(lockOfTab(id), { signal: ended.signal }, async () => {
        watched.delete(id);
        if (holding) options.onTabEnded();
      })
      .catch(ignoreAbort);
  }

  function watchHolder(): void {
    cancelPing = clock.after(pingMs, () => {
      if (!holding && visible && !cancelReturn) {
        if (clock.monotonic() - lastSignAt > silenceMs) {
          lastSignAt = clock.monotonic();
          waitForLock(true);
        } else channel.post({ type: TabMessageType.Ping });
      } else lastSignAt = clock.monotonic();
      watchHolder();
    });
  }

  return {
    start,
    /** Only a visible tab takes the lock from a holder that does not answer. */
    setVisible(isVisible: boolean): void {
      if (isVisible && !visible) lastSignAt = clock.monotonic();
      visible = isVisible;
    },
    /** This tab, or another one of this database, is visible. */
    get isWatched(): boolean {
      return visible || clock.monotonic() - pingedAt <= silenceMs;
    },
    post: (message: TabMessage) => channel.post(message),
    get holding(): boolean {
      return holding;
    },
    /** Gives the lock up after the ledger has refused a write, and waits for it again. */
    stepDown(): void {
      if (holding) lose();
    },
    /** Of the tabs that have said that they wait for the lock, as long as this one holds it. */
    get hasOthers(): boolean {
      return watched.size > 0;
    },
    /** Gives the lock up and leaves it to others for so long: this worker cannot sync, and another one may. */
    standBack,
    stop(): void {
      cancelPing?.();
      cancelReturn?.();
      holding = false;
      release?.();
      waiting.abort();
      ended.abort();
      channel.close();
    },
  };
}

/** Aborted, stolen, or refused because the page is being closed: in each case this worker does not hold the lock, and nothing else matters. */
function ignoreAbort(): void {}
