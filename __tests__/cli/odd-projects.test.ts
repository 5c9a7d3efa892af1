/** Projects and disks that are not as they should be: every command ends, with a code and without a stack, and nothing of the app is lost. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { CommandContext, CommandResult } from '../../src/cli/commands/context';
import { doctor } from '../../src/cli/commands/doctor';
import { init } from '../../src/cli/commands/init';
import { undo } from '../../src/cli/commands/undo';
import { update } from '../../src/cli/commands/update';
import { evidenceAtLine, whereIs } from '../../src/cli/discover/syntax';
import { outcomeOf } from '../../src/cli/execute';
import { makeProject, typescriptApp, type TestProject } from './project';

let project: TestProject;
beforeEach(() => {
  project = makeProject(typescriptApp, 'app');
});
afterEach(() => project.remove());

const yes = { yes: true, force: true } as const;
const at = (file: string) => path.join(project.root, file);
const pipe = (file: string) => {
  rmSync(at(file), { force: true });
  expect(spawnSync('mkfifo', [at(file)]).status).toBe(0);
};
const commands: Readonly<Record<string, (context: CommandContext) => Promise<CommandResult>>> = {
  'init --dry-run': (context) => init(context, { ...yes, dryRun: true }),
  doctor: (context) => doctor(context, { offline: true }),
  'update --dry-run': (context) => update(context, { ...yes, dryRun: true }),
  init: (context) => init(context, yes),
  'undo --dry-run': (context) => undo(context, { ...yes, dryRun: true }),
  undo: (context) => undo(context, yes),
};

async function statusesOf(): Promise<Readonly<Record<string, number>>> {
  const statuses: Record<string, number> = {};
  for (const [name, command] of Object.entries(commands)) {
    const { status, json } = await outcomeOf(() => command(project.context()));
    expect([name, json]).not.toEqual([name, expect.objectContaining({ code: 'FAILED' })]);
    statuses[name] = status;
  }
  return statuses;
}

/** An app without an installation has nothing to undo, whatever else is wrong with it. */
const refused = { 'init --dry-run': 2, doctor: 2, 'update --dry-run': 2, init: 2, 'undo --dry-run': 0, undo: 0 };
const text = typescriptApp['package.json'] ?? '';

test.each<[name: string, make: () => void]>([
  ['a package.json that is a pipe, which nobody writes to,', () => pipe('package.json')],
  ['a package.json that is a folder', () => (rmSync(at('package.json')), mkdirSync(at('package.json')))],
  [
    'a package.json of ten million characters',
    () => project.write('package.json', `{"a":["${'x'.repeat(1e7)}"],${text.slice(1)}`),
  ],
  [
    'a package.json that is nested too deep',
    () => project.write('package.json', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`),
  ],
  ['a package.json in UTF-16', () => writeFileSync(at('package.json'), `\ufeff${text}`, 'utf16le')],
  ['an empty package.json', () => project.write('package.json', '')],
  ['a package.json that is null', () => project.write('package.json', 'null')],
])('%s is refused', async (_name, make) => {
  make();
  expect(await statusesOf()).toMatchObject(refused);
});

test.each<[name: string, make: () => void, status: number]>([
  ['a setting that is a pipe', () => pipe('tsconfig.json'), 0],
  ['a source that is a pipe', () => pipe('src/pipe.ts'), 0],
  ['the file of the salt that is a pipe', () => pipe('.env.local'), 2],
  ['a lock file that is a folder', () => (rmSync(at('package-lock.json')), mkdirSync(at('package-lock.json'))), 2],
  ['sources with odd names', () => project.write('src/a b/q\'"`$(x)/new\nline/ünï/A.tsx', 'export {};\n'), 0],
])('%s holds nobody up', async (_name, make, status) => {
  make();
  expect(await statusesOf()).toMatchObject({ init: status, undo: 0 });
});

test('names and lines are shown without what a terminal would obey', () => {
  const evidence = evidenceAtLine('src/\u001b[2Jevil\n.ts', 'a\u001b]0;title\u0007\tb', 1);
  expect(whereIs(evidence) + evidence.text).not.toMatch(/[\u0000-\u001f]/);
});

describe('a disk that refuses', () => {
  const failing = (code: string, when: (name: string) => boolean) => (name: string) => {
    if (when(name)) throw Object.assign(new Error(`${code}: something`), { code });
  };

  test.each([
    ['ENOSPC', /The disk is full .*put back/],
    ['EROFS', /The disk is read-only .*put back/],
    ['EACCES', /may not be changed by you .*put back/],
  ])('with %s is named, and everything is put back', async (code, message) => {
    const before = project.tree();
    const onStep = failing(code, (name) => name === 'write craco.config.js');
    const { status, json } = await outcomeOf(() => init(project.context({ onStep }), yes));
    expect([status, json]).toEqual([1, { code: 'DISK_FAILED', message: expect.stringMatching(message) }]);
    expect(project.tree()).toEqual(before);
  });

  test('also what is to be put back loses nothing: the next command does it', async () => {
    const before = project.tree();
    const onStep = (name: string) => {
      if (name !== 'write craco.config.js') return;
      rmSync(at('package.json'));
      mkdirSync(at('package.json'));
      writeFileSync(at('package.json/x'), '');
      throw new Error('ENOSPC');
    };
    const { status, json } = await outcomeOf(() => init(project.context({ onStep }), yes));
    expect([status, json]).toEqual([
      1,
      { code: 'NOT_PUT_BACK', message: expect.stringMatching(/Nothing is lost: .*run the command again/) },
    ]);
    rmSync(at('package.json'), { recursive: true });
    expect((await undo(project.context(), yes)).json).toMatchObject({ nothingToDo: true });
    expect(project.tree()).toEqual(before);
  });
});

test('a dry run of undo or update that could not be done ends as the real one', async () => {
  await init(project.context(), yes);
  rmSync(at('src/lib/engine.ts'));
  mkdirSync(at('src/lib/engine.ts'));
  for (const name of ['update', 'undo']) {
    const command = name === 'undo' ? undo : update;
    const dry = await outcomeOf(() => command(project.context(), { ...yes, dryRun: true }));
    const real = await outcomeOf(() => command(project.context(), yes));
    expect([name, dry.status]).toEqual([name, real.status]);
  }
});
