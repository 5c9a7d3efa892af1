/** A program that answers from the JSON alone: questions with what is proposed, answers by their ids, refusals that carry the same, and what comes next. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { CommandResult } from '../../src/cli/commands/context';
import { doctor } from '../../src/cli/commands/doctor';
import { init } from '../../src/cli/commands/init';
import type { InitOptions } from '../../src/cli/commands/init-options';
import { saltCheck, saltImport, saltNew } from '../../src/cli/commands/salt';
import { undo } from '../../src/cli/commands/undo';
import { update } from '../../src/cli/commands/update';
import { outcomeOf } from '../../src/cli/execute';
import type { Question } from '../../src/cli/questions';
import { javascriptApp, makeProject, typescriptApp, type TestProject } from './project';

interface Printed {
  readonly code?: string;
  readonly message?: string;
  readonly questions: readonly Question[];
  readonly answers: Readonly<Record<string, unknown>>;
  readonly plan: { readonly changes: readonly { readonly path: string; readonly files?: readonly string[] }[] };
}

const printed = ({ json }: CommandResult) => json as Printed;
const signedOut = { ...typescriptApp, 'src/App.tsx': 'export default () => null;\n' };

let project: TestProject;
const start = (files: Readonly<Record<string, string>>) => (project = makeProject(files));
afterEach(() => project.remove());
const initWith = (options: InitOptions) => outcomeOf(() => init(project.context(), options));
const answersFile = (answers: object): string => {
  const file = path.join(project.root, '../answers.json');
  writeFileSync(file, JSON.stringify(answers));
  return file;
};

describe('init --plan', () => {
  test('prints the questions, what is proposed, and what would change, and changes nothing', async () => {
    start(typescriptApp);
    const before = project.tree();
    const result = await initWith({ plan: true });
    const { questions, answers, plan } = printed(result);
    expect(questions.map(({ id }) => id)).toEqual(['app', 'identity', 'storage', 'dir', 'example', 'apply']);
    expect(answers).toEqual({
      app: true,
      identity: ['user.id'],
      storage: 'rxdb',
      dir: 'src/lib',
      example: false,
      apply: true,
    });
    expect(Object.fromEntries(questions.map(({ id, default: proposed }) => [id, proposed]))).toEqual(answers);
    expect(questions[0]?.evidence).toContainEqual(expect.objectContaining({ file: 'package.json', line: 8 }));
    expect(questions[1]).toMatchObject({
      isRequired: true,
      evidence: [{ file: 'src/App.tsx', line: 4, what: expect.any(String), text: expect.stringContaining('user.id') }],
      options: [
        { value: ['user.id'], evidence: [expect.objectContaining({ line: 4 })], isAvailable: true },
        { value: 'no-users', evidence: [], isAvailable: true },
      ],
    });
    expect(plan.changes.filter(({ path: file }) => file.startsWith('src/'))).toEqual([
      expect.objectContaining({ path: 'src/lib/', files: expect.arrayContaining(['schema.ts', 'worker/index.ts']) }),
    ]);
    expect(result.status).toBe(0);
    expect(project.tree()).toEqual(before);
  });

  test('leaves the identity open where nothing can be proposed', async () => {
    start(signedOut);
    const { answers, questions, plan } = printed(await initWith({ plan: true }));
    expect(answers.identity).toBeNull();
    // Nothing is said of an identity that nobody has chosen.
    expect(JSON.stringify(plan)).not.toMatch(/guessed/);
    expect(questions[1]).toMatchObject({
      id: 'identity',
      options: [{ value: 'no-users' }],
      default: null,
      other: expect.any(String),
    });
  });

  test('completes what is given', async () => {
    start(typescriptApp);
    const { answers, plan } = printed(await initWith({ plan: true, identity: 'user.id', dir: 'src/sync' }));
    expect(answers).toMatchObject({ identity: ['user.id'], dir: 'src/sync' });
    expect(plan.changes[0]?.path).toBe('src/sync/');
  });
});

test('what is proposed serves as the file of answers', async () => {
  start(typescriptApp);
  const { answers } = printed(await initWith({ plan: true }));
  expect(await initWith({ answers: answersFile(answers) })).toMatchObject({ status: 0, json: { done: true } });
});

test.each<[name: string, files: Readonly<Record<string, string>>]>([
  ['a context', typescriptApp],
  ['a provider', javascriptApp],
  [
    'a slice, through a selector',
    {
      ...typescriptApp,
      'src/App.tsx': '',
      'src/s.ts': `createSlice({ name: 'session', initialState: { user: null } as { user: { id: string; email: string } | null }, reducers: { signedIn(state, action) { state.user = action.payload; } } });`,
    },
  ],
  [
    'a selector whose parameter has a type',
    {
      ...typescriptApp,
      'src/App.tsx': `import { useSelector } from 'react-redux';\nexport default function App() {\n  return <p>{useSelector((state: RootState) => state.session.currentUser).id}</p>;\n}\n`,
    },
  ],
])('each option for the identity that comes from %s is an answer', async (_name, files) => {
  start(files);
  const options = printed(await initWith({ plan: true })).questions[1]?.options ?? [];
  expect(options.length).toBeGreaterThan(0);
  for (const { value } of options)
    expect(
      await initWith({ dryRun: true, skipInstall: true, answers: answersFile({ identity: value, storage: 'rxdb' }) }),
    ).toMatchObject({ status: 0 });
});

describe('a refusal for answers that are missing', () => {
  test('carries the questions and what would change', async () => {
    start(typescriptApp);
    const proposal = printed(await initWith({ plan: true }));
    const refusal = await initWith({});
    expect(refusal.status).toBe(2);
    const { questions, answers, plan } = printed(refusal);
    expect([refusal.json, questions, answers]).toEqual([
      expect.objectContaining({ code: 'ANSWERS_NEEDED' }),
      proposal.questions,
      proposal.answers,
    ]);
    expect(plan.changes.map(({ path: file }) => file)).toEqual(proposal.plan.changes.map(({ path: file }) => file));
  });

  test('also where --yes cannot answer', async () => {
    start(signedOut);
    expect(printed(await initWith({ yes: true })).questions[1]).toMatchObject({ id: 'identity', default: null });
  });

  test('of update and undo, too, with the command that answers', async () => {
    start(typescriptApp);
    await initWith({ yes: true });
    expect(await outcomeOf(() => undo(project.context(), {}))).toMatchObject({
      status: 2,
      json: { code: 'ANSWERS_NEEDED', questions: [{ id: 'apply' }], removed: expect.anything() },
      next: [{ kind: 'command', command: 'npx zero-backend-sync undo --yes' }],
    });
  });
});

describe('the file of answers', () => {
  test.each<[name: string, answers: object, status: number, json: object]>([
    ['that means another app', { app: false, identity: 'user.id', storage: 'rxdb' }, 2, { code: 'ANSWERS_NEEDED' }],
    ['that declines the plan', { apply: false, identity: 'user.id', storage: 'rxdb' }, 130, { code: 'CANCELLED' }],
    ['with a key that is no question', { identity: 'user.id', stroage: 'rxdb' }, 2, { code: 'ANSWERS_INVALID' }],
    ['with a word for true', { apply: 'yes', identity: 'user.id', storage: 'rxdb' }, 2, { code: 'ANSWERS_INVALID' }],
  ])('%s changes nothing', async (_name, answers, status, json) => {
    start(typescriptApp);
    const before = project.tree();
    expect(await initWith({ answers: answersFile(answers) })).toMatchObject({ status, json });
    expect(project.tree()).toEqual(before);
  });
});

describe('a dry run ends as the real run would before it changes anything', () => {
  const dirty: Parameters<TestProject['context']>[0] = {
    run: async (program, args) => ({
      status: program === 'git' && args.includes('status') ? 0 : 128,
      output: ' M src/App.tsx\n',
      isMissing: false,
    }),
  };
  test.each<
    [name: string, spoil: (root: string) => void, context: Parameters<TestProject['context']>[0], code: string]
  >([
    ['.env.local is a folder', (root) => mkdirSync(path.join(root, '.env.local')), {}, 'PATH_TAKEN'],
    ['the folder of the template is a file', (root) => writeFileSync(path.join(root, 'src/lib'), ''), {}, 'PATH_TAKEN'],
    [
      'a file that is edited is a link',
      (root) => {
        rmSync(path.join(root, '.gitignore'));
        symlinkSync('/etc/hostname', path.join(root, '.gitignore'));
      },
      {},
      'PATH_LINKED',
    ],
    ['git has changes', () => {}, dirty, 'GIT_DIRTY'],
  ])('%s', async (_name, spoil, more, code) => {
    start(typescriptApp);
    spoil(project.root);
    const run = (options: InitOptions) =>
      outcomeOf(() => init(project.context(more), { yes: true, skipInstall: true, ...options }));
    const dry = await run({ dryRun: true });
    const real = await run({});
    expect([dry.status, real.status]).toEqual([2, 2]);
    expect([printed(dry).code, printed(dry).message]).toEqual([printed(real).code, printed(real).message]);
    expect([printed(real).code, code]).toEqual([code, code]);
  });
});

test('every command says what comes next, also where there was nothing to do', async () => {
  start(typescriptApp);
  const salt = `SYNC_SALT=${Buffer.alloc(32, 1).toString('base64')}\n`;
  const file = path.join(project.root, '../salt');
  writeFileSync(file, salt);
  const commands: readonly (readonly [string, () => Promise<CommandResult>])[] = [
    ['init --plan', () => init(project.context(), { plan: true })],
    ['init --dry-run', () => init(project.context(), { dryRun: true, yes: true })],
    ['salt import', () => saltImport(project.context(), { from: file })],
    ['salt import, again', () => saltImport(project.context(), { from: file })],
    ['init', () => init(project.context(), { yes: true })],
    ['init, again', () => init(project.context(), { yes: true })],
    ['doctor', () => doctor(project.context(), { offline: true })],
    ['salt check', () => saltCheck(project.context())],
    ['update', () => update(project.context(), {})],
    ['undo --dry-run', () => undo(project.context(), { dryRun: true })],
    ['undo', () => undo(project.context(), { yes: true })],
    ['undo, again', () => undo(project.context(), { yes: true })],
  ];
  const next: Record<string, number> = {};
  for (const [name, run] of commands) next[name] = (await run()).next.length;
  rmSync(path.join(project.root, '.env.local'), { force: true });
  next['salt new'] = (await saltNew(project.context())).next.length;
  expect(Object.entries(next).filter(([, count]) => count === 0)).toEqual([]);
});

test('init names the lines of this app', async () => {
  start(typescriptApp);
  const { next } = await init(project.context(), { yes: true });
  // No package manager runs here.
  expect(next.filter((step) => !(step.kind === 'command' && step.command === 'npm install'))).toEqual([
    expect.objectContaining({ kind: 'edit', file: 'src/App.tsx', line: 4, before: '  return <p>{user.id}</p>;' }),
    expect.objectContaining({ kind: 'edit', file: 'src/App.tsx', line: 1 }),
    expect.objectContaining({ kind: 'by-hand', file: 'src/lib/schema.ts', line: 2 }),
    expect.objectContaining({ kind: 'by-hand' }),
    expect.objectContaining({ kind: 'command', command: 'npm start', isEndless: true }),
    expect.objectContaining({ kind: 'command', command: 'npx zero-backend-sync doctor' }),
  ]);
});

test('the documents that init names are in the package', async () => {
  start(typescriptApp);
  const { next } = await init(project.context(), { yes: true });
  const named = [...JSON.stringify(next).matchAll(/node_modules\/zero-backend-sync\/(docs\/[\w-]+\.md)/g)];
  const texts = named.map(([, file = '']) => readFileSync(path.resolve(__dirname, '../..', file), 'utf8'));
  expect(texts.length).toBeGreaterThanOrEqual(3);
  expect(texts[0]).toMatch(/^#+ The schema$/m);
});

test('doctor names the checks that ran and those that were left out, with why', async () => {
  start(typescriptApp);
  await init(project.context(), { yes: true });
  const { json } = await doctor(project.context(), { offline: true });
  expect(json).toMatchObject({
    checks: {
      ran: expect.arrayContaining(['installed', 'wiring', 'salt', 'use']),
      leftOut: [
        { check: 'relay-network', why: expect.stringContaining('--offline') },
        { check: 'deployed', why: expect.stringContaining('--url') },
      ],
    },
  });
});

test('an error of the program itself is said in plain words, with what was done about it', async () => {
  start(typescriptApp);
  const { json } = await outcomeOf(() => Promise.reject(new TypeError('oops')));
  expect(json).toMatchObject({ code: 'FAILED', message: expect.stringMatching(/oops.*put back.*report/) });
  expect(JSON.stringify(json)).not.toMatch(/should not/);
});
