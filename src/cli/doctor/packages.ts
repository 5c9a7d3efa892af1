import { packageJsonOf, readPackageJson } from '../discover/package-json';
import { findLine } from '../discover/syntax';
import type { Check, CheckContext, Finding } from './finding';

/** Exactly one Dexie: RxDB and the app have to share it. */
export const packages: Check = {
  id: 'packages',
  title: 'installed packages',
  check(context) {
    const { files } = context;
    const packageJson = readPackageJson(files);
    const copies = dexieCopies(context);
    const findings: Finding[] = [];
    if (copies.size > 1) {
      const list = [...copies].map(([place, version]) => `${version} in ${place}`).join(', ');
      const evidence = findLine('package.json', packageJson.text, /"dexie"\s*:/);
      findings.push({
        check: 'packages',
        severity: 'error',
        what: `Dexie is installed ${copies.size} times: ${list}.`,
        why: "RxDB's storage and the app would not see each other's changes, and the worker grows.",
        how: `Depend on exactly the version that RxDB asks for${wantedDexie(files) === null ? '' : ` ("dexie": "${wantedDexie(files)}")`} and install again.`,
        ...(evidence && { evidence }),
      });
    }
    for (const name of ['rxdb', 'dexie', '@craco/craco', 'zero-backend-sync']) {
      if (packageJson.all[name] === undefined || files.read(`node_modules/${name}/package.json`) !== null) continue;
      findings.push({
        check: 'packages',
        severity: 'error',
        what: `${name} is in package.json but not installed.`,
        why: 'The app cannot be built without it.',
        how: "Install the app's packages with its package manager.",
      });
    }
    return findings;
  },
};

/** Place -> version of every Dexie below node_modules, or in the lock file where nothing is installed. */
function dexieCopies({ files }: CheckContext): ReadonlyMap<string, string> {
  const places = [
    'node_modules/dexie',
    'node_modules/rxdb/node_modules/dexie',
    'node_modules/dexie-react-hooks/node_modules/dexie',
  ];
  const installed = places.flatMap((place): [string, string][] => {
    const text = files.read(`${place}/package.json`);
    return text === null ? [] : [[place, String(packageJsonOf(place, text).fields.version)]];
  });
  if (installed.length > 0) return new Map(installed);
  const lock = files.read('package-lock.json') ?? '';
  const locked = [...lock.matchAll(/"((?:[^"]*\/)?node_modules\/dexie)"\s*:\s*\{\s*"version"\s*:\s*"([^"]+)"/g)].map(
    (match): [string, string] => [match[1] ?? '', match[2] ?? ''],
  );
  return new Map(locked);
}

function wantedDexie(files: CheckContext['files']): string | null {
  const text = files.read('node_modules/rxdb/package.json');
  return text === null ? null : (packageJsonOf('rxdb', text).dependencies.dexie ?? null);
}
