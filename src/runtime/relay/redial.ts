/**
 * When a connection that was lost, or could not be made, is tried again. All clients of a relay lose it in the same moment, so none of these times is one that
 * two of them share.
 */
import { AttemptWindow, halfJitterMs } from '../core/backoff';
import type { ConnectionConfig } from '../core/config';
import type { Clock, Random } from '../core/clock';

export interface RedialOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: ConnectionConfig;
  /** Another relay is connected, so that nothing waits for this one. */
  readonly isOtherOpen: () => boolean;
}

export type Redial = ReturnType<typeof createRedial>;

export function createRedial({ clock, random, limits, isOtherOpen }: RedialOptions) {
  const attempts = new AttemptWindow(limits.attemptsPerWindow, limits.attemptWindowMs);
  let failures = 0;
  /** Monotonic ms. */
  let suspendedUntil = -Infinity;

  /** One attempt in each window is kept for a kick: when the network comes back it must not have been used up. */
  function within(delayMs: number, reserved: number): number {
    const windowMs = attempts.waitMs(clock.now(), reserved);
    const allowedMs = windowMs > 0 ? windowMs + (random() * limits.attemptWindowMs) / 2 : 0;
    return Math.max(delayMs, suspendedUntil - clock.monotonic(), allowedMs);
  }

  function delayMs(): number {
    const isCalm = isOtherOpen();
    if (failures === 0) return random() * (isCalm ? limits.dropSpreadMs : limits.hurrySpreadMs);
    const shortestMs = isCalm ? limits.calmBackOffMs : limits.backOffMinMs;
    return halfJitterMs(failures - 1, shortestMs, limits.backOffMaxMs, random);
  }

  return {
    attempted: () => attempts.attempted(clock.now()),
    /** The connection was lost, or could not be made. Returns ms until the next attempt. */
    failed(): number {
      const waitMs = within(delayMs(), 1);
      failures += 1;
      return waitMs;
    },
    /** Somebody wants a connection from now on. Returns ms until the next attempt. */
    begun: (): number => Math.max(0, within(0, 1)),
    /** The network may have changed. Returns ms until the next attempt. */
    kicked: (): number => within(random() * limits.hurrySpreadMs, 0),
    /** The relay has really answered a question: nothing else makes the delays short again. */
    answered(): void {
      failures = 0;
    },
    /** The relay is left alone for so long. */
    suspend(ms: number): void {
      suspendedUntil = clock.monotonic() + ms;
    },
  };
}
