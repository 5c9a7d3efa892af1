/** `craco` in an app, as the app's scripts run it. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { finish, launch } from '../support/processes';
import type { Environment, Finished } from '../support/processes';

const script = 'node_modules/@craco/craco/dist/bin/craco.js';
const buildTimeoutMs = 400_000;
const startTimeoutMs = 240_000;
const stopTimeoutMs = 20_000;

export function craco(app: string, command: 'build' | 'test', environment: Environment = {}): Promise<Finished> {
  // CI makes every warning an error.
  const program = launch(process.execPath, [join(app, script), command], app, { CI: 'true', ...environment });
  return finish(program, buildTimeoutMs);
}

export interface DevServer {
  readonly url: string;
  /** Everything it has printed. */
  output(): string;
  /** Resolves when what is printed after this call matches. Rejects, with the output, when it takes too long or the server ends. */
  prints(pattern: RegExp): Promise<void>;
  /** Resolves when the next compilation ends well. Rejects, with the output, when it does not. */
  compiles(): Promise<void>;
  /** As Ctrl-C does. Rejects when the server does not end of itself. */
  stop(): Promise<void>;
}

export async function startDevServer(app: string): Promise<DevServer> {
  const port = await freePort();
  const listeners = new Set<() => void>();
  const environment = { PORT: String(port), HOST: '127.0.0.1' };
  const program = launch(process.execPath, [join(app, script), 'start'], app, environment, () => {
    for (const listener of listeners) listener();
  });
  const { output, ended } = program;

  const server: DevServer = {
    url: `http://127.0.0.1:${port}`,
    output,
    prints(pattern) {
      const from = output().length;
      return new Promise((resolve, reject) => {
        const settle = (settled: () => void) => {
          clearTimeout(timer);
          listeners.delete(look);
          settled();
        };
        const fail = (why: string) =>
          settle(() => reject(new Error(`${why} while waiting for ${pattern}. It printed:\n${output().slice(from)}`)));
        const look = () => {
          if (pattern.test(output().slice(from))) settle(resolve);
        };
        const timer = setTimeout(() => fail(`${startTimeoutMs} ms passed`), startTimeoutMs);
        listeners.add(look);
        void ended.then(() => fail('The server ended'));
      });
    },
    async compiles() {
      const from = output().length;
      await server.prints(/Compiled successfully|Compiled with warnings|Failed to compile/);
      const printed = output().slice(from);
      if (!printed.includes('Compiled successfully')) throw new Error(`This was no clean compilation:\n${printed}`);
    },
    async stop() {
      program.signal('SIGINT');
      await finish(program, stopTimeoutMs);
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
