/** The kit itself as the command line copies it: version, template, and the packages that the template imports. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { diskFiles } from './discover/project-files';

export interface Kit {
  readonly version: string;
  /** What goes into the app's devDependencies: a range, or where a kit that is not from the registry lies. */
  readonly spec: string;
  /** The template's files by path below its folder. */
  readonly template: Readonly<Record<string, string>>;
  /** The versions of packages that the kit was made and tested with. */
  readonly versions: Readonly<Record<string, string>>;
}

/** What the template imports; the app depends on it directly. */
export const templatePackages = ['rxdb', 'dexie', 'nostr-tools', 'rxjs', 'idb', '@cfworker/json-schema'] as const;

/** Reads the kit that this program is a part of. @param spec where the app gets it from, for a kit that is not in the registry. */
export function readKit(spec?: string): Kit {
  const root = path.resolve(__dirname, '../..');
  const packageJson = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    readonly version: string;
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies?: Readonly<Record<string, string>>;
  };
  const files = diskFiles(path.join(root, 'src/lib'));
  // Compiled modules are made by each app from its own salt.
  const names = files.list('').filter((name) => !name.endsWith('.wasm'));
  return {
    version: packageJson.version,
    spec: spec ?? `^${packageJson.version}`,
    template: Object.fromEntries(names.map((name) => [name, files.read(name) ?? ''])),
    versions: { '@craco/craco': '7.1.0', ...packageJson.devDependencies, ...packageJson.dependencies },
  };
}
