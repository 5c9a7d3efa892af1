/** What is remembered of the visits to one relay, also in the next session. Times are of the wall clock, in ms. */
import type { SyncDocument } from '../../core/json';
import type { VisitsConfig } from '../../core/config';

export class VisitMemory {
  readonly #config: VisitsConfig;
  readonly #learned: () => void;
  #triedAt = -Infinity;
  #visitedAt = -Infinity;
  #readFullyAt = -Infinity;
  #hasServed = false;

  /** @param learned something worth remembering was learned. */
  constructor(config: VisitsConfig, learned: () => void) {
    this.#config = config;
    this.#learned = learned;
  }

  /** Takes over what an earlier session has saved; values that make no sense are ignored. */
  recall({ triedAt, visitedAt, readFullyAt, served }: SyncDocument, now: number): void {
    const timeOf = (value: unknown) => (typeof value === 'number' && value <= now ? value : -Infinity);
    this.#triedAt = timeOf(triedAt);
    this.#visitedAt = timeOf(visitedAt);
    this.#readFullyAt = timeOf(readFullyAt);
    this.#hasServed = served === true;
  }

  saved(): SyncDocument {
    const known = { triedAt: this.#triedAt, visitedAt: this.#visitedAt, readFullyAt: this.#readFullyAt };
    const times = Object.entries(known).filter(([, time]) => Number.isFinite(time));
    return { ...Object.fromEntries(times), ...(this.#hasServed && { served: true }) };
  }

  /** It has shown an event of ours, or taken one, at some time. */
  get hasServed(): boolean {
    return this.#hasServed;
  }

  /** An attempt was made to connect to a relay that only manifests name. */
  noteTried(now: number): void {
    this.#triedAt = now;
    this.#learned();
  }

  noteServed(): void {
    if (this.#hasServed) return;
    this.#hasServed = true;
    this.#learned();
  }

  /** A read that began at `beganAt` brought all that was asked for. */
  noteRead(beganAt: number, isWhole: boolean): void {
    this.#visitedAt = beganAt;
    if (isWhole) this.#readFullyAt = beganAt;
    this.#learned();
  }

  /** From when on it has to be read, in seconds; undefined: all of it. */
  since(now: number): number | undefined {
    const { fullReadAfterMs, sinceSlackMs } = this.#config;
    const isDue = Math.abs(now - this.#readFullyAt) >= fullReadAfterMs;
    return isDue ? undefined : Math.max(0, Math.floor((this.#visitedAt - sinceSlackMs) / 1000));
  }
}
