import { symlinkSync } from 'node:fs';
import * as path from 'node:path';
import { localChecks } from '../../src/cli/doctor';
import { packages } from '../../src/cli/doctor/packages';
import type { Finding } from '../../src/cli/doctor/finding';
import { doctor } from '../../src/cli/commands/doctor';
import { init } from '../../src/cli/commands/init';
import { memoryFiles } from '../../src/cli/discover/project-files';
import { fingerprintOf } from '../../src/preset/salt';
import { makeProject, typescriptApp } from './project';
import type { Environment, RunProgram } from '../../src/cli/process';

const salt = Buffer.alloc(32, 9);
const saltText = salt.toString('base64');
const packageJson = (change: (json: Record<string, Record<string, string>>) => void = () => {}): string => {
  const json = {
    scripts: { start: 'craco start', build: 'craco build', test: 'craco test', eject: 'react-scripts eject' },
    dependencies: {
      react: '^19.0.0',
      'react-scripts': '5.0.1',
      'zero-backend-sync': '^0.1.0',
    },
    devDependencies: { '@craco/craco': '^7.1.0' },
  };
  change(json as never);
  return JSON.stringify(json, null, 2);
};
const config = (change: object = {}): string =>
  JSON.stringify({
    appId: 'app/0000000000000000',
    salts: [{ id: '1', env: 'SYNC_SALT', fingerprint: fingerprintOf(salt) }],
    relays: ['wss://a.example', 'wss://b.example', 'wss://c.example'],
    ...change,
  });
const schema = (names: readonly string[] = ['notes', 'preferences']): string =>
  `const notes = defineCollection({ schema: { properties: { id: {}, order: {}, title: {} }, indexes: ['order', ['title', 'id']] } });\n` +
  `export const collections = { ${names.map((name) => `${name}: notes`).join(', ')} };\n`;
const html = (policy: string) =>
  `<html><head>\n<meta http-equiv="Content-Security-Policy" content="${policy}">\n</head></html>`;
const goodPolicy = `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' wss:`;
const types = (version: number) => `/** Of the template. */\nexport const TEMPLATE_VERSION = ${version};\n`;
const installed = (version: string) => `{"version":"${version}"}`;

const healthy: Readonly<Record<string, string>> = {
  'package.json': packageJson(),
  'tsconfig.json': '{ "compilerOptions": { "resolveJsonModule": true } }',
  'craco.config.js': `module.exports = { plugins: [{ plugin: require('zero-backend-sync/craco') }] };\n`,
  '.env.local': `SYNC_SALT=${saltText}\n`,
  'public/index.html': html(goodPolicy),
  'src/index.tsx': `import { SyncEngine } from './lib/engine';\nvoid SyncEngine.open({ identity: [user.id] });\n`,
  'src/lib/types.ts': types(1),
  'src/lib/engine.ts': `export class SyncEngine {}\n`,
  'src/lib/storage.ts': `export {};\n`,
  'src/lib/react.ts': `export {};\n`,
  'src/lib/config.json': config(),
  'src/lib/schema.ts': schema(),
  'src/lib/worker/index.ts': `self.postMessage({ type: ToPage.Pong });\n`,
  'src/lib/worker/crypto.asm.ts': `export function abi(): u32 {\n  return 1;\n}\n`,
  'node_modules/rxdb/package.json': '{"version":"17.6.0","dependencies":{"nostr-tools":"2.25.2"}}',
  'node_modules/@craco/craco/package.json': installed('7.1.0'),
  'node_modules/zero-backend-sync/package.json': '{"version":"0.1.0","dependencies":{"rxdb":"17.6.0"}}',
  'node_modules/zero-backend-sync/dist/template/typescript/types.ts': types(1),
};

/** The same app in JavaScript. */
const healthyJavascript: Readonly<Record<string, string | null>> = {
  'tsconfig.json': null,
  ...Object.fromEntries(
    ['types', 'schema', 'engine', 'storage', 'react', 'worker/index'].flatMap((name) => [
      [`src/lib/${name}.ts`, null],
      [`src/lib/${name}.js`, healthy[`src/lib/${name}.ts`] ?? ''],
    ]),
  ),
};

async function examine(
  files: Readonly<Record<string, string | null>>,
  env: Environment = {},
  run: RunProgram = async () => ({ status: 1, output: '', isMissing: false }),
): Promise<readonly Finding[]> {
  const present = Object.entries({ ...healthy, ...files }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  const context = {
    root: '/project',
    files: memoryFiles(Object.fromEntries(present)),
    dir: 'src/lib',
    form: present.some(([file]) => file === 'src/lib/engine.js') ? ('javascript' as const) : ('typescript' as const),
    env,
    run,
  };
  const findings = await Promise.all(localChecks.map((check) => check.check(context)));
  return findings.flat();
}
const source = (code: string, file = 'src/Feature.ts') => ({ [file]: code });
const manyNames = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`);

test('doctor finds nothing in a healthy app', async () => {
  expect(await examine({})).toEqual([]);
  expect(await examine(healthyJavascript)).toEqual([]);
});

describe('doctor finds', () => {
  test.each<[problem: string, check: string, what: RegExp, files: Record<string, string | null>, env?: Environment]>([
    [
      'react-scripts 4',
      'versions',
      /react-scripts is 4/,
      { 'package.json': packageJson((json) => (json.dependencies!['react-scripts'] = '^4.0.3')) },
    ],
    [
      'react-scripts 4 that is installed',
      'versions',
      /react-scripts is 4/,
      { 'node_modules/react-scripts/package.json': installed('4.0.3') },
    ],
    [
      'CRACO missing',
      'versions',
      /@craco\/craco is not in/,
      { 'package.json': packageJson((json) => delete json.devDependencies!['@craco/craco']) },
    ],
    [
      'react-scripts missing',
      'versions',
      /react-scripts is not in/,
      { 'package.json': packageJson((json) => delete json.dependencies!['react-scripts']) },
    ],
    [
      'CRACO 6 in package.json',
      'versions',
      /@craco\/craco is \^?6/,
      {
        'package.json': packageJson((json) => (json.devDependencies!['@craco/craco'] = '^6.4.5')),
        'node_modules/@craco/craco/package.json': null,
      },
    ],
    ['CRACO 6', 'versions', /@craco\/craco is 6/, { 'node_modules/@craco/craco/package.json': installed('6.4.5') }],
    [
      'the kit missing',
      'versions',
      /zero-backend-sync is not in/,
      { 'package.json': packageJson((json) => delete json.dependencies!['zero-backend-sync']) },
    ],
    ['a Node.js that is much too old', 'versions', /Node\.js is 16/, {}, { ZBS_NODE_VERSION: '16.20.2' }],
    ['an old Node.js', 'versions', /Node\.js is 18/, {}, { ZBS_NODE_VERSION: 'v18.20.0' }],
    [
      'a script past CRACO',
      'wiring',
      /"start" runs react-scripts past CRACO/,
      { 'package.json': packageJson((json) => (json.scripts!.start = 'react-scripts start')) },
    ],
    [
      'a script past CRACO with variables and flags',
      'wiring',
      /"build"/,
      {
        'package.json': packageJson(
          (json) => (json.scripts!.build = 'CI=1 react-scripts --max_old_space_size=8192 build'),
        ),
      },
    ],
    ['no CRACO configuration', 'wiring', /no CRACO configuration/, { 'craco.config.js': null }],
    [
      'a configuration without the preset',
      'wiring',
      /does not use the preset/,
      { 'craco.config.js': 'module.exports = {};' },
    ],
    [
      'a configuration with the preset in a comment',
      'wiring',
      /does not use the preset/,
      { 'craco.config.js': `module.exports = {}; // require('zero-backend-sync/craco')` },
    ],
    [
      'no CRACO configuration where package.json names one',
      'wiring',
      /no CRACO configuration/,
      {
        'craco.config.js': null,
        'package.json': packageJson((json) => (json.cracoConfig = './config/craco.js' as never)),
      },
    ],
    [
      'a configuration in package.json, which can hold no plugin',
      'wiring',
      /package\.json does not use the preset/,
      { 'package.json': packageJson((json) => (json.cracoConfig = { webpack: {} } as never)) },
    ],
    ['a missing worker', 'template', /worker\/index\.ts is missing/, { 'src/lib/worker/index.ts': null }],
    ['a missing config.json', 'template', /config\.json is missing/, { 'src/lib/config.json': null }],
    [
      'a missing engine in JavaScript',
      'template',
      /storage\.js is missing/,
      { ...healthyJavascript, 'src/lib/storage.js': null },
    ],
    [
      'conflict marks',
      'template',
      /conflict marks/,
      { 'src/lib/storage.ts': 'a\n<<<<<<< yours\nb\n=======\nc\n>>>>>>> zero-backend-sync 0.2.0\n' },
    ],
    ['a missing salt', 'salt', /does not have the salt/, { '.env.local': null }],
    ['a salt that is commented out', 'salt', /does not have the salt/, { '.env.local': `# SYNC_SALT=${saltText}\n` }],
    [
      'a salt that was cut short',
      'salt',
      /not the base64/,
      { '.env.local': `SYNC_SALT=${Buffer.alloc(31, 9).toString('base64')}\n` },
    ],
    ['a malformed salt', 'salt', /not the base64/, { '.env.local': 'SYNC_SALT=abc' }],
    [
      'another salt',
      'salt',
      /config\.json expects/,
      { '.env.local': `SYNC_SALT=${Buffer.alloc(32, 1).toString('base64')}` },
    ],
    [
      'another salt in the environment',
      'salt',
      /environment has the fingerprint/,
      {},
      { SYNC_SALT: Buffer.alloc(32, 1).toString('base64') },
    ],
    ['no fingerprint', 'salt', /names no fingerprint/, { 'src/lib/config.json': config({ salts: [] }) }],
    [
      'no salts at all in config.json',
      'salt',
      /names no fingerprint/,
      { 'src/lib/config.json': config({ salts: undefined }) },
    ],
    ['a salt that goes into the bundle', 'salt', /REACT_APP_/, { '.env': `REACT_APP_SYNC_SALT=${saltText}` }],
    ['a salt of the environment that goes into the bundle', 'salt', /REACT_APP_/, {}, { REACT_APP_SALT: saltText }],
    [
      'a salt in .env that git does not ignore',
      'salt',
      /\.env holds the salt, and git does not ignore/,
      { '.git/HEAD': 'ref: refs/heads/main', '.env.local': null, '.env': `SYNC_SALT=${saltText}\n` },
    ],
    ['a salt that git does not ignore', 'salt', /git does not ignore/, { '.git/HEAD': 'ref: refs/heads/main' }],
    [
      'two relays',
      'relays',
      /2 relays are configured/,
      { 'src/lib/config.json': config({ relays: ['wss://a.example', 'wss://b.example'] }) },
    ],
    [
      'no list of relays',
      'relays',
      /0 relays are configured/,
      { 'src/lib/config.json': config({ relays: undefined }) },
    ],
    [
      'three relays of which two are one',
      'relays',
      /the same relay/,
      { 'src/lib/config.json': config({ relays: ['wss://a.example', 'wss://A.example/', 'wss://c.example'] }) },
    ],
    [
      'the same relay with its port',
      'relays',
      /the same relay/,
      { 'src/lib/config.json': config({ relays: ['wss://a.example', 'wss://a.example:443', 'wss://c.example'] }) },
    ],
    [
      'a relay without TLS',
      'relays',
      /no relay's address/,
      {
        'src/lib/config.json': config({
          relays: ['ws://a.example', 'wss://b.example', 'wss://c.example', 'wss://d.example'],
        }),
      },
    ],
    [
      'a relay that is no address',
      'relays',
      /no relay's address/,
      {
        'src/lib/config.json': config({
          relays: ['a.example', 'wss://b.example', 'wss://c.example', 'wss://d.example'],
        }),
      },
    ],
    [
      'a policy without relays',
      'csp',
      /no relay/,
      { 'public/index.html': html(`default-src 'self'; script-src 'self' 'wasm-unsafe-eval'`) },
    ],
    [
      'a policy without relays in a header file',
      'csp',
      /no relay/,
      { 'public/_headers': `/*\n  Content-Security-Policy: connect-src https://api.example\n` },
    ],
    [
      'a policy without WASM',
      'csp',
      /WebAssembly/,
      { 'public/index.html': html(`script-src 'self'; connect-src wss:`) },
    ],
    [
      'a policy without WASM in netlify.toml',
      'csp',
      /WebAssembly/,
      { 'netlify.toml': `[headers.values]\n  Content-Security-Policy = "default-src 'self' wss:"\n` },
    ],
    [
      'a policy without WASM in vercel.json',
      'csp',
      /WebAssembly/,
      {
        'vercel.json': `{"headers":[{"headers":[{ "key": "Content-Security-Policy", "value": "script-src 'self'" }]}]}`,
      },
    ],
    [
      'a policy without workers',
      'csp',
      /workers/,
      { 'public/index.html': html(`worker-src 'none'; connect-src wss:`) },
    ],
    [
      'a policy under which no worker of a CDN can be started',
      'csp',
      /files come from https:\/\/cdn\.example, and the policy lets no worker be started through a blob/,
      {
        'public/index.html': html(`script-src https: 'wasm-unsafe-eval'; worker-src 'self'`),
        '.env.production': 'PUBLIC_URL=https://cdn.example/app\n',
      },
    ],
    [
      'a CDN of which nothing says what policy the page has',
      'csp',
      /files of a build come from https:\/\/cdn\.example/,
      {
        'public/index.html': '<html></html>',
        'package.json': packageJson((json) => (json.scripts!.build = 'PUBLIC_URL=//cdn.example craco build')),
      },
    ],
    [
      'a CDN in the settings of webpack',
      'csp',
      /files of a build come from https:\/\/cdn\.example/,
      {
        'public/index.html': '<html></html>',
        'craco.config.js': `module.exports = {
  webpack: { configure: { output: { publicPath: 'https://cdn.example/' } } },
  plugins: [{ plugin: require('zero-backend-sync/craco') }],
};\n`,
      },
    ],
    [
      'Trusted Types under which no worker can be started',
      'csp',
      /Trusted Types/,
      { 'public/index.html': html(`${goodPolicy}; require-trusted-types-for 'script'; worker-src 'self'`) },
    ],
    [
      "Trusted Types without the kit's policy",
      'csp',
      /Trusted Types/,
      {
        'public/index.html': html(
          `${goodPolicy}; require-trusted-types-for 'script'; worker-src blob:; trusted-types app`,
        ),
      },
    ],
    [
      'a policy without workers in nginx',
      'csp',
      /workers/,
      { 'deploy/nginx.conf': `add_header Content-Security-Policy "worker-src 'none'" always;` },
    ],
    [
      'the RxDB of the app beside that of the kit',
      'packages',
      /rxdb is installed 2 times: 16\.8\.0 in node_modules\/rxdb, 17\.6\.0 in node_modules\/zero-backend-sync\/node_modules\/rxdb/,
      {
        'package.json': packageJson((json) => (json.dependencies!.rxdb = '^16.8.0')),
        'node_modules/rxdb/package.json': installed('16.8.0'),
        'node_modules/zero-backend-sync/node_modules/rxdb/package.json': installed('17.6.0'),
      },
    ],
    [
      'the RxDB of another package beside that of the kit',
      'packages',
      /rxdb is installed 2 times/,
      {
        'package.json': packageJson((json) => (json.dependencies!['rxdb-hooks'] = '^5.0.0')),
        'node_modules/rxdb-hooks/package.json': '{"version":"5.0.0","peerDependencies":{"rxdb":"<18"}}',
        'node_modules/rxdb-hooks/node_modules/rxdb/package.json': installed('15.0.0'),
      },
    ],
    [
      'two copies of the kit',
      'packages',
      /zero-backend-sync is installed 2 times/,
      {
        'package.json': packageJson((json) => (json.dependencies!['our-ui'] = '^1.0.0')),
        'node_modules/our-ui/package.json': '{"version":"1.0.0","dependencies":{"zero-backend-sync":"^0.0.9"}}',
        'node_modules/our-ui/node_modules/zero-backend-sync/package.json': installed('0.0.9'),
      },
    ],
    [
      'two RxDBs in the lock file',
      'packages',
      /rxdb is installed 2 times/,
      {
        'node_modules/rxdb/package.json': null,
        'package-lock.json': `{"packages":{"node_modules/rxdb":{"version":"16.8.0"},"node_modules/zero-backend-sync/node_modules/rxdb":{"version":"17.6.0"}}}`,
      },
    ],
    [
      'a second TypeScript',
      'packages',
      /second TypeScript \(7\.0\.2\) is installed in node_modules\/rxdb\/node_modules\/typescript/,
      {
        'node_modules/typescript/package.json': installed('4.9.5'),
        'node_modules/rxdb/node_modules/nostr-tools/package.json': installed('2.25.2'),
        'node_modules/rxdb/node_modules/typescript/package.json': installed('7.0.2'),
      },
    ],
    [
      'packages that are not installed',
      'packages',
      /not installed/,
      { 'node_modules/@craco/craco/package.json': null },
    ],
    [
      'a kit that is not installed',
      'packages',
      /zero-backend-sync is in package\.json but not installed/,
      { 'node_modules/zero-backend-sync/package.json': null },
    ],
    ['fourteen collections', 'queries', /14 collections/, { 'src/lib/schema.ts': schema(manyNames(14)) }],
    [
      'fourteen collections in JavaScript',
      'queries',
      /14 collections/,
      { ...healthyJavascript, 'src/lib/schema.js': schema(manyNames(14)) },
    ],
    [
      'fourteen collections, some of the app',
      'queries',
      /14 collections/,
      { 'src/lib/schema.ts': schema(manyNames(12)), ...source(`db.addCollections({ x: {}, y: {} });`) },
    ],
    [
      'a descending sort on an index',
      'queries',
      /sorts "order"/,
      source(`db.notes.find({ sort: [{ order: 'desc' }] });`),
    ],
    ['a descending sort by a method', 'queries', /sorts "order"/, source(`db.notes.find().sort({ order: 'desc' });`)],
    ['a descending sort in short', 'queries', /sorts "title"/, source(`db.notes.find().sort('-title');`)],
    ['a relay in the source', 'source', /A relay stands/, source(`const url = 'wss://relay.example.org';`)],
    [
      'a relay given to the engine',
      'source',
      /A relay stands/,
      source(`SyncEngine.open({ identity, relays: ['wss://example.org'] });`),
    ],
    ['a relay of config.json', 'source', /A relay stands/, source('const url = `wss://b.example/`;')],
    [
      'a relay in the template',
      'source',
      /A relay stands/,
      source(`const url = 'wss://example.org';`, 'src/lib/engine.ts'),
    ],
    ['a salt in the source', 'source', /A salt stands/, source(`const SYNC_SALT = '${saltText}';`)],
    [
      'a salt in an object',
      'source',
      /A salt stands/,
      source(`const settings = { appSalt: '${salt.toString('hex')}' };`),
    ],
    [
      'an identity that is a literal',
      'use',
      /identity is a literal/,
      source(`<SyncProvider identity={['elecctro']} />;`, 'src/A.jsx'),
    ],
    [
      'an identity that is a literal in one case',
      'use',
      /identity is a literal/,
      source('<SyncProvider identity={isDemo ? [`demo`, 1] : user && [user.id]} />;', 'src/A.jsx'),
    ],
    [
      'an identity that is a constant of another file',
      'use',
      /identity is a literal/,
      {
        'src/settings.js': `export const app = { id: 'elecctro' };`,
        ...source(`import { app } from './settings'; const identity = [app.id]; SyncEngine.open({ identity });`),
      },
    ],
    [
      'an identity of the build',
      'use',
      /identity is a literal/,
      source(`SyncEngine.open({ identity: [process.env.REACT_APP_USER] });`),
    ],
    [
      'an identity that is another one at each start',
      'use',
      /another value at each start/,
      source(`import { v4 as uuid } from 'uuid'; SyncEngine.open({ identity: useMemo(() => [uuid()], []) });`),
    ],
    ['an app that opens nothing', 'use', /opens the engine yet/, { 'src/index.tsx': 'export {};\n' }],
    [
      'the sample schema',
      'use',
      /still holds the sample collections/,
      { '.zero-backend-sync/written/src/lib/_schema.ts.txt': schema() },
    ],
    [
      'a policy that ends with a quote, whole',
      'csp',
      /no relay/,
      { 'public/_headers': `/*\n  Content-Security-Policy: worker-src 'self'; connect-src 'self'\n` },
    ],
    [
      "Supabase's publishable key",
      'source',
      /API key of Supabase/,
      source(`export const supabase = createClient(url, 'sb_publishable_0123456789abcdef');`),
    ],
    [
      "Supabase's key",
      'source',
      /API key of Supabase/,
      source(`createClient(url, 'eyJhbGciOiJIUzI1NiJ9.${Buffer.from('{"role":"anon"}').toString('base64url')}.sig');`),
    ],
    [
      'a collection in localStorage',
      'source',
      /localStorage keeps "notes"/,
      source(`localStorage.setItem('notes', JSON.stringify(notes));`),
    ],
    [
      'a document in localStorage, by property',
      'source',
      /localStorage keeps "my-preferences"/,
      source(`window.localStorage['my-preferences'] = text;`),
    ],
    [
      'localStorage beside the engine',
      'source',
      /localStorage keeps "cache"/,
      source(`import { useDocument } from './lib/react';\nlocalStorage.setItem('cache', x);`),
    ],
    [
      'a collection in localStorage, under a constant of another name',
      'source',
      /localStorage keeps "my-notes"/,
      source(`const TODO_KEY = 'my-notes'; localStorage.setItem(TODO_KEY, x);`),
    ],
    [
      "a collection in localStorage, through the app's own hook",
      'source',
      /localStorage keeps "notes"/,
      source(`const useKept = (key) => localStorage.setItem(key, 1); const A = () => useKept('notes');`),
    ],
    ['a message that is a text', 'source', /named by the text "start"/, source(`worker.postMessage('start');`)],
    [
      'a message with a text as its type',
      'source',
      /named by the text "ping"/,
      source(`self.postMessage({ type: 'ping' });`, 'src/lib/worker/index.ts'),
    ],
    [
      'a message with a text as its type in JavaScript',
      'source',
      /named by the text "ping"/,
      { ...healthyJavascript, ...source(`self.postMessage({ type: 'ping' });`, 'src/lib/worker/index.js') },
    ],
  ])('%s', async (_problem, check, what, files, env = {}) => {
    const findings = await examine(files, env);
    expect(findings).toContainEqual(expect.objectContaining({ check, what: expect.stringMatching(what) }));
    for (const finding of findings)
      expect([finding.why, finding.how]).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/\S/)]);
  });
});

describe('doctor finds nothing in', () => {
  test.each<[name: string, files: Record<string, string | null>, env?: Environment]>([
    ['a script that ejects', { 'package.json': packageJson((json) => (json.scripts!.eject = 'react-scripts eject')) }],
    [
      'a configuration in function form',
      { 'craco.config.js': `module.exports = () => ({ plugins: [{ plugin: require('zero-backend-sync/craco') }] });` },
    ],
    ['the salt in the environment of a build server', { '.env.local': null }, { SYNC_SALT: saltText }],
    ['a variable whose name only looks like a salt', { '.env': 'REACT_APP_SALTY=1\n' }],
    [
      'relays on this computer',
      { 'src/lib/config.json': config({ relays: ['ws://localhost:7001', 'ws://127.0.0.1:7002', 'ws://[::1]:7003'] }) },
    ],
    [
      'two relays of one host',
      { 'src/lib/config.json': config({ relays: ['wss://a.example/x', 'wss://a.example/y', 'wss://c.example'] }) },
    ],
    [
      'a policy that names its relays',
      {
        'public/index.html': html(
          `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src wss://a.example wss://*.example`,
        ),
      },
    ],
    [
      'a policy that does not restrict what sync needs',
      { 'public/index.html': html(`img-src 'self'; frame-src 'none'`) },
    ],
    [
      'a policy under which a worker of a CDN is started through a blob',
      {
        'public/index.html': html(
          `script-src https://cdn.example 'wasm-unsafe-eval'; worker-src 'self' blob:; connect-src wss:`,
        ),
        '.env': 'PUBLIC_URL=https://cdn.example\n',
      },
    ],
    [
      "Trusted Types with the kit's policy",
      {
        'public/index.html': html(
          `${goodPolicy}; worker-src blob:; require-trusted-types-for 'script'; trusted-types zero-backend-sync`,
        ),
      },
    ],
    [
      "a PUBLIC_URL of the page's own host",
      {
        'public/index.html': html(`script-src https: 'wasm-unsafe-eval'; worker-src 'self'; connect-src wss:`),
        'package.json': packageJson((json) => Object.assign(json, { homepage: 'https://app.example/notes' })),
        '.env': 'PUBLIC_URL=https://app.example/notes\n',
      },
    ],
    ['a path in PUBLIC_URL', { 'public/index.html': '<html></html>', '.env': 'PUBLIC_URL=/sub\n' }],
    [
      'a policy in a comment',
      { 'public/index.html': `<!-- <meta http-equiv="Content-Security-Policy" content="connect-src 'none'"> -->` },
    ],
    ['thirteen collections', { 'src/lib/schema.ts': schema(manyNames(13)) }],
    ['an ascending sort', source(`db.notes.find({ sort: [{ order: 'asc' }] });`)],
    ['a descending sort without an index', source(`db.notes.find({ sort: [{ body: 'desc' }] });`)],
    ['the sort of an array', source(`rows.sort((a, b) => b.order - a.order);`)],
    ['a WebSocket that is no relay', source(`const socket = new WebSocket('wss://api.example.org/live');`)],
    ['a scheme alone', source(`if (url.startsWith('wss://')) connect(url);`)],
    ['a relay in a comment', source(`// wss://relay.example.org\nexport {};`)],
    ['a relay in a test', source(`const url = 'wss://relay.example.org';`, 'src/Feature.test.ts')],
    ['a salt by its name only', source(`const salt = process.env.SYNC_SALT;`)],
    ['32 bytes that are no salt', source(`const contentHash = '${saltText}';`)],
    ['a key from the environment', source(`initializeApp({ apiKey: process.env.REACT_APP_KEY });`)],
    [
      'a token that is not anonymous',
      source(`const token = 'eyJhbGciOiJIUzI1NiJ9.${Buffer.from('{"role":"demo"}').toString('base64url')}.sig';`),
    ],
    ["Firebase's key, which every page of it shows", source(`initializeApp({ apiKey: 'AIza${'x'.repeat(35)}' });`)],
    ["Firebase's key in a constant", source(`const key = 'AIza${'y'.repeat(35)}';`)],
    ['an identity with a literal beside what differs', source(`SyncEngine.open({ identity: ['crew', user.id] });`)],
    ['an identity that a constant holds', source(`const identity = user && [user.id]; SyncEngine.open({ identity });`)],
    [
      'an identity that is nobody',
      source(`SyncEngine.open({ identity: null }); SyncEngine.open({ identity: [undefined] });`),
    ],
    [
      'a schema that was edited',
      { '.zero-backend-sync/written/src/lib/_schema.ts.txt': 'export const collections = {};\n' },
    ],
    [
      'a policy whose last word is quoted',
      { 'public/_headers': `/*\n  Content-Security-Policy: connect-src wss:; worker-src 'self'\n` },
    ],
    [
      'a policy whose last word is quoted, in nginx',
      {
        'nginx.conf': `add_header Content-Security-Policy "connect-src wss:; script-src 'wasm-unsafe-eval'; worker-src 'self'" always;`,
      },
    ],
    [
      'localStorage under a constant that only sounds like it',
      source(`const notes = 'sidebar'; localStorage.setItem(notes, '1');`),
    ],
    ['localStorage for something else', source(`localStorage.setItem('sidebar-open', '1');`)],
    ['localStorage that is only read', source(`const notes = localStorage.getItem('notes');`)],
    ['a message with an enum', source(`worker.postMessage({ type: ToWorker.Ping });`)],
    ['a message to another window', source(`window.parent.postMessage('ready', '*');`)],
    ['a message whose payload is a text', source(`worker.postMessage({ type: Kind.Text, text: 'hello' });`)],
  ])('%s', async (_name, files, env = {}) => {
    expect(await examine(files, env)).toEqual([]);
  });
});

test.each(['.env.local', '.env'])('doctor finds a salt that is in git, in %s', async (file) => {
  const run: RunProgram = async (_program, args) => ({
    status: args[0] === 'ls-files' && args.at(-1) === file ? 0 : 1,
    output: '',
    isMissing: false,
  });
  const files = { '.git/HEAD': 'ref: refs/heads/main', '.env.local': null, [file]: `SYNC_SALT=${saltText}\n` };
  expect(await examine(files, {}, run)).toEqual([
    expect.objectContaining({ check: 'salt', what: `${file} holds the salt and is in git.` }),
  ]);
});

describe('doctor holds the template against the installed package:', () => {
  const installedTypes = 'node_modules/zero-backend-sync/dist/template/typescript/types.ts';
  test.each<[name: string, files: Record<string, string | null>, code: string, how: RegExp]>([
    ['a newer template', { 'src/lib/types.ts': types(2) }, 'TEMPLATE_MISMATCH', /npm install \$KIT/],
    ['an older template', { [installedTypes]: types(2) }, 'TEMPLATE_MISMATCH', /npx zero-backend-sync update/],
    [
      'an older template in JavaScript',
      { ...healthyJavascript, [installedTypes]: types(2) },
      'TEMPLATE_MISMATCH',
      /npx zero-backend-sync update/,
    ],
    ['a template without a version', { 'src/lib/types.ts': 'export {};\n' }, 'TEMPLATE_MISMATCH', /written\/src/],
    [
      'a black box without abi()',
      { 'src/lib/worker/crypto.asm.ts': 'export function derive(): void {}\n' },
      'BLACK_BOX_ABI',
      /Restore the function/,
    ],
  ])('%s', async (_name, files, code, how) => {
    expect(await examine(files)).toEqual([
      expect.objectContaining({ check: 'template', severity: 'error', code, how: expect.stringMatching(how) }),
    ]);
  });
});

test('one copy that is reached through a link counts once', async () => {
  const project = makeProject({
    ...Object.fromEntries(Object.entries(healthy).filter(([file]) => !/^node_modules\/(rxdb|zero)/.test(file))),
    'package.json': packageJson((json) => (json.dependencies!.rxdb = '17.6.0')),
    'node_modules/.pnpm/rxdb@17.6.0/node_modules/rxdb/package.json': installed('17.6.0'),
    'node_modules/.pnpm/zbs/node_modules/zero-backend-sync/package.json':
      '{"version":"0.1.0","dependencies":{"rxdb":"17.6.0"}}',
  });
  const pnpm = path.join(project.root, 'node_modules/.pnpm');
  symlinkSync(`${pnpm}/rxdb@17.6.0/node_modules/rxdb`, path.join(project.root, 'node_modules/rxdb'));
  symlinkSync(`${pnpm}/rxdb@17.6.0/node_modules/rxdb`, `${pnpm}/zbs/node_modules/rxdb`);
  symlinkSync(`${pnpm}/zbs/node_modules/zero-backend-sync`, path.join(project.root, 'node_modules/zero-backend-sync'));
  expect(await packages.check({ ...project.context(), dir: 'src/lib', form: 'typescript' })).toEqual([]);
  project.remove();
});

test('a finding names its file and line', async () => {
  const [finding] = await examine(source(`export {};\n\nconst url = 'wss://relay.example.org';\n`));
  expect(finding?.evidence).toEqual({
    file: 'src/Feature.ts',
    line: 3,
    text: `const url = 'wss://relay.example.org';`,
  });
});

test('a policy is quoted whole, however long it is', async () => {
  const policy = `default-src 'self'; img-src ${'https://a.example '.repeat(20)}; worker-src 'none'; connect-src 'self'`;
  const [finding] = await examine({ 'public/_headers': `/*\n  Content-Security-Policy: ${policy}\n` });
  expect(finding).toMatchObject({
    code: 'CSP_RELAYS',
    how: expect.stringContaining("(now: 'self')"),
    evidence: { text: policy.replace(/\s+/g, ' ') },
  });
});

describe('the command', () => {
  test.each<[name: string, packageJson: string, why: RegExp]>([
    ['that could have it', typescriptApp['package.json'] ?? '', /nothing to check/],
    ['that is built by Next.js', '{"dependencies":{"react":"18","next":"15"}}', /built by Next\.js/],
    ['with a key of Firebase and a policy', typescriptApp['package.json'] ?? '', /nothing to check/],
  ])('says one thing in an app without the kit %s, and corrects nothing', async (_name, packageText, why) => {
    const project = makeProject({
      ...typescriptApp,
      'package.json': packageText,
      'public/index.html': html(`connect-src 'none'`),
      'src/x.ts': `const key = 'AIza${'y'.repeat(35)}'; localStorage.setItem('notes', key);`,
    });
    const before = project.tree();
    const { status, json } = await doctor(project.context(), { fix: true });
    expect([status, json]).toEqual([
      1,
      {
        tool: expect.objectContaining({ framework: 'react' }),
        findings: [
          expect.objectContaining({
            code: 'NOT_INSTALLED',
            why: expect.stringMatching(why),
            fix: { command: "npx '--package=zero-backend-sync@^0.1.0' zero-backend-sync init" },
          }),
        ],
        checks: { ran: ['installed'], leftOut: expect.anything() },
      },
    ]);
    expect(project.tree()).toEqual(before);
    project.remove();
  });

  test('says after init what is left to wire, and does not say that nothing is wrong', async () => {
    const project = makeProject(typescriptApp);
    await init(project.context(), { yes: true });
    for (const name of ['@craco/craco', 'zero-backend-sync'])
      project.write(`node_modules/${name}/package.json`, installed(name === '@craco/craco' ? '7.1.0' : '0.1.0'));
    const context = project.context();
    const { status, json } = await doctor(context, { offline: true });
    expect([status, json]).toMatchObject([0, { findings: [{ code: 'NOT_OPENED' }, { code: 'SCHEMA_SAMPLE' }] }]);
    expect(context.printed.join('\n')).not.toContain('Nothing is wrong');
    project.remove();
  });

  test('gives each finding a code and what corrects it, as JSON', async () => {
    const project = makeProject(typescriptApp);
    await init(project.context(), { yes: true });
    project.write('craco.config.js', 'module.exports = {};\n');
    project.write('src/x.tsx', `export const X = () => <SyncProvider identity={['me']} />;\n`);
    project.write('src/y.ts', `localStorage.setItem('notes', x);\n`);
    const { json } = await doctor(project.context(), { offline: true });
    const { findings } = json as { findings: { code: string; fix: unknown }[] };
    expect(Object.fromEntries(findings.map(({ code, fix }) => [code, fix]))).toMatchObject({
      PRESET_MISSING: {
        file: 'craco.config.js',
        before: 'module.exports = {};\n',
        after: expect.stringContaining('plugins'),
      },
      PACKAGE_MISSING: { command: 'npm install' },
      IDENTITY_LITERAL: { file: 'src/x.tsx', line: 1, after: 'identity={user && [user.id]}' },
      LOCAL_STORAGE: { file: 'src/y.ts', before: `localStorage.setItem('notes', x);` },
    });
    project.remove();
  });

  test('ends with 1 on a warning where --strict says so, and never on a hint', async () => {
    const project = makeProject(typescriptApp);
    await init(project.context(), { yes: true });
    for (const name of ['@craco/craco', 'zero-backend-sync'])
      project.write(`node_modules/${name}/package.json`, installed(name === '@craco/craco' ? '7.1.0' : '0.1.0'));
    expect((await doctor(project.context(), { offline: true, strict: true })).status).toBe(0);
    project.write('src/x.ts', `localStorage.setItem('notes', x);`);
    expect((await doctor(project.context(), { offline: true })).status).toBe(0);
    expect((await doctor(project.context(), { offline: true, strict: true })).status).toBe(1);
    project.remove();
  });

  test('ends with 1 on an error and with 0 on warnings only', async () => {
    const project = makeProject(typescriptApp);
    await init(project.context(), { yes: true });
    const context = () => project.context();
    for (const name of ['@craco/craco', 'zero-backend-sync'])
      project.write(`node_modules/${name}/package.json`, installed(name === '@craco/craco' ? '7.1.0' : '0.1.0'));
    expect((await doctor(context(), { offline: true })).status).toBe(0);
    project.write('src/x.ts', `localStorage.setItem('notes', x);`);
    expect((await doctor(context(), { offline: true })).status).toBe(0);
    project.write('craco.config.js', 'module.exports = {};\n');
    expect((await doctor(context(), { offline: true })).status).toBe(1);
    project.remove();
  });

  test('ends at once on Ctrl-C, whoever has not answered yet', async () => {
    const project = makeProject(typescriptApp);
    const interrupt = new AbortController();
    const fetch = () => {
      interrupt.abort();
      return new Promise<never>(() => {});
    };
    const context = project.context({ signal: interrupt.signal, fetch });
    await expect(doctor(context, { offline: true, url: 'https://app.example.org' })).rejects.toThrow('Cancelled');
    project.remove();
  });

  test('mends with --fix what can be mended safely', async () => {
    const project = makeProject(typescriptApp);
    await init(project.context(), { yes: true });
    const wired = project.read('package.json');
    project.write(
      'package.json',
      wired.replace('craco start', 'react-scripts start').replace('craco build', 'react-scripts build'),
    );
    project.write('craco.config.js', 'module.exports = {};\n');
    await doctor(project.context(), { offline: true, fix: true });
    expect(project.read('package.json')).toBe(wired);
    expect(project.read('craco.config.js')).toContain('zero-backend-sync/craco');
    project.remove();
  });
});
