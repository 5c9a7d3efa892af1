/** Flags that are malformed end with exit status 2 and one line, before anything is read or changed. */
import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { doctor } from '../../src/cli/commands/doctor';
import { outcomeOf } from '../../src/cli/execute';
import { buildProgram } from '../../src/cli/program';
import { javascriptApp, makeProject } from './project';

const isRefused = async (...args: readonly string[]): Promise<string> => {
  const ran: unknown[] = [];
  const program = buildProgram('1.2.3', async (global) => void ran.push(global));
  for (const command of [program, ...program.commands, ...program.commands.flatMap((group) => group.commands)])
    command.exitOverride().configureOutput({ writeErr: () => {} });
  const error = await program.parseAsync(['node', 'zbs', ...args]).then(
    () => null,
    (thrown: Error) => thrown,
  );
  expect(ran).toEqual([]);
  return error?.message ?? '';
};

const withValue = buildProgram('1.2.3', async () => {})
  .commands.flatMap((command) => [command, ...command.commands].map((one) => [command, one] as const))
  .flatMap(([command, one]) => {
    const words = command === one ? [command.name()] : [command.name(), one.name()];
    return one.options
      .filter(({ required }) => required)
      .map(({ long }): [string, readonly string[]] => [`${words.join(' ')} ${long}`, [...words, long ?? '']]);
  });

describe.each(withValue)('%s', (_name, words) => {
  test.each<[name: string, more: readonly string[]]>([
    ['at the end', []],
    ['in front of another flag', ['--json']],
    ['of an empty variable', ['']],
    ['of white space', [' ']],
  ])('is refused without a value: %s', async (_which, more) => {
    expect(await isRefused(...words, ...more)).toMatch(/^error: option '.*' argument missing$/);
  });
});

test('so is --cwd, wherever it stands', async () => {
  expect(await isRefused('--cwd', '', 'doctor')).toMatch(/'--cwd <folder>' argument missing/);
  expect(await isRefused('doctor', '--cwd', '--json')).toMatch(/'--cwd <folder>' argument missing/);
});

test('a dash alone is standard input', async () => {
  const ran: unknown[] = [];
  const program = buildProgram('1.2.3', async (global) => void ran.push(global));
  await program.parseAsync(['node', 'zbs', 'salt', 'import', '--from', '-']);
  expect(ran).toEqual([expect.objectContaining({ from: '-' })]);
});

describe('doctor refuses', () => {
  test.each<[name: string, flags: Parameters<typeof doctor>[1], says: RegExp]>([
    ['a site that is no address', { url: 'app.example.org' }, /--url takes a whole address.* got "app\.example\.org"/],
    ['a site of another scheme', { url: 'ftp://app.example.org' }, /--url takes/],
    ['an address without a host', { url: 'https://' }, /--url takes/],
    [
      'to write to relays that it must not ask',
      { offline: true, writeTest: true },
      /--offline and --write-test contradict each other/,
    ],
  ])('%s', async (_name, flags, says) => {
    const project = makeProject(javascriptApp);
    const before = project.tree();
    expect(await outcomeOf(() => doctor(project.context(), flags))).toMatchObject({
      status: 2,
      json: { code: 'OPTION_INVALID', message: expect.stringMatching(says) },
    });
    expect(project.tree()).toEqual(before);
    project.remove();
  });
});

describe('the program', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [path.resolve(__dirname, '../../dist/cli/index.js'), ...args], {
      encoding: 'utf8',
      cwd: path.resolve(__dirname, '../..'),
    });

  test.each<[args: readonly string[], code: string, says: RegExp]>([
    [['--json', 'nope'], 'OPTION_INVALID', /^unknown command 'nope'$/],
    [['init', '--json', '--nope'], 'OPTION_INVALID', /^unknown option '--nope'$/],
    [['verify', '--json', 'extra'], 'OPTION_INVALID', /^too many arguments/],
    [['verify', '--json', '--report', '--yes'], 'OPTION_INVALID', /argument missing$/],
    [['salt', 'nope', '--json'], 'OPTION_INVALID', /unknown command/],
    [['doctor', '--json', '--cwd', 'package.json'], 'FOLDER_MISSING', /There is no folder package\.json/],
    [['doctor', '--json', '--cwd', 'gone'], 'FOLDER_MISSING', /There is no folder gone/],
  ])('%j gives one JSON object', (args, code, says) => {
    const { status, stdout, stderr } = run(...args);
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ status: 2, code, message: expect.stringMatching(says), next: [] });
  });

  test.each<[name: string, args: readonly string[]]>([
    ['a plan', ['init', '--plan']],
    ['a refusal', ['init']],
    ['findings', ['doctor', '--offline']],
    ['the help', ['--help']],
  ])('writes no colours into a pipe, whatever a build server sets: %s', (_name, args) => {
    const project = makeProject(javascriptApp);
    const { CI: _ci, FORCE_COLOR: _force, NO_COLOR: _none, ...env } = process.env;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [path.resolve(__dirname, '../../dist/cli/index.js'), ...args, '--cwd', project.root],
      { encoding: 'utf8', env: { ...env, CI: 'true', TERM: 'xterm-256color' } as unknown as typeof process.env },
    );
    project.remove();
    expect(stdout + stderr).not.toMatch(/[\u001b\r]/);
    expect(stdout + stderr).not.toMatch(/Warning|EBADENGINE/);
    expect((stdout + stderr).length).toBeGreaterThan(50);
  });

  test('says the same in words without --json', () => {
    const { status, stdout, stderr } = run('init', '--nope');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe("error: unknown option '--nope'\n(--help shows what there is)\n");
  });
});
