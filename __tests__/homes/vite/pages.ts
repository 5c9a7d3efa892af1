/** Vite's programs in an app, and pages in a browser that sync through it. */
import * as path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startRelay } from '../../../src/relay';
import { finish, launch } from '../../support/processes';
import type { Finished, Program } from '../../support/processes';
import type { HomeApp } from './apps';

const waiting = { timeout: 60_000 };
const environment = { NO_COLOR: '1' };
const script = 'node_modules/vite/bin/vite.js';

export function vite(
  app: HomeApp,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const program = launch(process.execPath, [path.join(app.folder, script), ...args], app.folder, {
    ...environment,
    ...more,
  });
  return finish(program, 240_000);
}

export interface Server {
  readonly url: string;
  readonly program: Program;
  stop(): Promise<void>;
}

/** @param args None for the development server. */
export async function serve(app: HomeApp, args: readonly string[] = []): Promise<Server> {
  const all = [path.join(app.folder, script), ...args, '--host', '127.0.0.1'];
  const program = launch(process.execPath, all, app.folder, environment);
  const url = await waitFor(
    () => /Local:\s+(\S+)/.exec(program.output())?.[1],
    () => program.output(),
  );
  return {
    url,
    program,
    async stop() {
      program.signal('SIGINT');
      await finish(program, 20_000);
    },
  };
}

export async function waitFor<T>(
  look: () => T | undefined | Promise<T | undefined>,
  explain: () => string = String,
): Promise<T> {
  for (const until = Date.now() + waiting.timeout; Date.now() < until;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`It did not come: ${explain()}`);
}

/** Resolves when what was typed in one browser appeared in the other, in both directions. @param url With the relays in its query, or those of development. */
export async function expectToSync(browser: Browser, url: string): Promise<void> {
  const contexts = await Promise.all([browser.newContext(), browser.newContext()]);
  try {
    const pages = await Promise.all(contexts.map((context) => openPage(context, url)));
    const [first, second] = pages as [Page, Page];
    await first.locator('input').fill('written in the first', waiting);
    await shows(second, 'written in the first');
    await second.locator('input').fill('answered in the second', waiting);
    await shows(first, 'answered in the second');
  } finally {
    await Promise.all(contexts.map((context) => context.close()));
  }
}

export async function openPage(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page.locator('input').waitFor(waiting);
  return page;
}

export async function shows(page: Page, text: string): Promise<void> {
  await page.waitForFunction((wanted) => document.querySelector('input')?.value === wanted, text, waiting);
}

/** Runs something with three relays of its own. @param work Gets them as a query. */
export async function withRelays<T>(work: (query: string) => Promise<T>): Promise<T> {
  const relays = await Promise.all([startRelay(), startRelay(), startRelay()]);
  try {
    return await work(`?${relays.map(({ url }) => `relay=${encodeURIComponent(url)}`).join('&')}`);
  } finally {
    await Promise.all(relays.map((relay) => relay.stop()));
  }
}
