import { rmSync } from 'node:fs';
import { init } from '../../src/cli/commands/init';
import { undo } from '../../src/cli/commands/undo';
import { update } from '../../src/cli/commands/update';
import type { CommandContext } from '../../src/cli/commands/context';
import type { Kit } from '../../src/cli/kit';
import { javascriptApp, makeProject, smallKit, typescriptApp, type TestProject } from './project';

let project: TestProject;
beforeEach(async () => {
  project = makeProject(typescriptApp);
  await init(project.context({ readKit: () => kit({}) }), { yes: true });
});
afterEach(() => project.remove());

const engine = (line: string, last = 'end') => ['first', 'a', 'b', 'c', line, 'd', 'e', 'f', last, ''].join('\n');
const kit = (template: Record<string, string>, version = '0.1.0'): Kit => ({
  ...smallKit,
  version,
  spec: `^${version}`,
  template: (form) => ({ ...smallKit.template(form), 'engine.ts': engine('middle'), ...template }),
});
const newer = (template: Record<string, string>, more: Partial<Kit> = {}) => ({
  ...project.context(),
  readKit: () => ({ ...kit(template, '0.2.0'), ...more }),
});
const yes = { yes: true } as const;

test('an untouched file is replaced', async () => {
  const { status, json } = await update(newer({ 'engine.ts': engine('new middle') }), yes);
  expect([status, json]).toEqual([
    0,
    expect.objectContaining({ replaced: ['src/lib/engine.ts'], merged: [], conflicts: [] }),
  ]);
  expect(project.read('src/lib/engine.ts')).toBe(engine('new middle'));
});

test('a changed file keeps its changes and gets the new ones', async () => {
  project.write('src/lib/engine.ts', engine('middle', 'my end'));
  const { status, json } = await update(newer({ 'engine.ts': engine('new middle') }), yes);
  expect([status, json]).toEqual([0, expect.objectContaining({ merged: ['src/lib/engine.ts'] })]);
  expect(project.read('src/lib/engine.ts')).toBe(engine('new middle', 'my end'));
});

test('where both changed the same lines, marks show both and the status says so', async () => {
  project.write('src/lib/engine.ts', engine('my middle'));
  const { status, json } = await update(newer({ 'engine.ts': engine('new middle') }), yes);
  expect([status, json]).toEqual([1, expect.objectContaining({ conflicts: ['src/lib/engine.ts'] })]);
  expect(project.read('src/lib/engine.ts')).toContain(
    '<<<<<<< yours\nmy middle\n=======\nnew middle\n>>>>>>> zero-backend-sync 0.2.0\n',
  );
});

test('config.json keeps what keys are made from, and the relays of the app', async () => {
  const own = project.read('src/lib/config.json').replace('"wss://a.example"', '"wss://mine.example"');
  project.write('src/lib/config.json', own);
  const shipped =
    smallKit
      .template('typescript')
      ['config.json']?.replace('"kind": 30078', '"kind": 30078,\n  "activeRelays": 4')
      .replace('600000', '700000') ?? '';
  expect((await update(newer({ 'config.json': shipped }), yes)).status).toBe(0);
  const [before, after] = [JSON.parse(own), JSON.parse(project.read('src/lib/config.json'))];
  expect(after).toEqual({ ...before, activeRelays: 4, formerRelays: ['wss://a.example'] });
  expect(after.appId).toMatch(/^my-app\//);
});

test('new files come, files that are gone leave unless they were changed', async () => {
  const { 'storage.ts': _gone, ...template } = kit({ 'worker/new.ts': 'export {};\n' }).template('typescript');
  const context = {
    ...project.context(),
    readKit: () => ({ ...smallKit, version: '0.2.0', template: () => template }),
  };
  expect((await update(context, yes)).json).toMatchObject({
    added: ['src/lib/worker/new.ts'],
    removed: ['src/lib/storage.ts'],
  });
  expect(project.tree()).toHaveProperty(['src/lib/worker/new.ts']);
  expect(project.tree()).not.toHaveProperty(['src/lib/storage.ts']);
});

test('a file that is missing comes back, config.json with the id of the app', async () => {
  const config = project.read('src/lib/config.json');
  for (const file of ['config.json', 'storage.ts']) rmSync(`${project.root}/src/lib/${file}`);
  expect((await update(project.context({ readKit: () => kit({}) }), yes)).json).toMatchObject({
    added: ['src/lib/storage.ts', 'src/lib/config.json'],
  });
  expect(project.read('src/lib/config.json')).toBe(config);
});

test('config.json is not made anew when nothing of it is left: its id and salt are those of the app', async () => {
  for (const file of ['src/lib/config.json', '.zero-backend-sync/written/src/lib/_config.json.txt'])
    rmSync(`${project.root}/${file}`);
  const { json } = await update(project.context({ readKit: () => kit({}) }), yes);
  expect(project.tree()).not.toHaveProperty(['src/lib/config.json']);
  expect(json).toMatchObject({ notes: [expect.stringMatching(/config\.json is missing.*restore it from git/s)] });
});

test('a file of the app under a name that is new in the template stays as it is', async () => {
  project.write('src/lib/worker/new.ts', '// mine\n');
  const { json } = await update(newer({ 'worker/new.ts': 'export {};\n' }), yes);
  expect(project.read('src/lib/worker/new.ts')).toBe('// mine\n');
  expect(json).toMatchObject({ notes: [expect.stringMatching(/worker\/new\.ts is new in the template/)] });
});

test('the range of the kit moves on', async () => {
  await update(newer({}), yes);
  expect(JSON.parse(project.read('package.json')).dependencies['zero-backend-sync']).toBe('^0.2.0');
});

test('a range that the app has chosen stays, and is named', async () => {
  project.write('package.json', project.read('package.json').replace('"^0.1.0"', '"0.1.3"'));
  const { json } = await update(newer({}), yes);
  expect(JSON.parse(project.read('package.json')).dependencies['zero-backend-sync']).toBe('0.1.3');
  expect(json).toMatchObject({ notes: [expect.stringMatching(/zero-backend-sync 0\.1\.3, which is your own choice/)] });
});

test('a template of the next version says that the packages have to follow', async () => {
  const types = 'export const TEMPLATE_VERSION = 2;\n';
  const { json } = await update(newer({ 'types.ts': types }, { templateVersion: 2 }), yes);
  expect(json).toMatchObject({ notes: [expect.stringMatching(/moves from version 1 to 2\..*install the packages/)] });
  expect(project.read('src/lib/types.ts')).toBe(types);
});

test('a template that is newer than the program is left alone', async () => {
  project.write('src/lib/types.ts', 'export const TEMPLATE_VERSION = 3;\n');
  const before = project.tree();
  await expect(update(newer({ 'engine.ts': engine('new middle') }), yes)).rejects.toMatchObject({
    code: 'TEMPLATE_MISMATCH',
    message: expect.stringMatching(
      /version 3, .*up to 1\. Nothing was changed\. .*npx --package=\$KIT zero-backend-sync update --kit \$KIT/,
    ),
  });
  expect(project.tree()).toEqual(before);
});

test('a JavaScript app is updated in JavaScript', async () => {
  const own = makeProject(javascriptApp);
  const context = (engineText: string): CommandContext =>
    own.context({
      readKit: () => ({ ...smallKit, template: (form) => ({ ...smallKit.template(form), 'engine.js': engineText }) }),
    });
  await init(context(engine('middle')), { yes: true });
  own.write('src/lib/engine.js', engine('middle', 'my end'));
  await update(context(engine('new middle')), yes);
  expect(own.read('src/lib/engine.js')).toBe(engine('new middle', 'my end'));
  expect(own.tree()).not.toHaveProperty(['src/lib/engine.ts']);
  own.remove();
});

test('a kit that is not from the registry stays where it is from, unless another place is named', async () => {
  const own = makeProject(typescriptApp);
  const kitFrom = (spec: string): Kit => ({ ...kit({}), spec });
  const context = (kit: Kit) => own.context({ readKit: () => kit });
  await init(context(kitFrom('file:../kit-1.tgz')), yes);
  const spec = () => JSON.parse(own.read('package.json')).dependencies['zero-backend-sync'];
  await update(context(kitFrom('^0.2.0')), yes);
  expect(spec()).toBe('file:../kit-1.tgz');
  await update(context(kitFrom('file:../kit-2.tgz')), yes);
  expect(spec()).toBe('file:../kit-2.tgz');
  own.remove();
});

test('a second run has nothing to do, a dry run does nothing', async () => {
  const before = project.tree();
  await update(newer({ 'engine.ts': engine('new middle') }), { ...yes, dryRun: true });
  expect(project.tree()).toEqual(before);
  await update(newer({ 'engine.ts': engine('new middle') }), yes);
  expect((await update(newer({ 'engine.ts': engine('new middle') }), yes)).json).toMatchObject({ nothingToDo: true });
});

test('undo after an update still gives back the app', async () => {
  await update(newer({ 'engine.ts': engine('new middle') }), { ...yes, skipInstall: true });
  await undo(project.context({ run: async () => ({ status: 0, output: '', isMissing: false }) }), yes);
  const { '.env.local': _salt, ...after } = project.tree();
  expect(
    Object.keys(after)
      .filter((file) => !file.endsWith('/'))
      .sort(),
  ).toEqual(Object.keys(typescriptApp).sort());
  expect(project.read('package.json')).toBe(typescriptApp['package.json']);
});

test('undo after an update gives back the lock file, too, unless the app has changed it before', async () => {
  const installing =
    (text: string): CommandContext['run'] =>
    async (program) => {
      if (program === 'npm') project.write('package-lock.json', text);
      return { status: program === 'git' ? 128 : 0, output: '', isMissing: false };
    };
  await update({ ...newer({}), run: installing('{ "kit": "0.2.0" }\n') }, yes);
  expect(project.read('package-lock.json')).toBe('{ "kit": "0.2.0" }\n');
  await undo(project.context(), yes);
  expect(project.read('package-lock.json')).toBe(typescriptApp['package-lock.json']);

  await init(project.context({ readKit: () => kit({}) }), yes);
  project.write('package-lock.json', '{ "mine": true }\n');
  await update({ ...newer({}), run: installing('{ "mine": true, "kit": "0.2.0" }\n') }, yes);
  await undo(project.context(), { ...yes, skipInstall: true });
  expect(project.read('package-lock.json')).toBe('{ "mine": true, "kit": "0.2.0" }\n');
});

test('without an installation there is nothing to update', async () => {
  const empty = makeProject(typescriptApp);
  await expect(update(empty.context(), yes)).rejects.toMatchObject({ code: 'NOT_INSTALLED' });
  empty.remove();
});

describe('as JSON, every file is listed by what becomes of it', () => {
  const conflicting = () => {
    project.write('src/lib/engine.ts', engine('my middle'));
    return newer({ 'engine.ts': engine('new middle'), 'new.ts': 'export {};\n' });
  };

  test('by update, before and after; a dry run ends as the real one does', async () => {
    const expected = {
      conflicts: ['src/lib/engine.ts'],
      added: ['src/lib/new.ts'],
      removed: [],
      kept: [],
      edited: ['package.json'],
      install: true,
    };
    expect(await update(conflicting(), { ...yes, dryRun: true })).toMatchObject({
      status: 1,
      json: { dryRun: true, ...expected },
    });
    expect(await update(conflicting(), yes)).toMatchObject({ status: 1, json: { done: true, ...expected } });
  });

  test('by update, also what stays although the template has it', async () => {
    project.write('src/lib/new.ts', '// mine\n');
    const { json } = await update(newer({ 'new.ts': 'export {};\n' }), { ...yes, dryRun: true });
    expect(json).toMatchObject({ kept: ['src/lib/new.ts'], added: [] });
  });

  test('by undo, before and after; a dry run ends as the real one does', async () => {
    project.write('src/lib/schema.ts', 'export const collections = { mine: {} };\n');
    project.write('package.json', project.read('package.json').replace('"private": true', '"private": false'));
    const expected = {
      removed: expect.arrayContaining(['src/lib/engine.ts', 'src/lib/config.json', 'craco.config.js']),
      restored: expect.arrayContaining(['.gitignore']),
      merged: ['package.json'],
      kept: ['src/lib/schema.ts'],
    };
    expect(await undo(project.context(), { ...yes, dryRun: true })).toMatchObject({
      status: 1,
      json: { dryRun: true, ...expected },
    });
    expect(await undo(project.context(), yes)).toMatchObject({ status: 1, json: { done: true, ...expected } });
  });

  test('by undo of an untouched app, with status 0 either way', async () => {
    expect((await undo(project.context(), { ...yes, dryRun: true })).status).toBe(0);
    const { status, json } = await undo(project.context(), yes);
    expect([status, json]).toMatchObject([0, { kept: [], merged: [] }]);
    expect((json as { removed: string[] }).removed.join()).not.toContain('.zero-backend-sync');
  });
});
