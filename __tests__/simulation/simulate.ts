/** Runs worlds one after the other and says what became of them. */
import { parseArgs } from 'node:util';
import type { Verdict } from './chronicle';
import { planWorld } from './plan';
import { runWorld } from './world';
import type { Outcome } from './world';

export async function main(args: readonly string[], write = (line: string) => console.log(line)): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { seeds: { type: 'string' }, from: { type: 'string' }, seed: { type: 'string' } },
  });
  const only = values.seed === undefined ? undefined : Number(values.seed);
  const from = only ?? Number(values.from ?? 1);
  const seeds = only === undefined ? Number(values.seeds ?? 300) : 1;
  const totals = new Map<string, number>();
  const worlds: Record<Verdict, number> = { lost: 0, diverged: 0, resurrected: 0, violated: 0 };
  const began = process.cpuUsage();
  for (let seed = from; seed < from + seeds; seed++) {
    const outcome = await runWorld(seed);
    for (const [what, times] of outcome.counts) totals.set(what, (totals.get(what) ?? 0) + times);
    for (const verdict of new Set(outcome.findings.map((finding) => finding.verdict))) worlds[verdict] += 1;
    if (outcome.findings.length > 0) tell(seed, outcome, only !== undefined, write);
  }
  const { user, system } = process.cpuUsage(began);
  const seconds = (user + system) / 1e6;
  for (const [what, times] of [...totals].sort(([a], [b]) => (a < b ? -1 : 1))) write(`${what.padEnd(28)} ${times}`);
  write(`${(seeds / seconds).toFixed(1)} seeds a second of one core`);
  const { lost, diverged, resurrected, violated } = worlds;
  write(`seeds=${seeds} lost=${lost} diverged=${diverged} resurrected=${resurrected} violated=${violated}`);
  return lost + diverged + resurrected + violated === 0 ? 0 : 1;
}

function tell(seed: number, { findings, trace }: Outcome, isWhole: boolean, write: (line: string) => void): void {
  const { relays, browsers } = planWorld(seed);
  write(`seed ${seed}: ${browsers.length} browsers, ${relays.length} relays`);
  for (const { verdict, text } of findings.slice(0, 8)) write(`  ${verdict}: ${text}`);
  if (isWhole) for (const line of trace) write(`  ${line}`);
}
