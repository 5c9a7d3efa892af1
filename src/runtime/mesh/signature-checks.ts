/**
 * Signatures are checked a few in a task, because one takes about 2 ms (docs/relays.md, section 5) and the app's own reads and writes wait for the same
 * thread. Where nothing else speaks for an event, each relay has a budget of checks, and what exceeds it waits.
 */
import type { Clock } from '../core/clock';
import type { InboundConfig } from '../core/config';
import type { NostrEvent } from '../contracts/slot';
import { TokenBucket } from '../relay/token-bucket';

export interface SignatureChecksOptions {
  readonly clock: Clock;
  readonly limits: Pick<InboundConfig, 'signatureChecks' | 'signatureChecksPerSecond'>;
  /** Whether id and signature are right. */
  readonly isSigned: (event: NostrEvent) => boolean;
}

/** Undefined: the relay sends too much of what is false, and nothing more of it is looked at for now. */
export type Checked = boolean | undefined;

interface Check {
  readonly event: NostrEvent;
  readonly done: (isSigned: Checked) => void;
}

interface Line {
  readonly budget: TokenBucket;
  waiting: Check[];
  cancelTimer: (() => void) | undefined;
}

/** The replica checks the signature of what it records once it is merged. So the verdict is known by then, and nothing is slower for it. */
const OPENED_DELAY_MS = 30;
/** Less than the app notices. Between two tasks browsers wait up to 4 ms. */
const SLICE_MS = 5;
const MOST_AT_ONCE = 4;

export class SignatureChecks {
  readonly #options: SignatureChecksOptions;
  readonly #lines = new Map<string, Line>();
  #opened: (Check & { readonly relayUrl: string; readonly dueAt: number })[] = [];
  #cancelOpened: (() => void) | undefined;
  #isStopped = false;

  constructor(options: SignatureChecksOptions) {
    this.#options = options;
  }

  /** Of an event that nothing else speaks for. */
  check(event: NostrEvent, relayUrl: string): Promise<Checked> {
    return new Promise((done) => {
      if (this.#isStopped) return done(undefined);
      const line = this.#lineOf(relayUrl);
      line.waiting.push({ event, done });
      this.#next(line);
    });
  }

  /** Of an event that the keys have opened: there are only as many as were sealed with them, so these need no budget. */
  checkOpened(event: NostrEvent, relayUrl: string): Promise<Checked> {
    return new Promise((done) => {
      if (this.#isStopped) return done(undefined);
      this.#opened.push({ event, relayUrl, done, dueAt: this.#options.clock.monotonic() + OPENED_DELAY_MS });
      this.#nextOpened();
    });
  }

  /** The relay is left alone: what waits for a check on its account is given up. */
  giveUp(relayUrl: string): void {
    const givenUp = [
      ...(this.#lines.get(relayUrl)?.waiting.splice(0) ?? []),
      ...this.#opened.filter((check) => check.relayUrl === relayUrl),
    ];
    this.#opened = this.#opened.filter((check) => check.relayUrl !== relayUrl);
    for (const { done } of givenUp) done(undefined);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelOpened?.();
    for (const [relayUrl, line] of this.#lines) {
      line.cancelTimer?.();
      this.giveUp(relayUrl);
    }
    for (const { done } of this.#opened.splice(0)) done(undefined);
  }

  #lineOf(relayUrl: string): Line {
    const { clock, limits } = this.#options;
    const known = this.#lines.get(relayUrl);
    if (known) return known;
    const budget = new TokenBucket(limits.signatureChecks, limits.signatureChecksPerSecond, clock.monotonic());
    const line: Line = { budget, waiting: [], cancelTimer: undefined };
    this.#lines.set(relayUrl, line);
    return line;
  }

  #next(line: Line): void {
    const { clock, isSigned } = this.#options;
    if (line.cancelTimer || line.waiting.length === 0) return;
    line.cancelTimer = clock.after(line.budget.waitMs(1, clock.monotonic()), () => {
      line.cancelTimer = undefined;
      const [check] = line.waiting;
      if (check && line.budget.take(1, clock.monotonic())) {
        line.waiting.shift();
        check.done(isSigned(check.event));
      }
      this.#next(line);
    });
  }

  #nextOpened(): void {
    const { clock, isSigned } = this.#options;
    const [oldest] = this.#opened;
    if (this.#cancelOpened || !oldest) return;
    this.#cancelOpened = clock.after(Math.max(0, oldest.dueAt - clock.monotonic()), () => {
      this.#cancelOpened = undefined;
      const began = clock.monotonic();
      for (let count = 0; count < MOST_AT_ONCE && clock.monotonic() - began < SLICE_MS; count += 1) {
        if (count > 0 && (this.#opened[0]?.dueAt ?? Infinity) > began) break;
        const check = this.#opened.shift();
        check?.done(isSigned(check.event));
      }
      this.#nextOpened();
    });
  }
}
