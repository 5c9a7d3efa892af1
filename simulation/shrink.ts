/** Makes the plan of a failing world smaller for as long as it still fails in the same way. */
import type { Plan, Step } from './plan';
import type { Outcome } from './world';

/** Worlds that are tried at most. */
const ATTEMPTS = 250;

export async function shrink(plan: Plan, outcome: Outcome, run: (plan: Plan) => Promise<Outcome>) {
  const verdict = outcome.findings[0]!.verdict;
  let [smallest, failing] = [plan, outcome];
  let attempts = 0;

  async function fails(steps: readonly Step[]): Promise<boolean> {
    attempts += 1;
    const smaller = { ...smallest, steps };
    const tried = await run(smaller);
    if (!tried.findings.some((finding) => finding.verdict === verdict)) return false;
    [smallest, failing] = [smaller, tried];
    return true;
  }

  for (let size = Math.ceil(plan.steps.length / 2); size >= 1 && attempts < ATTEMPTS; size = Math.floor(size / 2)) {
    for (let from = 0; from < smallest.steps.length && attempts < ATTEMPTS;) {
      const { steps } = smallest;
      if (!(await fails([...steps.slice(0, from), ...steps.slice(from + size)]))) from += size;
    }
  }
  return { plan: smallest, outcome: failing };
}
