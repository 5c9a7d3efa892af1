/**
 * Whether the network is there at all. A connection whose peer is gone says nothing, and neither does one whose peer has nothing to say. So as long as
 * somebody looks and something happens, one relay is asked something after a short silence of all of them, and seldom while nothing does; if it does not
 * answer soon, the others are asked too. When none has answered in time the device counts as cut off, until any of them says anything. That decides the status alone: a connection is given up by its
 * own liveness (relay/liveness.ts), so that a pause of the network costs no reconnection.
 */
import type { Clock } from '../core/clock';
import type { ConnectionConfig } from '../core/config';

/** A relay in use. */
export interface WatchedRelay {
  readonly isOpen: boolean;
  /** Bytes that are on their way, as far as is known. */
  readonly bytesUnderWay: number;
  /** Asks something harmless. */
  ask(): void;
  /** The same; a relay that says nothing in time is connected to anew. */
  probe(): void;
}

export interface NetworkWatchOptions<Relay extends WatchedRelay> {
  readonly clock: Clock;
  readonly limits: ConnectionConfig;
  readonly relays: () => readonly Relay[];
  /** Whether somebody sees what the status says. Nothing is asked otherwise. */
  readonly isWatched: () => boolean;
  /** `isCutOff` has changed. */
  readonly changed: () => void;
}

export type NetworkWatch<Relay extends WatchedRelay> = ReturnType<typeof createNetworkWatch<Relay>>;

/** What one relay may take to answer before the others are asked; below it nobody waits for a slow line. */
const DOUBT_MS = 1_000;
/** What is on its way over a slow line keeps answers waiting, for so long at most. */
const LONGEST_TRANSFER_MS = 5_000;
/** A timer that comes later than this comes from a worker that was busy, or a machine that slept: answers may be waiting to be heard. */
const LATE_MS = 500;

export function createNetworkWatch<Relay extends WatchedRelay>(options: NetworkWatchOptions<Relay>) {
  const { clock, limits, relays, isWatched, changed } = options;
  const { heartbeatMs, heartbeatTimeoutMs, restingHeartbeatMs, restsAfterMs, slowBytesPerSecond } = limits;
  const askedAt = new WeakMap<Relay, number>();
  const answeredAt = new WeakMap<Relay, number>();
  let heardAt = 0;
  let activeAt = 0;
  let isAsking = false;
  let isCutOff = false;
  let cancelTimer = () => {};

  function later(delayMs: number, act: () => void): void {
    cancelTimer();
    cancelTimer = clock.after(delayMs, act);
  }

  const isResting = () => clock.monotonic() - activeAt >= restsAfterMs;

  /** At rest it is each relay that is asked so often, and all of them are asked in turn. */
  function intervalMs(): number {
    const restingMs = restingHeartbeatMs / Math.max(1, openRelays().length);
    return isResting() ? Math.max(heartbeatMs, restingMs) : heartbeatMs;
  }

  function rest(delayMs = intervalMs()): void {
    isAsking = false;
    later(delayMs, look);
  }

  function look(): void {
    const quietMs = clock.monotonic() - heardAt;
    if (quietMs < intervalMs()) return rest(intervalMs() - quietMs);
    if (!isWatched()) return rest();
    isAsking = true;
    ask(next());
    const doubtMs = Math.min(DOUBT_MS, heartbeatTimeoutMs);
    later(doubtMs, () => askAll(heartbeatTimeoutMs - doubtMs));
  }

  function askAll(timeoutMs: number): void {
    isAsking = true;
    ask(openRelays());
    const waitMs = timeoutMs + transferMs();
    const dueAt = clock.monotonic() + waitMs;
    later(waitMs, () => (clock.monotonic() - dueAt > LATE_MS ? askAll(heartbeatTimeoutMs) : cutOff()));
  }

  function cutOff(): void {
    isAsking = false;
    isCutOff = true;
    for (const relay of openRelays()) relay.probe();
    changed();
  }

  function ask(some: readonly Relay[]): void {
    for (const relay of some) {
      askedAt.set(relay, clock.monotonic());
      relay.ask();
    }
  }

  const openRelays = () => relays().filter(({ isOpen }) => isOpen);

  /** In turn, so that none is asked often; one that owes an answer tells nothing of the network. */
  function next(): readonly Relay[] {
    const open = openRelays();
    const owesNothing = (relay: Relay) => (answeredAt.get(relay) ?? -Infinity) >= (askedAt.get(relay) ?? -Infinity);
    const [first] = open
      .filter(owesNothing)
      .sort((one, other) => (askedAt.get(one) ?? -Infinity) - (askedAt.get(other) ?? -Infinity));
    return first ? [first] : open;
  }

  function transferMs(): number {
    const bytes = openRelays().reduce((sum, { bytesUnderWay }) => sum + bytesUnderWay, 0);
    return Math.min(LONGEST_TRANSFER_MS, (bytes / slowBytesPerSecond) * 1_000);
  }

  return {
    get isCutOff(): boolean {
      return isCutOff;
    },
    start(): void {
      heardAt = activeAt = clock.monotonic();
      rest();
    },
    /** Something was written, or something new came in: whoever looks may wait for the rest of it. */
    noteActivity(): void {
      const wasResting = isResting();
      activeAt = clock.monotonic();
      if (wasResting && !isAsking && !isCutOff) rest(heartbeatMs);
    },
    /** The relay has sent something. */
    heard(relay: Relay): void {
      heardAt = clock.monotonic();
      answeredAt.set(relay, heardAt);
      if (isAsking || isCutOff) rest();
      if (!isCutOff) return;
      isCutOff = false;
      changed();
    },
    /** The browser says that there is no network. It may be wrong, as for a relay on this machine. */
    doubt(): void {
      if (isAsking) ask(openRelays());
      else if (!isCutOff) askAll(heartbeatTimeoutMs);
    },
    stop(): void {
      cancelTimer();
    },
  };
}
