/** The proof can fail: the simulation finds each mistake within 1,000 worlds, in a world where the unchanged sources make none. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runSimulation } from '../../simulation/run';
import { mutants } from './mutants';

const WORLDS = 1000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zbs-mutants-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(Object.entries(mutants))('%s', (_mistake, patches) => {
  it('is found', async () => {
    const file = path.join(folder, 'patch.json');
    writeFileSync(file, JSON.stringify(patches));
    const mutated = await runSimulation(['--first', '--seeds', `${WORLDS}`, '--patch', file]);
    const seed = /^seed (\d+):/m.exec(mutated.output)?.[1];
    expect(mutated).toEqual({ status: 1, output: expect.stringMatching(/^seed \d+:/m) });
    const verdict = mutated.output.split('\n').find((line) => /^ {2}\S/.test(line));
    console.log(`found in world ${seed}: ${verdict?.trim()}`);
    expect((await runSimulation(['--seed', seed!])).status).toBe(0);
  });
});
