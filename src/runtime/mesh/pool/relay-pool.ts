/**
 * The relays of the list that are in use, from the first connection to the last. A spare takes the place of one that cannot be reached or is useless, and gives
 * it back as soon as that one is of use again.
 */
import { chooseRelays, isMissed } from './places';
import { isHarmful } from './demotion';
import type { Demotion } from './demotion';
import type { RelayActivity, RelayProfile } from '../relay-profile';
import type { Clock } from '../../core/clock';

export interface RelayPoolOptions<Activity extends RelayActivity> {
  /** Those of the list, in its order. */
  readonly profiles: readonly RelayProfile<Activity>[];
  /** How many are in use at once. */
  readonly count: number;
  readonly clock: Clock;
  readonly use: (profile: RelayProfile<Activity>) => Activity;
  /** It is in use from now on, and need not be visited. */
  readonly chosen: (profile: RelayProfile<Activity>) => void;
  readonly changed: () => void;
}

export class RelayPool<Activity extends RelayActivity> {
  readonly #options: RelayPoolOptions<Activity>;
  #isStarted = false;
  #stopped = false;
  #cancelReturn: () => void = () => {};
  #cancelChoice: () => void = () => {};

  constructor(options: RelayPoolOptions<Activity>) {
    this.#options = options;
  }

  start(): void {
    this.#isStarted = true;
    this.#choose();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelReturn();
    this.#cancelChoice();
    for (const profile of this.#options.profiles) profile.discard();
  }

  demote(profile: RelayProfile, reason: Demotion): void {
    const { clock } = this.#options;
    const known = profile.demotion(clock.now());
    // One that is demoted for another reason may still be in use. One that does harm must not be.
    if (this.#stopped || isHarmful(known) || (known !== undefined && !isHarmful(reason))) return;
    profile.demote(reason, clock.now());
    this.#chooseSoon();
  }

  /** It could not be reached for some time, or can be again. */
  noteReach(profile: RelayProfile<Activity>, isDown: boolean): void {
    if (profile.isDown === isDown) return;
    profile.isDown = isDown;
    if (this.#options.profiles.includes(profile)) this.#chooseSoon();
  }

  /** No relay could be reached, which may have been this device's network: those come first again that are first in the list. */
  forgetReach(): void {
    for (const profile of this.#options.profiles) profile.isDown = false;
    this.#chooseSoon();
  }

  /** It cannot be reached, and would be in use if it could. */
  isMissed(profile: RelayProfile<Activity>): boolean {
    const { profiles, count, clock } = this.#options;
    return profiles.includes(profile) && isMissed(profile, profiles, count, clock.now());
  }

  /** Deferred: we may be inside a callback of the relay that is stopped. */
  #chooseSoon(): void {
    if (!this.#isStarted || this.#stopped) return;
    this.#cancelChoice();
    this.#cancelChoice = this.#options.clock.after(0, () => this.#choose());
  }

  #choose(): void {
    const { profiles, clock, count, use, chosen: begins, changed } = this.#options;
    const chosen = chooseRelays(profiles, count, clock.now());
    for (const profile of profiles) if (!chosen.includes(profile)) profile.retire();
    for (const profile of chosen) {
      if (profile.relay) continue;
      const relay = profile.resume() ?? use(profile);
      profile.relay = relay;
      begins(profile);
      relay.start();
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
