/** A budget that comes back with time: so much at once, and then so much a second. */
export class TokenBucket {
  readonly #capacity: number;
  readonly #perSecond: number;
  #tokens: number;
  #filledAt: number;

  /** `now`: of a clock that nobody sets (`Clock.monotonic`). */
  constructor(capacity: number, perSecond: number, now: number) {
    this.#capacity = this.#tokens = capacity;
    this.#perSecond = perSecond;
    this.#filledAt = now;
  }

  /** Takes `amount` if there is as much. */
  take(amount: number, now: number): boolean {
    this.#fill(now);
    if (this.#tokens < amount) return false;
    this.#tokens -= amount;
    return true;
  }

  /** Puts something into it, up to its capacity. */
  add(amount: number): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + amount);
  }

  /** ms until `take(amount)` succeeds; `amount` is not above the capacity. */
  waitMs(amount: number, now: number): number {
    this.#fill(now);
    return Math.max(0, Math.ceil(((amount - this.#tokens) / this.#perSecond) * 1000));
  }

  #fill(now: number): void {
    const elapsedMs = Math.max(0, now - this.#filledAt);
    this.#filledAt = now;
    this.add((elapsedMs / 1000) * this.#perSecond);
  }
}
