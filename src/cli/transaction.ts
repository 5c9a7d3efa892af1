/**
 * Changes of several files as one: all of them or none. Originals go to a journal on disk first, so that an error, Ctrl-C or even a killed
 * process leaves nothing half done: the next run finds the journal and puts everything back.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { KitError } from '../preset/kit-error';
import { stateFolder } from './installation-record';
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

interface JournalEntry {
  readonly path: string;
  /** The name of the copy in the journal; `null` where there was no file. */
  readonly copy: string | null;
  readonly mode: number | null;
  /** The topmost folder that has to be made for it; `null` where its folder exists. */
  readonly madeFolder: string | null;
}

const journalFolder = `${stateFolder}/journal`;
const journalIndex = `${journalFolder}/index.json`;

/** Runs `body`; when it throws, every file that it wrote or guarded is as it was before. */
export async function inTransaction<T>(
  root: string,
  { signal, onStep }: TransactionOptions,
  body: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  recoverInterrupted(root);
  const entries: JournalEntry[] = [];
  const journalMadeFolder = topmostMissing(root, journalFolder);

  const keep = (file: string): void => {
    if (entries.some((entry) => entry.path === file)) return;
    const target = absolute(root, file);
    const exists = fs.existsSync(target);
    const copy = exists ? String(entries.length) : null;
    fs.mkdirSync(absolute(root, journalFolder), { recursive: true });
    if (copy !== null) fs.copyFileSync(target, absolute(root, `${journalFolder}/${copy}`));
    const mode = exists ? fs.statSync(target).mode : null;
    entries.push({ path: file, copy, mode, madeFolder: topmostMissing(root, path.posix.dirname(file)) });
    fs.writeFileSync(absolute(root, journalIndex), JSON.stringify(entries));
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
      guard: keep,
      async write(change) {
        await step(change.after === null ? `remove ${change.path}` : `write ${change.path}`);
        checkUnchanged(root, change);
        keep(change.path);
        put(root, change);
      },
    });
    await step('commit');
    removeJournal(root);
    return result;
  } catch (error) {
    restore(root, entries);
    removeJournal(root);
    removeEmptyFolder(root, journalMadeFolder);
    throw error;
  }
}

/** Puts back what a killed run left behind. Returns the files. */
export function recoverInterrupted(root: string): readonly string[] {
  const index = absolute(root, journalIndex);
  if (!fs.existsSync(index)) return [];
  const entries = JSON.parse(fs.readFileSync(index, 'utf8')) as JournalEntry[];
  restore(root, entries);
  removeJournal(root);
  return entries.map((entry) => entry.path);
}

/** Refuses changes that cannot be made, before the first one is. @throws KitError READ_ONLY, CHANGED_MEANWHILE */
export function checkChanges(root: string, changes: readonly FileChange[]): void {
  for (const change of changes) {
    checkUnchanged(root, change);
    const existing = nearestExisting(absolute(root, change.path));
    const { mode } = fs.statSync(existing);
    if ((mode & 0o222) !== 0 && canWrite(existing)) continue;
    throw new KitError(
      'READ_ONLY',
      `${path.relative(root, existing) || root} is read-only, so ${change.path} cannot be written. Nothing was changed. Make it writable and run the command again.`,
    );
  }
}

function checkUnchanged(root: string, { path: file, before }: FileChange): void {
  const target = absolute(root, file);
  const stat = fs.statSync(target, { throwIfNoEntry: false });
  if (stat?.isDirectory()) {
    throw new KitError(
      'PATH_TAKEN',
      `${file} has to be a file and is a folder. Nothing was changed. Move the folder away and run the command again.`,
    );
  }
  const present = stat === undefined ? null : fs.readFileSync(target, 'utf8');
  if (present === before) return;
  throw new KitError(
    'CHANGED_MEANWHILE',
    `${file} was changed while the command ran. Nothing was changed. Run the command again.`,
  );
}

/** A file appears whole or not at all, and keeps its mode. */
function put(root: string, { path: file, after }: FileChange): void {
  const target = absolute(root, file);
  if (after === null) {
    fs.rmSync(target);
    return;
  }
  fs.mkdirSync(path.dirname(target), { recursive: true });
  const real = fs.existsSync(target) ? fs.realpathSync(target) : target;
  const staged = `${real}.zbs-${process.pid}`;
  const mode = fs.existsSync(real) ? fs.statSync(real).mode : file.startsWith('.env') ? 0o600 : undefined;
  try {
    fs.writeFileSync(staged, after, mode === undefined ? {} : { mode });
    if (mode !== undefined) fs.chmodSync(staged, mode);
    fs.renameSync(staged, real);
  } catch (error) {
    fs.rmSync(staged, { force: true });
    throw error;
  }
}

function restore(root: string, entries: readonly JournalEntry[]): void {
  for (const { path: file, copy, mode, madeFolder } of [...entries].reverse()) {
    const target = absolute(root, file);
    if (copy === null) fs.rmSync(target, { force: true });
    else {
      fs.copyFileSync(absolute(root, `${journalFolder}/${copy}`), target);
      if (mode !== null) fs.chmodSync(target, mode);
    }
    removeEmptyFolder(root, madeFolder);
  }
}

function removeJournal(root: string): void {
  fs.rmSync(absolute(root, journalFolder), { recursive: true, force: true });
  const folder = absolute(root, stateFolder);
  if (fs.existsSync(folder) && fs.readdirSync(folder).length === 0) fs.rmdirSync(folder);
}

/** Removes a folder and the folders in it, as long as they hold no file. */
export function removeEmptyFolder(root: string, folder: string | null): void {
  if (folder === null) return;
  const target = absolute(root, folder);
  if (!fs.existsSync(target)) return;
  for (const entry of fs.readdirSync(target, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolder(root, `${folder}/${entry.name}`);
  }
  if (fs.readdirSync(target).length === 0) fs.rmdirSync(target);
}

function topmostMissing(root: string, folder: string): string | null {
  const parts = folder === '.' ? [] : folder.split('/');
  const missing = parts.findIndex((_, index) => !fs.existsSync(absolute(root, parts.slice(0, index + 1).join('/'))));
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

function absolute(root: string, file: string): string {
  return path.join(root, ...file.split('/'));
}
