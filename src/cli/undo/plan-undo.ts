/** Takes back what the record says was done: exactly where nothing but the format changed since, and by name where something did. */
import type { ProjectFiles } from '../discover/project-files';
import { formattedRecord } from '../format-template';
import { heldFiles } from '../git';
import {
  hashOf,
  originalOf,
  recordFile,
  stateFolder,
  writtenOf,
  type InstallationRecord,
  type RecordedFile,
} from '../installation-record';
import type { RunProgram } from '../process';
import { saltFile } from '../salt';
import type { FileChange } from '../transaction';
import { findAppUses, type AppUse } from './app-uses';
import { planFile, type FileOutcome, type KeptFile } from './plan-file';
import { planLock } from './plan-lock';
import { planPackageJson, type PackageJsonOutcome } from './plan-package-json';
import { withSaltLine } from './salt-line';
import { isSameContent } from './same-content';

export interface UndoRequest {
  readonly files: ProjectFiles;
  readonly record: InstallationRecord;
  readonly run: RunProgram;
  /** Files of the template that were changed since go, although nobody else has their content. */
  readonly discardChanges: boolean;
}

export interface UndoPlan {
  /** The app's files first, then the kit's own. */
  readonly changes: readonly FileChange[];
  /** What stays of the installation. The record stays with it, for another `undo`. */
  readonly kept: readonly KeptFile[];
  /** Files that lose what the kit wrote and keep what the user wrote since. */
  readonly merged: readonly string[];
  /** Those of `kept` that hold changes which would be lost with them, and which `discardChanges` removes. */
  readonly unsaved: readonly string[];
  /** Where files of the app import what goes. */
  readonly imports: readonly AppUse[];
  readonly notes: readonly string[];
  /** Folders that may be empty afterwards, innermost first. */
  readonly folders: readonly string[];
  /** How packages follow: not at all, exactly as the lock file says, or with a lock file that the package manager changes. */
  readonly packages: 'stay' | 'by the lock file' | 'with the lock file';
}

/** @throws KitError JSON_INVALID, JSON_SHAPE */
export async function planUndo(request: UndoRequest): Promise<UndoPlan> {
  const { files, record } = request;
  const notes: string[] = [];
  const outcomes = await planFiles(request, notes);

  const gone = new Set(
    Object.entries(record.files)
      .filter(([path, { role }]) => role === 'template' || outcomes.get(path)?.kind === 'done')
      .filter(([path]) => textAfter(outcomes.get(path), files.read(path)) === null)
      .map(([path]) => path),
  );
  const uses = findAppUses(filesAfter(files, outcomes), gone, Object.keys(record.packages));
  const isOwnConfigLeft = [...outcomes].some(
    ([path, outcome]) =>
      record.files[path]?.role === 'created' &&
      outcome.kind === 'done' &&
      outcome.isOwnConfig === true &&
      outcome.text !== null,
  );
  const isHeld = [...outcomes.values()].some(({ kind }) => kind !== 'done');
  const packageJson = planPackageJson({ files, record, uses: uses.packages, isHeld, isOwnConfigLeft, notes });
  const isComplete = !isHeld && packageJson.kept.length === 0;
  const lock = planLock({ files, record, packageJson, isComplete });

  const kept = [...[...outcomes].flatMap(keptOf), ...packageJson.kept];
  const changes = changesOf(files, [
    ...[...outcomes].flatMap(([path, outcome]): Written[] => (outcome.kind === 'done' ? [[path, outcome.text]] : [])),
    ...packageJson.writes,
    ...lock.writes,
    ...compiledModules(files, record).map((path): Written => [path, null]),
  ]);
  noteSalt(files, outcomes, notes);
  return {
    changes: [...changes, ...(await recordChanges(request, outcomes, packageJson, isComplete))],
    kept,
    merged: [
      ...[...outcomes].flatMap(([path, outcome]) => (outcome.kind === 'done' && outcome.isMerged ? [path] : [])),
      ...(packageJson.isMerged ? ['package.json'] : []),
    ],
    unsaved: [...outcomes].flatMap(([path, { kind }]) => (kind === 'unsaved' ? [path] : [])),
    imports: uses.template,
    notes,
    folders: foldersOf(files, record),
    packages: lock.packages,
  };
}

/** The project as it will be, but for package.json. */
function filesAfter(files: ProjectFiles, outcomes: ReadonlyMap<string, FileOutcome>): ProjectFiles {
  return {
    ...files,
    read(file) {
      const outcome = outcomes.get(file);
      return outcome?.kind === 'done' ? outcome.text : files.read(file);
    },
  };
}

/** Every file but package.json and lock files. */
async function planFiles(request: UndoRequest, notes: string[]): Promise<ReadonlyMap<string, FileOutcome>> {
  const { files, record, run, discardChanges } = request;
  const outcomes = new Map<string, FileOutcome>();
  for (const [path, recorded] of Object.entries(record.files)) {
    if (path === 'package.json' || recorded.role === 'lock') continue;
    outcomes.set(path, await planFile(files, record, path, recorded));
  }
  for (const [path, from] of movedFiles(files, record))
    outcomes.set(from, {
      kind: 'kept',
      movedTo: path,
      why: `it is what init wrote to ${from}, and somebody has moved it. Remove it yourself, or move it back, and run "undo" again.`,
    });
  const unsaved = [...outcomes].flatMap(([path, { kind }]) => (kind === 'unsaved' ? [path] : []));
  const held = await heldFiles(run, files.root, unsaved);
  for (const path of unsaved) {
    const id = held[path];
    if (id !== undefined)
      notes.push(`${path} goes with your changes to it, which git has: git show ${id.slice(0, 12)}`);
    if (id !== undefined || discardChanges) outcomes.set(path, { kind: 'done', text: null });
  }
  const gitignore = outcomes.get('.gitignore');
  if (gitignore?.kind === 'done') {
    const text = await withSaltLine(request, gitignore.text);
    outcomes.set('.gitignore', { ...gitignore, text, isSaltLineKept: text !== gitignore.text });
  }
  return outcomes;
}

/** Files of the template that are somewhere else now, as they were written. */
function movedFiles(
  files: ProjectFiles,
  record: InstallationRecord,
): readonly (readonly [path: string, from: string])[] {
  const missing = Object.entries(record.files).filter(
    ([path, { role }]) => role === 'template' && files.read(path) === null,
  );
  if (missing.length === 0) return [];
  const others = files.list('src').filter((file) => record.files[file] === undefined);
  return missing.flatMap(([from]) => {
    const written = files.read(writtenOf(from));
    const name = `/${from.split('/').at(-1)}`;
    const isMoved = (file: string) => file.endsWith(name) && isSameContent(file, files.read(file) ?? '', written ?? '');
    return written === null ? [] : others.filter(isMoved).map((path) => [path, from] as const);
  });
}

/** The app's builds compile `x.wasm` beside `x.asm.ts`; the salt is in it, masked, and only the kit's line in .gitignore keeps it out of commits. */
function compiledModules(files: ProjectFiles, record: InstallationRecord): readonly string[] {
  return Object.keys(record.files)
    .filter((path) => path.endsWith('.asm.ts'))
    .map((path) => path.replace(/\.asm\.ts$/, '.wasm'))
    .filter((path) => files.read(path) !== null);
}

function textAfter(outcome: FileOutcome | undefined, present: string | null): string | null {
  return outcome?.kind === 'done' ? outcome.text : present;
}

function keptOf([path, outcome]: readonly [string, FileOutcome]): readonly KeptFile[] {
  if (outcome.kind === 'done') return [];
  const why =
    outcome.kind === 'kept'
      ? outcome.why
      : 'it holds changes of yours that git does not have. Commit it or remove it and run "undo" again, or add --discard-changes.';
  return [{ path: outcome.kind === 'kept' ? (outcome.movedTo ?? path) : path, why }];
}

type Written = readonly [path: string, text: string | null];

function changesOf(files: ProjectFiles, writes: readonly Written[]): readonly FileChange[] {
  return writes.flatMap(([path, after]) => {
    const before = files.read(path);
    return before === after ? [] : [{ path, before, after }];
  });
}

/** The kit's own files: all of them go, or those stay that another run needs. */
async function recordChanges(
  { files, record }: UndoRequest,
  outcomes: ReadonlyMap<string, FileOutcome>,
  packageJson: PackageJsonOutcome,
  isComplete: boolean,
): Promise<readonly FileChange[]> {
  const remaining: Record<string, RecordedFile> = {};
  for (const [path, recorded] of isComplete ? [] : Object.entries(record.files))
    if (recorded.role === 'lock' || path === 'package.json' || outcomes.get(path)?.kind !== 'done')
      remaining[path] = recorded;
  const copies: Written[] = [];
  for (const path of Object.keys(record.files))
    if (remaining[path] === undefined) copies.push([originalOf(path), null], [writtenOf(path), null]);
  const entry = remaining['package.json'];
  if (entry !== undefined && packageJson.written !== null) {
    remaining['package.json'] = { ...entry, hash: hashOf(packageJson.written) };
    copies.push([writtenOf('package.json'), packageJson.written]);
  }
  const after = isComplete ? null : await formattedRecord(files, { ...record, files: remaining });
  return changesOf(files, [...copies, [recordFile, after]]);
}

/** Every folder that something was written to, which is empty now or will be. */
function foldersOf(files: ProjectFiles, { files: recorded }: InstallationRecord): readonly string[] {
  const paths = Object.keys(recorded).flatMap((path) => [path, originalOf(path), writtenOf(path)]);
  const folders = paths.flatMap((path) => {
    const parts = path.split('/').slice(0, -1);
    return parts.map((_, depth) => parts.slice(0, depth + 1).join('/'));
  });
  return [...new Set([...folders, stateFolder])].sort((a, b) => b.split('/').length - a.split('/').length);
}

function noteSalt(files: ProjectFiles, outcomes: ReadonlyMap<string, FileOutcome>, notes: string[]): void {
  if (files.read(saltFile) === null) return;
  const gitignore = outcomes.get('.gitignore');
  const isLineKept = gitignore?.kind === 'done' && gitignore.isSaltLineKept === true;
  notes.push(
    `${saltFile} keeps the salt: without it nobody could read again what they have synced. Delete it only if this app has no users.${isLineKept ? ' .gitignore keeps the line for it, because nothing else keeps it out of git.' : ''}`,
  );
}
