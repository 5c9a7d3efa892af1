/** Executes a plan: all of it or nothing. */
import { requireCommitted } from './committed';
import { fingerprintIn, permanentConfigIn } from './app-config';
import { passLint } from './checks/lint';
import type { PackageManagerFacts } from './discover/package-manager';
import type { ProjectFiles } from './discover/project-files';
import { packageJsonOf } from './discover/package-json';
import { formattedRecord } from './format-template';
import type { Kit } from './kit';
import {
  hashOf,
  originalOf,
  recordFile,
  writtenOf,
  type InstallationRecord,
  type RecordedFile,
} from './installation-record';
import { listsIn } from './former-relays';
import { mergeTexts } from './merge-texts';
import { everythingPutBack, installPackages } from './package-manager';
import type { Plan, PlannedWrite } from './plan/plan';
import type { TemplateForm, TemplateFramework } from './template';
import type { RunProgram } from './process';
import {
  checkChanges,
  inTransaction,
  removeFolderIfEmpty,
  type FileChange,
  type Transaction,
  type TransactionOptions,
} from './transaction';

export interface ApplyRequest extends TransactionOptions {
  readonly root: string;
  readonly files: ProjectFiles;
  readonly plan: Plan;
  readonly kit: Kit;
  readonly record: InstallationRecord | null;
  /** The form of the template, where this is the first run. */
  readonly form: TemplateForm;
  /** What the app is made with, where this is the first run. */
  readonly framework: TemplateFramework;
  readonly packageManager: PackageManagerFacts;
  /** Leaves node_modules and the lock file alone; the user installs. */
  readonly skipInstall: boolean;
  readonly run: RunProgram;
  /** Called when everything is written and installed; where it rejects, all of that is put back. */
  readonly verify?: () => Promise<void>;
}

/** @throws KitError and Cancelled; the tree is then as it was, `node_modules` aside. */
export async function applyPlan(request: ApplyRequest): Promise<void> {
  const { root, files, plan, skipInstall, run } = request;
  const records = await checkPlan(request);
  await inTransaction(root, request, async (transaction) => {
    for (const change of [...records, ...(plan.others ?? []), ...plan.writes]) await transaction.write(change);
    removeEmptied(root, plan);
    // An installation that git ignores already is named by the plan; what is missing of it comes back all the same.
    if (request.record === null) await requireCommitted(run, root, [...records, ...plan.writes]);
    const lock = plan.install && !skipInstall ? await install(request, transaction) : {};
    await transaction.step("let the app's linter look at what was written");
    const linted = await passAppLint(request, transaction);
    const after = await formattedRecord(files, nextRecord({ ...request, plan: linted }, lock, records));
    await transaction.write({ path: recordFile, before: files.read(recordFile), after });
    await request.verify?.();
  });
}

/** Folders that had only what goes. */
function removeEmptied(root: string, { others = [] }: Plan): void {
  const gone = others.filter(({ after }) => after === null).map(({ path }) => path.split('/').slice(0, -1));
  const folders = gone.flatMap((parts) => parts.map((_, depth) => parts.slice(0, depth + 1).join('/')));
  for (const folder of [...new Set(folders)].sort((a, b) => b.split('/').length - a.split('/').length))
    removeFolderIfEmpty(root, folder);
}

export type PlanToCheck = Pick<ApplyRequest, 'root' | 'files' | 'plan' | 'record'>;

/**
 * Refuses a plan that could not be carried out, before anything is changed. Returns what is written beside it.
 * @throws KitError of `checkChanges`
 */
export async function checkPlan(request: PlanToCheck): Promise<readonly FileChange[]> {
  const records = await recordChanges(request);
  checkChanges(request.root, [...request.plan.writes, ...(request.plan.others ?? []), ...records]);
  return records;
}

/** Runs the package manager, and records what it made of its lock file. */
async function install(
  request: ApplyRequest,
  transaction: Transaction,
): Promise<Readonly<Record<string, RecordedFile>>> {
  const { root, files, record, packageManager, run, signal } = request;
  const lockFiles = packageManager.lockFile === null ? usualLockFiles : [packageManager.lockFile];
  const before = new Map(lockFiles.map((file) => [file, files.read(file)]));
  for (const file of lockFiles) transaction.guard(file);
  await transaction.step(`install packages with ${packageManager.name}`);
  await installPackages(run, packageManager, { cwd: root, signal, outcome: everythingPutBack });

  const lock: Record<string, RecordedFile> = {};
  for (const [file, textBefore] of before) {
    const text = files.read(file);
    // A workspace's lock file is not the app's.
    if (file.startsWith('..') || text === null || text === textBefore) continue;
    const previous = record?.files[file];
    // A lock file that the app has changed since the first run holds more than the copy of it.
    if (previous !== undefined && (textBefore === null || hashOf(textBefore) !== previous.hash)) continue;
    const original = previous === undefined ? hashOrNothing(textBefore) : previous.original;
    lock[file] = { role: 'lock', hash: hashOf(text), ...(original !== undefined && { original }) };
    if (textBefore !== null && previous === undefined) {
      await transaction.write({ path: originalOf(file), before: files.read(originalOf(file)), after: textBefore });
    }
  }
  return lock;
}

function hashOrNothing(text: string | null): string | undefined {
  return text === null ? undefined : hashOf(text);
}

/** Now that the packages are there, rules that ask for types see what they will see. Returns the plan with the texts that were written in the end. */
async function passAppLint(request: ApplyRequest, transaction: Transaction): Promise<Plan> {
  const { plan } = request;
  const isOurs = ({ role, path }: PlannedWrite) =>
    (role === 'template' || role === 'created') && /\.[cm]?[jt]sx?$/.test(path);
  const texts = await passLint(
    request,
    plan.writes.filter(isOurs).map(({ path, after }) => ({ path, text: after })),
  );
  const textByPath = new Map(texts.map(({ path, text }) => [path, text]));
  const writes = plan.writes.map((write) => ({ ...write, after: textByPath.get(write.path) ?? write.after }));
  for (const [index, { path, after, role }] of writes.entries()) {
    const before = plan.writes[index]?.after ?? null;
    if (after === before) continue;
    await transaction.write({ path, before, after });
    if (role !== 'secret') await transaction.write({ path: writtenOf(path), before, after });
  }
  return { ...plan, writes };
}

const usualLockFiles = ['package-lock.json', 'yarn.lock', 'pnpm-lock.yaml'];

/** Beside the record: originals of what is edited, and everything that a later merge starts from as it was written. */
async function recordChanges({ plan, files, record }: PlanToCheck): Promise<readonly FileChange[]> {
  const changes: FileChange[] = [];
  const keep = (path: string, after: string) => changes.push({ path, before: files.read(path), after });
  for (const { path, role, before, after } of plan.writes) {
    if (role === 'template' || role === 'created') keep(writtenOf(path), after);
    if (role !== 'edited' || before === null) continue;
    if (record?.files[path]?.role === 'created') {
      keep(writtenOf(path), after);
      continue;
    }
    const original = plan.originals?.[path] ?? (await originalText(files, path, before));
    // Where the user's changes cannot be separated from ours, the older pair stays, and `undo` will name the file.
    if (original === null) continue;
    keep(originalOf(path), original);
    keep(writtenOf(path), after);
  }
  return changes;
}

/** The file without anything of the kit: as it is, or as it would be had an earlier run not edited it. */
async function originalText(files: ProjectFiles, path: string, before: string): Promise<string | null> {
  const original = files.read(originalOf(path));
  const written = files.read(writtenOf(path));
  if (original === null || written === null) return original ?? before;
  const merge = await mergeTexts(written, before, original, { mine: 'yours', theirs: 'before' });
  return merge.hasConflicts ? null : merge.text;
}

function nextRecord(
  { plan, kit, record, form, framework, files }: ApplyRequest,
  lock: Readonly<Record<string, RecordedFile>>,
  records: readonly FileChange[],
): InstallationRecord {
  const copies = new Map(records.map(({ path, after }) => [path, after]));
  const written = plan.writes.flatMap((write): [string, RecordedFile][] =>
    write.role === 'secret'
      ? []
      : [[write.path, entryOf(write, write.role, record?.files[write.path], copies.get(originalOf(write.path)))]],
  );
  const config = plan.writes.find(({ path }) => path === `${plan.dir}/config.json`)?.after;
  const configText = config ?? files.read(`${plan.dir}/config.json`);
  const app = configText === null ? record?.app : permanentConfigIn(configText);
  return {
    recordVersion: 1,
    kit: record?.kit ?? kit.version,
    dir: plan.dir,
    form: record?.form ?? form,
    framework: record?.framework ?? framework,
    choices: { identity: plan.answers.identity, storage: record?.choices.storage ?? plan.answers.storage },
    ...(app !== undefined && fingerprintIn(app) !== null && { app }),
    ...(configText !== null && { relays: record?.relays ?? listsIn('config.json', configText).relays }),
    files: { ...record?.files, ...Object.fromEntries(written), ...lock },
    packages: { ...record?.packages, ...newPackages(plan) },
  };
}

function entryOf(
  { after }: PlannedWrite,
  role: RecordedFile['role'],
  previous: RecordedFile | undefined,
  original: FileChange['after'] | undefined,
): RecordedFile {
  if (previous?.role === 'edited' && original == null) return previous;
  // A file that the first run made stays one that the kit made, whatever a later run edits in it.
  const kept = previous?.role === 'created' || previous?.role === 'template' ? previous.role : role;
  return {
    role: kept,
    hash: hashOf(after),
    ...(kept === 'edited' && original != null && { original: hashOf(original) }),
  };
}

/** The packages that this plan put into package.json, with their ranges. */
function newPackages(plan: Plan): Readonly<Record<string, string>> {
  const write = plan.writes.find(({ path }) => path === 'package.json');
  if (write?.before == null) return {};
  const before = packageJsonOf('package.json', write.before).all;
  const after = packageJsonOf('package.json', write.after).all;
  return Object.fromEntries(Object.entries(after).filter(([name, range]) => before[name] !== range));
}
