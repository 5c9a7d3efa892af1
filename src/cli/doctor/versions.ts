import { majorOf, readPackageJson, versionOf } from '../discover/package-json';
import { readManifest } from '../manifest';
import { findLine } from '../discover/syntax';
import type { Check, Finding } from './finding';

/** The major versions that the preset and the template were made for. */
const wanted: readonly { readonly name: string; readonly major: number; readonly why: string }[] = [
  { name: 'react-scripts', major: 5, why: 'The preset changes the webpack 5 configuration of react-scripts 5.' },
  {
    name: '@craco/craco',
    major: 7,
    why: 'CRACO 7 is the one for react-scripts 5; without it the preset does not run.',
  },
  { name: 'rxdb', major: 17, why: 'The template is written for the storage interface of RxDB 17.' },
  { name: 'nostr-tools', major: 2, why: 'The template signs with nostr-tools 2.' },
];

export const versions: Check = {
  id: 'versions',
  title: 'versions',
  check({ files, env }) {
    const packageJson = readPackageJson(files);
    const findings: Finding[] = [];
    const report = (what: string, why: string, how: string, name: string, severity: Finding['severity'] = 'error') => {
      const evidence = findLine('package.json', packageJson.text, new RegExp(`"${name}"\\s*:`));
      findings.push({ check: 'versions', severity, what, why, how, ...(evidence && { evidence }) });
    };
    for (const { name, major, why } of wanted) {
      const version = versionOf(files, packageJson, name);
      if (packageJson.all[name] === undefined)
        report(`${name} is not in package.json.`, why, `Install it: npm install ${name}@${major}`, name);
      else if (majorOf(version) !== major)
        report(`${name} is ${version}, not ${major}.`, why, `Move to it: npm install ${name}@${major}`, name);
    }
    const typescript = versionOf(files, packageJson, 'typescript');
    if (typescript === null)
      report(
        'TypeScript is missing.',
        'Create React App resolves the template only with it.',
        'Install it: npm install --save-dev typescript@5',
        'typescript',
      );
    else if ((majorOf(typescript) ?? 0) < 5)
      report(
        `TypeScript is ${typescript}.`,
        'nostr-tools asks for 5, so a fresh install of the app fails.',
        'Move to it: npm install typescript@5, with "overrides": { "typescript": "$typescript" }',
        'typescript',
      );
    else if ((majorOf(typescript) ?? 0) > 5)
      report(
        `TypeScript is ${typescript}.`,
        'react-scripts 5 is known to work with 5 and has not been tried with it.',
        'Move back if types fail: npm install typescript@5',
        'typescript',
        'warning',
      );
    const node = majorOf((env.ZBS_NODE_VERSION ?? process.versions.node).replace(/^v/, ''));
    if (node !== null && node < 20)
      report(`Node.js is ${node}.`, 'The preset and RxDB need 20 or later.', 'Install Node.js 20 or later.', 'node');
    const manifest = readManifest(files);
    const kit =
      files.read('node_modules/zero-backend-sync/package.json') === null
        ? null
        : versionOf(files, packageJson, 'zero-backend-sync');
    if (manifest !== null && kit !== null && kit !== manifest.kit) {
      report(
        `The template is of ${manifest.kit}, the kit is ${kit}.`,
        'They are tested together.',
        'Bring the template: npx zero-backend-sync update',
        'zero-backend-sync',
        'info',
      );
    }
    return findings;
  },
};
