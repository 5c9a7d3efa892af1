/**
 * Which paths the command line writes, deletes and follows. Paths come from files that anybody may have put into a repository (the journal of an
 * interrupted run, the record, answers, scripts), so all of them pass here: relative to the project, inside it, and never through a symbolic link,
 * whose target may be anywhere.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { KitError } from '../preset/kit-error';

/**
 * Whether a value has the form of a path inside the project: relative, with `/`, without `..`. What git or a package manager keeps for itself is not
 * the project's: a file below `.git/hooks` would be run.
 */
export function isProjectPath(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > longestPath || unprintable.test(value)) return false;
  if (value.includes('\\') || /^[a-z]:/i.test(value)) return false;
  return value.split('/').every((name) => name.length <= longestName && !foreign.test(name));
}

const longestPath = 1000;
const longestName = 200;
/** Control characters, and halves of characters, which no file system keeps. */
const unprintable = /[\p{Cc}\p{Cs}]/u;
/** Also as Windows spells the same names: in any case, with dots or spaces behind them, shortened. */
const foreign = /^(\.{0,2}|\.git[. ]*|git~\d+|node_modules[. ]*)$/i;

/** Whether a file of the project is one that holds, or may hold, the salt. No copy of it is ever made, and no journal or record names it. */
export function isSecretFile(file: string): boolean {
  return /^\.env(\.|$)/i.test(file);
}

/**
 * The absolute path of a file that may be written or deleted.
 * @throws KitError PATH_OUTSIDE, PATH_LINKED, PATH_TAKEN
 */
export function projectPath(root: string, file: string): string {
  if (!isProjectPath(file)) {
    throw new KitError(
      'PATH_OUTSIDE',
      `${shown(file)} is not a path inside the project, and nothing else is written or deleted. Nothing was changed. Look where that path comes from, and correct it there.`,
    );
  }
  const names = file.split('/');
  for (const depth of names.keys()) {
    const part = names.slice(0, depth + 1).join('/');
    const stat = fs.lstatSync(path.join(root, part), { throwIfNoEntry: false });
    if (stat === undefined) break;
    if (stat.isSymbolicLink()) {
      throw new KitError(
        'PATH_LINKED',
        `${part} is a symbolic link. ${part === file ? 'It' : file} could be written somewhere outside the project, so it is not. Nothing was changed. Put a real ${part === file ? 'file' : 'folder'} in its place and run the command again.`,
      );
    }
    if (depth < names.length - 1 && !stat.isDirectory()) {
      throw new KitError(
        'PATH_TAKEN',
        `${part} has to be a folder, for ${file}, and is a file. Nothing was changed. Move it away and run the command again.`,
      );
    }
  }
  return path.join(root, ...names);
}

/** A path for a message: what may be hostile is quoted and cut. */
function shown(file: string): string {
  return JSON.stringify(file.length > 100 ? `${file.slice(0, 100)}...` : file);
}
