/** Runs the eight checks. Always ends: each wait has a limit, everything together has one, and what was opened is closed. */
import { Cancelled } from '../terminal';
import { broken, failed, type Outcome, type VerifyCheck } from './check';
import { runningOrder, verifyChecks } from './checks';
import type { Driver } from './device/driver';
import { createDriverCalls, type CallCounts } from './device/driver-calls';
import { VerifyCode, verifyError } from './failure';
import { createHalt, type Halt } from './halt';
import type { CheckResult } from './report';
import { createResources } from './resources';
import { openTestBed, type TestBed, type TestBedOptions } from './test-bed';
import { usualLimits, within, type TimeLimits } from './time-limit';

export interface VerifyRun extends TestBedOptions {
  readonly driver: Driver;
  /** Where the driver stands; `null` for the one of this program. */
  readonly driverFile: string | null;
  readonly limits?: Partial<TimeLimits>;
  /** Ids of the checks to run; all of them otherwise. Those about traffic look at what the others cause. */
  readonly only?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onCheck?: (title: string) => { done(outcome?: string): void };
}

export interface VerifyResult {
  /** In the order of the report. */
  readonly checks: readonly CheckResult[];
  /** How often the driver was called. */
  readonly calls: CallCounts;
}

/**
 * A check that breaks has failed; it never hides the others.
 * @throws KitError where the app cannot be opened; Cancelled
 */
export async function runVerify(options: VerifyRun): Promise<VerifyResult> {
  const limits = { ...usualLimits, ...options.limits };
  const halt = createHalt({ signal: options.signal, totalMs: limits.totalMs });
  const resources = createResources(limits.closeMs);
  const driver = createDriverCalls(options.driver, options.driverFile, limits);
  try {
    if (halt.reason !== null) throw halt.reason;
    const opening = options.onCheck?.('open the app in two browsers');
    const testBed = await halt.race(openTestBed(options, { driver, limits, resources })).catch((error: unknown) => {
      opening?.done('failed');
      throw error;
    });
    opening?.done();
    const outcomes = await runChecks(testBed, halt, options);
    return {
      checks: verifyChecks.flatMap((check) => {
        const outcome = outcomes.get(check);
        return outcome === undefined ? [] : [{ check, ...outcome }];
      }),
      calls: driver.counts,
    };
  } finally {
    // Until everything is closed, what breaks by it is expected.
    await resources.closeAll();
    halt.dispose();
  }
}

async function runChecks(
  testBed: TestBed,
  halt: Halt,
  { only, onCheck }: Pick<VerifyRun, 'only' | 'onCheck'>,
): Promise<ReadonlyMap<VerifyCheck, Outcome>> {
  const outcomes = new Map<VerifyCheck, Outcome>();
  for (const check of runningOrder) {
    if (only !== undefined && !only.includes(check.id)) continue;
    const progress = onCheck?.(check.title);
    const outcome = await outcomeOf(check, testBed, halt);
    progress?.done(outcome.passed ? 'pass' : 'FAIL');
    outcomes.set(check, outcome);
  }
  return outcomes;
}

async function outcomeOf(check: VerifyCheck, testBed: TestBed, halt: Halt): Promise<Outcome> {
  const { checkMs } = testBed.limits;
  if (check.needs === 'records') return check.run(testBed).catch(broken);
  if (halt.reason === null && testBed.hasSynced === false)
    return failed(
      VerifyCode.NothingSynced,
      'It was not made: no edit reached the other browser (see the first check).',
    );
  // What hangs once goes on in the page, and would meddle with the checks that follow.
  const late = () => {
    const error = verifyError(
      VerifyCode.TimedOut,
      `It took more than ${checkMs / 1000} s. A driver that takes long for each call, or a page that is always busy, cannot be checked.`,
    );
    halt.now(error);
    return error;
  };
  try {
    if (halt.reason !== null) return notMade(halt.reason);
    return await halt.race(within(check.run(testBed), checkMs, late));
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    return broken(error);
  }
}

function notMade(reason: Error): Outcome {
  if (reason instanceof Cancelled) throw reason;
  return { ...broken(reason), says: 'It was not made: the run had to end before it.' };
}
