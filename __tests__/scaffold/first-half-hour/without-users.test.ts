/** From `init` to one's own state on two devices: a tool without users, wired by the snippets of docs/without-users.md and nothing else. */
import type { Browser, Page } from 'playwright-core';
import type { RunningRelay } from '../../../src/relay';
import { launchBrowser } from '../page';
import { endPrograms, removeFolder } from '../workshop';
import { build, followDocument, init, makeOwnApp, onTwoBrowsers, useLocalRelays } from './support';
import { toolApp } from './tool-app';

let app: string;
let browser: Browser;
let relays: readonly RunningRelay[] = [];
let linesWritten: number;
beforeAll(async () => {
  browser = await launchBrowser();
  app = await makeOwnApp('without-users', toolApp);
  expect(await init(app, '--no-users', '--skip-build')).toMatchObject({ status: 0 });
  relays = await useLocalRelays(app);
  linesWritten = followDocument(app, 'without-users.md', 'tool');
  // What the document says besides is compiled with it.
  for (const other of ['panel', 'asks', 'origin', 'lost']) followDocument(app, 'without-users.md', other);
  await build(app);
});
afterEach(endPrograms);
afterAll(async () => {
  await browser?.close();
  await Promise.all(relays.map((relay) => relay.stop()));
  if (app !== undefined) removeFolder(app);
});

async function add(page: Page, title: string): Promise<void> {
  await page.getByLabel('New').fill(title);
  await page.getByLabel('New').press('Enter');
}

/** Resolves when the list is that, in that order. */
async function shows(page: Page, ...titles: string[]): Promise<void> {
  await page.waitForFunction(
    (wanted) => [...document.querySelectorAll('li label')].map((one) => one.textContent.trim()).join() === wanted,
    titles.join(),
  );
}

const isOfTheme = (page: Page, theme: string) =>
  page.waitForFunction((wanted) => document.querySelector('select')?.value === wanted, theme);

test('the owner writes at most 40 lines', () => {
  expect(linesWritten).toBeGreaterThan(0);
  expect(linesWritten).toBeLessThanOrEqual(40);
});

test('a guest keeps what localStorage had, shares it by a link, and both devices show theme and list', async () => {
  const items = ['Old one', 'Old two'].map((title, at) => ({ id: `old-${at}`, title, done: at === 1 }));
  await onTwoBrowsers(browser, app, { tool: { theme: 'dark', items } }, async (first, second) => {
    await shows(first, 'Old one', 'Old two');
    await first.waitForFunction(() => localStorage.getItem('tool') === null);
    await add(second, 'Of the second');

    await first.getByRole('button', { name: 'Use on another device' }).click();
    const link = (await first.getByRole('link').getAttribute('href'))!;
    expect(new URL(link).hash).toMatch(/^#sync-code=/);
    await shows(first, 'Old one', 'Old two');

    const requested: string[] = [];
    second.on('request', (request) => requested.push(request.url()));
    await second.goto('about:blank');
    await second.goto(link);
    await second.waitForFunction(() => window.location.hash === '');
    await second.waitForFunction(() => document.querySelectorAll('li').length === 3);
    await first.waitForFunction(() => document.querySelectorAll('li').length === 3);
    await isOfTheme(second, 'dark');
    expect(requested.join()).not.toContain(new URL(link).hash.slice('#sync-code='.length));

    await second.getByRole('button', { name: 'Remove Of the second' }).click();
    await second.getByLabel('Theme').selectOption('light');
    await add(second, 'Milk');
    await shows(first, 'Old one', 'Old two', 'Milk');
    await isOfTheme(first, 'light');

    await first.getByLabel('Milk').check();
    await second.waitForFunction(() => document.querySelectorAll('li input:checked').length === 2);
  });
});
