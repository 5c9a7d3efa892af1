/** `craco start` while an app is worked on: what goes wrong is seen in the terminal and in the overlay, and what is put right works again. */
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { say } from '../support/processes';
import { configure, useApp } from './apps';
import { askProbe, expectedAnswers, openApp } from './browser';
import type { OpenedApp, ProbedWindow } from './browser';
import { startDevServer } from './craco';
import type { DevServer } from './craco';
import { faults, withEdit } from './faults';
import { options } from './options';

describe.each(options.template)('an app of %s in development', (template) => {
  const suite = useApp(template);
  let server: DevServer;
  let opened: OpenedApp;
  let page: Page;
  beforeAll(async () => {
    configure(suite.app, '{}');
    writeFileSync(join(suite.app, 'public/public.wasm'), '\0asm\x01\0\0\0');
    server = await startDevServer(suite.app);
    await server.compiles();
    opened = await openApp(suite.browser, server.url);
    page = opened.page;
    expect(await askProbe(page)).toEqual(expectedAnswers);
  });
  afterAll(async () => {
    await opened?.close();
    await server?.stop();
    rmSync(join(suite.app, 'public/public.wasm'), { force: true });
  });

  test('modules have their MIME type, and one that is missing is a 404 instead of the app’s HTML', async () => {
    const head = async (path: string) => {
      const { status, headers } = await fetch(`${server.url}${path}`, { method: 'HEAD' });
      return { status, type: headers.get('Content-Type') };
    };
    expect(await head('/public.wasm')).toEqual({ status: 200, type: 'application/wasm' });
    expect(await head('/static/media/missing.wasm')).toMatchObject({
      status: 404,
      type: expect.stringContaining('text/plain'),
    });
    expect(await head('/any/page')).toMatchObject({ status: 200, type: expect.stringContaining('text/html') });
  });

  test('the relays are the app’s, hold what it wrote, and can be switched', async () => {
    const relays = `${server.url}/__zero-backend-sync/relays`;
    const states = (await (await fetch(relays)).json()) as {
      readonly url: string;
      readonly on: boolean;
      readonly events: number;
    }[];
    expect(states).toHaveLength(3);
    expect(states.every(({ on }) => on)).toBe(true);
    expect(states.filter(({ events }) => events > 0).length).toBeGreaterThanOrEqual(2);
    const events = (await (await fetch(`${relays}/0/events`)).json()) as { readonly kind: number }[];
    expect(events.every(({ kind }) => kind === 30078)).toBe(true);
    const off = await fetch(`${relays}/1`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"on":false}',
    });
    expect(await off.json()).toMatchObject({ index: 1, on: false });
    expect(await isListening(states[1]!.url)).toBe(false);
  });

  test('a hot reload of a component keeps the page and its worker', async () => {
    const workers = page.workers();
    await page.evaluate(() => Object.assign(window, { isThisPage: true }));
    await withEdit(
      suite.app,
      'src/App',
      (source) => source.replace('Learn React', 'Learn hot reloading'),
      async () => {
        await page.getByText('Learn hot reloading').waitFor();
        expect(await page.evaluate(() => 'isThisPage' in window)).toBe(true);
        expect(page.workers()).toEqual(workers);
        expect((await askProbe(page)).titles).toEqual(expectedAnswers.titles);
      },
    );
    await page.getByText('Learn React').waitFor();
  });

  test('a change of the worker reloads the page, whose old worker would go on otherwise', async () => {
    await page.evaluate(() => Object.assign(window, { isOldPage: true }));
    await withEdit(
      suite.app,
      'src/lib/worker/index',
      (source) => `${source}\nglobalThis.name = 'edited';\n`,
      async () => {
        await page.waitForFunction(() => 'probe' in window && !('isOldPage' in window));
      },
    );
    await server.compiles();
    await page.waitForFunction(() => 'probe' in window);
  });

  test.each(faults)(
    'a mistake in $what is seen in the terminal and in the overlay, and recovered from',
    async ({ what, file, change, words }) => {
      say(`a mistake in ${what}`);
      const failed = Promise.all([server.prints(/Failed to compile/), server.prints(words)]);
      await withEdit(suite.app, file, change, async () => {
        await failed;
        await page.frameLocator('#webpack-dev-server-client-overlay').getByText(words).first().waitFor();
      });
      await server.compiles();
    },
  );

  test('a change of AssemblyScript is in the browser without a restart', async () => {
    const compiled = server.compiles();
    await withEdit(
      suite.app,
      'src/add.asm.ts',
      (source) => source.replace('a + b', 'a + b + 1000'),
      async () => {
        await compiled;
        await page.waitForFunction(addsUpTo, 1005);
      },
    );
    await page.waitForFunction(addsUpTo, 5);
  });

  test('nothing is left of the relays when the server is stopped', async () => {
    const states = (await (await fetch(`${server.url}/__zero-backend-sync/relays`)).json()) as {
      readonly url: string;
    }[];
    expect(await isListening(states[0]!.url)).toBe(true);
    await server.stop();
    expect(await Promise.all(states.map(({ url }) => isListening(url)))).toEqual([false, false, false]);
  });
});

/** Runs in the page, which may be in the middle of a reload. */
async function addsUpTo(expected: number): Promise<boolean> {
  return 'probe' in window && (await (window as unknown as ProbedWindow).probe.add()) === expected;
}

async function isListening(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
