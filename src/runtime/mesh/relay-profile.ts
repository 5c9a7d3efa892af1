/** One configured relay, in use or not: what is known of it across connections and, where that saves something, across sessions. */
import { RelayOrigin, RelayState, type RelayStatus } from '../core/status';
import type { SyncDocument } from '../core/json';
import type { SyncConfig } from '../core/config';
import { TokenBucket } from '../relay/token-bucket';
import { Holdings } from './session/holdings';
import type { RelayInformation } from '../relay/nip11';
import type { RelayMemory } from '../contracts/mesh';
import { LinkState } from '../relay/link';
import { RelayLimits } from './relay-limits';
import { RateLimiter } from './session/rate-limiter';

export enum Demotion {
  Lies = 'lies',
  Forges = 'forges',
  Refuses = 'refuses',
  /** It takes, or gives, less at a time than the app needs. */
  Narrow = 'narrow',
  Floods = 'floods',
  Unreachable = 'unreachable',
  /** It is connected and does not answer. */
  Unresponsive = 'unresponsive',
  /** It shows nothing of ours, while others do. */
  Silent = 'silent',
  /** It does not accept who we are (NIP-42). */
  Excludes = 'excludes',
}

/** What may pass sooner than a relay's policy. */
const passing: ReadonlySet<Demotion> = new Set([
  Demotion.Unreachable,
  Demotion.Unresponsive,
  Demotion.Silent,
  Demotion.Excludes,
]);
/** What costs this device time and does nobody any good. */
export const isHarmful = (reason: string | undefined): boolean =>
  reason === Demotion.Forges || reason === Demotion.Floods;

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
  stop(): void;
}

const worthRemembering = 0.5;
/** What a relay says about itself changes seldom; it is asked again when it is connected to after so long, ms. */
const informationAgesMs = 3_600_000;

/** In a row, over some time. */
const MOST_WRITES_REFUSED = 5;

/** @typeParam Activity what a relay in use can do beyond that, for those who ask it for more. */
export class RelayProfile<Activity extends RelayActivity = RelayActivity> {
  readonly url: string;
  readonly holdings = new Holdings();
  readonly limits: RelayLimits;
  readonly #config: SyncConfig;
  readonly #memory: RelayMemory;
  rateLimiter: RateLimiter;
  /** Set while it is in use. */
  relay: Activity | undefined;
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

  constructor(url: string, config: SyncConfig, memory: RelayMemory, now: number) {
    this.url = url;
    this.#config = config;
    this.#memory = memory;
    this.rateLimiter = new RateLimiter(config.publishing, now);
    const { misdeeds, misdeedsForgivenPerHour } = config.inbound;
    this.#misdeeds = new TokenBucket(misdeeds, misdeedsForgivenPerHour / 3_600, -Infinity);
    this.#savedPerSecond = this.rateLimiter.perSecond;
    this.limits = new RelayLimits(config, () => this.#save());
  }

  /** Takes over what an earlier session has saved; values that make no sense are ignored. */
  recall(saved: SyncDocument | undefined, now: number): void {
    const { perSecond, demotedUntil, demotedFor, challenges } = saved ?? {};
    if (typeof challenges === 'boolean') this.#challenges = challenges;
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
    if (saved) this.limits.recall(saved, now);
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
    const { refusedMs, unreachableMs } = this.#config.demotion;
    this.#demotedFor = reason;
    this.#demotedUntil = now + (passing.has(reason) ? unreachableMs : refusedMs);
    this.#lies = 0;
    this.#save();
  }

  /** It answers, so it is reachable after all. */
  reached(): void {
    if (this.#demotedFor === Demotion.Unreachable) this.#demotedUntil = 0;
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
      origin: RelayOrigin.List,
      state,
      words: `${this.#words(state, this.demotion(now))}${this.#lackWords()}`,
      roundTripMs: this.relay?.roundTripMs ?? null,
      lastSuccessAt: this.lastSuccessAt,
      lastRefusal: this.lastRefusal,
      refusedSince: this.#refusedSince,
      slotsTooLarge: this.relay?.slotsTooLarge ?? 0,
    };
  }

  #state(now: number): RelayState {
    if (!this.relay) return this.demotion(now) ? RelayState.Demoted : RelayState.Spare;
    if (this.relay.linkState === LinkState.Waiting) return RelayState.Waiting;
    if (this.relay.linkState !== LinkState.Open) return RelayState.Connecting;
    if (this.relay.reading) return RelayState.Reading;
    return this.relay.isSilent ? RelayState.Silent : RelayState.Live;
  }

  #words(state: RelayState, demotion: Demotion | undefined): string {
    const refusal = this.lastRefusal === null ? '' : ` Its last refusal: "${this.lastRefusal}".`;
    const { shortfall } = this.limits;
    const reason = demotion === Demotion.Narrow && shortfall ? shortfall : demotion && reasons[demotion];
    const trouble = reason === undefined ? '' : ` ${reason}${refusal}`;
    switch (state) {
      case RelayState.Connecting:
        return `Connecting.${trouble}`;
      case RelayState.Reading:
        return `Connected; reading what it holds.${trouble}`;
      case RelayState.Live:
        return trouble ? `Connected, because no better relay is available.${trouble}` : 'Connected and up to date.';
      case RelayState.Silent:
        return `Connected; it shows nothing of this user's, while other relays do.${trouble}`;
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

  #lackWords(): string {
    const slots = this.relay?.slotsTooLarge ?? 0;
    if (slots === 0) return '';
    const { maxEventBytes } = this.limits;
    return ` It takes only events up to ${maxEventBytes} bytes, so it lacks ${slots === 1 ? 'one slot' : `${slots} slots`}; other relays have to hold what is in them.`;
  }

  #save(): void {
    this.#savedPerSecond = this.rateLimiter.perSecond;
    this.#memory.save(this.url, {
      perSecond: this.rateLimiter.perSecond,
      ...(this.#demotedFor !== undefined && { demotedUntil: this.#demotedUntil, demotedFor: this.#demotedFor }),
      ...(this.#challenges !== undefined && { challenges: this.#challenges }),
      ...this.limits.saved(),
    });
  }
}

const reasons: { readonly [reason in Demotion]: string } = {
  [Demotion.Forges]: 'It passes on what nobody has written.',
  [Demotion.Narrow]: 'It takes less at a time than this app needs.',
  [Demotion.Floods]: 'It sends more than anybody has asked for.',
  [Demotion.Lies]: 'It says that it stored what it did not keep.',
  [Demotion.Refuses]: 'It does not take what this app stores.',
  [Demotion.Unreachable]: 'It could not be reached while others could.',
  [Demotion.Unresponsive]: 'It accepts connections and does not answer.',
  [Demotion.Silent]: "It shows nothing of this user's, while others do.",
  [Demotion.Excludes]: 'It does not accept the key of this user.',
};
