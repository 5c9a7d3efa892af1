import type { Clock } from '../../src/runtime/core/clock';

interface Timer {
  at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. Timers fire in order, and promises settle in between. */
export class OwnedClock implements Clock {
  #now: number;
  /** What was jumped. */
  #jumped = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#jumped;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settle();
    }
    this.#now = end;
  }

  /** Lets time pass until `condition` holds; fails after `limitMs`. Returns the ms that passed. */
  async until(condition: () => boolean, limitMs: number, stepMs = 50): Promise<number> {
    const began = this.#now;
    await settle();
    while (!condition()) {
      if (this.#now - began >= limitMs)
        throw new Error(`Nothing happened within ${limitMs} ms: ${condition.toString()}`);
      await this.advance(stepMs);
    }
    return this.#now - began;
  }

  /** The wall clock is set to another time; timers keep their distance. */
  jump(ms: number): void {
    this.#now += ms;
    this.#jumped += ms;
    for (const timer of this.#timers) timer.at += ms;
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers)
      if (timer.at <= end && (!next || timer.at < next.at || (timer.at === next.at && timer.order < next.order)))
        next = timer;
    return next;
  }
}

/** All promises that can settle have settled. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A repeatable sequence of numbers from 0 to 1 (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
