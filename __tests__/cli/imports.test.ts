/** What the modules of the command line import: no circles, and no library that an app would have to install for it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import * as path from 'node:path';

const repository = path.resolve(__dirname, '../..');
const { dependencies, devDependencies } = JSON.parse(
  readFileSync(path.join(repository, 'package.json'), 'utf8'),
) as Record<string, Record<string, string>>;

test('no modules import each other in a circle', () => {
  const modules = sourcesBelow('src/cli');
  const importsOf = (module: string): readonly string[] =>
    specifiersIn(module)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => path.resolve(path.dirname(module), specifier))
      .flatMap((target) => [`${target}.ts`, path.join(target, 'index.ts')].find((file) => existsSync(file)) ?? []);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (module: string, way: readonly string[]): void => {
    if (way.includes(module))
      circles.push(
        [...way.slice(way.indexOf(module)), module].map((file) => path.relative(repository, file)).join(' -> '),
      );
    if (done.has(module) || way.includes(module)) return;
    for (const imported of importsOf(module)) visit(imported, [...way, module]);
    done.add(module);
  };
  modules.forEach((module) => visit(module, []));
  expect(done.size).toBeGreaterThanOrEqual(modules.length);
  expect(circles).toEqual([]);
});

test('an app installs no package that only the command line uses', () => {
  const ofCli = importedBy('src/cli');
  const shared = new Set(['src/preset', 'src/relay', 'src/runtime'].flatMap((folder) => [...importedBy(folder)]));
  const own = [...ofCli].filter((name) => !shared.has(name) && !name.startsWith('@types/')).sort();
  expect(own.length).toBeGreaterThan(5);
  expect(own.filter((name) => dependencies?.[name] !== undefined)).toEqual([]);
  expect(own.filter((name) => devDependencies?.[name] === undefined)).toEqual([]);
});

/** Packages whose modules the sources below a folder import. */
function importedBy(folder: string): ReadonlySet<string> {
  const names = sourcesBelow(folder)
    .flatMap(specifiersIn)
    .filter((specifier) => !/^(\.|node:)/.test(specifier) && !builtinModules.includes(specifier))
    .map((specifier) =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    );
  return new Set(names);
}

function sourcesBelow(folder: string): readonly string[] {
  return readdirSync(path.join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => path.join(repository, folder, file));
}

/** Of static and dynamic imports; those in a template string are none of the module's own. */
function specifiersIn(module: string): readonly string[] {
  const pattern = /^(?:import|export)\b[^;]*?\bfrom '([^'$]+)'|\bimport\('([^'$]+)'\)/gm;
  return [...readFileSync(module, 'utf8').matchAll(pattern)].map(([, from, dynamic]) => from ?? dynamic ?? '');
}
