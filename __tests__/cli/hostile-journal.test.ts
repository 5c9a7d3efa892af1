/** The journal of an interrupted run lies in the project, where anybody may have put one: nothing that it says leads out of the project. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { CommandContext, CommandResult } from '../../src/cli/commands/context';
import { doctor } from '../../src/cli/commands/doctor';
import { init } from '../../src/cli/commands/init';
import { saltNew } from '../../src/cli/commands/salt';
import { undo } from '../../src/cli/commands/undo';
import { update } from '../../src/cli/commands/update';
import { outcomeOf } from '../../src/cli/execute';
import { inTransaction } from '../../src/cli/transaction';
import { makeProject, typescriptApp, type TestProject } from './project';
import { commitAll, git, hashOfTree, plantCanary, withRealGit } from './repository';

let project: TestProject;
let parent: string;
beforeEach(() => {
  project = makeProject(typescriptApp, 'app');
  parent = path.dirname(project.root);
  plantCanary(project);
});
afterEach(() => project.remove());

const yes = { yes: true } as const;
const journal = '.zero-backend-sync/journal';
const entry = (more: object) => ({ path: 'src/App.tsx', copy: null, mode: null, madeFolder: null, ...more });
function leaveJournal(index: unknown, copies: Readonly<Record<string, string>> = {}): void {
  project.write(`${journal}/index.json`, typeof index === 'string' ? index : JSON.stringify(index));
  for (const [name, text] of Object.entries(copies)) project.write(`${journal}/${name}`, text);
}

const commands: Readonly<Record<string, (context: CommandContext) => Promise<CommandResult>>> = {
  init: (context) => init(context, yes),
  'init --dry-run': (context) => init(context, { ...yes, dryRun: true }),
  doctor: (context) => doctor(context, { offline: true }),
  'doctor --fix': (context) => doctor(context, { offline: true, fix: true }),
  undo: (context) => undo(context, yes),
  'update --dry-run': (context) => update(context, { ...yes, dryRun: true }),
  'salt new': saltNew,
};

describe('a journal is refused, and nothing inside or beside the project is touched,', () => {
  test.each<[name: string, index: unknown, copies?: Readonly<Record<string, string>>]>([
    ['that writes above the project', [entry({ path: '../beside/file', copy: '0', mode: 0o644 })], { 0: 'evil' }],
    ['that deletes above the project', [entry({ path: '../beside/file' })]],
    ['that writes by an absolute path', [entry({ path: '/tmp/zbs-evil', copy: '0', mode: 0o644 })], { 0: 'evil' }],
    ['that climbs in the middle', [entry({ path: 'src/../../beside/file' })]],
    ['that climbs with backslashes', [entry({ path: '..\\beside\\file' })]],
    ['that copies a foreign file in', [entry({ copy: '../../../beside/file', mode: 0o644 })]],
    ['that removes a folder above', [entry({ path: 'src/a', madeFolder: '../beside' })]],
    ['that removes a folder that is not above its file', [entry({ path: 'src/a', madeFolder: 'public' })]],
    ['that deletes the salt', [entry({ path: '.env.local' })]],
    ['that writes a hook of git', [entry({ path: '.git/hooks/post-commit', copy: '0', mode: 0o755 })], { 0: 'evil' }],
    ['that writes a package', [entry({ path: 'node_modules/a/index.js', copy: '0', mode: 0o644 })], { 0: 'evil' }],
    ['that names a folder', [entry({ path: 'src' })]],
    ['that names a copy that is not there', [entry({ copy: '7', mode: 0o644 })]],
    [
      'whose files are each in the other',
      [entry({ path: 'a', copy: '0', mode: 0 }), entry({ path: 'a/b' })],
      { 0: '' },
    ],
    ['that is an object', { a: 1 }],
    ['that is a list of something else', [1, null]],
    ['that is no JSON', '{'],
    ['that is empty', ''],
    ['whose last entry alone is bad', [entry({ path: 'src/index.tsx' }), entry({ path: '../beside/file' })]],
  ])('%s', async (...[, index, copies]) => {
    leaveJournal(index, copies);
    const before = hashOfTree(parent);
    for (const [name, command] of Object.entries(commands)) {
      const { status, json } = await outcomeOf(() => command(project.context()));
      expect([name, status, json]).toEqual([
        name,
        2,
        { code: 'JOURNAL_INVALID', message: expect.stringMatching(/Nothing was changed.*delete the folder/) },
      ]);
      expect(hashOfTree(parent)).toBe(before);
    }
    expect(existsSync('/tmp/zbs-evil')).toBe(false);
  });

  test.each<[name: string, link: string, target: string, path: string]>([
    ['through a linked file', 'src/linked.ts', '../../beside/file', 'src/linked.ts'],
    ['through a linked folder', 'src/linked', '../../beside', 'src/linked/file'],
    ['through a link in the project', 'other', 'src', 'other/App.tsx'],
  ])('that leads %s', async (_name, link, target, file) => {
    symlinkSync(target, path.join(project.root, link));
    leaveJournal([entry({ path: file, copy: '0', mode: 0o644 })], { 0: 'evil' });
    const before = hashOfTree(parent);
    expect(await outcomeOf(() => init(project.context(), yes))).toMatchObject({ status: 2 });
    expect(hashOfTree(parent)).toBe(before);
  });

  test('whose own folder is a link', async () => {
    symlinkSync('../beside', path.join(project.root, '.zero-backend-sync'));
    mkdirSync(path.join(parent, 'beside/journal'));
    writeFileSync(path.join(parent, 'beside/journal/index.json'), JSON.stringify([entry({})]));
    const before = hashOfTree(parent);
    expect(await outcomeOf(() => init(project.context(), yes))).toMatchObject({ status: 2 });
    expect(hashOfTree(parent)).toBe(before);
  });

  test('that is in git: a run leaves none there', async () => {
    leaveJournal([entry({ path: 'src/mine.ts' })]);
    project.write('src/mine.ts', '// not in git\n');
    commitAll(project);
    const context = project.context({ run: withRealGit });
    expect(await outcomeOf(() => init(context, yes))).toMatchObject({ status: 2, json: { code: 'JOURNAL_TRACKED' } });
    expect(project.read('src/mine.ts')).toBe('// not in git\n');
  });
});

describe('what a killed run has left', () => {
  beforeEach(() => {
    void inTransaction(project.root, {}, async (transaction) => {
      await transaction.write({ path: '.env.local', before: null, after: 'SYNC_SALT=x\n' });
      await transaction.write({ path: 'src/lib/engine.ts', before: null, after: 'x' });
      await transaction.write({ path: 'package.json', before: project.read('package.json'), after: '{}' });
      return new Promise<never>(() => {});
    });
    return new Promise<void>((resolve) => {
      const wait = () => (project.read('package.json') === '{}' ? resolve() : setImmediate(wait));
      wait();
    });
  });

  test.each(['init --dry-run', 'update --dry-run', 'doctor'])('is not touched by %s, which says so', async (name) => {
    const before = hashOfTree(parent);
    const { status, json } = await outcomeOf(async () => (commands[name] ?? saltNew)(project.context()));
    expect([status, json]).toEqual([
      2,
      { code: 'INTERRUPTED_RUN', message: expect.stringMatching(/3 files half done.*nothing was changed/) },
    ]);
    expect(hashOfTree(parent)).toBe(before);
  });

  test('is put back by a command that changes files', async () => {
    const context = project.context();
    expect((await undo(context, yes)).json).toMatchObject({ nothingToDo: true });
    expect(context.printed.join('\n')).toMatch(/interrupted; 3 files were put back first/);
    const after = project.tree();
    expect(
      Object.keys(after)
        .filter((file) => !file.endsWith('/'))
        .sort(),
    ).toEqual(Object.keys(typescriptApp).sort());
    expect(project.read('package.json')).toBe(typescriptApp['package.json']);
  });

  test('is nothing that git sees', () => {
    commitAll(project);
    expect(project.tree()).toHaveProperty([`${journal}/index.json`]);
    expect(git(project.root, 'ls-files')).not.toMatch(/journal/);
  });
});

describe('a journal that names .env.local, of which it has no copy,', () => {
  const bytes = (text: string) => createHash('sha256').update(text).digest('hex');
  const before = 'A=1\n';
  const after = `${before}SYNC_SALT=x\n`;
  const secret = (hash: string, kept: number | null) => [
    entry({ path: '.env.local', mode: kept === null ? null : 0o100644, secret: { hash: bytes(hash), bytes: kept } }),
  ];
  test.each<[name: string, index: unknown, text: string]>([
    ['takes the line away that the run has added', secret(after, before.length), before],
    ['leaves a file that somebody has changed since', secret('guessed', 0), after],
    ['does not remove one that it does not know', secret('guessed', null), after],
  ])('%s', async (_name, index, text) => {
    project.write('.env.local', after);
    leaveJournal(index);
    await undo(project.context(), yes);
    expect(project.read('.env.local')).toBe(text);
  });
});

test('the journal holds no copy of .env.local at any step', async () => {
  project.write('.env.local', 'SECRET=of-the-user\n');
  const seen: string[] = [];
  const onStep = () => {
    for (const [file, text] of Object.entries(project.tree()))
      if (file !== '.env.local' && text.includes('of-the-user')) seen.push(file);
  };
  await init(project.context({ onStep }), yes);
  expect(seen).toEqual([]);
  expect(project.read('.env.local')).toMatch(/^SECRET=of-the-user\nSYNC_SALT=/);
});

test('.env.local is put back from memory when a later step fails, with its mode', async () => {
  project.write('.env.local', 'SECRET=of-the-user\n');
  const { mode } = statSync(path.join(project.root, '.env.local'));
  const onStep = (name: string) => {
    if (name === 'commit') throw new Error('disk full');
  };
  await expect(init(project.context({ onStep }), yes)).rejects.toThrow('disk full');
  expect(project.read('.env.local')).toBe('SECRET=of-the-user\n');
  expect(statSync(path.join(project.root, '.env.local')).mode).toBe(mode);
});
