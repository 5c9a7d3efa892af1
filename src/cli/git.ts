/** What git says about the project. Nothing here ever changes a repository, not even the times that `git status` would refresh in its index. */
import { KitError } from '../preset/kit-error';
import type { Finished, RunProgram } from './process';

/** Files with changes that are not committed, as git lists them; `null` where there is no repository or no git. */
export async function dirtyFiles(run: RunProgram, cwd: string): Promise<readonly string[] | null> {
  const { status, output } = await ask(run, cwd, ['status', '--porcelain', '--', '.']);
  return status === 0 ? output.split(/\r?\n/).filter((line) => line.trim() !== '') : null;
}

/** @throws KitError GIT_DIRTY, unless `force` */
export async function requireCleanTree(run: RunProgram, cwd: string, force: boolean): Promise<void> {
  const dirty = force ? null : await dirtyFiles(run, cwd);
  if (dirty === null || dirty.length === 0) return;
  const shown = dirty
    .slice(0, 5)
    .map((line) => `    ${line}`)
    .join('\n');
  throw new KitError(
    'GIT_DIRTY',
    `There are changes that are not committed:\n\n${shown}${dirty.length > 5 ? `\n    and ${dirty.length - 5} more` : ''}\n\nNothing was changed. Commit or stash them, so that you can see what this command does, or run it again with --force.`,
  );
}

/** True where git would take the file into a commit. */
export async function isTracked(run: RunProgram, cwd: string, file: string): Promise<boolean> {
  return (await ask(run, cwd, ['ls-files', '--error-unmatch', '--', file])).status === 0;
}

export async function isIgnored(run: RunProgram, cwd: string, file: string): Promise<boolean> {
  return (await ask(run, cwd, ['check-ignore', '-q', '--', file])).status === 0;
}

/** Those of the files that git has in its index. Empty where there is no repository. */
export async function trackedFiles(run: RunProgram, cwd: string, files: readonly string[]): Promise<readonly string[]> {
  const { status, output } = await ask(run, cwd, ['ls-files', '-z', '--', ...files]);
  const listed = new Set(status === 0 ? output.split('\0') : []);
  return files.filter((file) => listed.has(file));
}

export interface IgnoringPattern {
  readonly file: string;
  /** The pattern and where it stands: `lib/ (.gitignore:5)`. */
  readonly pattern: string;
}

/** Those of the files, which need not exist, that git leaves out of commits, each with the pattern that says so. Empty where there is no repository. */
export async function ignoredFiles(
  run: RunProgram,
  cwd: string,
  files: readonly string[],
): Promise<readonly IgnoringPattern[]> {
  if (files.length === 0) return [];
  // One line for each file that was asked for, in their order; "::" where no pattern matches.
  const { output } = await ask(run, cwd, ['check-ignore', '--verbose', '--non-matching', '--', ...files]);
  const lines = output.split('\n');
  return files.flatMap((file, index) => {
    const [, source, line, pattern = ''] = /^(.*):(\d+):(.*)\t/.exec(lines[index] ?? '') ?? [];
    return pattern === '' || pattern.startsWith('!') ? [] : [{ file, pattern: `${pattern} (${source}:${line})` }];
  });
}

/** True where git would take a new file of that name into a commit; false where it ignores it, or there is no repository. */
export async function isExposed(run: RunProgram, cwd: string, file: string): Promise<boolean> {
  return (await ask(run, cwd, ['check-ignore', '-q', '--', file])).status === 1;
}

/** What is in git goes to everybody who has the repository. @throws KitError SALT_FILE_TRACKED */
export async function requireUntracked(run: RunProgram, cwd: string, file: string): Promise<void> {
  if ((await trackedFiles(run, cwd, [file])).length === 0) return;
  throw new KitError(
    'SALT_FILE_TRACKED',
    `${file} is in git, so the salt would be in the next commit, and with it half of every user's key. Nothing was changed. Take the file out of git (git rm --cached ${file}; it stays on this computer), commit that, and run the command again.`,
  );
}

function ask(run: RunProgram, cwd: string, args: readonly string[]): Promise<Finished> {
  return run('git', args, { cwd, env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1' } });
}

/**
 * Those of the files whose content, as it is on disk, git could give back: it is in a commit or in the index, or was. By file the id of the content, for
 * `git show`.
 */
export async function heldFiles(
  run: RunProgram,
  cwd: string,
  files: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const held: Record<string, string> = {};
  for (const file of files) {
    const hashed = await ask(run, cwd, ['hash-object', '--', file]);
    const id = hashed.status === 0 ? hashed.output.trim() : '';
    if (!/^[0-9a-f]{40,64}$/.test(id)) continue;
    if ((await ask(run, cwd, ['cat-file', '-e', id])).status === 0) held[file] = id;
  }
  return held;
}

/** Where the repository keeps its data, and the folder's path below its work tree (`packages/app/`, `''` at the top). `null` outside of a work tree. */
export async function repositoryOf(
  run: RunProgram,
  cwd: string,
): Promise<{ readonly gitDir: string; readonly prefix: string } | null> {
  const { status, output } = await ask(run, cwd, ['rev-parse', '--absolute-git-dir', '--show-prefix']);
  const [gitDir = '', prefix = ''] = output.split(/\r?\n/);
  return status === 0 && gitDir !== '' ? { gitDir, prefix } : null;
}

/** Whether the repository would ignore a file of another work tree than its own. */
export async function wouldIgnore(
  run: RunProgram,
  { gitDir, workTree, file }: { readonly gitDir: string; readonly workTree: string; readonly file: string },
): Promise<boolean> {
  const place = [`--git-dir=${gitDir}`, `--work-tree=${workTree}`];
  return (await ask(run, workTree, [...place, 'check-ignore', '-q', '--no-index', '--', file])).status === 0;
}
