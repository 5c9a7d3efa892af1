/** Installed packages as Node finds them: in the `node_modules` of a folder or of one above it, links followed. */
import { packageJsonOf, type PackageJson } from './package-json';
import type { ProjectFiles } from './project-files';

export interface InstalledPackage {
  /** Its folder, relative to the project. */
  readonly place: string;
  readonly version: string;
  readonly packageJson: PackageJson;
}

/** The package that an import in `from` gets; `null` where there is none. @param from a folder, relative to the project */
export function resolvePackage(files: ProjectFiles, name: string, from = ''): InstalledPackage | null {
  for (const folder of foldersAbove(from)) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    const text = files.read(`${path}/package.json`);
    if (text === null) continue;
    const packageJson = packageJsonOf(`${path}/package.json`, text);
    return { place: files.realPath(path), version: String(packageJson.fields.version), packageJson };
  }
  return null;
}

/** Every copy of a package that the app or one of its direct dependencies loads, by place. */
export function copiesOf(files: ProjectFiles, app: PackageJson, name: string): readonly InstalledPackage[] {
  const dependants = Object.keys(app.all).flatMap((dependency) => resolvePackage(files, dependency) ?? []);
  const places = [
    ...(app.all[name] === undefined ? [] : ['']),
    ...dependants.filter(({ packageJson }) => namesPackage(packageJson, name)).map(({ place }) => place),
  ];
  const found = places.flatMap((place) => resolvePackage(files, name, place) ?? []);
  return [...new Map(found.map((copy) => [copy.place, copy])).values()];
}

function namesPackage({ dependencies, fields }: PackageJson, name: string): boolean {
  const peers = fields.peerDependencies;
  return dependencies[name] !== undefined || (typeof peers === 'object' && peers !== null && name in peers);
}

/** A workspace is a few folders above its apps. */
const mostClimbs = 4;

/** The folder itself and those above it, beyond the project too. */
export function foldersAbove(folder: string): readonly string[] {
  const parts = folder.split('/').filter(Boolean);
  const climbs = parts.filter((part) => part === '..').length;
  const inside = parts.slice(climbs);
  const start = Array.from({ length: climbs }, () => '..');
  const below = inside.map((_, index) => [...start, ...inside.slice(0, inside.length - index)].join('/'));
  const above = Array.from({ length: mostClimbs + 1 }, (_, more) =>
    [...start, ...Array.from({ length: more }, () => '..')].join('/'),
  );
  return [...below, ...above].filter((path) => !path.endsWith('node_modules'));
}
