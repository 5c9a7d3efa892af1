/** package.json as the rest of the command line reads it. */
import { KitError } from '../../preset/kit-error';
import { parseJson, type Json } from '../edit/json';
import type { ProjectFiles } from './project-files';

export interface PackageJson {
  readonly text: string;
  readonly name: string;
  readonly isModule: boolean;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  /** Both kinds of dependencies. */
  readonly all: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, Json>>;
}

/** @throws KitError PACKAGE_JSON_MISSING or JSON_INVALID. */
export function readPackageJson(files: ProjectFiles): PackageJson {
  const text = files.read('package.json');
  if (text === null) {
    throw new KitError(
      'PACKAGE_JSON_MISSING',
      `There is no package.json in ${files.root}, so this is not the folder of an app. Nothing was changed. ` +
        'Go to the folder of your app and run the command there.',
    );
  }
  if (text.length > mostPackageJson) {
    throw new KitError(
      'JSON_SHAPE',
      `package.json has ${(text.length / 1e6).toFixed(1)} million characters, and is read up to ${mostPackageJson / 1e6} million. Nothing was changed. Move what is not a package's own out of it.`,
    );
  }
  return packageJsonOf('package.json', text);
}

/** Each edit parses it again, at about two seconds for a million characters. */
const mostPackageJson = 1_000_000;

export function packageJsonOf(file: string, text: string): PackageJson {
  const fields = parseJson(file, text);
  if (!isObject(fields)) throw new KitError('JSON_SHAPE', `${file} has to hold an object. Nothing was changed.`);
  const dependencies = strings(fields.dependencies);
  const devDependencies = strings(fields.devDependencies);
  return {
    text,
    name: typeof fields.name === 'string' && fields.name !== '' ? fields.name : 'app',
    isModule: fields.type === 'module',
    scripts: strings(fields.scripts),
    dependencies,
    devDependencies,
    all: { ...devDependencies, ...dependencies },
    fields,
  };
}

/** The version of a package: what is installed, otherwise the lowest one that the range in package.json allows. */
export function versionOf(files: ProjectFiles, packageJson: PackageJson, name: string): string | null {
  const installed = files.read(`node_modules/${name}/package.json`);
  if (installed !== null) {
    const { version } = packageJsonOf(`node_modules/${name}/package.json`, installed).fields;
    if (typeof version === 'string') return version;
  }
  const range = packageJson.all[name];
  return range === undefined ? null : (/\d+(\.\d+)*/.exec(range)?.[0] ?? range);
}

export function majorOf(version: string | null): number | null {
  const major = /^\d+/.exec(version ?? '')?.[0];
  return major === undefined ? null : Number(major);
}

export function isObject(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function strings(value: Json | undefined): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
