/** How long a tool takes: for a build, and from its start to a page that shows what the engine holds. */
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { freePort } from '../../__tests__/matrix/craco';
import { must, start } from '../../__tests__/scaffold/workshop';
import type { Tool } from './tools';

/** The public relays are not part of it. */
const query = [1, 2, 3].map((port) => `relay=${encodeURIComponent(`ws://127.0.0.1:${port}`)}`).join('&');
const timeout = 240_000;

/** @returns ms */
export async function timeBuild(tool: Tool, app: string, program: string): Promise<number> {
  const startedAt = performance.now();
  await must(app, process.execPath, [join(app, 'node_modules', program), ...tool.build]);
  return performance.now() - startedAt;
}

/** @returns ms */
export async function timeStart(tool: Tool, app: string, program: string, browser: Browser): Promise<number> {
  const port = await freePort();
  const { args, environment = {} } = tool.start(port);
  const context = await browser.newContext();
  const page = await context.newPage();
  const startedAt = performance.now();
  const server = start(app, process.execPath, [join(app, 'node_modules', program), ...args], environment);
  try {
    await untilAnswered(`http://127.0.0.1:${port}/`);
    await page.goto(`http://127.0.0.1:${port}/?${query}`, { timeout });
    await page.getByLabel('Name').waitFor({ timeout });
    return performance.now() - startedAt;
  } finally {
    await context.close();
    server.signal('SIGKILL');
    await server.ended;
  }
}

async function untilAnswered(url: string): Promise<void> {
  for (const end = performance.now() + timeout; performance.now() < end;) {
    const isThere = await fetch(url, { headers: { Accept: 'text/html' } }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${url} answers nothing.`);
}
