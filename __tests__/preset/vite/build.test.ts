/** Builds by Vite 8, in a process of its own. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TEMPLATE_VERSION } from '../../../src/runtime/core/versions';
import { scanForSalt } from '../../../src/preset/salt-scan';
import { finish } from '../../support/processes';
import type { Finished } from '../../support/processes';
import { blackBox, config, makeApp, salt, saltText, startVite, viteConfig } from './support';
import type { SmallApp } from './support';

jest.setTimeout(120_000);
let app: SmallApp;
afterEach(() => app.remove());

interface BuildRequest {
  readonly files?: Readonly<Record<string, string>>;
  readonly options?: string;
  readonly rest?: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

function build({ files = {}, options, rest, args = [], environment = {} }: BuildRequest = {}): Promise<Finished> {
  app = makeApp({ 'vite.config.js': viteConfig(options, rest), ...files });
  return finish(startVite(app.appPath, ['build', ...args], environment), 100_000);
}

const built = () => readdirSync(path.join(app.appPath, 'dist/assets'));

test('the black box is a chunk that the worker imports, its salt is in no file, and sizes are said', async () => {
  const { status, output } = await build();
  expect(output).toMatch(
    /after gzip: the page .* kB .*, the worker .* kB, the black box .* kB\. The salt stands in none/,
  );
  expect(status).toBe(0);
  expect(built()).toContainEqual(expect.stringMatching(/^crypto-.*\.js$/));
  expect(scanForSalt(salt, [path.join(app.appPath, 'dist')])).toEqual([]);
  expect(existsSync(path.join(app.appPath, 'src/lib/worker/crypto.wasm'))).toBe(false);
  expect(
    built().some((file) =>
      readFileSync(path.join(app.appPath, 'dist/assets', file), 'utf8').includes('wss://a.example'),
    ),
  ).toBe(true);
});

test("with wasm: 'vite-plugin-wasm' the file is beside its source, for Vite itself to take", async () => {
  const worker = "self.onmessage = () => import('./crypto.wasm').then(({ abi }) => postMessage(abi()));\n";
  const { status } = await build({
    options: "{ wasm: 'vite-plugin-wasm' }",
    rest: "build: { target: 'esnext', assetsInlineLimit: 0 }",
    files: { 'src/lib/worker/index.js': worker },
  });
  expect(status).toBe(0);
  expect(existsSync(path.join(app.appPath, 'src/lib/worker/crypto.wasm'))).toBe(true);
});

test.each<[string, readonly string[], boolean]>([
  ['a list of relays that devices take', ['wss://a.example', 'wss://b.example', 'wss://c.example'], false],
  ['a list of relays that they do not take', ['wss://a.example', 'wss://b.example'], true],
])('%s is copied, and warned of if it has to be', async (_what, relays, isWarned) => {
  const { status, output } = await build({
    files: {
      'src/lib/config.json': config({ relaysUrl: '/relays.json' }),
      'public/relays.json': JSON.stringify({ relays }),
    },
  });
  expect(status).toBe(0);
  expect(/devices will not take public\/relays\.json.*at least 3/.test(output)).toBe(isWarned);
  expect(existsSync(path.join(app.appPath, 'dist/relays.json'))).toBe(true);
});

const outside = "console.log('without the engine');\n";
test.each<[string, BuildRequest]>([
  ['the engine is not part of the app', { files: { 'src/main.js': outside, '.env.local': '' } }],
  ['it is in the environment', { files: { '.env.local': '' }, environment: { SYNC_SALT: saltText } }],
  [
    'it is in the file of the mode',
    { files: { '.env.local': '', '.env.staging': `SYNC_SALT=${saltText}\n` }, args: ['--mode', 'staging'] },
  ],
  [
    'the file of the mode comes before .env.local',
    { files: { '.env.local': 'SYNC_SALT=wrong\n', '.env.production': `SYNC_SALT=${saltText}\n` } },
  ],
  ['it is in envDir', { files: { '.env.local': '', 'env/.env': `SYNC_SALT=${saltText}\n` }, rest: "envDir: 'env'" }],
  ['no file is read, and the environment has it', { rest: 'envDir: false', environment: { SYNC_SALT: saltText } }],
  ['it would have the wrong name for a client', { files: { '.env': 'VITE_OTHER=1\n' } }],
])('a build needs no other salt where %s', async (_where, request) => {
  expect(await build(request)).toMatchObject({ status: 0 });
});

const otherSalt = Buffer.alloc(32, 8).toString('base64');
test.each<[string, RegExp, BuildRequest]>([
  ['no salt', /src\/lib\/config\.json:4:3[^]*SALT_MISSING/, { files: { '.env.local': '' } }],
  [
    'no salt, even if a terminal says that it tests',
    /SALT_MISSING/,
    { files: { '.env.local': '' }, environment: { NODE_ENV: 'test' } },
  ],
  ['no salt, as no file is read', /SALT_MISSING/, { rest: 'envDir: false' }],
  [
    'another salt',
    /src\/lib\/config\.json:4:3[^]*SALT_DIFFERENT/,
    { files: { '.env.local': `SYNC_SALT=${otherSalt}\n` } },
  ],
  ['half a salt', /SALT_MALFORMED/, { files: { '.env.local': 'SYNC_SALT=abc\n' } }],
  [
    'an error in the black box',
    /src\/lib\/worker\/crypto\.asm\.ts:7:3[^]*Cannot find name 'oops'/,
    { files: { 'src/lib/worker/crypto.asm.ts': blackBox.replace('unmaskSalt(SECRET)', 'oops(SECRET)') } },
  ],
  [
    'a black box of another interface',
    /BLACK_BOX_ABI/,
    { files: { 'src/lib/worker/crypto.asm.ts': blackBox.replace('return 1', 'return 2') } },
  ],
  [
    'a key of config.json that is none',
    /unknown key "relay"/,
    { files: { 'src/lib/config.json': config({ relay: [] }) } },
  ],
  ['config.json that is not JSON', /config\.json/, { files: { 'src/lib/config.json': '{ "appId": }' } }],
  [
    'a template of another version',
    /TEMPLATE_MISMATCH/,
    { files: { 'src/lib/types.js': `export const TEMPLATE_VERSION = ${TEMPLATE_VERSION + 1};\n` } },
  ],
  ['the salt in public', /dist\/leak\.txt.*SALT_IN_BUILD/, { files: { 'public/leak.txt': saltText } }],
  [
    'the salt in the sources',
    /SALT_IN_BUILD/,
    { files: { 'src/main.js': `import './lib/engine';\nconsole.log('${salt.toString('hex')}');\n` } },
  ],
  ['the salt under a prefix', /SALT_EXPOSED/, { rest: "envPrefix: ['VITE_', 'SYNC']" }],
  ['workers that are scripts', /WORKER_FORMAT/, { rest: "worker: { format: 'iife' }" }],
  [
    'two copies of rxdb',
    /PACKAGE_TWICE/,
    {
      files: {
        'a/rxdb/package.json': '{"name":"rxdb","version":"1.0.0"}',
        'a/rxdb/index.js': 'console.log(1)',
        'b/rxdb/package.json': '{"name":"rxdb","version":"1.0.0"}',
        'b/rxdb/index.js': 'console.log(2)',
        'src/main.js': "import '../a/rxdb/index.js';\nimport '../b/rxdb/index.js';\n",
      },
    },
  ],
])('a build fails with %s', async (_what, message, request) => {
  const { status, output } = await build(request);
  expect(output).toMatch(message);
  expect(output).not.toContain(saltText);
  expect(status).toBe(1);
});

test('the plugin listed twice', async () => {
  const [text] = viteConfig().split('export default');
  const { status, output } = await build({
    files: {
      'vite.config.js': `${text}export default { plugins: [zeroBackendSync(), [zeroBackendSync()]] };\n`,
    },
  });
  expect({ status, output }).toEqual({ status: 1, output: expect.stringContaining('listed twice') });
});

test('what was written before is not scanned by a build that has failed', async () => {
  app = makeApp({ 'vite.config.js': viteConfig(), 'src/main.js': "import './missing';\n" });
  mkdirSync(path.join(app.appPath, 'dist'));
  writeFileSync(path.join(app.appPath, 'dist/old.txt'), saltText);
  const { status, output } = await finish(startVite(app.appPath, ['build']), 100_000);
  expect(status).toBe(1);
  expect(output).not.toContain('SALT_IN_BUILD');
});
