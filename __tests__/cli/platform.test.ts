import { discoverPlatform } from '../../src/cli/discover/platform';
import { supportOf } from '../../src/cli/discover/support';
import { memoryFiles } from '../../src/cli/discover/project-files';
import { throughCraco } from '../../src/cli/homes/create-react-app';

const craPackage = (more: object = {}) =>
  JSON.stringify({
    name: 'app',
    dependencies: { react: '^19.0.0', 'react-scripts': '5.0.1' },
    scripts: { start: 'react-scripts start' },
    ...more,
  });
const packageOf = (dependencies: object, devDependencies: object) => ({
  'package.json': JSON.stringify({ name: 'app', dependencies, devDependencies }),
});
const platform = (files: Record<string, string>) => discoverPlatform(memoryFiles(files));

describe('the build tool', () => {
  test.each<[string, Record<string, string>, string | null]>([
    ['cra', { 'package.json': craPackage() }, null],
    ['cra-craco', { 'package.json': craPackage({ devDependencies: { '@craco/craco': '^7.1.0' } }) }, null],
    [
      'cra-rewired',
      {
        'package.json': craPackage({
          devDependencies: { 'react-app-rewired': '2' },
          scripts: { start: 'react-app-rewired start' },
        }),
      },
      null,
    ],
    [
      'cra-ejected',
      { 'package.json': '{"dependencies":{"react":"18"}}', 'config/webpack.config.js': '//', 'scripts/build.js': '//' },
      null,
    ],
    ['vite', packageOf({ react: '18' }, { vite: '5' }), null],
    [
      'vite',
      {
        'package.json': '{"dependencies":{"react":"18","react-scripts":"5.0.1"},"scripts":{"dev":"vite"}}',
        'vite.config.ts': 'export default {}',
      },
      null,
    ],
    ['vite', packageOf({ vue: '^3.5.0' }, { vite: '^8.0.0' }), null],
    ['vite', packageOf({ react: '18' }, { vite: 'latest' }), null],
    ['vite', packageOf({ react: '18' }, { vite: '^4.5.0' }), 'TOOL_VERSION_UNSUPPORTED'],
    ['vite', packageOf({ react: '18' }, { vite: 'npm:rolldown-vite@7.1.0' }), null],
    ['vite', packageOf({ vue: '^2.7.0' }, { vite: '^5.0.0' }), 'VUE_UNSUPPORTED'],
    ['vite', packageOf({ preact: '^10.0.0' }, { vite: '^5.0.0' }), 'PLATFORM_UNSUPPORTED'],
    ['vue-cli', packageOf({ vue: '3' }, { '@vue/cli-service': '~5.0.0' }), null],
    ['vue-cli', packageOf({ vue: '2' }, { '@vue/cli-service': '~5.0.0' }), 'VUE_UNSUPPORTED'],
    ['vue-cli', packageOf({ vue: '3' }, { '@vue/cli-service': '^4.5.0' }), 'TOOL_VERSION_UNSUPPORTED'],
    ['rsbuild', packageOf({ react: '19' }, { '@rsbuild/core': '^2.0.0' }), null],
    ['rsbuild', packageOf({ react: '19' }, { '@rsbuild/core': '^0.7.0' }), 'TOOL_VERSION_UNSUPPORTED'],
    ['webpack', packageOf({ react: '18' }, { webpack: '5' }), null],
    ['webpack', packageOf({ react: '18' }, { webpack: '^4.47.0' }), 'TOOL_VERSION_UNSUPPORTED'],
    ['next', packageOf({ react: '18', next: '14' }, {}), 'PLATFORM_UNSUPPORTED'],
    ['nuxt', packageOf({ vue: '3' }, { nuxt: '^3.0.0' }), 'PLATFORM_UNSUPPORTED'],
    [
      'remix',
      {
        ...packageOf({ react: '19' }, { vite: '7', '@react-router/dev': '7' }),
        'react-router.config.ts': 'export default {};',
      },
      'PLATFORM_UNSUPPORTED',
    ],
    [
      'remix',
      {
        ...packageOf({ react: '18' }, { vite: '5', '@remix-run/dev': '2' }),
        'vite.config.ts': `import { vitePlugin as remix } from '@remix-run/dev';\nexport default { plugins: [remix()] };`,
      },
      'PLATFORM_UNSUPPORTED',
    ],
    // Its router alone is a library.
    ['vite', packageOf({ react: '19', 'react-router': '7' }, { vite: '7' }), null],
    ['angular', packageOf({ '@angular/core': '19' }, { vite: '6' }), 'PLATFORM_UNSUPPORTED'],
    ['svelte', packageOf({}, { svelte: '5', vite: '6' }), 'PLATFORM_UNSUPPORTED'],
    ['svelte', packageOf({}, { '@sveltejs/kit': '2', svelte: '5', vite: '6' }), 'PLATFORM_UNSUPPORTED'],
    ['astro', packageOf({ react: '19', astro: '5' }, {}), 'PLATFORM_UNSUPPORTED'],
    ['parcel', packageOf({ react: '19' }, { parcel: '2' }), 'PLATFORM_UNSUPPORTED'],
    ['none', { 'package.json': '{}' }, 'PLATFORM_UNSUPPORTED'],
    [
      'cra',
      { 'package.json': craPackage({ dependencies: { react: '17.0.2', 'react-scripts': '4.0.3' } }) },
      'REACT_SCRIPTS_UNSUPPORTED',
    ],
    [
      'cra-craco',
      { 'package.json': craPackage({ devDependencies: { '@craco/craco': '^6.4.5' } }) },
      'CRACO_UNSUPPORTED',
    ],
  ])('%s (%#)', (buildTool, files, refusal) => {
    const facts = platform(files);
    const support = supportOf(facts);
    expect(facts.buildTool).toBe(buildTool);
    expect(support.supported ? null : support.code).toBe(refusal);
  });

  test('is named with the line that shows it', () => {
    expect(
      platform({ 'package.json': '{\n  "dependencies": {\n    "react-scripts": "5.0.1"\n  }\n}' }).buildToolEvidence,
    ).toMatchObject({ file: 'package.json', line: 3 });
  });
});

describe('the package manager', () => {
  const berry = '__metadata:\n  version: 8\n';
  test.each<[string, Record<string, string>, string, boolean]>([
    ['no lock file', {}, 'npm', false],
    ['package-lock.json', { 'package-lock.json': '{}' }, 'npm', false],
    ['yarn.lock', { 'yarn.lock': '# yarn lockfile v1' }, 'yarn', false],
    ['pnpm-lock.yaml', { 'pnpm-lock.yaml': "lockfileVersion: '9.0'" }, 'pnpm', false],
    [
      'two lock files and packageManager',
      { 'package-lock.json': '{}', 'yarn.lock': '', 'package.json': craPackage({ packageManager: 'yarn@1.22.22' }) },
      'yarn',
      false,
    ],
    ['a workspace above', { '../package.json': '{"workspaces":["*"]}', '../yarn.lock': '' }, 'yarn', false],
    ['a lock file above that is no workspace', { '../package.json': '{}', '../yarn.lock': '' }, 'npm', false],
    ['yarn 4 as it comes', { 'yarn.lock': berry }, 'yarn', true],
    ['yarn 4 with node_modules', { 'yarn.lock': berry, '.yarnrc.yml': 'nodeLinker: node-modules\n' }, 'yarn', false],
    ['a .pnp.cjs', { 'yarn.lock': berry, '.pnp.cjs': '//' }, 'yarn', true],
    [
      'yarn 1 with pnp',
      { 'yarn.lock': '', 'package.json': craPackage({ installConfig: { pnp: true } }) },
      'yarn',
      true,
    ],
    ['pnpm with pnp', { 'pnpm-lock.yaml': '', '.npmrc': 'node-linker=pnp' }, 'pnpm', true],
  ])('%s', (_name, files, name, isPlugAndPlay) => {
    const facts = platform({ 'package.json': craPackage(), ...files });
    expect(facts.packageManager.name).toBe(name);
    expect(facts.packageManager.plugAndPlay !== null).toBe(isPlugAndPlay);
    expect(supportOf(facts).supported).toBe(!isPlugAndPlay);
  });
});

describe('a monorepo', () => {
  test("'s root is refused with the apps below it", () => {
    const facts = platform({
      'package.json': '{"workspaces":["apps/*"]}',
      'apps/web/package.json': craPackage(),
      'apps/api/package.json': '{}',
    });
    expect(supportOf(facts)).toMatchObject({
      supported: false,
      code: 'MONOREPO_ROOT',
      reason: expect.stringContaining('cd apps/web'),
    });
  });

  test("'s app is supported and knows where its root is", () => {
    const facts = platform({ 'package.json': craPackage(), '../../package.json': '{"workspaces":["apps/*"]}' });
    expect(supportOf(facts).supported).toBe(true);
    expect(facts.monorepo.memberOf).toBe('../..');
  });

  test('is not seen in a single package with settings in pnpm-workspace.yaml', () => {
    expect(
      platform({ 'package.json': craPackage(), 'pnpm-workspace.yaml': 'onlyBuiltDependencies:\n  - esbuild\n' })
        .monorepo.isRoot,
    ).toBe(false);
  });
});

describe('scripts run through CRACO with everything around them kept', () => {
  test.each([
    ['react-scripts start', 'craco start'],
    ['react-scripts test --watchAll=false', 'craco test --watchAll=false'],
    ['react-scripts --max_old_space_size=8192 build', 'craco --max_old_space_size=8192 build'],
    ['BUILD_PATH=dist react-scripts build && cp a b', 'BUILD_PATH=dist craco build && cp a b'],
    ['cross-env PORT=4000 react-scripts start', 'cross-env PORT=4000 craco start'],
    ['dotenv -e .env.x -- react-scripts build', 'dotenv -e .env.x -- craco build'],
    ['node_modules/.bin/react-scripts start', 'node_modules/.bin/craco start'],
    ['concurrently "react-scripts start" "npm run api"', 'concurrently "craco start" "npm run api"'],
    ['react-scripts build;react-scripts test', 'craco build;craco test'],
    ['react-scripts eject', null],
    ['craco start', null],
    ['my-react-scripts start', null],
    ['react-scripts start:dev', null],
    ['echo react-scripts', null],
  ])('%s', (script, expected) => {
    expect(throughCraco(script)).toBe(expected);
  });
});

describe('the configuration of CRACO', () => {
  test.each<[form: string, files: Record<string, string>, file: string]>([
    ['object', { 'craco.config.js': 'module.exports = {};' }, 'craco.config.js'],
    ['object', { 'craco.config.cjs': 'module.exports = {};' }, 'craco.config.cjs'],
    ['object', { 'craco.config.ts': 'export default { a: 1 };' }, 'craco.config.ts'],
    ['function', { 'craco.config.js': 'module.exports = () => ({});' }, 'craco.config.js'],
    ['async function', { '.cracorc.js': 'module.exports = async () => ({ a: 1 });' }, '.cracorc.js'],
    ['variable', { 'craco.config.js': 'const c = { a: 1 };\nc.b = 2;\nmodule.exports = c;' }, 'craco.config.js'],
    ['unknown', { 'craco.config.js': 'module.exports = wrap({});' }, 'craco.config.js'],
    [
      'already wired',
      { 'craco.config.js': `module.exports = { plugins: [{ plugin: require('zero-backend-sync/craco') }] };` },
      'craco.config.js',
    ],
    ['in package.json', { 'package.json': craPackage({ cracoConfig: {} }) }, 'package.json'],
    [
      'object',
      { 'package.json': craPackage({ cracoConfig: 'tools/craco.js' }), 'tools/craco.js': 'module.exports = { a: 1 };' },
      'tools/craco.js',
    ],
  ])('%s (%#)', (form, files, file) => {
    expect(platform({ 'package.json': craPackage(), ...files }).configs).toEqual([
      expect.objectContaining({ file, form }),
    ]);
  });
});

test.each<[string, Record<string, string>, string]>([
  ['package.json', { 'package.json': craPackage({ jest: { resetMocks: false } }) }, 'package.json'],
  ['a file of their own', { 'package.json': craPackage(), 'jest.config.ts': 'export default {};' }, 'jest.config.ts'],
])("Jest's settings are found in %s", (_name, files, file) => {
  expect(platform(files).jest).toEqual([expect.objectContaining({ file })]);
});

test.each([
  ['react', 'react'],
  ['vue', 'vue'],
  ['svelte', 'svelte'],
])('the framework %s is told from the dependencies', (dependency, framework) => {
  expect(platform({ 'package.json': JSON.stringify({ dependencies: { [dependency]: '1' } }) }).framework).toBe(
    framework,
  );
});

test('homepage and language are told with what shows them', () => {
  expect(platform({ 'package.json': craPackage({ homepage: '/sub' }), 'tsconfig.json': '{}' })).toMatchObject({
    homepage: '/sub',
    language: 'typescript',
    languageEvidence: { file: 'tsconfig.json', line: 1 },
  });
});

test.each<[string, Record<string, string>, boolean]>([
  [
    'in the project of the configuration',
    { 'tsconfig.node.json': '{ "compilerOptions": { "module": "nodenext" } }' },
    true,
  ],
  ['in an older way', { 'tsconfig.node.json': '{ "compilerOptions": { "module": "Node16" } }' }, true],
  ['as a bundler', { 'tsconfig.node.json': '{ "compilerOptions": { "module": "esnext" } }' }, false],
  ['in a project that is not there', {}, false],
])('TypeScript resolves modules as Node does: %s', (_name, files, isTypedAsNode) => {
  const tsconfig = { files: [], references: [{ path: './tsconfig.app.json' }, { path: './tsconfig.node.json' }] };
  const app = {
    'package.json': JSON.stringify({ devDependencies: { vite: '8' } }),
    'tsconfig.json': JSON.stringify(tsconfig),
    'tsconfig.app.json': '{ "compilerOptions": { "module": "esnext" } }',
  };
  expect(platform({ ...app, ...files }).isTypedAsNode).toBe(isTypedAsNode);
});

test('what is not supported is said together with what is', () => {
  for (const dependency of ['next', 'parcel', 'gatsby', '@angular/core']) {
    const support = supportOf(platform(packageOf({ react: '18', [dependency]: '1' }, {})));
    expect(support).toMatchObject({
      supported: false,
      reason: expect.stringMatching(/Vite 5 to 8, webpack 5, Rsbuild/),
    });
  }
});

test('the tool is named with its version, as installed where a workspace keeps it above', () => {
  const files = packageOf({ react: '18' }, { vite: 'catalog:' });
  expect(platform(files).toolVersion).toBeNull();
  expect(platform({ ...files, '../../node_modules/vite/package.json': '{"version":"7.3.1"}' }).toolVersion).toBe(
    '7.3.1',
  );
});

test('a folder without package.json is refused with what to do', () => {
  expect(() => platform({})).toThrow(expect.objectContaining({ code: 'PACKAGE_JSON_MISSING' }));
});

test('content security policies are found with their lines', () => {
  const facts = platform({
    'package.json': craPackage(),
    'public/index.html': '<html>\n<meta http-equiv="Content-Security-Policy" content="default-src \'self\'">',
    'netlify.toml': '[[headers]]\n[headers.values]\nContent-Security-Policy = "x"',
  });
  expect(facts.csp.map(({ file, line }) => `${file}:${line}`)).toEqual(['netlify.toml:3', 'public/index.html:2']);
});
