/** How many relays can be reached, and the problem that is reported when they are too few for some time. */
import { ErrorCode, type SyncProblem } from '../core/errors';
import type { Clock } from '../core/clock';

/** With so many reachable relays no problem is reported. */
const enough = 3;

export interface ReachabilityOptions {
  readonly clock: Clock;
  readonly graceMs: number;
  /** Relays configured. */
  readonly total: number;
  /** There is a problem to report from now on. */
  readonly changed: () => void;
}

export class Reachability {
  readonly #options: ReachabilityOptions;
  #open = 0;
  #fewSince = Infinity;
  #cancelTimer: () => void = () => {};

  constructor(options: ReachabilityOptions) {
    this.#options = options;
  }

  /** So many relays are connected now. */
  count(open: number): void {
    const { clock, graceMs, changed } = this.#options;
    this.#open = open;
    if (!this.#isFew) return this.stop();
    if (this.#fewSince !== Infinity) return;
    this.#fewSince = clock.now();
    this.#cancelTimer = clock.after(graceMs, changed);
  }

  stop(): void {
    this.#fewSince = Infinity;
    this.#cancelTimer();
  }

  problem(): SyncProblem | undefined {
    const { clock, graceMs, total } = this.#options;
    if (!this.#isFew || clock.now() < this.#fewSince + graceMs) return undefined;
    return {
      code: ErrorCode.RelaysTooFew,
      message: `${this.#what(total)} Check the connection of this device, or configure other relays.`,
    };
  }

  get #isFew(): boolean {
    return this.#open < Math.min(enough, this.#options.total);
  }

  #what(total: number): string {
    if (this.#open === 0)
      return `None of ${total} relays can be reached. What is written stays on this device until one can.`;
    if (this.#open === 1)
      return `Only one of ${total} relays can be reached. Sync goes on, but what is written counts as stored only when a second one has it.`;
    return `Only ${this.#open} of ${total} relays can be reached. Sync goes on, with little to spare if one more fails.`;
  }
}
