/** Which of the configured relays are in use, from the first connection to the last: takes the next one where one proves useless. */
import type { SyncDocument } from '../core/json';
import { durableRelayCount } from '../core/durability';
import { isHarmful } from './relay-profile';
import type { RelayProfile, Demotion, RelayActivity } from './relay-profile';
import type { Clock } from '../core/clock';
import type { RelayMemory } from '../contracts/mesh';

export interface RelayPoolOptions<Activity extends RelayActivity> {
  readonly profiles: readonly RelayProfile<Activity>[];
  /** How many are in use at once. */
  readonly count: number;
  readonly clock: Clock;
  readonly memory: RelayMemory;
  readonly use: (profile: RelayProfile) => Activity;
  readonly changed: () => void;
}

export class RelayPool<Activity extends RelayActivity> {
  readonly #options: RelayPoolOptions<Activity>;
  #stopped = false;
  #cancelReturn: () => void = () => {};
  #cancelChoice: () => void = () => {};

  constructor(options: RelayPoolOptions<Activity>) {
    this.#options = options;
  }

  /** Never rejects. */
  async start(): Promise<void> {
    const { profiles, clock, memory } = this.#options;
    let saved: { readonly [relayUrl: string]: SyncDocument } = {};
    try {
      saved = await memory.load();
    } catch {
      // What was learned of the relays is a convenience: it is learned again.
    }
    if (this.#stopped) return;
    for (const profile of profiles)
      profile.recall(Object.hasOwn(saved, profile.url) ? saved[profile.url] : undefined, clock.now());
    this.#choose();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelReturn();
    this.#cancelChoice();
    for (const profile of this.#options.profiles) retire(profile);
  }

  demote(profile: RelayProfile, reason: Demotion): void {
    const { clock } = this.#options;
    const known = profile.demotion(clock.now());
    // One that is demoted for another reason may still be in use. One that does harm must not be.
    if (this.#stopped || isHarmful(known) || (known !== undefined && !isHarmful(reason))) return;
    profile.demote(reason, clock.now());
    // Deferred: we may be inside a callback of the relay that is stopped.
    this.#cancelChoice();
    this.#cancelChoice = clock.after(0, () => this.#choose());
  }

  #choose(): void {
    const { profiles, clock, count, use, changed } = this.#options;
    const chosen = chooseRelays(profiles, count, clock.now());
    for (const profile of profiles) if (!chosen.includes(profile)) retire(profile);
    for (const profile of chosen)
      if (!profile.relay) {
        profile.relay = use(profile);
        profile.relay.start();
      }
    this.#chooseWhenForgiven();
    changed();
  }

  #chooseWhenForgiven(): void {
    const { profiles, clock } = this.#options;
    this.#cancelReturn();
    const ends = profiles.map(({ demotedUntil }) => demotedUntil).filter((until) => until > clock.now());
    if (ends.length === 0) return;
    this.#cancelReturn = clock.after(Math.min(...ends) - clock.now() + 1, () => this.#choose());
  }
}

function retire(profile: RelayProfile): void {
  profile.relay?.stop();
  profile.relay = undefined;
}

interface Choosable {
  /** Set while it is in use. */
  readonly relay: object | undefined;
  readonly demotedUntil: number;
  demotion(now: number): string | undefined;
}

/**
 * Those in use and in good standing stay; vacancies go to the next in good standing, in configured order. A demoted relay is used only where
 * there is no other: one already in use before others, then the one whose demotion ends first. One that does harm is not used at all while those in
 * good standing are enough to make a write durable.
 */
export function chooseRelays<Candidate extends Choosable>(
  candidates: readonly Candidate[],
  count: number,
  now: number,
): readonly Candidate[] {
  const rank = (candidate: Candidate): number =>
    (candidate.demotion(now) === undefined ? 0 : 2) + (candidate.relay ? 0 : 1);
  const inGoodStanding = candidates.filter((candidate) => candidate.demotion(now) === undefined).length;
  const isEnough = inGoodStanding >= durableRelayCount(candidates.length);
  return candidates
    .filter((candidate) => !isEnough || !isHarmful(candidate.demotion(now)))
    .sort((a, b) => rank(a) - rank(b) || (rank(a) >= 2 ? a.demotedUntil - b.demotedUntil : 0))
    .slice(0, count);
}
