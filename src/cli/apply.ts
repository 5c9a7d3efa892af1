/** Executes a plan: all of it or nothing. */
import type { PackageManagerFacts } from './discover/package-manager';
import type { ProjectFiles } from './discover/project-files';
import { packageJsonOf } from './discover/package-json';
import type { Kit } from './kit';
import {
  hashOf,
  manifestFile,
  manifestText,
  originalOf,
  pristineOf,
  writtenOf,
  type Manifest,
  type ManifestFile,
} from './manifest';
import { mergeTexts } from './merge-texts';
import { everythingPutBack, installPackages } from './package-manager';
import type { Plan, PlannedWrite } from './plan';
import type { RunProgram } from './process';
import { checkChanges, inTransaction, type FileChange, type Transaction, type TransactionOptions } from './transaction';

export interface ApplyRequest extends TransactionOptions {
  readonly root: string;
  readonly files: ProjectFiles;
  readonly plan: Plan;
  readonly kit: Kit;
  readonly manifest: Manifest | null;
  readonly packageManager: PackageManagerFacts;
  /** Leaves node_modules and the lock file alone; the user installs. */
  readonly skipInstall: boolean;
  readonly run: RunProgram;
}

/** @throws KitError and Cancelled; the tree is then as it was, `node_modules` aside. */
export async function applyPlan(request: ApplyRequest): Promise<void> {
  const { root, files, plan, kit, manifest, skipInstall } = request;
  const records = await recordChanges(request);
  checkChanges(root, [...plan.writes, ...records]);
  await inTransaction(root, request, async (transaction) => {
    for (const change of [...records, ...plan.writes]) await transaction.write(change);
    const lock = plan.install && !skipInstall ? await install(request, transaction) : {};
    await transaction.write({
      path: manifestFile,
      before: files.read(manifestFile),
      after: manifestText(
        nextManifest({ plan, kit, manifest, lock, recorded: new Set(records.map(({ path }) => path)) }),
      ),
    });
  });
}

/** Runs the package manager, and records what it made of its lock file. */
async function install(request: ApplyRequest, transaction: Transaction): Promise<NextManifest['lock']> {
  const { root, files, manifest, packageManager, run, signal } = request;
  const lockFiles = packageManager.lockFile === null ? usualLockFiles : [packageManager.lockFile];
  const before = new Map(lockFiles.map((file) => [file, files.read(file)]));
  for (const file of lockFiles) transaction.guard(file);
  await transaction.step(`install packages with ${packageManager.name}`);
  await installPackages(run, packageManager, { cwd: root, signal, outcome: everythingPutBack });

  const lock: Record<string, ManifestFile> = {};
  for (const [file, textBefore] of before) {
    const text = files.read(file);
    // A workspace's lock file is not the app's.
    if (file.startsWith('..') || text === null || text === textBefore) continue;
    lock[file] = { role: 'lock', hash: hashOf(text) };
    if (textBefore !== null && manifest?.files[file] === undefined) {
      await transaction.write({ path: originalOf(file), before: files.read(originalOf(file)), after: textBefore });
    }
  }
  return lock;
}

const usualLockFiles = ['package-lock.json', 'yarn.lock', 'pnpm-lock.yaml'];

/** Beside the manifest: originals and results of what is edited, originals of what is removed, the template as it is copied. */
async function recordChanges({ plan, files, manifest }: ApplyRequest): Promise<readonly FileChange[]> {
  const changes: FileChange[] = [];
  const record = (path: string, after: string) => changes.push({ path, before: files.read(path), after });
  for (const { path, role, before, after } of plan.writes) {
    if (role === 'template' && after !== null) record(pristineOf(path), after);
    if ((role !== 'edited' && role !== 'removed') || before === null) continue;
    if (manifest?.files[path]?.role === 'created') continue;
    const original = await originalText(files, path, before);
    // Where the user's changes cannot be told from ours, the older pair stays, and `undo` will name the file.
    if (original === null) continue;
    record(originalOf(path), original);
    if (after !== null) record(writtenOf(path), after);
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

interface NextManifest {
  readonly plan: Plan;
  readonly kit: Kit;
  readonly manifest: Manifest | null;
  readonly lock: Readonly<Record<string, ManifestFile>>;
  readonly recorded: ReadonlySet<string>;
}

function nextManifest({ plan, kit, manifest, lock, recorded }: NextManifest): Manifest {
  const written = plan.writes.flatMap((write): [string, ManifestFile][] =>
    write.role === 'secret' ? [] : [[write.path, recordOf(write, manifest, recorded.has(originalOf(write.path)))]],
  );
  return {
    manifestVersion: 1,
    kit: manifest?.kit ?? kit.version,
    dir: plan.dir,
    choices: { identity: plan.answers.identity, storage: manifest?.choices.storage ?? plan.answers.storage },
    files: { ...manifest?.files, ...Object.fromEntries(written), ...lock },
    packages: { ...manifest?.packages, ...newPackages(plan) },
  };
}

function recordOf({ path, role, after }: PlannedWrite, manifest: Manifest | null, isRecorded: boolean): ManifestFile {
  const previous = manifest?.files[path];
  if (previous?.role === 'edited' && !isRecorded) return previous;
  // A file that the first run made stays one that the kit made, whatever a later run edits in it.
  const kept =
    previous?.role === 'created' || previous?.role === 'template' ? previous.role : (role as ManifestFile['role']);
  return { role: kept, hash: after === null ? null : hashOf(after) };
}

/** The packages that this plan put into package.json, with their ranges. */
function newPackages(plan: Plan): Readonly<Record<string, string>> {
  const write = plan.writes.find(({ path }) => path === 'package.json');
  if (write?.before == null || write.after === null) return {};
  const before = packageJsonOf('package.json', write.before).all;
  const after = packageJsonOf('package.json', write.after).all;
  return Object.fromEntries(Object.entries(after).filter(([name, range]) => before[name] !== range));
}
