import { majorOf, readPackageJson } from '../discover/package-json';
import { discoverPlatform } from '../discover/platform';
import { findLine } from '../discover/syntax';
import { homeOf } from '../homes';
import type { Check, Finding } from './finding';

export const versions: Check = {
  id: 'versions',
  title: 'versions',
  check({ files, env }) {
    const packageJson = readPackageJson(files);
    const findings: Finding[] = [];
    const report = (code: string, what: string, why: string, how: string, name: string) => {
      const evidence = findLine('package.json', packageJson.text, new RegExp(`"${name}"\\s*:`));
      const command = /: (npm install .*)$/.exec(how)?.[1];
      findings.push({
        check: 'versions',
        code,
        severity: 'error',
        what,
        why,
        how,
        ...(command !== undefined && { command }),
        ...(evidence && { evidence }),
      });
    };
    const platform = discoverPlatform(files);
    const home = homeOf(platform.buildTool);
    const installed = new Set([...Object.keys(home?.packages(platform.toolVersion, undefined).dev ?? {})]);
    for (const { name, first, last, isRequired, why } of home?.versions ?? []) {
      const version = platform.versions[name] ?? null;
      const major = majorOf(version);
      const wanted = last ?? first;
      if (packageJson.all[name] === undefined && (isRequired || installed.has(name)))
        report(
          'DEPENDENCY_MISSING',
          `${name} is not in package.json.`,
          why,
          `Install it: npm install ${name}@${wanted}`,
          name,
        );
      else if (major !== null && (major < first || (last !== null && major > last)))
        report(
          'VERSION_UNSUPPORTED',
          `${name} is ${version}, not ${wanted}.`,
          why,
          `Move to it: npm install ${name}@${wanted}`,
          name,
        );
    }
    const node = majorOf((env.ZBS_NODE_VERSION ?? process.versions.node).replace(/^v/, ''));
    if (node !== null && node < 20)
      report(
        'NODE_TOO_OLD',
        `Node.js is ${node}.`,
        'The preset and RxDB need 20 or later.',
        'Install Node.js 20 or later.',
        'node',
      );
    if (packageJson.all['zero-backend-sync'] === undefined)
      report(
        'DEPENDENCY_MISSING',
        'zero-backend-sync is not in package.json.',
        'The template imports the engine from it.',
        'Install it: npm install zero-backend-sync',
        'zero-backend-sync',
      );
    return findings;
  },
};
