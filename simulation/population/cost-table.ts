/** The costs as tables of Markdown, as docs/relays.md shows them. */
import type { AccountSpreads, PopulationCost, RelayTotal, Spread } from './costs';

export function costLines(cost: PopulationCost, days: number): readonly string[] {
  const { accounts, devices, documents, sessions, saves } = cost;
  const each = (total: number) => (total / Math.max(1, accounts)).toFixed(1);
  return [
    `${accounts} accounts in ${days} days, each in the mean: ${each(devices)} devices, ${each(documents)} documents at first,`,
    `${each(sessions / days)} sessions and ${each(saves / days)} saves a day. Sizes are of WebSocket frames, without TLS and TCP.`,
    '',
    ...table(
      ['each relay', ...RELAY_COLUMNS.map(([title]) => title)],
      cost.relays.map((relay, at) => [`relay ${at + 1}`, ...RELAY_COLUMNS.map(([, show]) => show(relay, days))]),
    ),
    '',
    ...table(
      ['one account, on each relay that it uses', 'mean', 'median', '95 %'],
      ACCOUNT_ROWS.map(([title, pick, show]) => {
        const { mean, median, p95 } = pick(cost.account);
        return [title, ...[mean, median, p95].map((value) => show(value, days))];
      }),
    ),
  ];
}

type Show = (value: number, days: number) => string;

const count: Show = (value) => (value < 10 ? value.toFixed(1) : Math.round(value).toString());
const size: Show = (bytes) =>
  bytes < 1e6
    ? `${(bytes / 1e3).toFixed(1)} kB`
    : bytes < 1e9
      ? `${(bytes / 1e6).toFixed(1)} MB`
      : `${(bytes / 1e9).toFixed(1)} GB`;
const daily =
  (show: Show): Show =>
  (value, days) =>
    show(value / days, days);

const RELAY_COLUMNS: readonly (readonly [title: string, show: (relay: RelayTotal, days: number) => string])[] = [
  ['events stored', ({ storedEvents }, days) => count(storedEvents, days)],
  ['bytes stored', ({ storedBytes }, days) => size(storedBytes, days)],
  ['writes a day', ({ writes }, days) => daily(count)(writes, days)],
  ['questions a day', ({ questions }, days) => daily(count)(questions, days)],
  ['up a day', ({ upBytes }, days) => daily(size)(upBytes, days)],
  ['down a day', ({ downBytes }, days) => daily(size)(downBytes, days)],
  ['opened a day', ({ opened }, days) => daily(count)(opened, days)],
  ['connected at most', ({ peak }) => String(peak)],
  ['connected in the mean', ({ connectedMean }, days) => count(connectedMean, days)],
];

const ACCOUNT_ROWS: readonly (readonly [title: string, pick: (account: AccountSpreads) => Spread, show: Show])[] = [
  ['events stored', ({ storedEvents }) => storedEvents, count],
  ['bytes stored', ({ storedBytes }) => storedBytes, size],
  ['writes a day', ({ writes }) => writes, daily(count)],
  ['up a day', ({ upBytes }) => upBytes, daily(size)],
  ['down a day', ({ downBytes }) => downBytes, daily(size)],
  ['connections opened a day', ({ opened }) => opened, daily(count)],
];

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join(' | ')} |`;
  const rule = widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), line(rule), ...rows.map(line)];
}
