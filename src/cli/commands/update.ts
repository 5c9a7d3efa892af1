/** `update`: the template of this version of the kit in an app that has an older one. */
import pc from 'picocolors';
import { KitError } from '../../preset/kit-error';
import { AnswersNeeded } from '../answers';
import { findPackageManager } from '../discover/package-manager';
import { readPackageJson } from '../discover/package-json';
import { requireCleanTree } from '../git';
import { hashOf, readRecord, recordFile, recordText } from '../installation-record';
import { specOrNull } from '../kit';
import { everythingPutBack, installPackages } from '../package-manager';
import { command, type NextStep } from '../next';
import { during } from '../progress';
import { quoted, runAgain } from '../run-again';
import { applyQuestion } from '../questions';
import { unifiedDiff } from '../show-diff';
import { hang } from '../layout';
import { Cancelled } from '../terminal';
import { checkChanges, inTransaction, type Transaction } from '../transaction';
import { planUpdate, type UpdatePlan } from '../update';
import { ExitStatus, settleInterrupted, type CommandContext, type CommandResult } from './context';

export interface UpdateOptions {
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly diff?: boolean;
  readonly skipInstall?: boolean;
  readonly kit?: string;
}

export async function update(context: CommandContext, options: UpdateOptions): Promise<CommandResult> {
  await settleInterrupted(context, { changes: options.dryRun !== true });
  const { files, root, terminal, signal } = context;
  const record = readRecord(files);
  const kit = context.readKit({ spec: options.kit, app: context.root });
  if (record === null) {
    const how = { isInstalled: false, spec: specOrNull(kit) };
    throw new KitError(
      'NOT_INSTALLED',
      'zero-backend-sync is not installed here, so there is nothing to update. Run "init" first.',
      { next: [runAgain('init --plan', how, 'it shows what an installation would change')] },
    );
  }
  const plan = await during(terminal, 'compare the template with the one of this version', () =>
    planUpdate(files, record, kit),
  );
  const { changes, replaced, merged, conflicts, added, removed, kept, notes, install } = plan;
  const packageJson = changes.some(({ path }) => path === 'package.json') ? ['package.json'] : [];
  const json = {
    from: record.kit,
    to: kit.version,
    replaced,
    merged,
    conflicts,
    added,
    removed,
    kept,
    edited: packageJson,
    install,
    notes,
  };
  checkChanges(root, changes);
  // A dry run says what the real one would end with.
  const status = conflicts.length === 0 ? ExitStatus.Ok : ExitStatus.Failed;
  if (changes.length === 0) {
    terminal.print(pc.green(`Nothing to do: the template is the one of ${kit.version}.`));
    return { status: ExitStatus.Ok, json: { done: false, nothingToDo: true, ...json }, next: [lookAgain] };
  }
  terminal.print(showUpdate(plan, record.kit, kit.version, terminal.width));
  if (options.diff === true) {
    for (const { path, before, after } of changes.filter(isVisible))
      terminal.printExact(unifiedDiff(path, before, after?.toString() ?? null));
  }
  // The real run is refused here, so a dry one is, too.
  await during(terminal, 'ask git for changes', () => requireCleanTree(context.run, root, options.force === true));
  const carryOut = command(
    `npx zero-backend-sync update${options.kit === undefined ? '' : ` --kit ${quoted(options.kit)}`} --yes`,
    'it makes these changes, all of them or none',
  );
  if (options.dryRun === true) return { status, json: { done: false, dryRun: true, ...json }, next: [carryOut] };
  if (options.yes !== true) {
    if (terminal.prompter === null)
      throw new AnswersNeeded(
        'There is no terminal to ask in. Add --yes to update without a question. Nothing was changed.',
        { questions: [applyQuestion()], ...json, next: [carryOut] },
      );
    if (!(await terminal.prompter.confirm('Apply this?', true))) throw new Cancelled();
  }

  await inTransaction(root, context, async (transaction) => {
    for (const change of changes) await transaction.write(change);
    if (!install || options.skipInstall === true) return;
    const manager = findPackageManager(files, readPackageJson(files));
    const lock = manager.lockFile;
    const lockBefore = lock === null ? null : files.read(lock);
    if (lock !== null) transaction.guard(lock);
    await transaction.step(`install packages with ${manager.name}`);
    const progress = terminal.progress(`install packages with ${manager.name}`);
    try {
      await installPackages(context.run, manager, { cwd: root, signal, outcome: everythingPutBack });
      progress.done();
    } catch (error) {
      progress.done('failed, everything is put back');
      throw error;
    }
    if (lock !== null && lockBefore !== null) await recordLock(files, transaction, lock, lockBefore);
  });
  terminal.print(
    conflicts.length === 0
      ? pc.green('Updated.')
      : pc.yellow(`Updated. Resolve the marks (<<<<<<<) in ${conflicts.join(', ')} before you build.`),
  );
  return { status, json: { done: true, ...json }, next: nextOf(plan, options, context) };
}

const lookAgain = command('npx zero-backend-sync doctor', 'it says what keeps sync from working, if anything does');

function nextOf(
  { conflicts, install }: UpdatePlan,
  { skipInstall }: UpdateOptions,
  { files }: Pick<CommandContext, 'files'>,
): readonly NextStep[] {
  const { name } = findPackageManager(files, readPackageJson(files));
  return [
    ...conflicts.map((file): NextStep => {
      const line = (files.read(file) ?? '').split('\n').findIndex((text) => text.startsWith('<<<<<<<')) + 1;
      return { kind: 'by-hand', what: 'choose between the lines and remove the marks (<<<<<<<)', file, line };
    }),
    ...(install && skipInstall === true ? [command(`${name} install`, 'the packages were left out')] : []),
    lookAgain,
  ];
}

/** A lock file that only the kit has changed stays one that `undo` puts back. */
async function recordLock(
  files: CommandContext['files'],
  transaction: Transaction,
  lock: string,
  before: string,
): Promise<void> {
  const record = readRecord(files);
  const entry = record?.files[lock];
  const after = files.read(lock);
  if (record === null || entry?.role !== 'lock' || hashOf(before) !== entry.hash || after === null) return;
  await transaction.write({
    path: recordFile,
    before: files.read(recordFile),
    after: recordText({ ...record, files: { ...record.files, [lock]: { ...entry, hash: hashOf(after) } } }),
  });
}

function showUpdate(
  { replaced, merged, conflicts, added, removed, notes }: UpdatePlan,
  from: string,
  to: string,
  width: number,
): string {
  return [
    pc.bold(`Update of the template, ${from} -> ${to}`),
    ...added.map((path) => `  ${pc.green('+')} ${path}`),
    ...(replaced.length === 0
      ? []
      : [`  ${pc.green('~')} ${replaced.length} files that you have not changed are replaced`]),
    ...merged.map((path) => `  ${pc.yellow('~')} ${path}: your changes and the new ones`),
    ...conflicts.map((path) => `  ${pc.red('!')} ${path}: both changed the same lines; marks are set`),
    ...removed.map((path) => `  ${pc.red('-')} ${path}`),
    ...notes.map((note) => hang(`${pc.cyan('Note:')} `, note, width)),
  ].join('\n');
}

function isVisible({ path }: { readonly path: string }): boolean {
  return !path.startsWith('.zero-backend-sync');
}
