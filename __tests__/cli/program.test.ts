import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Command } from 'commander';
import { AnswersNeeded } from '../../src/cli/answers';
import { outcomeOf } from '../../src/cli/execute';
import { buildProgram } from '../../src/cli/program';
import { Cancelled } from '../../src/cli/terminal';
import { KitError } from '../../src/preset/kit-error';

const program = () => buildProgram('1.2.3', async () => {}).exitOverride();

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

describe('the help of', () => {
  const top = program();
  const commands = [top, ...top.commands, ...top.commands.flatMap((command) => command.commands)];
  test.each(commands.map((command): [string, Command] => [command.name(), command]))(
    '%s has an example',
    (_name, command) => {
      expect(helpOf(command)).toMatch(/Examples?:\n {2}\$ npx zero-backend-sync /);
    },
  );

  test('the program names every command', () => {
    expect(program().commands.map((command) => command.name())).toEqual([
      'init',
      'doctor',
      'verify',
      'update',
      'migrate',
      'undo',
      'demo',
      'relay',
      'salt',
    ]);
  });
});

test('flags reach the command together with the global ones', async () => {
  const seen: unknown[] = [];
  const cli = buildProgram('1.2.3', async (global) => void seen.push(global));
  await cli.parseAsync([
    'node',
    'zbs',
    '--json',
    '--cwd',
    'x',
    'init',
    '--yes',
    '--identity',
    'user.id,user.email',
    '--dry-run',
  ]);
  expect(seen).toEqual([
    expect.objectContaining({ json: true, cwd: 'x', yes: true, identity: 'user.id,user.email', dryRun: true }),
  ]);
});

describe('a command that fails ends with', () => {
  test.each<[string, Error, number, string]>([
    ['2 where it refuses', new KitError('GIT_DIRTY', 'no'), 2, 'GIT_DIRTY'],
    ['2 where answers are needed', new AnswersNeeded('which?'), 2, 'ANSWERS_NEEDED'],
    ['1 where something failed', new KitError('INSTALL_FAILED', 'npm'), 1, 'INSTALL_FAILED'],
    ['1 where nobody expected it', new TypeError('oops'), 1, 'FAILED'],
    ['130 on Ctrl-C', new Cancelled(), 130, 'CANCELLED'],
  ])('%s', async (_name, error, status, code) => {
    expect(await outcomeOf(() => Promise.reject(error))).toMatchObject({
      status,
      json: { code, message: expect.any(String) },
    });
  });
});

test('docs/cli.md explains every command and every flag', () => {
  const documentation = readFileSync(path.resolve(__dirname, '../../docs/cli.md'), 'utf8');
  const top = program();
  const sections = new Map(
    documentation.split(/^## /m).map((text): [string, string] => [text.split('\n')[0] ?? '', text]),
  );
  const missing = top.commands.flatMap((command) => {
    const section = sections.get(command.name()) ?? '';
    const words = [
      `npx zero-backend-sync ${command.name()}`,
      ...command.commands.map((inner) => `npx zero-backend-sync ${command.name()} ${inner.name()}`),
      ...[command, ...command.commands].flatMap((one) => one.options.map(({ long }) => long ?? '')),
    ];
    return words
      .filter((word) => !section.replaceAll('--package=$KIT ', '').includes(word))
      .map((word) => `${command.name()}: ${word}`);
  });
  expect(missing).toEqual([]);
});

test('docs/agents.md has ten lines, with commands and flags that exist', () => {
  const text = readFileSync(path.resolve(__dirname, '../../docs/agents.md'), 'utf8');
  expect(text.match(/^\d+\. /gm)).toHaveLength(10);
  const top = program();
  const commands = new Map(top.commands.map((command): [string, Command] => [command.name(), command]));
  const lines = [...text.matchAll(/zero-backend-sync (?=[a-z])([^`]*)/g)].map(([, words = '']) => words.split(' '));
  expect(lines.length).toBeGreaterThan(4);
  const wrong = lines.flatMap(([name = '', ...words]) => {
    const command = commands.get(name);
    const known = [...top.options, ...(command?.options ?? [])].map(({ long }) => long);
    return [
      ...(command === undefined ? [name] : []),
      ...words.filter((word) => word.startsWith('--') && !known.includes(word)),
    ];
  });
  expect(wrong).toEqual([]);
});

describe('docs/cli.md and the codes of the sources', () => {
  const repository = path.resolve(__dirname, '../..');
  const documented = new Set(
    [...readFileSync(path.join(repository, 'docs/cli.md'), 'utf8').matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)`/g)].map(
      ([, code = '']) => code,
    ),
  );
  // What the commands themselves throw and find, and what they call of the preset.
  const filesOf = (folder: string) =>
    readdirSync(path.join(repository, folder), { recursive: true, encoding: 'utf8' }).map(
      (file) => `${folder}/${file}`,
    );
  const files = [
    ...filesOf('src/cli'),
    ...filesOf('src/relay').filter((file) => !file.includes('/chaos/')),
    'src/preset/salt.ts',
    'src/preset/free-port.ts',
  ].filter((file) => file.endsWith('.ts'));
  const literals = new Set(
    files.flatMap((file) =>
      [...readFileSync(path.join(repository, file), 'utf8').matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'/g)].map(
        ([, text = '']) => text,
      ),
    ),
  );
  const errorsOfNode = /^(E[A-Z]{3,}|MODULE_NOT_FOUND|ERR_\w+|SIG[A-Z]+)$/;
  const variables = new Set([
    'SYNC_SALT',
    'REACT_APP_SYNC_SALT',
    'PATH',
    'PUBLIC_URL',
    'GET',
    'HEAD',
    'POST',
    'OPTIONS',
  ]);
  const codesOfOneWord = new Set(['FAILED', 'CANCELLED', 'UNREADABLE']);
  const isCode = (text: string) =>
    (text.includes('_') || codesOfOneWord.has(text)) && !errorsOfNode.test(text) && !variables.has(text);

  test('name the same', () => {
    const inSources = [...literals].filter(isCode);
    expect(inSources.length).toBeGreaterThan(100);
    expect(inSources.filter((code) => !documented.has(code)).sort()).toEqual([]);
    // Words in capitals that are no code: variables of the environment, and what only an app that is built can end with.
    const others = [
      'NO_COLOR',
      'FORCE_COLOR',
      'CHROME_PATH',
      'REACT_APP_',
      'SYNC_SALT',
      'TEMPLATE_VERSION',
      'PUBLIC_URL',
    ];
    expect(
      [...documented].filter((code) => code.includes('_') && !literals.has(code) && !others.includes(code)),
    ).toEqual([]);
  });
});

/** The name is free in the registry until the first release: what a command without a place would run there is somebody else's. */
describe('until the first release', () => {
  const repository = path.resolve(__dirname, '../..');
  const read = (file: string) => readFileSync(path.join(repository, file), 'utf8');
  const documents = [
    'README.md',
    'SECURITY.md',
    ...readdirSync(path.join(repository, 'docs')).map((file) => `docs/${file}`),
  ].filter((file) => file.endsWith('.md'));
  const isReleased = !/^## 0\.1\.0, not released yet/m.test(read('CHANGELOG.md'));

  test.each(documents)('%s takes the program from a tarball, where the app does not have it yet', (file) => {
    const fromRegistry =
      /zero-backend-sync@latest|npx (--yes |-y )?zero-backend-sync (init|update|demo)\b|npm (install|i) (--save\S* )?zero-backend-sync\b/;
    const lines = read(file)
      .split('\n')
      .filter((line) => fromRegistry.test(line))
      // Said as what not to do, or after the app has it.
      .filter((line) => !/a bare|TEMPLATE_(FILE_MISSING|MISMATCH)/.test(line));
    expect(isReleased ? [] : lines).toEqual([]);
  });

  test.each(['README.md', 'docs/cli.md'])('%s says why', (file) => {
    if (!isReleased) expect(read(file)).toMatch(/not in the registry( yet)?, and its name is free there/);
  });
});
