/** When to try again: full jitter, and never more than a few attempts in any window, however often somebody kicks. */
import type { Random } from './clock';

/**
 * Delay in ms before the attempt after `failures` failures: uniformly random between half of `minMs` and an exponentially growing bound. It has no floor that
 * many clients would share.
 */
export function fullJitterMs(failures: number, minMs: number, maxMs: number, random: Random): number {
  const shortest = minMs / 2;
  return Math.round(shortest + random() * (boundMs(failures, minMs, maxMs) - shortest));
}

/** The same between half of the bound and all of it: those who wait with others do not come together soon after one another. */
export function halfJitterMs(failures: number, minMs: number, maxMs: number, random: Random): number {
  return Math.round((boundMs(failures, minMs, maxMs) / 2) * (1 + random()));
}

const boundMs = (failures: number, minMs: number, maxMs: number): number =>
  Math.min(maxMs, minMs * 2 ** Math.min(failures, 60));

/** Counts the attempts of the last window, so that a relay that accepts and drops is not hammered. */
export class AttemptWindow {
  readonly #limit: number;
  readonly #windowMs: number;
  #attemptsAt: number[] = [];

  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  attempted(now: number): void {
    this.#attemptsAt = [...this.#attemptsAt, now].slice(-this.#limit);
  }

  /**
   * ms until another attempt is allowed, of which `reserved` are left for better reasons. A clock that was set back never delays by more
   * than one window.
   */
  waitMs(now: number, reserved = 0): number {
    const nth = this.#attemptsAt[this.#attemptsAt.length - Math.max(1, this.#limit - reserved)];
    return nth === undefined ? 0 : Math.min(this.#windowMs, Math.max(0, nth + this.#windowMs - now));
  }
}
