/** What `init` is for, on one app of a tool: install, check, build, test, two browsers that sync through the result, and everything given back. */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Browser } from 'playwright-core';
import { scanForSalt } from '../../../src/preset/salt-scan';
import { writeFiles } from '../../support/homes/installed-app';
import { say } from '../../support/processes';
import { commitAll, installedKit } from '../apps';
import { expectToSync, launchBrowser } from '../page';
import { endPrograms, must, removeFolder, run, type Ran } from '../workshop';
import { makeHomeApp, saltOf } from './app';
import { expectToDevelop } from './development';
import type { Framework } from '../../support/homes/home-app';
import { appOf, rowsOf, titleOf, type HomeRow } from './rows';
import { syncedSources, testSource } from './sources';

/** A test for each row of a framework. */
export function testHomes(framework: Framework): void {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterEach(endPrograms);
  afterAll(() => browser?.close());

  test.each(rowsOf(framework).map((row): [string, HomeRow] => [titleOf(row), row]))(
    '%s: init, build, test, sync, development, undo',
    (_title, row) => expectJourney(row, browser),
  );
}

async function expectJourney(row: HomeRow, browser: Browser): Promise<void> {
  const [home, title] = [appOf(row), titleOf(row)];
  const kit = installedKit();
  const app = await makeHomeApp(row);
  const zbs = (...args: string[]): Promise<Ran> => run(app, process.execPath, [kit.program, ...args]);
  const script = (...args: string[]): Promise<Ran> => run(app, 'npm', ['run', ...args], { CI: 'true' });
  const git = (...args: string[]) => must(app, 'git', args);
  const wasm = row.wasm === 'inline' ? ['--wasm', 'inline'] : [];

  say(`${title}: init`);
  const init = ['init', '--yes', '--identity', 'user.id,user.email', '--kit', `file:${kit.tarball}`, ...wasm];
  expect(await zbs(...init)).toMatchObject({ status: 0 });
  expect(await zbs('init', '--yes', '--force', '--kit', `file:${kit.tarball}`)).toEqual({
    status: 0,
    output: expect.stringContaining('Nothing to do'),
  });
  expect(await zbs('doctor', '--offline')).toEqual({
    status: 0,
    output: expect.stringContaining('Nothing in the app opens the engine yet.'),
  });
  await git('add', '--all');
  const touched = (await git('diff', '--cached', '--name-only', 'HEAD', '--', '.', ':!.zero-backend-sync')).split('\n');
  expect(touched.filter((file) => file.startsWith('src/'))).toHaveLength(8);
  expect(touched.length).toBeLessThanOrEqual(14);
  await commitAll(app, 'With sync');

  const runner = row.tests === 'none' || row.tool === 'react-app-rewired' ? null : row.tests;
  writeFiles(path.join(app, 'src'), {
    ...syncedSources(row.framework, row.language, home.root),
    ...(runner !== null && { [home.root.replace('App.', 'Name.test.')]: testSource(runner) }),
  });
  const { scripts } = JSON.parse(readFileSync(path.join(app, 'package.json'), 'utf8')) as { scripts: object };
  for (const name of ['build', 'lint', 'test'].filter((each) => each in scripts)) {
    say(`${title}: ${name}`);
    expect(await script(name)).toMatchObject({ status: 0 });
  }
  const build = path.join(app, home.output);
  expect(scanForSalt(saltOf(app), [build])).toEqual([]);
  say(`${title}: sync`);
  await expectToSync(browser, build, row.base.slice(0, -1));
  say(`${title}: development`);
  await expectToDevelop(browser, app, home, row.base);

  say(`${title}: undo`);
  await git('checkout', '--quiet', '--', '.');
  await git('clean', '--quiet', '--force', '-d', 'src');
  expect(await zbs('undo', '--yes', '--skip-install')).toMatchObject({ status: 0 });
  // What git sees, and what the .gitignore of before does not hide any more.
  await git('add', '--all');
  expect(await git('diff', '--cached', '--stat', 'HEAD~1', '--', '.', ':!*lock*')).toBe('');
  expect(saltOf(app)).toHaveLength(32);
  removeFolder(app);
}
