import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { init } from '../../src/cli/commands/init';
import { outcomeOf } from '../../src/cli/execute';
import { undo } from '../../src/cli/commands/undo';
import { fingerprintOf } from '../../src/preset/salt';
import { answering, craPackageJson, javascriptApp, makeProject, typescriptApp, type TestProject } from './project';

// Some of them run the command once for each step of it.
jest.setTimeout(60_000);

let project: TestProject;
const start = (files: Readonly<Record<string, string>>) => (project = makeProject(files));
afterEach(() => project.remove());

const yes = { yes: true } as const;

/** Marks what it formats with the name of the file and the options that it was given. */
const fakePrettier = `
exports.getFileInfo = async (file, { ignorePath }) => ({
  ignored: require('fs').existsSync(ignorePath) && require('fs').readFileSync(ignorePath, 'utf8').includes(require('path').basename(file)),
});
exports.resolveConfigFile = async () => null;
exports.resolveConfig = async (file, options) => ({ settings: JSON.stringify(options).replace(/[{}"]/g, '').replace(':', ': ') });
exports.format = async (text, { filepath, settings }) => text.startsWith('//') ? text : '// ' + require('path').basename(filepath) + ', ' + settings + '\\n' + text;
`;

describe('init', () => {
  test('makes every change that it has shown, and nothing else', async () => {
    start(typescriptApp);
    const before = project.tree();
    await init(project.context(), yes);
    const after = project.tree();
    const changed = Object.keys({ ...before, ...after }).filter(
      (file) => before[file] !== after[file] && !file.startsWith('.zero-backend-sync/'),
    );
    expect(changed.sort()).toEqual(
      [
        '.env.local',
        '.gitignore',
        '.zero-backend-sync.json',
        'craco.config.js',
        'package-lock.json',
        'package.json',
        'src/lib/',
        'src/lib/config.json',
        'src/lib/engine.ts',
        'src/lib/react.ts',
        'src/lib/schema.ts',
        'src/lib/storage.ts',
        'src/lib/types.ts',
        'src/lib/worker/',
        'src/lib/worker/crypto.asm.ts',
        'src/lib/worker/index.ts',
      ].sort(),
    );
  });

  test('a JavaScript app gets JavaScript, no TypeScript, and 14 files are touched', async () => {
    start({ ...javascriptApp, 'package-lock.json': '{ "lockfileVersion": 3 }\n', '.gitignore': '.env.local\n' });
    const before = project.tree();
    await init(project.context(), yes);
    const after = project.tree();
    const touched = Object.keys({ ...before, ...after }).filter(
      (file) => before[file] !== after[file] && !file.startsWith('.zero-backend-sync/') && !file.endsWith('/'),
    );
    expect(touched).toHaveLength(14);
    expect(touched.filter((file) => /\.tsx?$|tsconfig/.test(file))).toEqual(['src/lib/worker/crypto.asm.ts']);
    expect(project.read('package.json')).not.toMatch(/"typescript": "\^|@types/);
    expect(JSON.parse(project.read('.zero-backend-sync.json')).form).toBe('javascript');
  });

  test("its files are formatted by the app's own Prettier, with the app's settings", async () => {
    start({
      ...typescriptApp,
      'package.json': craPackageJson({ devDependencies: { prettier: '^3.0.0' } }),
      '.prettierignore': 'src/lib/schema.ts\n',
      'node_modules/prettier/package.json': '{ "version": "3.0.0", "main": "index.cjs" }',
      'node_modules/prettier/index.cjs': fakePrettier,
    });
    await init(project.context(), yes);
    expect(project.read('src/lib/engine.ts')).toBe('// engine.ts, editorconfig: true\nexport class SyncEngine {}\n');
    expect(project.read('src/lib/config.json')).toMatch(/^\/\/ config\.json/);
    expect(project.read('craco.config.js')).toMatch(/^\/\/ craco\.config\.js/);
    expect(project.read('src/lib/schema.ts')).toMatch(/^import/);
    expect(project.read('.zero-backend-sync/written/src/lib/_engine.ts.txt')).toBe(project.read('src/lib/engine.ts'));
  });

  test('a Prettier that the app does not use, or that fails, leaves the files as they are shipped', async () => {
    const prettier = { 'node_modules/prettier/package.json': '{ "version": "3.0.0", "main": "index.cjs" }' };
    start({ ...typescriptApp, ...prettier, 'node_modules/prettier/index.cjs': fakePrettier });
    await init(project.context(), yes);
    expect(project.read('src/lib/engine.ts')).toBe('export class SyncEngine {}\n');
    project.remove();

    start({
      ...typescriptApp,
      ...prettier,
      'package.json': craPackageJson({ devDependencies: { prettier: '^3.0.0' } }),
      'node_modules/prettier/index.cjs': `throw new Error('Cannot find the plug-in\\nat somewhere');`,
    });
    const context = project.context();
    await init(context, yes);
    expect(project.read('src/lib/engine.ts')).toBe('export class SyncEngine {}\n');
    expect(context.printed.join('\n')).toMatch(
      /Prettier could not format the template \(Cannot find the plug-in\).*npx prettier --write src\/lib/,
    );
  });

  test('never commits, and asks git nothing that changes a repository', async () => {
    start({ ...typescriptApp, '.git/HEAD': 'ref: refs/heads/main\n' });
    const asked: string[] = [];
    const run = async (program: string, args: readonly string[]) => {
      if (program === 'git') asked.push(args[0] ?? '');
      return { status: args[0] === 'ls-files' ? 1 : 0, output: '', isMissing: false };
    };
    await init(project.context({ run }), yes);
    await undo(project.context({ run }), yes);
    expect([...new Set(asked)].sort()).toEqual(['check-ignore', 'ls-files', 'status']);
  });

  test('takes its answers from a file, and flags before the file', async () => {
    start({ ...typescriptApp, 'src/App.tsx': 'export default ({ account }) => account.name;\n' });
    const answers = path.join(project.root, 'answers.json');
    project.write(
      'answers.json',
      JSON.stringify({
        identity: ['account.id', 'account.email'],
        storage: { layer: 'rxdb' },
        dir: 'src/elsewhere',
        example: true,
      }),
    );
    expect((await init(project.context(), { answers, dir: 'src\\sync' })).status).toBe(0);
    expect(project.read('src/sync/engine.ts')).toContain('SyncEngine');
    expect(project.read('src/SyncedTheme.tsx')).toContain('<SyncedTheme identity={[account.id, account.email]} />');
    expect(JSON.parse(project.read('.zero-backend-sync.json')).choices.identity).toEqual([
      'account.id',
      'account.email',
    ]);
  });

  test('gives the app a permanent id and the fingerprint of a fresh salt', async () => {
    start(typescriptApp);
    await init(project.context(), yes);
    const config = JSON.parse(project.read('src/lib/config.json'));
    const salt = /^SYNC_SALT=(.+)$/m.exec(project.read('.env.local'))?.[1] ?? '';
    expect(config.appId).toMatch(/^my-app\/[0-9a-f]{16}$/);
    expect(config.salts).toEqual([
      { id: '1', env: 'SYNC_SALT', fingerprint: fingerprintOf(Buffer.from(salt, 'base64')) },
    ]);
    expect(config.relays).toHaveLength(3);
  });

  test('prints the salt nowhere', async () => {
    start(typescriptApp);
    const context = project.context();
    const { json } = await init(context, { ...yes, diff: true });
    const salt = /^SYNC_SALT=(.+)$/m.exec(project.read('.env.local'))?.[1] ?? '?';
    expect(salt).toHaveLength(44);
    expect(context.printed.join('\n') + JSON.stringify(json)).not.toContain(salt);
    expect(
      Object.entries(project.tree())
        .filter(([, text]) => text.includes(salt))
        .map(([file]) => file),
    ).toEqual(['.env.local']);
  });

  test('a second run finds nothing to do', async () => {
    start(typescriptApp);
    await init(project.context(), yes);
    const once = project.tree();
    const context = project.context();
    expect((await init(context, yes)).json).toMatchObject({ nothingToDo: true });
    expect(context.printed.join('\n')).toMatch(/Nothing to do/);
    expect(project.tree()).toEqual(once);
  });

  test('a second run keeps the changes that the app has made in its template', async () => {
    start(typescriptApp);
    await init(project.context(), yes);
    project.write('src/lib/schema.ts', 'export const collections = { mine: {} };\n');
    expect((await init(project.context(), yes)).json).toMatchObject({ nothingToDo: true });
    expect(project.read('src/lib/schema.ts')).toContain('mine');
  });

  test('a second run writes what is missing as it was, the id of the app included', async () => {
    start(typescriptApp);
    await init(project.context(), yes);
    const installed = project.tree();
    for (const file of ['config.json', 'engine.ts']) rmSync(path.join(project.root, 'src/lib', file));
    await init(project.context(), yes);
    expect(project.tree()).toEqual(installed);
  });

  test('a dry run changes nothing', async () => {
    start(typescriptApp);
    const before = project.tree();
    const context = project.context();
    const { status } = await init(context, { ...yes, dryRun: true, diff: true });
    expect(status).toBe(0);
    expect(project.tree()).toEqual(before);
    expect(context.printed.join('\n')).toMatch(/\+ {4}"start": "craco start"/);
  });

  test("an edited file that had the app's format keeps it, another its own, and copies are nobody's to check", async () => {
    const files = {
      ...typescriptApp,
      'package.json': craPackageJson({ devDependencies: { prettier: '^3.0.0' } }),
      'craco.config.js': 'module.exports = { style: {   } };\n',
      'node_modules/prettier/package.json': '{ "version": "3.0.0", "main": "index.cjs" }',
      // Arrays and objects in one line, as Prettier writes short arrays.
      'node_modules/prettier/index.cjs': `
        exports.getFileInfo = async () => ({ ignored: false });
        exports.resolveConfigFile = async () => null;
        exports.resolveConfig = async () => ({});
        exports.format = async (text, { filepath }) => filepath.endsWith('.json') ? JSON.stringify(JSON.parse(text)) + '\\n' : text.replace(/ +/g, ' ');
      `,
    };
    start({ ...files, 'package.json': `${JSON.stringify(JSON.parse(files['package.json']))}\n` });
    await init(project.context(), yes);
    for (const file of ['package.json', '.zero-backend-sync.json'])
      expect(project.read(file)).toBe(`${JSON.stringify(JSON.parse(project.read(file)))}\n`);
    expect(project.read('craco.config.js')).toContain('{   }');
    const copies = Object.keys(project.tree()).filter((file) =>
      /^\.zero-backend-sync\/(original|written)\/.*\w$/.test(file),
    );
    expect(copies.length).toBeGreaterThan(8);
    expect(copies.filter((file) => !file.endsWith('.txt'))).toEqual([]);
  });

  test('a jsconfig.json stays', async () => {
    start({ ...javascriptApp, 'jsconfig.json': '{ "compilerOptions": { "baseUrl": "src" } }\n' });
    await init(project.context(), yes);
    expect(project.read('jsconfig.json')).toBe('{ "compilerOptions": { "baseUrl": "src" } }\n');
    expect(project.tree()).not.toHaveProperty(['tsconfig.json']);
  });

  test.each([
    [
      'npm, in a way that moves none of the packages that are there',
      'package-lock.json',
      '{ "lockfileVersion": 3 }\n',
      'npm install --no-audit --no-fund --install-strategy=shallow',
    ],
    ['yarn', 'yarn.lock', '# yarn lockfile v1\n', 'yarn install --non-interactive --no-frozen-lockfile'],
    ['yarn 4', 'yarn.lock', '__metadata:\n  version: 8\n', 'yarn install --no-immutable'],
    ['pnpm', 'pnpm-lock.yaml', "lockfileVersion: '9.0'\n", 'pnpm install --no-frozen-lockfile'],
  ])('%s is asked to install', async (_name, lockFile, text, command) => {
    const { 'package-lock.json': _, ...files } = typescriptApp;
    start({ ...files, [lockFile]: text, '.yarnrc.yml': 'nodeLinker: node-modules\n' });
    const context = project.context();
    await init(context, yes);
    expect(context.ran).toContain(command);
  });

  test('npm is asked for all of node_modules where there is no lock file', async () => {
    start(javascriptApp);
    const context = project.context();
    await init(context, yes);
    expect(context.ran).toContain('npm install --no-audit --no-fund');
  });

  test('the template goes elsewhere where src/lib is taken, and what is there is not touched', async () => {
    start({ ...typescriptApp, 'src/lib/types.ts': 'export type Mine = 1;\n' });
    await init(project.context(), yes);
    expect(project.read('src/lib/types.ts')).toBe('export type Mine = 1;\n');
    expect(project.read('src/sync/engine.ts')).toContain('SyncEngine');
    expect(project.read('craco.config.js')).toContain(`options: { lib: 'src/sync' }`);
    expect(project.read('.gitignore')).toContain('/src/sync/**/*.wasm');
  });

  test('a folder that --dir names is not overwritten', async () => {
    start({ ...typescriptApp, 'src/mine/engine.ts': '// mine\n' });
    const before = project.tree();
    await expect(init(project.context(), { ...yes, dir: 'src/mine' })).rejects.toMatchObject({ code: 'DIR_TAKEN' });
    expect(project.tree()).toEqual(before);
  });

  test('a module app gets a configuration that CommonJS can load', async () => {
    start({ ...typescriptApp, 'package.json': craPackageJson({ type: 'module' }) });
    await init(project.context(), yes);
    expect(project.tree()).toHaveProperty(['craco.config.cjs']);
  });

  test('an existing configuration that cannot be edited safely is left alone, and a snippet says what is left to do', async () => {
    start({
      ...typescriptApp,
      'package.json': craPackageJson({ devDependencies: { '@craco/craco': '^7.1.0' } }),
      'craco.config.js': `module.exports = wrap({});\n`,
    });
    const context = project.context();
    await init(context, yes);
    expect(project.read('craco.config.js')).toBe(`module.exports = wrap({});\n`);
    expect(context.printed.join('\n')).toMatch(
      /Left to do:.*cannot be edited safely.*\n\n +plugins: \[\{ plugin: require\('zero-backend-sync\/craco'\) \}\]/,
    );
  });

  test('an existing salt is used and never made anew', async () => {
    const salt = Buffer.alloc(32, 7);
    start({ ...typescriptApp, '.env.local': `A=1\nSYNC_SALT=${salt.toString('base64')}\n` });
    await init(project.context(), yes);
    expect(project.read('.env.local')).toBe(`A=1\nSYNC_SALT=${salt.toString('base64')}\n`);
    expect(JSON.parse(project.read('src/lib/config.json')).salts[0].fingerprint).toBe(fingerprintOf(salt));
  });

  test("a teammate's checkout without the salt does not get another one", async () => {
    start(typescriptApp);
    await init(project.context(), yes);
    const teammate = makeProject(
      Object.fromEntries(
        Object.entries(project.tree()).filter(([file]) => file !== '.env.local' && !file.endsWith('/')),
      ),
    );
    await expect(init(teammate.context(), yes)).rejects.toMatchObject({ code: 'SALT_MISSING' });
    teammate.remove();
  });

  test('an example is written in the language of the app, beside the code where the user is known', async () => {
    start({
      ...javascriptApp,
      'src/account/Page.js': `import { useAuth } from '../auth';\nexport const P = () => useAuth().user.id;\n`,
      'src/index.js': '',
    });
    await init(project.context(), { ...yes, example: true });
    expect(project.read('src/account/SyncedTheme.js')).toMatch(
      /import \{ SyncProvider, useDocument, useSyncStatus \} from '\.\.\/lib\/react';\nimport \{ useAuth \} from '\.\.\/auth';[\s\S]*const parts = \[session\?\.user\?\.id\]/,
    );
  });
});

describe('init asks', () => {
  test('for each of the three contexts and for consent', async () => {
    start(typescriptApp);
    const prompter = answering(true, '0', 'rxdb', false, 'apply');
    const context = project.context();
    await init({ ...context, terminal: { ...context.terminal, prompter } }, {});
    expect(prompter.asked).toHaveLength(5);
    expect(JSON.parse(project.read('.zero-backend-sync.json')).choices).toEqual({
      identity: ['user.id'],
      storage: { layer: 'rxdb' },
    });
  });

  test('and records a storage layer that is not available yet while it installs the first', async () => {
    start(typescriptApp);
    const context = project.context();
    const prompter = answering(true, '0', 'file', 'yaml', true, false, 'apply');
    await init({ ...context, terminal: { ...context.terminal, prompter } }, {});
    expect(JSON.parse(project.read('.zero-backend-sync.json')).choices.storage).toEqual({
      layer: 'file',
      format: 'yaml',
    });
    expect(JSON.parse(project.read('package.json')).dependencies).toHaveProperty('zero-backend-sync');
  });

  test('and changes nothing where the plan is declined', async () => {
    start(typescriptApp);
    const before = project.tree();
    const context = project.context();
    const prompter = answering(true, '0', 'rxdb', false, 'cancel');
    await expect(init({ ...context, terminal: { ...context.terminal, prompter } }, {})).rejects.toThrow('Cancelled');
    expect(project.tree()).toEqual(before);
  });
});

describe('an identity that is typed', () => {
  const withoutSession = { ...typescriptApp, 'src/App.tsx': 'export default ({ account }) => account.name;\n' };

  test('is asked for again until it can be used, and nothing stands in the prompt that Enter would accept', async () => {
    start(withoutSession);
    const initials: string[] = [];
    const warnings: string[] = [];
    const prompter = answering(
      true,
      '',
      false,
      'we have no users',
      false,
      'a b',
      'user.id',
      'account.id',
      'rxdb',
      false,
      'apply',
    );
    const text = prompter.text.bind(prompter);
    const context = project.context();
    const terminal = {
      ...context.terminal,
      prompter: {
        ...prompter,
        text: (question: string, initial: string) => (initials.push(initial), text(question, initial)),
        warn: (message: string) => void warnings.push(message),
      },
    };
    await init({ ...context, terminal }, {});
    expect(initials).toEqual(['', '', '', '', '']);
    expect(warnings).toEqual([
      expect.stringMatching(/"a b" is no expression/),
      expect.stringMatching(/"user" is in scope nowhere/),
    ]);
    expect(JSON.parse(project.read('.zero-backend-sync.json')).choices.identity).toEqual(['account.id']);
  });

  test.each<[name: string, identity: string, expected: readonly string[]]>([
    ['with brackets, as it stands in code', '[user.id, user.email]', ['user.id', 'user.email']],
    ['with a call of several arguments', 'join(user.id, 1),user.email', ['join(user.id, 1)', 'user.email']],
    ['with a literal beside what differs', "'crew', user.id", ["'crew'", 'user.id']],
    ['from what another file exports', 'session().id', ['session().id']],
    ['from the storage of the browser', "localStorage.getItem('userId')", ["localStorage.getItem('userId')"]],
  ])('%s is taken', async (_name, identity, expected) => {
    start({
      ...typescriptApp,
      'src/join.ts': 'export const join = (a: string, b: number) => a + b;\nexport const session = () => read();\n',
    });
    await init(project.context(), { ...yes, identity });
    expect(JSON.parse(project.read('.zero-backend-sync.json')).choices.identity).toEqual(expected);
  });

  test('is shown in the plan with its place and what it is used for', async () => {
    start(withoutSession);
    const context = project.context();
    const { json } = await init(context, { ...yes, identity: 'account.id', dryRun: true });
    expect(context.printed.join('\n')).toMatch(
      /known by \[account\.id\]: keys and addresses are made of it[^]*account\.id can stand in the component Component, src\/App\.tsx:1/,
    );
    expect(json).toMatchObject({
      plan: { identity: [{ expression: 'account.id', kind: 'id', place: { file: 'src/App.tsx', line: 1 } }] },
    });
  });
});

describe('init refuses, says why and what to do, and changes nothing', () => {
  const withoutSession = { ...typescriptApp, 'src/App.tsx': 'export default () => null;\n' };
  test.each<[name: string, files: Readonly<Record<string, string>>, options: object, code: string]>([
    ['without a terminal and without answers', typescriptApp, {}, 'ANSWERS_NEEDED'],
    ['where no identity was found', withoutSession, yes, 'ANSWERS_NEEDED'],
    ['a storage layer that is not available', typescriptApp, { ...yes, storage: 'file:csv' }, 'ANSWERS_NEEDED'],
    ['an unknown storage layer', typescriptApp, { ...yes, storage: 'mongo' }, 'ANSWERS_INVALID'],
    ['a folder outside src', typescriptApp, { ...yes, dir: 'lib' }, 'ANSWERS_INVALID'],
    ['an empty identity', typescriptApp, { ...yes, identity: ' ,' }, 'ANSWERS_INVALID'],
    ['an identity that does not parse', typescriptApp, { ...yes, identity: 'user.id(((junk' }, 'ANSWERS_INVALID'],
    ['an identity that is a sentence', typescriptApp, { ...yes, identity: 'we have no users' }, 'ANSWERS_INVALID'],
    ['an identity that is code', typescriptApp, { ...yes, identity: 'user.id]; evil(); [user' }, 'ANSWERS_INVALID'],
    ['an identity that assigns', typescriptApp, { ...yes, identity: 'user.id = 1' }, 'ANSWERS_INVALID'],
    ['an identity with a comment in it', typescriptApp, { ...yes, identity: 'user./* } */id' }, 'ANSWERS_INVALID'],
    ['an identity that is in scope nowhere', typescriptApp, { ...yes, identity: 'member.id' }, 'ANSWERS_INVALID'],
    ['an identity that is an object', typescriptApp, { ...yes, identity: '({})' }, 'ANSWERS_INVALID'],
    [
      'an identity that is another one each time',
      typescriptApp,
      { ...yes, identity: 'Math.random()' },
      'ANSWERS_INVALID',
    ],
    ['null', typescriptApp, { ...yes, identity: 'null' }, 'IDENTITY_LITERAL'],
    ['a literal', typescriptApp, { ...yes, identity: "['elecctro']" }, 'IDENTITY_LITERAL'],
    ['two literals', typescriptApp, { ...yes, identity: "'elecctro', 1" }, 'IDENTITY_LITERAL'],
    ['a template without expressions', typescriptApp, { ...yes, identity: '`elecctro`' }, 'IDENTITY_LITERAL'],
    [
      'a constant that is a literal',
      {
        ...typescriptApp,
        'src/id.ts': `const prefix = 'app';\nexport const APP = { id: prefix + '-1' };\n`,
        'src/x.tsx': `import { APP } from './id';\nexport const X = () => APP;\n`,
      },
      { ...yes, identity: 'APP.id.trim()' },
      'IDENTITY_LITERAL',
    ],
    ['a variable of the build', typescriptApp, { ...yes, identity: 'process.env.REACT_APP_ID' }, 'IDENTITY_LITERAL'],
    ["the app's own address", typescriptApp, { ...yes, identity: 'window.location.host' }, 'IDENTITY_LITERAL'],
    ['a storage layer without a terminal', typescriptApp, { identity: 'user.id' }, 'ANSWERS_NEEDED'],
    ['the choice of layer 2', typescriptApp, { ...yes, storage: 'nosql' }, 'ANSWERS_NEEDED'],
    ['an answers file that is not there', typescriptApp, { ...yes, answers: '/nowhere.json' }, 'ANSWERS_INVALID'],
    ['a Parcel app', { 'package.json': '{"dependencies":{"react":"18","parcel":"2"}}' }, yes, 'PLATFORM_UNSUPPORTED'],
    ['an old Vite', { 'package.json': '{"dependencies":{"react":"18","vite":"4"}}' }, yes, 'TOOL_VERSION_UNSUPPORTED'],
    ['a Vue 2 app', { 'package.json': '{"dependencies":{"vue":"2","@vue/cli-service":"5"}}' }, yes, 'VUE_UNSUPPORTED'],
    [
      "a monorepo's root",
      { 'package.json': '{"workspaces":["a"]}', 'a/package.json': craPackageJson() },
      yes,
      'MONOREPO_ROOT',
    ],
    ['a folder without package.json', { 'readme.md': '' }, yes, 'PACKAGE_JSON_MISSING'],
    ['broken JSON', { 'package.json': '{ "name": ' }, yes, 'JSON_INVALID'],
    ['a broken tsconfig.json', { ...typescriptApp, 'tsconfig.json': '{ oops' }, yes, 'JSON_INVALID'],
    ['a malformed salt', { ...typescriptApp, '.env.local': 'SYNC_SALT=abc\n' }, yes, 'SALT_MALFORMED'],
    ['a damaged record', { ...typescriptApp, '.zero-backend-sync.json': '{' }, yes, 'RECORD_INVALID'],
  ])('%s', async (_name, files, options, code) => {
    start(files);
    const before = project.tree();
    await expect(init(project.context(), options)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/Nothing was changed/),
    });
    expect(project.tree()).toEqual(before);
  });

  test.each<[name: string, files: Readonly<Record<string, string>>]>([
    [
      'an ejected app',
      { 'package.json': '{"dependencies":{"react":"18"}}', 'config/webpack.config.js': '//', 'scripts/build.js': '//' },
    ],
    ['a Vite app', { 'package.json': '{"dependencies":{"react":"18","vite":"5"}}' }],
    ['a Vue app', { 'package.json': '{"dependencies":{"vue":"3","@vue/cli-service":"5"}}' }],
    ['a webpack app', { 'package.json': '{"dependencies":{"react":"18","webpack":"5"}}' }],
    ["a monorepo's root", { 'package.json': '{"workspaces":["a"]}', 'a/package.json': craPackageJson() }],
    ['an app without a known user', { ...typescriptApp, 'src/App.tsx': 'export default () => null;\n' }],
  ])('%s ends with status 2', async (_name, files) => {
    start(files);
    expect((await outcomeOf(() => init(project.context(), yes))).status).toBe(2);
  });

  test('a dirty git tree, unless forced', async () => {
    start(typescriptApp);
    const before = project.tree();
    const dirty = async (program: string) => ({
      status: 0,
      output: program === 'git' ? ' M src/App.tsx\n' : '',
      isMissing: false,
    });
    await expect(init(project.context({ run: dirty }), yes)).rejects.toMatchObject({
      code: 'GIT_DIRTY',
      message: expect.stringContaining('src/App.tsx'),
    });
    expect(project.tree()).toEqual(before);
    expect((await init(project.context({ run: dirty }), { ...yes, force: true })).status).toBe(0);
  });

  test('a read-only file', async () => {
    start(typescriptApp);
    chmodSync(path.join(project.root, 'package.json'), 0o444);
    const before = project.tree();
    await expect(init(project.context(), yes)).rejects.toMatchObject({
      code: 'READ_ONLY',
      message: expect.stringContaining('package.json'),
    });
    expect(project.tree()).toEqual(before);
  });

  test('a read-only folder', async () => {
    start(typescriptApp);
    chmodSync(path.join(project.root, 'src'), 0o555);
    const before = project.tree();
    await expect(init(project.context(), yes)).rejects.toMatchObject({
      code: 'READ_ONLY',
      message: expect.stringMatching(/^src is read-only, so src\/lib\/.* cannot be written\. Nothing was changed/),
    });
    expect(project.tree()).toEqual(before);
    chmodSync(path.join(project.root, 'src'), 0o755);
  });

  test('a folder where a file has to go', async () => {
    start(typescriptApp);
    mkdirSync(path.join(project.root, 'craco.config.js'));
    const before = project.tree();
    await expect(init(project.context(), yes)).rejects.toMatchObject({ code: 'PATH_TAKEN' });
    expect(project.tree()).toEqual(before);
  });
});

describe('init is all or nothing', () => {
  /** The names of all steps of a run. */
  async function steps(): Promise<readonly string[]> {
    const names: string[] = [];
    const probe = makeProject(typescriptApp);
    await init(probe.context({ onStep: (name) => void names.push(name) }), yes);
    probe.remove();
    return names;
  }

  test('whichever step fails', async () => {
    const names = await steps();
    expect(names.length).toBeGreaterThan(15);
    for (const failing of names.keys()) {
      start(typescriptApp);
      const before = project.tree();
      let step = 0;
      const onStep = () => {
        if (step++ === failing) throw new Error('disk full');
      };
      await expect(init(project.context({ onStep }), yes)).rejects.toThrow('disk full');
      expect([names[failing], project.tree()]).toEqual([names[failing], before]);
      project.remove();
    }
  });

  test('whenever Ctrl-C is pressed', async () => {
    for (const pressedAt of (await steps()).keys()) {
      start(typescriptApp);
      const before = project.tree();
      const interrupt = new AbortController();
      let step = 0;
      const context = project.context({
        signal: interrupt.signal,
        onStep: () => void (step++ === pressedAt && interrupt.abort()),
      });
      const outcome = await init(context, yes).catch((error: Error) => error.message);
      // After the last step everything is in place, and there is nothing left to cancel.
      if (typeof outcome === 'string')
        expect([outcome, project.tree()]).toEqual([expect.stringMatching(/^Cancelled\. /), before]);
      else expect(project.tree()).toHaveProperty(['craco.config.js']);
      project.remove();
    }
  });

  test('when the installation fails, without a network for instance', async () => {
    start(typescriptApp);
    const before = project.tree();
    const run = async (program: string) => {
      if (program !== 'npm') return { status: 128, output: '', isMissing: false };
      project.write('package-lock.json', 'half written');
      return { status: 1, output: 'npm error code ENOTFOUND', isMissing: false };
    };
    await expect(init(project.context({ run }), yes)).rejects.toMatchObject({
      code: 'INSTALL_FAILED',
      message: expect.stringMatching(/registry could not be reached/),
    });
    expect(project.tree()).toEqual(before);
  });

  test.each<[cause: string, output: string, advice: RegExp]>([
    ['no network', 'npm error code ENOTFOUND', /registry could not be reached/],
    [
      'no network, and a warning before it',
      'npm warn ERESOLVE overriding peer dependency\nnpm error code ECONNREFUSED',
      /registry could not be reached/,
    ],
    ['no network for yarn', 'info There appears to be trouble with your network connection.', /could not be reached/],
    ['a conflict', 'npm error code ERESOLVE\nnpm error Found: react@19.3.1', /Two packages want different versions/],
    ['an engine', 'error x@1: The engine "node" is incompatible with this module.', /ignore-engines true/],
    ['a full disk', 'npm error code ENOSPC', /disk is full/],
    ['anything else', 'npm error code E418', /last words are below.*\n\n +npm error code E418/],
  ])('and says what to do about %s', async (_cause, output, advice) => {
    start(typescriptApp);
    const run = async (program: string) => ({ status: program === 'npm' ? 1 : 128, output, isMissing: false });
    await expect(init(project.context({ run }), yes)).rejects.toMatchObject({
      code: 'INSTALL_FAILED',
      message: expect.stringMatching(advice),
    });
  });

  test('and says nothing of engines that packages name and do not need', async () => {
    start(typescriptApp);
    const output =
      'npm warn EBADENGINE Unsupported engine {\nnpm warn EBADENGINE   package: "z@1",\nnpm warn EBADENGINE }\nnpm error code E418';
    const run = async (program: string) => ({ status: program === 'npm' ? 1 : 128, output, isMissing: false });
    await expect(init(project.context({ run }), yes)).rejects.toMatchObject({
      message: expect.stringMatching(/^(?![\s\S]*EBADENGINE)[\s\S]*E418/),
    });
  });

  test('when the package manager is missing', async () => {
    start({
      ...typescriptApp,
      'package-lock.json': '',
      'pnpm-lock.yaml': '',
      'package.json': craPackageJson({ packageManager: 'pnpm@9.15.9' }),
    });
    const before = project.tree();
    const run = async () => ({ status: null, output: '', isMissing: true });
    await expect(init(project.context({ run }), yes)).rejects.toMatchObject({
      code: 'PACKAGE_MANAGER_MISSING',
      message: expect.stringMatching(/pnpm is not on this computer\. Everything was put back\. Install it/),
    });
    expect(project.tree()).toEqual(before);
  });

  test('when Ctrl-C ends the package manager, too', async () => {
    start(typescriptApp);
    const before = project.tree();
    const interrupt = new AbortController();
    const run = async (program: string) => {
      if (program !== 'npm') return { status: 128, output: '', isMissing: false };
      project.write('package-lock.json', 'half written');
      interrupt.abort();
      return { status: null, output: '', isMissing: false };
    };
    await expect(init(project.context({ run, signal: interrupt.signal }), yes)).rejects.toThrow(
      /Cancelled\. Everything was put back\..*run "npm install"/,
    );
    expect(project.tree()).toEqual(before);
  });

  test('when the process was killed: the next run puts everything back first', async () => {
    start(typescriptApp);
    const before = project.tree();
    const { inTransaction, recoverInterrupted } = await import('../../src/cli/transaction');
    const killed = new Promise<never>(() => {});
    const reached = new Promise<void>((resolve) => {
      void inTransaction(project.root, {}, async (transaction) => {
        await transaction.write({ path: 'src/lib/engine.ts', before: null, after: 'x' });
        await transaction.write({ path: 'package.json', before: project.read('package.json'), after: '{}' });
        resolve();
        return killed;
      });
    });
    await reached;
    expect(recoverInterrupted(project.root)).toEqual(['src/lib/engine.ts', 'package.json']);
    expect(project.tree()).toEqual(before);
  });
});

describe('undo', () => {
  const apps = {
    'a TypeScript app': typescriptApp,
    'a JavaScript app with a jsconfig.json': { ...javascriptApp, 'jsconfig.json': '{}\n' },
    'Windows line ends and tabs': Object.fromEntries(
      Object.entries(typescriptApp).map(([file, text]) => [file, text.replace(/\n/g, '\r\n').replace(/ {2}/g, '\t')]),
    ),
    'a configuration of its own': {
      ...typescriptApp,
      'package.json': craPackageJson({ devDependencies: { '@craco/craco': '^7.1.0' } }),
      'craco.config.js': `module.exports = () => ({\n  eslint: { enable: false }, // ours\n});\n`,
    },
    'no .gitignore': Object.fromEntries(Object.entries(typescriptApp).filter(([file]) => file !== '.gitignore')),
    'a template beside a taken src/lib': { ...typescriptApp, 'src/lib/types.ts': 'export {};\n' },
  };

  test.each(Object.entries(apps))('gives back %s byte for byte, but for the salt', async (_name, files) => {
    start(files);
    const before = project.tree();
    await init(project.context(), { ...yes, example: true });
    expect(project.tree()).not.toEqual(before);
    const context = project.context();
    expect((await undo(context, yes)).status).toBe(0);
    const { '.env.local': salt, ...after } = project.tree();
    // Where nothing else keeps the salt out of git, the line for it stays.
    expect({ ...after, '.gitignore': after['.gitignore'] }).toEqual({ '.gitignore': '.env.local\n', ...before });
    expect(salt).toMatch(/^SYNC_SALT=/);
    expect(context.printed.join('\n')).toMatch(/\.env\.local keeps the salt/);
  });

  test('takes away what builds have compiled from the salt', async () => {
    start(typescriptApp);
    const before = project.tree();
    await init(project.context(), yes);
    project.write('src/lib/worker/crypto.wasm', '\0asm\u0001');
    expect((await undo(project.context(), { ...yes, skipInstall: true })).status).toBe(0);
    const { '.env.local': _salt, 'package-lock.json': _lock, ...after } = project.tree();
    expect(after).toEqual(Object.fromEntries(Object.entries(before).filter(([file]) => file !== 'package-lock.json')));
  });

  test('names a file of the template that was changed since, and keeps it', async () => {
    start(typescriptApp);
    await init(project.context(), yes);
    project.write('src/lib/schema.ts', '// mine\n');
    const context = project.context();
    expect((await undo(context, { ...yes, skipInstall: true })).status).toBe(1);
    expect(project.read('src/lib/schema.ts')).toBe('// mine\n');
    expect(context.printed.join('\n')).toMatch(
      /src\/lib\/schema\.ts stays: it holds changes of yours that git does not have/,
    );
    expect(project.tree()).not.toHaveProperty(['src/lib/engine.ts']);
  });

  test('takes back its own lines of a file that was changed since, and keeps the others', async () => {
    start(typescriptApp);
    await init(project.context(), yes);
    project.write('package.json', project.read('package.json').replace('"version": "0.1.0"', '"version": "0.2.0"'));
    expect((await undo(project.context(), { ...yes, skipInstall: true })).status).toBe(0);
    expect(project.read('package.json')).toBe(typescriptApp['package.json']?.replace('0.1.0', '0.2.0'));
  });

  test('keeps what the user changed between two runs of init', async () => {
    start(typescriptApp);
    await init(project.context(), yes);
    const edited = project
      .read('package.json')
      .replace('"version": "0.1.0"', '"version": "0.2.0"')
      .replace('"start": "craco start"', '"start": "react-scripts start"');
    project.write('package.json', edited);
    await init(project.context(), yes);
    expect(project.read('package.json')).toContain('craco start');
    expect((await undo(project.context(), { ...yes, skipInstall: true })).status).toBe(0);
    expect(project.read('package.json')).toBe(typescriptApp['package.json']?.replace('0.1.0', '0.2.0'));
  });

  test('finds nothing to undo where nothing was done', async () => {
    start(typescriptApp);
    expect((await undo(project.context(), yes)).json).toMatchObject({ nothingToDo: true });
  });

  test('is all or nothing, too', async () => {
    start(typescriptApp);
    await init(project.context(), yes);
    const installed = project.tree();
    let step = 0;
    const onStep = () => {
      if (step++ === 8) throw new Error('disk full');
    };
    await expect(undo(project.context({ onStep }), yes)).rejects.toThrow('disk full');
    expect(project.tree()).toEqual(installed);
  });
});
