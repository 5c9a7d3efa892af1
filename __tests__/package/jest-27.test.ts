/** The tests of an app, under CRA's own Jest 27 and with the kit from its tarball: the template's engine runs in the thread of the test. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { copyForm } from '../template/forms';
import { installKit, root } from './installed';
import type { InstalledApp } from './installed';

jest.setTimeout(180_000);

const ofReactScripts = createRequire(path.join(root, 'node_modules/react-scripts/package.json'));

let app: InstalledApp;
beforeAll(() => {
  app = installKit(['react', 'react-dom', '@testing-library/react', '@testing-library/dom', 'babel-preset-react-app']);
  mkdirSync(path.join(app.folder, 'src'));
  copyForm(path.join(app.kit, 'dist/template'), 'javascript', 'react', path.join(app.folder, 'src/lib'));
  // The black box of this repository, which the preset has compiled.
  copyFileSync(path.join(root, 'src/lib/worker/crypto.wasm'), path.join(app.folder, 'src/lib/worker/crypto.wasm'));
  write('package.json', '{ "name": "app" }');
  write('babel.config.js', "module.exports = { presets: [['babel-preset-react-app', { runtime: 'automatic' }]] };\n");
});
afterAll(() => app.remove());

const write = (file: string, text: string) => writeFileSync(path.join(app.folder, file), text);

function runJest(config: string) {
  write('jest.config.js', config);
  const jest = ofReactScripts.resolve('jest/bin/jest');
  const { status, stderr } = spawnSync(process.execPath, [jest, '--ci', '--config', 'jest.config.js'], {
    cwd: app.folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_ENV: 'test', BABEL_ENV: 'test' },
  });
  return { status, stderr };
}

test('Jest is that of Create React App', () => {
  expect((ofReactScripts('jest/package.json') as { readonly version: string }).version).toMatch(/^27\./);
});

test("with the preset's settings an engine opens, writes and reads, and the hooks show it", () => {
  write(
    'src/app.test.js',
    `
import { render, screen, waitFor } from '@testing-library/react';
import { createInProcessWorkers } from 'zero-backend-sync/testing';
import { SyncEngine } from './lib/engine';
import { SyncProvider, useDocument } from './lib/react';
import { ErrorCode } from './lib/types';
import { serve } from './lib/worker';

test('an engine', async () => {
  const engine = await SyncEngine.open({ identity: ['one'], relays: [], createWorker: createInProcessWorkers(serve) });
  await engine.patch('preferences', 'ui', { theme: 'dark' });
  expect((await engine.db.preferences.findOne('ui').exec()).toJSON()).toMatchObject({ theme: 'dark', density: 'comfortable' });
  await expect(engine.patch('preferences', 'ui', { theme: 'blue' })).rejects.toMatchObject({ code: ErrorCode.DocumentInvalid });
  await engine.close();
});

const createWorker = createInProcessWorkers(serve);
function Theme() {
  const [ui, patch] = useDocument('preferences', 'ui');
  return <button onClick={() => patch({ theme: 'light' })}>{ui ? ui.theme : 'none'}</button>;
}

test('the hooks', async () => {
  render(<SyncProvider identity={['two']} relays={[]} createWorker={createWorker} fallback="opening"><Theme /></SyncProvider>);
  (await screen.findByText('none')).click();
  await waitFor(() => screen.getByText('light'));
});
`,
  );
  const { status, stderr } = runJest(`
const { jestConfig } = require('zero-backend-sync/craco');
module.exports = jestConfig({ rootDir: __dirname, testEnvironment: 'jsdom', transform: { '\\\\.js$': ${JSON.stringify(
    ofReactScripts.resolve('babel-jest'),
  )} } }, { assemblyScript: false }, __dirname);
`);
  expect([status, stderr]).toEqual([0, expect.stringContaining('2 passed')]);
});
