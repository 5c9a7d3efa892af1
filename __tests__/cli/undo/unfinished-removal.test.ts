/** `undo` that is interrupted while it removes the packages: the record is gone by then, and the next command still knows. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { doctor } from '../../../src/cli/commands/doctor';
import { init } from '../../../src/cli/commands/init';
import { undo, type UndoOptions } from '../../../src/cli/commands/undo';
import type { RunProgram } from '../../../src/cli/process';
import { makeProject, typescriptApp, type TestProject } from '../project';

const yes = { yes: true } as const;
const mark = 'node_modules/.cache/zero-backend-sync/removal';
let project: TestProject;
afterEach(() => project.remove());

/** An app whose `undo` was killed, or failed, when the package manager began. */
async function interrupted(): Promise<void> {
  project = makeProject({ ...typescriptApp, 'node_modules/react/package.json': '{ "name": "react" }' });
  await init(project.context(), yes);
  const run: RunProgram = async (program) => ({ status: program === 'git' ? 128 : 1, output: '', isMissing: false });
  expect(await undo(project.context({ run }), yes)).toMatchObject({ status: 1 });
  expect(existsSync(path.join(project.root, '.zero-backend-sync.json'))).toBe(false);
}

async function undone(options: UndoOptions = yes) {
  const context = project.context();
  const { status, json } = await undo(context, options);
  return { status, json, said: context.printed.join('\n'), ran: context.ran.filter((line) => !line.startsWith('git')) };
}

test('the next undo finishes it, in the way that the first one had chosen', async () => {
  await interrupted();
  expect(await undone()).toMatchObject({
    status: 0,
    json: { done: true, removal: 'by the lock file' },
    said: expect.stringMatching(/An earlier "undo" has restored.*Undone\./s),
    ran: ['npm install --no-save --no-audit --no-fund'],
  });
  expect(await undone()).toMatchObject({ status: 0, json: { nothingToDo: true }, ran: [] });
});

test.each<[name: string, options: UndoOptions]>([
  ['a dry run', { dryRun: true }],
  ['a run that leaves node_modules alone', { yes: true, skipInstall: true }],
])('%s says it, with the command', async (_name, options) => {
  await interrupted();
  expect(await undone(options)).toMatchObject({
    ran: [],
    said: expect.stringMatching(/up to date: npm install --no-save/),
  });
  expect(await undone()).toMatchObject({ json: { done: true } });
});

test('doctor says it', async () => {
  await interrupted();
  const { json } = await doctor(project.context(), { offline: true });
  expect(json).toMatchObject({
    findings: [{ code: 'NOT_INSTALLED' }, { code: 'REMOVAL_UNFINISHED', severity: 'warning' }],
  });
});

test.each<[name: string, happens: () => void | Promise<unknown>]>([
  ['the packages were installed', () => later('node_modules/.package-lock.json')],
  ['yarn has installed them', () => later('node_modules/.yarn-integrity')],
  ['pnpm has installed them', () => later('node_modules/.modules.yaml')],
  ['node_modules was removed', () => rmSync(path.join(project.root, 'node_modules'), { recursive: true })],
  ['the kit was installed again', () => init(project.context(), { ...yes, skipInstall: true })],
])('nothing is said any more when %s', async (_name, happens) => {
  await interrupted();
  await happens();
  const { json } = await doctor(project.context(), { offline: true });
  expect(JSON.stringify(json)).not.toContain('REMOVAL_UNFINISHED');
});

test('a mark that says something else counts for nothing', async () => {
  await interrupted();
  project.write(mark, 'rm -rf /');
  expect(await undone()).toMatchObject({ json: { nothingToDo: true }, ran: [] });
});

test('no mark is left where it went well, or where there is no node_modules', async () => {
  project = makeProject(typescriptApp);
  await init(project.context(), yes);
  expect(await undone()).toMatchObject({ status: 0 });
  expect(existsSync(path.join(project.root, 'node_modules'))).toBe(false);
  mkdirSync(path.join(project.root, 'node_modules'));
  await init(project.context(), { ...yes, force: true });
  expect(await undone()).toMatchObject({ status: 0 });
  expect(existsSync(path.join(project.root, mark))).toBe(false);
});

test.each(['node_modules', 'node_modules/.cache', 'node_modules/.cache/zero-backend-sync', mark])(
  'nothing is written or deleted through %s where it is a symbolic link',
  async (linked) => {
    const elsewhere = mkdtempSync(path.join(tmpdir(), 'elsewhere-'));
    try {
      writeFileSync(path.join(elsewhere, 'removal'), 'theirs');
      project = makeProject(typescriptApp);
      await init(project.context(), yes);
      const link = path.join(project.root, linked);
      rmSync(link, { recursive: true, force: true });
      mkdirSync(path.dirname(link), { recursive: true });
      symlinkSync(linked === mark ? path.join(elsewhere, 'removal') : elsewhere, link);
      const run: RunProgram = async (program) => ({
        status: program === 'git' ? 128 : 1,
        output: '',
        isMissing: false,
      });
      await undo(project.context({ run }), yes);
      await undone();
      expect(readdirSync(elsewhere)).toEqual(['removal']);
      expect(readFileSync(path.join(elsewhere, 'removal'), 'utf8')).toBe('theirs');
      expect(lstatSync(link).isSymbolicLink()).toBe(true);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  },
);

function later(file: string): void {
  project.write(file, '');
  const seconds = Date.now() / 1000 + 5;
  utimesSync(path.join(project.root, file), seconds, seconds);
}
