/** What accounts cost, added up relay by relay. */
import type { AccountCost, RelayCost } from './account';

export interface Spread {
  readonly mean: number;
  readonly median: number;
  readonly p95: number;
}

/** Of one relay, with all accounts on it. */
export interface RelayTotal {
  readonly storedEvents: number;
  readonly storedBytes: number;
  readonly writes: number;
  readonly questions: number;
  readonly upBytes: number;
  readonly downBytes: number;
  readonly opened: number;
  /** Connections at the same moment, at most. */
  readonly peak: number;
  /** Connections at the same moment, in the mean of the whole time. */
  readonly connectedMean: number;
}

/** What one account costs each relay that it uses. */
export interface AccountSpreads {
  readonly storedEvents: Spread;
  readonly storedBytes: Spread;
  readonly writes: Spread;
  readonly upBytes: Spread;
  readonly downBytes: Spread;
  readonly opened: Spread;
}

export interface PopulationCost {
  readonly accounts: number;
  readonly devices: number;
  readonly documents: number;
  readonly sessions: number;
  readonly saves: number;
  readonly relays: readonly RelayTotal[];
  readonly account: AccountSpreads;
}

export function addUp(accounts: readonly AccountCost[], lengthMs: number): PopulationCost {
  const ofRelay = (accounts[0]?.relays ?? []).map((_, relay) => accounts.map(({ relays }) => relays[relay]!));
  const spread = (valueOf: (cost: RelayCost) => number) =>
    spreadOf(accounts.map(({ relays }) => Math.max(0, ...relays.map(valueOf))));
  return {
    accounts: accounts.length,
    devices: sum(accounts, ({ devices }) => devices),
    documents: sum(accounts, ({ documents }) => documents),
    sessions: sum(accounts, ({ sessions }) => sessions),
    saves: sum(accounts, ({ saves }) => saves),
    relays: ofRelay.map((costs) => totalOf(costs, lengthMs)),
    account: {
      storedEvents: spread(({ storedEvents }) => storedEvents),
      storedBytes: spread(({ storedBytes }) => storedBytes),
      writes: spread(({ writes }) => writes),
      upBytes: spread(({ upBytes }) => upBytes),
      downBytes: spread(({ downBytes }) => downBytes),
      opened: spread(({ connected }) => connected.length),
    },
  };
}

function totalOf(costs: readonly RelayCost[], lengthMs: number): RelayTotal {
  const connected = costs.flatMap((cost) => cost.connected);
  return {
    storedEvents: sum(costs, ({ storedEvents }) => storedEvents),
    storedBytes: sum(costs, ({ storedBytes }) => storedBytes),
    writes: sum(costs, ({ writes }) => writes),
    questions: sum(costs, ({ questions }) => questions),
    upBytes: sum(costs, ({ upBytes }) => upBytes),
    downBytes: sum(costs, ({ downBytes }) => downBytes),
    opened: connected.length,
    peak: peakOf(connected),
    connectedMean: sum(connected, ([fromMs, toMs]) => toMs - fromMs) / lengthMs,
  };
}

/** The most intervals that overlap at one moment; one that ends when another begins does not. */
export function peakOf(intervals: readonly (readonly [fromMs: number, toMs: number])[]): number {
  const starts = intervals.map(([fromMs]) => fromMs).sort((a, b) => a - b);
  const ends = intervals.map(([, toMs]) => toMs).sort((a, b) => a - b);
  let most = 0;
  let ended = 0;
  starts.forEach((fromMs, begun) => {
    while (ended < ends.length && ends[ended]! <= fromMs) ended += 1;
    most = Math.max(most, begun + 1 - ended);
  });
  return most;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { mean: sum(values, (value) => value) / Math.max(1, values.length), median: at(0.5), p95: at(0.95) };
}

const sum = <Item>(items: readonly Item[], valueOf: (item: Item) => number): number =>
  items.reduce((total, item) => total + valueOf(item), 0);
