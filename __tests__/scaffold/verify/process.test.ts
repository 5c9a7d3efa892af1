/** The command as a process, from the bundle that is published: it always ends, with its exit status, and leaves nothing behind. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import * as path from 'node:path';
import { ensureBrowser } from '../../../scripts/browser.mjs';
import { fingerprintOf } from '../../../src/preset/salt';
import { finish, killAll, launch, type Finished, type Program } from '../../support/processes';
import { workshop } from '../workshop';
import { makeFolder, relays, removeFolders, siteFiles, type Site } from './site';

jest.setTimeout(90_000);
afterEach(async () => {
  await killAll();
  removeFolders();
});

const repository = path.resolve(__dirname, '../../..');
const salt = Buffer.alloc(32, 3);

/** An app in git, with a build and without anything else. */
function makeApp(site: Site = {}, files: Readonly<Record<string, string>> = {}): string {
  const build = Object.fromEntries(Object.entries(siteFiles(site)).map(([file, text]) => [`build/${file}`, text]));
  const app = makeFolder({
    'package.json': '{ "name": "my-app" }\n',
    '.gitignore': 'node_modules\nbuild\n.env.local\n',
    '.env.local': `SYNC_SALT=${salt.toString('base64')}\n`,
    'src/lib/config.json': JSON.stringify({
      relays,
      salts: [{ id: '1', env: 'SYNC_SALT', fingerprint: fingerprintOf(salt) }],
    }),
    ...build,
    ...files,
  });
  mkdirSync(path.join(app, 'node_modules'));
  symlinkSync(path.join(repository, 'node_modules/playwright-core'), path.join(app, 'node_modules/playwright-core'));
  const git = (...args: string[]) => spawnSync('git', args, { cwd: app });
  git('init', '--quiet');
  git('add', '--all');
  git('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '--quiet', '-m', 'app');
  return app;
}

/** Profiles lie in a folder of their own, so that what is left of them shows. */
function start(
  app: string,
  args: readonly string[],
  onOutput?: () => void,
): { readonly program: Program; left(): readonly string[] } {
  // Chromium's socket in it may have a path of 107 characters.
  const folder = mkdtempSync(path.join(workshop(), 'p-'));
  const program = launch(
    process.execPath,
    [path.join(repository, 'dist/cli/index.js'), 'verify', '--browser', ensureBrowser(), ...args],
    app,
    { TMPDIR: folder, CI: 'true', FORCE_COLOR: '' },
    onOutput,
  );
  const left = () => [
    ...readdirSync(folder).filter((name) => name.startsWith('zbs-')),
    ...spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter((line) => line.includes(folder)),
  ];
  return { program, left };
}

async function verify(app: string, ...args: readonly string[]): Promise<Finished> {
  const { program, left } = start(app, args);
  const finished = await finish(program, 80_000);
  expect(left()).toEqual([]);
  expect(spawnSync('git', ['status', '--porcelain'], { cwd: app, encoding: 'utf8' }).stdout).toBe('');
  return finished;
}

/** Works, and leaves a timer and a server running. */
const restless = `
const field = (page) => page.locator('input');
setInterval(() => {}, 1000);
require('net').createServer().listen(0, '127.0.0.1');
module.exports = {
  write: (page, text) => field(page).fill(text),
  read: (page) => field(page).inputValue(),
};`;

test('it passes on a healthy app, in plain text in a pipe, ends whatever the driver has started, and leaves nothing that git sees', async () => {
  const app = makeApp({}, { 'verify.driver.cjs': restless });
  const { status, output } = await verify(app, '--driver', 'verify.driver.cjs');
  expect({ status, output }).toEqual({
    status: 0,
    output: expect.stringMatching(
      /All\s+eight\s+checks\s+passed\.\s+The\s+driver\s+opened\s+a\s+page\s+4\s+times,\s+wrote\s+\d+\s+times\s+and\s+read\s+\d+\s+times\.\nThe\s+report\s+is\s+in\s+\S*verify-report\.html\n$/,
    ),
  });
  expect(output).not.toContain('\u001b');
  const report = readFileSync(path.join(app, 'node_modules/.cache/zero-backend-sync/verify-report.html'), 'utf8');
  expect(report.match(/<tr class="pass">/g)).toHaveLength(8);
});

test('--json gives one object with a stable code for each check, and how often the driver was called', async () => {
  const app = makeApp({ sends: false });
  const { status, output } = await verify(app, '--json');
  expect(status).toBe(1);
  expect(JSON.parse(output)).toMatchObject({
    status: 1,
    report: path.join(app, 'node_modules/.cache/zero-backend-sync/verify-report.html'),
    page: '/',
    driver: { file: null, opens: 2, writes: 1 },
    checks: [
      { id: 'propagation', passed: false, code: 'NOTHING_SENT', says: expect.any(String), figures: {} },
      { id: 'restored', code: 'NOTHING_SYNCED' },
      { id: 'wire', code: 'NOTHING_SENT' },
      { id: 'salt', passed: true, code: null },
      { id: 'sealed', code: 'NOTHING_SENT' },
      { id: 'wasm', passed: true, code: null },
      { id: 'blocked', code: 'NOTHING_SYNCED' },
      { id: 'frames', code: 'NOTHING_SYNCED' },
    ],
  });
});

const driver = (open: string, more = '') =>
  `${more}module.exports = { ${open}, write: async () => {}, read: async () => null };\n`;
const never = 'new Promise(() => {})';

test.each<[name: string, file: string, code: string, status: number, says: RegExp, text: string]>([
  [
    'has a syntax error',
    'driver.cjs',
    'DRIVER_INVALID',
    2,
    /cannot be loaded \(.*driver\.cjs:2\)/,
    'module.exports = {\n  write( => {}\n};',
  ],
  [
    'is an ES module',
    'driver.mjs',
    'DRIVER_FAILED',
    1,
    /open\(page\) of driver\.mjs failed: oops \(driver\.mjs:1\)/,
    `export const open = () => { throw new Error('oops'); }; export default { open, write() {}, read() {} };`,
  ],
  [
    'is an ES module with a syntax error',
    'driver.mjs',
    'DRIVER_INVALID',
    2,
    /cannot be loaded/,
    'export const write = ;',
  ],
  ['never loads', 'driver.mjs', 'DRIVER_INVALID', 2, /not loaded after/, `await ${never}; export const write = 1;`],
  ['is TypeScript', 'driver.ts', 'DRIVER_INVALID', 2, /Correct it|cannot be loaded/, 'export const write: number = 1;'],
  [
    'exports something else',
    'driver.cjs',
    'DRIVER_INVALID',
    2,
    /has to export the functions write\(page, text\) and read\(page\)/,
    'module.exports = { write: 1 };',
  ],
  ['exports nothing', 'driver.cjs', 'DRIVER_INVALID', 2, /has to export the functions/, 'module.exports = null;'],
  [
    'has an open that is no function',
    'driver.cjs',
    'DRIVER_INVALID',
    2,
    /open has to be a function/,
    driver('open: 1'),
  ],
  ['is not there', 'gone.cjs', 'DRIVER_INVALID', 2, /there is no such file/, ''],
  [
    'throws where nobody waits',
    'driver.cjs',
    'DRIVER_FAILED',
    1,
    /An error came from where nobody waits for it: stray\./,
    driver(`open: () => { Promise.reject(new Error('stray')); return ${never}; }`),
  ],
  [
    'throws in a listener',
    'driver.cjs',
    'DRIVER_FAILED',
    1,
    /where nobody waits for it: late\./,
    driver(`open: () => { setTimeout(() => { throw new Error('late'); }, 100); return ${never}; }`),
  ],
  ['never ends', 'driver.cjs', 'TIMED_OUT', 1, /The time was up: 4 s for everything/, driver(`open: () => ${never}`)],
])('a driver that %s: %s %s', async (_name, file, code, status, says, text) => {
  const app = makeApp({}, text === '' ? {} : { [file]: text });
  const finished = await verify(app, '--driver', file, '--json', ...(code === 'TIMED_OUT' ? ['--timeout', '4'] : []));
  const { message, ...json } = JSON.parse(finished.output) as { readonly message: string };
  expect({ ...json, exit: finished.status }).toMatchObject({ code, status, exit: status });
  expect(message).toMatch(says);
  expect(message).not.toMatch(/\n|\u001b/);
});

test('a driver that ends the process leaves no browser and no profile', async () => {
  const app = makeApp({}, { 'driver.cjs': driver('open: () => process.exit(7)') });
  expect(await verify(app, '--driver', 'driver.cjs')).toMatchObject({ status: 7 });
});

test.each<[signal: NodeJS.Signals]>([['SIGINT'], ['SIGTERM'], ['SIGHUP']])(
  '%s ends it at once while a driver waits for ever',
  async (signal) => {
    const app = makeApp({}, { 'driver.cjs': driver(`open: () => (console.log('waiting'), ${never})`) });
    let isSent = false;
    const { program, left } = start(app, ['--driver', 'driver.cjs'], () => {
      if (isSent || !program.output().includes('waiting')) return;
      isSent = true;
      program.signal(signal);
    });
    const { status, output } = await finish(program, 30_000);
    expect({ status, output }).toEqual({
      status: 130,
      output: expect.stringMatching(/Cancelled\. Nothing was changed\.\n$/),
    });
    expect(left()).toEqual([]);
  },
);

test.each<[name: string, args: readonly string[], code: string, status: number, says: RegExp]>([
  ['a time that is none', ['--timeout', 'soon'], 'OPTION_INVALID', 2, /whole number of seconds .* got "soon"/],
  ['no time at all', ['--timeout', '0'], 'OPTION_INVALID', 2, /from 1 to/],
  ['a relay that is none', ['--relays', 'wss://a.example,b.example'], 'OPTION_INVALID', 2, /got "b\.example"/],
  ['a build that is not there', ['--build', 'dist'], 'BUILD_MISSING', 1, /Build it first/],
  [
    'a report in a folder that is not there',
    ['--report', 'no/report.html'],
    'REPORT_UNWRITABLE',
    1,
    /its folder does not exist/,
  ],
  ['a report that is a folder', ['--report', 'src'], 'REPORT_UNWRITABLE', 1, /it is a folder/],
])('%s is refused before anything is opened', async (_name, args, code, status, says) => {
  const { output, ...finished } = await verify(makeApp(), '--json', ...args);
  expect(finished.status).toBe(status);
  expect(JSON.parse(output)).toMatchObject({ status, code, message: expect.stringMatching(says) });
});

test('a report where git picks it up is written where it was asked for, and that is said', async () => {
  const app = makeApp({ sends: false });
  const { program } = start(app, ['--report', 'report.html', '--timeout', '5']);
  expect((await finish(program, 80_000)).output).toMatch(
    /The\s+report\s+is\s+in\s+\S*report\.html\nGit\s+does\s+not\s+ignore\s+that\s+file/,
  );
});
