/**
 * Changes of several files as one: all of them or none. Originals are kept in memory, for an error and for Ctrl-C, and in a journal on disk, for a
 * process that is killed: the next run finds the journal and puts everything back.
 */
import { isUtf8 } from 'node:buffer';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { KitError } from '../preset/kit-error';
import { hashOf } from './installation-record';
import {
  isJournaled,
  journalFolder,
  openJournalFolder,
  readJournal,
  removeJournal,
  writeJournal,
  type JournalEntry,
} from './journal';
import { isProjectPath, isSecretFile, projectPath } from './project-path';
import { Cancelled } from './terminal';

export interface FileChange {
  /** Relative to the project, with `/`. */
  readonly path: string;
  /** What the change was planned for; anything else there by now refuses it. `null`: no file. */
  readonly before: string | null;
  /** `null` removes the file. */
  readonly after: string | Uint8Array | null;
}

export interface Transaction {
  /** Makes one change. */
  write(change: FileChange): Promise<void>;
  /** Keeps what another program is about to change (a lock file), to put it back on failure. */
  guard(file: string): void;
  /** Announces a step that is no file, such as an installation. */
  step(name: string): Promise<void>;
}

export interface TransactionOptions {
  /** Aborted on Ctrl-C; everything is put back before `inTransaction` rejects. */
  readonly signal?: AbortSignal;
  /** Called before each step with its name; what it throws counts as a failure of that step. */
  readonly onStep?: (name: string) => void;
}

/** A file as it was before the first change. */
interface Original {
  readonly path: string;
  readonly bytes: Uint8Array | null;
  readonly mode: number | null;
  readonly madeFolder: string | null;
}

/** Runs `body`; when it throws, every file that it wrote or guarded is as it was before. */
export async function inTransaction<T>(
  root: string,
  { signal, onStep }: TransactionOptions,
  body: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  recoverInterrupted(root);
  const originals: Original[] = [];
  const entries: JournalEntry[] = [];
  const journalMadeFolder = topmostMissing(root, journalFolder);

  const keep = (file: string, after: FileChange['after'] = null): void => {
    if (originals.some((original) => original.path === file)) return;
    const original = originalAt(root, file);
    originals.push(original);
    if (!isJournaled(file)) return;
    const { bytes, mode, madeFolder } = original;
    if (isSecretFile(file)) {
      const secret = { hash: hashOf(after ?? ''), bytes: bytes?.length ?? null };
      entries.push({ path: file, copy: null, mode, madeFolder, secret });
      writeJournal(root, entries, null);
      return;
    }
    entries.push({ path: file, copy: bytes === null ? null : String(entries.length), mode, madeFolder });
    writeJournal(root, entries, bytes);
  };

  const step = async (name: string): Promise<void> => {
    // Signals are delivered between turns of the event loop only.
    await nextTurn();
    if (signal?.aborted) throw new Cancelled();
    onStep?.(name);
  };

  try {
    const result = await body({
      step,
      guard: (file) => keep(file),
      async write(change) {
        await step(change.after === null ? `remove ${change.path}` : `write ${change.path}`);
        checkUnchanged(root, change);
        keep(change.path, change.after);
        put(root, change);
      },
    });
    await step('commit');
    removeJournal(root);
    return result;
  } catch (error) {
    putAllBack(root, originals, error);
    removeJournal(root);
    removeEmptyFolder(root, journalMadeFolder);
    throw error;
  }
}

/** What was added goes first, so that a full disk has room for the rest. @throws KitError NOT_PUT_BACK; the journal then still has everything */
function putAllBack(root: string, originals: readonly Original[], cause: unknown): void {
  try {
    const backwards = [...originals].reverse();
    for (const original of backwards.filter(({ bytes }) => bytes === null)) putBack(root, original);
    for (const original of backwards.filter(({ bytes }) => bytes !== null)) putBack(root, original);
  } catch (error) {
    throw new KitError(
      'NOT_PUT_BACK',
      `The command failed (${reasonOf(cause)}), and what it had begun could not be put back (${reasonOf(error)}). Nothing is lost: correct that and run the command again, which puts everything back first.`,
    );
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Puts back what a killed run left behind. Returns the files. @throws KitError JOURNAL_INVALID before anything is put back */
export function recoverInterrupted(root: string): readonly string[] {
  const entries = readJournal(root);
  for (const { path: file, copy, mode, madeFolder, secret } of [...entries].reverse()) {
    if (secret !== undefined) {
      const present = fs.existsSync(projectPath(root, file)) ? fs.readFileSync(projectPath(root, file)) : null;
      if (present === null || hashOf(present) !== secret.hash) continue;
      const before = secret.bytes === null ? null : present.subarray(0, secret.bytes);
      putBack(root, { path: file, bytes: before, mode, madeFolder });
      continue;
    }
    const bytes = copy === null ? null : fs.readFileSync(projectPath(root, `${journalFolder}/${copy}`));
    putBack(root, { path: file, bytes, mode, madeFolder });
  }
  if (entries.length > 0) removeJournal(root);
  return entries.map((entry) => entry.path);
}

/** Refuses changes that cannot be made, before the first one is. @throws KitError PATH_OUTSIDE, PATH_LINKED, PATH_TAKEN, CHANGED_MEANWHILE, NOT_UTF8, READ_ONLY */
export function checkChanges(root: string, changes: readonly FileChange[]): void {
  for (const change of changes) {
    checkUnchanged(root, change);
    const existing = nearestExisting(projectPath(root, change.path));
    const { mode } = fs.statSync(existing);
    if ((mode & 0o222) !== 0 && canWrite(existing)) continue;
    throw new KitError(
      'READ_ONLY',
      `${path.relative(root, existing) || root} is read-only, so ${change.path} cannot be written. Nothing was changed. Make it writable and run the command again.`,
    );
  }
}

function checkUnchanged(root: string, { path: file, before, after }: FileChange): void {
  const target = projectPath(root, file);
  const stat = fs.statSync(target, { throwIfNoEntry: false });
  requireFile(file, stat);
  const bytes = stat === undefined ? null : fs.readFileSync(target);
  if ((bytes?.toString('utf8') ?? null) === before) {
    // Read as a text and written again it would be another one.
    if (bytes === null || after === null || isUtf8(bytes)) return;
    throw new KitError(
      'NOT_UTF8',
      `${file} is not in UTF-8, so it cannot be edited without damage. Nothing was changed. Save it in UTF-8 and run the command again.`,
    );
  }
  throw new KitError(
    'CHANGED_MEANWHILE',
    `${file} was changed while the command ran. Nothing was changed. Run the command again.`,
  );
}

/** What is read or replaced must not be a folder, a pipe or a device. */
function requireFile(file: string, stat: fs.Stats | undefined): void {
  if (stat === undefined || stat.isFile()) return;
  const what = stat.isDirectory() ? 'a folder' : 'none';
  throw new KitError(
    'PATH_TAKEN',
    `${file} has to be a file and is ${what}. Nothing was changed. Move it away and run the command again.`,
  );
}

/** A file appears whole or not at all, and keeps its mode; what holds the salt is its owner's alone, whoever made it. */
function put(root: string, { path: file, after }: FileChange): void {
  const target = projectPath(root, file);
  if (after === null) {
    fs.rmSync(target);
    return;
  }
  fs.mkdirSync(path.dirname(target), { recursive: true });
  const isSecret = isSecretFile(file);
  const mode = isSecret ? 0o600 : fs.statSync(target, { throwIfNoEntry: false })?.mode;
  // A kill at this moment must not leave the salt where it may be committed, so it is staged in a folder that git ignores.
  const staged = isSecret ? path.join(openJournalFolder(root), 'staged') : `${target}.zbs-${process.pid}`;
  replaceFile(target, staged, after, mode);
}

function replaceFile(target: string, staged: string, content: string | Uint8Array, mode: number | undefined): void {
  try {
    fs.writeFileSync(staged, content, mode === undefined ? {} : { mode });
    if (mode !== undefined) fs.chmodSync(staged, mode & 0o777);
    fs.renameSync(staged, target);
  } catch (error) {
    fs.rmSync(staged, { force: true });
    throw error;
  }
}

function originalAt(root: string, file: string): Original {
  const target = isProjectPath(file) ? projectPath(root, file) : path.join(root, file);
  const stat = fs.statSync(target, { throwIfNoEntry: false });
  requireFile(file, stat);
  return {
    path: file,
    bytes: stat === undefined ? null : fs.readFileSync(target),
    mode: stat?.mode ?? null,
    madeFolder: isProjectPath(file) ? topmostMissing(root, path.posix.dirname(file)) : null,
  };
}

function putBack(root: string, { path: file, bytes, mode, madeFolder }: Original): void {
  // Only the lock file of a workspace is outside, and only this process, never a journal, says so.
  const target = isProjectPath(file) ? projectPath(root, file) : path.join(root, file);
  if (bytes === null) fs.rmSync(target, { force: true });
  else {
    const stat = fs.lstatSync(target, { throwIfNoEntry: false });
    const isThere = stat?.isFile() === true && fs.readFileSync(target).equals(bytes);
    if (!isThere) {
      // Never in place: a file that is cut off by a full disk would be lost.
      fs.mkdirSync(path.dirname(target), { recursive: true });
      replaceFile(target, `${target}.zbs-${process.pid}`, bytes, mode ?? undefined);
    } else if (mode !== null && mode !== stat.mode) fs.chmodSync(target, mode & 0o777);
  }
  removeEmptyFolder(root, madeFolder);
}

/** Removes a folder and the folders in it, as long as they hold no file. */
function removeEmptyFolder(root: string, folder: string | null): void {
  if (folder === null) return;
  const target = projectPath(root, folder);
  if (!fs.existsSync(target)) return;
  for (const entry of fs.readdirSync(target, { withFileTypes: true })) {
    if (entry.isDirectory() && isProjectPath(entry.name)) removeEmptyFolder(root, `${folder}/${entry.name}`);
  }
  if (fs.readdirSync(target).length === 0) fs.rmdirSync(target);
}

export function removeFolderIfEmpty(root: string, folder: string): void {
  const target = projectPath(root, folder);
  if (fs.existsSync(target) && fs.readdirSync(target).length === 0) fs.rmdirSync(target);
}

function topmostMissing(root: string, folder: string): string | null {
  const parts = folder === '.' ? [] : folder.split('/');
  const missing = parts.findIndex((_, index) => !fs.existsSync(path.join(root, ...parts.slice(0, index + 1))));
  return missing === -1 ? null : parts.slice(0, missing + 1).join('/');
}

function nearestExisting(target: string): string {
  return fs.existsSync(target) ? target : nearestExisting(path.dirname(target));
}

function canWrite(target: string): boolean {
  try {
    fs.accessSync(target, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
