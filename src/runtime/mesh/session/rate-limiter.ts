/**
 * How fast one relay may be written to: a token bucket whose rate begins low, rises with what the relay accepts, falls with what it refuses for
 * rate, and is remembered across sessions.
 */
import type { PublishingConfig } from '../../core/config';

export type RateLimiterConfig = Pick<
  PublishingConfig,
  'burst' | 'perSecond' | 'maxPerSecond' | 'minPerMinute' | 'raisePerWrite'
>;

/** One token, less what adding up fractions may miss. */
const whole = 1 - 1e-6;

export class RateLimiter {
  readonly #config: RateLimiterConfig;
  #perSecond: number;
  #tokens: number;
  #filledAt: number;
  #refusedAt = -Infinity;

  /** `perSecond`: the rate learned in an earlier session, if there was one. */
  constructor(config: RateLimiterConfig, now: number, perSecond: number = config.perSecond) {
    this.#config = config;
    this.#perSecond = this.#bounded(perSecond);
    this.#tokens = config.burst;
    this.#filledAt = now;
  }

  /** Writes a second that the relay accepts as far as is known. */
  get perSecond(): number {
    return this.#perSecond;
  }

  /** Takes a token if there is one. */
  take(now: number): boolean {
    this.#fill(now);
    if (this.#tokens < whole) return false;
    this.#tokens -= 1;
    return true;
  }

  /** ms until `take` succeeds. */
  waitMs(now: number): number {
    this.#fill(now);
    return this.#tokens >= whole ? 0 : Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1000);
  }

  /** A step up; a small one for a relay that is known to be slow. */
  accepted(): void {
    const step = this.#config.raisePerWrite * Math.min(1, this.#perSecond);
    this.#perSecond = this.#bounded(this.#perSecond + step);
  }

  /** A refusal for rate: half as fast, and no tokens. Refusals of writes that were sent together count as one, so the rate is halved once. */
  refused(now: number): void {
    this.#fill(now);
    this.#tokens = 0;
    if (now >= this.#refusedAt && now - this.#refusedAt < Math.max(1000, 1000 / this.#perSecond)) return;
    this.#refusedAt = now;
    this.#perSecond = this.#bounded(this.#perSecond / 2);
  }

  #fill(now: number): void {
    // A clock that was set back gives no tokens; one that jumped ahead gives a burst at most.
    const elapsedMs = Math.max(0, now - this.#filledAt);
    this.#filledAt = now;
    this.#tokens = Math.min(this.#config.burst, this.#tokens + (elapsedMs / 1000) * this.#perSecond);
  }

  #bounded(perSecond: number): number {
    return Math.min(this.#config.maxPerSecond, Math.max(this.#config.minPerMinute / 60, perSecond));
  }
}
