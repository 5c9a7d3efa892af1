import { copiesOf, resolvePackage, type InstalledPackage } from '../discover/installed-packages';
import { findPackageManager } from '../discover/package-manager';
import { readPackageJson, type PackageJson } from '../discover/package-json';
import { discoverPlatform } from '../discover/platform';
import { findLine } from '../discover/syntax';
import { homeOf } from '../homes';
import type { Check, CheckContext, Finding } from './finding';

/** The packages are installed, and those that hold state exactly once. */
export const packages: Check = {
  id: 'packages',
  title: 'installed packages',
  check({ files }) {
    const packageJson = readPackageJson(files);
    return [
      ...notInstalled(files, packageJson),
      ...loadedOnce.flatMap((once) => copiesFinding(files, packageJson, once)),
      ...secondTypescript(files),
    ];
  },
};

function notInstalled(files: CheckContext['files'], packageJson: PackageJson): readonly Finding[] {
  const { buildTool, toolVersion, wasmWays } = discoverPlatform(files);
  const ofHome = homeOf(buildTool)?.packages(toolVersion, wasmWays[0]).dev ?? {};
  return [...Object.keys(ofHome), 'zero-backend-sync']
    .filter((name) => packageJson.all[name] !== undefined && resolvePackage(files, name) === null)
    .map((name) => ({
      check: 'packages',
      code: 'PACKAGE_MISSING',
      severity: 'error',
      command: `${findPackageManager(files, packageJson).name} install`,
      what: `${name} is in package.json but not installed.`,
      why: 'The app cannot be built without it.',
      how: "Install the app's packages with its package manager.",
    }));
}

interface LoadedOnce {
  readonly name: string;
  readonly why: string;
  readonly how: string;
}

const loadedOnce: readonly LoadedOnce[] = [
  {
    name: 'zero-backend-sync',
    why: 'Each copy has its own error class, engine and hooks, so the app and the template would not share them.',
    how: 'Let every package.json ask for the same version, and install again.',
  },
  {
    name: 'rxdb',
    why: 'Objects and plugins of one copy are not known to the other, and both are downloaded.',
    how: 'Remove rxdb from package.json, or ask for the version that zero-backend-sync depends on, and install again.',
  },
];

function copiesFinding(
  files: CheckContext['files'],
  packageJson: PackageJson,
  { name, why, how }: LoadedOnce,
): readonly Finding[] {
  const installed = copiesOf(files, packageJson, name);
  const copies = installed.length > 0 ? installed : lockedCopies(files, name);
  if (copies.length < 2) return [];
  const evidence = findLine('package.json', packageJson.text, new RegExp(`"${name}"\\s*:`));
  return [
    {
      check: 'packages',
      code: 'PACKAGE_TWICE',
      severity: 'error',
      what: `${name} is installed ${copies.length} times: ${copies.map(({ version, place }) => `${version} in ${place}`).join(', ')}.`,
      why,
      how,
      ...(evidence && { evidence }),
    },
  ];
}

/** What npm's lock file says, where nothing is installed yet. */
function lockedCopies(
  files: CheckContext['files'],
  name: string,
): readonly Pick<InstalledPackage, 'place' | 'version'>[] {
  const lock = files.read('package-lock.json') ?? '';
  const pattern = new RegExp(`"((?:[^"]*/)?node_modules/${name})"\\s*:\\s*\\{\\s*"version"\\s*:\\s*"([^"]+)"`, 'g');
  return [...lock.matchAll(pattern)].map(([, place = '', version = '']) => ({ place, version }));
}

/** npm resolves the optional peer of RxDB's nostr-tools by a second TypeScript, unless package.json overrides it. */
function secondTypescript(files: CheckContext['files']): readonly Finding[] {
  const rxdb = resolvePackage(files, 'rxdb', resolvePackage(files, 'zero-backend-sync')?.place);
  const nostrTools = rxdb === null ? null : resolvePackage(files, 'nostr-tools', rxdb.place);
  const second = nostrTools === null ? null : resolvePackage(files, 'typescript', nostrTools.place);
  const own = resolvePackage(files, 'typescript');
  if (second === null || own === null || second.place === own.place) return [];
  return [
    {
      check: 'packages',
      code: 'TYPESCRIPT_TWICE',
      severity: 'info',
      what: `A second TypeScript (${second.version}) is installed in ${second.place}.`,
      why: 'Nothing uses it, and it adds about 27 MB to node_modules.',
      how: `Add "overrides": { "nostr-tools": { "typescript": "${own.version}" } } to package.json and install again.`,
    },
  ];
}
