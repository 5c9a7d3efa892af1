/** Runs `craco` in an app as its scripts do, and never longer than it may take. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { plainEnvironment } from './apps';
import type { Environment } from './apps';

const buildTimeoutMs = 400_000;
const startTimeoutMs = 240_000;

export interface Finished {
  /** 0 when it went well; null when it was killed for taking too long. */
  readonly status: number | null;
  readonly output: string;
}

export function craco(app: string, command: 'build' | 'test', environment: Environment = {}): Promise<Finished> {
  return run(app, [join(app, 'node_modules/@craco/craco/dist/bin/craco.js'), command], environment);
}

/** What the app would do without CRACO. */
export function plainBuild(app: string): Promise<Finished> {
  return run(app, [join(app, 'node_modules/react-scripts/bin/react-scripts.js'), 'build'], {});
}

function run(app: string, args: readonly string[], environment: Environment): Promise<Finished> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      args,
      // CI makes every warning an error.
      { cwd: app, env: plainEnvironment({ CI: 'true', ...environment }), timeout: buildTimeoutMs, maxBuffer: 64 << 20 },
      (_error, stdout, stderr) => resolve({ status: child.exitCode, output: `${stdout}\n${stderr}` }),
    );
  });
}

export interface DevServer {
  readonly url: string;
  /** Everything it has printed. */
  output(): string;
  /** Resolves when what is printed after this call matches. Rejects, with the output, when it takes too long or the server ends. */
  prints(pattern: RegExp): Promise<void>;
  /** Resolves when the next compilation ends well. Rejects, with the output, when it does not. */
  compiles(): Promise<void>;
  stop(): Promise<void>;
}

/** The script behind `craco start`: a signal to the command itself would not reach it. */
const cracoStart = 'node_modules/@craco/craco/dist/scripts/start.js';
export const plainStart = 'node_modules/react-scripts/scripts/start.js';

export async function startDevServer(app: string, script = cracoStart): Promise<DevServer> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(app, script)], {
    cwd: app,
    env: plainEnvironment({ PORT: String(port), HOST: '127.0.0.1' }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  const add = (chunk: Buffer) => {
    output += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  const ended = once(child, 'exit');

  const server: DevServer = {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    prints(pattern) {
      const from = output.length;
      return new Promise((resolve, reject) => {
        const settle = (settled: () => void) => {
          clearTimeout(timer);
          listeners.delete(look);
          settled();
        };
        const fail = (why: string) =>
          settle(() => reject(new Error(`${why} while waiting for ${pattern}. It printed:\n${output.slice(from)}`)));
        const look = () => {
          if (pattern.test(output.slice(from))) settle(resolve);
        };
        const timer = setTimeout(() => fail(`${startTimeoutMs} ms passed`), startTimeoutMs);
        listeners.add(look);
        ended.then(() => fail('The server ended'), reject);
      });
    },
    async compiles() {
      const from = output.length;
      await server.prints(/Compiled successfully|Compiled with warnings|Failed to compile/);
      const printed = output.slice(from);
      if (!printed.includes('Compiled successfully')) throw new Error(`This was no clean compilation:\n${printed}`);
    },
    async stop() {
      child.kill('SIGINT');
      await ended;
    },
  };
  return server;
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
