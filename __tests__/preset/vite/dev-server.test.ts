/** The development server and the preview of Vite 8, in processes of their own. */
import { finish } from '../../support/processes';
import type { Program } from '../../support/processes';
import { config, makeApp, startVite, viteConfig } from './support';
import type { SmallApp } from './support';

jest.setTimeout(120_000);
let app: SmallApp;
let program: Program | undefined;
afterEach(async () => {
  program?.signal('SIGINT');
  await program?.ended;
  app.remove();
});

/** @returns the address of the page */
async function start(files: Readonly<Record<string, string>> = {}, args: readonly string[] = []): Promise<string> {
  app = makeApp({ 'vite.config.js': viteConfig(), ...files });
  program = startVite(app.appPath, ['--host', '127.0.0.1', ...args]);
  const [, url = ''] = await said(/Local:\s+(\S+)/);
  return url;
}

async function said(pattern: RegExp): Promise<RegExpExecArray> {
  for (const until = Date.now() + 30_000; Date.now() < until;) {
    const found = pattern.exec(program!.output());
    if (found) return found;
    const isOver = await Promise.race([
      program!.ended.then(() => true),
      new Promise<false>((resolve) => setTimeout(resolve, 50, false)),
    ]);
    if (isOver) throw new Error(`It ended without ${pattern}:\n${program!.output()}`);
  }
  throw new Error(`It did not say ${pattern}:\n${program!.output()}`);
}

const ask = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
};

test('config.json names relays of this machine, which the terminal names behind the address, and which can be switched', async () => {
  const url = await start();
  const [, first] = await said(/zero-backend-sync: the app syncs through relays on this computer:\n\s+(ws:\S+)\n/);
  const { text } = await ask(`${url}src/lib/config.json?import`);
  expect(text).toContain(first);
  expect(text).not.toContain('wss://a.example');
  expect(await (await fetch(`${url}__zero-backend-sync/relays`)).json()).toMatchObject([
    { url: first, on: true },
    {},
    {},
  ]);
});

test('without relays of development those of config.json are used and named', async () => {
  const url = await start({ 'vite.config.js': viteConfig('{ devRelays: 0 }') });
  await said(/syncs through the relays of src\/lib\/config.json:\n\s+wss:\/\/a\.example/);
  expect((await ask(`${url}src/lib/config.json?import`)).text).toContain('wss://a.example');
});

test('a module that is missing is a plain 404, one that is there has its type', async () => {
  const url = await start({ 'public/there.wasm': '\0asm\u0001\0\0\0' });
  expect(await ask(`${url}a/missing.wasm?x`)).toEqual({
    ...{ status: 404, type: 'text/plain; charset=utf-8', text: 'There is no /a/missing.wasm.\n' },
  });
  expect(await ask(`${url}there.wasm`)).toMatchObject({ status: 200, type: 'application/wasm' });
  expect(await ask(`${url}a/page`)).toMatchObject({ status: 200, type: 'text/html' });
});

test.each<[string, Record<string, string>, string, RegExp]>([
  [
    'a salt that is missing',
    { '.env.local': '' },
    'src/lib/worker/index.js',
    /src\/lib\/config\.json:4:3[^]*SALT_MISSING/,
  ],
  [
    'an error in AssemblyScript',
    { 'src/lib/worker/crypto.asm.ts': 'export function abi(): u32 {\n  return oops;\n}\n' },
    'src/lib/worker/index.js',
    /crypto\.asm\.ts:2:10[^]*Cannot find name 'oops'/,
  ],
  [
    'a slip in config.json',
    { 'src/lib/config.json': config({ kind: 'x' }) },
    'src/lib/config.json?import',
    /src\/lib\/config\.json/,
  ],
])('%s is an error of the module, with its place', async (_what, files, path, message) => {
  const url = await start(files);
  const { status, text } = await ask(`${url}${path}`);
  expect(status).toBe(500);
  // As the overlay gets it.
  expect(text.replace(/\\n/g, '\n')).toMatch(message);
});

test('the relays end with the server', async () => {
  await start();
  const [, relay] = await said(/(ws:\S+)\n/);
  program!.signal('SIGINT');
  await finish(program!, 20_000);
  await expect(fetch(relay!.replace('ws:', 'http:'))).rejects.toThrow();
});

test('preview answers as a host should', async () => {
  app = makeApp({ 'vite.config.js': viteConfig(), 'public/there.wasm': '\0asm\u0001\0\0\0' });
  expect(await finish(startVite(app.appPath, ['build']), 100_000)).toMatchObject({ status: 0 });
  program = startVite(app.appPath, ['preview', '--host', '127.0.0.1', '--port', '0']);
  const [, url] = await said(/Local:\s+(\S+)/);
  expect(await ask(`${url}missing.wasm`)).toMatchObject({ status: 404, type: 'text/plain; charset=utf-8' });
  expect(await ask(`${url}there.wasm`)).toMatchObject({ status: 200, type: 'application/wasm' });
});
