/**
 * The journal: on disk, what a command is about to change, as it was. A run that was killed leaves it behind, and the next command that changes
 * something puts everything back first. It comes from a disk that others may have written to, so it is checked whole before a byte is moved.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { KitError } from '../preset/kit-error';
import { stateFolder } from './installation-record';
import { isProjectPath, isSecretFile, projectPath } from './project-path';

export interface JournalEntry {
  readonly path: string;
  /** The name of the copy in the journal; `null` where there was no file. */
  readonly copy: string | null;
  readonly mode: number | null;
  /** The topmost folder that had to be made for it; `null` where its folder existed. */
  readonly madeFolder: string | null;
  /**
   * Only for the file of the salt, to which a line was added, and of which no copy is made: it is cut to `bytes`, or removed where it did not exist,
   * if it still has this hash. Who writes a journal without knowing the salt cannot make a command remove it.
   */
  readonly secret?: { readonly hash: string; readonly bytes: number | null };
}

/** Ignored by git through a `.gitignore` of its own: what is in it lasts for one run. */
export const journalFolder = `${stateFolder}/journal`;
export const journalIndex = `${journalFolder}/index.json`;

/** Files that the journal names; the others are put back from memory, on an error and on Ctrl-C, but not after a kill. */
export function isJournaled(file: string): boolean {
  // A workspace's lock file is outside the project.
  return isProjectPath(file);
}

/** The folder, made where it is not there yet. Absolute. */
export function openJournalFolder(root: string): string {
  const folder = projectPath(root, journalFolder);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(projectPath(root, `${journalFolder}/.gitignore`), '*\n');
  return folder;
}

/** Writes the copy of a file, then the index that names it: a kill between the two leaves a journal that is whole. */
export function writeJournal(root: string, entries: readonly JournalEntry[], copy: Uint8Array | null): void {
  openJournalFolder(root);
  const name = entries.at(-1)?.copy ?? null;
  if (copy !== null && name !== null)
    fs.writeFileSync(projectPath(root, `${journalFolder}/${name}`), copy, { mode: 0o600 });
  const staged = projectPath(root, `${journalFolder}/index.staged`);
  fs.writeFileSync(staged, JSON.stringify(entries));
  fs.renameSync(staged, projectPath(root, journalIndex));
}

export function removeJournal(root: string): void {
  fs.rmSync(projectPath(root, journalFolder), { recursive: true, force: true });
  const folder = projectPath(root, stateFolder);
  if (fs.existsSync(folder) && fs.readdirSync(folder).length === 0) fs.rmdirSync(folder);
}

/** What an interrupted run has left to put back; empty where there was none. @throws KitError JOURNAL_INVALID */
export function readJournal(root: string): readonly JournalEntry[] {
  const stat = fs.lstatSync(path.join(root, journalIndex), { throwIfNoEntry: false });
  if (stat === undefined) return [];
  try {
    const index = projectPath(root, journalIndex);
    if (!stat.isFile() || stat.size > largestIndex) throw new Error('it is no file, or a huge one');
    const entries: unknown = JSON.parse(fs.readFileSync(index, 'utf8'));
    if (!Array.isArray(entries)) throw new Error('it holds no list');
    for (const entry of entries) checkEntry(root, entry);
    const paths = new Set(entries.map(({ path: file }: JournalEntry) => file));
    const nested = [...paths].find((file) => foldersAbove(file).some((folder) => paths.has(folder)));
    if (nested !== undefined) throw new Error(`a folder of ${nested} is a file in it`);
    return entries as JournalEntry[];
  } catch (error) {
    if (error instanceof KitError && error.code === 'JOURNAL_INVALID') throw error;
    throw invalid((error as Error).message);
  }
}

const largestIndex = 1_000_000;

function checkEntry(root: string, entry: unknown): asserts entry is JournalEntry {
  const { path: file, copy, mode, madeFolder, secret } = Object(entry) as Partial<Record<keyof JournalEntry, unknown>>;
  const isNamed = isProjectPath(file) && !file.startsWith(`${journalFolder}/`);
  if (!isNamed || isSecretFile(file) !== isSecret(secret) || (secret !== undefined && copy !== null))
    throw new Error(`it names ${JSON.stringify(file)?.slice(0, 100)}, which no run journals`);
  if (!isFileOrNothing(projectPath(root, file))) throw new Error(`${file} is no file`);
  if (copy !== null) {
    if (typeof copy !== 'string' || !/^\d{1,6}$/.test(copy)) throw new Error(`the copy of ${file} has no valid name`);
    const kept = fs.lstatSync(projectPath(root, `${journalFolder}/${copy}`), { throwIfNoEntry: false });
    if (kept === undefined || !kept.isFile()) throw new Error(`the copy of ${file} is missing`);
  }
  const isMode = Number.isInteger(mode) && (mode as number) >= 0 && (mode as number) <= 0o177777;
  const hadFile = isSecret(secret) ? secret.bytes !== null : copy !== null;
  if (hadFile ? !isMode : mode !== null) throw new Error(`the mode of ${file} is no mode`);
  const isAncestor = isProjectPath(madeFolder) && file.startsWith(`${madeFolder}/`);
  if (madeFolder !== null && !isAncestor) throw new Error(`the folder of ${file} is not above it`);
}

function isSecret(value: unknown): value is NonNullable<JournalEntry['secret']> {
  const { hash, bytes } = Object(value) as Record<string, unknown>;
  return (
    typeof hash === 'string' &&
    /^[0-9a-f]{64}$/.test(hash) &&
    (bytes === null || (Number.isInteger(bytes) && Number(bytes) >= 0))
  );
}

function foldersAbove(file: string): readonly string[] {
  const names = file.split('/').slice(0, -1);
  return names.map((_, depth) => names.slice(0, depth + 1).join('/'));
}

function isFileOrNothing(target: string): boolean {
  return fs.lstatSync(target, { throwIfNoEntry: false })?.isFile() ?? true;
}

function invalid(reason: string): KitError {
  return new KitError(
    'JOURNAL_INVALID',
    `${journalIndex} cannot be used (${reason}). An interrupted command leaves such a file, and the next one puts back what it lists; this one was damaged, or did not come from this program. Nothing was changed. See what git says about the project (git status), delete the folder ${journalFolder}, and run the command again.`,
  );
}
