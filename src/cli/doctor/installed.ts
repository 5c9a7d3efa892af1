/** Whether there is anything to look at: an app without the kit has one finding, and nothing in it is corrected. */
import { findClashes } from '../clashes';
import { readPackageJson } from '../discover/package-json';
import { discoverPlatform } from '../discover/platform';
import { supportOf } from '../discover/support';
import { byHandLine, lineOf } from '../run-again';
import { readRecord } from '../installation-record';
import { templateNames } from '../template';
import type { CheckContext, Finding } from './finding';

/**
 * `null` where the kit, or a part of it, is there.
 * @param isBeingRemoved an `undo` has begun: nobody who wants that is told to install it
 */
export function notInstalled(
  { files, dir, form, framework, env, peers, spec = null }: CheckContext,
  isBeingRemoved = false,
): Finding | null {
  const packageJson = readPackageJson(files);
  const platform = discoverPlatform(files);
  const isThere =
    readRecord(files) !== null ||
    packageJson.all['zero-backend-sync'] !== undefined ||
    platform.configs.some(({ form }) => form === 'already wired') ||
    templateNames(form, framework).filter((name) => files.read(`${dir}/${name}`) !== null).length >= 4;
  if (isThere) return null;
  const support = supportOf(platform);
  const refused = findClashes({ files, env, peers }).find(({ isRefused }) => isRefused === true);
  const line = lineOf('init', { isInstalled: false, spec });
  const run = `run "${line ?? byHandLine('init')}"${line === null ? ', where KIT is the tarball of the package' : ''}`;
  const [what, why, how] = !support.supported
    ? [
        `zero-backend-sync is not installed here, and "init" would refuse it (${support.code}).`,
        support.reason,
        `Do what the reason says, then ${run}.`,
      ]
    : refused !== undefined
      ? [
          `zero-backend-sync is not installed here, and "init" would refuse it (${refused.code}): ${refused.what}`,
          refused.why,
          `${refused.how} Then ${run}.`,
        ]
      : [
          'zero-backend-sync is not installed in this app.',
          'Nothing here syncs, so there is nothing to check.',
          `To install it, ${run}; with --dry-run it only shows what it would do.`,
        ];
  return {
    check: 'installed',
    code: 'NOT_INSTALLED',
    severity: 'error',
    what,
    why,
    how,
    ...(line !== null && !isBeingRemoved && { command: line }),
  };
}
