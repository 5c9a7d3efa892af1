/** What every command works with. Tests hand in a folder, a terminal that records, and programs that do not run. */
import { randomBytes } from 'node:crypto';
import * as path from 'node:path';
import { diskFiles, type ProjectFiles } from '../discover/project-files';
import { readKit, type Kit, type KitSource } from '../kit';
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

/** What a command leaves: its exit status, and what `--json` prints. */
export interface CommandResult {
  readonly status: ExitStatus;
  readonly json: object;
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
  const recovered = recoverInterrupted(root);
  if (recovered.length > 0)
    terminal.print(`An earlier run was interrupted; ${recovered.length} files were put back first.`);
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
