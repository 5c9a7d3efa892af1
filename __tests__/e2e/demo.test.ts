/** The demo as a person sees it: `npm start`, and the production build served statically at the root and below a path. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import { root } from '../../bench/support/build-app';
import { serveFolders } from '../../bench/support/static-server';
import { startRelay } from '../../src/relay';
import { until } from './support';

jest.setTimeout(300_000);

let browser: Browser;
beforeAll(async () => {
  const { ensureBrowser, browserArguments } = await import('../../scripts/browser.mjs');
  // A frame of another site gets no IndexedDB in this browser: Playwright's own flags turn storage partitioning off, and this one third-party storage.
  const args = [...browserArguments, '--test-third-party-cookie-phaseout'];
  browser = await chromium.launch({ executablePath: ensureBrowser(), args });
});
afterAll(() => browser?.close());

type Scope = Page | FrameLocator;

async function addNote(scope: Scope, title: string): Promise<void> {
  await scope.getByTestId('note-input').fill(title);
  await scope.getByTestId('note-add').click();
}

const titles = (scope: Scope): Promise<readonly string[]> =>
  scope
    .getByTestId('note-title')
    .evaluateAll((elements) =>
      elements.map((element) => ('value' in element ? String(element.value) : (element.textContent ?? ''))),
    );

const untilNote = (scope: Scope, title: string) =>
  until(
    () => titles(scope),
    (shown) => shown.some((each) => each.includes(title)),
    60_000,
  );

describe('npm start', () => {
  let server: ChildProcess;
  let url: string;
  let output = '';

  beforeAll(async () => {
    server = spawn(process.execPath, ['scripts/start.mjs'], {
      cwd: root,
      env: { ...process.env, NODE_ENV: 'development', PORT: '4400' },
      detached: true,
    });
    server.stdout?.on('data', (data) => (output += data));
    server.stderr?.on('data', (data) => (output += data));
    await until(
      async () => output,
      (text) => /Compiled|Failed to compile/.test(text),
      240_000,
    );
    url = /http:\/\/localhost:\d+/.exec(output)?.[0] ?? '';
  });
  afterAll(async () => {
    // The whole group, because the dev server is a child of the script.
    if (server?.pid !== undefined && server.exitCode === null) process.kill(-server.pid, 'SIGKILL');
  });

  test('two devices side by side show what the other types, through relays that store ciphertext, and nothing while all relays are off', async () => {
    const page = await browser.newPage();
    await page.goto(url);
    const [a, b] = [await frameOf(page, 'a'), await frameOf(page, 'b')];
    // The development relays keep what earlier runs have written.
    const [inTheLight, inTheDark] = [`Buy four lemons ${Date.now()}`, `Written in the dark ${Date.now()}`];
    await addNote(a, inTheLight);
    await untilNote(b, inTheLight);
    await b.getByTestId('preference-name').fill('Ada');
    await until(
      () => a.getByTestId('preference-name').inputValue(),
      (name) => name === 'Ada',
    );

    const stored = await until(
      () => page.getByTestId('relay-event').count(),
      (count) => count > 0,
    );
    expect(stored).toBeGreaterThan(0);
    expect(await page.getByTestId('relay-events').innerText()).not.toContain('lemons');

    for (const index of [0, 1, 2]) await switchOf(page, index).click();
    for (const index of [0, 1, 2]) await page.locator(`[data-testid="relay-${index}"][data-on="false"]`).waitFor();
    for (const device of [a, b])
      await until(
        () => device.getByTestId('status-relays').innerText(),
        (text) => text.startsWith('0/'),
      );
    await addNote(a, inTheDark);
    for (let poll = 0; poll < 10; poll++) {
      expect((await titles(b)).join()).not.toContain(inTheDark);
      await page.waitForTimeout(100);
    }
    await switchOf(page, 1).click();
    await untilNote(b, inTheDark);
    await page.close();
  });

  test('everything stops on Ctrl-C', async () => {
    const relays = (await (await fetch(`${url}/__zero-backend-sync/relays`)).json()) as readonly {
      readonly url: string;
    }[];
    expect(relays).toHaveLength(3);
    server.kill('SIGINT');
    await once(server, 'exit');
    const second = /second device at (\S+)/.exec(output)?.[1] ?? '';
    for (const { url: relay } of [...relays, { url }, { url: second }])
      expect(await isListening(Number(new URL(relay).port))).toBe(false);
  });
});

describe('the production build', () => {
  const builds: string[] = [];
  afterAll(() => Promise.all(builds.map((folder) => rm(folder, { recursive: true, force: true }))));

  test.each([
    { homepage: '/', path: '/' },
    { homepage: '.', path: '/sub/' },
    { homepage: '/sub', path: '/sub/' },
  ])('with homepage "$homepage", served at $path, syncs two browsers', async ({ homepage, path }) => {
    const folder = await mkdtemp(join(tmpdir(), 'zero-backend-sync-demo-'));
    builds.push(folder);
    await buildDemo(folder, homepage);
    const relays = await Promise.all([0, 1, 2].map(() => startRelay()));
    const server = await serveFolders({ [path]: folder });
    const query = new URLSearchParams({ identity: 'demo-build', relays: relays.map((relay) => relay.url).join(',') });
    const pages: Page[] = [];
    for (const device of ['a', 'b']) {
      const page = await (await browser.newContext()).newPage();
      await page.goto(`http://localhost:${server.port}${path}?${query}&device=${device}`);
      pages.push(page);
    }
    await addNote(pages[0]!, 'From the build');
    await untilNote(pages[1]!, 'From the build');
    await Promise.all(pages.map((page) => page.context().close()));

    await expectToShare(`http://localhost:${server.port}${path}?${query}&users=none&device=`);
    await server.stop();
    await Promise.all(relays.map((relay) => relay.stop()));
  });
});

/** What somebody without a user writes is on the device that opens the link, and on a third one where the code is typed. */
async function expectToShare(address: string): Promise<void> {
  const open = async (url: string) => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(url);
    return page;
  };
  const [first, third] = [await open(`${address}a`), await open(`${address}c`)];
  await addNote(first, 'Of a guest');
  await first.getByTestId('share-button').click();
  await first.getByTestId('share-qr').waitFor();
  const link = (await first.getByTestId('share').getByRole('link').getAttribute('href'))!;
  const code = await first.getByTestId('share-code').innerText();
  expect(link).toContain(`#sync-code=${code}`);
  await untilNote(first, 'Of a guest');

  const second = await open(link);
  await untilNote(second, 'Of a guest');
  expect(second.url()).toBe(link.replace(/#.*/, ''));
  await second.goBack();
  await second.goForward();
  expect(second.url()).not.toContain(code);

  await addNote(third, 'Of another guest');
  await third.getByTestId('share-input').fill(code.toLowerCase().replace(/-/g, ' '));
  await third.getByTestId('share-join').click();
  for (const page of [first, second, third])
    for (const title of ['Of a guest', 'Of another guest']) await untilNote(page, title);
  await Promise.all([first, second, third].map((page) => page.context().close()));
}

/** The device in a frame; a development bundle takes its time on a busy machine. */
async function frameOf(page: Page, device: string): Promise<FrameLocator> {
  const frame = page.frameLocator(`[data-testid="frame-${device}"]`);
  await frame.getByTestId('note-input').waitFor({ timeout: 120_000 });
  return frame;
}

const switchOf = (page: Page, index: number) => page.getByTestId(`relay-${index}`).getByRole('switch');

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function buildDemo(folder: string, homepage: string): Promise<void> {
  const craco = join(root, 'node_modules/@craco/craco/dist/bin/craco.js');
  const env = { ...process.env, NODE_ENV: 'production', CI: 'true', BUILD_PATH: folder, PUBLIC_URL: homepage } as const;
  const build = spawn(process.execPath, [craco, 'build'], { cwd: root, env });
  let output = '';
  build.stdout.on('data', (data) => (output += data));
  build.stderr.on('data', (data) => (output += data));
  const [code] = await once(build, 'exit');
  if (code !== 0) throw new Error(`The demo did not build.\n${output}`);
}
