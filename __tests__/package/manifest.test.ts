/** What package.json says against what is there: each dependency is used, what is published needs nothing else, and its documents lead somewhere. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import ts from 'typescript';
import { root } from './installed';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;
const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
const [tarball] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'], {
    cwd: root,
    encoding: 'utf8',
    stdio: 'pipe',
  }),
) as readonly { readonly files: readonly { readonly path: string; readonly size: number }[] }[];
const published = new Set(tarball!.files.map((file) => file.path));

/** `@scope/name` or `name` of what a module imports. */
const packageOf = (specifier: string): string => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;

function importsOf(file: string): readonly string[] {
  const { importedFiles } = ts.preProcessFile(read(file), true, true);
  const packages = importedFiles.map(({ fileName }) => fileName).filter((name) => !/^(?:[./]|node:)/.test(name));
  return packages.map(packageOf).filter((name) => !builtinModules.includes(name) && name !== 'zero-backend-sync');
}

/** Used by its name somewhere: an import, a loader, a program of a script, a preset of a configuration. */
function isNamed(name: string): boolean {
  const pattern = new RegExp(`(?:["'\`]|node_modules/)${name.replace(/[/.]/g, '\\$&')}(?:["'\`/])`);
  return sources.some((text) => pattern.test(text));
}
const sources = tracked
  .filter((file) => /\.(?:[cm]?[jt]sx?|json)$/.test(file) && !/^package(?:-lock)?\.json$/.test(file))
  .map(read);

/** What a package that is used asks for beside itself. */
const peers = new Set(
  Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).flatMap((name) =>
    Object.keys((JSON.parse(read(`node_modules/${name}/package.json`)) as Partial<Manifest>).peerDependencies ?? {}),
  ),
);
const isOfTypes = (name: string): boolean =>
  name.startsWith('@types/') &&
  (['@types/node', '@types/jest'].includes(name) || isNamed(name.slice('@types/'.length)));

test('every dependency is used, by its name or as what another one asks for', () => {
  const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(names.filter((name) => !isNamed(name) && !peers.has(name) && !isOfTypes(name))).toEqual([]);
});

test('what only this repository uses is no dependency of an app', () => {
  const used = new Set(
    tracked.filter((file) => /^(?:src\/(?:runtime|preset|relay|cli|lib)|types|assembly)\//.test(file)).map(read),
  );
  const isUsed = (name: string) => [...used].some((text) => text.includes(`'${name}`));
  expect(Object.keys(manifest.dependencies).filter((name) => !isUsed(name))).toEqual([]);
});

test('what is published imports nothing that an app does not install', () => {
  const provided = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));
  const modules = [...published].filter((file) => file.endsWith('.js') && !/^dist\/(?:template|cli)\//.test(file));
  expect(modules.length).toBeGreaterThan(300);
  const missing = modules.flatMap((file) =>
    importsOf(file)
      .filter((name) => !provided.has(name))
      .map((name) => `${file}: ${name}`),
  );
  expect(missing).toEqual([]);
});

test('the documents are in the tarball, and every document that one of them names', () => {
  expect([...published]).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'SECURITY.md', 'docs/guide.md']));
  const documents = [...published].filter((file) => file.endsWith('.md'));
  const dead = documents.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:|#)([^)#]+\.(?:md|json))(?:#[^)]*)?\)/g)]
      .map(([, link]) => path.posix.join(path.posix.dirname(file), link!))
      .filter((target) => !published.has(target))
      .map((target) => `${file}: ${target}`),
  );
  expect(dead).toEqual([]);
});

test.each([
  ['the package', '', 8_900_000],
  ['the demo in it', 'dist/demo/', 1_050_000],
])('%s is not larger than it was meant to be, unpacked', (_name, folder, mostBytes) => {
  const bytes = tarball!.files
    .filter(({ path: file }) => file.startsWith(folder))
    .reduce((sum, { size }) => sum + size, 0);
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThanOrEqual(mostBytes);
});
