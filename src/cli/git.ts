/** What git says about the project. Nothing here ever changes a repository. */
import { KitError } from '../preset/kit-error';
import type { RunProgram } from './process';

/** Files with changes that are not committed, as git lists them; `null` where there is no repository or no git. */
export async function dirtyFiles(run: RunProgram, cwd: string): Promise<readonly string[] | null> {
  const { status, output } = await run('git', ['status', '--porcelain', '--', '.'], { cwd });
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
  return (await run('git', ['ls-files', '--error-unmatch', '--', file], { cwd })).status === 0;
}

export async function isIgnored(run: RunProgram, cwd: string, file: string): Promise<boolean> {
  return (await run('git', ['check-ignore', '-q', '--', file], { cwd })).status === 0;
}
