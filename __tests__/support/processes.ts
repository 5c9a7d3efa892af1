/** Programs that tests on real apps run: never longer than they may, never beyond the suite that began them. */
import { spawn } from 'node:child_process';

export interface Environment {
  readonly [name: string]: string;
}

export interface Finished {
  /** 0 when it went well; null when it was killed. */
  readonly status: number | null;
  /** What it printed, errors included. */
  readonly output: string;
}

export interface Program {
  output(): string;
  /** Resolves when it has ended, with all that it started. */
  readonly ended: Promise<Finished>;
  /** Sends a signal to it and all that it started. */
  signal(name: NodeJS.Signals): void;
}

const running = new Set<Program>();

/** A program with a process group of its own, which can be ended as a whole. It reads nothing, and sees its input end when this process does. */
export function launch(
  command: string,
  args: readonly string[],
  cwd: string,
  environment: Environment = {},
  onOutput: () => void = () => undefined,
): Program {
  const child = spawn(command, args, { cwd, env: plainEnvironment(environment), detached: true });
  let output = '';
  const add = (chunk: Buffer) => {
    output += chunk.toString();
    onOutput();
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  const program: Program = {
    output: () => output,
    ended: new Promise((resolve) => {
      const end = (status: number | null) => {
        running.delete(program);
        resolve({ status, output });
      };
      child.on('error', (error) => {
        output += error.message;
        end(null);
      });
      child.on('close', end);
    }),
    signal(name) {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, name);
      } catch {
        // It has ended.
      }
    },
  };
  running.add(program);
  return program;
}

/** Waits for a program to end. Rejects, with what it printed, when it had to be killed because the time was up. */
export async function finish(program: Program, timeoutMs: number): Promise<Finished> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    program.signal('SIGKILL');
  }, timeoutMs);
  const finished = await program.ended;
  clearTimeout(timer);
  if (isLate) throw new Error(`It did not end within ${timeoutMs} ms. It printed:\n${finished.output}`);
  return finished;
}

/** What it printed. Rejects, with that, when it fails. */
export async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  environment: Environment = {},
): Promise<string> {
  const { status, output } = await finish(launch(command, args, cwd, environment), 600_000);
  if (status === 0) return output;
  throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${output}`);
}

/** Ends whatever a test that failed has left behind. */
export async function killAll(): Promise<void> {
  for (const program of running) program.signal('SIGKILL');
  await Promise.all([...running].map(({ ended }) => ended));
}

/** The environment of a user's terminal: what Jest and npm have put into this process is not for the apps. */
function plainEnvironment(more: Environment): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_(registry|cache|cafile|.*proxy)$)|NODE_ENV$|JEST_|BABEL_ENV$|SYNC_SALT$)/.test(name),
  );
  return { ...Object.fromEntries(kept), FORCE_COLOR: '0', BROWSER: 'none', ...more } as unknown as NodeJS.ProcessEnv;
}

export function say(what: string): void {
  process.stderr.write(`  ${new Date().toISOString().slice(11, 19)} ${what}\n`);
}
