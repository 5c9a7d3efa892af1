/** The package as an app has it from its tarball: each entry loads in Node in both formats, and says what docs/api.md says. */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { installKit, root } from './installed';
import type { InstalledApp } from './installed';

jest.setTimeout(120_000);

const runtimeEntries = ['core', 'page', 'worker', 'react', 'vue', 'testing'];
const nodeEntries = ['craco', 'webpack', 'vite', 'relay', 'relay/chaos'];

let app: InstalledApp;
beforeAll(() => (app = installKit(['react', 'vue'])));
afterAll(() => app.remove());

function run(file: string, text: string) {
  writeFileSync(path.join(app.folder, file), text);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { cwd: app.folder, encoding: 'utf8' });
  return { status, stdout, stderr };
}

test.each(runtimeEntries)('zero-backend-sync/%s loads as an ES module', (entry) => {
  const { status, stderr } = run('es.mjs', `import * as entry from 'zero-backend-sync/${entry}'; if (!entry) throw 1;`);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test.each([...runtimeEntries, ...nodeEntries])('zero-backend-sync/%s loads as CommonJS', (entry) => {
  const { status, stderr } = run('common.cjs', `if (!require('zero-backend-sync/${entry}')) throw 1;`);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test.each([
  ['vue', 'react'],
  ['react', 'vue'],
])('an app of %s loads nothing of %s', (own, other) => {
  const loaded = `Object.keys(require.cache).map((file) => file.split('/node_modules/').pop().split('/')[0])`;
  const entries = ['core', 'page', 'worker', own].map((entry) => `require('zero-backend-sync/${entry}');`).join('');
  const check = `${entries} const loaded = new Set(${loaded}); console.log(loaded.has('${own}'), loaded.has('${other}'));`;
  expect(run('loads.cjs', check)).toEqual({ status: 0, stdout: 'true false\n', stderr: '' });
});

test('a configuration that is an ES module has the functions of zero-backend-sync/webpack by their names', () => {
  const names =
    'ZeroBackendSyncPlugin, pluginZeroBackendSync, withZeroBackendSync, withVueCli, withDevServer, jestConfig';
  const { status, stderr } = run(
    'config.mjs',
    `import { ${names} } from 'zero-backend-sync/webpack'; if (!(${names})) throw 1;`,
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('all entries share one class of errors and one RxDB, in either format', () => {
  const both = (load: string) => `
    const [core, page, testing] = ${load};
    const { ErrorCode, SyncError } = core;
    const { closedError } = page;
    if (!(closedError() instanceof SyncError) || closedError().code !== ErrorCode.EngineClosed) throw new Error('two SyncErrors');
    if (typeof testing.createInProcessWorkers !== 'function') throw new Error('no workers');
  `;
  const names = JSON.stringify(['core', 'page', 'testing'].map((entry) => `zero-backend-sync/${entry}`));
  expect(run('all.cjs', both(`${names}.map(require)`)).stderr).toBe('');
  expect(run('all.mjs', both(`await Promise.all(${names}.map((name) => import(name)))`)).stderr).toBe('');
});

test.each([...runtimeEntries, ...nodeEntries])(
  'zero-backend-sync/%s has a folder for tools that do not read exports',
  (entry) => {
    const folder = path.join(app.kit, entry);
    const { main, types, module } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
      readonly [field: string]: string;
    };
    for (const file of [main, types, ...(runtimeEntries.includes(entry) ? [module] : [])])
      expect(readFileSync(path.join(folder, file!), 'utf8')).not.toBe('');
  },
);

test('no module names a path of the repository, a library that is bundled, or one that is not a dependency', () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(path.join(app.kit, 'package.json'), 'utf8')) as {
    readonly [field: string]: object;
  };
  const allowed = new Set([...Object.keys(dependencies!), ...Object.keys(peerDependencies!)]);
  const packages = filesBelow(path.join(app.kit, 'dist/esm'), /\.(js|d\.ts)$/).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^\s*(?:import|export)\b[^'"]*\bfrom ['"]([^.'"][^'"]*)['"]/gm)].map(
      ([, name]) =>
        name!
          .split('/')
          .slice(0, name!.startsWith('@') ? 2 : 1)
          .join('/'),
    ),
  );
  expect([...new Set(packages)].filter((name) => !allowed.has(name))).toEqual([]);
});

test('source maps bring their sources, so that an app has no warning about them', () => {
  for (const folder of ['dist/esm', 'dist/runtime'])
    for (const file of filesBelow(path.join(app.kit, folder), /\.js\.map$/)) {
      const { sources, sourcesContent } = JSON.parse(readFileSync(file, 'utf8')) as {
        readonly sources: readonly string[];
        readonly sourcesContent?: readonly (string | null)[];
      };
      expect([file, sourcesContent?.filter((text) => typeof text === 'string').length]).toEqual([file, sources.length]);
    }
});

test.each(runtimeEntries)('each function of zero-backend-sync/%s is documented with an example', (entry) => {
  const file = path.join(root, `dist/esm/${entry}/index.d.ts`);
  const program = ts.createProgram([file], { moduleResolution: ts.ModuleResolutionKind.Bundler, skipLibCheck: true });
  const checker = program.getTypeChecker();
  const without = checker
    .getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!)
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    .filter((symbol) => symbol.valueDeclaration && checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0)
    .filter((symbol) => !symbol.getJsDocTags(checker).some(({ name }) => name === 'example'))
    .map(({ name }) => name);
  expect(without).toEqual([]);
});

test('docs/api.md prints the public API as the declarations have it', () => {
  const { stdout } = spawnSync(process.execPath, ['scripts/print-api.mjs'], { cwd: root, encoding: 'utf8' });
  expect(readFileSync(path.join(root, 'docs/api.md'), 'utf8')).toBe(stdout);
});

function filesBelow(folder: string, pattern: RegExp): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => pattern.test(file))
    .map((file) => path.join(folder, file));
}
