/** What `init` is for, on one app of a tool: install, check, build, test, two browsers that sync through the result, and everything given back. */
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Browser } from 'playwright-core';
import { scanForSalt } from '../../../src/preset/salt-scan';
import { writeFiles } from '../../support/homes/installed-app';
import { say } from '../../support/processes';
import { commitAll, installedKit } from '../apps';
import { expectToSync, launchBrowser } from '../page';
import { endPrograms, must, removeFolder } from '../workshop';
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
  const zbs = (...args: string[]) => must(app, process.execPath, [kit.program, ...args]);
  const git = (...args: string[]) => must(app, 'git', args);
  const wasm = row.wasm === 'inline' ? ['--wasm', 'inline'] : [];

  say(`${title}: init`);
  const init = ['init', '--yes', '--identity', 'user.id,user.email', '--kit', `file:${kit.tarball}`, ...wasm];
  await zbs(...init);
  expect(await zbs('init', '--yes', '--force', '--kit', `file:${kit.tarball}`)).toContain('Nothing to do');
  expect(await zbs('doctor', '--offline')).toContain('Nothing in the app opens the engine yet.');
  await git('add', '--all');
  const changed = await git('diff', '--cached', '--name-only', 'HEAD', '--', '.', ':!.zero-backend-sync');
  const touched = changed.trim().split('\n');
  expect(touched.filter((file) => file.startsWith('src/'))).toHaveLength(8);
  expect(touched.length).toBeLessThanOrEqual(14);
  await commitAll(app, 'With sync');

  const runner = row.tests === 'none' || row.tool === 'react-app-rewired' ? null : row.tests;
  writeFiles(path.join(app, 'src'), {
    ...syncedSources(row.framework, row.language, home.root),
    ...(runner !== null && { [testFileOf(row)]: testSource(row.framework, runner) }),
  });
  const { scripts } = JSON.parse(readFileSync(path.join(app, 'package.json'), 'utf8')) as { scripts: object };
  for (const name of ['build', 'lint', 'test'].filter((each) => each in scripts)) {
    say(`${title}: ${name}`);
    await must(app, 'npm', ['run', name], { CI: 'true' });
  }
  const build = path.join(app, home.output);
  expect(scanForSalt(saltOf(app), [build])).toEqual([]);
  expectOneRxdb(build);
  say(`${title}: sync`);
  await expectToSync(browser, build, row.base.slice(0, -1));
  say(`${title}: development`);
  await expectToDevelop(browser, app, home, row.base);

  say(`${title}: undo`);
  await git('checkout', '--quiet', '--', '.');
  await git('clean', '--quiet', '--force', '-d', 'src');
  await zbs('undo', '--yes', '--skip-install');
  // What git sees, and what the .gitignore of before does not hide any more. `tsc -b` of Vite 5's templates leaves its notes in the app.
  await git('add', '--all');
  const others = [':!*lock*', ':!*.tsbuildinfo'];
  expect(await git('diff', '--cached', 'HEAD~1', '--', '.', ...others)).toBe('');
  expect(saltOf(app)).toHaveLength(32);
  removeFolder(app);
}

/** Below src. */
function testFileOf({ framework, language }: HomeRow): string {
  const ending = language === 'typescript' ? 'ts' : 'js';
  return `Name.test.${ending}${framework === 'react' ? 'x' : ''}`;
}

/** Page and worker may have one each; what RxDB says of an error stands once in a copy of it. */
function expectOneRxdb(build: string): void {
  const scripts = readdirSync(build, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
  const copies = scripts.map(
    (file) => readFileSync(path.join(build, file), 'utf8').split('RxDB Error-Code').length - 1,
  );
  expect(Math.max(...copies)).toBe(1);
  expect(copies.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(2);
}
