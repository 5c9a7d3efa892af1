/** One relay that is known, in use or not: what is known of it across connections and, where that saves something, across sessions. */
import { RelayState } from '../core/status';
import type { RelayOrigin, RelayStatus } from '../core/status';
import type { SyncDocument } from '../core/json';
import type { SyncConfig } from '../core/config';
import { TokenBucket } from '../relay/token-bucket';
import { Holdings } from './session/holdings';
import type { RelayInformation } from '../relay/nip11';
import type { RelayMemory } from '../contracts/mesh';
import { LinkState } from '../relay/link';
import { RelayLimits } from './relay-limits';
import { RateLimiter } from './session/rate-limiter';
import { isHarmful, isPassing, Demotion } from './pool/demotion';
import { VisitMemory } from './pool/visit-memory';
import { wordsOf } from './pool/relay-words';

/** A relay in use, as far as the choice of relays and their status need to know it. */
export interface RelayActivity {
  readonly linkState: LinkState;
  readonly roundTripMs: number | null;
  /** Own slots, or everything, are still being read. */
  readonly reading: boolean;
  /** It has shown nothing of ours, while others have. */
  readonly isSilent: boolean;
  /** Slots that it is not sent because they are larger than it takes. */
  readonly slotsTooLarge: number;
  start(): void;
  /** Closes the connection until the next `start`. */
  rest(): void;
  stop(): void;
}

/** A relay that is being visited, as far as its status needs to know it. */
export interface RelayVisitor {
  readonly linkState: LinkState;
  readonly roundTripMs: number | null;
}

const worthRemembering = 0.5;
/** What a relay says about itself changes seldom; it is asked again when it is connected to after so long, ms. */
const informationAgesMs = 3_600_000;

/** In a row, over some time. */
const MOST_WRITES_REFUSED = 5;

/** @typeParam Activity what a relay in use can do beyond that, for those who ask it for more. */
export class RelayProfile<Activity extends RelayActivity = RelayActivity> {
  readonly url: string;
  readonly origin: RelayOrigin;
  readonly holdings = new Holdings();
  readonly limits: RelayLimits;
  readonly visits: VisitMemory;
  readonly #config: SyncConfig;
  readonly #memory: Pick<RelayMemory, 'save'>;
  rateLimiter: RateLimiter;
  /** Set while it is in use. */
  relay: Activity | undefined;
  /** Keeps what it knows for when it is in use again. */
  #resting: Activity | undefined;
  /** Set while it is visited. */
  visitor: RelayVisitor | undefined;
  /** It could not be reached, as far as is known. */
  isDown = false;
  #informedAt = -Infinity;
  lastSuccessAt: number | null = null;
  lastRefusal: string | null = null;
  /** Wall-clock ms. */
  #refusedSince: number | null = null;
  /** Whether it begins a connection with a challenge, as far as is known. */
  #challenges: boolean | undefined;
  #demotedUntil = 0;
  #demotedFor: Demotion | undefined;
  #writesRefused = 0;
  /** Wall-clock ms. */
  #writesRefusedSince = 0;
  #lies = 0;
  #kept = 0;
  readonly #misdeeds: TokenBucket;
  #savedPerSecond: number;

  constructor(url: string, origin: RelayOrigin, config: SyncConfig, memory: Pick<RelayMemory, 'save'>, now: number) {
    this.url = url;
    this.origin = origin;
    this.#config = config;
    this.#memory = memory;
    this.rateLimiter = new RateLimiter(config.publishing, now);
    const { misdeeds, misdeedsForgivenPerHour } = config.inbound;
    this.#misdeeds = new TokenBucket(misdeeds, misdeedsForgivenPerHour / 3_600, -Infinity);
    this.#savedPerSecond = this.rateLimiter.perSecond;
    this.limits = new RelayLimits(config, () => this.#save());
    this.visits = new VisitMemory(config.visits, () => this.#save());
  }

  /** Takes up what it did when it was in use the last time. */
  resume(): Activity | undefined {
    const resting = this.#resting;
    this.#resting = undefined;
    return resting;
  }

  /** It is no longer in use. */
  retire(): void {
    this.relay?.rest();
    this.#resting = this.relay ?? this.#resting;
    this.relay = undefined;
  }

  /** It is never used again. */
  discard(): void {
    this.relay?.stop();
    this.#resting?.stop();
    this.relay = this.#resting = undefined;
  }

  /** Takes over what an earlier session has saved; values that make no sense are ignored. */
  recall(saved: SyncDocument | undefined, now: number): void {
    const { perSecond, ceiling, demotedUntil, demotedFor, challenges } = saved ?? {};
    if (typeof challenges === 'boolean') this.#challenges = challenges;
    if (typeof perSecond === 'number' && Number.isFinite(perSecond)) {
      const learned = { perSecond, ceiling: typeof ceiling === 'number' && ceiling > 0 ? ceiling : null };
      this.rateLimiter = new RateLimiter(this.#config.publishing, now, learned);
      this.#savedPerSecond = this.rateLimiter.perSecond;
    }
    const reason = Object.values(Demotion).find((known) => known === demotedFor);
    const longest = Math.max(this.#config.demotion.refusedMs, this.#config.demotion.passingMs);
    if (reason && typeof demotedUntil === 'number' && demotedUntil <= now + longest) {
      this.#demotedUntil = demotedUntil;
      this.#demotedFor = reason;
    }
    if (!saved) return;
    this.limits.recall(saved, now);
    this.visits.recall(saved, now);
  }

  /** What it says about itself, if that is known. */
  get information(): RelayInformation | undefined {
    return this.limits.information;
  }

  /** Whether it is time to ask it about itself (again). */
  mayHaveNews(now: number): boolean {
    return Math.abs(now - this.#informedAt) >= informationAgesMs;
  }

  /** It has answered what it says about itself. Returns false if it is of no use by that. */
  inform(information: RelayInformation, now: number): boolean {
    const wasNarrow = this.limits.shortfall !== undefined;
    this.#informedAt = now;
    this.limits.state(information);
    const isNarrow = this.limits.shortfall !== undefined;
    if (wasNarrow && !isNarrow && this.#demotedFor === Demotion.Narrow) this.#demotedUntil = 0;
    return !isNarrow;
  }

  /** Why it should not be used at the moment, or undefined. */
  demotion(now: number): Demotion | undefined {
    return now < this.#demotedUntil ? this.#demotedFor : undefined;
  }

  get demotedUntil(): number {
    return this.#demotedUntil;
  }

  demote(reason: Demotion, now: number): void {
    const { refusedMs, passingMs } = this.#config.demotion;
    this.#demotedFor = reason;
    this.#demotedUntil = now + (isPassing(reason) ? passingMs : refusedMs);
    this.#lies = 0;
    this.#save();
  }

  /** Whether the first question waits for a challenge: the relay is remembered to begin with one, or says so of itself. */
  get expectsChallenge(): boolean {
    return this.#challenges ?? this.information?.authRequired ?? false;
  }

  /** It challenged us; or it did not, although the first question has waited for it. strfry challenges only with its first refusal. */
  noteChallenge(wasChallenged: boolean): void {
    if (this.#challenges === wasChallenged || (wasChallenged && this.#challenges !== undefined)) return;
    this.#challenges = wasChallenged;
    this.#save();
  }

  /** @param words of the relay, bounded and printable */
  noteRefusal(words: string, now: number): void {
    this.lastRefusal = words;
    this.#refusedSince ??= now;
  }

  /** It took an event, or refused one for no reason that is known here. Returns whether it has refused everything for too long. */
  recordWrite(isTaken: boolean, now: number): boolean {
    if (isTaken) this.#writesRefused = 0;
    else if (++this.#writesRefused === 1) this.#writesRefusedSince = now;
    const { uselessAfterMs } = this.#config.demotion;
    return this.#writesRefused >= MOST_WRITES_REFUSED && now - this.#writesRefusedSince >= uselessAfterMs;
  }

  /** It has done what it was asked. */
  noteServed(): void {
    this.#refusedSince = null;
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
    const isForgiven = this.#demotedFor !== Demotion.Narrow && !isHarmful(this.#demotedFor);
    if (this.#kept >= lies && isForgiven) this.#demotedUntil = 0;
    return this.#lies >= lies;
  }

  /** The rate changed; it is saved when that makes a difference. */
  rateChanged(): void {
    const { perSecond } = this.rateLimiter;
    if (Math.abs(Math.log2(perSecond / this.#savedPerSecond)) >= worthRemembering) this.#save();
  }

  status(now: number): RelayStatus {
    const state = this.#state(now);
    return {
      url: this.url,
      origin: this.origin,
      state,
      words: this.#words(state, now),
      roundTripMs: (this.relay ?? this.visitor)?.roundTripMs ?? null,
      lastSuccessAt: this.lastSuccessAt,
      lastRefusal: this.lastRefusal,
      refusedSince: this.#refusedSince,
      slotsTooLarge: this.relay?.slotsTooLarge ?? 0,
    };
  }

  #state(now: number): RelayState {
    if (!this.relay) return this.#spareState(now);
    if (this.relay.linkState === LinkState.Waiting) return RelayState.Waiting;
    if (this.relay.linkState !== LinkState.Open) return RelayState.Connecting;
    if (this.relay.reading) return RelayState.Reading;
    return this.relay.isSilent ? RelayState.Silent : RelayState.Live;
  }

  #spareState(now: number): RelayState {
    if (this.demotion(now)) return RelayState.Demoted;
    return this.isDown ? RelayState.Waiting : RelayState.Spare;
  }

  #words(state: RelayState, now: number): string {
    const { origin, lastRefusal } = this;
    const { shortfall, maxEventBytes } = this.limits;
    const demotion = this.demotion(now);
    const slotsTooLarge = this.relay?.slotsTooLarge ?? 0;
    return wordsOf({ state, origin, demotion, shortfall, lastRefusal, slotsTooLarge, maxEventBytes });
  }

  #save(): void {
    this.#savedPerSecond = this.rateLimiter.perSecond;
    this.#memory.save(this.url, {
      ...this.rateLimiter.learned,
      ...(this.#demotedFor !== undefined && { demotedUntil: this.#demotedUntil, demotedFor: this.#demotedFor }),
      ...(this.#challenges !== undefined && { challenges: this.#challenges }),
      ...this.limits.saved(),
      ...this.visits.saved(),
    });
  }
}
