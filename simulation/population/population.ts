/** `npm run simulate -- --population N`: a month of many accounts, one after the other, and what they cost each relay. */
import { setImmediate } from 'node:timers/promises';
import { runAccount } from './account';
import type { AccountCost, PopulationSettings } from './account';
import { costLines } from './cost-table';
import { addUp } from './costs';
import type { PopulationCost } from './costs';

const DAY_MS = 86_400_000;
const PROGRESS_MS = 30_000;

export interface PopulationOptions extends PopulationSettings {
  readonly accounts: number;
  /** The seed of the first account; the next has the next one. */
  readonly from: number;
}

/** Accounts do not meet, so each has a world of its own. @param isOver asked before each account */
export async function simulatePopulation(
  { accounts, from, days, relays }: PopulationOptions,
  isOver: (done: number) => boolean = () => false,
): Promise<PopulationCost> {
  const costs: AccountCost[] = [];
  for (let account = 0; account < accounts && !isOver(account); account++) {
    costs.push(await runAccount(from + account, { days, relays }));
    // The world's promises leave no turn to signals.
    await setImmediate();
  }
  return addUp(costs, days * DAY_MS);
}

/** Prints the tables; after SIGINT, those of the accounts so far. @returns the exit status */
export async function runPopulation(options: PopulationOptions, write: (line: string) => void): Promise<number> {
  let isInterrupted = false;
  const interrupt = () => (isInterrupted = true);
  process.once('SIGINT', interrupt);
  write(
    `${options.accounts} accounts, ${options.days} days, ${options.relays} relays. Ctrl-C ends it with the table so far.`,
  );
  const began = process.cpuUsage();
  let toldMs = Date.now();
  const cost = await simulatePopulation(options, (done) => {
    if (Date.now() - toldMs > PROGRESS_MS) {
      toldMs = Date.now();
      write(`${done} of ${options.accounts} accounts`);
    }
    return isInterrupted;
  });
  process.off('SIGINT', interrupt);
  const { user, system } = process.cpuUsage(began);
  if (isInterrupted) write(`interrupted after ${cost.accounts} of ${options.accounts} accounts`);
  for (const line of costLines(cost, options.days)) write(line);
  write('');
  write(`${((user + system) / 1e6).toFixed(0)} s of one core, seeds from ${options.from}`);
  return 0;
}
