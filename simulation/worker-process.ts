/**
 * One worker as the operating system sees it: it can die or freeze between any two operations on storage, network or other tabs. What
 * it had begun in memory goes on, and reaches no other part.
 */
import type { Timeline } from './timeline';

/** What a worker does with the rest of the world. */
export enum Operation {
  Read = 'read',
  Write = 'write',
  Announce = 'announce',
  LedgerRead = 'ledger-read',
  LedgerWrite = 'ledger-write',
  LedgerWritten = 'ledger-written',
  Lock = 'lock',
  Post = 'post',
  Connect = 'connect',
  Ask = 'ask',
  Publish = 'publish',
  Hear = 'hear',
}

export interface Interruption {
  /** How many operations from now. */
  operations: number;
  /** From then on it waits for an operation that comes right after this one; for any, if none is said. */
  readonly after?: Operation;
  readonly strike: (before: Operation) => void;
}

export class WorkerProcess {
  isAlive = true;
  isFrozen = false;
  interruption: Interruption | undefined;
  #last: Operation | undefined;
  readonly #held: (() => void)[] = [];
  readonly #endings: (() => void)[] = [];

  constructor(
    readonly timeline: Timeline,
    /** Milliseconds by which the clock of the browser is ahead of the world's time. */
    readonly skewMs: () => number,
  ) {}

  now(): number {
    return Math.floor(this.timeline.now + this.skewMs());
  }

  /** Before an operation: resolves when it may be done, which for a dead worker is never. */
  operation(operation: Operation): Promise<void> {
    this.#count(operation);
    if (!this.isAlive) return new Promise(() => {});
    if (this.isFrozen) return new Promise((resolve) => this.#held.push(resolve));
    return Promise.resolve();
  }

  /** Before an operation that waits for nothing: whether it is done. */
  instant(operation: Operation): boolean {
    this.#count(operation);
    return this.isAlive;
  }

  /** Something calls the worker: a frozen one hears of it when it thaws. */
  deliver(call: () => void): void {
    if (!this.isAlive) return;
    if (this.isFrozen) this.#held.push(() => this.deliver(call));
    else call();
  }

  after(delayMs: number, callback: () => void): () => void {
    if (!this.isAlive) return () => {};
    let isCancelled = false;
    const cancel = this.timeline.after(delayMs, () =>
      this.deliver(() => {
        if (!isCancelled) callback();
      }),
    );
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  whenItEnds(call: () => void): void {
    this.#endings.push(call);
  }

  kill(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.#held.length = 0;
    for (const call of this.#endings.splice(0)) call();
  }

  freeze(): void {
    this.isFrozen = true;
  }

  thaw(): void {
    if (!this.isFrozen) return;
    this.isFrozen = false;
    for (const call of this.#held.splice(0)) call();
  }

  #count(operation: Operation): void {
    const { interruption } = this;
    const last = this.#last;
    this.#last = operation;
    if (!interruption || !this.isAlive || this.isFrozen) return;
    interruption.operations -= 1;
    if (interruption.operations > 0 || (interruption.after !== undefined && interruption.after !== last)) return;
    this.interruption = undefined;
    interruption.strike(operation);
  }
}
