/** One configured relay, in use or not: what is known of it across connections and, where that saves something, across sessions. */
import { RelayState, type RelayStatus } from '../core/status';
import type { SyncDocument } from '../core/json';
import type { SyncConfig } from '../core/config';
import { TokenBucket } from '../core/token-bucket';
import { Holdings } from './session/holdings';
import type { RelayInformation } from '../relay/nip11';
import type { RelayMemory } from '../contracts/mesh';
import { LinkState } from '../relay/link';
import { RateLimiter } from './session/rate-limiter';

export enum Demotion {
  Lies = 'lies',
  Forges = 'forges',
  Refuses = 'refuses',
  Floods = 'floods',
  Unreachable = 'unreachable',
}

/** What costs this device time and does nobody any good. */
export const isHarmful = (reason: string | undefined): boolean =>
  reason === Demotion.Forges || reason === Demotion.Floods;

/** A relay in use, as far as the choice of relays and their status need to know it. */
export interface RelayActivity {
  readonly linkState: LinkState;
  readonly roundTripMs: number | null;
  /** Own slots, or everything, are still being read. */
  readonly reading: boolean;
  start(): void;
  stop(): void;
}

/** A relay's document may understate what counts for an event: the frame around it. */
const frameBytes = 16;
const worthRemembering = 0.5;

/** @typeParam Activity what a relay in use can do beyond that, for those who ask it for more. */
export class RelayProfile<Activity extends RelayActivity = RelayActivity> {
  readonly url: string;
  readonly holdings = new Holdings();
  readonly #config: SyncConfig;
  readonly #memory: RelayMemory;
  rateLimiter: RateLimiter;
  /** Set while it is in use. */
  relay: Activity | undefined;
  information: RelayInformation | undefined;
  lastSuccessAt: number | null = null;
  lastRefusal: string | null = null;
  #demotedUntil = 0;
  #demotedFor: Demotion | undefined;
  #learnedMaxBytes = Infinity;
  #lies = 0;
  #kept = 0;
  readonly #misdeeds: TokenBucket;
  #savedPerSecond: number;

  constructor(url: string, config: SyncConfig, memory: RelayMemory, now: number) {
    this.url = url;
    this.#config = config;
    this.#memory = memory;
    this.rateLimiter = new RateLimiter(config.publishing, now);
    const { misdeeds, misdeedsForgivenPerHour } = config.inbound;
    this.#misdeeds = new TokenBucket(misdeeds, misdeedsForgivenPerHour / 3_600, -Infinity);
    this.#savedPerSecond = this.rateLimiter.perSecond;
  }

  /** Takes over what an earlier session has saved; values that make no sense are ignored. */
  recall(saved: SyncDocument | undefined, now: number): void {
    const { perSecond, demotedUntil, demotedFor, maxBytes } = saved ?? {};
    if (typeof perSecond === 'number' && Number.isFinite(perSecond)) {
      this.rateLimiter = new RateLimiter(this.#config.publishing, now, perSecond);
      this.#savedPerSecond = this.rateLimiter.perSecond;
    }
    const reason = Object.values(Demotion).find((known) => known === demotedFor);
    const longest = Math.max(this.#config.demotion.refusedMs, this.#config.demotion.unreachableMs);
    if (reason && typeof demotedUntil === 'number' && demotedUntil <= now + longest) {
      this.#demotedUntil = demotedUntil;
      this.#demotedFor = reason;
    }
    if (typeof maxBytes === 'number' && maxBytes >= this.#config.publishing.minEventBytes)
      this.#learnedMaxBytes = maxBytes;
  }

  /** Why it should not be used at the moment, or undefined. */
  demotion(now: number): Demotion | undefined {
    return now < this.#demotedUntil ? this.#demotedFor : undefined;
  }

  get demotedUntil(): number {
    return this.#demotedUntil;
  }

  demote(reason: Demotion, now: number): void {
    const { refusedMs, unreachableMs } = this.#config.demotion;
    this.#demotedFor = reason;
    this.#demotedUntil = now + (reason === Demotion.Unreachable ? unreachableMs : refusedMs);
    this.#lies = 0;
    this.#save();
  }

  /** It answers, so it is reachable after all. */
  reached(): void {
    if (this.#demotedFor === Demotion.Unreachable) this.#demotedUntil = 0;
  }

  /**
   * It has sent what no honest relay sends. Returns whether it has done so too often, in however many connections.
   * @param now of a clock that nobody sets
   */
  misbehaved(now: number): boolean {
    return !this.#misdeeds.take(1, now);
  }

  /** Returns whether what it said has been wrong too often. After several read-backs in a row that confirm it, it is trusted again. */
  recordReadBack(kept: boolean): boolean {
    const { lies } = this.#config.demotion;
    this.#lies = Math.max(0, this.#lies + (kept ? -1 : 1));
    this.#kept = kept ? this.#kept + 1 : 0;
    if (this.#kept >= lies && !isHarmful(this.#demotedFor)) this.#demotedUntil = 0;
    return this.#lies >= lies;
  }

  /** The rate changed; it is saved when that makes a difference. */
  rateChanged(): void {
    const { perSecond } = this.rateLimiter;
    if (Math.abs(Math.log2(perSecond / this.#savedPerSecond)) >= worthRemembering) this.#save();
  }

  /** The relay refused an event of `bytes` for its size. Returns false if a relay so narrow is of no use. */
  refusedSize(bytes: number): boolean {
    const { minEventBytes } = this.#config.publishing;
    if (bytes <= minEventBytes) return false;
    if (bytes <= this.maxEventBytes) {
      this.#learnedMaxBytes = Math.max(minEventBytes, bytes - 1);
      this.#save();
    }
    return true;
  }

  get maxEventBytes(): number {
    const { maxMessageBytes = Infinity, maxContentBytes = Infinity } = this.information ?? {};
    const { minEventBytes, maxEventBytes } = this.#config.publishing;
    const said = Math.min(maxMessageBytes - frameBytes, maxContentBytes);
    return Math.max(minEventBytes, Math.min(maxEventBytes, said, this.#learnedMaxBytes));
  }

  /** Subscriptions that reads may take, beside the live one and the probe. */
  get concurrentReads(): number {
    const { maxSubscriptions = Infinity } = this.information ?? {};
    return Math.max(1, Math.min(this.#config.reading.concurrentReads, maxSubscriptions - 2));
  }

  get pageLimit(): number {
    return Math.min(this.#config.reading.pageLimit, this.information?.maxLimit ?? Infinity);
  }

  status(now: number): RelayStatus {
    const state = this.#state(now);
    return {
      url: this.url,
      state,
      words: this.#words(state, this.demotion(now)),
      roundTripMs: this.relay?.roundTripMs ?? null,
      lastSuccessAt: this.lastSuccessAt,
      lastRefusal: this.lastRefusal,
    };
  }

  #state(now: number): RelayState {
    if (!this.relay) return this.demotion(now) ? RelayState.Demoted : RelayState.Spare;
    if (this.relay.linkState === LinkState.Waiting) return RelayState.Waiting;
    if (this.relay.linkState !== LinkState.Open) return RelayState.Connecting;
    return this.relay.reading ? RelayState.Reading : RelayState.Live;
  }

  #words(state: RelayState, demotion: Demotion | undefined): string {
    const refusal = this.lastRefusal === null ? '' : ` Its last refusal: "${this.lastRefusal}".`;
    const trouble = demotion === undefined ? '' : ` ${reasons[demotion]}${refusal}`;
    switch (state) {
      case RelayState.Connecting:
        return `Connecting.${trouble}`;
      case RelayState.Reading:
        return `Connected; reading what it holds.${trouble}`;
      case RelayState.Live:
        return trouble ? `Connected, because no better relay is available.${trouble}` : 'Connected and up to date.';
      case RelayState.Waiting:
        return isHarmful(demotion)
          ? `Not connected at the moment.${trouble}`
          : 'Not reachable at the moment; it is tried again and again.';
      case RelayState.Spare:
        return 'In reserve.';
      case RelayState.Demoted:
        return `Not used for now.${trouble}`;
    }
  }

  #save(): void {
    this.#savedPerSecond = this.rateLimiter.perSecond;
    this.#memory.save(this.url, {
      perSecond: this.rateLimiter.perSecond,
      ...(this.#demotedFor !== undefined && { demotedUntil: this.#demotedUntil, demotedFor: this.#demotedFor }),
      ...(Number.isFinite(this.#learnedMaxBytes) && { maxBytes: this.#learnedMaxBytes }),
    });
  }
}

const reasons: { readonly [reason in Demotion]: string } = {
  [Demotion.Forges]: 'It passes on what nobody has written.',
  [Demotion.Floods]: 'It sends more than anybody has asked for.',
  [Demotion.Lies]: 'It says that it stored what it did not keep.',
  [Demotion.Refuses]: 'It does not take what this app stores.',
  [Demotion.Unreachable]: 'It could not be reached while others could.',
};
