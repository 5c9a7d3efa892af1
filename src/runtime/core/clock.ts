/** Time and randomness, passed in so that tests and the simulation own them. */

/** Time and randomness, so that a test owns them. */
export interface Clock {
  /** Wall clock, ms since the epoch. */
  now(): number;
  /** ms since some moment, which no change of the wall clock affects; it may stand still while the machine sleeps. */
  monotonic(): number;
  /** Calls back once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

export type Random = () => number;
