/** An app with the kit that has moved from Create React App to Vite: the data of its users is where it was, under the same keys. */
import { cpSync, existsSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { serveFolders } from '../../../bench/support/static-server';
import { startRelay } from '../../../src/relay';
import { writeFiles } from '../../support/homes/installed-app';
import { viteApp } from '../../support/homes/vite-apps';
import { linkApp } from '../../support/kept';
import { say } from '../../support/processes';
import { commitAll, installedKit, makeApp } from '../apps';
import { launchBrowser } from '../page';
import { endPrograms, must, removeFolder, workshop } from '../workshop';
import { saltOf } from './app';
import { syncedSources } from './sources';

const kit = installedKit();
const waiting = { timeout: 60_000 };
/** What a move into a new folder takes along. */
const carried = [
  'src/lib',
  'src/App.tsx',
  'src/Name.tsx',
  '.env.local',
  '.zero-backend-sync.json',
  '.zero-backend-sync',
];

let browser: Browser;
let former: string;
let moved: string;
beforeAll(async () => {
  browser = await launchBrowser();
  former = await makeApp('before-the-move', { template: 'cra-template-typescript', packageManager: 'npm' });
  say('Create React App: init');
  await zbs(former, 'init', '--yes', '--skip-build', '--identity', 'user.id', '--kit', `file:${kit.tarball}`);
  writeFiles(path.join(former, 'src'), syncedSources('react', 'typescript', 'App.tsx'));
  say('Create React App: build');
  await must(former, 'npm', ['run', 'build'], { CI: 'true' });

  const vite = viteApp({ vite: 8, framework: 'react', language: 'typescript' });
  moved = path.join(workshop(), 'apps/after-the-move');
  linkApp(await vite.installed(), moved);
  for (const file of carried.filter((name) => existsSync(path.join(former, name))))
    cpSync(path.join(former, file), path.join(moved, file), { recursive: true });
  await must(moved, 'git', ['init', '--quiet']);
  await commitAll(moved, 'Moved to Vite');
  say('Vite: migrate');
  await zbs(moved, 'migrate', '--yes', '--skip-build');
  say('Vite: build');
  await must(moved, 'npm', ['run', 'build'], { CI: 'true' });
});
afterEach(endPrograms);
afterAll(async () => {
  await browser?.close();
  for (const app of [former, moved].filter(Boolean)) removeFolder(app);
});

const zbs = (app: string, ...args: string[]) => must(app, process.execPath, [kit.program, ...args]);

test('what was written under Create React App without a network is there without one, waits as it did, and reaches devices of the former build', async () => {
  expect(saltOf(moved)).toEqual(saltOf(former));
  const served = path.join(workshop(), 'served');
  const deploy = (build: string): void => {
    rmSync(served, { recursive: true, force: true });
    cpSync(build, served, { recursive: true });
  };
  deploy(path.join(former, 'build'));
  const [site, otherSite] = await Promise.all([
    serveFolders({ '/': served }),
    serveFolders({ '/': path.join(former, 'build') }),
  ]);
  const relays = await Promise.all([startRelay(), startRelay(), startRelay()]);
  const [user, otherDevice] = await Promise.all([browser.newContext(), browser.newContext()]);
  try {
    // Nothing listens there.
    const noNetwork = [1, 2, 3].map((port) => `ws://127.0.0.1:${port}`);
    const before = await openSite(user, site.port, noNetwork);
    await before.getByLabel('Name').fill('written under Create React App', waiting);
    const waits = await before.locator('[data-pending]:not([data-pending="0"])').getAttribute('data-pending', waiting);
    await before.reload();
    await showsName(before, 'written under Create React App');
    await before.locator(`[data-pending="${waits}"]`).waitFor(waiting);
    await before.close();

    deploy(path.join(moved, 'dist'));
    const after = await openSite(user, site.port, noNetwork);
    await showsName(after, 'written under Create React App');
    await after.locator(`[data-pending="${waits}"]`).waitFor(waiting);
    await after.close();

    const urls = relays.map(({ url }) => url);
    const device = await openSite(otherDevice, otherSite.port, urls);
    const online = await openSite(user, site.port, urls);
    await online.locator('[data-pending="0"]').waitFor(waiting);
    await showsName(device, 'written under Create React App');
  } finally {
    await Promise.all([user.close(), otherDevice.close()]);
    await Promise.all([site.stop(), otherSite.stop(), ...relays.map((relay) => relay.stop())]);
    rmSync(served, { recursive: true, force: true });
  }
});

async function openSite(context: BrowserContext, port: number, relays: readonly string[]): Promise<Page> {
  const page = await context.newPage();
  const query = relays.map((url) => `relay=${encodeURIComponent(url)}`).join('&');
  await page.goto(`http://127.0.0.1:${port}/?${query}`);
  await page.getByLabel('Name').waitFor(waiting);
  return page;
}

async function showsName(page: Page, text: string): Promise<void> {
  await page.waitForFunction((wanted) => document.querySelector('input')?.value === wanted, text, waiting);
}
