/**
 * One suite for every tool that is made of webpack or Rspack: a small app with the kit from its tarball is installed, built, served under paths, opened in
 * two browsers, and edited while its development server runs.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { serveFolders } from '../../bench/support/static-server';
import { fingerprintOf } from '../../src/preset/salt';
import { scanForSalt } from '../../src/preset/salt-scan';
import { startRelay } from '../../src/relay';
import { launchBrowser } from '../matrix/browser';
import { freePort } from '../matrix/craco';
import { readJson, writeJson } from '../matrix/installs';
import { contentSecurityPolicy } from '../matrix/rows';
import { packKit, repository } from '../support/cra-apps';
import { kept, linkApp, temporaryFolder } from '../support/kept';
import { finish, killAll, launch, run, say } from '../support/processes';
import type { Environment, Finished, Program } from '../support/processes';

/** A tool and an app of it. */
export interface Home {
  readonly name: string;
  /** With exact versions. */
  readonly packages: { readonly [name: string]: string };
  readonly overrides?: object;
  /** The app's sources by path, beside src/lib, `src/probe.ts` and `src/component.ts`, which its entry imports. */
  readonly files: { readonly [path: string]: string };
  /** What the build's folder is called. */
  readonly output: string;
  /** The build whose files are asked for under a path: `/`, `/sub/` or one relative to the page. */
  build(path: string): Command;
  start(port: number): Command;
  /** The same configuration with the preset twice, as text of one of its files. */
  readonly twice: { readonly [path: string]: string };
  /** The same with the salt among what the client's code gets, where the tool has a way of its own for that. */
  readonly exposing?: { readonly [path: string]: string };
}

export interface Command {
  /** Of the app's node_modules. */
  readonly script: string;
  readonly args: readonly string[];
  readonly environment?: Environment;
}

/** 32 bytes that are known to everybody and that nothing but these apps uses. */
const salt = createHash('sha256').update('salt of the homes').digest();

const probe = `import { isRxDatabase } from 'rxdb/plugins/core';
import { SyncEngine } from './lib/engine';

const relays = new URLSearchParams(window.location.search).getAll('relay');
const opened = SyncEngine.open({ identity: ['homes', 'user'], ...(relays.length > 0 && { relays }) });

Object.assign(window, {
  probe: {
    async write(title: string): Promise<void> {
      const engine = await opened;
      await engine.patch('notes', title, { title, order: 1 });
      await new Promise<void>((resolve) => {
        engine.status$.subscribe((status) => {
          if (status.pending === 0 && status.lastSyncedAt !== null) resolve();
        });
      });
    },
    async titles(): Promise<readonly string[]> {
      const notes = await (await opened).db.notes.find().exec();
      return notes.map(({ title }) => title);
    },
    async isOneRxdb(): Promise<boolean> {
      return isRxDatabase((await opened).db);
    },
  },
});
`;

interface Probe {
  write(title: string): Promise<void>;
  titles(): Promise<readonly string[]>;
  isOneRxdb(): Promise<boolean>;
}
interface Probed {
  readonly probe: Probe;
}

export function describeHome(home: Home): void {
  let app: string;
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
    app = temporaryFolder(`home-${home.name}-`);
    linkApp(await installed(home), app);
    await unpackKit(app);
    layOut(home, app);
  }, 900_000);
  afterAll(async () => {
    await killAll();
    await browser?.close();
    if (app !== undefined) rmSync(app, { recursive: true });
  }, 60_000);

  const command = ({ script, args, environment = {} }: Command, onOutput?: () => void): Program =>
    launch(process.execPath, [join(app, 'node_modules', script), ...args], app, environment, onOutput);
  const build = (path: string, environment: Environment = {}): Promise<Finished> => {
    say(`${home.name} build ${path}`);
    const { environment: own, ...rest } = home.build(path);
    return finish(command({ ...rest, environment: { ...own, ...environment } }), 600_000);
  };

  test.each(['/', '/sub/', './'])('a build for %s syncs between two browsers under a strict policy', async (path) => {
    const { status, output } = await build(path);
    expect([status, output]).toEqual([0, expect.stringContaining('The salt stands in none of the files.')]);
    expect(scanForSalt(salt, [join(app, home.output)])).toEqual([]);
    const headers = { 'Content-Security-Policy': contentSecurityPolicy };
    const served = path === './' ? '/any/depth/' : path;
    const server = await serveFolders({ [served]: join(app, home.output) }, headers);
    const relays = await Promise.all([startRelay(), startRelay(), startRelay()]);
    const query = relays.map(({ url }) => `relay=${encodeURIComponent(url)}`).join('&');
    try {
      await expectSync(browser, `http://127.0.0.1:${server.port}${served}?${query}`);
    } finally {
      await server.stop();
      for (const relay of relays) await relay.stop();
    }
  });

  test('a build without the salt, with another, or with the preset twice fails and says why', async () => {
    const environment = join(app, '.env.local');
    const before = readFileSync(environment, 'utf8');
    rmSync(environment);
    const missing = await build('/');
    const different = await build('/', { SYNC_SALT: Buffer.alloc(32, 1).toString('base64') });
    writeFileSync(environment, before);
    const twice = await withFiles(app, home.twice, () => build('/'));
    expect(missing.output).toContain('SYNC_SALT is neither in the environment nor in a .env file');
    expect(different.output).toContain('has the fingerprint');
    expect(twice.output).toContain('is in this configuration twice');
    expect([missing.status, different.status, twice.status].filter((status) => status === 0)).toEqual([]);
  });

  const { exposing } = home;
  if (exposing) {
    test('a build whose configuration gives the salt to the client fails and says by which name', async () => {
      const { status, output } = await withFiles(app, exposing, () => build('/'));
      expect(output).toMatch(/env\.SYNC_SALT.*\(SALT_EXPOSED\)/);
      expect(status).not.toBe(0);
    });
  }

  test('in development browsers sync, a component is replaced, the engine’s code reloads the page, and what is wrong is seen', async () => {
    const port = await freePort();
    const server = command(home.start(port));
    const url = `http://localhost:${port}/`;
    try {
      await untilAnswered(url, server);
      say(`${home.name} start`);
      const missing = await fetch(`${url}static/missing.wasm`, { headers: { Accept: '*/*' } });
      expect(missing.status).toBe(404);
      expect(await (await fetch(`${url}__zero-backend-sync/relays`)).json()).toHaveLength(3);
      await expectSync(browser, url, async (page) => {
        await expectReplaced(page);
        await expectReloaded(page, 'src/lib/schema.ts');
        await expectReloaded(page, 'src/lib/engine.ts');
        await expectReloaded(page, 'src/lib/worker/index.ts');
        expect(server.output()).toMatch(/the app syncs through relays on this computer/);
        await expectShown(page, server);
      });
    } catch (error) {
      throw new Error(`${(error as Error).stack}\nThe server printed:\n${server.output().slice(-6000)}`);
    } finally {
      server.signal('SIGTERM');
      await finish(server, 30_000);
    }
  });

  async function expectReplaced(page: Page): Promise<void> {
    say('edit of a component');
    const workers = page.workers();
    await page.evaluate(() => Object.assign(window, { isThisPage: true }));
    await withEdit(
      'src/component.ts',
      (source) => source.replace('Hello', 'Replaced'),
      async () => {
        await page.getByText('Replaced').waitFor();
        expect(await page.evaluate(() => 'isThisPage' in window)).toBe(true);
        expect(page.workers()).toEqual(workers);
      },
    );
    await page.getByText('Hello').waitFor();
    expect(page.workers()).toEqual(workers);
  }

  async function expectReloaded(page: Page, file: string): Promise<void> {
    say(`edit of ${file}`);
    const leave = () => page.evaluate(() => void Object.assign(window, { isOldPage: true }));
    await leave();
    await withEdit(
      file,
      (source) => `${source}\nexport const edited = ${JSON.stringify(file)};\n`,
      async () => {
        await untilReloaded(page);
        await leave();
      },
    );
    await untilReloaded(page);
  }

  async function untilReloaded(page: Page): Promise<void> {
    await page.waitForFunction(() => 'probe' in window && !('isOldPage' in window), undefined, { timeout: 60_000 });
  }

  async function expectShown(page: Page, server: Program): Promise<void> {
    say('a mistake in config.json');
    const from = server.output().length;
    await withEdit(
      'src/lib/config.json',
      (source) => source.replace(/"fingerprint": "[^"]*"/, '"fingerprint": "0000000000000000"'),
      async () => {
        await untilTrue(() => /has the fingerprint/.test(server.output().slice(from)));
        await page.waitForFunction(overlaySays, 'has the fingerprint', { timeout: 60_000 });
      },
    );
  }

  async function withEdit(file: string, change: (source: string) => string, look: () => Promise<void>): Promise<void> {
    const before = readFileSync(join(app, file), 'utf8');
    await withFiles(app, { [file]: change(before) }, look);
  }
}

/** Runs in the page. Overlays are frames or elements with a shadow of their own. */
function overlaySays(words: string): boolean {
  const texts = [...document.querySelectorAll('*')].flatMap((element) => [
    element.shadowRoot?.textContent ?? '',
    element instanceof HTMLIFrameElement ? (element.contentDocument?.body?.textContent ?? '') : '',
  ]);
  return texts.some((text) => text.includes(words));
}

async function withFiles<T>(app: string, files: Home['files'], look: () => Promise<T>): Promise<T> {
  const before = Object.keys(files).map((file) => [file, readFileSync(join(app, file), 'utf8')] as const);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(app, file), text);
  try {
    return await look();
  } finally {
    for (const [file, text] of before) writeFileSync(join(app, file), text);
  }
}

async function expectSync(
  browser: Browser,
  url: string,
  look: (page: Page) => Promise<void> = async () => undefined,
): Promise<void> {
  const [first, second] = [await openPage(browser, url), await openPage(browser, url)];
  try {
    expect(await first.page.evaluate(() => (window as unknown as Probed).probe.isOneRxdb())).toBe(true);
    const title = `written ${Date.now()}`;
    await first.page.evaluate((text) => (window as unknown as Probed).probe.write(text), title);
    await second.page.waitForFunction(hasTitle, title, { timeout: 60_000 });
    expect([...first.problems, ...second.problems]).toEqual([]);
    await look(first.page);
  } finally {
    await first.page.context().close();
    await second.page.context().close();
  }
}

async function hasTitle(title: string): Promise<boolean> {
  return (await (window as unknown as Probed).probe.titles()).includes(title);
}

async function openPage(browser: Browser, url: string): Promise<{ page: Page; problems: readonly string[] }> {
  const page = await (await browser.newContext()).newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`page: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 400 && !response.url().endsWith('/favicon.ico'))
      problems.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(url);
  await page.waitForFunction(() => 'probe' in window, undefined, { timeout: 60_000 });
  return { page, problems };
}

async function untilAnswered(url: string, server: Program): Promise<void> {
  let ended = false;
  void server.ended.then(() => (ended = true));
  await untilTrue(async () => {
    if (ended) throw new Error(`The server ended:\n${server.output()}`);
    return fetch(url, { headers: { Accept: 'text/html' } }).then(
      ({ ok }) => ok,
      () => false,
    );
  });
}

async function untilTrue(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end;) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('It took too long.');
}

/** The packages of a home, beside an older state of the kit. Only to be read. */
async function installed(home: Home): Promise<string> {
  const manifest = readJson(join(repository, 'package.json'));
  const parts = [home.packages, home.overrides, manifest.dependencies, manifest.bin];
  const identity = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
  return kept(`home-${home.name}-${identity}`, async (folder) => {
    say(`npm install of ${home.name}`);
    await packKit(folder);
    writeJson(join(folder, 'package.json'), {
      name: home.name,
      private: true,
      dependencies: { ...home.packages, 'zero-backend-sync': 'file:kit.tgz' },
      overrides: { 'nostr-tools': { typescript: '$typescript' }, ...home.overrides },
      browserslist: ['last 1 chrome version'],
    });
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'], folder);
  });
}

/** What npm would do if the version had changed: the packages that the kit needs are there already. */
async function unpackKit(app: string): Promise<void> {
  const folder = temporaryFolder('tarball-');
  const tarball = await packKit(folder);
  const kit = join(app, 'node_modules/zero-backend-sync');
  rmSync(join(kit, 'dist'), { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', kit], app);
  rmSync(folder, { recursive: true });
}

function layOut({ files }: Home, app: string): void {
  cpSync(join(app, 'node_modules/zero-backend-sync/dist/template/typescript'), join(app, 'src/lib'), {
    recursive: true,
  });
  const sources = {
    'src/probe.ts': probe,
    'src/component.ts': "export const text = (): string => 'Hello';\n",
    ...files,
  };
  for (const [file, text] of Object.entries(sources)) {
    mkdirSync(dirname(join(app, file)), { recursive: true });
    writeFileSync(join(app, file), text);
  }
  writeFileSync(join(app, '.env.local'), `SYNC_SALT=${salt.toString('base64')}\n`);
  const configFile = join(app, 'src/lib/config.json');
  writeJson(configFile, {
    ...readJson(configFile),
    appId: 'homes/0123456789abcdef',
    salts: [{ id: '1', env: 'SYNC_SALT', fingerprint: fingerprintOf(salt) }],
    // The least that is allowed: each page waits for a derivation.
    iterations: 100_000,
  });
}
