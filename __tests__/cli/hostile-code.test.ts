/** What gets into code is printed: an answer stays the one string or the one expression that it is, whatever stands in it. */
import { runInNewContext } from 'node:vm';
import { parse } from '@babel/parser';
import { init } from '../../src/cli/commands/init';
import { printExpression } from '../../src/cli/edit/print';
import { outcomeOf } from '../../src/cli/execute';
import * as wirings from '../../src/cli/homes/wirings';
import { makeProject, typescriptApp, type TestProject } from './project';
import { hashOfTree } from './repository';

const evil = [
  `src/x' + globalThis.hit() + '`,
  `src/x" + globalThis.hit() + "`,
  'src/x\\',
  "src/x\\' }, globalThis.hit(), { a: '",
  'src/x\u2028y',
  'src/x\n; globalThis.hit()',
  'src/${globalThis.hit()}',
  "src/it's",
];

/** Runs a configuration and returns the options of the plugin; fails where anything else ran. */
function optionsIn(config: string): unknown {
  let hits = 0;
  const module = { exports: {} as { plugins?: { options?: unknown }[] } };
  runInNewContext(config, { module, require: (name: string) => name, globalThis: { hit: () => ++hits } });
  expect(hits).toBe(0);
  return module.exports.plugins?.at(-1)?.options;
}

/** Every `lib` that a configuration hands to something of the kit; fails where anything else ran. */
function libsIn(config: string): readonly unknown[] {
  let hits = 0;
  const libs: unknown[] = [];
  function take(...given: readonly unknown[]) {
    for (const value of given) {
      const { lib, plugin, options } = Object(value) as { lib?: unknown; plugin?: unknown; options?: unknown };
      if (lib !== undefined) libs.push(lib);
      if (plugin !== undefined) take(options);
      const { plugins } = Object(value) as { plugins?: readonly unknown[] };
      if (Array.isArray(plugins)) take(...plugins);
    }
    return given[0];
  }
  const module = { exports: undefined as unknown };
  const kit = new Proxy(take, { get: () => take, construct: (_, given) => Object(take(...given)) });
  runInNewContext(config, { module, require: () => kit, globalThis: { hit: () => ++hits } });
  take(module.exports);
  expect(hits).toBe(0);
  return [...new Set(libs)];
}

describe.each(evil)('the folder %j', (lib) => {
  test('is one string in a new configuration of CRACO', () => {
    expect(optionsIn(wirings.cracoWiring.create('craco.config.js', { lib }))).toEqual({ lib });
  });

  test.each(Object.entries(wirings))('is one string in a new file and in an edited one of %s', (_name, wiring) => {
    const made = wiring.create('config.cjs', { lib });
    const edit = wiring.edit('config.js', 'module.exports = {};', { lib });
    for (const text of [made, edit.kind === 'edited' ? edit.text : '']) expect(libsIn(text)).toEqual([lib]);
  });

  test.each(["module.exports = { a: 'b' };", 'module.exports = { a: "b", plugins: [] };'])(
    'is one string in %s',
    (before) => {
      const edit = wirings.cracoWiring.edit('craco.config.js', before, { lib });
      expect(edit.kind === 'edited' && optionsIn(edit.text)).toEqual({ lib });
    },
  );

  test('is one string in the snippet that a person pastes', () => {
    expect(optionsIn(`module.exports = { ${wirings.cracoWiring.snippet({ lib })} }`)).toEqual({ lib });
  });
});

describe('init refuses with status 2, and touches nothing,', () => {
  let project: TestProject;
  beforeEach(() => (project = makeProject(typescriptApp)));
  afterEach(() => project.remove());

  const cases: readonly (readonly [name: string, options: object])[] = [
    ...[
      ...evil.filter((dir) => !dir.endsWith('\\')),
      'src/*',
      'src/!x',
      'src/#x',
      'src/[a]',
      'src/x ',
      'src/.git',
      'src/node_modules',
      'src/a//b',
      'src/.',
    ].map((dir) => [`--dir ${JSON.stringify(dir)}`, { dir }] as const),
    ...[
      'user.id]} /> + evil()',
      'user.id(((junk',
      'we have no users',
      'user.id; evil()',
      '*/ evil() /*',
      'user.id // x',
      'x = evil',
      '() => evil()',
      'class {}',
      '<Evil />',
      'new Evil().id',
      'evil`x`',
      'user.id,',
    ].map((identity) => [`--identity ${identity}`, { identity }] as const),
  ];
  test.each(cases)('%s', async (_name, options) => {
    const before = hashOfTree(project.root);
    const outcome = await outcomeOf(() => init(project.context(), { yes: true, example: true, ...options }));
    expect(outcome).toMatchObject({ status: 2, json: { code: 'ANSWERS_INVALID' } });
    expect(hashOfTree(project.root)).toBe(before);
  });

  test('the same answers from a file', async () => {
    for (const answers of [
      { dir: evil[0] },
      { identity: ['user.id(((junk'] },
      { identity: [['user.id']] },
      { dir: ['src/x'] },
    ]) {
      project.write('answers.json', JSON.stringify(answers));
      const outcome = await outcomeOf(() =>
        init(project.context(), { yes: true, answers: `${project.root}/answers.json` }),
      );
      expect(outcome).toMatchObject({ status: 2, json: { code: 'ANSWERS_INVALID' } });
    }
  });
});

test.each([
  ['"*/ globalThis.hit(); /*", user.id', '"* / globalThis.hit(); /*", user.id'],
  ['`*/ ${user.id}`', '`* / ${user.id}`'],
  ['user.id', 'user.id'],
  ['user ?. id', 'user?.id'],
])('an example of use with the identity %s holds it in a comment only', async (identity, shown) => {
  const app = 'export default function App({ user }: { user: { id: string } }) { return null; }\n';
  const project = makeProject({ ...typescriptApp, 'src/App.tsx': app });
  await init(project.context(), { yes: true, example: true, identity });
  const text = project.read('src/SyncedTheme.tsx');
  expect(text).toContain(`identity={[${shown}]}`);
  const { program } = parse(text, { sourceType: 'module', plugins: ['typescript', 'jsx'] });
  expect(program.body.map(({ type }) => type)).toEqual([
    'ImportDeclaration',
    'ExportNamedDeclaration',
    'FunctionDeclaration',
  ]);
  project.remove();
});

test.each([
  ['user.id', 'user.id'],
  [' auth.currentUser!.uid ', 'auth.currentUser!.uid'],
  ["session?.user?.['sub']", "session?.user?.['sub']"],
  ['user.identities.0.id', 'user.identities[0].id'],
  ['String(user.id)', 'String(user.id)'],
  ['a ? b.id : c.id', 'a ? b.id : c.id'],
  ['user.id // x', null],
  ['user /* why */ .id', null],
  ['user.id) + (evil', null],
  ['', null],
  ['a, b', null],
  ['...a', null],
  ['await a', null],
  ['import("x")', null],
])('%j is printed as %j', (text, printed) => {
  expect(printExpression(text)).toBe(printed);
});
