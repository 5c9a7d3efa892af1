import type { Clock } from '../../runtime/core/clock';

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** So that nothing of a stopped proxy is left behind. */
export function trackTimers(clock: Clock): { readonly clock: Clock; cancelAll(): void } {
  const pending = new Set<() => void>();
  return {
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after(delayMs, callback) {
        const cancelTimer = clock.after(delayMs, () => {
          pending.delete(cancel);
          callback();
        });
        const cancel = () => {
          pending.delete(cancel);
          cancelTimer();
        };
        pending.add(cancel);
        return cancel;
      },
    },
    cancelAll: () => {
      for (const cancel of [...pending]) cancel();
    },
  };
}
