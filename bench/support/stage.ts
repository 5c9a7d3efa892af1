/** The stage of a browser bench: the built bench app, three relays, one Chromium with a context for each device. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { startRelay } from '../../src/relay';
import type { RunningRelay } from '../../src/relay';
import { buildBenchApp } from './build-app';
import type { AppOptions } from './build-app';
import { serveFolders } from './static-server';

export interface Device {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly devtools: CDPSession;
  close(): Promise<void>;
}

export interface Stage {
  readonly relays: readonly RunningRelay[];
  readonly browser: Browser;
  /** Opens a page of its own storage whose `window.openEngine()` opens the engine on the stage's relays; without identity for `null`. */
  openDevice(options?: { readonly identity?: string | null; readonly relays?: readonly string[] }): Promise<Device>;
  /** Where the relays keep their events. */
  readonly data: string;
  /** The folder and base URL of the built app. */
  readonly build: string;
  readonly url: string;
  close(): Promise<void>;
}

export async function setStage(
  extraFolders: { readonly [path: string]: string } = {},
  app: AppOptions = {},
): Promise<Stage> {
  const { ensureBrowser, browserArguments } = await import('../../scripts/browser.mjs');
  // A test run builds the unchanged app once for all its files.
  const given = Object.keys(app).length === 0 ? process.env.BENCH_APP : undefined;
  const build = given ?? (await buildBenchApp(app));
  const data = await mkdtemp(join(tmpdir(), 'zero-backend-sync-relays-'));
  const relays = await Promise.all([0, 1, 2].map((index) => startRelay({ file: join(data, `${index}.jsonl`) })));
  const server = await serveFolders({ '/': build, ...extraFolders });
  const browser = await chromium.launch({ executablePath: ensureBrowser(), args: [...browserArguments] });
  const url = `http://localhost:${server.port}/`;
  let people = 0;
  return {
    relays,
    browser,
    data,
    build,
    url,
    async openDevice({
      identity = `bench-${process.pid}-${people++}`,
      relays: urls = relays.map((relay) => relay.url),
    } = {}) {
      const context = await browser.newContext();
      // tsx marks functions with their names by a helper that a page does not have.
      await context.addInitScript('globalThis.__name = (named) => named');
      const page = await context.newPage();
      page.on('pageerror', (error) => process.stderr.write(`page error: ${error.message}\n`));
      const query = new URLSearchParams({ ...(identity !== null && { identity }), relays: urls.join(',') });
      await page.goto(`${url}?${query}`);
      return { context, page, devtools: await context.newCDPSession(page), close: () => context.close() };
    },
    async close() {
      await browser.close();
      await server.stop();
      await Promise.all(relays.map((relay) => relay.stop()));
      if (!given) await rm(dirname(build), { recursive: true, force: true });
      await rm(data, { recursive: true, force: true });
    },
  };
}

export function percentile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))] ?? NaN;
}
