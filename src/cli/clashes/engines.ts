/** RxDB 17 runs on Node.js 20, but graphql 17 and z-schema 12, which it depends on, name 22: some package managers refuse them. */
import { findPackageManager } from '../discover/package-manager';
import { majorOf, readPackageJson } from '../discover/package-json';
import { findLine } from '../discover/syntax';
import { withLine } from '../edit/lines';
import type { Clash, ClashRequest } from './clash';
import { isSet } from './npm-settings';

const NODE_OF_RXDB = 22;

export function engineClashes({ files, env }: ClashRequest): readonly Clash[] {
  const node = majorOf((env.ZBS_NODE_VERSION ?? process.versions.node).replace(/^v/, ''));
  if (node === null || node >= NODE_OF_RXDB) return [];
  const { name, isYarnBerry } = findPackageManager(files, readPackageJson(files));
  const what = `graphql 17, which RxDB depends on, names Node.js ${NODE_OF_RXDB}, and this is ${node}.`;
  const runs = 'RxDB runs on Node.js 20 all the same.';
  if (name === 'yarn' && !isYarnBerry) {
    const settings = files.read('.yarnrc') ?? '';
    if (/^\s*(--)?(install\.)?ignore-engines\s+"?true/m.test(settings)) return [];
    return [
      {
        code: 'ENGINES_REFUSED',
        severity: 'error',
        what,
        why: `yarn 1 refuses such a package. ${runs}`,
        how: `Add the line "ignore-engines true" to .yarnrc, or move to Node.js ${NODE_OF_RXDB}.`,
        edit: {
          path: '.yarnrc',
          why: `yarn 1 on Node.js ${node} refuses graphql 17 of RxDB, which runs there`,
          change: (text) => withLine(text, 'ignore-engines true'),
        },
      },
    ];
  }
  const isStrict =
    isSet(files, env, 'engine-strict') ||
    (name === 'pnpm' && /^engineStrict:\s*true/m.test(files.read('pnpm-workspace.yaml') ?? ''));
  if (!isStrict || isYarnBerry) return [];
  const evidence = findLine('.npmrc', files.read('.npmrc') ?? '', /engine-strict/);
  return [
    {
      code: 'ENGINES_REFUSED',
      severity: 'error',
      what,
      why: `${name} refuses such a package where "engine-strict" is set. ${runs}`,
      how: `Move to Node.js ${NODE_OF_RXDB}, or take engine-strict out of the settings of ${name}.`,
      isRefused: true,
      ...(evidence && { evidence }),
    },
  ];
}
