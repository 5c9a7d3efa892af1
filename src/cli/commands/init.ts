/** `init`: discover, plan, show, confirm, apply, check. */
import pc from 'picocolors';
import { KitError } from '../../preset/kit-error';
import { AnswersNeeded, NO_USERS, readGivenAnswers, type Answers, type GivenAnswers } from '../answers';
import { completeAnswers } from '../ask';
import { checkIdentity } from '../check-identity';
import { requireCleanTree } from '../git';
import { readRecord, type InstallationRecord } from '../installation-record';
import { hang } from '../layout';
import { byHand, command } from '../next';
import type { Plan } from '../plan/plan';
import { during } from '../progress';
import { applyQuestion, questionsOf } from '../questions';
import { showFacts, showPlan, showRemarks } from '../show';
import { showDiff } from '../show-diff';
import { Cancelled } from '../terminal';
import { ExitStatus, settleInterrupted, type CommandContext, type CommandResult } from './context';
import { requireOneOf } from './flags';
import { applyWithProgress, concludeInit } from './init-apply';
import { answerSteps, realRun } from './init-next';
import type { InitOptions } from './init-options';
import { discoverApp, planJson, preparePlan, proposalOf, requireFeasible, withProposal, type Basis } from './init-plan';

/** @throws KitError with what was refused or failed; then nothing was changed. */
export async function init(context: CommandContext, options: InitOptions): Promise<CommandResult> {
  requireOneOf({ '--identity': options.identity !== undefined, '--no-users': options.users === false });
  const { files, terminal } = context;
  const changes = options.dryRun !== true && options.plan !== true;
  await settleInterrupted(context, { changes });
  const record = readRecord(files);
  const given = { ...keptAnswers(record), ...readGivenAnswers(options) };
  const facts = await discoverApp(context, record);
  // A first run has something to change in any case, so it is refused before anything is asked.
  if (record === null && changes) await requireClean(context, options);
  terminal.print(`${showFacts(facts, terminal.width)}\n`);
  const basis = { facts, record, kit: context.readKit({ spec: options.kit, app: context.root }) };
  if (options.plan === true) return showProposal(context, basis, given, options);

  const answers = await answersFor(context, basis, given, options);
  const plan = await preparePlan(context, basis, answers);
  if (plan.writes.length === 0) return nothingToDo(context, plan);
  terminal.print(`${showPlan(plan, terminal.width)}\n`);
  if (options.diff === true) terminal.printExact(showDiff(plan));
  if (options.dryRun === true) return rehearse(context, basis, plan, options);

  if (record !== null) await requireClean(context, options);
  await requireFeasible(context, plan, basis, options.skipInstall === true);
  await confirmPlan(context, plan, options, given.apply);
  const { skipInstall = false, skipBuild = false } = options;
  const report = await applyWithProgress(context, plan, basis, { skipInstall, skipBuild });
  return concludeInit(context, plan, basis, report, skipInstall);
}

/** @throws AnswersNeeded with the questions, ANSWERS_INVALID, IDENTITY_LITERAL */
async function answersFor(
  context: CommandContext,
  basis: Basis,
  given: GivenAnswers,
  options: InitOptions,
): Promise<Answers> {
  const { facts, record } = basis;
  const check = (identity: readonly string[]) => checkIdentity(context.files, facts, identity);
  const { prompter } = context.terminal;
  const answers = await completeAnswers(facts, given, { prompter, assumeYes: options.yes === true, check }).catch(
    async (error: unknown) => {
      throw error instanceof AnswersNeeded
        ? await withProposal(error, context, basis, given, answerSteps(basis, options))
        : error;
    },
  );
  // That of a first run stays; `doctor` looks at how the app uses it.
  const { identity } = answers;
  if (identity !== NO_USERS && (record === null || identity !== record.choices.identity))
    await during(context.terminal, 'look where the user is known', () => check(identity));
  return answers;
}

/** `--plan`: what would be asked, and what would change. */
async function showProposal(
  context: CommandContext,
  basis: Basis,
  given: GivenAnswers,
  options: InitOptions,
): Promise<CommandResult> {
  const { terminal } = context;
  const next = answerSteps(basis, options);
  const { plan, json } = await proposalOf(context, basis, given).catch(async (error: unknown) => {
    throw error instanceof AnswersNeeded ? await withProposal(error, context, basis, given, next) : error;
  });
  terminal.print(`${showPlan(plan, terminal.width)}\n`);
  if (options.diff === true) terminal.printExact(showDiff(plan));
  const open = questionsOf(basis.facts).filter(({ id, default: proposed }) => proposed === null && !(id in given));
  terminal.print(
    [
      showRemarks(plan, terminal.width),
      ...open.map(({ text }) => hang(`${pc.yellow('Open:')} `, text, terminal.width)),
      'Nothing was changed.',
    ]
      .filter(Boolean)
      .join('\n'),
  );
  return {
    status: ExitStatus.Ok,
    json: { done: false, ...json },
    next,
  };
}

/** A dry run ends as the real one would end before it changes anything. */
async function rehearse(
  context: CommandContext,
  basis: Basis,
  plan: Plan,
  options: InitOptions,
): Promise<CommandResult> {
  const { terminal } = context;
  const json = { dryRun: true, plan: planJson(plan) };
  terminal.print([showRemarks(plan, terminal.width), 'Dry run: nothing was changed.'].filter(Boolean).join('\n'));
  try {
    await requireClean(context, options);
    await requireFeasible(context, plan, basis, options.skipInstall === true);
  } catch (error) {
    throw error instanceof KitError ? new KitError(error.code, error.message, { ...error.details, ...json }) : error;
  }
  return { status: ExitStatus.Ok, json: { done: false, ...json }, next: [realRun(plan, basis, options)] };
}

function nothingToDo({ terminal }: CommandContext, plan: Plan): CommandResult {
  const remarks = showRemarks({ byHand: plan.byHand, notes: [] }, terminal.width);
  terminal.print([pc.green('Nothing to do: everything is in place.'), remarks].filter(Boolean).join('\n'));
  return {
    status: ExitStatus.Ok,
    json: { done: false, nothingToDo: true, plan: planJson(plan) },
    next: [
      ...plan.byHand.map((text) => byHand(text)),
      command('npx zero-backend-sync doctor', 'it says what keeps sync from working, if anything does'),
    ],
  };
}

/** @throws KitError GIT_DIRTY */
async function requireClean({ run, root, terminal }: CommandContext, { force }: InitOptions): Promise<void> {
  await during(terminal, 'ask git for changes', () => requireCleanTree(run, root, force === true));
}

/** A second run keeps the answers of the first. */
function keptAnswers(record: InstallationRecord | null): GivenAnswers {
  return record === null ? {} : { identity: record.choices.identity, storage: { layer: 'rxdb' }, dir: record.dir };
}

/** @throws Cancelled */
async function confirmPlan(
  { terminal }: CommandContext,
  plan: Plan,
  { yes, diff }: InitOptions,
  given: boolean | undefined,
): Promise<void> {
  if (given === false) throw new Cancelled();
  if (given === true || yes === true || terminal.prompter === null) return;
  let choice = await terminal.prompter.select(applyQuestion().text, [
    { value: 'apply', label: 'Apply it' },
    ...(diff === true ? [] : [{ value: 'diff', label: 'Show the changes line by line first' }]),
    { value: 'cancel', label: 'Change nothing' },
  ]);
  if (choice === 'diff') {
    terminal.printExact(showDiff(plan));
    choice = (await terminal.prompter.confirm('Apply it?', true)) ? 'apply' : 'cancel';
  }
  if (choice !== 'apply') throw new Cancelled();
}
