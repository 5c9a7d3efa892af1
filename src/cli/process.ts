/** Other programs (the package manager, git), as a port. */
import spawn from 'cross-spawn';

export interface Finished {
  /** `null` where the program could not be started or was stopped by a signal. */
  readonly status: number | null;
  /** Standard output and standard error as they came. */
  readonly output: string;
  /** True where there is no such program. */
  readonly isMissing: boolean;
}

/** Variables by name. Not `NodeJS.ProcessEnv`, to which other packages add what they want to be there. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface RunOptions {
  readonly cwd: string;
  readonly signal?: AbortSignal;
  readonly env?: Environment;
  /** The program is a line for the shell, as a script of package.json is one. */
  readonly shell?: boolean;
  /** Called with each line as it comes. */
  readonly onLine?: (line: string) => void;
}

export type RunProgram = (program: string, args: readonly string[], options: RunOptions) => Promise<Finished>;

/** Never rejects. When the signal aborts, the program is asked to end and waited for. */
export const runProgram: RunProgram = (program, args, { cwd, signal, env, shell = false, onLine }) =>
  new Promise((resolve) => {
    const child = spawn(program, [...args], {
      cwd,
      env: { ...(env ?? process.env) } as typeof process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
      shell,
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      const text = chunk.toString('utf8');
      output += text;
      for (const line of text.split(/\r?\n/)) if (line.trim() !== '') onLine?.(line);
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    const stop = () => void child.kill('SIGTERM');
    signal?.addEventListener('abort', stop, { once: true });
    const finish = (finished: Finished) => {
      signal?.removeEventListener('abort', stop);
      resolve(finished);
    };
    child.on('error', (error: NodeJS.ErrnoException) =>
      finish({ status: null, output: output + error.message, isMissing: error.code === 'ENOENT' }),
    );
    child.on('close', (status) => finish({ status, output, isMissing: false }));
  });
