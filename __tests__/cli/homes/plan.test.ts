/** What a plan proposes beside the configuration: packages, pinned versions, the form of the template, questions, and what is left to a person. */
import { readGivenAnswers, type Answers } from '../../../src/cli/answers';
import { discover } from '../../../src/cli/discover/facts';
import { memoryFiles } from '../../../src/cli/discover/project-files';
import { makePlan } from '../../../src/cli/plan/make-plan';
import type { Plan } from '../../../src/cli/plan/plan';
import { questionsOf } from '../../../src/cli/questions';
import { findSalts } from '../../../src/cli/salt';
import { smallKit } from '../project';
import { homeSamples } from './apps';

type Files = Readonly<Record<string, string>>;

function planFor(texts: Files, answers: Partial<Answers> = {}): Plan {
  const files = memoryFiles(texts);
  return makePlan({
    files,
    facts: discover(files, null),
    answers: { identity: 'no-users', storage: { layer: 'rxdb' }, dir: 'src/lib', example: false, ...answers },
    kit: smallKit,
    record: null,
    env: {},
    random: (bytes) => new Uint8Array(bytes).fill(7),
    now: () => 0,
  });
}

const viteApp = (version: string, more: object = {}, files: Files = {}): Files => ({
  'package.json': JSON.stringify({
    name: 'app',
    type: 'module',
    scripts: { dev: 'vite', build: 'vite build' },
    dependencies: { react: '^19.0.0' },
    devDependencies: { vite: version },
    ...more,
  }),
  'vite.config.js': 'export default { plugins: [] };\n',
  ...files,
});
const packageOf = (plan: Plan) => JSON.parse(plan.writes.find(({ path }) => path === 'package.json')?.after ?? '{}');
const textOf = (plan: Plan, file: string) => plan.writes.find(({ path }) => path === file)?.after ?? '';

describe('the plugins of Vite', () => {
  test.each([
    ['^5.4.0', { 'vite-plugin-wasm': '^3.6.0', 'vite-plugin-top-level-await': '^1.6.0' }, '1.15.47', false],
    ['^6.0.0', { 'vite-plugin-wasm': '^3.6.0', 'vite-plugin-top-level-await': '^1.6.0' }, '1.15.47', true],
    ['~7.3.0', { 'vite-plugin-wasm': '^3.6.0', 'vite-plugin-top-level-await': '^1.6.0' }, '1.15.47', true],
    ['^8.0.0', { 'vite-plugin-wasm': '^3.6.0' }, undefined, false],
    ['latest', { 'vite-plugin-wasm': '^3.6.0' }, undefined, false],
  ])('%s', (version, packages, swc, hasTarget) => {
    const plan = planFor(viteApp(version));
    const { devDependencies, overrides } = packageOf(plan);
    expect(devDependencies).toEqual({ vite: version, ...packages });
    expect(overrides?.['@swc/core']).toBe(swc);
    const config = textOf(plan, 'vite.config.js');
    expect(config).toContain("zeroBackendSync({ wasm: 'vite-plugin-wasm' }), wasm()");
    expect(config.includes("target: 'es2022'")).toBe(hasTarget);
    expect(config.includes('topLevelAwait()')).toBe(swc !== undefined);
  });

  test.each(['^5.4.0', '^8.0.0'])('%s: inline needs none of them', (version) => {
    const plan = planFor(viteApp(version), { wasm: 'inline' });
    const { devDependencies, overrides } = packageOf(plan);
    expect([devDependencies, overrides]).toEqual([{ vite: version }, undefined]);
    expect(textOf(plan, 'vite.config.js')).toMatch(/plugins: \[zeroBackendSync\(\)\]/);
  });

  test.each<[name: string, more: object, files: Files, path: string, text: RegExp]>([
    ['npm', {}, {}, 'package.json', /"overrides":\s*\{\s*"@swc\/core":\s*"1\.15\.47"/],
    ['yarn', {}, { 'yarn.lock': '' }, 'package.json', /"resolutions":\s*\{\s*"@swc\/core":\s*"1\.15\.47"/],
    ['pnpm', {}, { 'pnpm-lock.yaml': '' }, 'package.json', /"pnpm":\s*\{\s*"overrides":\s*\{\s*"@swc\/core"/],
    [
      'pnpm 11',
      { packageManager: 'pnpm@11.0.0' },
      { 'pnpm-workspace.yaml': 'onlyBuiltDependencies:\n  - esbuild\n' },
      'pnpm-workspace.yaml',
      /^onlyBuiltDependencies:\n {2}- esbuild\noverrides:\n {2}'@swc\/core': 1\.15\.47\n$/,
    ],
    [
      'pnpm 11 with overrides',
      { packageManager: 'pnpm@11.0.0' },
      { 'pnpm-workspace.yaml': 'overrides:\n  a: 1\n' },
      'pnpm-workspace.yaml',
      /^overrides:\n {2}'@swc\/core': 1\.15\.47\n {2}a: 1\n$/,
    ],
  ])('@swc/core is pinned by %s', (_name, more, files, path, text) => {
    expect(textOf(planFor(viteApp('^5.4.0', more, files)), path)).toMatch(text);
  });

  test.each<[name: string, more: object, files: Files]>([
    ['the app asks for another one itself', { dependencies: { react: '19', '@swc/core': '^1.16.0' } }, {}],
    ['a workspace decides', {}, { '../../package.json': '{"workspaces":["apps/*"]}' }],
  ])('@swc/core is left to a person where %s', (_name, more, files) => {
    const plan = planFor(viteApp('^5.4.0', more, files));
    expect(packageOf(plan).overrides?.['@swc/core']).toBeUndefined();
    expect(plan.byHand).toContainEqual(expect.stringMatching(/@swc\/core has to be 1\.15\.47/));
  });

  test('@swc/core of the app stays as the app has decided', () => {
    const plan = planFor(viteApp('^5.4.0', { overrides: { '@swc/core': '1.10.0' } }));
    expect(packageOf(plan).overrides).toEqual({ '@swc/core': '1.10.0', 'nostr-tools': undefined });
  });
});

describe('the question', () => {
  const question = (files: Files) => questionsOf(discover(memoryFiles(files), null)).find(({ id }) => id === 'wasm');

  test('has both ways with what they mean, and proposes the plugins', () => {
    expect(question(viteApp('^7.0.0'))).toMatchObject({
      default: 'vite-plugin-wasm',
      options: [
        { value: 'vite-plugin-wasm', hint: expect.stringMatching(/vite-plugin-wasm and vite-plugin-top-level-await/) },
        { value: 'inline', hint: expect.stringMatching(/no further package/) },
      ],
    });
    expect(question(viteApp('^8.0.0'))?.options[0]?.hint).not.toMatch(/top-level-await/);
  });

  test('proposes what the app has', () => {
    const config = `import { zeroBackendSync } from 'zero-backend-sync/vite';\nexport default { plugins: [zeroBackendSync()] };\n`;
    expect(question(viteApp('^7.0.0', {}, { 'vite.config.js': config }))?.default).toBe('inline');
  });

  test.each(homeSamples.filter(({ tool }) => tool !== 'vite'))('is not asked in $name', ({ files }) => {
    expect(question(files)).toBeUndefined();
  });

  test('is answered by a flag that has to be one of the two', () => {
    expect(readGivenAnswers({ wasm: 'inline' })).toEqual({ wasm: 'inline' });
    expect(() => readGivenAnswers({ wasm: 'esm' })).toThrow(expect.objectContaining({ code: 'ANSWERS_INVALID' }));
  });
});

test.each(homeSamples)('$name: scripts stay, and no message speaks of CRACO', ({ files }) => {
  const plan = planFor(files);
  expect(packageOf(plan).scripts).toEqual(JSON.parse(files['package.json'] ?? '{}').scripts);
  expect(JSON.stringify([plan.byHand, plan.notes, plan.writes.map(({ why }) => why)])).not.toMatch(/craco/i);
});

test.each(homeSamples)('$name: the example is a file that its tool compiles', ({ tool, files }) => {
  const made = planFor(files, { example: true }).writes.flatMap(({ path }) => (/Synced/.test(path) ? [path] : []));
  const ending = files['tsconfig.json'] !== undefined ? 'tsx' : tool.startsWith('cra') ? 'js' : 'jsx';
  expect(made).toEqual([`src/SyncedTheme.${files['src/App.vue'] === undefined ? ending : 'vue'}`]);
});

test.each<[name: string, config: string]>([
  ['an object that is made elsewhere', 'export default make();\n'],
  ['broken syntax', 'export default {\n'],
])('%s gets a snippet with the reason', (_name, config) => {
  const { byHand } = planFor(viteApp('^5.4.0', {}, { 'vite.config.js': config }));
  expect(byHand).toContainEqual(
    expect.stringMatching(
      /^vite\.config\.js cannot be edited safely because .*\n\n {4}import \{ zeroBackendSync \}[\s\S]*worker: \{ plugins: \(\) => \[wasm\(\), topLevelAwait\(\)\] \},\n$/,
    ),
  );
});

test('the form is erasable where a configuration says so that tsconfig.json does not name', () => {
  const tsconfig = {
    'tsconfig.json': '{ "include": ["src"] }',
    'tsconfig.app.json': '{ "compilerOptions": { "erasableSyntaxOnly": true /* */ } }',
  };
  expect(discover(memoryFiles(viteApp('^8.0.0', {}, tsconfig)), null).form).toBe('erasable');
});

test("the salt is looked for in the order of the app's tool", () => {
  const line = (byte: number) => `SYNC_SALT=${Buffer.alloc(32, byte).toString('base64')}\n`;
  const env = { '.env.local': line(1), '.env.production': line(2), '.env': line(3), '.env.development': line(4) };
  const order = (files: Files) => findSalts(memoryFiles({ ...files, ...env }), {}).map(({ file }) => file);
  expect(order(viteApp('^8.0.0'))).toEqual(['.env.production', '.env.local', '.env.development', '.env']);
  const ejected = homeSamples.find(({ tool }) => tool === 'cra-ejected');
  expect(order(ejected?.files ?? {})).toEqual(['.env.local', '.env.production', '.env.development', '.env']);
});
