import { majorOf, readPackageJson, versionOf } from '../discover/package-json';
import { findLine } from '../discover/syntax';
import type { Check, Finding } from './finding';

/** The major versions that the preset was made for. */
const wanted: readonly { readonly name: string; readonly major: number; readonly why: string }[] = [
  { name: 'react-scripts', major: 5, why: 'The preset changes the webpack 5 configuration of react-scripts 5.' },
  {
    name: '@craco/craco',
    major: 7,
    why: 'CRACO 7 is the one for react-scripts 5; without it the preset does not run.',
  },
];

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
    for (const { name, major, why } of wanted) {
      const version = versionOf(files, packageJson, name);
      if (packageJson.all[name] === undefined)
        report(
          'DEPENDENCY_MISSING',
          `${name} is not in package.json.`,
          why,
          `Install it: npm install ${name}@${major}`,
          name,
        );
      else if (majorOf(version) !== major)
        report(
          'VERSION_UNSUPPORTED',
          `${name} is ${version}, not ${major}.`,
          why,
          `Move to it: npm install ${name}@${major}`,
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
