/** What `init` is for, on one app: install, build, test, two browsers that sync through the result, and everything given back. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Browser } from 'playwright-core';
import { force, packageManagerEnvironment, programOf } from '../support/cra-apps';
import { say } from '../support/processes';
import { commitAll, installedKit, makeApp, type AppRequest } from './apps';
import { appSource, expectToSync, launchBrowser } from './page';
import { endPrograms, must, removeFolder, run, type Ran } from './workshop';

export interface Case extends AppRequest {
  readonly name: string;
  /** Where the built app is served. */
  readonly base?: string;
}

/** A test for each of the cases. */
export function testJourneys(cases: readonly Case[]): void {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterEach(endPrograms);
  afterAll(() => browser?.close());

  test.each(cases.map((app): [string, Case] => [app.name, app]))('%s: init, build, test, sync, undo', (_name, app) =>
    expectJourney(app, browser),
  );
}

async function expectJourney(request: Case, browser: Browser): Promise<void> {
  const { name } = request;
  const kit = installedKit();
  const app = await makeApp(name, request);
  const isForced = /redux|pwa/.test(request.template);
  const managers = packageManagerEnvironment(request.packageManager);
  const zbs = (...args: string[]): Promise<Ran> =>
    run(app, process.execPath, [kit.program, ...args], { ...managers, ...(isForced ? force : {}) });
  const script = (...args: string[]): Promise<Ran> =>
    run(app, programOf(request.packageManager), ['run', ...args], { ...managers, CI: 'true' });
  const git = (...args: string[]) => must(app, 'git', args);

  const typescripts = await typescriptsIn(app);
  const sizeBefore = await sizeOf(app, 'node_modules');
  say(`${name}: init`);
  expect(await zbs('init', '--yes', '--identity', 'user.id,user.email', '--kit', `file:${kit.tarball}`)).toMatchObject({
    status: 0,
  });
  expect(await zbs('init', '--yes', '--force', '--kit', `file:${kit.tarball}`)).toEqual({
    status: 0,
    output: expect.stringContaining('Nothing to do'),
  });
  expect(await zbs('doctor', '--offline')).toEqual({
    status: 0,
    output: expect.stringContaining('Nothing in the app opens the engine yet.'),
  });
  await git('add', '--all');
  const touched = await touchedFiles(app);
  expect(touched.length).toBeLessThanOrEqual(14);
  expect(touched.filter((file) => file.startsWith('src/'))).toHaveLength(8);
  if (request.template === 'cra-template')
    expect(touched.filter((file) => /\.tsx?$|tsconfig/.test(file))).toEqual(['src/lib/worker/crypto.asm.ts']);
  expect(await typescriptsIn(app)).toEqual(typescripts);
  if (request.files?.['.prettierrc'] !== undefined)
    expect(await run(app, 'npx', ['--no-install', 'prettier', '--check', 'src/lib'])).toMatchObject({ status: 0 });
  if (name === 'javascript' || name === 'typescript')
    expect((await sizeOf(app, 'node_modules')) - sizeBefore - (await compilerSize(app))).toBeLessThan(60_000_000);
  await commitAll(app, 'With sync');

  writeFileSync(path.join(app, existsSync(path.join(app, 'src/App.tsx')) ? 'src/App.tsx' : 'src/App.js'), appSource);
  say(`${name}: build`);
  expect(await script('build')).toEqual({ status: 0, output: expect.stringContaining('Compiled successfully') });
  say(`${name}: test`);
  expect(await script('test')).toMatchObject({ status: 0 });
  say(`${name}: sync`);
  await expectToSync(browser, path.join(app, 'build'), request.base ?? '');

  if (request.scripts?.lint !== undefined) expect(await script('lint')).toMatchObject({ status: 0 });

  say(`${name}: undo`);
  await git('checkout', '--quiet', '--', '.');
  expect(await zbs('undo', '--yes', '--skip-install')).toMatchObject({ status: 0 });
  // What git sees, and what the .gitignore of before does not hide any more.
  await git('add', '--all');
  expect(await git('diff', '--cached', '--stat', 'HEAD~1', '--', '.', ':!*lock*')).toBe('');
  expect(readFileSync(path.join(app, '.env.local'), 'utf8')).toMatch(/^SYNC_SALT=/);
  removeFolder(app);
}

/** What git sees of the app's own files, and the salt, which it does not see. */
async function touchedFiles(app: string): Promise<readonly string[]> {
  const listed = await must(app, 'git', ['diff', '--cached', '--name-only', 'HEAD', '--', '.', ':!.zero-backend-sync']);
  return [...listed.trim().split('\n'), '.env.local'];
}

/** The versions of TypeScript below node_modules. */
async function typescriptsIn(app: string): Promise<readonly string[]> {
  const pattern = ['-path', '*/node_modules/typescript/package.json', '-type', 'f'];
  const found = await must(app, 'find', ['./node_modules', ...pattern]);
  return found
    .split('\n')
    .filter(Boolean)
    .map((file) => (JSON.parse(readFileSync(path.join(app, file), 'utf8')) as { version: string }).version)
    .sort();
}

/** AssemblyScript's compiler, which an app needs as long as it compiles its own black box. */
async function compilerSize(app: string): Promise<number> {
  // npm keeps what the kit brings below the kit.
  const places = ['node_modules', 'node_modules/zero-backend-sync/node_modules']
    .flatMap((place) => [`${place}/assemblyscript`, `${place}/binaryen`])
    .filter((folder) => existsSync(path.join(app, folder)));
  const sizes = await Promise.all(places.map((folder) => sizeOf(app, folder)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Bytes of all files. */
async function sizeOf(app: string, folder: string): Promise<number> {
  return Number((await must(app, 'du', ['--apparent-size', '--summarize', '--block-size=1', folder])).split('\t')[0]);
}
