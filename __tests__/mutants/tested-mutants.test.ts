/** Mistakes that the simulated worlds do not show are found by the tests that are there for them. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { testedMutants } from './mutants';
import type { Patch } from './mutants';

const CONFIG = path.join(__dirname, 'tested.config.js');
const JEST = path.resolve(__dirname, '../../node_modules/jest/bin/jest.js');
const NO_MISTAKE = { find: 'import ', replace: 'import ' };

/** Resolves with how many tests failed and passed. */
function run(patch: Patch, tests: string): Promise<{ readonly failed: number; readonly passed: number }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, MUTANT: JSON.stringify(patch) };
    execFile(
      process.execPath,
      [JEST, '--config', CONFIG, '--json', tests],
      { env, maxBuffer: 2 ** 28 },
      (error, output) => {
        try {
          const { numFailedTests, numPassedTests } = JSON.parse(output) as Record<string, number>;
          resolve({ failed: numFailedTests!, passed: numPassedTests! });
        } catch {
          reject(error ?? new Error(output));
        }
      },
    );
  });
}

describe.each(Object.entries(testedMutants))('%s', (_mistake, { patch, tests }) => {
  it('is found', async () => {
    expect((await run(patch, tests)).failed).toBeGreaterThan(0);
  });
});

test.each([...new Set(Object.values(testedMutants).map(({ tests }) => tests))])(
  'without a mistake %s passes',
  async (tests) => {
    const { failed, passed } = await run({ ...NO_MISTAKE, file: 'jest.config.js' }, tests);
    expect(failed).toBe(0);
    expect(passed).toBeGreaterThan(0);
  },
);
