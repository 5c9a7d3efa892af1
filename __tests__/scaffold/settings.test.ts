/**
 * Apps whose owners have settings that the kit has to pass: type check, lint, format, tests, coverage and build are green before and after `init`, or `init` refuses
 * before the first change. `undo` gives the same tree. `init` itself runs the checks, and says which passed; what it does not run is run here.
 */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { say } from '../support/processes';
import { commitAll, installedKit } from './apps';
import { makeSettingsApp, type SettingsApp } from './settings';
import { endPrograms, must, removeFolder, run } from './workshop';

interface Case extends SettingsApp {
  readonly name: string;
  /** Checks that `init` has to have found green. */
  readonly passes?: readonly string[];
  /** Checks that `init` has to have found red, before and after. */
  readonly ownFailures?: readonly string[];
  /** The code with which `init` refuses, before it has changed anything. */
  readonly refusedAs?: string;
  /** Tests, with coverage where the app has a threshold; not where nothing of it is about tests. */
  readonly test?: readonly string[];
}

const cra = ['types', 'build'];
const flatConfig = `const js = require('@eslint/js');
const parser = require('@typescript-eslint/parser');
const { configs, rules } = require('@typescript-eslint/eslint-plugin');

module.exports = [
  { ignores: ['build/**', 'public/**', 'src/react-app-env.d.ts', 'eslint.config.js'] },
  js.configs.recommended,
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    plugins: { '@typescript-eslint': { rules } },
    languageOptions: { parser, globals: { document: 'readonly', HTMLElement: 'readonly', test: 'readonly', expect: 'readonly' } },
    linterOptions: { reportUnusedDisableDirectives: true },
    rules: { ...configs.recommended.rules, 'no-unused-vars': 'off', 'no-magic-numbers': ['error', { ignore: [0, 1] }] },
  },
];
`;
const typedLint = {
  root: true,
  parser: '@typescript-eslint/parser',
  parserOptions: { project: './tsconfig.json' },
  plugins: ['@typescript-eslint'],
  extends: [
    'eslint:recommended',
    'plugin:@typescript-eslint/recommended',
    'plugin:@typescript-eslint/recommended-requiring-type-checking',
  ],
  env: { browser: true, jest: true },
  ignorePatterns: ['build'],
};
const covered = {
  collectCoverageFrom: [
    '**/*.{js,ts,tsx}',
    '!**/node_modules/**',
    '!build/**',
    '!coverage/**',
    '!src/index.tsx',
    '!src/reportWebVitals.ts',
    '!**/*.d.ts',
  ],
  coverageThreshold: { global: { lines: 100, functions: 100, branches: 100, statements: 100 } },
};

const cases: readonly Case[] = [
  {
    name: 'strict off, an old library',
    tsconfig: { strict: false, lib: ['dom', 'es2015'], noUnusedLocals: true },
    passes: cra,
  },
  {
    name: 'no JSON modules, everything strict',
    tsconfig: { resolveJsonModule: false, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true },
    passes: cra,
  },
  {
    name: 'flat ESLint and Prettier',
    scripts: { lint: 'eslint . --max-warnings 0', 'format:check': 'prettier --check .' },
    files: { 'eslint.config.js': flatConfig, '.prettierrc': '{ "tabWidth": 4, "printWidth": 100 }\n' },
    format: true,
    passes: [...cra, 'lint', 'format'],
  },
  {
    name: 'ESLint with types',
    scripts: { lint: 'eslint . --ext .js,.ts,.tsx' },
    // That of create-react-app has a promise that nobody awaits.
    files: { '.eslintrc.json': JSON.stringify(typedLint), 'src/reportWebVitals.ts': 'export {};\n' },
    passes: [...cra, 'lint'],
  },
  { name: 'coverage of all', packageJson: { jest: covered }, test: ['--coverage'], passes: cra },
  {
    name: 'endings without ts',
    template: 'cra-template',
    files: {
      'tsconfig.json':
        '{ "compilerOptions": { "target": "es2017", "allowJs": true, "noEmit": true, "jsx": "react-jsx", "skipLibCheck": true, "resolveJsonModule": true, "moduleResolution": "node", "module": "esnext", "esModuleInterop": true }, "include": ["src/lib"] }\n',
      'craco.config.js': `module.exports = { webpack: { configure: (config) => ({ ...config, resolve: { ...config.resolve, extensions: ['.js', '.jsx', '.json'] } }) } };\n`,
    },
    test: [],
    passes: ['build'],
    // Nothing is in src/lib before.
    ownFailures: ['types'],
  },
  { name: 'Vite for development', scripts: { start: 'vite' }, passes: cra },
  { name: 'an older Firebase', vendor: { firebase: '9.23.0' }, passes: cra },
  {
    name: 'a build of its own',
    scripts: { build: 'BUILD_PATH=dist react-scripts build && exit 1', lint: 'eslint --fix src' },
    passes: [...cra, 'lint'],
  },
  {
    name: 'red before',
    files: { 'src/bad.ts': 'export const bad: number = "a";\n' },
    passes: [],
    ownFailures: ['types', 'build'],
  },
  { name: 'types of packages checked', tsconfig: { skipLibCheck: false }, refusedAs: 'LIB_CHECK' },
  { name: 'engine-strict', files: { '.npmrc': 'engine-strict=true\n' }, refusedAs: 'ENGINES_REFUSED' },
  {
    name: 'craco-esbuild',
    files: { 'craco.config.js': `module.exports = { plugins: [{ plugin: require('craco-esbuild') }] };\n` },
    refusedAs: 'PLUGIN_CLASH',
  },
  { name: 'a forced tree', template: 'cra-template-redux-typescript', refusedAs: 'PEER_CONFLICTS' },
];

afterEach(endPrograms);

test.each(cases.map((one): [string, Case] => [one.name, one]))('%s', async (name, request) => {
  const { tarball, program } = installedKit();
  const app = await makeSettingsApp(name.replace(/\W/g, '-'), request);
  const zbs = (...args: string[]) => run(app, process.execPath, [program, ...args]);
  const git = (...args: string[]) => must(app, 'git', args);
  const lockBefore = readFileSync(path.join(app, 'package-lock.json'), 'utf8');

  say(`${name}: init`);
  const { status, output } = await zbs('init', '--yes', '--json', '--identity', 'user.id', '--kit', `file:${tarball}`);
  const result = JSON.parse(output.slice(output.indexOf('{'))) as {
    code?: string;
    checks?: { passed: string[]; ownFailures: { id: string }[] };
  };
  if (request.refusedAs !== undefined) {
    expect({ status, code: result.code }).toEqual({ status: 2, code: request.refusedAs });
    expect(await git('status', '--porcelain', '--ignored')).toBe('!! node_modules/\n');
    return removeFolder(app);
  }
  expect({ status, code: result.code, message: (result as { message?: string }).message }).toEqual({ status: 0 });
  const own = result.checks?.ownFailures.map(({ id }) => id) ?? [];
  expect(own).toEqual(request.ownFailures ?? []);
  expect([...(result.checks?.passed ?? [])].sort()).toEqual([...(request.passes ?? [])].sort());
  expect(movedPackages(lockBefore, readFileSync(path.join(app, 'package-lock.json'), 'utf8'))).toEqual([]);
  expect(await git('status', '--porcelain', 'build', 'dist')).toBe('');
  await commitAll(app, 'With sync');

  if (request.test !== undefined) {
    say(`${name}: test`);
    const tested = await run(app, 'npm', ['test', '--', ...request.test], { CI: 'true' });
    expect(tested).toMatchObject({ status: 0 });
  }
  say(`${name}: undo`);
  expect(await zbs('undo', '--yes', '--skip-install')).toMatchObject({ status: 0 });
  await git('add', '--all');
  expect(await git('diff', '--cached', '--stat', 'HEAD~1', '--', '.', ':!.gitignore')).toBe('');
  removeFolder(app);
});

/** Entries of npm's lock file that are gone or of another version. */
function movedPackages(before: string, after: string): readonly string[] {
  type Lock = { readonly packages: Readonly<Record<string, { readonly version?: string }>> };
  const [first, second] = [JSON.parse(before) as Lock, JSON.parse(after) as Lock];
  return Object.keys(first.packages).filter(
    (place) => place !== '' && first.packages[place]?.version !== second.packages[place]?.version,
  );
}
