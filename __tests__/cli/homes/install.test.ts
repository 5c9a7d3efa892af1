/** `init` and `undo` in a small app of every home: what is written, that nothing else is, and that all of it goes. */
import { init } from '../../../src/cli/commands/init';
import { undo } from '../../../src/cli/commands/undo';
import { discoverPlatform } from '../../../src/cli/discover/platform';
import { memoryFiles } from '../../../src/cli/discover/project-files';
import { runDoctor } from '../../../src/cli/doctor';
import { makeProject, type TestProject } from '../project';
import { homeSamples } from './apps';

jest.setTimeout(60_000);

let project: TestProject;
afterEach(() => project.remove());

const options = { yes: true, users: false } as const;
const isWired = ([file, text]: [string, string]) =>
  !file.startsWith('.zero') && /['"]zero-backend-sync\/(vite|webpack|craco)['"]/.test(text);

describe.each(homeSamples)('$name', ({ tool, files, wired }) => {
  test('is discovered, with its configuration', () => {
    project = makeProject({}, 'app');
    const platform = discoverPlatform(memoryFiles(files));
    expect([platform.buildTool, platform.framework]).toEqual([
      tool,
      files['src/App.vue'] === undefined ? 'react' : 'vue',
    ]);
    expect(platform.toolVersion).toMatch(/^\d/);
    expect(platform.buildToolEvidence).toMatchObject({ file: expect.any(String), line: expect.any(Number) });
  });

  test('gets the kit where it belongs, once, and loses it byte for byte', async () => {
    project = makeProject(files, 'app');
    const before = project.tree();
    await init(project.context(), options);
    expect(
      Object.entries(project.tree())
        .filter(isWired)
        .map(([file]) => file)
        .sort(),
    ).toEqual([...wired].sort());
    const { findings } = await runDoctor(project.context(), { ignore: ['packages', 'salt'] });
    expect(findings.filter(({ check }) => check === 'wiring' || check === 'versions')).toEqual([]);

    const installed = project.tree();
    expect(await init(project.context(), options)).toMatchObject({ json: { nothingToDo: true } });
    expect(project.tree()).toEqual(installed);

    expect(await undo(project.context(), { yes: true })).toMatchObject({ status: 0 });
    const { '.env.local': salt, ...after } = project.tree();
    expect(salt).toMatch(/^SYNC_SALT=/);
    expect(after).toEqual(before);
  });

  test('loses it also where somebody has changed the files since', async () => {
    project = makeProject(files, 'app');
    await init(project.context(), options);
    for (const file of wired)
      project.write(
        file,
        `${project.read(file).replace(/plugins: \[/, 'plugins: [/* mine */ ')}globalThis.mine = true;\n`,
      );
    expect(await undo(project.context(), { yes: true })).toMatchObject({ status: 0 });
    for (const [file, text] of Object.entries(project.tree()))
      expect([file, file !== '.env.local' && /zero-backend-sync|vite-plugin-wasm/.test(text)]).toEqual([file, false]);
    for (const file of wired) expect(project.read(file)).toContain('globalThis.mine');
    // Jest refuses settings in two places.
    if (wired.includes('jest.config.js')) expect(JSON.parse(project.read('package.json'))).not.toHaveProperty('jest');
  });

  test('a dry run writes nothing, and says in JSON what it would', async () => {
    project = makeProject(files, 'app');
    const before = project.tree();
    const { json } = await init(project.context(), { ...options, plan: true });
    expect(project.tree()).toEqual(before);
    const { plan, questions } = json as { plan: { changes: { path: string }[] }; questions: { id: string }[] };
    expect(plan.changes.map(({ path }) => path)).toEqual(expect.arrayContaining([...wired]));
    expect(questions.some(({ id }) => id === 'wasm')).toBe(tool === 'vite');
  });
});
