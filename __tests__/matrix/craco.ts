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
  const script = join(app, 'node_modules/@craco/craco/dist/bin/craco.js');
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [script, command],
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
  stop(): Promise<void>;
}

export async function startDevServer(app: string, environment: Environment = {}): Promise<DevServer> {
  const port = await freePort();
  // The script behind `craco start`: a signal to the command itself would not reach it.
  const script = join(app, 'node_modules/@craco/craco/dist/scripts/start.js');
  const server = spawn(process.execPath, [script], {
    cwd: app,
    env: plainEnvironment({ PORT: String(port), HOST: '127.0.0.1', ...environment }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  const add = (chunk: Buffer) => {
    output += chunk.toString();
    for (const listener of listeners) listener();
  };
  server.stdout.on('data', add);
  server.stderr.on('data', add);
  const ended = once(server, 'exit');

  return {
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
    async stop() {
      server.kill('SIGINT');
      await ended;
    },
  };
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
