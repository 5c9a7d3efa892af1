/** `npm run test:all`: every suite without a thought for the time, the matrix with all combinations, the scaffold with all homes. Goes on after a failure; the summary comes last. */
import { spawnSync } from 'node:child_process';

const suites = [
  'test:unit',
  'test:e2e',
  'lint',
  'typecheck',
  'test:mutants',
  'test:scaffold',
  'test:matrix',
  'test:homes',
];
const env = { ...process.env, MATRIX: 'all', SCAFFOLD: 'all' };

const summary = suites.map((suite) => {
  const startedAt = Date.now();
  // The build is done: no suite is to build again.
  const { status } = spawnSync('npm', ['run', '--ignore-scripts', suite], {
    stdio: 'inherit',
    env,
    shell: process.platform === 'win32',
  });
  const minutes = ((Date.now() - startedAt) / 60_000).toFixed(1);
  if (status !== 0) process.exitCode = 1;
  return `${status === 0 ? 'passed' : 'FAILED'}  ${suite}, ${minutes} minutes`;
});
process.stdout.write(`\n${summary.join('\n')}\n`);
