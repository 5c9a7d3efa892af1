/** An app's tests that fake timers, under CRA's Jest 27 and Jest 30: the engine in their thread runs on the real ones. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { copyForm } from '../template/forms';
import { installKit, root } from './installed';
import type { InstalledApp } from './installed';

jest.setTimeout(180_000);

const ofReactScripts = createRequire(path.join(root, 'node_modules/react-scripts/package.json'));
const ofRepository = createRequire(path.join(root, 'package.json'));
const jests = {
  'Jest 27': { program: ofReactScripts.resolve('jest/bin/jest'), environment: 'jsdom', legacy: "'legacy'" },
  'Jest 30': {
    program: ofRepository.resolve('jest/bin/jest'),
    environment: ofRepository.resolve('jest-environment-jsdom'),
    legacy: '{ legacyFakeTimers: true }',
  },
} as const;

let app: InstalledApp;
beforeAll(() => {
  app = installKit(['react']);
  mkdirSync(path.join(app.folder, 'src'));
  copyForm(path.join(app.kit, 'dist/template'), 'javascript', 'react', path.join(app.folder, 'src/lib'));
  copyFileSync(path.join(root, 'src/lib/worker/crypto.wasm'), path.join(app.folder, 'src/lib/worker/crypto.wasm'));
  write('package.json', '{ "name": "app" }');
});
afterAll(() => app.remove());

const write = (file: string, text: string) => writeFileSync(path.join(app.folder, file), text);

/** @param settings more of jest.config.js. */
function runJest(which: keyof typeof jests, settings: string) {
  const { program, environment } = jests[which];
  write(
    'jest.config.js',
    `const { jestConfig } = require('zero-backend-sync/craco');
const swc = [${JSON.stringify(ofRepository.resolve('@swc/jest'))}, { module: { type: 'commonjs' } }];
const settings = { rootDir: __dirname, testEnvironment: ${JSON.stringify(environment)}, transform: { '\\\\.js$': swc }, ${settings} };
module.exports = jestConfig(settings, { assemblyScript: false }, __dirname);
`,
  );
  const { status, stderr } = spawnSync(process.execPath, [program, '--ci', '--config', 'jest.config.js'], {
    cwd: app.folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_ENV: 'test' },
  });
  return { status, stderr };
}

const useEngine = `
async function useEngine({ SyncEngine }, { serve }, { createInProcessWorkers }) {
  const engine = await SyncEngine.open({ identity: ['one'], relays: [], createWorker: createInProcessWorkers(serve) });
  await engine.patch('preferences', 'ui', { theme: 'dark' });
  // An hour is longer than any patience of the page with its worker.
  jest.advanceTimersByTime(3_600_000);
  await engine.patch('preferences', 'ui', { name: 'Ada' });
  const { theme, name } = (await engine.db.preferences.findOne('ui').exec()).toJSON();
  expect([theme, name, engine.status.problems]).toEqual(['dark', 'Ada', []]);
  await engine.close();
}
`;
const imports = `
import { createInProcessWorkers } from 'zero-backend-sync/testing';
import * as engine from './lib/engine';
import * as worker from './lib/worker';
`;

describe.each(Object.keys(jests) as (keyof typeof jests)[])('under %s', (which) => {
  const { legacy } = jests[which];

  test('timers of both kinds are faked around it, before and after it is imported, and those of the app stay faked', () => {
    write(
      'src/after.test.js',
      `${imports}${useEngine}
afterEach(() => jest.useRealTimers());
test.each([['modern', []], ['legacy', [${legacy}]]])('%s', async (_kind, options) => {
  jest.useFakeTimers(...options);
  const called = jest.fn();
  setTimeout(called, 1000);
  await useEngine(engine, worker, { createInProcessWorkers });
  expect(called).toHaveBeenCalledTimes(1);
});
test('no module is loaded while a test runs', async () => {
  const loaded = Object.keys(require.cache).length;
  await useEngine(engine, worker, { createInProcessWorkers }).catch(() => {});
  expect(Object.keys(require.cache)).toHaveLength(loaded);
});
`,
    );
    write(
      'src/before.test.js',
      `${useEngine}
test.each([['modern', []], ['legacy', [${legacy}]]])('%s', async (_kind, options) => {
  jest.resetModules();
  jest.useFakeTimers(...options);
  await useEngine(require('./lib/engine'), require('./lib/worker'), require('zero-backend-sync/testing'));
}, 60_000);
`,
    );
    const { status, stderr } = runJest(which, '');
    expect([status, stderr]).toEqual([0, expect.stringContaining('5 passed')]);
  });

  test('settings may fake them for all tests', () => {
    write('src/before.test.js', 'test.todo("another one");\n');
    write(
      'src/after.test.js',
      `${imports}${useEngine}
test('from the beginning', () => useEngine(engine, worker, { createInProcessWorkers }));
`,
    );
    const { status, stderr } = runJest(
      which,
      which === 'Jest 27' ? `timers: 'modern'` : 'fakeTimers: { enableGlobally: true }',
    );
    expect([status, stderr]).toEqual([0, expect.stringContaining('1 passed')]);
  });
});
