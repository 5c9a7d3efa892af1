/** What ends a run before its end: Ctrl-C, the time limit, or an error that nobody waits for, such as one in a listener of a driver. */
import { setImmediate } from 'node:timers/promises';
import { KitError } from '../../preset/kit-error';
import { Cancelled } from '../terminal';
import { VerifyCode, verifyError } from './failure';
import { reasonOf } from './plain-text';

export interface Halt {
  /** Why the run has to end; `null` while it may go on. */
  readonly reason: Error | null;
  /** Settles as the promise does, or rejects with the reason as soon as there is one. */
  race<T>(promise: Promise<T>): Promise<T>;
  /** Ends the run, for a reason that shows inside it. */
  now(reason: Error): void;
  /** Nothing is waited for or listened to any more. */
  dispose(): void;
}

export function createHalt({
  signal,
  totalMs,
}: {
  readonly signal: AbortSignal | undefined;
  readonly totalMs: number;
}): Halt {
  let reason: Error | null = null;
  let reject: (error: Error) => void = () => {};
  const halted = new Promise<never>((_, rejectHalted) => void (reject = rejectHalted));
  halted.catch(() => {});
  const now = (error: Error) => {
    reason ??= error;
    reject(reason);
  };
  const onAbort = () => now(new Cancelled());
  const onStray = (error: unknown) => now(error instanceof KitError ? error : strayError(error));
  // A signal reaches the browsers, too, and that they are gone may be noticed before it.
  const withReason = async (error: unknown): Promise<never> => {
    await setImmediate();
    throw reason ?? error;
  };
  const timer = setTimeout(() => now(timedOut(totalMs)), totalMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  process.on('unhandledRejection', onStray);
  process.on('uncaughtException', onStray);
  if (signal?.aborted) onAbort();
  return {
    get reason() {
      return reason;
    },
    race: (promise) => Promise.race([promise.catch(withReason), halted]),
    now,
    dispose() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      process.off('unhandledRejection', onStray);
      process.off('uncaughtException', onStray);
    },
  };
}

function timedOut(totalMs: number): KitError {
  return verifyError(
    VerifyCode.TimedOut,
    `The time was up: ${totalMs / 1000} s for everything. A driver that takes long for each call needs more: --timeout SECONDS.`,
  );
}

function strayError(error: unknown): KitError {
  return verifyError(
    VerifyCode.DriverFailed,
    `An error came from where nobody waits for it: ${reasonOf(error)}. A driver has to await what it starts, and catch what its listeners throw.`,
  );
}
