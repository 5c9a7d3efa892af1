import type { Clock } from '../../runtime/core/clock';

const tickMs = 50;

/** Calls `tick` again and again with the ms since the last time, until it returns false. Starting one that runs changes nothing. */
export function createTicker(
  clock: Clock,
  tick: (elapsedMs: number) => boolean,
): {
  start(): void;
} {
  let isRunning = false;
  return {
    start() {
      if (isRunning) return;
      isRunning = true;
      again(clock.monotonic());
    },
  };

  function again(lastMs: number): void {
    clock.after(tickMs, () => {
      const nowMs = clock.monotonic();
      isRunning = tick(nowMs - lastMs);
      if (isRunning) again(nowMs);
    });
  }
}
