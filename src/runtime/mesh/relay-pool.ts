/** Which of the configured relays are in use, from the first connection to the last: takes the next candidate where one proves useless. */
import type { SyncDocument } from '../core/json';
import type { Candidate, Demotion, RelayActivity } from './relay-profile';
import type { Clock } from '../core/clock';
import type { RelayMemory } from '../contracts/mesh';

export interface SelectionOptions<Activity extends RelayActivity> {
  readonly candidates: readonly Candidate<Activity>[];
  /** How many are in use at once. */
  readonly count: number;
  readonly clock: Clock;
  readonly memory: RelayMemory;
  readonly use: (candidate: Candidate) => Activity;
  readonly changed: () => void;
}

export class RelaySelection<Activity extends RelayActivity> {
  readonly #options: SelectionOptions<Activity>;
  #stopped = false;
  #cancelReturn: () => void = () => {};
  #cancelChoice: () => void = () => {};

  constructor(options: SelectionOptions<Activity>) {
    this.#options = options;
  }

  /** Never rejects. */
  async start(): Promise<void> {
    const { candidates, clock, memory } = this.#options;
    let saved: { readonly [relayUrl: string]: SyncDocument } = {};
    try {
      saved = await memory.load();
    } catch {
      // What was learned of the relays is a convenience: it is learned again.
    }
    if (this.#stopped) return;
    for (const candidate of candidates)
      candidate.recall(Object.hasOwn(saved, candidate.url) ? saved[candidate.url] : undefined, clock.now());
    this.#choose();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelReturn();
    this.#cancelChoice();
    for (const candidate of this.#options.candidates) retire(candidate);
  }

  demote(candidate: Candidate, reason: Demotion): void {
    const { clock } = this.#options;
    if (this.#stopped || candidate.demotion(clock.now()) !== undefined) return;
    candidate.demote(reason, clock.now());
    // The relay may be in the middle of telling us, so it is not torn down under its own feet.
    this.#cancelChoice();
    this.#cancelChoice = clock.after(0, () => this.#choose());
  }

  #choose(): void {
    const { candidates, clock, count, use, changed } = this.#options;
    const chosen = chooseRelays(candidates, count, clock.now());
    for (const candidate of candidates) if (!chosen.includes(candidate)) retire(candidate);
    for (const candidate of chosen)
      if (!candidate.relay) {
        candidate.relay = use(candidate);
        candidate.relay.start();
      }
    this.#chooseWhenForgiven();
    changed();
  }

  #chooseWhenForgiven(): void {
    const { candidates, clock } = this.#options;
    this.#cancelReturn();
    const ends = candidates.map(({ demotedUntil }) => demotedUntil).filter((until) => until > clock.now());
    if (ends.length === 0) return;
    this.#cancelReturn = clock.after(Math.min(...ends) - clock.now() + 1, () => this.#choose());
  }
}

function retire(candidate: Candidate): void {
  candidate.relay?.stop();
  candidate.relay = undefined;
}

interface Choosable {
  /** Set while it is in use. */
  readonly relay: object | undefined;
  readonly demotedUntil: number;
  demotion(now: number): string | undefined;
}

/**
 * Those in use and in good standing stay; vacancies go to the next in good standing, in configured order. A demoted relay serves only where
 * nobody else can: one already in use before others, then the one whose demotion ends first.
 */
export function chooseRelays<Candidate extends Choosable>(
  candidates: readonly Candidate[],
  count: number,
  now: number,
): readonly Candidate[] {
  const rank = (candidate: Candidate): number =>
    (candidate.demotion(now) === undefined ? 0 : 2) + (candidate.relay ? 0 : 1);
  return [...candidates]
    .sort((a, b) => rank(a) - rank(b) || (rank(a) >= 2 ? a.demotedUntil - b.demotedUntil : 0))
    .slice(0, count);
}
