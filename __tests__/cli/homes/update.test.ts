/** `update`, `doctor` and `undo` in every home, and `migrate` from those that are none of Create React App's usual ones. */
import { doctor } from '../../../src/cli/commands/doctor';
import { init } from '../../../src/cli/commands/init';
import { migrate } from '../../../src/cli/commands/migrate';
import { undo } from '../../../src/cli/commands/undo';
import { update } from '../../../src/cli/commands/update';
import { readRecord } from '../../../src/cli/installation-record';
import { diskFiles } from '../../../src/cli/discover/project-files';
import { makeProject, smallKit, type TestProject } from '../project';
import { homeSamples } from './apps';

jest.setTimeout(60_000);

let project: TestProject;
afterEach(() => project.remove());

const newer = () =>
  project.context({
    readKit: () => ({
      ...smallKit,
      version: '0.2.0',
      spec: '^0.2.0',
      template: (form, framework) =>
        Object.fromEntries(
          Object.entries(smallKit.template(form, framework)).map(([name, text]) => [
            name,
            /\.(ts|js)$/.test(name) ? `${text}// newer\n` : text,
          ]),
        ),
    }),
  });

test.each(homeSamples)(
  '$name: update brings the template of its framework, and undo takes all of it out',
  async (sample) => {
    project = makeProject(sample.files, 'app');
    const before = project.tree();
    await init(project.context(), { yes: true, users: false });
    const { dir, form, framework, files } = readRecord(diskFiles(project.root)) ?? fail('no record');
    const { status, json } = await update(newer(), { yes: true });
    expect([status, json]).toEqual([0, expect.objectContaining({ added: [], removed: [], conflicts: [] })]);
    const extension = form === 'javascript' ? 'js' : 'ts';
    const [own, other] = framework === 'vue' ? ['vue', 'react'] : ['react', 'vue'];
    expect(framework).toBe(sample.files['src/App.vue'] === undefined ? 'react' : 'vue');
    expect(project.read(`${dir}/${own}.${extension}`)).toContain('// newer');
    expect(Object.keys(project.tree())).not.toContain(`${dir}/${other}.${extension}`);
    expect(Object.keys(files)).toContain(`${dir}/${own}.${extension}`);

    const { json: said } = await doctor(project.context(), { offline: true });
    expect(said).toMatchObject({ tool: { name: sample.tool, framework, evidence: { line: expect.any(Number) } } });
    expect((await undo(project.context(), { yes: true })).status).toBe(0);
    const { '.env.local': _salt, 'package-lock.json': _lock, ...after } = project.tree();
    expect(after).toEqual(before);
  },
);

function fail(why: string): never {
  throw new Error(why);
}

describe('migrate to Vite', () => {
  test.each(['react-app-rewired', 'an ejected app', 'Vue CLI', 'webpack 5 with Vue', 'Rsbuild'])(
    'from %s',
    async (name) => {
      const sample = homeSamples.find((candidate) => candidate.name === name) ?? fail(name);
      const move = () => {
        const fields = JSON.parse(project.read('package.json')) as Record<string, Record<string, string>>;
        for (const kind of ['dependencies', 'devDependencies'])
          for (const tool of ['react-scripts', 'react-app-rewired', '@vue/cli-service', 'webpack', '@rsbuild/core'])
            delete fields[kind]?.[tool];
        fields.devDependencies = { ...fields.devDependencies, vite: '^8.0.0' };
        fields.scripts = { dev: 'vite', build: 'vite build' };
        project.write('package.json', `${JSON.stringify(fields, null, 2)}\n`);
        project.write('vite.config.mjs', 'export default {\n  plugins: [],\n};\n');
      };
      project = makeProject(sample.files, 'app');
      move();
      const moved = project.tree();
      project.remove();

      project = makeProject(sample.files, 'app');
      await init(project.context(), { yes: true, users: false });
      const config = project.read('src/lib/config.json');
      move();
      const { status, json } = await migrate(project.context(), { yes: true, to: 'vite' });
      expect([status, json]).toEqual([0, expect.objectContaining({ from: sample.tool, isFormerGone: true })]);
      expect(project.read('vite.config.mjs')).toContain('zero-backend-sync/vite');
      expect(project.read('src/lib/config.json')).toBe(config);
      // Jest on its own goes on as it was.
      for (const file of sample.wired.filter((wired) => !wired.startsWith('jest.')))
        expect(project.tree()[file] ?? '').not.toContain('zero-backend-sync');
      expect((await migrate(project.context(), { yes: true, to: 'vite' })).json).toMatchObject({ nothingToDo: true });
      expect((await undo(project.context(), { yes: true })).status).toBe(0);
      const { '.env.local': _salt, 'package-lock.json': _lock, ...after } = project.tree();
      // A field that init has moved out of package.json comes back at its end.
      const parsed = (tree: Readonly<Record<string, string>>) => ({
        ...tree,
        'package.json': JSON.parse(tree['package.json'] ?? '') as object,
      });
      expect(parsed(after)).toEqual(parsed(moved));
    },
  );
});
