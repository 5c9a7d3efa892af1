/** Whether there is anything to look at: an app without the kit has one finding, and nothing in it is corrected. */
import { findClashes } from '../clashes';
import { readPackageJson } from '../discover/package-json';
import { discoverPlatform } from '../discover/platform';
import { supportOf } from '../discover/support';
import { readRecord } from '../installation-record';
import { templateNames } from '../template';
import type { CheckContext, Finding } from './finding';

/** `null` where the kit, or a part of it, is there. */
export function notInstalled({ files, dir, form, env, peers }: CheckContext): Finding | null {
  const packageJson = readPackageJson(files);
  const platform = discoverPlatform(files);
  const isThere =
    readRecord(files) !== null ||
    packageJson.all['zero-backend-sync'] !== undefined ||
    platform.cracoConfig?.form === 'already wired' ||
    templateNames(form).filter((name) => files.read(`${dir}/${name}`) !== null).length >= 4;
  if (isThere) return null;
  const support = supportOf(platform);
  const refused = findClashes({ files, env, peers }).find(({ isRefused }) => isRefused === true);
  if (support.supported && refused !== undefined) {
    return {
      check: 'installed',
      code: 'NOT_INSTALLED',
      severity: 'error',
      what: `zero-backend-sync is not installed here, and "init" would refuse it (${refused.code}): ${refused.what}`,
      why: refused.why,
      how: `${refused.how} Then run "npx zero-backend-sync init".`,
      command: 'npx zero-backend-sync init',
    };
  }
  return support.supported
    ? {
        check: 'installed',
        code: 'NOT_INSTALLED',
        severity: 'error',
        what: 'zero-backend-sync is not installed in this app.',
        why: 'Nothing here syncs, so there is nothing to check.',
        how: 'Run "npx zero-backend-sync init"; with --dry-run it only shows what it would do.',
        command: 'npx zero-backend-sync init',
      }
    : {
        check: 'installed',
        code: 'NOT_INSTALLED',
        severity: 'error',
        what: `zero-backend-sync is not installed here, and "init" would refuse it (${support.code}).`,
        why: support.reason,
        how: 'Do what the reason says, then run "npx zero-backend-sync init".',
        command: 'npx zero-backend-sync init',
      };
}
