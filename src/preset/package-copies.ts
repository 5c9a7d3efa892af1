/** Finds packages of which an app has loaded two copies, where each has state of its own that only one of them may have. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { packageName } from './app';
import { KitError } from './kit-error';

const loadedOnce: readonly string[] = [packageName, 'rxdb'];

interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** A real path: links to one folder are one copy. */
  readonly folder: string;
}

/** Says which of the packages a module belongs to. Folders are looked at once. */
export function createPackageFinder(): (file: string) => InstalledPackage | undefined {
  const packageByFolder = new Map<string, InstalledPackage | undefined>();
  const find = (folder: string): InstalledPackage | undefined => {
    if (packageByFolder.has(folder)) return packageByFolder.get(folder);
    const manifest = readManifest(path.join(folder, 'package.json'));
    const parent = path.dirname(folder);
    const found = manifest !== undefined ? toPackage(manifest, folder) : parent === folder ? undefined : find(parent);
    packageByFolder.set(folder, found);
    return found;
  };
  return (file) => find(path.dirname(file));
}

/** @returns PACKAGE_TWICE for each package that comes from more than one folder */
export function findCopies(packages: Iterable<InstalledPackage>): readonly KitError[] {
  const copiesByName = new Map<string, Map<string, InstalledPackage>>();
  for (const found of packages) {
    const copies = copiesByName.get(found.name) ?? new Map<string, InstalledPackage>();
    copiesByName.set(found.name, copies.set(found.folder, found));
  }
  return [...copiesByName.values()].filter(({ size }) => size > 1).map((copies) => twice([...copies.values()]));
}

interface Manifest {
  readonly name: string;
  readonly version?: string;
}

/** Folders within a package have files of this name, too: without a name in them. */
function readManifest(file: string): Manifest | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as Partial<Manifest>;
    return manifest.name === undefined ? undefined : { ...manifest, name: manifest.name };
  } catch {
    return undefined;
  }
}

function toPackage({ name, version = 'unknown' }: Manifest, folder: string): InstalledPackage | undefined {
  return loadedOnce.includes(name) ? { name, version, folder: realpathSync(folder) } : undefined;
}

function twice(copies: readonly InstalledPackage[]): KitError {
  const { name } = copies[0]!;
  const places = copies
    .map(({ folder, version }) => `${folder} (${version})`)
    .sort()
    .join(' and ');
  return new KitError(
    'PACKAGE_TWICE',
    `This app would load ${name} ${copies.length} times, from ${places}. Each copy has classes and plugins of its own: what one of them has opened is ` +
      `unknown to the other. Keep one: ask for the same version everywhere in package.json ("npm ls ${name}" shows who asks for which), then run ` +
      '"npm dedupe" ("yarn dedupe", "pnpm dedupe"). A package that is linked brings copies of its own: install what "npm pack" makes of it instead.',
  );
}
