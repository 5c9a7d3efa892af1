/** `undo` in apps whose people and tools have gone on working since `init`. */
import { chmodSync, cpSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { init } from '../../../src/cli/commands/init';
import { undo, type UndoOptions } from '../../../src/cli/commands/undo';
import { writtenOf } from '../../../src/cli/installation-record';
import type { RunProgram } from '../../../src/cli/process';
import { answering, craPackageJson, makeProject, typescriptApp, type TestContext, type TestProject } from '../project';
import { commitAll, git, hashOfTree, plantCanary, withRealGit } from '../repository';

jest.setTimeout(60_000);

const yes = { yes: true } as const;
let project: TestProject;
afterEach(() => project.remove());

async function installed(files: Readonly<Record<string, string>> = typescriptApp): Promise<Tree> {
  project = makeProject(files, 'app');
  const before = project.tree();
  await init(project.context(), yes);
  return before;
}

type Tree = Readonly<Record<string, string>>;

/** The tree without the salt, which stays. */
function treeAfter(): Tree {
  const { '.env.local': salt, ...after } = project.tree();
  expect(salt).toMatch(/^SYNC_SALT=/);
  return after;
}

async function undone(options: UndoOptions = yes, more: Partial<TestContext> = {}) {
  const context = project.context(more);
  const { status, json } = await undo(context, options);
  return {
    status,
    json: json as Json,
    said: context.printed.join('\n'),
    ran: context.ran.filter((command) => !command.startsWith('git ')),
  };
}

interface Json {
  readonly removed: readonly string[];
  readonly merged: readonly string[];
  readonly kept: readonly string[];
  readonly imports: readonly { readonly file: string; readonly line: number; readonly what: string }[];
}

const edit = (file: string, ...[from, to]: [string | RegExp, string]) =>
  project.write(file, project.read(file).replace(from, to));

/** As a formatter would: quotes, semicolons, indentation. */
function reformat(text: string): string {
  return text
    .replace(/'/g, '"')
    .replace(/;$/gm, '')
    .replace(/^( *)(?=\S)/gm, (spaces) => '\t'.repeat(spaces.length / 2));
}

describe('what was only formatted since', () => {
  test('goes as if nothing had happened', async () => {
    const before = await installed();
    const files = Object.keys(project.tree()).filter((file) => !file.endsWith('/') && file.startsWith('src/lib/'));
    for (const file of [...files, 'craco.config.js']) project.write(file, reformat(project.read(file)));
    for (const file of ['package.json', '.zero-backend-sync.json'])
      project.write(file, JSON.stringify(JSON.parse(project.read(file)), null, 8));
    expect(await undone()).toMatchObject({ status: 0, json: { kept: [], merged: [] } });
    expect(treeAfter()).toEqual(before);
  });

  test('is no file with a name that a formatter, a linter or a compiler reads', async () => {
    await installed();
    const copies = Object.keys(project.tree()).filter(
      (file) => file.startsWith('.zero-backend-sync/') && !file.endsWith('/'),
    );
    expect(copies.length).toBeGreaterThan(10);
    expect(
      copies.filter((file) => /\.([cm]?[jt]sx?|json|ya?ml|md|css)$/.test(file) || /\/\.[^/]*$/.test(file)),
    ).toEqual([]);
  });

  test('is a configuration of the app that init has edited, too', async () => {
    const own = `module.exports = {\n  plugins: [{ plugin: require('./mine') }],\n  style: {},\n};\n`;
    const before = await installed({ ...typescriptApp, 'craco.config.js': own });
    project.write('craco.config.js', reformat(project.read('craco.config.js')));
    expect(await undone()).toMatchObject({ status: 0, json: { merged: [] } });
    expect(treeAfter()).toEqual(before);
  });
});

describe('bytes are those of before', () => {
  const crlf = (text: string) => text.replace(/\r?\n/g, '\r\n');
  test.each<[name: string, change: (text: string) => string]>([
    ['with Windows line ends', crlf],
    ['with both line ends', (text) => text.replace('\n', '\r\n')],
    ['with a byte order mark', (text) => `\ufeff${text}`],
    ['without a last line end', (text) => text.trimEnd()],
    ['with tabs', (text) => text.replace(/ {2}/g, '\t')],
  ])('%s', async (_name, change) => {
    const files = Object.fromEntries(
      Object.entries({ ...typescriptApp, 'craco.config.js': 'module.exports = {\n  style: {},\n};\n' }).map(
        ([file, text]) => [file, change(text)],
      ),
    );
    const before = await installed(files);
    expect(await undone()).toMatchObject({ status: 0 });
    expect(treeAfter()).toEqual(before);
  });

  test('also when a formatter has changed the line ends since', async () => {
    const before = await installed({ ...typescriptApp, 'package.json': crlf(typescriptApp['package.json'] ?? '') });
    project.write('package.json', project.read('package.json').replace(/\r\n/g, '\n'));
    await undone();
    expect(treeAfter()).toEqual(before);
  });

  test('and line ends are those of the clone, where git has converted the files and their copies', async () => {
    await installed({ ...typescriptApp, 'package.json': crlf(typescriptApp['package.json'] ?? '') });
    for (const [file, text] of Object.entries(project.tree()))
      if (!file.endsWith('/')) writeFileSync(path.join(project.root, file), text.replace(/\r\n/g, '\n'), 'latin1');
    expect(await undone()).toMatchObject({ status: 0 });
    expect(project.read('package.json')).toBe(typescriptApp['package.json']);
  });

  test('a file that is not in UTF-8 is not edited at all', async () => {
    project = makeProject({ ...typescriptApp, 'craco.config.js': '' }, 'app');
    const file = path.join(project.root, 'craco.config.js');
    writeFileSync(file, "module.exports = { style: { name: 'M\u00fcller' } };\n", 'latin1');
    const before = project.tree();
    await expect(init(project.context(), yes)).rejects.toMatchObject({ code: 'NOT_UTF8' });
    expect(project.tree()).toEqual(before);
  });

  test('modes, too', async () => {
    await installed();
    project.remove();
    project = makeProject(typescriptApp, 'app');
    chmodSync(path.join(project.root, 'package.json'), 0o640);
    await init(project.context(), yes);
    await undone();
    expect(statSync(path.join(project.root, 'package.json')).mode & 0o777).toBe(0o640);
  });
});

describe('a file of the template with changes of the user', () => {
  const mine = 'export const collections = { mine: {} };\n';

  test('goes when git has its content, in a commit', async () => {
    project = makeProject(typescriptApp, 'app');
    commitAll(project);
    const before = project.tree();
    await init(project.context({ run: withRealGit }), yes);
    project.write('src/lib/schema.ts', mine);
    git(project.root, 'add', '--all');
    git(project.root, 'commit', '--quiet', '--message', 'With sync');
    const { status, said } = await undone(yes, { run: withRealGit });
    expect(status).toBe(0);
    const [, id = ''] =
      /src\/lib\/schema\.ts goes with your changes to it, which git has: git show (\w+)/.exec(said) ?? [];
    expect(git(project.root, 'show', id)).toBe(mine);
    const isGit = (file: string) => file.startsWith('.git/');
    const files = (tree: Tree) => Object.fromEntries(Object.entries(tree).filter(([file]) => !isGit(file)));
    expect(files(treeAfter())).toEqual(files(before));
  });

  test('goes when git has its content, in the index only', async () => {
    await installed();
    commitAll(project);
    project.write('src/lib/schema.ts', mine);
    git(project.root, 'add', 'src/lib/schema.ts');
    const staged = git(project.root, 'ls-files', '--stage');
    expect((await undone(yes, { run: withRealGit })).status).toBe(0);
    expect(existsSync(path.join(project.root, 'src/lib'))).toBe(false);
    expect(git(project.root, 'ls-files', '--stage')).toBe(staged);
  });

  test('stays when git has another version of it only, and is said in one line', async () => {
    await installed();
    commitAll(project);
    project.write('src/lib/schema.ts', mine);
    const { status, said } = await undone(yes, { run: withRealGit });
    expect(status).toBe(1);
    expect(said).toMatch(/! src\/lib\/schema\.ts stays: it holds changes of yours that git does not have\./);
    expect(said).not.toMatch(/Undone\./);
    expect(project.read('src/lib/schema.ts')).toBe(mine);
  });

  test('goes without git when that is asked for', async () => {
    const before = await installed();
    project.write('src/lib/schema.ts', mine);
    expect((await undone({ ...yes, discardChanges: true })).status).toBe(0);
    expect(treeAfter()).toEqual(before);
  });

  test.each([
    [true, 0],
    [false, 1],
  ])('is asked for once, with others like it: %j', async (answer, status) => {
    await installed();
    project.write('src/lib/schema.ts', mine);
    project.write('src/lib/engine.ts', 'export const mine = 1;\n');
    const prompter = answering(answer, true);
    const context = project.context();
    expect(await undo({ ...context, terminal: { ...context.terminal, prompter } }, {})).toMatchObject({ status });
    expect(prompter.asked).toEqual([
      expect.stringMatching(/^src\/lib\/schema\.ts, src\/lib\/engine\.ts hold changes .* Remove them, too\?/),
      'Undo all this?',
    ]);
    expect(existsSync(path.join(project.root, 'src/lib/schema.ts'))).toBe(!answer);
  });

  test('that stays is undone by the next run, with the packages that are there till then', async () => {
    const before = await installed();
    project.write('src/lib/schema.ts', mine);
    const first = await undone();
    expect([first.status, first.ran]).toEqual([1, []]);
    const packageJson = JSON.parse(project.read('package.json'));
    expect(packageJson.dependencies).toHaveProperty('zero-backend-sync');
    expect(packageJson.scripts.start).toBe('react-scripts start');
    expect(await undone()).toMatchObject({ status: 1, json: { kept: ['src/lib/schema.ts'] } });
    rmSync(path.join(project.root, 'src/lib/schema.ts'));
    expect(await undone()).toMatchObject({ status: 0, ran: ['npm install --no-save --no-audit --no-fund'] });
    expect(treeAfter()).toEqual(before);
    const last = await undone();
    expect(last).toMatchObject({ status: 0, ran: [], json: { nothingToDo: true } });
    expect(last.said).toMatch(/^Nothing to undo/);
  });
});

describe('package.json that somebody has changed since', () => {
  test('keeps what is theirs, in their order', async () => {
    await installed();
    const { dependencies, scripts, ...rest } = JSON.parse(project.read('package.json'));
    const theirs = {
      scripts: { lint: 'eslint .', ...scripts, start: `CI=1 ${scripts.start} --open`, deploy: 'sh deploy.sh' },
      browserslist: ['defaults'],
      dependencies: { ...dependencies, zod: '^4.0.0', 'zero-backend-sync': '0.1.7' },
      ...rest,
    };
    project.write('package.json', JSON.stringify(theirs, null, 4));
    expect(await undone()).toMatchObject({ status: 0, json: { kept: [], merged: ['package.json'] } });
    const original = JSON.parse(typescriptApp['package.json'] ?? '');
    const expected = {
      scripts: {
        lint: 'eslint .',
        ...original.scripts,
        start: 'CI=1 react-scripts start --open',
        deploy: 'sh deploy.sh',
      },
      browserslist: ['defaults'],
      dependencies: { ...original.dependencies, zod: '^4.0.0' },
      ...Object.fromEntries(Object.entries(original).filter(([key]) => key !== 'scripts' && key !== 'dependencies')),
    };
    expect(project.read('package.json')).toBe(JSON.stringify(expected, null, 4));
  });

  test('loses the packages of the kit wherever they were moved to', async () => {
    const before = await installed();
    const packageJson = JSON.parse(project.read('package.json'));
    packageJson.devDependencies['zero-backend-sync'] = packageJson.dependencies['zero-backend-sync'];
    delete packageJson.dependencies['zero-backend-sync'];
    project.write('package.json', JSON.stringify(packageJson, null, 2) + '\n');
    expect((await undone()).status).toBe(0);
    expect(treeAfter()).toEqual(before);
  });

  test('is named with the entry that cannot be told apart, and all the rest is undone', async () => {
    await installed();
    edit('package.json', '"start": "craco start"', '"start": "sh start.sh"');
    const { status, json, said } = await undone();
    expect([status, json.kept]).toEqual([1, ['package.json']]);
    expect(said).toMatch(/package\.json stays: you have changed scripts\.start, which init wrote/);
    expect(JSON.parse(project.read('package.json')).scripts).toMatchObject({
      start: 'sh start.sh',
      build: 'react-scripts build',
    });
    expect(existsSync(path.join(project.root, 'src/lib'))).toBe(false);
    // Whoever has put it right runs it again.
    edit('package.json', 'sh start.sh', 'react-scripts start');
    expect((await undone()).status).toBe(0);
    expect(project.read('package.json')).toBe(typescriptApp['package.json']);
  });

  test('keeps a package of the kit that the app imports by now, and says where', async () => {
    await installed();
    project.write('src/mine.test.ts', `import { a } from './a';\nimport { b } from 'zero-backend-sync/testing';\n`);
    const { status, said } = await undone();
    expect(status).toBe(1);
    expect(said).toMatch(/zero-backend-sync stays installed, because src\/mine\.test\.ts:2 imports it/);
    expect(JSON.parse(project.read('package.json')).dependencies).toHaveProperty('zero-backend-sync');
  });

  test('keeps a package of the kit that a script of the app runs by now', async () => {
    await installed();
    edit(
      'package.json',
      '"start": "craco start"',
      '"start": "craco start",\n    "check": "npx zero-backend-sync doctor"',
    );
    expect((await undone()).said).toMatch(/zero-backend-sync stays installed, because the script "check" runs it/);
  });

  test('keeps CRACO when its configuration has settings of the user by now', async () => {
    await installed();
    edit('craco.config.js', 'plugins: [', 'style: { mine: true },\n  plugins: [');
    const { status, said, json } = await undone();
    expect([status, json.merged]).toEqual([0, ['craco.config.js', 'package.json']]);
    expect(said).toMatch(
      /Note: @craco\/craco stays in package\.json, because its configuration has settings of yours\./,
    );
    expect(project.read('craco.config.js')).toBe('module.exports = {\n  style: { mine: true },\n};\n');
    const packageJson = JSON.parse(project.read('package.json'));
    expect(packageJson.devDependencies).toHaveProperty(['@craco/craco']);
    expect(packageJson.dependencies).not.toHaveProperty('zero-backend-sync');
    expect(packageJson.scripts.start).toBe('craco start');
  });

  test('keeps CRACO when another script of the app runs it by now', async () => {
    await installed();
    edit('package.json', '"start": "craco start"', '"start": "craco start",\n    "size": "craco build --profile"');
    const { status, said } = await undone();
    expect(status).toBe(0);
    expect(said).toMatch(/@craco\/craco stays in package\.json, because the script "size" runs it/);
    expect(JSON.parse(project.read('package.json')).devDependencies).toEqual({ '@craco/craco': '^7.1.0' });
  });
});

describe('a CRACO configuration of the app that is formatted and changed since', () => {
  test.each<[name: string, own: string, change: [string | RegExp, string], expected: string | RegExp]>([
    [
      'with a plugin of the user beside the one of the kit',
      `module.exports = { style: {} };\n`,
      [/plugins: \[(.*)\]/, `plugins: [\n    { plugin: require("./mine") },\n    $1,\n  ]`],
      /plugins: \[\s*\{ plugin: require\("\.\/mine"\) \},?\s*\]/,
    ],
    [
      'with another setting',
      `module.exports = { style: {} };\n`,
      [/style: \{\}/, 'style: { a: 1 }'],
      /^module\.exports = \{ style: \{ a: 1 \} \};\n$/,
    ],
    [
      'that spreads its plugins',
      `const mine = [];\nmodule.exports = { plugins: mine };\n`,
      [/const mine = \[\];/, 'const mine = [1];'],
      `const mine = [1];\nmodule.exports = { plugins: mine };\n`,
    ],
  ])('%s', async (_name, own, change, expected) => {
    await installed({ ...typescriptApp, 'craco.config.js': own });
    edit('craco.config.js', ...change);
    const { status, json } = await undone();
    expect([status, json.merged]).toEqual([0, ['craco.config.js']]);
    expect(project.read('craco.config.js')).toEqual(
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    );
  });
});

describe('the lock file', () => {
  const installing: RunProgram = async (program, args) => {
    if (program === 'npm') project.write('package-lock.json', `{ "rewritten by": "${args.join(' ')}" }\n`);
    return { status: program === 'git' ? 128 : 0, output: '', isMissing: false };
  };

  test('is as it was, whatever the package manager makes of it', async () => {
    const before = await installed();
    expect(await undone(yes, { run: installing })).toMatchObject({ status: 0 });
    expect(treeAfter()).toEqual(before);
  });

  test('is not made where there was none', async () => {
    const { 'package-lock.json': _lock, ...files } = typescriptApp;
    const before = await installed(files);
    expect(project.tree()).toHaveProperty(['package-lock.json']);
    await undone(yes, { run: installing });
    expect(treeAfter()).toEqual(before);
  });

  test.each<[lock: string, packageManager: string | undefined, command: string]>([
    ['package-lock.json', undefined, 'npm install --no-save --no-audit --no-fund'],
    ['yarn.lock', undefined, 'yarn install --non-interactive --frozen-lockfile'],
    ['yarn.lock', 'yarn@4.5.0', 'yarn install --immutable'],
    ['pnpm-lock.yaml', undefined, 'pnpm install --frozen-lockfile'],
  ])('%s (%s) is installed from, not written to', async (lock, packageManager, command) => {
    const { 'package-lock.json': _lock, ...files } = typescriptApp;
    await installed({
      ...files,
      [lock]: lock === 'package-lock.json' ? '{ "packages": {} }\n' : 'packages: {}\n',
      'package.json': craPackageJson(packageManager === undefined ? {} : { packageManager }),
      '.yarnrc.yml': 'nodeLinker: node-modules\n',
    });
    expect((await undone()).ran).toEqual([command]);
  });

  test('is changed by the package manager where the app has changed it since: it still has the kit', async () => {
    await installed();
    project.write('package-lock.json', '{ "node_modules/zero-backend-sync": {}, "node_modules/zod": {} }\n');
    expect((await undone()).ran).toEqual([expect.stringMatching(/^npm install --no-audit --no-fund/)]);
  });

  test('keeps what the app has added between two runs of init', async () => {
    await installed();
    const theirs = '{ "lockfileVersion": 3, "installed": true, "zod": true }\n';
    project.write('package-lock.json', theirs);
    rmSync(path.join(project.root, 'craco.config.js'));
    edit('package.json', /\n +"@craco\/craco": .*\n/, '\n');
    const run: RunProgram = async (program) => {
      if (program === 'npm') project.write('package-lock.json', `${theirs}\n`);
      return { status: program === 'git' ? 128 : 0, output: '', isMissing: false };
    };
    await init(project.context({ run }), yes);
    const after = project.read('package-lock.json');
    await undone({ ...yes, skipInstall: true });
    expect(project.read('package-lock.json')).toBe(after);
  });

  test('"Undone" is not said where the packages could not be removed', async () => {
    await installed();
    const run: RunProgram = async (program) => ({
      status: program === 'git' ? 128 : 1,
      output: 'ENOTFOUND',
      isMissing: false,
    });
    const { status, said } = await undone(yes, { run });
    expect(status).toBe(1);
    expect(said).toMatch(/Undone in the files of the app, but not in node_modules\..*npm install --no-save/s);
    expect(said).not.toMatch(/Undone\./);
    expect(project.read('package.json')).toBe(typescriptApp['package.json']);
  });
});

describe('files of the app that import what goes', () => {
  test('are listed with file and line', async () => {
    await installed({
      ...typescriptApp,
      'tsconfig.json': '{ "compilerOptions": { "baseUrl": "src", "paths": { "@sync/*": ["lib/*"] } } }\n',
    });
    project.write(
      'src/App.tsx',
      `import React from 'react';\nimport {\n  useDocument,\n} from './lib/react';\nexport const A = () => null;\n`,
    );
    project.write(
      'src/a.test.ts',
      `jest.mock('../src/lib/engine');\nexport * from '@sync/schema';\nconst lazy = () => import('lib/storage');\n`,
    );
    project.write(
      'src/b.ts',
      `// import './lib/react'\nconst other = require('./library');\ntype T = import('./lib/types').T;\n`,
    );
    const { status, json, said } = await undone();
    expect(status).toBe(0);
    expect(json.imports).toEqual([
      { file: 'src/App.tsx', line: 2, what: 'src/lib/react.ts' },
      { file: 'src/a.test.ts', line: 1, what: 'src/lib/engine.ts' },
      { file: 'src/a.test.ts', line: 2, what: 'src/lib/schema.ts' },
      { file: 'src/a.test.ts', line: 3, what: 'src/lib/storage.ts' },
      { file: 'src/b.ts', line: 3, what: 'src/lib/types.ts' },
    ]);
    expect(said).toMatch(/Left to do: src\/App\.tsx:2 imports src\/lib\/react\.ts, which goes/);
    expect(said).toMatch(/Undone\. The app does not build before you have taken out the imports/);
  });

  test('are listed also where the template was removed by hand', async () => {
    await installed();
    rmSync(path.join(project.root, 'src/lib'), { recursive: true });
    project.write('src/index.tsx', `import './lib/react';\n`);
    expect((await undone()).json.imports).toEqual([{ file: 'src/index.tsx', line: 1, what: 'src/lib/react.ts' }]);
  });
});

describe('files and folders that are gone or moved already', () => {
  test.each([
    ['a file of the template', ['src/lib/engine.ts']],
    ['the files of the template, but not their folders', ['src/lib/worker/index.ts', 'src/lib/worker/crypto.asm.ts']],
    ['the configuration', ['craco.config.js']],
  ])('%s', async (_name, files) => {
    const before = await installed();
    for (const file of files) rmSync(path.join(project.root, file));
    expect((await undone()).status).toBe(0);
    expect(treeAfter()).toEqual(before);
  });

  test('a file of the app that the user has removed is not brought back', async () => {
    await installed();
    rmSync(path.join(project.root, '.gitignore'));
    expect((await undone()).status).toBe(0);
  });

  test('a template that was moved is named, and goes when it is moved back', async () => {
    const before = await installed();
    renameSync(path.join(project.root, 'src/lib'), path.join(project.root, 'src/sync'));
    const { status, said } = await undone();
    expect(status).toBe(1);
    expect(said).toMatch(/src\/sync\/engine\.ts stays: it is what init wrote to src\/lib\/engine\.ts/);
    renameSync(path.join(project.root, 'src/sync'), path.join(project.root, 'src/lib'));
    expect((await undone()).status).toBe(0);
    expect(treeAfter()).toEqual(before);
  });

  test('empty folders of the app stay', async () => {
    project = makeProject({ ...typescriptApp, 'src/features/auth/a.ts': '', 'src/features/mine/a.ts': '' }, 'app');
    rmSync(path.join(project.root, 'src/features/mine/a.ts'));
    const before = project.tree();
    await init(project.context(), { ...yes, dir: 'src/features/sync' });
    expect((await undone()).status).toBe(0);
    expect(treeAfter()).toEqual(before);
  });
});

describe('without the copies that init has made', () => {
  test.each(['.zero-backend-sync', '.zero-backend-sync/original'])(
    '%s: nothing of the app is removed',
    async (folder) => {
      await installed();
      rmSync(path.join(project.root, folder), { recursive: true });
      const { status, said } = await undone();
      expect(status).toBe(1);
      expect(said).toMatch(
        /package\.json stays: \.zero-backend-sync\/original\/_package\.json\.txt, the copy of it as it was before, is missing: restore that from git/,
      );
      expect(JSON.parse(project.read('package.json')).name).toBe('my-app');
    },
  );

  test('a copy that was changed is no copy', async () => {
    await installed();
    const copy = writtenOf('src/lib/schema.ts');
    project.write(copy, 'mine');
    project.write('src/lib/schema.ts', 'mine');
    expect(await undone()).toMatchObject({ status: 1, json: { kept: ['src/lib/schema.ts'] } });
    edit('.zero-backend-sync/original/_package.json.txt', 'my-app', 'evil');
    expect(await undone()).toMatchObject({ status: 1 });
    expect(JSON.parse(project.read('package.json')).name).toBe('my-app');
  });
});

describe('.gitignore keeps the line for the salt', () => {
  test.each<[gitignore: string | null, above: string | null, after: string | null]>([
    ['node_modules\n', null, 'node_modules\n.env.local\n'],
    [null, null, '.env.local\n'],
    ['.env*.local\n', null, '.env*.local\n'],
    ['node_modules\n', '.env*\n', 'node_modules\n'],
    [null, 'packages/**/.env.local\n', null],
    ['!.env.local\n', '.env*\n', '!.env.local\n.env.local\n'],
  ])('of %j, in a repository of %j: %j', async (gitignore, above, after) => {
    const { '.gitignore': _ignored, ...files } = typescriptApp;
    project = makeProject({ ...files, ...(gitignore !== null && { '.gitignore': gitignore }) }, 'packages');
    const top = path.dirname(project.root);
    if (above !== null) writeFileSync(path.join(top, '.gitignore'), above);
    git(top, 'init', '--quiet');
    await init(project.context({ run: withRealGit }), { ...yes, force: true });
    const { status, said } = await undone(yes, { run: withRealGit });
    expect(status).toBe(0);
    const file = path.join(project.root, '.gitignore');
    expect(existsSync(file) ? readFileSync(file, 'utf8') : null).toBe(after);
    expect(said).toMatch(/\.env\.local keeps the salt/);
    if (after === gitignore) expect(said).not.toMatch(/\.gitignore keeps/);
    else expect(said).toMatch(/\.gitignore keeps the line for it, because nothing else keeps it out of git/);
    expect(git(top, 'status', '--porcelain', '--untracked-files=all')).not.toMatch(/\.env\.local/);
  });

  test('with lines of the user around it', async () => {
    await installed({ ...typescriptApp, '.gitignore': '/node_modules\n' });
    project.write('.gitignore', `# mine\n${project.read('.gitignore')}*.log\n`);
    expect(await undone()).toMatchObject({ status: 0, json: { merged: ['.gitignore'] } });
    expect(project.read('.gitignore')).toBe('# mine\n/node_modules\n*.log\n.env.local\n');
  });
});

describe('a run that is killed', () => {
  test('at any step is put back by the next one, which undoes it all', async () => {
    const before = await installed();
    const steps: string[] = [];
    await undo(project.context({ onStep: (name) => void steps.push(name) }), yes);
    expect(treeAfter()).toEqual(before);
    project.remove();
    for (const step of steps.filter((_, index) => index % 5 === 1 || index === steps.length - 1)) {
      project = makeProject(typescriptApp, 'app');
      await init(project.context(), yes);
      await killedAt(step);
      expect(project.tree()).toHaveProperty(['.zero-backend-sync/journal/index.json']);
      expect(await undone()).toMatchObject({ status: 0 });
      expect(treeAfter()).toEqual(before);
      project.remove();
    }
    project = makeProject({}, 'app');
  });
});

/** Leaves what a process leaves that is killed in `undo` at a step. */
async function killedAt(step: string): Promise<void> {
  const left = `${project.root} left`;
  const onStep = (name: string) => {
    if (name === step) cpSync(project.root, left, { recursive: true, preserveTimestamps: true });
  };
  await undo(project.context({ onStep }), { ...yes, skipInstall: true });
  rmSync(project.root, { recursive: true });
  renameSync(left, project.root);
}

test('a dry run says what the real one does, and touches nothing', async () => {
  await installed();
  commitAll(project);
  project.write('src/lib/schema.ts', 'export {};\n');
  git(project.root, 'add', '--all');
  project.write('src/lib/engine.ts', 'export const mine = 1;\n');
  project.write('src/App.tsx', `import './lib/react';\n`);
  edit('package.json', '"private": true', '"private": false');
  const parent = path.dirname(project.root);
  plantCanary(project);
  const before = hashOfTree(parent);
  const dry = await undone({ ...yes, dryRun: true }, { run: withRealGit });
  expect(hashOfTree(parent)).toBe(before);
  const real = await undone(yes, { run: withRealGit });
  expect(dry).toMatchObject({ status: real.status, json: { ...real.json, done: false, dryRun: true } });
  expect(real).toMatchObject({ status: 1, json: { kept: ['src/lib/engine.ts'], imports: [{ file: 'src/App.tsx' }] } });
});
