/**
 * How fast one relay may be written to: a token bucket whose rate begins low, rises with what the relay accepts, falls with what it refuses for
 * rate, and is remembered across sessions.
 */
import type { PublishingConfig } from '../../core/config';
import { TokenBucket } from '../../relay/token-bucket';

export type RateLimiterConfig = Pick<
  PublishingConfig,
  'burst' | 'perSecond' | 'maxPerSecond' | 'minPerMinute' | 'raisePerWrite'
>;

export class RateLimiter {
  readonly #config: RateLimiterConfig;
  readonly #bucket: TokenBucket;
  #refusedAt = -Infinity;

  /** `perSecond`: the rate learned in an earlier session, if there was one. */
  constructor(config: RateLimiterConfig, now: number, perSecond: number = config.perSecond) {
    this.#config = config;
    this.#bucket = new TokenBucket(config.burst, this.#bounded(perSecond), now);
  }

  /** Writes a second that the relay accepts as far as is known. */
  get perSecond(): number {
    return this.#bucket.perSecond;
  }

  /** Takes a token if there is one. */
  take(now: number): boolean {
    return this.#bucket.take(1, now);
  }

  /** ms until `take` succeeds. */
  waitMs(now: number): number {
    return this.#bucket.waitMs(1, now);
  }

  /** A step up; a small one for a relay that is known to be slow. */
  accepted(): void {
    const { perSecond } = this;
    this.#bucket.perSecond = this.#bounded(perSecond + this.#config.raisePerWrite * Math.min(1, perSecond));
  }

  /** A refusal for rate: half as fast, and no tokens. Refusals of writes that were sent together count as one, so the rate is halved once. */
  refused(now: number): void {
    const { perSecond } = this;
    this.#bucket.empty(now);
    if (now >= this.#refusedAt && now - this.#refusedAt < Math.max(1000, 1000 / perSecond)) return;
    this.#refusedAt = now;
    this.#bucket.perSecond = this.#bounded(perSecond / 2);
  }

  #bounded(perSecond: number): number {
    return Math.min(this.#config.maxPerSecond, Math.max(this.#config.minPerMinute / 60, perSecond));
  }
}
