/** The answer "this app has no users": how it is given, what is recorded, and what is said about the wiring. */
import { doctor } from '../../src/cli/commands/doctor';
import { init } from '../../src/cli/commands/init';
import { undo } from '../../src/cli/commands/undo';
import { update } from '../../src/cli/commands/update';
import { outcomeOf } from '../../src/cli/execute';
import { answering, javascriptApp, makeProject, typescriptApp, type TestProject } from './project';

const withoutSession = {
  ...typescriptApp,
  'src/App.tsx': 'export default function App() {\n  return <p>Hello</p>;\n}\n',
};
let project: TestProject;
afterEach(() => project?.remove());
const start = (files: Readonly<Record<string, string>> = withoutSession) => (project = makeProject(files));
const choices = (): object => JSON.parse(project.read('.zero-backend-sync.json')).choices;

describe('the answer', () => {
  test('is given by a flag, and never taken by --yes alone', async () => {
    start();
    expect(await outcomeOf(() => init(project.context(), { yes: true }))).toMatchObject({
      status: 2,
      json: { code: 'ANSWERS_NEEDED', message: expect.stringContaining('--no-users') },
    });
    const context = project.context();
    const { json } = await init(context, { yes: true, users: false });
    expect(json).toMatchObject({ done: true, plan: { hasUsers: false, identity: [] } });
    expect(choices()).toEqual({ identity: 'no-users', storage: { layer: 'rxdb' } });
  });

  test('is given by a file', async () => {
    start();
    project.write('answers.json', '{ "identity": "no-users" }');
    await init(project.context(), { yes: true, answers: `${project.root}/answers.json` });
    expect(choices()).toMatchObject({ identity: 'no-users' });
  });

  test('wins over a user that the source seems to have', async () => {
    start(typescriptApp);
    await init(project.context(), { yes: true, users: false });
    expect(choices()).toMatchObject({ identity: 'no-users' });
  });

  test('is one of the options where a user was found', async () => {
    start(typescriptApp);
    const context = project.context();
    const prompter = answering(true, '1', 'rxdb', false, 'apply');
    await init({ ...context, terminal: { ...context.terminal, prompter } }, {});
    expect(choices()).toMatchObject({ identity: 'no-users' });
  });

  test.each(['', '  ', 'none', 'no users', 'We have no users.', 'there is no login', "it doesn't have accounts"])(
    'is what %j means at the prompt, after a question',
    async (typed) => {
      start();
      const context = project.context();
      const prompter = answering(true, typed, true, 'rxdb', false, 'apply');
      await init({ ...context, terminal: { ...context.terminal, prompter } }, {});
      expect(choices()).toMatchObject({ identity: 'no-users' });
    },
  );

  test('contradicts an identity', async () => {
    start();
    await expect(init(project.context(), { yes: true, users: false, identity: 'user.id' })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    });
  });

  test('is offered where the identity would be the same for everybody', async () => {
    start();
    await expect(init(project.context(), { yes: true, identity: "'me'" })).rejects.toMatchObject({
      code: 'IDENTITY_LITERAL',
      message: expect.stringContaining('--no-users'),
    });
  });
});

describe('an app without users', () => {
  const wiring = '<SyncProvider identity={sync.identity} guest={GuestMode.Adopted}>';

  test('has the same eight files, and is told how to wire the sync code by the plan and by doctor', async () => {
    start();
    const context = project.context();
    await init(context, { yes: true, users: false, dir: 'src/sync' });
    const said = context.printed.join('\n');
    expect(said).toContain('This app has no users');
    expect(said).toContain(`import { SyncProvider } from './sync/react';`);
    expect(said).toContain('docs/without-users.md');
    const template = Object.keys(project.tree()).filter((file) => /^src\/sync\/.*[^/]$/.test(file));
    expect(template).toHaveLength(8);
    const { json } = await doctor(project.context(), { offline: true });
    expect(json).toMatchObject({
      findings: expect.arrayContaining([
        expect.objectContaining({ code: 'NOT_OPENED', how: expect.stringContaining(wiring) }),
      ]),
    });
  });

  test('may have an example, in its own language', async () => {
    start({ ...javascriptApp, 'src/index.js': '' });
    await init(project.context(), { yes: true, users: false, example: true });
    const example = project.read('src/SyncedTheme.js');
    expect(example).toContain('const sync = useSyncCode();');
    expect(example).toMatch(/<SyncProvider identity=\{sync\.identity\} guest=\{GuestMode\.Adopted\}/);
  });

  test('keeps the answer in a second run and in an update, and loses it with undo', async () => {
    start();
    const before = project.tree();
    await init(project.context(), { yes: true, users: false });
    expect(await init(project.context(), { yes: true })).toMatchObject({ json: { nothingToDo: true } });
    expect(await update(project.context(), { yes: true })).toMatchObject({ status: 0 });
    expect(choices()).toMatchObject({ identity: 'no-users' });
    await undo(project.context(), { yes: true, skipInstall: true });
    const { 'package-lock.json': _, '.env.local': __, ...after } = project.tree();
    const { 'package-lock.json': ___, ...expected } = before;
    expect(after).toEqual(expected);
  });

  test('is no literal identity to doctor', async () => {
    start();
    await init(project.context(), { yes: true, users: false });
    project.write(
      'src/App.tsx',
      `import { SyncProvider } from './lib/react';\nexport default function App() {\n  const sync = useSyncCode();\n  return ${wiring}<p /></SyncProvider>;\n}\n`,
    );
    const { json } = await doctor(project.context(), { offline: true });
    expect(JSON.stringify(json)).not.toMatch(/IDENTITY_LITERAL|NOT_OPENED/);
  });
});
