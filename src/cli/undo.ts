/** Takes back what the record says was done: exactly where nothing changed since, and by name where something did. */
import type { ProjectFiles } from './discover/project-files';
import { formattedRecord } from './format-template';
import {
  hashOf,
  originalOf,
  recordFile,
  writtenOf,
  type InstallationRecord,
  type RecordedFile,
} from './installation-record';
import { mergeTexts } from './merge-texts';
import { ignoresSaltFile, saltFile } from './salt';
import type { FileChange } from './transaction';

export interface UndoPlan {
  readonly changes: readonly FileChange[];
  /** Files that hold changes of the user and stay as they are. */
  readonly kept: readonly string[];
  /** Files that lose what the kit wrote and keep what the user wrote since. */
  readonly merged: readonly string[];
  readonly notes: readonly string[];
}

export async function planUndo(files: ProjectFiles, record: InstallationRecord): Promise<UndoPlan> {
  const changes: FileChange[] = [];
  const copies: FileChange[] = [];
  const kept: string[] = [];
  const merged: string[] = [];
  const remaining: Record<string, RecordedFile> = {};

  for (const [path, recorded] of Object.entries(record.files)) {
    const present = files.read(path);
    const outcome = await undoFile(files, path, recorded, present);
    if (outcome.kind === 'kept') {
      kept.push(path);
      remaining[path] = recorded;
      continue;
    }
    if (outcome.kind === 'merged') merged.push(path);
    if (outcome.text !== present) changes.push({ path, before: present, after: outcome.text });
    for (const copy of [originalOf(path), writtenOf(path)]) {
      const text = files.read(copy);
      if (text !== null) copies.push({ path: copy, before: text, after: null });
    }
  }

  for (const path of compiledModules(files, record)) changes.push({ path, before: files.read(path), after: null });

  const isDone = kept.length === 0;
  copies.push({
    path: recordFile,
    before: files.read(recordFile),
    after: isDone ? null : await formattedRecord(files, { ...record, files: remaining }),
  });
  return { changes: [...changes, ...copies], kept, merged, notes: notesFor(files, changes) };
}

/** The app's builds compile `x.wasm` beside `x.asm.ts`; the salt is in it, masked, and only the kit's line in .gitignore keeps it out of commits. */
function compiledModules(files: ProjectFiles, record: InstallationRecord): readonly string[] {
  return Object.keys(record.files)
    .filter((path) => path.endsWith('.asm.ts'))
    .map((path) => path.replace(/\.asm\.ts$/, '.wasm'))
    .filter((path) => files.read(path) !== null);
}

type Outcome = { readonly kind: 'restored' | 'merged'; readonly text: string | null } | { readonly kind: 'kept' };

async function undoFile(
  files: ProjectFiles,
  path: string,
  { role, hash }: RecordedFile,
  present: string | null,
): Promise<Outcome> {
  const original = role === 'template' || role === 'created' ? null : files.read(originalOf(path));
  if (present === null) return role === 'edited' ? { kind: 'kept' } : { kind: 'restored', text: original };
  if (hash === hashOf(present)) return { kind: 'restored', text: original };

  if (role === 'lock') return { kind: 'restored', text: present };
  const written = files.read(writtenOf(path));
  if (role !== 'edited' || original === null || written === null) return { kind: 'kept' };
  const merge = await mergeTexts(written, present, original, { mine: 'yours', theirs: 'before' });
  return merge.hasConflicts ? { kind: 'kept' } : { kind: 'merged', text: merge.text };
}

function notesFor(files: ProjectFiles, changes: readonly FileChange[]): readonly string[] {
  if (files.read(saltFile) === null) return [];
  const notes = [
    `${saltFile} keeps the salt: without it nobody could read again what they have synced. Delete it only if this app has no users.`,
  ];
  const gitignore = changes.find(({ path }) => path === '.gitignore');
  if (gitignore !== undefined && !ignoresSaltFile(gitignore.after?.toString() ?? null)) {
    notes.push(
      `.gitignore is as it was before, so git sees ${saltFile} again: take care that it does not get into a commit.`,
    );
  }
  return notes;
}
