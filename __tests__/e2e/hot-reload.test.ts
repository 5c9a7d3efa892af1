/** What becomes of engines while an app is worked on under `craco start`: those of `SyncProvider`, and one at the level of a module. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { layOutBenchApp } from '../../bench/support/build-app';
import { startDevServer } from '../matrix/craco';
import type { DevServer } from '../matrix/craco';

jest.setTimeout(120_000);

const index = `import { createRoot } from 'react-dom/client';
import App from './App';

createRoot(document.getElementById('root') ?? document.body.appendChild(document.createElement('div'))).render(<App />);
`;
const app = `import { useEffect, useState } from 'react';
import { SyncProvider, useDocument } from './lib/react';
import { engine, version } from './sync';

function Item() {
  const [item, patch] = useDocument('items', 'one');
  return (
    <>
      <button onClick={() => void patch({ title: 'kept', order: 1 })}>Write</button>
      <output>{item === undefined ? 'unknown' : (item?.title ?? 'none')}</output>
      <em>version 1</em>
    </>
  );
}

function EngineOfModule() {
  const [state, setState] = useState('opening');
  useEffect(() => {
    engine.then(
      () => setState('open ' + version),
      ({ code }: { code: string }) => setState(code + ' ' + version),
    );
  }, []);
  return <strong>{state}</strong>;
}

export default function App() {
  return (
    <>
      <SyncProvider identity={['hot']} relays={[]} fallback={(problem) => <output>{problem?.code ?? 'opening'}</output>}>
        <Item />
      </SyncProvider>
      <EngineOfModule />
    </>
  );
}
`;
const atModuleLevel = `import { SyncEngine } from './lib/engine';

export const version = 1;
export const engine = SyncEngine.open({ identity: ['module'], relays: [] });
`;
/** As docs/guide.md has it. */
const thatHandsOver = `import { SyncEngine } from './lib/engine';

export const version = 1;
const closed = module.hot?.data?.closed ?? Promise.resolve();
export const engine = closed.then(() => SyncEngine.open({ identity: ['module'], relays: [] }));
module.hot?.dispose((data) => {
  data.closed = engine.then((opened) => opened.close()).catch(() => {});
});
`;

let folder: string;
let server: DevServer;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  folder = await layOutBenchApp();
  await rm(join(folder, 'src/index.ts'));
  await Promise.all([write('index.tsx', index), write('App.tsx', app), write('sync.js', atModuleLevel)]);
  server = await startDevServer(folder);
  await server.compiles();
  const { ensureBrowser, browserArguments } = await import('../../scripts/browser.mjs');
  browser = await chromium.launch({ executablePath: ensureBrowser(), args: [...browserArguments] });
  page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  await openPage();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const write = (file: string, text: string) => writeFile(join(folder, 'src', file), text);

/** Waits until the page runs the changed code. @returns whether it is the same page. */
async function edit(file: string, change: (text: string) => string): Promise<boolean> {
  await page.evaluate(() => Object.assign(window, { isSamePage: true }));
  const compiled = server.compiles();
  await write(file, change(await readFile(join(folder, 'src', file), 'utf8')));
  await compiled;
  return page.evaluate(() => 'isSamePage' in window);
}

async function openPage(): Promise<void> {
  await page.goto(server.url);
  await page.locator('output', { hasText: /none|kept/ }).waitFor();
}

const shows = (selector: string, text: string) => page.locator(selector, { hasText: text }).waitFor();

test('SyncProvider keeps its engine through a change of a component', async () => {
  await page.getByText('Write').click();
  await shows('output', 'kept');
  const workers = page.workers();
  expect(await edit('App.tsx', (text) => text.replace('version 1', 'version 2'))).toBe(true);
  await shows('em', 'version 2');
  await shows('output', 'kept');
  expect(page.workers()).toEqual(expect.arrayContaining(workers));
});

test.each(['lib/react.ts', 'lib/storage.ts', 'lib/engine.ts'])(
  'the page is reloaded when %s is changed, and what was written is there',
  async (file) => {
    await openPage();
    await page.evaluate(() => Object.assign(window, { isSamePage: true }));
    await write(file, `${await readFile(join(folder, 'src', file), 'utf8')}\nexport const edited = ${Date.now()};\n`);
    await page.waitForFunction(() => !('isSamePage' in window));
    await shows('output', 'kept');
    await page.getByText('Write').click();
    await shows('output', 'kept');
  },
);

test('an engine at the level of a module is refused when that module is changed, until the page is reloaded', async () => {
  await openPage();
  await shows('strong', 'open');
  await edit('sync.js', (text) => text.replace('version = 1', 'version = 2'));
  await shows('strong', 'ALREADY_OPEN 2');
  await openPage();
  await shows('strong', 'open');
});

test('unless it hands its database over', async () => {
  await edit('sync.js', () => thatHandsOver);
  await openPage();
  await shows('strong', 'open');
  expect(await edit('sync.js', (text) => text.replace('version = 1', 'version = 2'))).toBe(true);
  await shows('strong', 'open 2');
});
