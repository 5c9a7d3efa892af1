/** `init` on apps as strangers have them, from the packed tarball: build, tests, and two browsers that sync through the result. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { serveFolders } from '../../bench/support/static-server';
import { browserArguments, ensureBrowser } from '../../scripts/browser.mjs';
import { startRelay, type RunningRelay } from '../../src/relay';
import { commitAll, force, installKit, makeApp, run, say, type AppRequest, type InstalledKit, type Ran } from './apps';
import { appSource } from './page';

const objectConfig = `// The owner's own\nmodule.exports = {\n  eslint: { enable: true },\n  webpack: {\n    alias: { '@ui': __dirname + '/src' }, // keep\n  },\n};\n`;
const functionConfig = `module.exports = ({ env }) => {\n  return {\n    babel: { loaderOptions: { compact: env === 'production' } },\n  };\n};\n`;
const craco = { devDependencies: { '@craco/craco': '^7.1.0' } };

interface Case extends AppRequest {
  readonly name: string;
  /** Where the built app is served. */
  readonly base?: string;
}

const cases: readonly Case[] = [
  { name: 'typescript', template: 'cra-template-typescript', packageManager: 'npm' },
  {
    name: 'javascript-own-craco-object',
    template: 'cra-template',
    packageManager: 'npm',
    files: { 'craco.config.js': objectConfig },
    packageJson: craco,
  },
  { name: 'redux', template: 'cra-template-redux-typescript', packageManager: 'npm' },
  { name: 'pwa', template: 'cra-template-pwa-typescript', packageManager: 'npm' },
  {
    name: 'sub-path-own-craco-function',
    template: 'cra-template-typescript',
    packageManager: 'npm',
    files: { 'craco.config.js': functionConfig },
    packageJson: { ...craco, homepage: '/some/where' },
    base: '/some/where',
  },
  { name: 'yarn', template: 'cra-template-typescript', packageManager: 'yarn' },
  { name: 'pnpm', template: 'cra-template-typescript', packageManager: 'pnpm' },
];

let kit: InstalledKit;
let browser: Browser;
let relays: readonly RunningRelay[];
beforeAll(async () => {
  kit = await installKit();
  browser = await chromium.launch({ executablePath: ensureBrowser(), args: [...browserArguments] });
  relays = await Promise.all([startRelay(), startRelay(), startRelay()]);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all((relays ?? []).map((relay) => relay.stop()));
});

test.each(cases.map((app): [string, Case] => [app.name, app]))(
  '%s: init, build, test, sync, undo',
  async (name, request) => {
    const app = await makeApp(name, request);
    const isForced = /redux|pwa/.test(request.template);
    const zbs = (...args: string[]): Promise<Ran> =>
      run(app, process.execPath, [kit.program, ...args], isForced ? force : {});
    const script = (...args: string[]): Promise<Ran> =>
      run(app, request.packageManager, ['run', ...args], { CI: 'true' });

    say(`${name}: init`);
    expect(
      await zbs('init', '--yes', '--identity', 'user.id,user.email', '--kit', `file:${kit.tarball}`),
    ).toMatchObject({ status: 0 });
    expect(await zbs('init', '--yes', '--force', '--kit', `file:${kit.tarball}`)).toEqual({
      status: 0,
      output: expect.stringContaining('Nothing to do'),
    });
    expect(await zbs('doctor', '--offline')).toEqual({
      status: 0,
      output: expect.stringContaining('Nothing is wrong.'),
    });
    await commitAll(app, 'With sync');

    const page = path.join(app, existsSync(path.join(app, 'src/App.tsx')) ? 'src/App.tsx' : 'src/App.js');
    writeFileSync(page, appSource);
    say(`${name}: build`);
    expect(await script('build')).toEqual({ status: 0, output: expect.stringContaining('Compiled') });
    say(`${name}: test`);
    expect(await script('test')).toMatchObject({ status: 0 });
    say(`${name}: sync`);
    await syncs(path.join(app, 'build'), request.base ?? '');

    expect(await run(app, 'git', ['checkout', '--quiet', '--', '.'])).toMatchObject({ status: 0 });
    expect(await zbs('undo', '--yes', '--skip-install')).toMatchObject({ status: 0 });
    const { output } = await run(app, 'git', ['diff', '--stat', 'HEAD~1', '--', '.', ':!*lock*']);
    expect(output).toBe('');
    expect(readFileSync(path.join(app, '.env.local'), 'utf8')).toMatch(/^SYNC_SALT=/);
  },
);

/** What is typed in one browser appears in the other. */
async function syncs(build: string, base: string): Promise<void> {
  const server = await serveFolders({ [`${base}/`]: build });
  const query = relays.map(({ url }) => `relay=${encodeURIComponent(url)}`).join('&');
  const address = `http://127.0.0.1:${server.port}${base}/?${query}`;
  const pages = await Promise.all([openPage(address), openPage(address)]);
  try {
    const [first, second] = pages as [Page, Page];
    await first.getByLabel('Name').fill('written in the first browser');
    await second.waitForFunction(
      () => document.querySelector('input')?.value === 'written in the first browser',
      undefined,
      { timeout: 60_000 },
    );
    await second.getByLabel('Name').fill('and answered in the second');
    await first.waitForFunction(
      () => document.querySelector('input')?.value === 'and answered in the second',
      undefined,
      { timeout: 60_000 },
    );
  } finally {
    await Promise.all(pages.map((page) => page.context().close()));
    await server.stop();
    for (const relay of relays) relay.wipe();
  }
}

async function openPage(address: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(address);
  await page.getByLabel('Name').waitFor({ timeout: 60_000 });
  return page;
}
