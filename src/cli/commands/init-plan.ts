/** The first half of `init`: what the app is, what the answers are, what would be changed, and whether that could be done. */
import { KitError } from '../../preset/kit-error';
import { AnswersNeeded, NO_USERS, type Answers, type GivenAnswers } from '../answers';
import { checkPlan } from '../apply';
import { availableOnly, requireChoice } from '../ask';
import { changesOf, type PlannedChange } from '../changes';
import { checkIdentity } from '../check-identity';
import { lintPlan } from '../checks/lint-plan';
import { requireResolvable } from '../checks/preflight';
import { ignoredByGit, withCommittedFolder } from '../committed';
import { discover, type Facts } from '../discover/facts';
import { reporting } from '../discover/project-files';
import { supportOf } from '../discover/support';
import { formatEdits, formatTexts } from '../format-template';
import { requireUntracked } from '../git';
import type { InstallationRecord } from '../installation-record';
import type { Kit } from '../kit';
import type { NextStep } from '../next';
import { makePlan } from '../plan/make-plan';
import type { Plan, PlannedWrite } from '../plan/plan';
import { during } from '../progress';
import { proposedAnswers, questionsOf } from '../questions';
import { saltFile } from '../salt';
import { templateFrameworkOf } from '../template';
import type { CommandContext } from './context';

/** What a plan is made from, beside the answers. */
export interface Basis {
  readonly facts: Facts;
  readonly kit: Kit;
  readonly record: InstallationRecord | null;
}

/** @throws KitError where the platform is not supported */
export async function discoverApp(context: CommandContext, record: InstallationRecord | null): Promise<Facts> {
  const { files, terminal } = context;
  const found = await during(terminal, "read the app's source", (progress) =>
    discover(reporting(files, progress.update), record?.dir ?? null),
  );
  const support = supportOf(found.platform);
  if (!support.supported) throw new KitError(support.code, `${support.reason} Nothing was changed.`);
  const facts = await withManagerVersion(context, found);
  if (record !== null) return facts;
  return during(terminal, 'ask git what it ignores', () => withCommittedFolder(context, facts));
}

/** pnpm reads its settings from other files since version 11; which version an app is installed with, only pnpm itself may know. */
async function withManagerVersion({ run, root }: CommandContext, facts: Facts): Promise<Facts> {
  const { packageManager } = facts.platform;
  if (packageManager.name !== 'pnpm' || packageManager.version !== null) return facts;
  const { status, output } = await run('pnpm', ['--version'], { cwd: root });
  const version = status === 0 ? (/^\d+\.\d+\.\d+/m.exec(output)?.[0] ?? null) : null;
  return { ...facts, platform: { ...facts.platform, packageManager: { ...packageManager, version } } };
}

/** The plan as it would be carried out: in the app's format, and so that its linter takes it. @throws KitError */
export async function preparePlan(context: CommandContext, basis: Basis, answers: Answers): Promise<Plan> {
  const { files, terminal } = context;
  const { facts, record } = basis;
  return during(terminal, 'make the plan', async (progress) => {
    progress.update('git');
    const ignored = await ignoredByGit(
      context,
      answers.dir,
      record?.form ?? facts.form,
      record?.framework ?? templateFrameworkOf(facts.platform.framework),
    );
    progress.update('files to change');
    const drafted = makePlan({ ...context, ...basis, answers, ignored });
    progress.update("the app's format");
    const formatted = await withFormat(files, drafted);
    progress.update("the app's linter");
    const plan = await lintPlan(context, formatted);
    if (plan.writes.some(({ role }) => role === 'secret')) await requireUntracked(context.run, context.root, saltFile);
    return plan;
  });
}

/** New files of the plan in the app's own format, and those that had it before. */
export async function withFormat(files: CommandContext['files'], plan: Plan): Promise<Plan> {
  const isOurs = ({ role, path }: PlannedWrite) =>
    role === 'template' || (role === 'created' && /\.[cm]?[jt]sx?$/.test(path));
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

/** What the real run is refused for before it changes anything, the state of git aside. @throws KitError, Cancelled */
export async function requireFeasible(
  context: CommandContext,
  plan: Plan,
  { record, facts }: Basis,
  skipInstall: boolean,
): Promise<void> {
  const { root, files } = context;
  if (!skipInstall) await requireResolvable(context, plan, facts.platform.packageManager);
  await checkPlan({ root, files, plan, record });
}

/** A plan for `--json`, without the text of files. The salt is never in it. */
export function planJson(plan: Plan): PlanJson {
  return {
    dir: plan.dir,
    changes: changesOf(plan),
    install: plan.install,
    hasUsers: plan.answers.identity !== NO_USERS,
    identity: plan.identity.map(({ expression, kind, place, imports }) => ({ expression, kind, place, imports })),
    byHand: plan.byHand,
    notes: plan.notes,
  };
}

export interface PlanJson extends Pick<Plan, 'dir' | 'install' | 'byHand' | 'notes'> {
  readonly changes: readonly PlannedChange[];
  readonly hasUsers: boolean;
  readonly identity: readonly object[];
}

/** What `--plan` prints: the questions, and what would change if what is proposed were the answers. @throws KitError */
export async function proposalOf(
  context: CommandContext,
  basis: Basis,
  given: GivenAnswers,
): Promise<{ readonly plan: Plan; readonly json: object }> {
  const { app = true, apply = true, ...decided } = given;
  const answers = proposedAnswers(basis.facts, decided);
  // What was given is refused here as in the run that carries it out.
  if (decided.storage !== undefined) availableOnly(decided.storage);
  requireChoice(basis.facts, decided.wasm);
  const { identity } = decided;
  if (identity !== undefined && identity !== NO_USERS && identity !== basis.record?.choices.identity)
    checkIdentity(context.files, basis.facts, identity);
  const plan = await preparePlan(context, basis, answers);
  const { layer, format } = answers.storage;
  const wasm = answers.wasm ?? basis.facts.platform.wasmWays[0];
  const proposed = {
    app,
    // Never guessed: it stays open where nothing was found.
    identity: answers.identity.length === 0 ? null : answers.identity,
    storage: format === undefined ? layer : `${layer}:${format}`,
    dir: answers.dir,
    example: answers.example,
    ...(wasm !== undefined && { wasm }),
    apply,
  };
  return { plan, json: { questions: questionsOf(basis.facts), answers: proposed, plan: planJson(plan) } };
}

/** The refusal with the questions in it, and what would change; without that where no plan can be made. */
export async function withProposal(
  refusal: AnswersNeeded,
  context: CommandContext,
  basis: Basis,
  given: GivenAnswers,
  next: readonly NextStep[],
): Promise<AnswersNeeded> {
  try {
    const { json } = await proposalOf(context, basis, given);
    return new AnswersNeeded(refusal.message, { ...json, next });
  } catch (error) {
    if (!(error instanceof KitError)) throw error;
    return new AnswersNeeded(refusal.message, { questions: questionsOf(basis.facts), next });
  }
}
