/** The app's own development server, as its owner starts it. */
import type { Browser } from 'playwright-core';
import type { BasePath, HomeApp } from '../../support/homes/home-app';
import { freePort } from '../../matrix/craco';
import { start, type Running } from '../workshop';

const waiting = { timeout: 120_000 };

/** Resolves when the page had the engine after one load, and what was typed was synced through the relays beside the server. */
export async function expectToDevelop(browser: Browser, app: string, home: HomeApp, base: BasePath): Promise<void> {
  const port = await freePort();
  const { args, environment } = home.develop(port);
  const server = start(app, 'npm', ['run', ...args], environment);
  const url = `http://127.0.0.1:${port}${base}`;
  const context = await browser.newContext();
  let said = '';
  try {
    await untilAnswered(url, server);
    const missing = await fetch(`${url}missing.wasm`);
    expect([missing.status, missing.headers.get('content-type')]).not.toEqual([200, expect.stringContaining('html')]);

    const page = await context.newPage();
    let loads = 0;
    const problems: string[] = [];
    page.on('framenavigated', (frame) => void (frame === page.mainFrame() && loads++));
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('response', (response) => {
      const type = response.headers()['content-type'] ?? '';
      if (/\.wasm(\?|$)/.test(response.url()) && !/wasm|javascript/.test(type))
        problems.push(`${response.url()} is ${type}`);
    });
    await page.goto(url);
    await page.getByLabel('Name').waitFor(waiting);
    await page.getByLabel('Name').fill('typed in development', waiting);
    await page.waitForFunction(() => document.querySelector('output')?.textContent === '0', undefined, waiting);
    expect([loads, problems]).toEqual([1, []]);
  } catch (error) {
    server.signal('SIGTERM');
    said = (await server.ended).output;
    throw new Error(`${(error as Error).message}\nThe server printed:\n${said.slice(-4000)}`);
  } finally {
    await context.close();
    endQuietly(server);
  }
}

async function untilAnswered(url: string, server: Running): Promise<void> {
  let ended: string | null = null;
  void server.ended.then(({ output }) => (ended = output));
  for (const end = Date.now() + 180_000; Date.now() < end;) {
    if (ended !== null) throw new Error(`The server ended:\n${ended}`);
    const isThere = await fetch(url, { headers: { Accept: 'text/html' } }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('The server answers nothing.');
}

function endQuietly(server: Running): void {
  try {
    server.signal('SIGKILL');
  } catch {
    // It has ended.
  }
}
