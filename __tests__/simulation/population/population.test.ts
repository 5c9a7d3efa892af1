/** A month of accounts with the real engine in them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { runAccount } from '../../../simulation/population/account';
import { HEARTBEAT } from '../../../simulation/population/frame-bytes';
import { simulatePopulation } from '../../../simulation/population/population';

const WEEK = { days: 7, relays: 4 };

// A busy machine is slower, and nothing here waits for time.
jest.setTimeout(180_000);

test('the same seed costs the same, and every active relay holds all of it', async () => {
  const cost = await runAccount(6, WEEK);
  expect(await runAccount(6, WEEK)).toEqual(cost);
  const [first, ...others] = cost.relays;
  expect(first!.storedBytes).toBeGreaterThan(1_000);
  for (const other of others)
    expect([other.storedEvents, other.storedBytes]).toEqual([first!.storedEvents, first!.storedBytes]);
});

test('what is stored was written, and every connection is closed in the end', async () => {
  const { relays, sessions } = await runAccount(2, WEEK);
  for (const { upBytes, storedBytes, writes, storedEvents, connected } of relays) {
    expect(upBytes).toBeGreaterThan(storedBytes);
    expect(writes).toBeGreaterThanOrEqual(storedEvents);
    expect(connected.length).toBeGreaterThan(0.9 * sessions);
    expect(connected.length).toBeLessThanOrEqual(sessions);
    expect(connected.every(([fromMs, toMs]) => fromMs < toMs)).toBe(true);
  }
});

test('a relay that is not active holds no documents, and costs a fraction of one that is', async () => {
  const { relays } = await runAccount(2, { ...WEEK, relays: 5 });
  const [active, spare] = [relays[0]!, relays[4]!];
  for (const figure of ['storedBytes', 'upBytes', 'downBytes', 'writes'] as const)
    expect(spare[figure]).toBeLessThan(active[figure] / 3);
});

test('heartbeats cost what docs/relays.md says: 170 kB an hour with all relays together, and frame headers', () => {
  const anHour = (3_600 / 2.5) * (HEARTBEAT.up + HEARTBEAT.down);
  expect(anHour / 1_000).toBeGreaterThan(165);
  expect(anHour / 1_000).toBeLessThan(185);
});

test('a population that is ended early has cost what was done so far', async () => {
  const ended = await simulatePopulation({ accounts: 50, from: 20, days: 2, relays: 3 }, (done) => done === 2);
  expect(ended.accounts).toBe(2);
  expect(ended).toEqual(await simulatePopulation({ accounts: 2, from: 20, days: 2, relays: 3 }));
});

test('Ctrl-C prints the table so far', async () => {
  const script = path.resolve(__dirname, '../../../scripts/simulate.mjs');
  const child = spawn(process.execPath, [script, '--population', '100000', '--days', '1']);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') child.kill('SIGINT');
    output += text;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  expect(status).toBe(0);
  expect(output).toMatch(/^interrupted after \d+ of 100000 accounts$/m);
  expect(output).toMatch(/^\| relay 4 /m);
});
