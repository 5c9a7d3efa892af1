/** What adding up fractions may miss. */
const ROUNDING = 1e-6;

/** A budget that comes back with time: so much at once, and then so much a second. A clock that jumps ahead gives no more than the capacity. */
export class TokenBucket {
  #capacity: number;
  /** What comes back in a second, from the last call on. */
  perSecond: number;
  #tokens: number;
  #filledAt: number;

  /** `now` in ms, of the same clock in all calls. */
  constructor(capacity: number, perSecond: number, now: number) {
    this.#capacity = this.#tokens = capacity;
    this.perSecond = perSecond;
    this.#filledAt = now;
  }

  /** Takes `amount` if there is as much. */
  take(amount: number, now: number): boolean {
    this.#fill(now);
    if (this.#tokens < amount - ROUNDING) return false;
    this.#tokens -= amount;
    return true;
  }

  get capacity(): number {
    return this.#capacity;
  }

  set capacity(capacity: number) {
    this.#capacity = capacity;
    this.#tokens = Math.min(this.#tokens, capacity);
  }

  /** Puts something into it, up to its capacity. */
  add(amount: number): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + amount);
  }

  /** Takes all there is. */
  empty(now: number): void {
    this.#fill(now);
    this.#tokens = 0;
  }

  /** ms until `take(amount)` succeeds; `amount` is not above the capacity. */
  waitMs(amount: number, now: number): number {
    this.#fill(now);
    const lacking = amount - this.#tokens;
    return lacking <= ROUNDING ? 0 : Math.ceil((lacking / this.perSecond) * 1000);
  }

  #fill(now: number): void {
    const elapsedMs = Math.max(0, now - this.#filledAt);
    this.#filledAt = now;
    this.add((elapsedMs / 1000) * this.perSecond);
  }
}
