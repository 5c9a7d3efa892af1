/** What is refused when Vite asks the plugin about a configuration, and what the plugin adds to one. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { zeroBackendSync } from '../../../src/preset/vite';
import { config, makeApp, pluginOf, saltText } from './support';
import type { SmallApp } from './support';

let app: SmallApp;
beforeEach(() => (app = makeApp()));
afterEach(() => app.remove());

/** As Vite resolves it, as far as the plugin looks. */
const resolved = (changes: object = {}) => ({
  ...{ root: app.appPath, mode: 'production', command: 'build', envDir: app.appPath, base: '/' },
  ...{ plugins: zeroBackendSync(), worker: { format: 'es' }, env: {}, logger: { info: () => {} } },
  ...changes,
});
const resolve = (changes?: object, options?: object) =>
  pluginOf(options).configResolved!.call({ meta: { viteVersion: '8.0.0' } }, resolved(changes));
const codeOf = (work: () => unknown): { readonly code?: string; readonly message?: string } => {
  try {
    work();
    return {};
  } catch (error) {
    return error as { code: string; message: string };
  }
};

function install(name: string, version: string): void {
  const folder = path.join(app.appPath, 'node_modules', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name, version }));
}

test('a sound configuration is taken', () => {
  expect(codeOf(() => resolve())).toEqual({});
});

test.each(['4.5.14', '3.2.0', '2.9.1'])('Vite %s is refused, with what to do', (version) => {
  install('vite', version);
  const error = codeOf(() => pluginOf().config!({ root: app.appPath }, { command: 'serve' }));
  expect(error.code).toBe('VITE_UNSUPPORTED');
  expect(error.message).toContain(`This app has Vite ${version}`);
});

test.each(['5.0.0', '6.2.1', '7.3.8', '8.3.8', '9.0.0'])('Vite %s is taken', (version) => {
  install('vite', version);
  expect(codeOf(() => pluginOf().config!({ root: app.appPath }, { command: 'serve' }))).toEqual({});
});

test('what Vite says of itself counts more than what is installed', () => {
  install('vite', '4.5.14');
  const call = () => pluginOf().config!.call({ meta: { viteVersion: '8.3.8' } }, { root: app.appPath }, {});
  expect(codeOf(call)).toEqual({});
});

test.each<[string, string, object]>([
  ['the plugin listed twice', 'PRESET_TWICE', { plugins: [...zeroBackendSync(), ...zeroBackendSync()] }],
  ['a prefix of variables that the salt has', 'SALT_EXPOSED', { envPrefix: 'SYNC_' }],
  ['such a prefix among others', 'SALT_EXPOSED', { envPrefix: ['VITE_', 'S'] }],
  ['the salt in another variable', 'SALT_EXPOSED', { env: { MODE: 'x', VITE_KEY: `k${saltText}` } }],
  ['all variables defined', 'SALT_EXPOSED', { define: { 'process.env': { A: '1', SYNC_SALT: saltText } } }],
  ['the salt defined as a text', 'SALT_EXPOSED', { define: { KEY: JSON.stringify(saltText) } }],
  ['its name defined', 'SALT_EXPOSED', { define: { 'process.env.SYNC_SALT': '""' } }],
  ['workers that are scripts', 'WORKER_FORMAT', { worker: { format: 'iife' } }],
])('%s is refused', (_what, code, changes) => {
  const error = codeOf(() => resolve(changes));
  expect(error.code).toBe(code);
  expect(error.message).not.toContain(saltText);
});

test('a salt under a name that Vite publishes is refused, with its new name', () => {
  app.write('src/lib/config.json', config({ salts: [{ id: '1', env: 'VITE_SALT', fingerprint: '0123456789abcdef' }] }));
  const error = codeOf(() => resolve());
  expect(error.code).toBe('SALT_EXPOSED');
  expect(error.message).toContain('Rename it to SYNC_SALT');
});

test.each([
  ['a name that is longer', { define: { 'process.env.SYNC_SALTED': '1' } }],
  ['other variables', { define: { 'process.env': { A: 'b' } }, env: { VITE_A: 'b' } }],
])('%s is none of the salt', (_what, changes) => {
  expect(codeOf(() => resolve(changes))).toEqual({});
});

test('an app without the template may have any format of workers', () => {
  rmSync(path.join(app.appPath, 'src/lib/config.json'));
  expect(codeOf(() => resolve({ worker: { format: 'iife' }, envPrefix: 'SYNC_' }))).toEqual({});
});

test.each<[string, string, object]>([
  ['7.0.0', 'WASM_PLUGIN_MISSING', {}],
  ['5.4.21', 'WASM_PLUGIN_MISSING', {}],
  ['8.0.0', 'undefined', {}],
])('on Vite %s without vite-plugin-wasm, where that is wanted: %s', (viteVersion, code) => {
  const call = () => pluginOf({ wasm: 'vite-plugin-wasm' }).configResolved!.call({ meta: { viteVersion } }, resolved());
  expect(String(codeOf(call).code)).toBe(code);
});

test('another version of RxDB than the one this package was made for is refused', () => {
  install('rxdb', '16.0.0');
  const error = codeOf(() => resolve());
  expect(error.code).toBe('PACKAGE_TWICE');
  expect(error.message).toContain('(16.0.0)');
});

test.each([
  [{ wasm: 'asset' }, "'wasm' is \"asset\", but has to be 'inline' or 'vite-plugin-wasm'"],
  [{ worker: 'native' }, "'worker'"],
  [{ lib: 'lib' }, "'lib'"],
  [{ devRelays: 2 }, "'devRelays'"],
])('the option %j is refused', (options, message) => {
  const error = codeOf(() => zeroBackendSync(options as never));
  expect(error.code).toBe('OPTIONS_INVALID');
  expect(error.message).toContain(message);
});

interface Settings {
  readonly worker: { readonly format?: string; readonly plugins: () => readonly { readonly name: string }[] };
  readonly resolve: { readonly dedupe: readonly string[] };
  readonly optimizeDeps: { readonly include: readonly string[] };
}
const settings = (user: object = {}) =>
  pluginOf().config!({ root: app.appPath, ...user }, { command: 'serve' }) as Settings;

test('workers are modules, unless the user says so', () => {
  expect(settings().worker.format).toBe('es');
  expect(settings({ worker: { format: 'iife' } }).worker).not.toHaveProperty('format');
});

test('each worker gets plugins of its own', () => {
  const { plugins } = settings().worker;
  expect(plugins().map(({ name }) => name)).toEqual(['zero-backend-sync:modules']);
  expect(plugins()[0]).not.toBe(plugins()[0]);
});

test('packages are loaded once where the app itself has them, and only there', () => {
  install('rxdb', '17.6.0');
  install('vue', '3.5.0');
  expect(settings().resolve.dedupe).toEqual(['rxdb', 'vue']);
});

test.each([
  ['react', 'react.ts', ['core', 'page', 'worker', 'react']],
  ['vue', 'vue.js', ['core', 'page', 'worker', 'vue']],
])('dependencies of page and worker are known from the start in an app of %s', (_name, file, entries) => {
  install('zero-backend-sync', '0.1.0');
  app.write(`src/lib/${file}`, '');
  expect(settings().optimizeDeps.include).toEqual(entries.map((entry) => `zero-backend-sync/${entry}`));
});
