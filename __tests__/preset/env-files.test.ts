/** Which file decides about a variable, in each tool's order. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { craEnvFiles, viteEnvFiles } from '../../src/preset/env-files';
import { fingerprintOf, readSalt } from '../../src/preset/salt';

let root: string;
beforeEach(() => (root = mkdtempSync(path.join(os.tmpdir(), 'env-files-'))));
afterEach(() => rmSync(root, { recursive: true }));

const salts = [1, 2].map((byte) => Buffer.alloc(32, byte));

test.each([
  ['Create React App', craEnvFiles, salts[1]],
  ['Vite', viteEnvFiles, salts[0]],
])('%s: of .env.production and .env.local the one that it prefers', (_tool, envFiles, winner) => {
  const configFile = path.join(root, 'config.json');
  const fingerprint = fingerprintOf(winner!);
  writeFileSync(configFile, JSON.stringify({ salts: [{ id: '1', env: 'SYNC_SALT', fingerprint }] }));
  writeFileSync(path.join(root, '.env.production'), `SYNC_SALT=${salts[0]!.toString('base64')}\n`);
  writeFileSync(path.join(root, '.env.local'), `SYNC_SALT=${salts[1]!.toString('base64')}\n`);
  const salt = readSalt({ root, configFile, env: {}, envFiles: envFiles(root, 'production') });
  expect(salt).toEqual(winner);
});

test('Create React App leaves .env.local out of tests', () => {
  expect(craEnvFiles(root, 'test')).not.toContain(path.join(root, '.env.local'));
  expect(viteEnvFiles(root, 'test')).toContain(path.join(root, '.env.local'));
});
