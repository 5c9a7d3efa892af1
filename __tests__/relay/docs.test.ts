/** docs/relays.md quotes config.json and the defaults of the runtime; a number that is tuned in one place is to be told in the other. */
import { readFileSync } from 'node:fs';
import appConfig from '../../src/lib/config.json';
import defaults from '../../src/runtime/core/defaults.json';

const config = { ...appConfig, ...defaults };

const page = readFileSync('docs/relays.md', 'utf8');

it('lists the candidates in their order, each with a date of its evidence', () => {
  const rows = [...page.matchAll(/^\| `(wss:\/\/[^`]+)` .*\| ([^|]+?) *\|$/gm)].map(([, url, date]) => ({ url, date }));
  expect(rows.map(({ url }) => url)).toEqual(config.relays);
  for (const { date } of rows) expect(date).toMatch(/\b20\d\d-\d\d\b/);
});

it('says whatever it says of a setting as config.json or the runtime has it', () => {
  const quoted = [...page.matchAll(/`([a-zA-Z.]+) = (\d+)`/g)].map(([, path, value]) => ({
    path: path!,
    value: Number(value),
  }));
  expect(quoted.length).toBeGreaterThan(15);
  const valueAt = (path: string) =>
    path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], config);
  expect(quoted).toEqual(quoted.map(({ path }) => ({ path, value: valueAt(path) })));
});
