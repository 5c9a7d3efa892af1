/**
 * A thousand defective or hostile journals, records and answers files. Whatever stands in them: nothing beside the project is read, written or deleted,
 * no salt is lost, what cannot be used ends with status 2 and a code, and nothing ends with a stack trace.
 */
import { cpSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { doctor } from '../../src/cli/commands/doctor';
import type { CommandContext, CommandResult } from '../../src/cli/commands/context';
import { init } from '../../src/cli/commands/init';
import { saltCheck, saltNew } from '../../src/cli/commands/salt';
import { undo } from '../../src/cli/commands/undo';
import { update } from '../../src/cli/commands/update';
import { outcomeOf } from '../../src/cli/execute';
import { createMutator, parsed, type Mutator } from '../support/mutations';
import { makeProject, typescriptApp, type TestProject } from './project';
import { canaryText, hashOfTree, plantCanary } from './repository';

jest.setTimeout(600_000);

const yes = { yes: true, force: true } as const;
type Command = (context: CommandContext) => Promise<CommandResult>;
const commands: readonly Command[] = [
  (context) => undo(context, yes),
  (context) => undo(context, { ...yes, dryRun: true }),
  (context) => update(context, yes),
  (context) => update(context, { ...yes, dryRun: true }),
  (context) => init(context, yes),
  (context) => init(context, { ...yes, dryRun: true }),
  (context) => doctor(context, { offline: true }),
  (context) => doctor(context, { offline: true, fix: true }),
  saltCheck,
  saltNew,
];

/** Places that lead out of the project, or to what is not the kit's, in the words of every system. */
const hostilePaths = [
  '../beside/file',
  '../../etc/passwd',
  '/etc/passwd',
  'src/../../beside/file',
  'src/linked/file',
  'src/linked',
  '..\\beside\\file',
  'C:\\beside\\file',
  '//beside/file',
  './../beside/file',
  'src/./../../beside/file',
  '..',
  '.',
  '',
  '.env.local',
  '.git/config',
  'node_modules/a/index.js',
  '../../../../../../../../etc/passwd',
  'src/a\u0000b',
  `${'a/'.repeat(3000)}b`,
  'x'.repeat(5000),
];

/** Half of the texts are mutated as such; in the other half a path, a name of one, or a whole value is replaced. */
function mutated(mutator: Mutator, text: string): string {
  switch (mutator.below(4)) {
    case 0:
      return mutator.text(text);
    case 1:
      return mutator.json(text);
    default: {
      const strings = [...text.matchAll(/"(?:[^"\\]|\\.)*"/g)];
      const { 0: old, index } = mutator.pick(strings);
      const hostile = mutator.below(3) > 0 ? mutator.pick(hostilePaths) : `${old.slice(1, -1)}/../../../beside/file`;
      return text.slice(0, index) + JSON.stringify(hostile) + text.slice(index + old.length);
    }
  }
}

let installed: TestProject;
let plain: TestProject;
beforeAll(async () => {
  [installed, plain] = [makeProject(typescriptApp, 'app'), makeProject(typescriptApp, 'app')];
  await init(installed.context(), yes);
  for (const { root } of [installed, plain]) symlinkSync('../../beside', path.join(root, 'src/linked'));
});
afterAll(() => [installed, plain].forEach((project) => project.remove()));

const journalText = JSON.stringify([
  { path: 'src/lib/engine.ts', copy: null, mode: null, madeFolder: 'src/lib' },
  { path: 'package.json', copy: '1', mode: 0o100644, madeFolder: null },
  { path: 'src/App.tsx', copy: '2', mode: 0o100644, madeFolder: null },
]);
const answersText = JSON.stringify({
  identity: ['user.id'],
  storage: { layer: 'rxdb' },
  dir: 'src/lib',
  example: true,
});

interface Case {
  readonly name: string;
  readonly base: () => TestProject;
  readonly text: () => string;
  /** Puts the mutated text where the command finds it. */
  readonly place: (project: TestProject, text: string) => void;
  readonly command: (mutator: Mutator, root: string) => Command;
}

const cases: readonly Case[] = [
  {
    name: 'journals',
    base: () => installed,
    text: () => journalText,
    place(project, text) {
      project.write('.zero-backend-sync/journal/index.json', text);
      project.write('.zero-backend-sync/journal/1', typescriptApp['package.json'] ?? '');
      project.write('.zero-backend-sync/journal/2', '// as it was\n');
    },
    command: (mutator) => mutator.pick(commands),
  },
  {
    name: 'records',
    base: () => installed,
    text: () => installed.read('.zero-backend-sync.json'),
    place: (project, text) => project.write('.zero-backend-sync.json', text),
    command: (mutator) => mutator.pick(commands),
  },
  {
    name: 'answers files',
    base: () => plain,
    text: () => answersText,
    place: (project, text) => project.write('answers.json', text),
    command: (mutator, root) => {
      const dryRun = mutator.below(4) > 0;
      return (context) => init(context, { ...yes, answers: path.join(root, 'answers.json'), dryRun });
    },
  },
];

/** What a look at a file would change, and what a change would; the times of access only where the file system keeps them. */
function tracesOf(folder: string): string {
  return readdirSync(folder)
    .map((name) => {
      const { mtimeNs, ctimeNs, atimeNs, size } = statSync(path.join(folder, name), { bigint: true });
      return [name, mtimeNs, ctimeNs, size, keepsAccessTimes ? atimeNs : 0].join();
    })
    .join('\n');
}
let keepsAccessTimes = false;
beforeAll(() => {
  const probe = path.join(path.dirname(plain.root), 'probe');
  writeFileSync(probe, 'x');
  utimesSync(probe, new Date(0), new Date());
  readFileSync(probe);
  keepsAccessTimes = statSync(probe).atimeMs > 0;
  rmSync(probe);
});

test.each(cases)('$name', async ({ name, base, text, place, command }) => {
  const project = makeProject({}, 'app');
  const canary = plantCanary(project);
  for (const name of readdirSync(canary)) utimesSync(path.join(canary, name), new Date(0), new Date());
  const untouched = tracesOf(canary);
  const renew = () => {
    rmSync(project.root, { recursive: true, force: true });
    cpSync(base().root, project.root, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  };
  renew();
  const statuses = new Map<number, number>();
  for (let seed = 1; seed <= 334; seed++) {
    const mutator = createMutator(seed);
    const hostile = mutated(mutator, text());
    place(project, hostile);
    const before = hashOfTree(project.root);
    const context = project.context();
    const run = command(mutator, project.root);
    const { status, json } = await outcomeOf(() => run(context));

    const about = { seed, hostile: hostile.slice(0, 2000), status, code: (json as { code?: string }).code };
    expect({ ...about, traces: tracesOf(canary) }).toEqual({ ...about, traces: untouched });
    expect(readdirSync(path.dirname(project.root)).sort()).toEqual(['app', 'beside']);
    expect({ ...about, said: JSON.stringify(json) + context.printed.join() }).toEqual({
      ...about,
      said: expect.not.stringMatching(new RegExp(`${canaryText}|\\n\\s+at |"stack"`)),
    });
    expect({ ...about, code: about.code ?? null }).not.toMatchObject({ code: 'FAILED' });
    // Answers are for people: comments and a last comma are allowed.
    const isJson = parsed(hostile) !== undefined || name === 'answers files';
    if (!isJson) expect(about).toMatchObject({ status: 2 });
    const isChanged = hashOfTree(project.root) !== before;
    // A journal may be sound and what it puts back be refused afterwards.
    const isPutBack = context.printed.some((line) => line.includes('were put back first'));
    if (status === 2 && !isPutBack)
      expect({ ...about, isChanged }).toEqual({ ...about, isChanged: false, code: expect.any(String) });
    if (isChanged) {
      if (base() === installed) expect(project.read('.env.local')).toBe(installed.read('.env.local'));
      expect(Object.values(project.tree()).join()).not.toContain(canaryText);
      renew();
    }
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  // Not everything is refused, or the test would show nothing about what is accepted.
  expect(statuses.get(2)).toBeGreaterThan(100);
  expect(statuses.get(0)).toBeGreaterThan(1);
  project.remove();
});
