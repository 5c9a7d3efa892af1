/** The timers and the time of a test's realm, as they are before any test fakes them. */

/** `Symbol.for` this, in the realm of the tests. */
export const TIMERS_KEY = 'zero-backend-sync/timers';

/** What Jest can fake, as far as the engine and RxDB use it. */
export function realTimers(): Readonly<Record<string, unknown>> {
  const { setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask, Date } = globalThis;
  return {
    ...{ setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask, Date },
    // Faking replaces the methods of the object.
    performance: { now: performance.now.bind(performance) },
  };
}
