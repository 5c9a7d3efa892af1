/** The app's page in these tests, and two browsers that sync through it. */
import { chromium, type Browser, type Page } from 'playwright-core';
import { serveFolders } from '../../bench/support/static-server';
import { browserArguments, ensureBrowser } from '../../scripts/browser.mjs';
import { startRelay } from '../../src/relay';

/** A field that is synced, as a user of the kit would write it, in JavaScript that is TypeScript, too. */
export const appSource = `import { SyncProvider, useDocument, useSyncStatus } from './lib/react';

const identity = ['user-4b1c7e', 'somebody@example.org'];
// Those of config.json, unless the address names others.
const given = new URLSearchParams(window.location.search).getAll('relay');
const relays = given.length > 0 ? given : undefined;

function Name() {
  const [preferences, patch] = useDocument('preferences', 'ui');
  const status = useSyncStatus();
  return (
    <label>
      Name
      <input value={preferences?.name ?? ''} onChange={(event) => patch({ name: event.target.value })} />
      <output>{status.lastSyncedAt === null ? 'not synced' : String(status.pending)}</output>
    </label>
  );
}

export default function App() {
  return (
    <main>
      <h1>learn react</h1>
      <SyncProvider identity={identity} relays={relays} fallback={<p>Opening</p>}>
        <Name />
      </SyncProvider>
    </main>
  );
}
`;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: ensureBrowser(), args: [...browserArguments] });
}

const waiting = { timeout: 60_000 };

/** Resolves when what was typed in one browser appeared in the other, in both directions. @param base where the build is served, such as `/sub` */
export async function expectToSync(browser: Browser, build: string, base: string): Promise<void> {
  const relays = await Promise.all([startRelay(), startRelay(), startRelay()]);
  const server = await serveFolders({ [`${base}/`]: build });
  const query = relays.map(({ url }) => `relay=${encodeURIComponent(url)}`).join('&');
  const address = `http://127.0.0.1:${server.port}${base}/?${query}`;
  const contexts = await Promise.all([browser.newContext(), browser.newContext()]);
  try {
    const [first, second] = await Promise.all([openPage(contexts[0], address), openPage(contexts[1], address)]);
    await type(first, 'written in the first browser');
    await shows(second, 'written in the first browser');
    await type(second, 'and answered in the second');
    await shows(first, 'and answered in the second');
  } finally {
    await Promise.all(contexts.map((context) => context.close()));
    await server.stop();
    await Promise.all(relays.map((relay) => relay.stop()));
  }
}

async function openPage(context: Awaited<ReturnType<Browser['newContext']>>, address: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(address);
  await page.getByLabel('Name').waitFor(waiting);
  return page;
}

function type(page: Page, text: string): Promise<void> {
  return page.getByLabel('Name').fill(text, waiting);
}

async function shows(page: Page, text: string): Promise<void> {
  await page.waitForFunction((wanted) => document.querySelector('input')?.value === wanted, text, waiting);
}
