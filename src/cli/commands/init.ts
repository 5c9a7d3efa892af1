/** `init`: discover, plan, show, confirm, apply, check. */
import pc from 'picocolors';
import { KitError } from '../../preset/kit-error';
import { NO_USERS, readGivenAnswers, type AnswerFlags } from '../answers';
import { applyPlan } from '../apply';
import { completeAnswers } from '../ask';
import { applyChecked, type CheckReport } from '../checks/apply-checked';
import { requireResolvable } from '../checks/preflight';
import { lintPlan } from '../checks/lint-plan';
import { checkIdentity } from '../check-identity';
import { ignoredByGit, withCommittedFolder } from '../committed';
import { discover, type Facts } from '../discover/facts';
import { supportOf } from '../discover/support';
import { requireCleanTree, requireUntracked } from '../git';
import { formatEdits, formatTexts } from '../format-template';
import { readRecord, type InstallationRecord } from '../installation-record';
import { scriptCommand } from '../package-manager';
import { makePlan } from '../plan/make-plan';
import type { Plan, PlannedWrite } from '../plan/plan';
import { saltFile } from '../salt';
import { planJson, showDiff, showFacts, showPlan, showRemarks } from '../show';
import { Cancelled } from '../terminal';
import { runDoctor } from '../doctor';
import { findingJson, showFindings } from '../doctor/show';
import { ExitStatus, settleInterrupted, type CommandContext, type CommandResult } from './context';
import { requireOneOf } from './flags';

export interface InitOptions extends AnswerFlags {
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly diff?: boolean;
  readonly skipInstall?: boolean;
  readonly skipBuild?: boolean;
  /** Where the app gets the kit from, instead of the registry. */
  readonly kit?: string;
}

/** @throws KitError with what was refused or failed; then nothing was changed. */
export async function init(context: CommandContext, options: InitOptions): Promise<CommandResult> {
  await settleInterrupted(context, { changes: options.dryRun !== true });
  requireOneOf({ '--identity': options.identity !== undefined, '--no-users': options.users === false });
  const { files, terminal } = context;
  const record = readRecord(files);
  const given = { ...keptAnswers(record), ...readGivenAnswers(options) };
  const found = await withManagerVersion(context, discover(files, record?.dir ?? null));
  const support = supportOf(found.platform);
  if (!support.supported) throw new KitError(support.code, `${support.reason} Nothing was changed.`);
  // A first run has something to change in any case, so it is refused before anything is asked.
  if (record === null && options.dryRun !== true)
    await requireCleanTree(context.run, context.root, options.force === true);
  const facts = record === null ? await withCommittedFolder(context, found) : found;
  terminal.print(`${showFacts(facts)}\n`);

  const checkChoice = (identity: readonly string[]) => checkIdentity(files, facts, identity);
  const answers = await completeAnswers(facts, given, {
    prompter: terminal.prompter,
    assumeYes: options.yes === true,
    check: checkChoice,
  });
  // That of a first run stays; `doctor` looks at how the app uses it.
  if (answers.identity !== NO_USERS && (record === null || answers.identity !== record.choices.identity))
    checkChoice(answers.identity);
  const kit = context.readKit({ spec: options.kit, app: context.root });
  const ignored = await ignoredByGit(context, answers.dir, record?.form ?? facts.form);
  const drafted = makePlan({ ...context, facts, answers, kit, record, ignored });
  const plan = await lintPlan(context, await formatted(files, drafted));
  if (plan.writes.some(({ role }) => role === 'secret')) await requireUntracked(context.run, context.root, saltFile);
  if (plan.writes.length === 0) {
    terminal.print(
      [pc.green('Nothing to do: everything is in place.'), showRemarks({ byHand: plan.byHand, notes: [] })]
        .filter(Boolean)
        .join('\n'),
    );
    return { status: ExitStatus.Ok, json: { done: false, nothingToDo: true, plan: planJson(plan), facts } };
  }
  terminal.print(`${showPlan(plan)}\n`);
  if (options.diff === true) terminal.print(showDiff(plan));
  if (options.dryRun === true) {
    terminal.print([showRemarks(plan), 'Dry run: nothing was changed.'].join('\n'));
    return { status: ExitStatus.Ok, json: { done: false, dryRun: true, plan: planJson(plan), facts } };
  }

  if (record !== null) await requireCleanTree(context.run, context.root, options.force === true);
  if (options.skipInstall !== true) await requireResolvable(context, plan, facts.platform.packageManager);
  await confirmPlan(context, plan, options);
  const { skipInstall = false, skipBuild = false } = options;
  const report = await applyWithProgress(context, { plan, kit, record, facts, skipInstall, skipBuild });
  return check(context, plan, facts, report, skipInstall);
}

/** pnpm reads its settings from other files since version 11; which version an app is installed with, only pnpm itself may know. */
async function withManagerVersion({ run, root }: CommandContext, facts: Facts): Promise<Facts> {
  const { packageManager } = facts.platform;
  if (packageManager.name !== 'pnpm' || packageManager.version !== null) return facts;
  const { status, output } = await run('pnpm', ['--version'], { cwd: root });
  const version = status === 0 ? (/^\d+\.\d+\.\d+/m.exec(output)?.[0] ?? null) : null;
  return { ...facts, platform: { ...facts.platform, packageManager: { ...packageManager, version } } };
}

/** New files of the plan in the app's own format, and those that had it before. */
async function formatted(files: CommandContext['files'], plan: Plan): Promise<Plan> {
  const isOurs = ({ role, path }: PlannedWrite) =>
    role === 'template' || (role === 'created' && /\.(tsx?|jsx?|cjs)$/.test(path));
  const written = Object.fromEntries(plan.writes.filter(isOurs).map(({ path, after }) => [path, after]));
  const { texts, note } = await formatTexts(files, written);
  const edited = await formatEdits(
    files,
    plan.writes.filter(({ role }) => role === 'edited'),
  );
  return {
    ...plan,
    writes: plan.writes.map((write) => ({ ...write, after: texts[write.path] ?? edited[write.path] ?? write.after })),
    notes: note === null ? plan.notes : [...plan.notes, note],
  };
}

/** A second run keeps the answers of the first. */
function keptAnswers(record: InstallationRecord | null): object {
  return record === null ? {} : { identity: record.choices.identity, storage: { layer: 'rxdb' }, dir: record.dir };
}

async function confirmPlan({ terminal }: CommandContext, plan: Plan, { yes, diff }: InitOptions): Promise<void> {
  if (yes === true || terminal.prompter === null) return;
  let choice = await terminal.prompter.select('Apply this plan?', [
    { value: 'apply', label: 'Apply it' },
    ...(diff === true ? [] : [{ value: 'diff', label: 'Show the changes line by line first' }]),
    { value: 'cancel', label: 'Change nothing' },
  ]);
  if (choice === 'diff') {
    terminal.print(showDiff(plan));
    choice = (await terminal.prompter.confirm('Apply it?', true)) ? 'apply' : 'cancel';
  }
  if (choice !== 'apply') throw new Cancelled();
}

interface Applying {
  readonly plan: Plan;
  readonly kit: ReturnType<CommandContext['readKit']>;
  readonly record: InstallationRecord | null;
  readonly facts: Facts;
  readonly skipInstall: boolean;
  readonly skipBuild: boolean;
}

async function applyWithProgress(
  context: CommandContext,
  { plan, kit, record, facts, skipInstall, skipBuild }: Applying,
): Promise<CheckReport> {
  const { terminal, onStep } = context;
  let installing: { done(outcome?: string): void } | null = null;
  const endInstalling = (outcome?: string) => {
    installing?.done(outcome);
    installing = null;
  };
  const isChecked = !skipBuild && !(skipInstall && plan.install);
  try {
    const request = {
      ...context,
      plan,
      kit,
      record,
      form: facts.form,
      packageManager: facts.platform.packageManager,
      skipInstall,
      onStep(name: string) {
        endInstalling();
        if (name.startsWith('install')) installing = terminal.progress(name);
        onStep?.(name);
      },
    };
    if (isChecked) return await applyChecked(request);
    await applyPlan(request);
    endInstalling();
    const why = skipBuild
      ? 'asked to leave them out (--skip-build)'
      : 'the packages are not installed (--skip-install)';
    return {
      passed: [],
      ownFailures: [],
      leftOut: [`The app's own type check, lint, format and build were not run: ${why}. Run them before you commit.`],
    };
  } catch (error) {
    endInstalling('failed, everything is put back');
    throw error;
  }
}

/** What can be checked without a network and without a build. */
async function check(
  context: CommandContext,
  plan: Plan,
  facts: Facts,
  report: CheckReport,
  skippedInstall: boolean,
): Promise<CommandResult> {
  const { terminal } = context;
  const findings = await runDoctor(context, {
    ignore: skippedInstall || !plan.install ? ['packages'] : [],
  });
  terminal.print(
    [
      pc.green('Installed.'),
      showRemarks({ ...plan, notes: [...plan.notes, ...checkNotes(report)] }),
      showFindings(findings),
    ]
      .filter((text) => text !== '')
      .join('\n'),
  );
  const manager = facts.platform.packageManager;
  const start =
    facts.platform.scripts.find(({ throughCraco, text }) =>
      /\b(react-scripts|craco)\b.*\bstart\b/.test(throughCraco ?? text),
    )?.name ?? 'start';
  terminal.print(
    `${skippedInstall && plan.install ? `Install the packages (${manager.name} install), then` : 'Next:'} ${pc.bold(scriptCommand(manager, start))}`,
  );
  return {
    status: ExitStatus.Ok,
    json: {
      done: true,
      plan: planJson(plan),
      facts,
      checks: {
        passed: report.passed,
        ownFailures: report.ownFailures.map(({ check: { id, title }, error }) => ({ id, title, error })),
        leftOut: report.leftOut,
      },
      findings: findings.map(findingJson),
    },
  };
}

function checkNotes({ ownFailures, leftOut }: CheckReport): readonly string[] {
  return [
    ...ownFailures.map(
      ({ check: { title }, error }) =>
        `The app's own ${title} fails, as it did before zero-backend-sync was installed. Its first error:\n\n${error}\n`,
    ),
    ...leftOut,
  ];
}
