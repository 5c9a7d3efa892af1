/** What every command works with. Tests hand in a folder, a terminal that records, and programs that do not run. */
import { randomBytes } from 'node:crypto';
import * as path from 'node:path';
import { KitError } from '../../preset/kit-error';
import { diskFiles, type ProjectFiles } from '../discover/project-files';
import { trackedFiles } from '../git';
import { journalFolder, journalIndex, readJournal } from '../journal';
import { readKit, type Kit, type KitSource } from '../kit';
import type { NextStep } from '../next';
import { runProgram, type RunProgram, type Environment } from '../process';
import { openTerminal, type Terminal } from '../terminal';
import { recoverInterrupted } from '../transaction';

export enum ExitStatus {
  Ok = 0,
  /** Something was found, or something failed. */
  Failed = 1,
  /** Refused, or answers are needed. */
  Refused = 2,
  /** Ctrl-C. */
  Cancelled = 130,
}

export interface CommandContext {
  readonly root: string;
  readonly files: ProjectFiles;
  readonly terminal: Terminal;
  readonly run: RunProgram;
  readonly env: Environment;
  readonly random: (bytes: number) => Uint8Array;
  readonly readKit: (source?: KitSource) => Kit;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly signal?: AbortSignal;
  /** Called before each step of a change; see `inTransaction`. */
  readonly onStep?: (name: string) => void;
}

/** What a command leaves: its exit status, what `--json` prints, and what there is to do then. */
export interface CommandResult {
  readonly status: ExitStatus;
  readonly json: object;
  readonly next: readonly NextStep[];
  /** Ends what goes on when the result is out: servers, until Ctrl-C. */
  readonly stop?: () => Promise<void>;
}

export function openContext({
  cwd,
  json,
  signal,
}: {
  readonly cwd: string;
  readonly json: boolean;
  readonly signal: AbortSignal;
}): CommandContext {
  const root = path.resolve(cwd);
  const terminal = openTerminal({ quiet: json });
  return {
    root,
    files: diskFiles(root),
    terminal,
    run: runProgram,
    env: process.env,
    random: randomBytes,
    readKit,
    fetch,
    now: Date.now,
    signal,
  };
}

/**
 * What a command does first about a run that was killed: one that changes files puts back what that run had begun, one that only looks, a dry run too,
 * changes nothing and cannot say anything about half of an installation.
 * @throws KitError JOURNAL_INVALID, JOURNAL_TRACKED, INTERRUPTED_RUN
 */
export async function settleInterrupted(
  { root, run, terminal }: CommandContext,
  { changes }: { readonly changes: boolean },
): Promise<void> {
  const left = readJournal(root);
  if (left.length === 0) return;
  if (!changes) {
    throw new KitError(
      'INTERRUPTED_RUN',
      `An earlier command was interrupted and has left ${left.length} files half done (${left[0]?.path}${left.length > 1 ? ' and others' : ''}). This one only looks, so nothing was changed. "npx zero-backend-sync init", "update", "migrate" and "undo" put them back first.`,
    );
  }
  // The journal lies where git does not look. One that came with the repository is somebody else's list of files to overwrite.
  if ((await trackedFiles(run, root, [journalIndex])).length > 0) {
    throw new KitError(
      'JOURNAL_TRACKED',
      `${journalIndex} is in git, where no command puts it: it would overwrite and delete files here. Nothing was changed. Take it out (git rm -r --cached ${journalFolder}), delete the folder, and run the command again.`,
    );
  }
  recoverInterrupted(root);
  terminal.print(`An earlier run was interrupted; ${left.length} files were put back first.`);
}
