/** Costs are added up relay by relay, and spread over accounts. */
import type { AccountCost, RelayCost } from '../../../simulation/population/account';
import { costLines } from '../../../simulation/population/cost-table';
import { addUp, peakOf } from '../../../simulation/population/costs';

const DAY_MS = 86_400_000;

test.each([
  [[], 0],
  [[[0, 10]], 1],
  [
    [
      [0, 10],
      [10, 20],
    ],
    1,
  ],
  [
    [
      [0, 10],
      [9, 20],
      [9.5, 30],
      [25, 30],
    ],
    3,
  ],
  [
    [
      [0, 100],
      [10, 20],
      [30, 40],
    ],
    2,
  ],
] as const)('of the connections %j at most %i are open at once', (intervals, most) => {
  expect(peakOf(intervals)).toBe(most);
});

const relay = (bytes: number, connected: RelayCost['connected']): RelayCost => ({
  ...{ storedEvents: 2, storedBytes: bytes, writes: 4, questions: 3, upBytes: bytes, downBytes: 2 * bytes, connected },
});
const account = (bytes: number, ...connected: RelayCost['connected']): AccountCost => ({
  relays: [relay(bytes, connected), relay(0, [])],
  ...{ documents: 10, devices: 2, sessions: 3, saves: 5 },
});

test('relays add up what their accounts cost', () => {
  const cost = addUp([account(1_000, [0, DAY_MS]), account(3_000, [DAY_MS / 2, DAY_MS])], DAY_MS);
  expect(cost).toMatchObject({ accounts: 2, devices: 4, documents: 20, sessions: 6, saves: 10 });
  expect(cost.relays[0]).toEqual({
    ...{ storedEvents: 4, storedBytes: 4_000, writes: 8, questions: 6, upBytes: 4_000, downBytes: 8_000 },
    ...{ opened: 2, peak: 2, connectedMean: 1.5 },
  });
  expect(cost.relays[1]).toMatchObject({ storedBytes: 0, opened: 0, peak: 0, connectedMean: 0 });
});

test('an account counts with the relay that it costs most', () => {
  const accounts = Array.from({ length: 100 }, (_, at) => account(1_000 * (at + 1)));
  expect(addUp(accounts, DAY_MS).account.storedBytes).toEqual({ mean: 50_500, median: 51_000, p95: 96_000 });
});

test('the tables are Markdown, by the day', () => {
  const lines = costLines(addUp([account(3_000, [0, DAY_MS])], 2 * DAY_MS), 2);
  const rows = lines
    .filter((line) => line.startsWith('| relay 1'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  expect(rows).toEqual([['', 'relay 1', '2.0', '3.0 kB', '2.0', '1.5', '1.5 kB', '3.0 kB', '0.5', '1', '0.5', '']]);
  expect(lines).toContainEqual(expect.stringMatching(/^\| writes a day +\| +2\.0 \| +2\.0 \| +2\.0 \|$/));
});

test('nobody costs nothing', () => {
  expect(addUp([], DAY_MS)).toMatchObject({
    accounts: 0,
    relays: [],
    account: { writes: { mean: 0, median: 0, p95: 0 } },
  });
});
