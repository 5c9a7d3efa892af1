/** `migrate`: an app that has the kit has another build tool now; kit, salt and settings follow it, and its users' data stays what it is. */
import pc from 'picocolors';
import { KitError } from '../../preset/kit-error';
import { AnswersNeeded, readGivenAnswers } from '../answers';
import type { CheckReport } from '../checks/apply-checked';
import { discover } from '../discover/facts';
import { supportOf } from '../discover/support';
import { discoverPlatform } from '../discover/platform';
import { reporting } from '../discover/project-files';
import { buildCommand } from '../discover/script-of';
import { runDoctor } from '../doctor';
import { findingJson, nextOfFindings, showFindings } from '../doctor/show';
import { requireCleanTree } from '../git';
import { homes } from '../homes';
import { readRecord, type InstallationRecord } from '../installation-record';
import { hang } from '../layout';
import { findMove, targets, type Move, type Target } from '../migrate/move';
import { planMigration, type Migration } from '../migrate/plan-migration';
import { byHand, command, showNext, type NextStep } from '../next';
import { during } from '../progress';
import { applyQuestion } from '../questions';
import { runAgain } from '../run-again';
import { specOrNull } from '../kit';
import { showPlan, showRemarks } from '../show';
import { showDiff, unifiedDiff } from '../show-diff';
import { Cancelled } from '../terminal';
import { ExitStatus, settleInterrupted, type CommandContext, type CommandResult } from './context';
import { optionInvalid } from './flags';
import { applyWithProgress } from './init-apply';
import { planJson, requireFeasible, withFormat, type Basis } from './init-plan';

export interface MigrateOptions {
  /** `vite` or `rsbuild`. */
  readonly to?: string;
  readonly wasm?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly diff?: boolean;
  readonly force?: boolean;
  readonly skipInstall?: boolean;
  readonly skipBuild?: boolean;
}

/** @throws KitError with what was refused or failed; then nothing was changed. */
export async function migrate(context: CommandContext, options: MigrateOptions): Promise<CommandResult> {
  const wanted = targets.find((target) => target === options.to);
  if (options.to !== undefined && wanted === undefined) throw optionInvalid('--to', targets.join(' or '), options.to);
  const { wasm } = readGivenAnswers({ ...(options.wasm !== undefined && { wasm: options.wasm }) });
  const { files, terminal } = context;
  await settleInterrupted(context, { changes: options.dryRun !== true });
  const record = readRecord(files);
  if (record === null) throw notInstalled(context);
  const move = findMove(files, record, wanted);
  const basis = await basisOf(context, record, move);
  const migration = await planOf(context, basis, { record, move, wasm });
  const { plan } = migration;
  const said = sentenceOf(move);
  const json = { from: move.from, to: move.to, isFormerGone: move.isFormerGone, plan: planJson(plan) };
  if (plan.writes.length === 0 && (plan.others ?? []).length === 0) {
    const remarks = showRemarks(plan, terminal.width);
    terminal.print([pc.green('Nothing to do: everything is in place.'), remarks].filter(Boolean).join('\n'));
    return {
      status: ExitStatus.Ok,
      json: { done: false, nothingToDo: true, ...json },
      next: [...toDo(plan), lookAgain],
    };
  }
  terminal.print(`${hang('', said, terminal.width)}\n\n${showPlan(withoutIdentity(plan), terminal.width)}\n`);
  if (options.diff === true) terminal.printExact(diffOf(plan));
  const carryOut = command(
    `npx zero-backend-sync migrate ${flagsOf(options, move.to)}`,
    'it carries the plan out, all of it or nothing',
  );
  const prepared: Basis = { ...basis, record: migration.record };
  const refuseNow = async () => {
    await during(terminal, 'ask git for changes', () =>
      requireCleanTree(context.run, context.root, options.force === true),
    );
    await requireFeasible(context, plan, prepared, options.skipInstall === true);
  };
  if (options.dryRun === true) {
    terminal.print([showRemarks(plan, terminal.width), 'Dry run: nothing was changed.'].filter(Boolean).join('\n'));
    await refuseNow().catch((error: unknown) => {
      throw error instanceof KitError
        ? new KitError(error.code, error.message, { ...error.details, dryRun: true, ...json })
        : error;
    });
    return { status: ExitStatus.Ok, json: { done: false, dryRun: true, ...json }, next: [carryOut] };
  }
  await refuseNow();
  await confirm(context, options, { ...json, next: [carryOut] });
  const { skipInstall = false, skipBuild = false } = options;
  const report = await applyWithProgress(context, plan, prepared, { skipInstall, skipBuild });
  return conclude(context, migration, report, { skipInstall, json });
}

function notInstalled(context: CommandContext): KitError {
  const how = { isInstalled: false, spec: specOrNull(context.readKit({ app: context.root })) };
  return new KitError(
    'NOT_INSTALLED',
    'zero-backend-sync is not installed here, so there is nothing to migrate. Nothing was changed. Where the app was moved into a new folder, bring .zero-backend-sync.json, .zero-backend-sync and the template with it, and run this again; "init" would make a new app, with another id and salt.',
    { next: [runAgain('init --plan', how, 'it shows what an installation would change')] },
  );
}

async function basisOf(context: CommandContext, record: InstallationRecord, { to }: Move): Promise<Basis> {
  const { files, terminal } = context;
  const found = await during(terminal, "read the app's source", (progress) =>
    discover(reporting(files, progress.update), record.dir),
  );
  const platform = discoverPlatform(files, to);
  const support = supportOf(platform);
  if (!support.supported) throw new KitError(support.code, `${support.reason} Nothing was changed.`);
  // The version of the kit stays: another one is for "update" to bring.
  const kit = context.readKit({ spec: record.packages['zero-backend-sync'], app: context.root });
  return { facts: { ...found, platform, form: record.form }, kit, record };
}

/** In the app's own format. */
async function planOf(
  context: CommandContext,
  { facts, kit }: Basis,
  asked: Pick<Parameters<typeof planMigration>[0], 'record' | 'move' | 'wasm'>,
): Promise<Migration> {
  return during(context.terminal, 'make the plan', async () => {
    const migration = await planMigration({ ...context, facts, kit, ...asked });
    return { ...migration, plan: await withFormat(context.files, migration.plan) };
  });
}

function sentenceOf({ from, to, isFormerGone }: Move): string {
  const [former, next] = [homes[from].title, homes[to].title];
  if (from === to) return `The app is built by ${next}, and so is the kit; what is left of an earlier tool goes.`;
  return isFormerGone
    ? `The app has moved from ${former} to ${next}.`
    : `The app moves from ${former} to ${next}: both are there, and both have the kit until nothing runs ${former} any more. Run "migrate" again then.`;
}

/** Who the user is stays as it is. */
function withoutIdentity(plan: Migration['plan']): Migration['plan'] {
  return { ...plan, answers: { ...plan.answers, identity: [] } };
}

function flagsOf({ wasm, force, skipInstall, skipBuild }: MigrateOptions, to: Target): string {
  return [
    `--to ${to}`,
    ...(wasm === undefined ? [] : [`--wasm ${wasm}`]),
    ...(force === true ? ['--force'] : []),
    ...(skipInstall === true ? ['--skip-install'] : []),
    ...(skipBuild === true ? ['--skip-build'] : []),
    '--yes',
  ].join(' ');
}

function diffOf(plan: Migration['plan']): string {
  const others = (plan.others ?? []).filter(({ why }) => why !== null);
  return [
    showDiff(plan),
    ...others.map(({ path, before, after }) => unifiedDiff(path, before, after?.toString() ?? null)),
  ].join('\n');
}

/** @throws Cancelled, AnswersNeeded */
async function confirm({ terminal }: CommandContext, { yes }: MigrateOptions, json: object): Promise<void> {
  if (yes === true) return;
  if (terminal.prompter === null)
    throw new AnswersNeeded(
      'There is no terminal to ask in. Add --yes to migrate without a question. Nothing was changed.',
      { questions: [applyQuestion()], ...json },
    );
  if (!(await terminal.prompter.confirm('Apply this?', true))) throw new Cancelled();
}

const lookAgain = command('npx zero-backend-sync doctor', 'it says what keeps sync from working, if anything does');

function toDo({ byHand: left }: Migration['plan']): readonly NextStep[] {
  return left.map((text) => byHand(text));
}

async function conclude(
  context: CommandContext,
  { plan }: Migration,
  report: CheckReport,
  { skipInstall, json }: { readonly skipInstall: boolean; readonly json: object },
): Promise<CommandResult> {
  const { terminal, files } = context;
  const platform = discoverPlatform(files);
  const isInstalled = !(skipInstall && plan.install);
  const { findings } = await during(terminal, 'look at what was changed', (progress) =>
    runDoctor(context, { ignore: isInstalled ? [] : ['packages'], onCheck: progress.update }),
  );
  const notes = [
    ...plan.notes,
    ...report.ownFailures.map(
      ({ check: { title }, error }) => `The app's own ${title} fails, as it did before. Its first error:\n\n${error}\n`,
    ),
    ...report.leftOut,
  ];
  const said = [
    pc.green('Migrated.'),
    showRemarks({ byHand: plan.byHand, notes }, terminal.width),
    showFindings(findings, terminal.width),
  ];
  terminal.print(`${said.filter((text) => text !== '').join('\n')}\n`);
  const next: readonly NextStep[] = [
    ...(isInstalled
      ? []
      : [command(`${platform.packageManager.name} install`, 'the packages were left out (--skip-install)')]),
    ...toDo(plan),
    ...nextOfFindings(findings),
    command(buildCommand(platform), 'the build checks the salt and config.json'),
    lookAgain,
  ];
  terminal.printExact(showNext(next, terminal.width));
  return {
    status: ExitStatus.Ok,
    json: {
      done: true,
      ...json,
      checks: {
        passed: report.passed,
        ownFailures: report.ownFailures.map(({ check: { id, title }, error }) => ({ id, title, error })),
        leftOut: report.leftOut,
      },
      findings: findings.map(findingJson),
    },
    next,
  };
}
