/** Runs the simulation in a process of its own: it is bundled there, which is several times faster than under Jest. */
import { spawn } from 'node:child_process';
import path from 'node:path';

export interface Ran {
  readonly status: number | null;
  readonly output: string;
}

export function runSimulation(args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.resolve(__dirname, '../scripts/simulate.mjs'), ...args]);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}
