/**
 * `undo` removes packages when the files of the app, its record among them, are restored: from then on nothing in the app says that node_modules still holds
 * them. A mark in node_modules itself does, until the package manager has finished, so that the next command can say it, or finish it.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { readPackageJson } from '../discover/package-json';
import type { ProjectFiles } from '../discover/project-files';
import type { UndoPlan } from './plan-undo';

/** How the packages go. */
export type Removal = Exclude<UndoPlan['packages'], 'stay'>;

const mark = 'node_modules/.cache/zero-backend-sync/removal';

/** What npm, yarn and pnpm write at the end of an installation. */
const ends = ['.package-lock.json', '.yarn-integrity', '.yarn-state.yml', '.modules.yaml'];

/** Does nothing where there is no node_modules, and so nothing to remove, or where a symbolic link would lead the mark somewhere else. */
export function markRemoval(root: string, removal: Removal): void {
  const file = markPath(root);
  if (file === null || !fs.existsSync(path.join(root, 'node_modules'))) return;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, removal);
}

export function clearRemoval(root: string): void {
  const file = markPath(root);
  if (file !== null) fs.rmSync(file, { force: true });
}

/** `null` where a part of it is a symbolic link, whose target may be anywhere. */
function markPath(root: string): string | null {
  let file = root;
  for (const name of mark.split('/')) {
    file = path.join(file, name);
    if (fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true) return null;
  }
  return file;
}

/** `null` where no removal was begun, or something has brought node_modules up to date since. */
export function unfinishedRemoval(files: ProjectFiles): Removal | null {
  const removal = markPath(files.root) === null ? null : files.read(mark);
  if (removal !== 'by the lock file' && removal !== 'with the lock file') return null;
  const isWanted = readPackageJson(files).all['zero-backend-sync'] !== undefined;
  const startedMs = modifiedMs(files.root, mark);
  const isInstalledSince = ends.some((name) => modifiedMs(files.root, `node_modules/${name}`) > startedMs);
  return isWanted || isInstalledSince ? null : removal;
}

/** 0 where there is no such file. */
function modifiedMs(root: string, file: string): number {
  return fs.statSync(path.join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
