import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import configJson from '../../src/lib/config.json';
import { bundleConfig } from '../../src/preset/bundled-config';
import type { DevRelays } from '../../src/preset/dev-relays';
import { readOptions } from '../../src/preset/options';
import { checkServedList } from '../../src/preset/served-list';
import { readConfig } from '../../src/runtime/core/config';

const relays = ['wss://a.example', 'wss://b.example', 'wss://c.example'];
let appPath: string;
const write = (file: string, text: string) => {
  mkdirSync(path.dirname(path.join(appPath, file)), { recursive: true });
  writeFileSync(path.join(appPath, file), text);
};
const check = () => checkServedList({ appPath, options: readOptions({}) }, path.join(appPath, 'public'));
beforeEach(() => {
  appPath = realpathSync(mkdtempSync(path.join(tmpdir(), 'zbs-served-')));
  write('src/lib/config.json', JSON.stringify({ relaysUrl: '/lists/relays.json' }));
});
afterEach(() => rmSync(appPath, { recursive: true }));

describe('the list of relays that a build copies', () => {
  test('is looked at where it is', () => {
    expect(check()).toBeUndefined();
    write('public/lists/relays.json', JSON.stringify({ relays }));
    expect(check()).toBeUndefined();
  });

  test.each([
    ['too few relays', JSON.stringify({ relays: relays.slice(1) }), 'at least 3'],
    ['another shape', JSON.stringify(relays), 'no object'],
    ['no JSON', '{', 'JSON'],
  ])('with %s is warned of', (_what, text, words) => {
    write('public/lists/relays.json', text);
    expect(check()).toMatch(/public\/lists\/relays\.json.*src\/lib\/config\.json/);
    expect(check()).toContain(words);
  });

  test('is no concern of an app that names none', () => {
    write('src/lib/config.json', '{}');
    write('public/lists/relays.json', '[]');
    expect(check()).toBeUndefined();
  });
});

test('development syncs through its own relays only: no former one, and no list that the site serves', async () => {
  const config = { ...configJson, formerRelays: ['wss://former.example'], relaysUrl: '/relays.json' };
  const local = ['ws://localhost:7777', 'ws://localhost:7778', 'ws://localhost:7779'];
  const devRelays = { start: async () => local } as unknown as DevRelays;
  const inDevelopment = readConfig(JSON.parse(await bundleConfig(JSON.stringify(config), devRelays)));
  expect(inDevelopment).toMatchObject({ relays: local, formerRelays: [], relaysUrl: undefined });
  const inBuild = readConfig(JSON.parse(await bundleConfig(JSON.stringify(config), undefined)));
  expect(inBuild).toMatchObject({ formerRelays: ['wss://former.example'], relaysUrl: '/relays.json' });
});
