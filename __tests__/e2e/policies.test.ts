/** Pages whose policy, or whose place of files, keeps the engine from what it does elsewhere. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { buildBenchApp } from '../../bench/support/build-app';
import { serveFolders } from '../../bench/support/static-server';
import type { StaticServer } from '../../bench/support/static-server';
import { startRelay } from '../../src/relay';
import type { RunningRelay } from '../../src/relay';
import { openEngine, patch, until, untilDurable } from './support';

let browser: Browser;
let relays: readonly RunningRelay[];
const servers: StaticServer[] = [];
beforeAll(async () => {
  const { ensureBrowser, browserArguments } = await import('../../scripts/browser.mjs');
  browser = await chromium.launch({ executablePath: ensureBrowser(), args: [...browserArguments] });
  relays = await Promise.all([0, 1, 2].map(() => startRelay()));
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));
afterAll(async () => {
  await browser?.close();
  await Promise.all((relays ?? []).map((relay) => relay.stop()));
});

let people = 0;

/** A page of the app under a policy that is sent with every file, as docs/hosting.md has it. */
async function openPage(build: string, policy: string | undefined): Promise<Page> {
  const server = await serveFolders({ '/': build }, policy === undefined ? {} : { 'Content-Security-Policy': policy });
  servers.push(server);
  const context = await browser.newContext();
  await context.addInitScript('globalThis.__name = (named) => named');
  const page = await context.newPage();
  const query = new URLSearchParams({
    identity: `policy-${process.pid}-${people++}`,
    relays: relays.map((relay) => relay.url).join(','),
  });
  await page.goto(`http://localhost:${server.port}/?${query}`);
  return page;
}

/** The whole way: the worker, its chunks, the black box and the relays. */
async function expectToSync(page: Page): Promise<void> {
  await openEngine(page);
  await patch(page, 'one', { title: 'through a blob', order: 1 });
  await untilDurable(page);
  expect(await page.evaluate(() => window.engine.status.problems)).toEqual([]);
  await page.context().close();
}

const refusalOf = (page: Page): Promise<{ readonly code: string; readonly message: string; readonly tookMs: number }> =>
  page.evaluate(async () => {
    const began = performance.now();
    try {
      await window.openEngine();
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      return { code, message, tookMs: performance.now() - began };
    }
    throw new Error('The engine has opened.');
  });

test('without https: in connect-src the engine serves, quickly and without a problem, and asks no relay twice about itself', async () => {
  const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ws:";
  const page = await openPage(process.env.BENCH_APP ?? '', policy);
  const began = Date.now();
  await openEngine(page);
  await patch(page, 'one', { title: 'without a document', order: 1 });
  await untilDurable(page);
  expect(Date.now() - began).toBeLessThan(10_000);
  const { problems, phase } = await page.evaluate(() => window.engine.status);
  expect({ problems, phase }).toEqual({ problems: [], phase: 'online' });

  const [worker] = page.workers();
  await worker!.evaluate(() => {
    Object.assign(globalThis, { reports: 0 });
    addEventListener('securitypolicyviolation', () => ((globalThis as unknown as { reports: number }).reports += 1));
  });
  // Each new connection would be the time to ask.
  await page.evaluate(() => window.engine.pause());
  await page.evaluate(() => window.engine.resume());
  await patch(page, 'one', { title: 'over new connections', order: 1 });
  await until(
    () => page.evaluate(() => window.engine.status.phase),
    (now) => now === 'online',
  );
  await untilDurable(page);
  expect(await worker!.evaluate(() => (globalThis as unknown as { reports: number }).reports)).toBe(0);
  await page.context().close();
});

describe('under Trusted Types', () => {
  const base = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ws:";
  const build = () => process.env.BENCH_APP ?? '';

  test.each([
    ['without a list of policies', `${base}; worker-src 'self' blob:; require-trusted-types-for 'script'`],
    [
      "with the kit's policy in the list",
      `${base}; worker-src 'self' blob:; require-trusted-types-for 'script'; trusted-types app zero-backend-sync`,
    ],
  ])('the engine syncs, %s', async (_which, policy) => {
    await expectToSync(await openPage(build(), policy));
  });

  test.each([
    ["a list without the kit's policy", `worker-src 'self' blob:; trusted-types app`, 'zero-backend-sync'],
    ['a policy without blob:', `worker-src 'self'`, "worker-src 'self' blob:"],
  ])('with %s, the refusal says what to allow', async (_which, policy, remedy) => {
    const page = await openPage(build(), `${base}; require-trusted-types-for 'script'; ${policy}`);
    const { code, message, tookMs } = await refusalOf(page);
    expect(code).toBe('WORKER_BLOCKED');
    expect(message).toContain(remedy);
    expect(tookMs).toBeLessThan(10_000);
    await page.context().close();
  });

  test('a policy that allows no worker at all is named too, without Trusted Types', async () => {
    const page = await openPage(build(), `${base}; worker-src 'none'`);
    expect(await refusalOf(page)).toMatchObject({
      code: 'WORKER_BLOCKED',
      message: expect.stringContaining("worker-src 'self' blob:"),
    });
    await page.context().close();
  });
});

test('an app with output.trustedTypes of its own needs no blob', async () => {
  const craco = `module.exports = {
  webpack: { configure: { output: { trustedTypes: 'app' } } },
  plugins: [{ plugin: require('zero-backend-sync/craco') }],
};\n`;
  const build = await buildBenchApp({ craco });
  const trusted = "require-trusted-types-for 'script'; trusted-types app";
  const policy = `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ws:; ${trusted}`;
  await expectToSync(await openPage(build, policy));
  await rm(dirname(build), { recursive: true, force: true });
});

describe.each([
  ['asset', 'native'],
  ['wasm-loader', 'workerize'],
])('files on another origin, with wasm: %s and worker: %s', (wasm, worker) => {
  let cdn: StaticServer;
  let folder: string;
  let origin: string;
  let build: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zero-backend-sync-cdn-'));
    cdn = await serveFolders({ '/': folder }, { 'Access-Control-Allow-Origin': '*' });
    origin = `http://127.0.0.1:${cdn.port}`;
    const craco = `module.exports = {
  webpack: { configure: { output: { globalObject: 'window' } } },
  plugins: [{ plugin: require('zero-backend-sync/craco'), options: { wasm: '${wasm}', worker: '${worker}' } }],
};\n`;
    build = await buildBenchApp({ publicUrl: origin, craco });
    await cp(build, folder, { recursive: true });
  });
  afterAll(async () => {
    await cdn?.stop();
    for (const each of [folder, build && dirname(build)]) if (each) await rm(each, { recursive: true, force: true });
  });

  const policyOf = (rest: string) =>
    `default-src 'self' ${origin}; script-src 'self' ${origin} 'wasm-unsafe-eval'; connect-src 'self' ws: ${origin}; ${rest}`;

  test('the engine syncs, with a policy and without', async () => {
    await expectToSync(await openPage(build, undefined));
    await expectToSync(await openPage(build, policyOf("worker-src 'self' blob:")));
    await expectToSync(await openPage(build, policyOf("worker-src blob:; require-trusted-types-for 'script'")));
  });

  test('without blob: in the policy the refusal says what to allow', async () => {
    const page = await openPage(build, policyOf("worker-src 'self'"));
    expect(await refusalOf(page)).toMatchObject({
      code: 'WORKER_BLOCKED',
      message: expect.stringMatching(/worker-src 'self' blob:.*script-src.*PUBLIC_URL/),
    });
    await page.context().close();
  });
});
