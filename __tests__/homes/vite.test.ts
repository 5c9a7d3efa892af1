/** `zero-backend-sync/vite` in real apps: development, builds, previews, both ways of WebAssembly, and browsers that sync. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { serveFolders } from '../../bench/support/static-server';
import { browserArguments, ensureBrowser } from '../../scripts/browser.mjs';
import { parseSalt } from '../../src/preset/salt';
import { scanForSalt } from '../../src/preset/salt-scan';
import { killAll, say } from '../support/processes';
import { makeHome } from './vite/apps';
import type { Framework, HomeApp, Setup, ViteVersion } from './vite/apps';
import { expectToSync, openPage, serve, shows, vite, waitFor, withRelays } from './vite/pages';

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: ensureBrowser(), args: [...browserArguments] });
});
afterEach(killAll);
afterAll(() => browser?.close());

const salt = parseSalt(/SYNC_SALT=(.*)/.exec(readFileSync(path.join(__dirname, '../../.env'), 'utf8'))![1]!, '.env');
const scripts = (app: HomeApp) =>
  readdirSync(path.join(app.folder, 'dist/assets')).map((file) => path.join(app.folder, 'dist/assets', file));

/** Builds, and has two browsers sync through what `vite preview` serves. */
async function expectBuild(app: HomeApp, setup: Setup = {}, base = '/'): Promise<void> {
  app.configure(setup);
  say(`build ${JSON.stringify({ ...setup, base })}`);
  expect(await vite(app, ['build', '--base', base])).toEqual({
    status: 0,
    output: expect.stringContaining('The salt stands in none of the files'),
  });
  expect(scanForSalt(salt, [path.join(app.folder, 'dist')])).toEqual([]);
  const server = await serve(app, ['preview', '--base', base === './' ? '/' : base, '--port', '0']);
  await withRelays((query) => expectToSync(browser, server.url + query));
  await server.stop();
}

describe.each<[Framework, ViteVersion]>([
  ['react', '8.3.8'],
  ['vue', '8.3.8'],
  ['react', '5.4.21'],
  ['vue', '5.4.21'],
])('%s on Vite %s', (framework, version) => {
  let app: HomeApp;
  beforeAll(async () => {
    app = await makeHome(framework, version);
  });
  afterAll(() => rmSync(app.folder, { recursive: true, force: true }));

  test('development: one load, browsers that sync, an edit of a component keeps the page, one of the schema loses no write', async () => {
    app.configure();
    const server = await serve(app);
    const context = await browser.newContext();
    const page = await context.newPage();
    let loads = 0;
    page.on('load', () => loads++);
    await page.goto(server.url);
    await page.waitForFunction(() => /"state":"live"/.test(document.querySelector('output')?.textContent ?? ''), null, {
      timeout: 60_000,
    });
    expect(loads).toBe(1);
    expect(page.workers()).toHaveLength(1);
    const missing = await fetch(`${server.url}missing.wasm`);
    expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'text/plain; charset=utf-8']);
    await expectToSync(browser, server.url);

    const workers = page.workers();
    app.edit(app.component, (text) => text.replace('version 1', 'version 2'));
    await page.locator('em', { hasText: 'version 2' }).waitFor();
    expect([loads, page.workers()]).toEqual([1, workers]);
    await page.locator('input').fill('before the edit');
    app.edit('src/lib/schema.ts', (text) => `${text}\n`);
    await waitFor(() => (loads > 1 ? true : undefined));
    await shows(page, 'before the edit');
    await page.locator('input').fill('and after it');
    await shows(page, 'and after it');
    await waitFor(() => (page.workers().length === 1 ? true : undefined));
    await context.close();
    await server.stop();
    app.edit(app.component, (text) => text.replace('version 2', 'version 1'));
  });

  test('a build at the root: RxDB once in the page and once in the worker', async () => {
    await expectBuild(app);
    const copies = scripts(app).map((file) => readFileSync(file, 'utf8').split('RxDB Error-Code').length - 1);
    expect(Math.max(...copies)).toBe(1);
  });

  test.each(['/sub/', './'])('a build for %s', (base) => expectBuild(app, {}, base));

  test('with vite-plugin-wasm', async () => {
    const rest = "build: { assetsInlineLimit: 0, target: 'esnext' }";
    await expectBuild(app, { wasm: 'alone', rest });
    expect(scripts(app).filter((file) => file.endsWith('.wasm'))).toHaveLength(1);
    const server = await serve(app);
    await expectToSync(browser, server.url);
    await server.stop();
    if (version === '5.4.21')
      await expectBuild(app, { wasm: 'with top-level await', rest: 'build: { assetsInlineLimit: 0 }' });
  });
});

describe('React on Vite 7.3.8', () => {
  let app: HomeApp;
  beforeAll(async () => {
    app = await makeHome('react', '7.3.8');
  });
  afterAll(() => rmSync(app.folder, { recursive: true, force: true }));

  test.each<[string, Setup]>([
    ['inline', {}],
    ['with vite-plugin-wasm', { wasm: 'alone', rest: 'build: { assetsInlineLimit: 0 }' }],
    [
      'with that and top-level await',
      { wasm: 'with top-level await', rest: "build: { assetsInlineLimit: 0, target: 'es2022' }" },
    ],
  ])('builds %s', (_way, setup) => expectBuild(app, setup));
});

describe('what goes wrong', () => {
  let app: HomeApp;
  beforeAll(async () => {
    app = await makeHome('react', '8.3.8');
  });
  afterAll(() => rmSync(app.folder, { recursive: true, force: true }));

  test('a salt that is missing is in the overlay, and gone when it is there', async () => {
    const text = readFileSync(path.join(app.folder, '.env'), 'utf8');
    app.edit('.env', () => '');
    const server = await serve(app);
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.locator('vite-error-overlay', { hasText: 'SALT_MISSING' }).waitFor({ timeout: 60_000 });
    app.edit('.env', () => text);
    await page.locator('input').waitFor({ timeout: 60_000 });
    expect(await page.locator('vite-error-overlay').count()).toBe(0);
    await page.close();
    await server.stop();
  });

  test("a policy without 'wasm-unsafe-eval' is named by the engine", async () => {
    app.configure();
    expect(await vite(app, ['build'])).toMatchObject({ status: 0 });
    const policy = { 'Content-Security-Policy': "default-src 'self'; img-src data:; connect-src 'self' ws: http:" };
    const server = await serveFolders({ '/': path.join(app.folder, 'dist') }, policy);
    const context = await browser.newContext();
    await withRelays(async (query) => {
      const page = await openPage(context, `http://127.0.0.1:${server.port}/${query}`);
      await page.locator('output', { hasText: /BLACK_BOX_FAILED.*'wasm-unsafe-eval'/ }).waitFor({ timeout: 60_000 });
    });
    await context.close();
    await server.stop();
  });
});
