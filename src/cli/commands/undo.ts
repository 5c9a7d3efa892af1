/** `undo`: the app as it was before `init`, except for what somebody changed since, which is named. */
import pc from 'picocolors';
import { findPackageManager } from '../discover/package-manager';
import { readPackageJson } from '../discover/package-json';
import { readRecord, stateFolder } from '../installation-record';
import { installPackages } from '../package-manager';
import { checkChanges, inTransaction, removeEmptyFolder } from '../transaction';
import { planUndo, type UndoPlan } from '../undo';
import { AnswersNeeded } from '../answers';
import { Cancelled } from '../terminal';
import { ExitStatus, settleInterrupted, type CommandContext, type CommandResult } from './context';

export interface UndoOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly skipInstall?: boolean;
}

export async function undo(context: CommandContext, options: UndoOptions): Promise<CommandResult> {
  await settleInterrupted(context, { changes: options.dryRun !== true });
  const { files, root, terminal } = context;
  const record = readRecord(files);
  if (record === null) {
    terminal.print('Nothing to undo: zero-backend-sync is not installed here.');
    return { status: ExitStatus.Ok, json: { done: false, nothingToDo: true } };
  }
  const plan = await planUndo(files, record);
  terminal.print(showUndo(plan));
  const json = undoJson(plan);
  // A dry run says what the real one would end with.
  const status = plan.kept.length === 0 ? ExitStatus.Ok : ExitStatus.Failed;
  if (options.dryRun === true) return { status, json: { done: false, dryRun: true, ...json } };
  await confirm(context, options.yes === true);

  checkChanges(root, plan.changes);
  await inTransaction(root, context, async (transaction) => {
    for (const change of plan.changes) await transaction.write(change);
  });
  for (const folder of foldersOf(plan)) removeEmptyFolder(root, folder);
  if (options.skipInstall !== true) await removePackages(context);
  terminal.print(plan.kept.length === 0 ? pc.green('Undone.') : pc.yellow('Undone, except for the files named above.'));
  return { status, json: { done: true, ...json } };
}

/** Every file by what becomes of it; the kit's own records are left out. */
function undoJson({ changes, kept, merged, notes }: UndoPlan): object {
  const touched = changes.filter(({ path }) => !path.startsWith(stateFolder));
  const paths = (isOne: (change: UndoPlan['changes'][number]) => boolean) =>
    touched.filter(isOne).map(({ path }) => path);
  return {
    removed: paths(({ after }) => after === null),
    restored: paths(({ path, after }) => after !== null && !merged.includes(path)),
    merged,
    kept,
    notes,
  };
}

function showUndo({ changes, kept, merged, notes }: UndoPlan): string {
  const touched = changes.filter(({ path }) => !path.startsWith('.zero-backend-sync'));
  return [
    pc.bold('Undo'),
    ...touched
      .filter(({ after }) => after !== null)
      .map(({ path }) => `  ${pc.yellow('~')} ${path}${merged.includes(path) ? ' (your own changes since stay)' : ''}`),
    `  ${pc.red('-')} ${touched.filter(({ after }) => after === null).length} files that were added`,
    ...kept.map((path) =>
      pc.yellow(
        `  ! ${path} was changed since and stays as it is. Remove or restore it yourself, then run "undo" again.`,
      ),
    ),
    ...notes.map((note) => `${pc.cyan('Note:')} ${note}`),
  ].join('\n');
}

async function confirm({ terminal }: CommandContext, assumeYes: boolean): Promise<void> {
  if (assumeYes) return;
  if (terminal.prompter === null)
    throw new AnswersNeeded(
      'There is no terminal to ask in. Add --yes to undo without a question. Nothing was changed.',
    );
  if (!(await terminal.prompter.confirm('Undo all this?', true))) throw new Cancelled();
}

/** The folders that held what is removed, innermost first; those that are empty now go, too. */
function foldersOf({ changes }: UndoPlan): readonly string[] {
  const removed = changes.filter(({ after }) => after === null).map(({ path }) => path.split('/').slice(0, -1));
  const folders = removed.flatMap((parts) => parts.map((_, depth) => parts.slice(0, depth + 1).join('/')));
  return [...new Set([...folders, stateFolder])]
    .filter((folder) => folder !== 'src')
    .sort((a, b) => b.length - a.length);
}

async function removePackages(context: CommandContext): Promise<void> {
  const progress = context.terminal.progress('remove the packages');
  try {
    const manager = findPackageManager(context.files, readPackageJson(context.files));
    await installPackages(context.run, manager, {
      cwd: context.root,
      signal: context.signal,
      outcome: 'The files of the app are restored, but node_modules still holds the packages.',
    });
    progress.done();
  } catch (error) {
    progress.done('failed');
    context.terminal.print((error as Error).message);
  }
}
