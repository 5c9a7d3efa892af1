/** Which addresses are read back from one relay, and when: the first one promptly, a burst of them in one question, and not too often. */
import type { Clock } from '../../core/clock';

export interface ReadBackOptions {
  readonly clock: Clock;
  /** After an OK; time for its neighbours to join in one question. */
  readonly delayMs: number;
  /** Between two questions. */
  readonly intervalMs: number;
  readonly longestIntervalMs: number;
  /** Addresses in one question. */
  readonly most: number;
  readonly fetch: (addresses: readonly string[], done: (answered: boolean) => void) => void;
}

export class ReadBacks {
  readonly #options: ReadBackOptions;
  readonly #addresses = new Set<string>();
  #askedAt = -Infinity;
  #unanswered = 0;
  /** Counts clearings, so that an answer to a question before one means nothing. */
  #round = 0;
  #asking = false;
  #cancelTimer: (() => void) | undefined;

  constructor(options: ReadBackOptions) {
    this.#options = options;
  }

  add(d: string): void {
    this.#addresses.add(d);
    this.#schedule();
  }

  clear(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#addresses.clear();
    this.#asking = false;
    this.#unanswered = 0;
    this.#round += 1;
  }

  #schedule(): void {
    if (this.#asking || this.#cancelTimer || this.#addresses.size === 0) return;
    const { clock, delayMs, intervalMs, longestIntervalMs } = this.#options;
    const apartMs = Math.min(longestIntervalMs, intervalMs * 2 ** this.#unanswered);
    const sinceMs = Math.max(0, clock.now() - this.#askedAt);
    this.#cancelTimer = clock.after(Math.max(delayMs, apartMs - sinceMs), () => this.#ask());
  }

  #ask(): void {
    const { clock, most, fetch } = this.#options;
    const round = this.#round;
    const addresses = [...this.#addresses].slice(0, most);
    this.#cancelTimer = undefined;
    this.#askedAt = clock.now();
    this.#asking = true;
    for (const d of addresses) this.#addresses.delete(d);
    fetch(addresses, (answered) => {
      if (round !== this.#round) return;
      this.#asking = false;
      this.#unanswered = answered ? 0 : this.#unanswered + 1;
      if (!answered) for (const d of addresses) this.#addresses.add(d);
      this.#schedule();
    });
  }
}
