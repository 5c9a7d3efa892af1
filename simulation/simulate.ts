/** Runs worlds one after the other and says what became of them. */
import { parseArgs } from 'node:util';
import type { Verdict } from './chronicle';
import { MUST_HAPPEN } from './must-happen';
import { planWorld } from './plan';
import { runPopulation } from './population/population';
import { shrink } from './shrink';
import { runWorld } from './world';
import type { Outcome } from './world';

export interface Summary {
  readonly seeds: number;
  /** Worlds with a finding, by its verdict. */
  readonly worlds: Readonly<Record<Verdict, number>>;
  /** How often everything happened, over all worlds. */
  readonly counts: ReadonlyMap<string, number>;
}

/** A world with fewer edits than this shows little; none may have so few, and what counts those that do. */
const LEAST_EDITS = 100;
export const TOO_FEW_EDITS = 'worlds-with-too-few-edits';

/** @param onOutcome resolves to whether to go on with the next seed. */
export async function simulate(
  seeds: Iterable<number>,
  onOutcome: (seed: number, outcome: Outcome) => Promise<boolean>,
): Promise<Summary> {
  const counts = new Map<string, number>();
  const worlds: Record<Verdict, number> = { lost: 0, diverged: 0, resurrected: 0, violated: 0 };
  let count = 0;
  for (const seed of seeds) {
    const outcome = await runWorld(seed);
    count += 1;
    for (const [what, times] of outcome.counts) counts.set(what, (counts.get(what) ?? 0) + times);
    if (editsIn(outcome) < LEAST_EDITS) counts.set(TOO_FEW_EDITS, (counts.get(TOO_FEW_EDITS) ?? 0) + 1);
    for (const verdict of new Set(outcome.findings.map((finding) => finding.verdict))) worlds[verdict] += 1;
    if (!(await onOutcome(seed, outcome))) break;
  }
  return { seeds: count, worlds, counts };
}

const editsIn = ({ counts }: Outcome): number => counts.get('edit') ?? 0;

export function* range(from: number, count: number): Iterable<number> {
  for (let seed = from; seed < from + count; seed++) yield seed;
}

/** The last line of a run. */
export const lastLine = ({ seeds, worlds }: Summary): string =>
  `seeds=${seeds} lost=${worlds.lost} diverged=${worlds.diverged} resurrected=${worlds.resurrected} violated=${worlds.violated}`;

const isClean = ({ worlds }: Summary): boolean => Object.values(worlds).every((count) => count === 0);

/**
 * `--seeds N --from K`, with `--first` only up to the first seed that fails; `--seed S` for the trace of one world; or `--population N` for what N
 * accounts cost each of `--relays R` relays in `--days D`.
 * @returns the exit status: 0 if no oracle objects and, in 300 worlds or more, everything happened that has to.
 */
export async function main(args: readonly string[], write = (line: string) => console.log(line)): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ seeds: { type: 'string', default: '300' }, from: { type: 'string', default: '1' } },
      ...{ first: { type: 'boolean', default: false }, seed: { type: 'string' } },
      ...{ population: { type: 'string' }, days: { type: 'string', default: '30' } },
      relays: { type: 'string', default: '4' },
    },
  });
  if (values.seed !== undefined) return replay(numberOf(values.seed), write);
  if (values.population !== undefined)
    return runPopulation(
      {
        ...{ accounts: numberOf(values.population), from: numberOf(values.from) },
        ...{ days: numberOf(values.days), relays: numberOf(values.relays) },
      },
      write,
    );
  const seeds = numberOf(values.seeds);
  const began = process.cpuUsage();
  let isToldInFull = values.first;
  const summary = await simulate(range(numberOf(values.from), seeds), async (seed, outcome) => {
    const edits = editsIn(outcome);
    if (edits < LEAST_EDITS) write(`seed ${seed}: no more than ${edits} edits`);
    if (outcome.findings.length === 0) return true;
    tell(seed, outcome, write);
    if (!isToldInFull) await tellShrunk(seed, outcome, write);
    isToldInFull = true;
    return !values.first;
  });
  const { user, system } = process.cpuUsage(began);
  for (const [what, times] of [...summary.counts].sort(([a], [b]) => (a < b ? -1 : 1)))
    write(`${what.padEnd(28)} ${times}`);
  const missing = seeds < 300 ? [] : MUST_HAPPEN.filter((what) => !summary.counts.get(what));
  if (missing.length > 0) write(`never happened: ${missing.join(', ')}`);
  write(`${((summary.seeds * 1e6) / (user + system)).toFixed(1)} seeds a second of one core`);
  write(lastLine(summary));
  return missing.length === 0 && !summary.counts.has(TOO_FEW_EDITS) && isClean(summary) ? 0 : 1;
}

function numberOf(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`not a whole number: ${text}`);
  return number;
}

async function replay(seed: number, write: (line: string) => void): Promise<number> {
  const summary = await simulate([seed], async (_seed, outcome) => {
    for (const line of outcome.trace()) write(line);
    tell(seed, outcome, write);
    return true;
  });
  write(lastLine(summary));
  return isClean(summary) ? 0 : 1;
}

function tell(seed: number, { findings }: Outcome, write: (line: string) => void): void {
  const { relays, browsers } = planWorld(seed);
  write(`seed ${seed}: ${browsers.length} browsers, ${relays.length} relays; see it again with --seed ${seed}`);
  for (const { verdict, text } of findings.slice(0, 8)) write(`  ${verdict}: ${text}`);
}

async function tellShrunk(seed: number, outcome: Outcome, write: (line: string) => void): Promise<void> {
  const shrunk = await shrink(planWorld(seed), outcome, (plan) => runWorld(seed, plan));
  write(`  shrunk to ${shrunk.plan.steps.length} steps:`);
  for (const line of shrunk.outcome.trace()) write(`  ${line}`);
  for (const { verdict, text } of shrunk.outcome.findings.slice(0, 3)) write(`  ${verdict}: ${text}`);
}
