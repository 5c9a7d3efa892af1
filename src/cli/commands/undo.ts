/** `undo`: the app as it was before `init`, except for what somebody changed since, which is named. */
import pc from 'picocolors';
import { AnswersNeeded } from '../answers';
import { findPackageManager } from '../discover/package-manager';
import { readPackageJson } from '../discover/package-json';
import { whereIs } from '../discover/syntax';
import { specOrNull } from '../kit';
import { hang } from '../layout';
import { byHand, command, type NextStep } from '../next';
import { during } from '../progress';
import { runAgain } from '../run-again';
import { applyQuestion } from '../questions';
import { readRecord, recordFile, stateFolder, type InstallationRecord } from '../installation-record';
import { Cancelled } from '../terminal';
import { checkChanges, inTransaction, removeFolderIfEmpty } from '../transaction';
import { planUndo, type UndoPlan } from '../undo/plan-undo';
import { installPackages } from '../package-manager';
import { commandByLockFile, installByLockFile } from '../undo/remove-packages';
import { clearRemoval, markRemoval, unfinishedRemoval } from '../undo/unfinished-removal';
import { ExitStatus, settleInterrupted, type CommandContext, type CommandResult } from './context';

export interface UndoOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly skipInstall?: boolean;
  /** Files of the template that hold changes go, although git does not have these. */
  readonly discardChanges?: boolean;
}

/** @throws KitError with what was refused; then nothing was changed. */
export async function undo(context: CommandContext, options: UndoOptions): Promise<CommandResult> {
  await settleInterrupted(context, { changes: options.dryRun !== true });
  const { files, root, terminal } = context;
  const record = readRecord(files);
  if (record === null) return withoutRecord(context, options);
  const plan = await planWithAnswer(context, record, options);
  checkChanges(root, plan.changes);
  terminal.print(showUndo(plan, terminal.width));
  const json = undoJson(plan);
  // A dry run says what the real one would end with.
  const status = plan.kept.length === 0 ? ExitStatus.Ok : ExitStatus.Failed;
  if (options.dryRun === true) {
    terminal.print('Dry run: nothing was changed.');
    return { status, json: { done: false, dryRun: true, ...json }, next: [carryOut] };
  }
  await confirm(context, options.yes === true, json);

  // Before the record goes. As long as package.json names the kit, the mark says nothing.
  if (options.skipInstall !== true && plan.packages !== 'stay') markRemoval(root, plan.packages);
  await inTransaction(root, context, async (transaction) => {
    for (const change of plan.changes) await transaction.write(change);
    for (const folder of plan.folders) removeFolderIfEmpty(root, folder);
  });
  const problem = options.skipInstall === true ? null : await removePackages(context, plan.packages);
  terminal.print(outcomeOf(plan, problem));
  if (options.skipInstall === true && plan.packages !== 'stay' && files.read('package.json') !== null)
    terminal.print(`node_modules is as it was. Bring it up to date: ${packageCommand(context, plan.packages)}`);
  return {
    status: problem === null ? status : ExitStatus.Failed,
    json: { done: true, ...json, ...(problem !== null && { problem }) },
    next: nextOf(context, plan, options, problem),
  };
}

/** Nothing is installed here; what an earlier `undo` could not finish is. */
async function withoutRecord(context: CommandContext, { dryRun, skipInstall }: UndoOptions): Promise<CommandResult> {
  const { files, terminal } = context;
  const how = { isInstalled: false, spec: specOrNull(context.readKit({ app: context.root })) };
  const removal = unfinishedRemoval(files);
  if (removal === null) {
    terminal.print('Nothing to undo: zero-backend-sync is not installed here.');
    const next = [runAgain('init --plan', how, 'it shows what an installation would change')];
    return { status: ExitStatus.Ok, json: { done: false, nothingToDo: true }, next };
  }
  terminal.print('An earlier "undo" has restored the files of the app, but could not finish removing the packages.');
  if (dryRun === true || skipInstall === true) {
    terminal.print(`node_modules is as it was. Bring it up to date: ${packageCommand(context, removal)}`);
    const next = [
      dryRun === true
        ? runAgain('undo --yes', how, 'it removes the packages')
        : command(packageCommand(context, removal), 'it brings node_modules to what package.json names'),
    ];
    return { status: ExitStatus.Ok, json: { done: false, dryRun: dryRun === true, removal }, next };
  }
  const problem = await removePackages(context, removal);
  terminal.print(problem === null ? pc.green('Undone.') : pc.yellow(`They are still there. ${problem}`));
  return {
    status: problem === null ? ExitStatus.Ok : ExitStatus.Failed,
    json: { done: problem === null, removal, ...(problem !== null && { problem }) },
    next: problem === null ? [] : [runAgain('undo', how, 'it removes the packages once that is corrected')],
  };
}

/** Changes that would be lost are asked for once, and by nobody who has said that nothing is to be asked. */
async function planWithAnswer(
  { files, run, terminal }: CommandContext,
  record: InstallationRecord,
  { yes, dryRun, discardChanges = false }: UndoOptions,
): Promise<UndoPlan> {
  const request = { files, run, record, discardChanges };
  const plan = await during(terminal, 'compare the files with what init wrote', () => planUndo(request));
  if (plan.unsaved.length === 0 || terminal.prompter === null || yes === true || dryRun === true) return plan;
  const isDiscarded = await terminal.prompter.confirm(
    `${plan.unsaved.join(', ')} ${plan.unsaved.length === 1 ? 'holds' : 'hold'} changes of yours that git does not have. Remove ${plan.unsaved.length === 1 ? 'it' : 'them'}, too?`,
    false,
  );
  return isDiscarded ? planUndo({ ...request, discardChanges: true }) : plan;
}

const carryOut = command('npx zero-backend-sync undo --yes', 'it gives back the files as they were');

/** Imports of what is gone are the app's own lines: each is named with its text. */
function nextOf(
  context: Pick<CommandContext, 'files'>,
  plan: UndoPlan,
  { skipInstall }: UndoOptions,
  problem: string | null,
): readonly NextStep[] {
  const { packages, imports, kept } = plan;
  const isBehind = problem !== null || (skipInstall === true && packages !== 'stay');
  return [
    ...imports.map(({ file, line, text, what }): NextStep => ({
      kind: 'by-hand',
      what: `take out what uses ${what}, which is gone`,
      file,
      line,
      code: text,
    })),
    ...kept.map(({ path, why }) => byHand(`${path} stays: ${why}`)),
    ...(isBehind && context.files.read('package.json') !== null
      ? [command(packageCommand(context, packages), 'node_modules is as it was')]
      : []),
    command('git status', 'it shows what is different from the last commit'),
  ];
}

/** Every file by what becomes of it; the kit's own records are left out. */
function undoJson({ changes, kept, merged, notes, imports }: UndoPlan): object {
  const touched = changes.filter(isVisible);
  const paths = (isOne: (change: UndoPlan['changes'][number]) => boolean) =>
    touched.filter(isOne).map(({ path }) => path);
  return {
    removed: paths(({ after }) => after === null),
    restored: paths(({ path, after }) => after !== null && !merged.includes(path)),
    merged,
    kept: [...new Set(kept.map(({ path }) => path))],
    reasons: kept,
    imports: imports.map(({ file, line, what }) => ({ file, line, what })),
    notes,
  };
}

function showUndo({ changes, kept, merged, notes, imports }: UndoPlan, width: number): string {
  const touched = changes.filter(isVisible);
  const removed = touched.filter(({ after }) => after === null);
  return [
    pc.bold('Undo'),
    ...touched
      .filter(({ after }) => after !== null)
      .map(({ path }) => `  ${pc.yellow('~')} ${path}${merged.includes(path) ? ' (your own changes since stay)' : ''}`),
    ...(removed.length === 0 ? [] : [`  ${pc.red('-')} ${removed.length} files that were added`]),
    ...kept.map(({ path, why }) => hang('  ! ', pc.yellow(`${path} stays: ${why}`), width)),
    ...imports.map((use) =>
      hang(`${pc.yellow('Left to do:')} `, `${whereIs(use)} imports ${use.what}, which goes: ${use.text}`, width),
    ),
    ...notes.map((note) => hang(`${pc.cyan('Note:')} `, note, width)),
  ].join('\n');
}

function isVisible({ path }: { readonly path: string }): boolean {
  return path !== recordFile && !path.startsWith(`${stateFolder}/`);
}

async function confirm({ terminal }: CommandContext, assumeYes: boolean, json: object): Promise<void> {
  if (assumeYes) return;
  if (terminal.prompter === null)
    throw new AnswersNeeded(
      'There is no terminal to ask in. Add --yes to undo without a question. Nothing was changed.',
      { questions: [applyQuestion()], ...json, next: [carryOut] },
    );
  if (!(await terminal.prompter.confirm('Undo all this?', true))) throw new Cancelled();
}

/** Returns what went wrong, in words; `null` where nothing did. The files of the app are what they were by now. */
async function removePackages(
  { files, root, run, signal, terminal }: CommandContext,
  packages: UndoPlan['packages'],
): Promise<string | null> {
  if (packages === 'stay' || files.read('package.json') === null) return null;
  const progress = terminal.progress('remove the packages');
  const manager = findPackageManager(files, readPackageJson(files));
  const install = packages === 'by the lock file' ? installByLockFile : installPackages;
  const outcome = 'The files of the app are restored, but node_modules still holds the packages.';
  try {
    await install(run, manager, { cwd: root, signal, outcome });
    clearRemoval(root);
    progress.done();
    return null;
  } catch (error) {
    progress.done('failed');
    return `${(error as Error).message}\nBring node_modules up to date yourself: ${packageCommand({ files }, packages)}`;
  }
}

/** What brings node_modules up to date, for a person. */
function packageCommand({ files }: Pick<CommandContext, 'files'>, packages: UndoPlan['packages']): string {
  const manager = findPackageManager(files, readPackageJson(files));
  return (packages === 'by the lock file' ? commandByLockFile(manager) : [manager.name, 'install']).join(' ');
}

function outcomeOf({ kept, imports }: UndoPlan, problem: string | null): string {
  if (problem !== null) return pc.yellow(`Undone in the files of the app, but not in node_modules. ${problem}`);
  if (kept.length > 0) return pc.yellow('Not all is undone: what stays is named above, with what to do.');
  return imports.length === 0
    ? pc.green('Undone.')
    : pc.yellow('Undone. The app does not build before you have taken out the imports that are named above.');
}
