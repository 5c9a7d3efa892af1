/** What is to be done later on one connection; repeated failures wait longer. */
import { fullJitterMs } from '../../../core/backoff';
import type { Clock, Random } from '../../../core/clock';

const SHORTEST_MS = 1_000;
const LONGEST_MS = 60_000;

export type Retries = ReturnType<typeof createRetries>;

export function createRetries(clock: Clock, random: Random) {
  const timers = new Set<() => void>();
  let failures = 0;

  function later(delayMs: number, act: () => void): void {
    const cancel = clock.after(delayMs, () => {
      timers.delete(cancel);
      act();
    });
    timers.add(cancel);
  }

  return {
    later,
    /** After a failure. */
    again(act: () => void): void {
      failures += 1;
      later(fullJitterMs(failures, SHORTEST_MS, LONGEST_MS, random), act);
    },
    succeeded(): void {
      failures = 0;
    },
    /** The connection is another one. */
    clear(): void {
      failures = 0;
      for (const cancel of timers) cancel();
      timers.clear();
    },
  };
}
