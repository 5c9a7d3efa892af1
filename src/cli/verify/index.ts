/** Runs the eight checks. */
import type { Outcome } from './check';
import { runningOrder, verifyChecks } from './checks';
import type { CheckResult } from './report';
import { Cancelled } from '../terminal';
import { openTestBed, type TestBedOptions } from './test-bed';

export interface VerifyRun extends TestBedOptions {
  /** Ids of the checks to run; all of them otherwise. Those about traffic look at what the others cause. */
  readonly only?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onCheck?: (title: string) => { done(outcome?: string): void };
}

/** The results in the order of the report. A check that breaks has failed; it never hides the others. */
export async function runVerify({ only, signal, onCheck, ...options }: VerifyRun): Promise<readonly CheckResult[]> {
  const outcomes = new Map<string, Outcome>();
  const testBed = await openTestBed(options, signal);
  try {
    for (const check of runningOrder) {
      if (only !== undefined && !only.includes(check.id)) continue;
      if (signal?.aborted) throw new Cancelled();
      const progress = onCheck?.(check.title);
      const outcome = await check.run(testBed).catch((error: unknown): Outcome => ({
        passed: false,
        says: `It could not be made: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
        figures: {},
      }));
      if (signal?.aborted) throw new Cancelled();
      outcomes.set(check.id, outcome);
      progress?.done(outcome.passed ? 'pass' : 'FAIL');
    }
  } finally {
    await testBed.stop();
  }
  return verifyChecks.flatMap((check) => {
    const outcome = outcomes.get(check.id);
    return outcome === undefined ? [] : [{ check, ...outcome }];
  });
}
