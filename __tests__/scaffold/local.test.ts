/** `demo` and `relay` from the packed kit, in an empty folder: no clone, no app, and nothing asked of another machine. */
import { mkdirSync } from 'node:fs';
import * as path from 'node:path';
import type { Browser, FrameLocator } from 'playwright-core';
import WebSocket from 'ws';
import { installedKit } from './apps';
import { launchBrowser } from './page';
import { endPrograms, start, workshop, type Running } from './workshop';

const kit = installedKit();
const waiting = { timeout: 60_000 };
let folder: string;
beforeAll(() => {
  folder = path.join(workshop(), 'empty');
  mkdirSync(folder, { recursive: true });
});
afterEach(endPrograms);

/** Starts a command that goes on, and reads the line that it prints when it is up. */
async function startCommand<Json>(
  ...args: readonly string[]
): Promise<{ readonly running: Running; readonly json: Json }> {
  const running = start(folder, process.execPath, [kit.program, ...args, '--json']);
  return { running, json: JSON.parse(await running.said(/\}\n/)) as Json };
}

interface Demo {
  readonly url: string;
  readonly devices: readonly string[];
  readonly relays: readonly string[];
}

describe('demo', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  test('a note that one device writes shows on the other, through relays of this machine alone', async () => {
    const { running, json } = await startCommand<Demo>('demo');
    expect(json).toMatchObject({ status: 0, devices: [json.url, expect.any(String)] });
    expect(json.relays).toHaveLength(3);

    const page = await browser.newPage();
    const asked = new Set<string>();
    page.on('request', (request) => asked.add(new URL(request.url()).hostname));
    page.on('websocket', (socket) => asked.add(new URL(socket.url()).hostname));
    await page.goto(json.url);
    const [a, b] = [page.frameLocator('[data-testid="frame-a"]'), page.frameLocator('[data-testid="frame-b"]')];
    await write(a, 'Written on device A');
    await shows(b, 'Written on device A');
    await write(b, 'Answered on device B');
    await shows(a, 'Answered on device B');
    await page.getByTestId('relay-event').first().waitFor(waiting);
    expect(await page.getByTestId('relay-events').innerText()).not.toContain('device A');
    expect([...asked].sort()).toEqual(['127.0.0.1', 'localhost']);
    await page.close();

    running.signal('SIGINT');
    expect(await running.ended).toMatchObject({ status: 0 });
    for (const url of json.devices) await expect(fetch(url)).rejects.toThrow();
  });

  test('a second one takes other ports', async () => {
    const [first, second] = [await startCommand<Demo>('demo'), await startCommand<Demo>('demo')];
    expect(new Set([...first.json.devices, ...second.json.devices]).size).toBe(4);
  });

  async function write(device: FrameLocator, note: string): Promise<void> {
    await device.getByTestId('note-input').fill(note, waiting);
    await device.getByTestId('note-add').click();
  }
  const shows = (device: FrameLocator, note: string): Promise<void> =>
    device.locator(`[data-text="${note}"]`).waitFor({ ...waiting, state: 'attached' });
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('relay serves until %s, and ends with 0', async (signal) => {
  const { running, json } = await startCommand<{ readonly relays: readonly string[] }>('relay');
  expect(json.relays).toHaveLength(3);
  for (const url of json.relays) expect(await answerOf(url)).toBe('["EOSE","all"]');
  running.signal(signal);
  expect(await running.ended).toMatchObject({ status: 0 });
  await expect(answerOf(json.relays[0]!)).rejects.toThrow();
});

/** What a relay says to a first question. */
function answerOf(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.on('open', () => socket.send('["REQ","all",{"kinds":[1]}]'));
    socket.on('message', (data: Buffer) => {
      resolve(data.toString());
      socket.terminate();
    });
    socket.on('error', reject);
  });
}
