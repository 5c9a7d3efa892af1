/** Where the app's builds go, in every home: what `verify` opens, and what it is told to run where there is none. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { memoryFiles } from '../../src/cli/discover/project-files';
import { discoverPlatform } from '../../src/cli/discover/platform';
import { buildCommand } from '../../src/cli/discover/script-of';
import { buildOutputOf } from '../../src/cli/homes/build-output';
import { findAppAddress } from '../../src/cli/verify/test-bed/app-address';
import { saltAbsent, wasm } from '../../src/cli/verify/build-checks';
import type { TestBed } from '../../src/cli/verify/test-bed';

type Files = Readonly<Record<string, string>>;

const app = (dependencies: object, scripts: object, more: object = {}) => ({
  'package.json': JSON.stringify({ dependencies: { react: '19.0.0', ...dependencies }, scripts, ...more }),
});
const vite = (config: string, script = 'tsc -b && vite build'): Files => ({
  ...app({ vite: '^7.1.0' }, { build: script }),
  'vite.config.js': config,
});
const rsbuild = (config: string, script = 'rsbuild build'): Files => ({
  ...app({ '@rsbuild/core': '^2.0.0' }, { build: script }),
  'rsbuild.config.mjs': config,
});
const webpack = (config: string, script = 'webpack'): Files => ({
  ...app({ webpack: '^5.0.0' }, { build: script }),
  'webpack.config.js': config,
});
const cra = (script: string, more: object = {}): Files => app({ 'react-scripts': '5.0.1' }, { build: script }, more);

test.each<[name: string, files: Files, folder: string, base: string | null]>([
  ['Create React App', cra('craco build'), 'build', null],
  ['Create React App with homepage', cra('craco build', { homepage: '/app' }), 'build', '/app'],
  ['Create React App with BUILD_PATH', cra('cross-env BUILD_PATH=./out craco build'), 'out', null],
  ['Create React App with BUILD_PATH in .env', { ...cra('craco build'), '.env': 'BUILD_PATH=www\n' }, 'www', null],
  ['Vite', vite('export default {};'), 'dist', null],
  [
    'Vite with outDir',
    vite(`export default defineConfig({ build: { outDir: './build' }, base: '/sub/' });`),
    'build',
    '/sub/',
  ],
  ['Vite with an option', vite('export default {};', 'vite build --outDir=public_html'), 'public_html', null],
  ['Vite with a root', vite(`export default { root: 'src', build: { outDir: '../dist' } };`), 'dist', null],
  ['Vite with a root alone', vite(`export default { root: './web' };`), 'web/dist', null],
  [
    'Vite, made by a function',
    vite(`export default defineConfig(({ mode }) => ({ build: { outDir: 'o' } }));`),
    'o',
    null,
  ],
  ['Vite, computed', vite(`export default { build: { outDir: process.env.OUT } };`), 'dist', null],
  ['Rsbuild', rsbuild('export default {};'), 'dist', null],
  [
    'Rsbuild with distPath',
    rsbuild(`export default { output: { distPath: { root: 'build' } }, server: { base: '/sub' } };`),
    'build',
    '/sub',
  ],
  [
    'Rsbuild with a short distPath',
    rsbuild(`export default { output: { distPath: 'build', assetPrefix: 'auto' } };`),
    'build',
    'auto',
  ],
  ['Rsbuild with an option', rsbuild('export default {};', 'rsbuild build --dist-path www'), 'www', null],
  ['webpack', webpack('module.exports = {};'), 'dist', null],
  [
    'webpack with path',
    webpack(`module.exports = { output: { path: path.resolve(__dirname, 'public', 'js'), publicPath: '/p/' } };`),
    'public/js',
    '/p/',
  ],
  ['webpack with an option', webpack('module.exports = {};', 'webpack -o www --mode production'), 'www', null],
  [
    'Vue CLI',
    {
      ...app({ vue: '^3.0.0', '@vue/cli-service': '^5.0.0' }, { build: 'vue-cli-service build' }),
      'vue.config.js': `module.exports = { outputDir: 'www', publicPath: '/v/' };`,
    },
    'www',
    '/v/',
  ],
])('%s builds into a folder, for a path', (_name, files, folder, base) => {
  expect(buildOutputOf(memoryFiles(files))).toEqual({ folder, base });
});

test.each<[scripts: object, lock: string, command: string]>([
  [{ dev: 'vite', build: 'vite build' }, 'package-lock.json', 'npm run build'],
  [{ dev: 'vite', 'build:app': 'vite build' }, 'yarn.lock', 'yarn build:app'],
  [{ dev: 'vite', 'build:app': 'vite build', build: 'tsc -b && vite build' }, 'pnpm-lock.yaml', 'pnpm build'],
])('is built by its own script (%j)', (scripts, lock, command) => {
  const files = memoryFiles({ ...app({ vite: '^7.1.0' }, scripts), [lock]: '' });
  expect(buildCommand(discoverPlatform(files))).toBe(command);
});

describe('what Vite and Rsbuild build', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'zbs-build-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const write = (file: string, text: string | Uint8Array) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  };
  const salt = Buffer.alloc(32, 7);
  const bed = (served: object[] = []) => ({ salt, build: folder, server: { served } }) as unknown as TestBed;

  test.each<[prefix: string, configured: string | null, page: string]>([
    ['/assets/', null, '/'],
    ['/sub/assets/', null, '/sub/'],
    ['./assets/', '/sub/', '/sub/'],
    ['./assets/', './', '/'],
    ['/sub/static/js/', 'auto', '/sub/'],
  ])('is opened where its scripts say (%s, %s)', (prefix, configured, page) => {
    const file = prefix.replace(/^.*(assets|static\/js)/, '$1');
    write(`${file}index-a1.js`, '//');
    write('index.html', `<script type="module" crossorigin src="${prefix}index-a1.js"></script>`);
    expect(findAppAddress({ build: folder, configured }).page).toBe(page);
  });

  test('is searched for the salt, chunks of workers and modules included', async () => {
    write('index.html', '<p></p>');
    write('assets/worker-a1.js', `const black = "${Buffer.alloc(32, 8).toString('base64')}";`);
    expect(await saltAbsent.run(bed())).toMatchObject({ passed: true });
    write('assets/chunks/index-b2.js', `const env = {"SYNC_SALT":"${salt.toString('base64')}"};`);
    expect(await saltAbsent.run(bed())).toMatchObject({
      passed: false,
      code: 'SALT_IN_BUNDLE',
      says: expect.stringContaining('assets/chunks/index-b2.js'),
    });
  });

  test('serves its modules as what they are', async () => {
    write('assets/crypto-a1.wasm', Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
    expect(
      await wasm.run(bed([{ path: '/assets/crypto-a1.wasm', status: 200, type: 'application/wasm', isModule: true }])),
    ).toMatchObject({ passed: true, figures: { modules: 1 } });
    expect(
      await wasm.run(bed([{ path: '/assets/gone.wasm', status: 404, type: 'text/plain', isModule: false }])),
    ).toMatchObject({ code: 'WASM_TYPE' });
  });
});
