/** What doctor says about the wiring of an app, in every home. */
import { runDoctor } from '../../../src/cli/doctor';
import { init } from '../../../src/cli/commands/init';
import { makeProject, type TestProject } from '../project';
import { homeSamples, type HomeSample } from './apps';

jest.setTimeout(60_000);

let project: TestProject;
afterEach(() => project.remove());

async function findings() {
  const { findings: all } = await runDoctor(project.context(), { ignore: ['packages', 'salt'] });
  return all.filter(({ check }) => check === 'wiring');
}

function sample(tool: string): HomeSample {
  const found = homeSamples.find((candidate) => candidate.tool === tool);
  if (found === undefined) throw new Error(`There is no app of ${tool}.`);
  return found;
}

describe.each(homeSamples)('$name', ({ files, wired }) => {
  test('without the kit in it: what to add where, and no word of CRACO', async () => {
    project = makeProject(files, 'app');
    await init(project.context(), { yes: true, users: false });
    const [first = ''] = wired;
    const original = files[first];
    if (original === undefined) return;
    project.write(first, original);
    const found = await findings();
    expect(found).toContainEqual(
      expect.objectContaining({
        code: 'PRESET_MISSING',
        instead: expect.stringMatching(/zero-backend-sync\/(vite|webpack)/),
      }),
    );
    expect(JSON.stringify(found)).not.toMatch(/craco/i);
    const fixes = found.flatMap(({ fix = [] }) => fix);
    for (const { path, after } of fixes) project.write(path, String(after ?? ''));
    expect(await findings()).toEqual([]);
  });
});

test('the plugin twice', async () => {
  const { files } = sample('rsbuild');
  project = makeProject(files, 'app');
  await init(project.context(), { yes: true, users: false });
  const text = project.read('rsbuild.config.mjs');
  project.write(
    'rsbuild.config.mjs',
    text.replace('pluginZeroBackendSync()', 'pluginZeroBackendSync(), pluginZeroBackendSync()'),
  );
  expect(await findings()).toEqual([
    expect.objectContaining({ code: 'WIRED_TWICE', evidence: expect.objectContaining({ line: 6 }) }),
  ]);
});

test.each<[name: string, file: string, text: string, what: RegExp]>([
  [
    'a configuration of CRACO that was left over',
    'craco.config.cjs',
    `module.exports = { plugins: [{ plugin: require('zero-backend-sync/craco') }] };\n`,
    /craco\.config\.cjs has the kit, and Vite does not read it/,
  ],
  [
    'another vite.config than the one that Vite reads',
    'vite.config.mts',
    `import { zeroBackendSync } from 'zero-backend-sync/vite';\nexport default { plugins: [zeroBackendSync()] };\n`,
    /vite\.config\.mts has the kit, and Vite does not read it/,
  ],
  [
    'the plugin of webpack in vite.config',
    'vite.config.ts',
    `import { ZeroBackendSyncPlugin } from 'zero-backend-sync/webpack';\nexport default { plugins: [new ZeroBackendSyncPlugin()] };\n`,
    /vite\.config\.ts uses zero-backend-sync\/webpack, which is for another tool than Vite/,
  ],
])('the kit in the wrong file: %s', async (_name, file, text, what) => {
  const { files } = sample('vite');
  project = makeProject(files, 'app');
  await init(project.context(), { yes: true, users: false });
  project.write(file, text);
  expect(await findings()).toContainEqual(
    expect.objectContaining({ code: 'WIRED_ELSEWHERE', what: expect.stringMatching(what) }),
  );
});

test('--wasm is refused where the tool leaves no choice', async () => {
  project = makeProject(sample('rsbuild').files, 'app');
  const before = project.tree();
  await expect(init(project.context(), { yes: true, users: false, wasm: 'inline' })).rejects.toMatchObject({
    code: 'ANSWERS_INVALID',
  });
  expect(project.tree()).toEqual(before);
});

test('a second run keeps what the configuration says, whatever is answered', async () => {
  project = makeProject(sample('vite').files, 'app');
  await init(project.context(), { yes: true, users: false, wasm: 'inline' });
  const before = project.tree();
  expect(await init(project.context(), { yes: true, wasm: 'vite-plugin-wasm' })).toMatchObject({
    json: { nothingToDo: true },
  });
  expect(project.tree()).toEqual(before);
});
