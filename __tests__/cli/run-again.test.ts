/** An app that does not have the program yet is never told to run whatever a registry has under its name. */
import { doctor } from '../../src/cli/commands/doctor';
import { init } from '../../src/cli/commands/init';
import type { InitOptions } from '../../src/cli/commands/init-options';
import { undo } from '../../src/cli/commands/undo';
import { update } from '../../src/cli/commands/update';
import type { CommandContext } from '../../src/cli/commands/context';
import { outcomeOf } from '../../src/cli/execute';
import type { RunProgram } from '../../src/cli/process';
import { KitError } from '../../src/preset/kit-error';
import { lineOf, quoted } from '../../src/cli/run-again';
import { craPackageJson, makeProject, smallKit, typescriptApp, type TestProject } from './project';

let project: TestProject;
beforeEach(() => {
  project = makeProject(typescriptApp);
});
afterEach(() => project.remove());

const ofTarball = { ...smallKit, spec: "file:../it's here/kit.tgz" };
const ofNowhere = {
  ...smallKit,
  get spec(): string {
    throw new KitError('KIT_ORIGIN_UNKNOWN', 'nobody knows');
  },
};
const npx = `npx '--package=file:../it'\\''s here/kit.tgz' zero-backend-sync`;

const without: readonly [name: string, run: (context: CommandContext) => Promise<unknown>, line: string][] = [
  ['init --plan', (context) => init(context, { plan: true }), 'init --answers ../answers.json --json'],
  [
    'init --plan with flags',
    (context) => init(context, { plan: true, skipInstall: true, skipBuild: true, force: true }),
    'init --answers ../answers.json --skip-install --skip-build --force --json',
  ],
  [
    'init --dry-run',
    (context) => init(context, { dryRun: true, yes: true }),
    'init --identity user.id --storage rxdb --dir src/lib --yes',
  ],
  ['init without answers', (context) => init(context, {}), 'init --answers ../answers.json --json'],
  ['doctor', (context) => doctor(context, { offline: true }), 'init'],
  ['undo', (context) => undo(context, { yes: true }), 'init --plan'],
  ['update', (context) => update(context, { yes: true }), 'init --plan'],
];

test.each(without)('%s in an app without it names the package', async (_name, run, line) => {
  const { next } = await outcomeOf(() => run(project.context({ readKit: () => ofTarball })) as ReturnType<typeof init>);
  expect(next).toContainEqual(expect.objectContaining({ kind: 'command', command: `${npx} ${line}` }));
});

test.each(without.filter(([name]) => !name.startsWith('init --')))(
  '%s leaves it to a person where nobody knows the package',
  async (_name, run) => {
    const { next } = await outcomeOf(
      () => run(project.context({ readKit: () => ofNowhere })) as ReturnType<typeof init>,
    );
    expect(JSON.stringify(next)).toContain('npx --package=$KIT zero-backend-sync init');
    expect(next.filter(({ kind }) => kind === 'command')).toEqual([]);
  },
);

test('doctor in an app that would be refused names the package', async () => {
  project.write('package.json', craPackageJson({ dependencies: { vite: '^5.0.0' } }));
  const { json } = await doctor(project.context({ readKit: () => ofTarball }), { offline: true });
  expect(json).toMatchObject({ findings: [{ code: 'NOT_INSTALLED', fix: { command: `${npx} init` } }] });
});

test('where the app has it, its own copy is run', async () => {
  await init(project.context(), { yes: true });
  project.write('src/lib/engine.ts', '');
  expect((await init(project.context(), { plan: true, kit: '^0.1.0' })).next).toContainEqual(
    expect.objectContaining({ command: "npx zero-backend-sync init --answers ../answers.json --kit '^0.1.0' --json" }),
  );
});

test('the answers are written where git does not see a change', async () => {
  const { next } = await init(project.context(), { plan: true });
  expect(next[0]).toMatchObject({
    kind: 'by-hand',
    what: expect.stringMatching(/outside the app, \.\.\/answers\.json/),
  });
});

test('an undo that was interrupted is finished, and nobody is told to install again', async () => {
  project.write('node_modules/react/package.json', '{ "name": "react" }');
  await init(project.context(), { yes: true });
  const run: RunProgram = async (program) => ({ status: program === 'git' ? 128 : 1, output: '', isMissing: false });
  await undo(project.context({ run }), { yes: true });
  const { next } = await doctor(project.context({ readKit: () => ofTarball }), { offline: true });
  expect(next).toEqual([expect.objectContaining({ kind: 'command', command: `${npx} undo` })]);
});

test.each<[spec: string, word: string]>([
  ['^0.1.0', "'--package=zero-backend-sync@^0.1.0'"],
  ['0.1.0', '--package=zero-backend-sync@0.1.0'],
  ['latest', '--package=zero-backend-sync@latest'],
  ['../kit.tgz', '--package=../kit.tgz'],
  ['git+ssh://git@host/a/b.git#abc', "'--package=git+ssh://git@host/a/b.git#abc'"],
  ['file:../$(touch x).tgz', "'--package=file:../$(touch x).tgz'"],
])('the package %s is one word of a shell', (spec, word) => {
  expect(lineOf('init', { isInstalled: false, spec })).toBe(`npx ${word} zero-backend-sync init`);
});

test('update quotes the place of the kit', async () => {
  await init(project.context(), { yes: true });
  const options: InitOptions = { dryRun: true, kit: "file:../it's.tgz" };
  const newer = { ...smallKit, version: '0.2.0', spec: options.kit ?? '' };
  const { next } = await update(project.context({ readKit: () => newer }), options);
  expect(next).toEqual([
    expect.objectContaining({ command: `npx zero-backend-sync update --kit ${quoted("file:../it's.tgz")} --yes` }),
  ]);
});
