/**
 * The last check of an installation: the app's own type check, lint, format and build. What was green and is red now ends it, and everything is as it was. What was
 * red before is the app's own, and the installation stays. The state before is looked at only where the one after fails: most apps are green.
 */
import * as fs from 'node:fs';
import { KitError } from '../../preset/kit-error';
import { applyPlan, type ApplyRequest } from '../apply';
import type { CommandContext } from '../commands/context';
import { formatTexts, isSameJson } from '../format-template';
import { journalIndex } from '../journal';
import { installPackages } from '../package-manager';
import { during } from '../progress';
import { projectPath } from '../project-path';
import { findChecks, type CheckId } from './commands';
import { runChecks, type FailedCheck } from './run';

export interface CheckReport {
  readonly passed: readonly CheckId[];
  /** What the app fails without the kit, too. */
  readonly ownFailures: readonly FailedCheck[];
  /** What was not checked, and why, in whole sentences. */
  readonly leftOut: readonly string[];
}

export type CheckedRequest = ApplyRequest & Pick<CommandContext, 'env' | 'terminal'>;

/** @throws KitError CHECK_FAILED and what `applyPlan` throws, Cancelled; the tree is then as it was */
export async function applyChecked(request: CheckedRequest): Promise<CheckReport> {
  let failed: readonly FailedCheck[] = [];
  let report: CheckReport = { passed: [], ownFailures: [], leftOut: [] };
  const verify = async () => {
    const { checks, leftOut } = findChecks(request.files);
    await formatJournal(request);
    failed = await runChecks(request, checks, 'check');
    const passed = checks.map(({ id }) => id).filter((id) => !failed.some(({ check }) => check.id === id));
    report = { passed, ownFailures: failed, leftOut };
    if (failed.length > 0) throw new KitError('CHECK_FAILED', '');
  };
  try {
    await applyPlan({ ...request, verify });
    return report;
  } catch (error) {
    if (failed.length === 0) throw error;
  }

  await restorePackages(request);
  const { checks } = findChecks(request.files);
  const before = checks.filter(({ id }) => failed.some(({ check }) => check.id === id));
  const own = await runChecks(request, before, 'check without zero-backend-sync');
  const broken = failed.find(({ check }) => !own.some((failure) => failure.check.id === check.id));
  if (broken !== undefined) throw checkFailed(broken);
  await applyPlan(request);
  return { ...report, ownFailures: own };
}

/** The journal is there until all is well, and a check of the app's format looks at it. */
async function formatJournal({ root, files }: CheckedRequest): Promise<void> {
  const text = files.read(journalIndex);
  if (text === null) return;
  const { texts } = await formatTexts(files, { [journalIndex]: text });
  const formatted = texts[journalIndex] ?? text;
  if (isSameJson(formatted, text)) fs.writeFileSync(projectPath(root, journalIndex), formatted);
}

/** The files are as they were; node_modules follows them. */
async function restorePackages({ root, run, plan, packageManager, signal, terminal }: CheckedRequest): Promise<void> {
  if (!plan.install) return;
  const outcome = `The files of the app are restored, but node_modules may not be: run "${packageManager.name} install".`;
  await during(terminal, `put the packages back with ${packageManager.name}`, () =>
    installPackages(run, packageManager, { cwd: root, signal, outcome }),
  );
}

function checkFailed({ check, error }: FailedCheck): KitError {
  return new KitError(
    'CHECK_FAILED',
    `The app's own ${check.title} passed before and fails with zero-backend-sync. Everything was put back. It said first:\n\n${error}\n\n` +
      `${adviceFor(check.id)} Then run the command again; --skip-build installs without this check, and leaves the app red.`,
  );
}

function adviceFor(id: CheckId): string {
  switch (id) {
    case 'types':
      return 'Where a setting of tsconfig.json is the reason, change it; "skipLibCheck": true keeps the compiler from checking the types of packages.';
    case 'lint':
      return 'Let the linter leave out the file that is named (the template, or a configuration): "ignores" of eslint.config.js, .eslintignore, or the project that its parser is given.';
    case 'format':
      return 'Name the file that is listed in .prettierignore.';
    case 'build':
      return 'Where another plugin or a setting of the build is named, change that one; "npx zero-backend-sync doctor" knows what clashes.';
  }
}
