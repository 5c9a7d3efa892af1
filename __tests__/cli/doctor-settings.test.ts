/** What doctor says about settings of a build tool beside the kit, and about what a former tool has left. */
import { buildSettings } from '../../src/cli/doctor/build-settings';
import { csp } from '../../src/cli/doctor/csp';
import type { Check } from '../../src/cli/doctor/finding';
import { salt } from '../../src/cli/doctor/salt';
import { serviceWorker } from '../../src/cli/doctor/service-worker';
import { memoryFiles } from '../../src/cli/discover/project-files';

type Files = Readonly<Record<string, string>>;

const packageJson = (dependencies: object, scripts: object) =>
  JSON.stringify(
    { dependencies: { react: '^19.0.0', 'zero-backend-sync': '^0.1.0', ...dependencies }, scripts },
    null,
    2,
  );
const vite = (config: string, more: object = {}): Files => ({
  'package.json': packageJson({ vite: '^7.1.0', ...more }, { dev: 'vite', build: 'vite build' }),
  'vite.config.ts': config,
});
const rsbuild = (config: string): Files => ({
  'package.json': packageJson({ '@rsbuild/core': '^2.0.0' }, { build: 'rsbuild build' }),
  'rsbuild.config.ts': config,
});
const webpack = (config: string): Files => ({
  'package.json': packageJson({ webpack: '^5.0.0' }, { build: 'webpack' }),
  'webpack.config.js': config,
});
const cra: Files = { 'package.json': packageJson({ 'react-scripts': '5.0.1' }, { build: 'craco build' }) };
const installed = (version: string, more = '') => `{"version":"${version}"${more}}`;

async function examine(check: Check, files: Files, realPath: (file: string) => string = (file) => file) {
  return check.check({
    root: '/project',
    files: { ...memoryFiles(files), realPath },
    dir: 'src/lib',
    form: 'typescript',
    env: {},
    run: async () => ({ status: 1, output: '', isMissing: false }),
  });
}

const config = (body: string, head = '') => `${head}\nexport default { ${body} };\n`;

describe('settings that give the salt away', () => {
  test.each<[name: string, files: Files, line: number | null]>([
    ['envPrefix is empty', vite(config(`envPrefix: ''`)), 2],
    ['envPrefix is the beginning of its name', vite(config(`envPrefix: ['VITE_', 'SYNC_']`)), 2],
    ['envPrefix has that of another tool', vite(config(`envPrefix: ['VITE_', 'REACT_APP_']`)), null],
    ['process.env is defined', vite(config(`define: { 'process.env': process.env }`)), 2],
    ['process.env is defined as text', vite(config(`define: { 'process.env': JSON.stringify(process.env) }`)), 2],
    [
      'all that loadEnv finds is defined',
      vite(
        `import { defineConfig, loadEnv } from 'vite';\nexport default defineConfig(({ mode }) => {\n  const env = loadEnv(mode, process.cwd(), '');\n  return {\n    define: {\n      'process.env': env,\n    },\n  };\n});\n`,
      ),
      6,
    ],
    [
      'what loadEnv finds under a prefix is defined',
      vite(config(`define: { 'process.env': env }`, `const env = loadEnv('production', '.', 'VITE_');`)),
      null,
    ],
    [
      'loadEnv finds all, and one variable is defined',
      vite(config(`define: { 'process.env.PORT': JSON.stringify(env.PORT) }`, `const env = loadEnv('p', '.', '');`)),
      null,
    ],
    ['the salt itself is defined', vite(config(`define: { SYNC_SALT: JSON.stringify('x') }`)), 2],
    [
      'one variable is the salt',
      vite(config(`define: { 'process.env.KEY': JSON.stringify(process.env.SYNC_SALT) }`)),
      2,
    ],
    ['an empty process.env', vite(config(`define: { 'process.env': {} }`)), null],
    ['all is spread into define', vite(config(`define: { ...process.env }`)), 2],
    [
      'Rsbuild defines what loadEnv finds under no prefix',
      rsbuild(config(`source: { define: publicVars }`, `const { publicVars } = loadEnv({ prefixes: [''] });`)),
      2,
    ],
    [
      'Rsbuild defines what it finds under its own prefix',
      rsbuild(
        config(
          `source: { define: publicVars }`,
          `const { publicVars } = loadEnv({ prefixes: ['PUBLIC_', 'REACT_APP_'] });`,
        ),
      ),
      null,
    ],
    [
      'webpack defines process.env',
      webpack(
        `module.exports = {\n  plugins: [new webpack.DefinePlugin({ 'process.env': JSON.stringify(process.env) })],\n};\n`,
      ),
      2,
    ],
    [
      'webpack defines what dotenv has parsed',
      webpack(
        `const env = dotenv.config().parsed;\nmodule.exports = {\n  plugins: [new DefinePlugin({ 'process.env': JSON.stringify(env) })],\n};\n`,
      ),
      3,
    ],
    [
      'webpack gives the salt to the app',
      webpack(`module.exports = { plugins: [new EnvironmentPlugin(['NODE_ENV', 'SYNC_SALT'])] };\n`),
      1,
    ],
    [
      'webpack gives another variable to the app',
      webpack(`module.exports = { plugins: [new EnvironmentPlugin(['NODE_ENV'])] };\n`),
      null,
    ],
  ])('%s', async (_name, files, line) => {
    const found = await examine(buildSettings, files);
    const expected = line === null ? [] : [expect.objectContaining({ code: 'SALT_EXPOSED', severity: 'error' })];
    expect(found).toEqual(expected);
    expect(found[0]?.evidence?.line ?? null).toBe(line);
  });

  test.each<[name: string, files: Files, severity: string | null]>([
    ['VITE_ in Vite', { ...vite('export default {};'), '.env': 'VITE_SYNC_SALT=a\n' }, 'error'],
    [
      'REACT_APP_ that is left over in Vite',
      { ...vite('export default {};'), '.env': 'REACT_APP_SYNC_SALT=a\n' },
      'warning',
    ],
    ['PUBLIC_ in Rsbuild', { ...rsbuild('export default {};'), '.env.production': 'X=1\nPUBLIC_SALT=a\n' }, 'error'],
    [
      'the same value under another name',
      { ...vite('export default {};'), '.env': 'SYNC_SALT=abc\nVITE_KEY=abc\n' },
      'error',
    ],
    ['a mode of its own', { ...vite('export default {};'), '.env.staging': 'VITE_SYNC_SALT=a\n' }, 'error'],
    ['another variable', { ...vite('export default {};'), '.env': 'VITE_TITLE=a\n' }, null],
  ])('a variable: %s', async (_name, files, severity) => {
    const found = (await examine(salt, files)).filter(({ code }) => code === 'SALT_PUBLIC');
    expect(found.map((finding) => finding.severity)).toEqual(severity === null ? [] : [severity]);
    expect(found[0]?.evidence?.text ?? '=...').toMatch(/=\.\.\.$/);
  });
});

describe('settings that keep the kit from working', () => {
  const both = { 'vite-plugin-wasm': '^3.6.0', 'vite-plugin-top-level-await': '^1.6.0' };
  const withPlugins = `import topLevelAwait from 'vite-plugin-top-level-await';\nexport default { plugins: [topLevelAwait()] };\n`;
  test.each<[name: string, files: Files, code: string | null]>([
    ['workers that are classic scripts', vite(config(`worker: { format: 'iife' }`)), 'WORKER_FORMAT'],
    ['workers that are modules', vite(config(`worker: { format: 'es' }`)), null],
    [
      'the plugin for top-level await on Vite 8',
      { ...vite(withPlugins, { ...both, vite: '^8.0.0' }) },
      'TOP_LEVEL_AWAIT_UNSUPPORTED',
    ],
    ['the same on Vite 7', vite(withPlugins, both), null],
    [
      'a compiler that it does not work with',
      {
        ...vite(withPlugins, both),
        'node_modules/vite-plugin-top-level-await/package.json': installed('1.6.0'),
        'node_modules/@swc/core/package.json': installed('1.16.2'),
      },
      'SWC_TOO_NEW',
    ],
    [
      'the compiler that it works with',
      {
        ...vite(withPlugins, both),
        'node_modules/vite-plugin-top-level-await/package.json': installed('1.6.0'),
        'node_modules/@swc/core/package.json': installed('1.15.47'),
      },
      null,
    ],
    [
      'rxdb alone inlined in Vitest',
      vite(config(`test: { server: { deps: { inline: ['rxdb'] } } }`), { vitest: '^4.0.0' }),
      'RXDB_INLINED_ALONE',
    ],
    [
      'both inlined',
      vite(config(`test: { server: { deps: { inline: [/rxdb/, 'zero-backend-sync'] } } }`), { vitest: '^4.0.0' }),
      null,
    ],
    [
      'rxdb inlined beside the plugin, which inlines both',
      vite(
        config(
          `plugins: [zeroBackendSync()], test: { server: { deps: { inline: ['rxdb'] } } }`,
          `import { zeroBackendSync } from 'zero-backend-sync/vite';`,
        ),
        { vitest: '^4.0.0' },
      ),
      null,
    ],
  ])('%s', async (_name, files, code) => {
    const found = await examine(buildSettings, files);
    expect(found.map((finding) => finding.code)).toEqual(code === null ? [] : [code]);
    for (const { evidence, how } of found)
      expect([evidence?.line, how]).toEqual([expect.any(Number), expect.any(String)]);
  });

  test('a kit that is linked, and brings copies', async () => {
    const files = { ...cra, 'node_modules/zero-backend-sync/package.json': installed('0.1.0') };
    const linked = (file: string) => (file === 'node_modules/zero-backend-sync' ? '../kit' : file);
    expect(await examine(buildSettings, files)).toEqual([]);
    expect(await examine(buildSettings, files, linked)).toEqual([
      expect.objectContaining({ code: 'KIT_LINKED', severity: 'info' }),
    ]);
    expect(
      await examine(buildSettings, { ...files, '../kit/node_modules/rxdb/package.json': installed('17.6.0') }, linked),
    ).toEqual([
      expect.objectContaining({
        code: 'KIT_LINKED',
        severity: 'warning',
        what: expect.stringMatching(/rxdb of its own/),
      }),
    ]);
  });

  test('a content security policy in the page of Vite, which stands in the root', async () => {
    const page = `<meta http-equiv="Content-Security-Policy" content="script-src 'self'; connect-src wss:">`;
    expect(await examine(csp, { ...vite('export default {};'), 'index.html': page })).toContainEqual(
      expect.objectContaining({ code: 'CSP_WASM', evidence: expect.objectContaining({ file: 'index.html' }) }),
    );
  });
});

describe('a service worker of a former build', () => {
  const registration = { 'src/serviceWorkerRegistration.ts': 'export function register() {}\n' };
  const registered = {
    ...registration,
    'src/main.tsx': `import * as serviceWorkerRegistration from './serviceWorkerRegistration';\nserviceWorkerRegistration.register();\n`,
  };
  const app = vite('export default {};');
  test.each<[name: string, files: Files, file: string | null]>([
    ['is registered in an app of Vite', { ...app, ...registered }, 'src/main.tsx'],
    ['is registered in an app of Rsbuild', { ...rsbuild('export default {};'), ...registered }, 'src/main.tsx'],
    ['is left in the source', { ...app, ...registration }, 'src/serviceWorkerRegistration.ts'],
    [
      'of an older template',
      { ...app, 'src/serviceWorker.js': 'export function register() {}\n' },
      'src/serviceWorker.js',
    ],
    [
      'is copied as it was',
      { ...app, 'public/service-worker.js': 'precacheAndRoute([]);\n' },
      'public/service-worker.js',
    ],
    [
      'is taken out by the app',
      { ...app, ...registration, 'src/main.tsx': 'serviceWorkerRegistration.unregister();\n' },
      null,
    ],
    [
      'is taken out by its successor',
      { ...app, ...registered, 'public/service-worker.js': 'self.registration.unregister();\n' },
      null,
    ],
    ['belongs to Create React App', { ...cra, ...registered }, null],
    ['was never there', app, null],
  ])('%s', async (_name, files, file) => {
    const found = await examine(serviceWorker, files);
    expect(found.map(({ code, evidence }) => [code, evidence?.file])).toEqual(
      file === null ? [] : [['SERVICE_WORKER_LEFT', file]],
    );
  });
});
