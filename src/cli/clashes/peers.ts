/** npm refuses a package whose optional peer the app has in an older version (ERESOLVE), unless package.json overrides it. */
import { coerce, satisfies } from 'semver';
import { findPackageManager } from '../discover/package-manager';
import { isObject, readPackageJson, versionOf, type PackageJson } from '../discover/package-json';
import { discoverPlatform } from '../discover/platform';
import { findLine } from '../discover/syntax';
import { setJson } from '../edit/json';
import type { Clash, ClashRequest } from './clash';
import { ignoresPeers } from './npm-settings';

export function peerClashes({ files, env, peers = {} }: ClashRequest): readonly Clash[] {
  const packageJson = readPackageJson(files);
  if (findPackageManager(files, packageJson).name !== 'npm' || ignoresPeers(files, env)) return [];
  const { memberOf } = discoverPlatform(files).monorepo;
  return Object.entries(peers).flatMap(([dependant, ranges]) =>
    Object.entries(ranges).flatMap(([name, range]): readonly Clash[] => {
      const version = coerce(packageJson.all[name] === undefined ? null : versionOf(files, packageJson, name));
      if (version === null || satisfies(version, range) || isOverridden(packageJson, dependant, name)) return [];
      const evidence = findLine('package.json', packageJson.text, new RegExp(`"${name}"\\s*:`));
      const wanted = `"overrides": { "${dependant}": { "${name}": "$${name}" } }`;
      return [
        {
          code: 'PEER_OUTDATED',
          severity: 'error',
          what: `The app has ${name} ${version.version}, and ${dependant}, which zero-backend-sync brings, names ${range} as an optional peer.`,
          why: `npm refuses to install the two beside each other (ERESOLVE), although ${dependant} does without ${name}.`,
          how: `Add ${wanted} to ${memberOf === null ? 'package.json' : `the package.json of the workspace in ${memberOf}`}.`,
          ...(evidence && { evidence }),
          ...(memberOf === null
            ? {
                edit: {
                  path: 'package.json',
                  why: `npm takes the app's own ${name} beside ${dependant}`,
                  change: (text) => setJson('package.json', text ?? '{}', ['overrides', dependant, name], `$${name}`),
                },
              }
            : { isRefused: true }),
        },
      ];
    }),
  );
}

function isOverridden({ fields }: PackageJson, dependant: string, name: string): boolean {
  const { overrides } = fields;
  if (!isObject(overrides)) return false;
  const ofDependant = overrides[dependant];
  return overrides[name] !== undefined || (isObject(ofDependant) && ofDependant[name] !== undefined);
}
