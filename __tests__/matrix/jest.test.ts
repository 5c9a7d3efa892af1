/** One test file of an app, under CRA's Jest 27 through CRACO and under this repository's Jest 30. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { configure, useApp } from './apps';
import type { Template } from './apps';
import { craco } from './craco';
import { finish, launch, say } from '../support/processes';
import type { Finished } from '../support/processes';

const templates: readonly Template[] = ['cra-template-typescript', 'cra-template'];
const { resolve } = createRequire(__filename);

describe.each(templates)('the tests of an app of %s', (template) => {
  const suite = useApp(template, async (app) => configure(app, '{}'));

  test('pass under Jest 27, the template’s own among them, and leave what the browser runs alone', async () => {
    say(`${template}: craco test`);
    const { status, output } = await craco(suite.app, 'test');
    expect(output).toMatch(/PASS src\/kit\.test\.[jt]s/);
    expect(output).toMatch(/PASS src\/App\.test\.[jt]sx?/);
    expect(status).toBe(0);
    expect(existsSync(join(suite.app, 'src/lib/worker/crypto.wasm'))).toBe(false);
  });

  test.each(['node', 'jsdom'])('pass under Jest 30 in %s', async (environment) => {
    say(`${template}: Jest 30, ${environment}`);
    writeFileSync(join(suite.app, 'jest30.config.js'), jest30Config(environment));
    const { status, output } = await jest30(suite.app);
    expect(output).toMatch(/PASS src\/kit\.test\.[jt]s/);
    expect(status).toBe(0);
  });

  test('fail with the place of a mistake in AssemblyScript', async () => {
    const file = join(suite.app, 'src/add.asm.ts');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('a + b', 'a + c'));
    const { status, output } = await craco(suite.app, 'test');
    writeFileSync(file, before);
    expect(output).toContain('src/add.asm.ts:2:14');
    expect(status).not.toBe(0);
  });
});

function jest30Config(environment: string): string {
  const swc = JSON.stringify(resolve('@swc/jest'));
  // By path: under their short names the app's own ones of Jest 27 would be found.
  const testEnvironment = JSON.stringify(resolve(`jest-environment-${environment}`));
  return `const { jestConfig } = require('zero-backend-sync/craco');
module.exports = jestConfig({
  testEnvironment: ${testEnvironment},
  roots: ['<rootDir>/src'],
  testMatch: ['**/kit.test.[jt]s'],
  transform: { '\\\\.[jt]sx?$': [${swc}, { jsc: { parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }] },
});
`;
}

function jest30(app: string): Promise<Finished> {
  const args = [resolve('jest/bin/jest'), '--config', join(app, 'jest30.config.js'), '--ci'];
  return finish(launch(process.execPath, args, app), 240_000);
}
