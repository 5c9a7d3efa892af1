import { findClashes } from '../../src/cli/clashes';
import { peerConflict } from '../../src/cli/checks/preflight';
import { doctor } from '../../src/cli/commands/doctor';
import { init } from '../../src/cli/commands/init';
import { undo } from '../../src/cli/commands/undo';
import { memoryFiles } from '../../src/cli/discover/project-files';
import { outcomeOf } from '../../src/cli/execute';
import { craPackageJson, craTsconfig, makeProject, typescriptApp, type TestProject } from './project';

type Files = Readonly<Record<string, string>>;

const peers = { rxdb: { firebase: '^12.10.0', nats: '^2.29.3' } };
const env = { ZBS_NODE_VERSION: '20.1.0' };
const withPackage = (more: object, files: Files = {}): Files => ({
  ...typescriptApp,
  'package.json': craPackageJson(more),
  ...files,
});
const installed = (name: string, version: string): Files => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, version }),
});
const find = (files: Files, environment: object = {}) =>
  findClashes({ files: memoryFiles(files), env: { ...env, ...environment }, peers });
const tsconfig = (options: object): Files => ({
  'tsconfig.json': JSON.stringify({ compilerOptions: { target: 'es5', resolveJsonModule: true, ...options } }),
});
const target = (name: string | null, base?: string): Files => ({
  'tsconfig.json': JSON.stringify({
    ...(base !== undefined && { extends: base }),
    compilerOptions: { resolveJsonModule: true, ...(name !== null && { target: name }) },
  }),
});
const yarn = (more: Files = {}): Files => {
  const { 'package-lock.json': _, ...files } = typescriptApp;
  return { ...files, 'yarn.lock': '# yarn lockfile v1\n', ...more };
};
const cracoConfig = (plugins: string): Files => ({
  'craco.config.js': `module.exports = { plugins: [${plugins}] };\n`,
});

test.each<[name: string, files: Files, codes: readonly string[], environment?: object]>([
  ['an app as it is made', typescriptApp, []],
  ['Firebase 9', withPackage({ dependencies: { firebase: '^9.23.0' } }), ['PEER_OUTDATED']],
  ['Firebase 12', withPackage({ dependencies: { firebase: '^12.10.0' } }), []],
  [
    'the version that is installed',
    withPackage({ dependencies: { firebase: '^12.0.0' } }, installed('firebase', '12.1.0')),
    ['PEER_OUTDATED'],
  ],
  ['another peer', withPackage({ devDependencies: { nats: '2.0.0' } }), ['PEER_OUTDATED']],
  [
    'an override',
    withPackage({ dependencies: { firebase: '^9.0.0' }, overrides: { rxdb: { firebase: '$firebase' } } }),
    [],
  ],
  ['an override for all', withPackage({ dependencies: { firebase: '^9.0.0' }, overrides: { firebase: '9.0.0' } }), []],
  [
    'peers that npm is told to ignore',
    withPackage({ dependencies: { firebase: '^9.0.0' } }, { '.npmrc': 'legacy-peer-deps=true\n' }),
    [],
  ],
  [
    'peers that npm is told to ignore here',
    withPackage({ dependencies: { firebase: '^9.0.0' } }),
    [],
    { npm_config_force: 'true' },
  ],
  [
    'Firebase 9 with yarn, which warns',
    {
      ...yarn({ '.yarnrc': 'ignore-engines true\n' }),
      'package.json': craPackageJson({ dependencies: { firebase: '^9.0.0' } }),
    },
    [],
  ],
  ['yarn 1 on Node.js 20', yarn(), ['ENGINES_REFUSED']],
  ['yarn 1 on Node.js 22', yarn(), [], { ZBS_NODE_VERSION: '22.0.0' }],
  ['yarn 1 that ignores engines', yarn({ '.yarnrc': '--install.ignore-engines true\n' }), []],
  ['yarn 4', yarn({ 'yarn.lock': '__metadata:\n  version: 8\n', '.yarnrc.yml': 'nodeLinker: node-modules\n' }), []],
  ['npm with engine-strict', { ...typescriptApp, '.npmrc': 'engine-strict = true\n' }, ['ENGINES_REFUSED']],
  [
    'pnpm with engineStrict',
    {
      ...yarn({ 'pnpm-workspace.yaml': 'engineStrict: true\n', 'pnpm-lock.yaml': '' }),
      'package.json': craPackageJson({ packageManager: 'pnpm@10.0.0' }),
    },
    ['ENGINES_REFUSED'],
  ],
  [
    'an old type checker',
    { ...typescriptApp, ...installed('typescript', '5.4.5'), ...installed('fork-ts-checker-webpack-plugin', '6.5.2') },
    ['TYPE_CHECKER_OLD'],
  ],
  [
    'an old type checker of its tools',
    {
      ...typescriptApp,
      ...installed('typescript', '5.0.2'),
      ...installed('react-dev-utils', '12.0.1'),
      ...installed('react-dev-utils/node_modules/fork-ts-checker-webpack-plugin', '6.5.0'),
    },
    ['TYPE_CHECKER_OLD'],
  ],
  [
    'an old type checker and an old compiler',
    { ...typescriptApp, ...installed('typescript', '4.9.5'), ...installed('fork-ts-checker-webpack-plugin', '6.5.2') },
    [],
  ],
  [
    'a type checker that is new enough',
    { ...typescriptApp, ...installed('typescript', '5.4.5'), ...installed('fork-ts-checker-webpack-plugin', '6.5.3') },
    [],
  ],
  ['the types of packages checked', { ...typescriptApp, ...tsconfig({ skipLibCheck: false }) }, ['LIB_CHECK']],
  [
    'the types of packages checked by what is extended',
    {
      ...typescriptApp,
      'tsconfig.json': '{ "extends": "./base.json" }',
      'base.json': '{ "compilerOptions": { "target": "es2017", "skipLibCheck": false, "resolveJsonModule": true } }',
    },
    ['LIB_CHECK'],
  ],
  ['no JSON modules', { ...typescriptApp, ...tsconfig({ resolveJsonModule: false }) }, ['JSON_MODULES']],
  [
    'JSON modules not named',
    { ...typescriptApp, 'tsconfig.json': '{ "compilerOptions": { "target": "es5" } }' },
    ['JSON_MODULES'],
  ],
  [
    'no target, with TypeScript 4',
    { ...typescriptApp, ...target(null), ...installed('typescript', '4.9.5') },
    ['TARGET_ES3'],
  ],
  ['no target, with the range of TypeScript 4', { ...typescriptApp, ...target(null) }, ['TARGET_ES3']],
  [
    'a target that is not known, because what is extended is not installed',
    { ...typescriptApp, 'tsconfig.json': '{ "extends": "@tsconfig/create-react-app" }' },
    [],
  ],
  [
    'a target of what is extended, in a package of the workspace',
    {
      ...typescriptApp,
      'tsconfig.json': '{ "extends": "@tsconfig/create-react-app" }',
      '../../node_modules/@tsconfig/create-react-app/tsconfig.json':
        '{ "compilerOptions": { "target": "es2015", "resolveJsonModule": true } }',
    },
    [],
  ],
  [
    'ES3 of what is extended, in a package of the workspace',
    {
      ...typescriptApp,
      'tsconfig.json': '{ "extends": "base/old" }',
      '../node_modules/base/old.json': '{ "compilerOptions": { "target": "es3", "resolveJsonModule": true } }',
    },
    ['TARGET_ES3'],
  ],
  [
    'a target that is not known, because what is extended extends what is not installed',
    { ...typescriptApp, 'tsconfig.json': '{ "extends": "./base.json" }', 'base.json': '{ "extends": "gone" }' },
    [],
  ],
  ['no target, with TypeScript 5', { ...typescriptApp, ...target(null), ...installed('typescript', '5.4.5') }, []],
  ['ES3, however it is written', { ...typescriptApp, ...target('ES3') }, ['TARGET_ES3']],
  [
    'a target of what is extended',
    { ...typescriptApp, ...target(null, './base.json'), 'base.json': '{ "compilerOptions": { "target": "es2020" } }' },
    [],
  ],
  [
    'ES3 of what is extended',
    { ...typescriptApp, ...target(null, './base.json'), 'base.json': '{ "compilerOptions": { "target": "es3" } }' },
    ['TARGET_ES3'],
  ],
  [
    'JSON modules of a bundler',
    { ...typescriptApp, 'tsconfig.json': '{ "compilerOptions": { "target": "es5", "moduleResolution": "Bundler" } }' },
    [],
  ],
  ['strict off, and an old library', { ...typescriptApp, ...tsconfig({ strict: false, lib: ['dom', 'es2015'] }) }, []],
  [
    'craco-esbuild before',
    {
      ...typescriptApp,
      ...cracoConfig(`{ plugin: require('craco-esbuild') }, { plugin: require('zero-backend-sync/craco') }`),
    },
    ['PLUGIN_CLASH'],
  ],
  [
    'craco-swc behind',
    {
      ...typescriptApp,
      ...cracoConfig(`{ plugin: require('zero-backend-sync/craco') }, { plugin: require("@team/craco-swc") }`),
    },
    ['PLUGIN_CLASH'],
  ],
  ['craco-less', { ...typescriptApp, ...cracoConfig(`{ plugin: require('craco-less') }`) }, []],
  ['Vite beside CRACO', withPackage({ scripts: { start: 'vite', build: 'craco build' } }), ['SCRIPT_FOREIGN']],
  [
    'Next for development',
    withPackage({ scripts: { 'dev:site': 'next dev', start: 'craco start', build: 'craco build' } }),
    ['SCRIPT_FOREIGN'],
  ],
  [
    'webpack for a library',
    withPackage({ scripts: { start: 'craco start', build: 'craco build', 'build:lib': 'webpack' } }),
    [],
  ],
])('%s', (_name, files, codes, ...more) => {
  expect(find(files, more[0]).map(({ code }) => code)).toEqual(codes);
});

describe('in a project', () => {
  let project: TestProject;
  afterEach(() => project.remove());
  const start = (files: Files) => (project = makeProject(files));
  const kitWithPeers = () => {
    const context = project.context({ env });
    return { ...context, readKit: () => ({ ...context.readKit(), peers }) };
  };

  test.each<[name: string, files: Files, code: string]>([
    ['a plugin', { ...typescriptApp, ...cracoConfig(`{ plugin: require('craco-esbuild') }`) }, 'PLUGIN_CLASH'],
    ['engines', { ...typescriptApp, '.npmrc': 'engine-strict=true\n' }, 'ENGINES_REFUSED'],
    ['the types of packages', { ...typescriptApp, ...tsconfig({ skipLibCheck: false }) }, 'LIB_CHECK'],
  ])('init refuses before the first change, and doctor says so: %s', async (_name, files, code) => {
    start(files);
    const before = project.tree();
    for (const dryRun of [false, true]) {
      const result = await outcomeOf(() => init(kitWithPeers(), { yes: true, dryRun }));
      expect(result).toMatchObject({
        status: 2,
        json: { code, message: expect.stringContaining('Nothing was changed.') },
      });
    }
    const { json } = await doctor(kitWithPeers(), { offline: true });
    expect(json).toMatchObject({ findings: [{ code: 'NOT_INSTALLED', what: expect.stringContaining(code) }] });
    expect(project.tree()).toEqual(before);
  });

  test.each<[name: string, files: Files, file: string, line: RegExp]>([
    [
      'an override',
      withPackage({ dependencies: { react: '19.0.0', 'react-scripts': '5.0.1', firebase: '^9.0.0' } }),
      'package.json',
      /"rxdb": \{ "firebase": "\$firebase" \}|"rxdb": \{\s*"firebase": "\$firebase"\s*\}/,
    ],
    ['a line for yarn', yarn(), '.yarnrc', /^ignore-engines true\n$/],
    [
      'an option of the compiler',
      { ...typescriptApp, 'tsconfig.json': craTsconfig.replace('"resolveJsonModule": true,', '') },
      'tsconfig.json',
      /"resolveJsonModule": true/,
    ],
    ['a target', { ...typescriptApp, ...target(null) }, 'tsconfig.json', /"target": "es5"/],
  ])(
    'the plan changes what is safe to change, undo gives it back, and doctor corrects it where it is lost: %s',
    async (_name, files, file, line) => {
      start(files);
      const context = kitWithPeers();
      await init(context, { yes: true });
      expect(project.read(file)).toMatch(line);
      expect(context.printed.join('\n')).toContain(file);
      const correct = project.read(file);
      project.write(
        file,
        files[file] === undefined
          ? ''
          : correct.replace(/,?\s*"rxdb": \{[^}]*\}|,\s*"(?:resolveJsonModule|target)": (?:true|"es5")/, ''),
      );
      expect((await doctor(kitWithPeers(), { offline: true })).json).toMatchObject({
        findings: expect.arrayContaining([expect.objectContaining({ check: 'clashes', fixable: true })]),
      });
      await doctor(kitWithPeers(), { offline: true, fix: true });
      expect(project.read(file)).toMatch(line);
      project.write(file, correct);
      await undo(kitWithPeers(), { yes: true, skipInstall: true });
      expect(project.tree()[file]).toBe(files[file]);
    },
  );

  test('what init cannot change it says in the plan, and doctor as a warning', async () => {
    start(withPackage({ scripts: { start: 'vite', build: 'react-scripts build' } }));
    const context = kitWithPeers();
    await init(context, { yes: true });
    expect(context.printed.join('\n')).toContain('runs vite, which does not know the preset');
    expect((await doctor(kitWithPeers(), { offline: true })).json).toMatchObject({
      findings: expect.arrayContaining([expect.objectContaining({ code: 'SCRIPT_FOREIGN', severity: 'warning' })]),
    });
  });
});

describe('an app that was installed with --force or --legacy-peer-deps', () => {
  const lock = (packages: object) => JSON.stringify({ lockfileVersion: 3, packages });
  const conflicting = lock({
    'node_modules/react': { version: '19.0.0' },
    'node_modules/@testing-library/react': { version: '13.4.0', peerDependencies: { react: '^18.0.0' } },
  });
  let project: TestProject;
  afterEach(() => project.remove());
  const begin = (settings: Files, answer: { readonly status: number; readonly output: string }) => {
    project = makeProject({ ...typescriptApp, 'package-lock.json': conflicting, ...settings });
    const context = project.context();
    const asked: string[] = [];
    const run: typeof context.run = async (program, args, options) => {
      if (!args.includes('--package-lock-only')) return context.run(program, args, options);
      asked.push(options.cwd);
      return { ...answer, isMissing: false };
    };
    return { asked, start: () => outcomeOf(() => init({ ...context, run }, { yes: true, kit: 'file:../kit.tgz' })) };
  };

  test('is refused before anything is changed where npm says so', async () => {
    const { asked, start } = begin({}, { status: 1, output: 'npm error code ERESOLVE' });
    const before = project.tree();
    expect(await start()).toMatchObject({
      status: 2,
      json: {
        code: 'PEER_CONFLICTS',
        message: expect.stringMatching(
          /@testing-library\/react wants react \^18\.0\.0, and has 19\.0\.0.*legacy-peer-deps=true/s,
        ),
      },
    });
    expect(asked).toHaveLength(1);
    expect(project.tree()).toEqual(before);
  });

  test.each([
    ['npm takes it all the same', {}, { status: 0, output: '' }, 1],
    ['the registry is out of reach, which the installation reports', {}, { status: 1, output: 'ENOTFOUND' }, 1],
    ['the flag is written down', { '.npmrc': 'legacy-peer-deps=true\n' }, { status: 1, output: 'code ERESOLVE' }, 0],
  ])('is installed where %s', async (_name, settings, answer, times) => {
    const { asked, start } = begin(settings as Files, answer);
    expect(await start()).toMatchObject({ status: 0 });
    expect(asked).toHaveLength(times);
  });

  test.each([
    [
      'what is nested is nearer',
      {
        'node_modules/a': { version: '1.0.0', peerDependencies: { b: '^1.0.0' } },
        'node_modules/b': { version: '2.0.0' },
        'node_modules/a/node_modules/b': { version: '1.1.0' },
      },
      null,
    ],
    [
      'an optional peer does not count',
      {
        'node_modules/a': {
          version: '1.0.0',
          peerDependencies: { b: '^1.0.0' },
          peerDependenciesMeta: { b: { optional: true } },
        },
        'node_modules/b': { version: '2.0.0' },
      },
      null,
    ],
    [
      'one that is not there does not count',
      { 'node_modules/a': { version: '1.0.0', peerDependencies: { b: '^1.0.0' } } },
      null,
    ],
    [
      'one of a nested package',
      {
        'node_modules/x/node_modules/@a/a': { version: '1.0.0', peerDependencies: { b: '^1.0.0' } },
        'node_modules/b': { version: '2.0.0' },
      },
      '@a/a wants b ^1.0.0, and has 2.0.0',
    ],
  ])('%s', (_name, packages, conflict) => {
    project = makeProject({});
    expect(peerConflict(lock(packages))).toBe(conflict);
  });
});
