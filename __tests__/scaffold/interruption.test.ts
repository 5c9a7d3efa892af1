/** The command line in a process of its own, disturbed while it works: the app is as it was, and what is said helps. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { installedKit, makeApp } from './apps';
import { endPrograms, must, removeFolder, run, start, workshop, type Environment } from './workshop';

const kit = installedKit();
let app: string;
let lockFile: string;
beforeAll(async () => {
  app = await makeApp('disturbed', { template: 'cra-template-typescript', packageManager: 'npm' });
  lockFile = readFileSync(path.join(app, 'package-lock.json'), 'utf8');
});
afterEach(endPrograms);
afterAll(() => removeFolder(app));

const init = () => [kit.program, 'init', '--yes', '--identity', 'user.id', '--kit', `file:${kit.tarball}`];

/** Every file that git sees or is told to ignore, `node_modules` aside. */
async function expectUntouched(): Promise<void> {
  const status = await must(app, 'git', ['status', '--porcelain', '--ignored']);
  expect(status.split('\n').filter((line) => line !== '' && !line.endsWith('node_modules/'))).toEqual([]);
  expect(readFileSync(path.join(app, 'package-lock.json'), 'utf8')).toBe(lockFile);
}

test('Ctrl-C during the installation puts everything back', async () => {
  const running = start(app, process.execPath, init());
  await running.said(/install packages with npm/);
  running.signal('SIGINT');
  expect(await running.ended).toEqual({
    status: 130,
    output: expect.stringMatching(
      /Cancelled\.\s+Everything\s+was\s+put\s+back\.\s+node_modules\s+may\s+be\s+half\s+done:\s+run\s+"npm\s+install"/,
    ),
  });
  await expectUntouched();
});

test('after a process was killed the next command puts everything back', async () => {
  const running = start(app, process.execPath, init());
  await running.said(/install packages with npm/);
  running.signal('SIGKILL');
  expect(await running.ended).toMatchObject({ status: null });
  expect(existsSync(path.join(app, 'craco.config.js'))).toBe(true);
  expect(await run(app, process.execPath, [kit.program, 'undo', '--yes'])).toEqual({
    status: 0,
    output: expect.stringMatching(
      /An\s+earlier\s+run\s+was\s+interrupted;\s+\d+\s+files\s+were\s+put\s+back\s+first\.\nNothing\s+to\s+undo/,
    ),
  });
  await expectUntouched();
});

test('without a network everything is put back, and the message says what to do', async () => {
  const cache = path.join(workshop(), 'cache/empty');
  mkdirSync(cache, { recursive: true });
  const offline: Environment = {
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_cache: cache,
    npm_config_fetch_retries: '0',
  };
  expect(await run(app, process.execPath, init(), offline)).toEqual({
    status: 1,
    output: expect.stringMatching(
      /Everything\s+was\s+put\s+back\.\s+The\s+registry\s+could\s+not\s+be\s+reached\.\s+Check\s+the\s+connection/,
    ),
  });
  await expectUntouched();
});
