/** One real app from the packed tarball, so that `npm test` sees the scaffold whole; `npm run test:scaffold` makes the others. */
import { readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Browser } from 'playwright-core';
import { commitAll, makeApp, unpackKit, type InstalledKit } from '../scaffold/apps';
import { appSource, expectToSync, launchBrowser } from '../scaffold/page';
import { say } from '../support/processes';
import { closeWorkshop, must, run, type Ran } from '../scaffold/workshop';

jest.setTimeout(600_000);

let kit: InstalledKit;
let app: string;
let browser: Browser;
beforeAll(async () => {
  [kit, app, browser] = await Promise.all([
    unpackKit(),
    makeApp('real', { template: 'cra-template-typescript', packageManager: 'npm' }),
    launchBrowser(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  closeWorkshop();
});

const zbs = (...args: string[]): Promise<Ran> => run(app, process.execPath, [kit.program, ...args]);
const script = (name: string): Promise<Ran> => run(app, 'npm', ['run', name], { CI: 'true' });

describe('the program in a process of its own, without a terminal', () => {
  test('prints one JSON object and nothing else with --json', async () => {
    const { status, output } = await zbs(
      ...['--json', 'init', '--dry-run', '--yes', '--identity', 'user.id'],
      ...['--kit', `file:${kit.tarball}`],
    );
    expect(status).toBe(0);
    expect(JSON.parse(output)).toMatchObject({
      status: 0,
      dryRun: true,
      plan: { dir: 'src/lib', changes: expect.arrayContaining([expect.objectContaining({ path: 'craco.config.js' })]) },
      next: [expect.objectContaining({ kind: 'command' })],
    });
  });

  test('explains itself and ends with 2 where answers are missing', async () => {
    expect(await zbs('init')).toEqual({ status: 2, output: expect.stringMatching(/no terminal to ask in|--identity/) });
    const { status, output } = await zbs('--json', 'init');
    expect([status, JSON.parse(output)]).toEqual([2, expect.objectContaining({ code: 'ANSWERS_NEEDED' })]);
  });

  test.each([[['install']], [['init', '--nonsense']], [['--cwd', '/nowhere', 'doctor']]])(
    'refuses %j with 2 and says what there is',
    async (args) => {
      expect(await zbs(...args)).toEqual({
        status: 2,
        output: expect.stringMatching(/--help shows what there is|no folder/),
      });
    },
  );

  test('colours nothing where NO_COLOR is set', async () => {
    expect(
      (await zbs('init', '--dry-run', '--diff', '--yes', '--identity', 'user.id', '--kit', `file:${kit.tarball}`))
        .output,
    ).not.toMatch(/\u001b\[/);
  });
});

test('a fresh app gets sync by one command, builds, passes its tests, syncs, and is given back', async () => {
  say('init');
  expect(await zbs('init', '--yes', '--identity', 'user.id', '--kit', `file:${kit.tarball}`)).toEqual({
    status: 0,
    output: expect.stringContaining('Installed.'),
  });
  expect(await zbs('doctor', '--offline')).toEqual({
    status: 0,
    output: expect.stringContaining('Nothing in the app opens the engine yet.'),
  });
  await commitAll(app, 'With sync');

  say('build, test, sync');
  writeFileSync(path.join(app, 'src/App.tsx'), appSource);
  expect(await script('build')).toEqual({ status: 0, output: expect.stringContaining('Compiled successfully') });
  expect(await script('test')).toMatchObject({ status: 0 });
  await expectToSync(browser, path.join(app, 'build'), '');

  await must(app, 'git', ['checkout', '--quiet', '--', '.']);
  expect(await zbs('undo', '--yes', '--skip-install')).toMatchObject({ status: 0 });
  await must(app, 'git', ['add', '--all']);
  expect(await must(app, 'git', ['diff', '--cached', '--stat', 'HEAD~1', '--', '.', ':!package-lock.json'])).toBe('');
  expect(readFileSync(path.join(app, '.env.local'), 'utf8')).toMatch(/^SYNC_SALT=/);
});
