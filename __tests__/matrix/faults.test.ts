/** What goes wrong has to be seen: in the terminal, in the overlay, in the exit status; and what is put right has to work again. */
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import type { Page } from 'playwright-core';
import { configure, moduleOf, salt, useApp } from './apps';
import type { Template } from './apps';
import { askProbe, expectedAnswers, openApp } from './browser';
import type { OpenedApp } from './browser';
import { craco, startDevServer } from './craco';
import type { DevServer } from './craco';
import { say } from '../support/processes';
import { lookAtBuild } from './rows';

const templates: readonly Template[] = ['cra-template-typescript', 'cra-template'];

interface Fault {
  readonly what: string;
  /** Without its extension where that is the app's. */
  readonly file: string;
  change(source: string): string;
  /** What has to be said about it. */
  readonly words: RegExp;
}
const faultOfWorker: Fault = {
  what: 'the worker',
  file: 'src/lib/worker/index',
  change: (source) => `${source}\nconst = ;\n`,
  words: /worker\/index\.[jt]s/,
};
const faults: readonly Fault[] = [
  faultOfWorker,
  {
    what: 'AssemblyScript',
    file: 'src/add.asm.ts',
    change: (source) => source.replace('a + b', 'a + c'),
    words: /src\/add\.asm\.ts:2:14/,
  },
  {
    what: 'config.json',
    file: 'src/lib/config.json',
    change: (source) => source.replace(',', ',,'),
    words: /config\.json (is not valid JSON in line 2|cannot be read)/,
  },
  {
    what: 'a value of config.json',
    file: 'src/lib/config.json',
    change: (source) => source.replace('100000', '1000'),
    words: /"iterations" of config\.json is 1000/,
  },
];

describe.each(templates)('an app of %s', (template) => {
  const suite = useApp(template);

  /** Changes a file of the app for as long as something is looked at. */
  async function withEdit(file: string, change: (source: string) => string, look: () => Promise<void>): Promise<void> {
    const path = existsSync(join(suite.app, file)) ? join(suite.app, file) : moduleOf(suite.app, file);
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, change(before));
    try {
      await look();
    } finally {
      writeFileSync(path, before);
    }
  }

  describe('in development', () => {
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
        await withEdit(file, change, async () => {
          await failed;
          await page.frameLocator('#webpack-dev-server-client-overlay').getByText(words).first().waitFor();
        });
        await server.compiles();
      },
    );

    test('a change of AssemblyScript is in the browser without a restart', async () => {
      const compiled = server.compiles();
      await withEdit(
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

  describe('a build', () => {
    test.each([...faults.map((fault) => ({ ...fault, worker: 'native' })), { ...faultOfWorker, worker: 'workerize' }])(
      'with a mistake in $what fails, with worker: $worker',
      async ({ what, file, change, words, worker }) => {
        say(`a build with a mistake in ${what}, ${worker}`);
        configure(suite.app, JSON.stringify({ worker }));
        await withEdit(file, change, async () => {
          const { status, output } = await craco(suite.app, 'build');
          expect(output).toMatch(words);
          expect(status).toBe(1);
        });
      },
    );

    test.each([
      ['an unknown option', "{ wsam: 'asset' }", 'OPTIONS_INVALID'],
      ['the preset twice', "{} }, { plugin: require('zero-backend-sync/craco'), options: {}", 'PRESET_TWICE'],
    ])('with %s fails at once', async (_what, options, code) => {
      configure(suite.app, options);
      for (const command of ['build', 'test'] as const) {
        const { status, output } = await craco(suite.app, command);
        expect(output).toContain(code);
        expect(status).not.toBe(0);
      }
    });

    test('with another major of react-scripts fails and names the one that is supported', async () => {
      configure(suite.app, '{}');
      const file = join(suite.app, 'node_modules/react-scripts/package.json');
      const before = readFileSync(file, 'utf8');
      // Removed first, because all apps share the file.
      rmSync(file);
      writeFileSync(file, before.replace(/"version": "5[^"]*"/, '"version": "4.0.3"'));
      const { status, output } = await craco(suite.app, 'build');
      writeFileSync(file, before);
      expect(output).toMatch(/REACT_SCRIPTS_UNSUPPORTED/);
      expect(output).toMatch(/react-scripts 4\.0\.3.*supports .* react-scripts 5\.x/);
      expect(status).not.toBe(0);
    });

    test('of an ejected app fails and names what is supported', async () => {
      const ejected = join(suite.app, 'config/webpack.config.js');
      mkdirSync(dirname(ejected));
      writeFileSync(ejected, '');
      await withEdit(
        'package.json',
        (source) => source.replace(/"react-scripts": "[^"]*",?/, ''),
        async () => {
          const { status, output } = await craco(suite.app, 'build');
          expect(output).toMatch(/This app is ejected.* supports Create React App that is not ejected/);
          expect(status).not.toBe(0);
        },
      );
      rmSync(dirname(ejected), { recursive: true });
    });

    test('with the salt in a public file fails and names the file', async () => {
      configure(suite.app, '{}');
      writeFileSync(join(suite.app, 'public/leak.txt'), salt.toString('hex'));
      const { status, output } = await craco(suite.app, 'build');
      rmSync(join(suite.app, 'public/leak.txt'));
      expect(output).toContain('build/leak.txt');
      expect(output).toContain('SALT_IN_BUILD');
      expect(status).toBe(1);
    });

    test('without its salt, or with another, fails and says where it belongs', async () => {
      configure(suite.app, '{}');
      const environment = join(suite.app, '.env.local');
      const before = readFileSync(environment, 'utf8');
      rmSync(environment);
      const missing = await craco(suite.app, 'build');
      const different = await craco(suite.app, 'build', { SYNC_SALT: Buffer.alloc(32, 1).toString('base64') });
      writeFileSync(environment, before);
      expect([missing.status, different.status]).toEqual([1, 1]);
      expect(missing.output).toContain('SYNC_SALT is neither in the environment nor in a .env file');
      expect(different.output).toContain('has the fingerprint');
    });

    test('maps an error in a worker of either kind to its line of the source', async () => {
      configure(suite.app, '{}');
      const { status } = await craco(suite.app, 'build');
      expect(status).toBe(0);
      const failures = await lookAtBuild(suite, ({ page }) =>
        page.evaluate(() => (window as unknown as ProbedWindow).probe.failures()),
      );
      const placeOf = (module: string, text: string) => {
        const file = moduleOf(suite.app, `src/${module}`);
        const lines = readFileSync(file, 'utf8').split('\n');
        return { source: basename(file), line: lines.findIndex((line) => line.includes(text)) + 1 };
      };
      expect(failures.map((failure) => traceBack(failure))).toEqual([
        placeOf('greetings.rpc', 'from the worker'),
        placeOf('thrower', 'thrown in'),
      ]);
    });

    function traceBack(place: string): { source: string; line: number | null } {
      const [, path, line, column] = /^https?:\/\/[^/]+(\/.*):(\d+):(\d+)$/.exec(place)!;
      const map = join(suite.app, 'build', `${path}.map`);
      expect(existsSync(map)).toBe(true);
      const found = originalPositionFor(new TraceMap(readFileSync(map, 'utf8')), {
        line: Number(line),
        column: Number(column) - 1,
      });
      return { source: basename(found.source ?? ''), line: found.line };
    }
  });
});

interface ProbedWindow {
  readonly probe: { add(): Promise<number>; failures(): Promise<readonly string[]> };
}

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
