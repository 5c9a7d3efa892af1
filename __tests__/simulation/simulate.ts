/** Runs worlds one after the other and says what became of them. */
import { parseArgs } from 'node:util';
import type { Verdict } from './chronicle';
import { planWorld } from './plan';
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

/** What has to happen in any 300 worlds, or the simulation does not show what it is for. */
export const MUST_HAPPEN = [
  ...['edit', 'durable', 'seal', 'page', 'retirement', 'left-a-slot', 'peace'],
  ...['act.patch', 'act.insert', 'act.remove', 'act.secret', 'act.bulk', 'act.seed'],
  ...['fault.clock', 'fault.clock-fast', 'fault.clone', 'fault.close-tab', 'fault.die', 'fault.eose-swallowed'],
  ...['fault.forged', 'fault.live-doubled', 'fault.live-lost', 'fault.lose-documents', 'fault.lose-ledger'],
  ...['fault.ok-but-dropped', 'fault.ok-swallowed', 'fault.open-tab', 'fault.outage', 'fault.partition'],
  ...['fault.refused', 'fault.reordered', 'fault.restore', 'fault.rollback', 'fault.stale-replay', 'fault.wipe'],
  ...['crash.read', 'crash.write', 'crash.announce', 'crash.ledger-write', 'crash.ledger-written'],
  ...['crash.post', 'crash.ask', 'crash.publish', 'crash.hear', 'freeze.read', 'freeze.write', 'freeze.announce'],
  ...['freeze.ledger-write', 'freeze.ledger-written', 'freeze.publish', 'freeze.hear', 'steal', 'new-device-id'],
];

export async function simulate(
  seeds: Iterable<number>,
  onOutcome: (seed: number, outcome: Outcome) => void | Promise<void> = () => {},
): Promise<Summary> {
  const counts = new Map<string, number>();
  const worlds: Record<Verdict, number> = { lost: 0, diverged: 0, resurrected: 0, violated: 0 };
  let count = 0;
  for (const seed of seeds) {
    const outcome = await runWorld(seed);
    count += 1;
    for (const [what, times] of outcome.counts) counts.set(what, (counts.get(what) ?? 0) + times);
    for (const verdict of new Set(outcome.findings.map((finding) => finding.verdict))) worlds[verdict] += 1;
    await onOutcome(seed, outcome);
  }
  return { seeds: count, worlds, counts };
}

export function* range(from: number, count: number): Iterable<number> {
  for (let seed = from; seed < from + count; seed++) yield seed;
}

/** The last line of a run. */
export const lastLine = ({ seeds, worlds }: Summary): string =>
  `seeds=${seeds} lost=${worlds.lost} diverged=${worlds.diverged} resurrected=${worlds.resurrected} violated=${worlds.violated}`;

export async function main(args: readonly string[], write = (line: string) => console.log(line)): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { seeds: { type: 'string' }, from: { type: 'string' }, seed: { type: 'string' } },
  });
  if (values.seed !== undefined) return replay(Number(values.seed), write);
  const seeds = Number(values.seeds ?? 300);
  const began = process.cpuUsage();
  let isToldInFull = false;
  const summary = await simulate(range(Number(values.from ?? 1), seeds), async (seed, outcome) => {
    if (outcome.findings.length === 0) return;
    tell(seed, outcome, write);
    if (isToldInFull) return;
    isToldInFull = true;
    await tellShrunk(seed, outcome, write);
  });
  const { user, system } = process.cpuUsage(began);
  for (const [what, times] of [...summary.counts].sort(([a], [b]) => (a < b ? -1 : 1)))
    write(`${what.padEnd(28)} ${times}`);
  const missing = seeds < 300 ? [] : MUST_HAPPEN.filter((what) => !summary.counts.get(what));
  if (missing.length > 0) write(`never happened: ${missing.join(', ')}`);
  write(`${((seeds * 1e6) / (user + system)).toFixed(1)} seeds a second of one core`);
  write(lastLine(summary));
  return missing.length === 0 && Object.values(summary.worlds).every((count) => count === 0) ? 0 : 1;
}

async function replay(seed: number, write: (line: string) => void): Promise<number> {
  const outcome = await runWorld(seed);
  for (const line of outcome.trace) write(line);
  tell(seed, outcome, write);
  const worlds: Record<Verdict, number> = { lost: 0, diverged: 0, resurrected: 0, violated: 0 };
  for (const { verdict } of outcome.findings) worlds[verdict] = 1;
  write(lastLine({ seeds: 1, worlds, counts: outcome.counts }));
  return outcome.findings.length === 0 ? 0 : 1;
}

function tell(seed: number, { findings }: Outcome, write: (line: string) => void): void {
  const { relays, browsers } = planWorld(seed);
  write(`seed ${seed}: ${browsers.length} browsers, ${relays.length} relays; see it again with --seed ${seed}`);
  for (const { verdict, text } of findings.slice(0, 8)) write(`  ${verdict}: ${text}`);
}

async function tellShrunk(seed: number, outcome: Outcome, write: (line: string) => void): Promise<void> {
  const shrunk = await shrink(planWorld(seed), outcome, (plan) => runWorld(seed, plan));
  write(`  shrunk to ${shrunk.plan.steps.length} steps:`);
  for (const line of shrunk.outcome.trace) write(`  ${line}`);
  for (const { verdict, text } of shrunk.outcome.findings.slice(0, 3)) write(`  ${verdict}: ${text}`);
}
