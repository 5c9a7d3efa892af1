import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { findChecks } from '../../src/cli/checks/commands';
import { rulesSwitchedOff, withoutRules } from '../../src/cli/checks/lint';
import { firstError } from '../../src/cli/checks/run';
import { init } from '../../src/cli/commands/init';
import type { InitOptions } from '../../src/cli/commands/init-options';
import { undo } from '../../src/cli/commands/undo';
import { memoryFiles } from '../../src/cli/discover/project-files';
import { outcomeOf } from '../../src/cli/execute';
import { runProgram, type RunOptions } from '../../src/cli/process';
import { craPackageJson, makeProject, typescriptApp, type TestProject } from './project';

const typescript = { 'node_modules/typescript/package.json': '{ "version": "4.9.5" }' };
const withScripts = (scripts: object, more: Readonly<Record<string, string>> = {}) =>
  memoryFiles({ 'package.json': craPackageJson({ scripts }), ...more });

const projects = (options: string) => ({
  'tsconfig.json':
    '{ "files": [], "references": [{ "path": "./tsconfig.app.json" }, { "path": "./tsconfig.node.json" }] }',
  'tsconfig.app.json': `{ "compilerOptions": ${options}, "include": ["src"] }`,
  'tsconfig.node.json': `{ "compilerOptions": ${options}, "include": ["vite.config.ts"] }`,
});

describe('the checks of an app are its own', () => {
  test.each<[name: string, scripts: object, lines: readonly string[]]>([
    ['nothing', {}, []],
    ['a build', { build: 'craco build' }, ['craco build']],
    [
      'a build with variables',
      { build: 'cross-env A="b c" react-scripts build --stats' },
      ['cross-env A="b c" react-scripts build --stats'],
    ],
    ['a build between others', { build: 'rm -rf x && CI=1 craco build && gh-pages -d build' }, ['CI=1 craco build']],
    ['a build behind another script', { build: 'npm run compile', compile: 'craco build' }, ['craco build']],
    ['a lint', { lint: 'eslint . --ext .ts' }, ['eslint . --ext .ts']],
    ['a lint under another name', { 'lint:js': 'eslint src' }, ['eslint src']],
    ['a lint that would correct', { lint: 'eslint --fix src --cache' }, ['eslint src --cache']],
    ['a format check', { 'format:check': 'prettier --check .' }, ['prettier --check .']],
    ['a format check in lint', { lint: 'eslint . && prettier --check .' }, ['eslint . && prettier --check .']],
    [
      'a lint that would format',
      { lint: 'prettier "src/**" --write && eslint src' },
      ['prettier "src/**" --check && eslint src'],
    ],
    ['a format that only writes', { format: 'prettier --write .' }, []],
    ['another tool than that of the app', { build: 'craco build', 'build:lib': 'vite build' }, ['craco build']],
  ])('%s', (_name, scripts, lines) => {
    expect(findChecks(withScripts(scripts)).checks.map(({ line }) => line)).toEqual(lines);
  });

  test.each<[name: string, files: Record<string, string>, line: string | null]>([
    ['one project', { 'tsconfig.json': '{}' }, 'tsc --noEmit --incremental false --pretty false'],
    ['one composite project', { 'tsconfig.json': '{ "compilerOptions": { "composite": true } }' }, null],
    [
      'one of Vue',
      { 'tsconfig.json': '{}', 'node_modules/vue-tsc/package.json': '{"version":"3.0.0"}' },
      'vue-tsc --noEmit --incremental false --pretty false',
    ],
    [
      'projects as create-vite has them',
      projects('{ "noEmit": true, /* */ "tsBuildInfoFile": "./node_modules/.tmp/a.tsbuildinfo", }'),
      'tsc -b --pretty false',
    ],
    [
      'projects without a place for what a build writes',
      projects('{ "noEmit": true }'),
      'tsc -p tsconfig.app.json --noEmit --incremental false --pretty false && tsc -p tsconfig.node.json --noEmit --incremental false --pretty false',
    ],
    ['projects that have to write', projects('{ "composite": true }'), null],
  ])('types of %s', (_name, files, line) => {
    const [check] = findChecks(
      memoryFiles({ 'package.json': '{}', 'node_modules/typescript/package.json': '{"version":"6.0.0"}', ...files }),
    ).checks;
    expect(check?.line ?? null).toBe(line);
  });

  test.each<[name: string, scripts: object, line: string]>([
    [
      'CRACO',
      { build: 'BUILD_PATH=./dist GENERATE_SOURCEMAP=false craco build' },
      'GENERATE_SOURCEMAP=false craco build',
    ],
    ['Vite', { build: 'tsc -b && vite build --outDir dist -m x' }, 'vite build -m x --outDir "/t" --emptyOutDir'],
    ['webpack', { build: 'A=1 webpack --mode production -o out' }, 'A=1 webpack --mode production --output-path "/t"'],
    ['Rsbuild', { build: 'rsbuild build' }, 'rsbuild build --dist-path "/t"'],
    ['Vue CLI', { build: 'vue-cli-service build --dest=x' }, 'vue-cli-service build --dest "/t"'],
    ['react-app-rewired', { build: 'react-app-rewired build' }, 'react-app-rewired build'],
  ])('a build of %s writes somewhere else than to the folder of the app', (_name, scripts, line) => {
    const [build] = findChecks(withScripts(scripts)).checks;
    expect(build?.lineInto?.('"/t"')).toBe(line);
  });

  test('a lint that runs a script which corrects is left out, and that is said', () => {
    expect(findChecks(withScripts({ lint: 'npm run lint:fix', 'lint:fix': 'eslint --fix .' }))).toEqual({
      checks: [],
      leftOut: ['The script "lint" was not run, because it changes files.'],
    });
  });

  test.each([
    ['is there', { 'tsconfig.json': '{}', ...typescript }, ['types']],
    ['is not installed', { 'tsconfig.json': '{}' }, []],
    ['has no project', typescript, []],
    ['has to write', { 'tsconfig.json': '{ "compilerOptions": { "composite": true } }', ...typescript }, []],
    [
      'has to write, as what it extends says',
      {
        'tsconfig.json': '{ "extends": "./base" }',
        'base.json': '{ "compilerOptions": { "composite": true } }',
        ...typescript,
      },
      [],
    ],
  ])('a type check where the compiler %s', (_name, files, ids) => {
    expect(findChecks(withScripts({}, files)).checks.map(({ id }) => id)).toEqual(ids);
  });
});

test.each([
  [
    'tsc',
    'src/a.ts(1,1): error TS2322: no\nsrc/b.ts(1,1): error TS1\n',
    ['src/a.ts(1,1): error TS2322: no', 'src/b.ts(1,1): error TS1'],
  ],
  ['eslint', '\n/app/src/a.ts\n  1:1  \u001b[31merror\u001b[39m  no  rule\n', ['src/a.ts', '  1:1  error  no  rule']],
  [
    'craco',
    'Creating an optimized production build...\nFailed to compile.\n\nwhy\n',
    ['Creating an optimized production build...', 'Failed to compile.', 'why'],
  ],
  ['prettier', 'Checking formatting...\n[warn] a.js\n', ['Checking formatting...', '[warn] a.js']],
  ['something without a word for it', 'a\nb\n', ['a', 'b']],
])('of what %s says the first error is shown', (_name, output, lines) => {
  expect(firstError(output, '/app')).toBe(lines.map((line) => `    ${line}`).join('\n'));
});

test('rules are switched off in a first line, which is found again', () => {
  const once = withoutRules('a\n', ['no-undef']);
  expect(once).toBe('/* eslint-disable no-undef */\na\n');
  expect(withoutRules(once, ['b/c'])).toBe('/* eslint-disable b/c, no-undef */\na\n');
  expect(rulesSwitchedOff(once)).toEqual(['no-undef']);
  expect(withoutRules('a\n', [])).toBe('a\n');
});

describe('before init says that it is installed', () => {
  let project: TestProject;
  afterEach(() => project.remove());

  /** Programs of the shell as the app would have them: what fails, by a part of the line and the state of the app. */
  const begin = (fails: (line: string, isInstalled: boolean) => boolean, more: object = {}) => {
    project = makeProject({
      ...typescriptApp,
      ...typescript,
      'package.json': craPackageJson({
        scripts: { start: 'react-scripts start', build: 'react-scripts build', lint: 'eslint src' },
      }),
    });
    const lines: string[] = [];
    const context = project.context(more);
    const run = (program: string, args: readonly string[], options: RunOptions) => {
      if (options.shell !== true) return context.run(program, args, options);
      const isInstalled = 'src/lib/engine.ts' in project.tree();
      lines.push(`${isInstalled ? 'after' : 'before'}: ${program}`);
      const isRed = fails(program, isInstalled);
      return Promise.resolve({ status: isRed ? 1 : 0, output: isRed ? `error of ${program}` : '', isMissing: false });
    };
    const start = (options: InitOptions = {}) => outcomeOf(() => init({ ...context, run }, { yes: true, ...options }));
    return { lines, context, start };
  };
  const [types, lint, before, after] = [
    'tsc --noEmit --incremental false --pretty false',
    'eslint src',
    'react-scripts build',
    'craco build',
  ];

  test('the app is checked once where it is green', async () => {
    const { lines, start } = begin(() => false);
    const result = await start();
    expect(result).toMatchObject({
      status: 0,
      json: { done: true, checks: { passed: ['types', 'lint', 'build'], ownFailures: [], leftOut: [] } },
    });
    expect(lines).toEqual([`after: ${types}`, `after: ${lint}`, `after: ${after}`]);
  });

  test.each(['lint', 'build', 'types'])('what was green and is red now puts everything back: %s', async (id) => {
    const of = { lint: /eslint/, build: /build/, types: /tsc/ }[id] ?? /never/;
    const { lines, context, start } = begin((line, isInstalled) => isInstalled && of.test(line));
    const tree = project.tree();
    const result = await start();
    expect(result).toMatchObject({
      status: 1,
      json: {
        code: 'CHECK_FAILED',
        message: expect.stringMatching(
          /Everything was put back\. It said first:\n\n {4}error of .*\n\n.*run the command again/s,
        ),
      },
    });
    // The package manager of these tests writes the lock file when it puts its packages back.
    expect({ ...project.tree(), 'package-lock.json': '' }).toEqual({ ...tree, 'package-lock.json': '' });
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatch(/^before: /);
    expect(context.ran.filter((line) => /install/.test(line))).toHaveLength(2);
    expect(context.printed.join('\n')).not.toContain('Installed.');
  });

  test("what was red before is the app's own: the installation stays, and a note shows the error", async () => {
    const { lines, context, start } = begin((line) => /build/.test(line));
    const result = await start();
    expect(result).toMatchObject({
      status: 0,
      json: {
        done: true,
        checks: { passed: ['types', 'lint'], ownFailures: [{ id: 'build', error: `    error of ${before}` }] },
      },
    });
    expect(lines).toEqual([`after: ${types}`, `after: ${lint}`, `after: ${after}`, `before: ${before}`]);
    expect(context.printed.join('\n')).toMatch(
      /Installed\.[^]*own build \(react-scripts build\) fails, as it did before[^]*error of react-scripts build/,
    );
    expect(await undo(project.context(), { yes: true })).toMatchObject({ status: 0 });
  });

  test("one that is the app's own does not excuse another", async () => {
    const { start } = begin((line, isInstalled) => /eslint/.test(line) || (isInstalled && /build/.test(line)));
    expect(await start()).toMatchObject({
      status: 1,
      json: { code: 'CHECK_FAILED', message: expect.stringContaining('own build') },
    });
  });

  test.each<[string, InitOptions]>([
    ['--skip-build', { skipBuild: true }],
    ['--skip-install', { skipInstall: true }],
  ])('%s leaves the checks out and says so', async (flag, options) => {
    const { lines, context, start } = begin(() => true);
    expect(await start(options)).toMatchObject({ status: 0, json: { done: true } });
    expect(lines).toEqual([]);
    expect(context.printed.join('\n')).toContain(`were not run: ${flag === '--skip-build' ? 'asked' : 'the packages'}`);
  });

  test('a dry run checks nothing', async () => {
    const { lines, start } = begin(() => true);
    expect(await start({ dryRun: true })).toMatchObject({ status: 0 });
    expect(lines).toEqual([]);
  });

  test('Ctrl-C in a check puts everything back', async () => {
    const interrupt = new AbortController();
    const { start } = begin((line) => (/build/.test(line) && interrupt.abort(), true), { signal: interrupt.signal });
    const tree = project.tree();
    expect(await start()).toMatchObject({ status: 130, json: { message: expect.stringContaining('put back') } });
    expect(project.tree()).toEqual(tree);
  });
});

describe('what ESLint complains of', () => {
  let project: TestProject;
  afterEach(() => project.remove());

  /** Says what the text of a file holds: a rule for a word, an error of the parser for CommonJS. */
  const fakeEslint = (fatal: boolean) => `
    const disabled = (text) => (/^\\/\\* eslint-disable (.*) \\*\\//.exec(text) || ['', ''])[1].split(', ');
    exports.ESLint = class {
      constructor(options) { this.options = options; }
      async isPathIgnored(file) { return require('fs').existsSync('.eslintignore') && require('fs').readFileSync('.eslintignore', 'utf8').includes(require('path').basename(file)); }
      async lintText(text, { filePath }) {
        const messages = [];
        if (${fatal} && /module\\.exports/.test(text)) return [{ messages: [{ ruleId: null, fatal: true, message: 'Parsing error: parserOptions.project' }] }];
        if (/module\\.exports/.test(text)) messages.push({ ruleId: 'no-undef', severity: 2 });
        if (/TEMPLATE_VERSION/.test(text)) messages.push({ ruleId: 'team/no-caps', severity: 1 });
        if (/eslint-disable/.test(text)) messages.push({ ruleId: 'comments/no-use', severity: 2 });
        return [{ messages: messages.filter(({ ruleId }) => !disabled(text).includes(ruleId)) }];
      }
    };
  `;
  const eslintApp = (fatal: boolean, scripts: object, more: object = {}) =>
    makeProject({
      ...typescriptApp,
      'package.json': craPackageJson({ scripts: { build: 'react-scripts build', ...scripts } }),
      'node_modules/eslint/package.json': '{ "version": "8.57.1", "main": "index.js" }',
      'node_modules/eslint/index.js': fakeEslint(fatal),
      ...more,
    });
  const realEslint = (context = project.context()) => ({
    ...context,
    run: (program: string, args: readonly string[], options: RunOptions) =>
      program === process.execPath ? runProgram(program, args, options) : context.run(program, args, options),
  });

  test('is switched off in the files that it complains of, and in no other', async () => {
    project = eslintApp(false, { lint: 'eslint .' });
    await init(realEslint(), { yes: true });
    expect(project.read('craco.config.js')).toMatch(/^\/\* eslint-disable comments\/no-use, no-undef \*\/\n/);
    expect(project.read('src/lib/types.ts')).toMatch(/^\/\* eslint-disable comments\/no-use, team\/no-caps \*\/\n/);
    expect(project.read('src/lib/engine.ts')).not.toContain('eslint');
    expect(project.read('.zero-backend-sync/written/src/lib/_types.ts.txt')).toBe(project.read('src/lib/types.ts'));
    expect(await undo(project.context(), { yes: true })).toMatchObject({ status: 0, json: { kept: [] } });
  });

  test("is nobody's where the app does not lint", async () => {
    project = eslintApp(false, {});
    await init(realEslint(), { yes: true });
    expect(project.read('craco.config.js')).not.toContain('eslint-disable');
  });

  test('what its parser does not know is left out of it, and the plan says so', async () => {
    project = eslintApp(true, { lint: 'eslint . --ext .ts,.js' }, { '.eslintrc.json': '{}' });
    const context = project.context();
    await init(realEslint(context), { yes: true });
    expect(project.read('.eslintignore')).toBe('craco.config.js\n');
    expect(context.printed.join('\n')).toMatch(/\+ \.eslintignore +ESLint's parser does not know craco\.config\.js/);
  });

  test('a lint of src alone asks for nothing', async () => {
    project = eslintApp(true, { lint: 'eslint --ext .ts ./src' }, { '.eslintrc.json': '{}' });
    await init(realEslint(), { yes: true });
    expect(project.tree()).not.toHaveProperty(['.eslintignore']);
  });

  test('where only the owner can say so, nothing is changed', async () => {
    project = eslintApp(true, { lint: 'eslint' }, { 'eslint.config.mjs': 'export default [];\n' });
    const tree = project.tree();
    const result = await outcomeOf(() => init(realEslint(), { yes: true }));
    expect(result).toMatchObject({ status: 2, json: { code: 'LINT_UNREADABLE' } });
    expect(project.tree()).toEqual(tree);
  });
});

test('a line of a script runs in the shell, with its quotes and variables', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'zbs-shell-'));
  const { status } = await runProgram(`node -e "require('fs').writeFileSync('a b', process.env.WORD)"`, [], {
    cwd: folder,
    shell: true,
    env: { ...process.env, WORD: 'yes' },
  });
  expect(status).toBe(0);
  expect(readFileSync(path.join(folder, 'a b'), 'utf8')).toBe('yes');
  rmSync(folder, { recursive: true });
});
