/**
 * The folder in which everything of a run happens, and the programs that run there as a user's terminal runs them: each in a process group of its
 * own, so that what a package manager or a bundler has started ends with it. The groups that run are noted in the folder, under the process that
 * started them: whoever cleans up, in whatever way a test ended, finds them there. Several test files share the folder that `SCAFFOLD_WORKSHOP`
 * names.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { packageManagerEnvironment } from '../support/cra-apps';
import { temporaryFolder } from '../support/kept';

/** The folder; made on the first call. */
export function workshop(): string {
  if (process.env.SCAFFOLD_WORKSHOP === undefined) {
    // Beside the kept apps, whose packages it shares.
    const folder = temporaryFolder('scaffold-');
    for (const name of ['running', 'tmp', 'apps']) mkdirSync(path.join(folder, name));
    process.env.SCAFFOLD_WORKSHOP = folder;
  }
  return process.env.SCAFFOLD_WORKSHOP;
}

/** Ends whatever still runs there, and leaves nothing behind. */
export function closeWorkshop(): void {
  if (process.env.SCAFFOLD_WORKSHOP === undefined) return;
  for (const starter of readdirSync(path.join(workshop(), 'running'))) endProgramsOf(starter);
  removeFolder(workshop());
  delete process.env.SCAFFOLD_WORKSHOP;
}

/** Apps are tens of thousands of files each: Node's own removal takes minutes for what `rm` does in seconds. */
export function removeFolder(folder: string): void {
  if (process.platform !== 'win32') spawnSync('rm', ['-rf', folder]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

export type Environment = Readonly<Record<string, string>>;

export interface Ran {
  /** `null` where a signal ended it, that of the time limit included. */
  readonly status: number | null;
  /** Standard output and standard error as they came. */
  readonly output: string;
}

export interface Running {
  readonly ended: Promise<Ran>;
  /** As Ctrl-C does it: every process of the group gets the signal. */
  signal(name: NodeJS.Signals): void;
  /** Resolves with the output so far when it matches; with the end of the program at the latest. */
  said(pattern: RegExp): Promise<string>;
}

const longestMs = 420_000;

/** Never rejects. */
export function run(cwd: string, program: string, args: readonly string[], more: Environment = {}): Promise<Ran> {
  return start(cwd, program, args, more).ended;
}

export function start(cwd: string, program: string, args: readonly string[], more: Environment = {}): Running {
  const child = spawn(program, [...args], {
    cwd,
    env: { ...plainEnvironment(), ...more } as unknown as typeof process.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  const ended = new Promise<Ran>((resolve) => {
    const limit = setTimeout(() => endGroup(child.pid), longestMs);
    const finish = (status: number | null) => {
      clearTimeout(limit);
      if (child.pid !== undefined) rmSync(noteOf(child.pid), { force: true });
      resolve({ status, output });
      listeners.forEach((listener) => listener());
    };
    const collect = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      listeners.forEach((listener) => listener());
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => {
      output += error.message;
      finish(null);
    });
    child.on('close', finish);
  });
  if (child.pid !== undefined) {
    mkdirSync(path.dirname(noteOf(child.pid)), { recursive: true });
    writeFileSync(noteOf(child.pid), '');
  }
  return {
    ended,
    signal: (name) => void (child.pid !== undefined && process.kill(-child.pid, name)),
    said: (pattern) =>
      new Promise((resolve) => {
        const look = () => {
          if (!pattern.test(output)) return;
          listeners.delete(look);
          resolve(output);
        };
        listeners.add(look);
        look();
        void ended.then(() => resolve(output));
      }),
  };
}

/** @throws Error with the last words of a program that fails */
export async function must(cwd: string, program: string, args: readonly string[], more?: Environment): Promise<string> {
  const { status, output } = await run(cwd, program, args, more);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${output.slice(-4000)}`);
  return output;
}

/** Ends whatever this process has started and still runs, with all that it has started itself. */
export function endPrograms(): void {
  endProgramsOf(String(process.pid));
}

function endProgramsOf(starter: string): void {
  const notes = path.join(workshop(), 'running', starter);
  if (!existsSync(notes)) return;
  for (const pid of readdirSync(notes)) endGroup(Number(pid));
}

/** Nothing of Jest's or npm's environment reaches an app. */
function plainEnvironment(): Environment {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !/^(npm_|NODE_ENV$|NODE_OPTIONS$|JEST_|BABEL_ENV$|SYNC_SALT$|CI$)/.test(entry[0]),
  );
  return {
    ...Object.fromEntries(kept),
    ...packageManagerEnvironment(),
    TMPDIR: path.join(workshop(), 'tmp'),
    NO_COLOR: '1',
    BROWSER: 'none',
  };
}

function noteOf(pid: number): string {
  return path.join(workshop(), 'running', String(process.pid), String(pid));
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
