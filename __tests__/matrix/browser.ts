/** The matrix's look at an app in Chromium: what the probe answers, and everything that went wrong on the way. */
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { browserArguments, ensureBrowser } from '../../scripts/browser.mjs';

interface Probe {
  add(): Promise<number>;
  assetType(): Promise<string | null>;
  greet(): Promise<string>;
  sync(title: string): Promise<{ readonly pending: number }>;
  titles(): Promise<readonly string[]>;
  failures(): Promise<readonly string[]>;
}

export interface ProbedWindow {
  readonly probe: Probe;
}

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: ensureBrowser(), args: [...browserArguments] });
}

export interface OpenedApp {
  readonly page: Page;
  /** Errors of the page and its workers, and responses that a user would miss. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

/** A new user: nothing is stored from before. */
export async function openApp(browser: Browser, url: string): Promise<OpenedApp> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`page: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(url);
  await page.waitForFunction(() => 'probe' in window, undefined, { timeout: 60_000 });
  return { page, problems, close: () => context.close() };
}

export interface ProbeAnswers {
  readonly add: number;
  readonly assetType: string | null;
  readonly greeting: string;
  readonly pending: number;
  readonly titles: readonly string[];
}

export function askProbe(page: Page): Promise<ProbeAnswers> {
  return page.evaluate(async () => {
    const { probe } = window as unknown as ProbedWindow;
    const [add, assetType, greeting, status] = await Promise.all([
      probe.add(),
      probe.assetType(),
      probe.greet(),
      probe.sync('written in the browser'),
    ]);
    return { add, assetType, greeting, pending: status.pending, titles: await probe.titles() };
  });
}

export const expectedAnswers: ProbeAnswers = {
  add: 5,
  assetType: 'application/wasm',
  greeting: 'Hello from the page',
  pending: 0,
  titles: ['written in the browser'],
};
