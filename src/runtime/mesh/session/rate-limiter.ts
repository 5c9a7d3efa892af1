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

/** A rate that a relay has refused is not tried again for so long; then twice the rate that it took is. */
const CEILING_LASTS_MS = 600_000;
/** Of the rate that a relay states: its window need not begin when ours does. */
const SHARE_OF_STATED = 0.75;
/** At a rate that was learned no more is sent at once than what so many seconds allow. */
const BURST_SECONDS = 15;

export interface LearnedRate {
  /** Writes a second. */
  readonly perSecond?: number;
  /** What it refuses is above this; null: it has refused nothing. */
  readonly ceiling?: number | null;
}

export class RateLimiter {
  readonly #config: RateLimiterConfig;
  readonly #bucket: TokenBucket;
  #refusedAt = -Infinity;
  #ceiling: number;
  #ceilingSince: number;

  /** @param learned in an earlier session. */
  constructor(config: RateLimiterConfig, now: number, learned: LearnedRate = {}) {
    this.#config = config;
    this.#ceiling = learned.ceiling ?? Infinity;
    this.#ceilingSince = now;
    this.#bucket = new TokenBucket(config.burst, this.#bounded(learned.perSecond ?? config.perSecond), now);
    this.#fitBurst();
  }

  /** Writes a second that the relay accepts as far as is known. */
  get perSecond(): number {
    return this.#bucket.perSecond;
  }

  /** What is remembered for the next session. */
  get learned(): { readonly perSecond: number; readonly ceiling: number | null } {
    return { perSecond: this.perSecond, ceiling: Number.isFinite(this.#ceiling) ? this.#ceiling : null };
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
  accepted(now: number): void {
    const { perSecond } = this;
    if (Math.abs(now - this.#ceilingSince) >= CEILING_LASTS_MS) this.#limit(2 * this.#ceiling, now);
    this.#bucket.perSecond = this.#bounded(perSecond + this.#config.raisePerWrite * Math.min(1, perSecond));
    this.#fitBurst();
  }

  /**
   * A refusal for rate: half as fast, or as fast as the relay says, and no tokens. Refusals of writes that were sent together count as one, so the rate is
   * halved once.
   * @param stated writes a second that it says it takes
   */
  refused(now: number, stated?: number): void {
    const { perSecond } = this;
    this.#bucket.empty(now);
    if (now >= this.#refusedAt && now - this.#refusedAt < Math.max(1000, 1000 / perSecond)) return;
    this.#refusedAt = now;
    const fitting =
      stated !== undefined && stated * SHARE_OF_STATED < perSecond ? stated * SHARE_OF_STATED : perSecond / 2;
    this.#limit(fitting, now);
    this.#bucket.perSecond = this.#bounded(fitting);
    this.#fitBurst();
  }

  #limit(ceiling: number, now: number): void {
    this.#ceiling = ceiling;
    this.#ceilingSince = now;
  }

  #fitBurst(): void {
    const { burst } = this.#config;
    const isLearned = this.#ceiling !== Infinity;
    this.#bucket.capacity = isLearned ? Math.max(1, Math.min(burst, this.perSecond * BURST_SECONDS)) : burst;
  }

  #bounded(perSecond: number): number {
    const { maxPerSecond, minPerMinute } = this.#config;
    return Math.min(maxPerSecond, Math.max(minPerMinute / 60, Math.min(perSecond, this.#ceiling)));
  }
}
