/** `npm start` says through which relays the app syncs. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Compiler, Stats } from 'webpack';
import type { AppContext } from '../../src/preset/app';
import type { DevRelays } from '../../src/preset/dev-relays';
import { readOptions } from '../../src/preset/options';
import { RelayNamesPlugin } from '../../src/preset/webpack/relay-names-plugin';

let appPath: string;
beforeEach(() => {
  appPath = mkdtempSync(path.join(tmpdir(), 'zbs-names-'));
  mkdirSync(path.join(appPath, 'src/lib'), { recursive: true });
});
afterEach(() => rmSync(appPath, { recursive: true }));

const relaysAt = (start: DevRelays['start']) => ({ start }) as DevRelays;
const own = relaysAt(async () => ['ws://127.0.0.1:4001', 'ws://127.0.0.1:4002', 'ws://127.0.0.1:4003']);

/** What is printed for compilations in a row, each with errors or without. */
async function printedFor(
  relays: DevRelays | undefined,
  compilations: readonly ('fine' | 'broken')[],
  isCleared = false,
): Promise<readonly string[]> {
  const printed: string[] = [];
  let done: (stats: Stats) => Promise<void> = async () => {};
  let order: unknown;
  const hooks = {
    done: { tapPromise: (options: unknown, call: typeof done) => void ([order, done] = [options, call]) },
  };
  const app: AppContext = { appPath, options: readOptions(undefined) };
  new RelayNamesPlugin({ app, relays, isCleared, print: (text) => void printed.push(text) }).apply({
    hooks,
    watchMode: true,
  } as unknown as Compiler);
  // Behind Create React App's own words, which clear the terminal.
  expect(order).toMatchObject({ stage: expect.any(Number) });
  for (const outcome of compilations) await done({ hasErrors: () => outcome === 'broken' } as Stats);
  return printed;
}

test('those of development, and where builds have theirs from', async () => {
  const [text] = await printedFor(own, ['fine']);
  expect(text).toMatch(/on this computer[\s\S]*127\.0\.0\.1:4001\n[\s\S]*:4003\n[\s\S]*src\/lib\/config\.json/);
});

test('those of config.json, where the app wants no others', async () => {
  writeFileSync(path.join(appPath, 'src/lib/config.json'), '{ "relays": ["wss://a.example", "wss://b.example"] }');
  const [text] = await printedFor(undefined, ['fine']);
  expect(text).toMatch(/relays of src\/lib\/config\.json[\s\S]*wss:\/\/a\.example\n {2}wss:\/\/b\.example/);
});

test('once, and again where the terminal was cleared; not where nothing runs', async () => {
  expect(await printedFor(own, ['broken', 'fine', 'fine'])).toHaveLength(1);
  expect(await printedFor(own, ['fine', 'fine'], true)).toHaveLength(2);
});

test.each<[name: string, relays: DevRelays | undefined, config: string]>([
  ['relays that do not start', relaysAt(() => Promise.reject(new Error('busy'))), '{}'],
  ['a config.json that is none', undefined, '{'],
  ['a config.json without relays', undefined, '{}'],
])('nothing of %s, which are reported elsewhere', async (_name, relays, config) => {
  writeFileSync(path.join(appPath, 'src/lib/config.json'), config);
  expect(await printedFor(relays, ['fine'])).toEqual([]);
});
