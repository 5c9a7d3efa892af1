/** Limits of time. Nothing that a page or a driver does is waited for without one. */

/**
 * Settles as the promise does, or rejects with what `late` makes when the time is up. What the promise is about goes on: whoever owns it ends it.
 * The timer holds the process, because nothing else might; it ends with the promise.
 */
export async function within<T>(promise: Promise<T>, timeoutMs: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), timeoutMs);
  });
  try {
    return await Promise.race([promise, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export interface TimeLimits {
  /** How long an edit may be on its way before it counts as lost; three times that while the app starts. */
  readonly arrivalMs: number;
  /** How long a page may take until it can be written to. */
  readonly openMs: number;
  /** One call of `write` or `read`. Longer than the browser driver's own limit of 30 s, whose message says more. */
  readonly callMs: number;
  /** One check. */
  readonly checkMs: number;
  /** Closing one browser or server. */
  readonly closeMs: number;
  /** Everything together. */
  readonly totalMs: number;
}

export const usualLimits: TimeLimits = {
  arrivalMs: 20_000,
  openMs: 60_000,
  callMs: 40_000,
  checkMs: 150_000,
  closeMs: 10_000,
  totalMs: 300_000,
};
