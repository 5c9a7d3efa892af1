/** From `init` to one's own state on two devices: a Redux Toolkit app with a sign-in, wired by the snippets of docs/existing-state.md and nothing else. */
import type { Browser, Page } from 'playwright-core';
import type { RunningRelay } from '../../../src/relay';
import { launchBrowser } from '../page';
import { endPrograms, removeFolder } from '../workshop';
import { reduxApp } from './redux-app';
import { build, followDocument, init, makeOwnApp, onTwoBrowsers, useLocalRelays } from './support';

let app: string;
let browser: Browser;
let relays: readonly RunningRelay[] = [];
let linesWritten: number;
beforeAll(async () => {
  browser = await launchBrowser();
  app = await makeOwnApp('redux-toolkit', reduxApp);
  expect(await init(app, '--identity', 'user.id', '--skip-build')).toMatchObject({ status: 0 });
  relays = await useLocalRelays(app);
  linesWritten = followDocument(app, 'existing-state.md', 'redux');
  await build(app);
});
afterEach(endPrograms);
afterAll(async () => {
  await browser?.close();
  await Promise.all(relays.map((relay) => relay.stop()));
  if (app !== undefined) removeFolder(app);
});

const account = 'f2b7c1d9-5a3e-4f60-9c1b-7d8e2a4b6c90';
const otherAccount = '0a9d8c7b-6e5f-4a3b-8c2d-1e0f9a8b7c6d';

async function signIn(page: Page, user: string): Promise<void> {
  await page.getByLabel('Account').fill(user);
  await page.getByLabel('Account').press('Enter');
  await page.getByLabel('Theme').waitFor();
}

async function add(page: Page, title: string): Promise<void> {
  await page.getByLabel('New').fill(title);
  await page.getByLabel('New').press('Enter');
}

const titlesOf = async (page: Page) => (await page.locator('li label').allInnerTexts()).map((text) => text.trim());

/** Resolves when the list is that, in that order. */
async function shows(page: Page, ...titles: string[]): Promise<void> {
  await page.waitForFunction(
    (wanted) => [...document.querySelectorAll('li label')].map((one) => one.textContent.trim()).join() === wanted,
    titles.join(),
  );
}

test('the owner writes at most 40 lines', () => {
  expect(linesWritten).toBeGreaterThan(0);
  expect(linesWritten).toBeLessThanOrEqual(40);
});

test('theme and list of a user are on both devices, with what the first one had in localStorage, and nobody else sees them', async () => {
  const items = ['Old one', 'Old two'].map((title, at) => ({ id: `old-${at}`, title, done: at === 1 }));
  const kept = { 'todo-app': { settings: { theme: 'dark' }, todos: { items, filter: 'all' } } };
  await onTwoBrowsers(browser, app, kept, async (first, second) => {
    await signIn(first, account);
    await shows(first, 'Old one', 'Old two');
    await signIn(second, account);
    await shows(second, 'Old one', 'Old two');
    await second.waitForFunction(() => document.querySelector('select')?.value === 'dark');
    expect(await first.evaluate(() => localStorage.getItem('todo-app'))).toBeNull();

    await add(second, 'Milk');
    await second.getByLabel('Theme').selectOption('light');
    await shows(first, 'Old one', 'Old two', 'Milk');
    await first.waitForFunction(() => document.querySelector('select')?.value === 'light');
    await first.getByRole('button', { name: 'Remove Old one' }).click();
    await first.getByLabel('Milk').check();
    await shows(second, 'Old two', 'Milk');
    await second.waitForFunction(() => document.querySelectorAll('li input:checked').length === 2);

    await first.getByRole('button', { name: 'Sign out' }).click();
    await signIn(first, otherAccount);
    expect(await titlesOf(first)).toEqual([]);
    await add(first, 'Of somebody else');
    await shows(first, 'Of somebody else');
    await first.getByRole('button', { name: 'Sign out' }).click();
    await signIn(first, account);
    await shows(first, 'Old two', 'Milk');
    expect(await titlesOf(second)).toEqual(['Old two', 'Milk']);
  });
});
