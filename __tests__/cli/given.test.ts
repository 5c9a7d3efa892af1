/** What is given to a command is looked at before anything is begun, in a plan as in the real run. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { readGivenAnswers, readIdentity } from '../../src/cli/answers';
import { demo } from '../../src/cli/commands/demo';
import { init } from '../../src/cli/commands/init';
import type { InitOptions } from '../../src/cli/commands/init-options';
import { relay } from '../../src/cli/commands/relay';
import { memoryFiles } from '../../src/cli/discover/project-files';
import { readModules } from '../../src/cli/discover/modules';
import { findBindableState } from '../../src/cli/discover/bindable-state';
import { parseSource } from '../../src/cli/discover/syntax';
import { importSplice } from '../../src/cli/edit/add-imports';
import { outcomeOf } from '../../src/cli/execute';
import { syncCodeSteps } from '../../src/cli/plan/without-users';
import { makeProject, typescriptApp, type TestProject } from './project';

let project: TestProject;
beforeEach(() => {
  project = makeProject(typescriptApp);
});
afterEach(() => project.remove());

test('null in a file of answers is no answer', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'answers-'));
  try {
    const file = path.join(folder, 'answers.json');
    writeFileSync(file, '{ "identity": null, "dir": "src/sync" }');
    expect(readGivenAnswers({ answers: file })).toEqual({ dir: 'src/sync' });
    writeFileSync(file, '{ "identity": "null" }');
    expect(readGivenAnswers({ answers: file })).toEqual({ identity: ['null'] });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each(['['.repeat(100_000), 'user.id,'.repeat(10_000), `user.${'x'.repeat(300)}`, `a${' '.repeat(1000)}b`])(
  'a long identity is refused at once, and a message shows its beginning',
  (text) => {
    expect(() => readIdentity(text)).toThrow(/^.{1,600}$/s);
  },
);

test.each<[flags: InitOptions, code: string]>([
  [{ identity: "'me'" }, 'IDENTITY_LITERAL'],
  [{ identity: 'nobody.id' }, 'ANSWERS_INVALID'],
  [{ storage: 'nosql' }, 'ANSWERS_NEEDED'],
])('--plan with %j ends as the real run', async (flags, code) => {
  const given = { identity: 'user.id', storage: 'rxdb', ...flags };
  const planned = await outcomeOf(() => init(project.context(), { ...given, plan: true }));
  const real = await outcomeOf(() => init(project.context(), given));
  expect(planned).toMatchObject({ status: 2, json: { code } });
  expect(planned).toEqual(real);
});

test.each(['kept', 'kept/here'])('relay --data %s where a file is ends with 2', async (data) => {
  project.write('kept', '');
  expect(await outcomeOf(() => relay(project.context(), { data }))).toMatchObject({
    status: 2,
    json: { code: 'RELAY_FILE_UNUSABLE' },
  });
});

test('a folder of --data that is in use is named with the flag', async () => {
  const { stop } = await relay(project.context(), { data: 'kept' });
  try {
    await expect(relay(project.context(), { data: 'kept' })).rejects.toThrow(/--data/);
  } finally {
    await stop?.();
  }
});

test('relay starts nothing where the record cannot be read', async () => {
  project.write('.zero-backend-sync.json', '{');
  const { json } = await outcomeOf(() => relay(project.context(), { data: 'kept' }));
  expect(json).not.toHaveProperty('relays');
  expect(project.tree()).not.toHaveProperty('kept/');
});

test('demo says that the second device has no port behind the last one', async () => {
  await expect(demo(project.context(), { port: '65535' })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining('"65535"'),
  });
});

test('a folder with an apostrophe gives imports that are code', () => {
  const added = importSplice('', [], [{ name: 'a', from: "../it's" }]).text;
  expect(parseSource('src/a.ts', added)?.ast.errors).toEqual([]);
  const code = JSON.stringify(syncCodeSteps(memoryFiles(typescriptApp), "src/it's", 'react'));
  expect(code).toContain(String.raw`from './it\\'s/react';`);
});

test('what a setting begins with is no default where JSON has no such number', () => {
  const text = `import { create } from 'zustand';\nexport const useSettings = create(() => ({ size: 1e999, zoom: 2 }));\n`;
  const { pieces } = findBindableState(readModules(memoryFiles({ 'src/a.ts': text }), ['src/a.ts']));
  expect(pieces[0]?.properties).toEqual([
    expect.not.objectContaining({ initial: expect.anything() }),
    expect.objectContaining({ name: 'zoom', initial: 2 }),
  ]);
});

test.each([[[]], [['salt']]])('--json without a command prints an object (%j)', (words) => {
  const root = path.resolve(__dirname, '../..');
  const tsx = path.join(root, 'node_modules/tsx/dist/cli.mjs');
  const { stdout, status } = spawnSync(process.execPath, [tsx, 'src/cli/index.ts', ...words, '--json'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(status).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ status: 2, code: 'OPTION_INVALID' });
});
