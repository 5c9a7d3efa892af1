/**
 * Whether a connection still lives. A half-open one says nothing and reports nothing, so after a silence it has to answer a question, and
 * is given up if it does not.
 */
import type { ConnectionConfig } from '../core/config';
import type { Clock } from '../core/clock';

export interface RelayLivenessOptions {
  readonly clock: Clock;
  readonly limits: ConnectionConfig;
  /** Asks the relay something harmless. */
  readonly ask: () => void;
  readonly dead: () => void;
}

/** Events may stretch a probe to this many times its time-out. */
const longestProbe = 10;

export class RelayLiveness {
  readonly #options: RelayLivenessOptions;
  #heardAt = 0;
  #askedAt = 0;
  /** 0: no answer is awaited. */
  #timeoutMs = 0;
  #cancelSilence: () => void = () => {};
  #cancelTimeout: () => void = () => {};

  constructor(options: RelayLivenessOptions) {
    this.#options = options;
  }

  opened(): void {
    this.#heardAt = this.#options.clock.now();
    this.#watchSilence();
  }

  closed(): void {
    this.#cancelSilence();
    this.#cancelTimeout();
    this.#timeoutMs = 0;
  }

  /**
   * Something was received. Any answer ends a probe. An event does not: it may be a live one on a connection that carries nothing in the other
   * direction, or part of a long answer that comes before the one to the probe. So it extends the probe, but only to a limit.
   */
  heard(isEvent: boolean): void {
    this.#heardAt = this.#options.clock.now();
    if (this.#timeoutMs === 0) return;
    if (isEvent && this.#heardAt - this.#askedAt > longestProbe * this.#timeoutMs) return;
    this.#cancelTimeout();
    if (isEvent) this.#awaitAnswer();
    else this.#timeoutMs = 0;
  }

  /** Asks, unless an answer is awaited that must come sooner. */
  probe(timeoutMs: number): void {
    if (this.#timeoutMs !== 0 && this.#timeoutMs <= timeoutMs) return;
    this.#cancelTimeout();
    this.#timeoutMs = timeoutMs;
    this.#askedAt = this.#options.clock.now();
    this.#awaitAnswer();
    this.#options.ask();
  }

  #awaitAnswer(): void {
    this.#cancelTimeout = this.#options.clock.after(this.#timeoutMs, () => this.#options.dead());
  }

  #watchSilence(): void {
    const { clock, limits } = this.#options;
    const quietMs = Math.max(0, clock.now() - this.#heardAt);
    this.#cancelSilence = clock.after(Math.max(1_000, limits.silenceMs - quietMs), () => {
      if (clock.now() - this.#heardAt >= limits.silenceMs) this.probe(limits.probeTimeoutMs);
      this.#watchSilence();
    });
  }
}
