/** `relay` and `demo`: servers of this machine that an app or a browser takes, and that leave nothing behind. */
import { createServer } from 'node:net';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { relay } from '../../src/cli/commands/relay';
import type { CommandResult } from '../../src/cli/commands/context';
import { serveDemo } from '../../src/cli/local/demo-site';
import { openBrowser } from '../../src/cli/local/open-browser';
import { createDevRelays } from '../../src/preset/dev-relays';
import { findFreePort } from '../../src/preset/free-port';
import { readConfig } from '../../src/runtime/core/config';
import { javascriptApp, makeProject, type TestProject } from './project';

let project: TestProject;
const running: (() => Promise<void>)[] = [];
beforeEach(() => (project = makeProject({})));
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
  project.remove();
});

async function startRelays(options: Parameters<typeof relay>[1] = {}) {
  const context = project.context();
  const result = await relay(context, options);
  if (result.stop) running.push(result.stop);
  return { ...(result as CommandResult & { json: { relays: string[] } }), text: context.printed.join('\n') };
}

/** Without connections that are kept for a server that has ended. */
const get = (url: string, init: RequestInit = {}) =>
  fetch(url, { ...init, headers: { connection: 'close', 'content-type': 'application/json' } });
const portOf = (url: string): number => Number(new URL(url).port);
const isTaken = async (port: number): Promise<boolean> => (await findFreePort(port)) !== port;

describe('relay', () => {
  test('starts three in memory, and prints them as config.json and as the provider take them', async () => {
    const { json, text, status } = await startRelays();
    expect({ status, json }).toEqual({
      status: 0,
      json: { relays: expect.any(Array), data: null, config: 'src/lib/config.json' },
    });
    expect(json.relays).toHaveLength(3);
    const inConfig = JSON.parse(`{${/"relays": \[[^\]]*\]/.exec(text)?.[0]}}`) as object;
    expect(inConfig).toEqual({ relays: json.relays });
    const config = JSON.parse(makeConfig()) as object;
    expect(readConfig({ ...config, ...inConfig }).relays).toEqual(
      json.relays.map((url) => expect.stringContaining(url)),
    );
    expect(text).toContain('<SyncProvider identity={identity} relays={relays}>');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('takes the ports that were named, and ends where one is taken, with nothing left running', async () => {
    const port = await findFreePort(18_700);
    const { json } = await startRelays({ port: String(port), count: '4' });
    expect(json.relays.map(portOf)).toEqual([0, 1, 2, 3].map((index) => port + index));
    await expect(startRelays({ port: String(port - 2) })).rejects.toMatchObject({ code: 'RELAY_PORT_TAKEN' });
    expect(await isTaken(port - 2)).toBe(false);
    await running.pop()?.();
    expect(await isTaken(port)).toBe(false);
  });

  test('takes free ports where none was named', async () => {
    const [first, second] = [await startRelays(), await startRelays()];
    expect(new Set([...first.json.relays, ...second.json.relays]).size).toBe(6);
  });

  test('keeps what it stores where a folder was named', async () => {
    const { json } = await startRelays({ data: 'kept/here' });
    expect(json).toMatchObject({ data: expect.stringContaining('kept') });
    expect(readdirSync(`${project.root}/kept/here`)).toEqual(
      expect.arrayContaining(['relay-1.jsonl', 'relay-2.jsonl', 'relay-3.jsonl']),
    );
    await expect(startRelays({ data: 'kept/here' })).rejects.toMatchObject({ code: 'RELAY_FILE_BUSY' });
  });

  test("names the app's own folder of the template", async () => {
    for (const [file, text] of Object.entries(javascriptApp)) project.write(file, text);
    expect((await startRelays()).json).toMatchObject({ config: 'src/lib/config.json' });
  });

  test.each([
    { port: '0' },
    { port: '65536' },
    { port: '65534' },
    { port: 'http' },
    { count: '2' },
    { count: '17' },
    { count: 'many' },
    { count: '3.5' },
  ])('refuses %j before anything listens', async (options) => {
    await expect(startRelays(options)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

describe('the site of the demo', () => {
  const page = '<div id="root" data-device-ports="%REACT_APP_DEVICE_PORTS%" data-relays="%REACT_APP_RELAYS%"></div>';

  async function serve() {
    project.write('demo/index.html', page);
    project.write('demo/demo.js', 'start()');
    project.write('secret.txt', 'nobody reads this');
    const relays = createDevRelays({ count: 3, warn: () => {} });
    running.push(() => relays.stop());
    const first = await findFreePort(18_800);
    const ports = [first, await findFreePort(first + 1)];
    const site = await serveDemo({ folder: `${project.root}/demo`, ports, relays });
    running.push(() => site.stop());
    return { ports, site, addresses: await relays.start() };
  }

  test('is at two ports, and says which and where the relays are', async () => {
    const { ports, addresses } = await serve();
    for (const port of ports) {
      const response = await get(`http://127.0.0.1:${port}/?device=a`);
      expect(await response.text()).toBe(
        `<div id="root" data-device-ports="${ports.join()}" data-relays="${addresses.join()}"></div>`,
      );
      expect((await get(`http://127.0.0.1:${port}/demo.js`)).headers.get('content-type')).toMatch(/javascript/);
    }
  });

  test('serves nothing beside the demo', async () => {
    const { ports } = await serve();
    for (const path of ['/secret.txt', '/..%2fsecret.txt', '/%2e%2e/secret.txt', '/__proto__', '/%'])
      expect((await get(`http://127.0.0.1:${ports[0]}${path}`)).status).toBe(404);
  });

  test('switches its relays', async () => {
    const { ports } = await serve();
    const at = `http://127.0.0.1:${ports[0]}/__zero-backend-sync/relays`;
    expect(await (await get(at)).json()).toHaveLength(3);
    const body = JSON.stringify({ on: false });
    await get(`${at}/1`, { method: 'POST', body });
    expect(await (await get(at)).json()).toMatchObject([{ on: true }, { on: false }, { on: true }]);
    expect((await get(`${at}-of-others`)).status).toBe(404);
  });

  test('leaves both ports free when it ends, and when the second one cannot be had', async () => {
    const { ports, site } = await serve();
    await site.stop();
    for (const port of ports) expect(await isTaken(port)).toBe(false);
    const other = createServer().listen(ports[1], '127.0.0.1');
    await once(other, 'listening');
    const relays = createDevRelays({ count: 3, warn: () => {} });
    running.push(() => relays.stop());
    const folder = `${project.root}/demo`;
    await expect(serveDemo({ folder, ports, relays })).rejects.toMatchObject({ code: 'DEMO_PORT_TAKEN' });
    expect(await isTaken(ports[0]!)).toBe(false);
    other.close();
  });

  test('says what to do in a clone that was not built', async () => {
    const relays = createDevRelays({ count: 3, warn: () => {} });
    running.push(() => relays.stop());
    await expect(serveDemo({ folder: project.root, ports: [], relays })).rejects.toMatchObject({
      code: 'DEMO_MISSING',
    });
  });
});

test.each([
  ['linux', { DISPLAY: '' }],
  ['linux', {}],
  ['darwin', { BROWSER: 'none' }],
  ['win32', { BROWSER: 'none' }],
])('no browser is opened on %s with %j', (platform, env) => {
  expect(openBrowser('http://localhost:1', env, platform)).toBe(false);
});

function makeConfig(): string {
  return JSON.stringify({
    appId: 'my-app/0123456789abcdef',
    kind: 30_078,
    salts: [{ id: '1', env: 'SYNC_SALT', fingerprint: '3ae29166c7faad65' }],
    iterations: 600_000,
    activeRelays: 4,
    notBefore: '2026-11-01',
  });
}
