/** One test file of an app, under CRA's Jest 27 through CRACO and under this repository's Jest 30. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { configure, makeApp, plainEnvironment, say } from './apps';
import type { Template } from './apps';
import { craco } from './craco';
import type { Finished } from './craco';

const templates: readonly Template[] = ['cra-template-typescript', 'cra-template'];
const { resolve } = createRequire(__filename);

describe.each(templates)('the tests of an app of %s', (template) => {
  let app: string;
  beforeAll(async () => {
    app = await makeApp(template);
    configure(app, '{}');
  }, 900_000);

  test('pass under Jest 27, the template’s own among them, and leave what the browser runs alone', async () => {
    say(`${template}: craco test`);
    const { status, output } = await craco(app, 'test');
    expect(output).toMatch(/PASS src\/kit\.test\.ts/);
    expect(output).toMatch(/PASS src\/App\.test\.[jt]sx?/);
    expect(status).toBe(0);
    expect(existsSync(join(app, 'src/lib/worker/crypto.wasm'))).toBe(false);
  });

  test.each(['node', 'jsdom'])('pass under Jest 30 in %s', async (environment) => {
    say(`${template}: Jest 30, ${environment}`);
    writeFileSync(join(app, 'jest30.config.js'), jest30Config(environment));
    const { status, output } = await jest30(app);
    expect(output).toMatch(/PASS src\/kit\.test\.ts/);
    expect(status).toBe(0);
  });

  test('fail with the place of a mistake in AssemblyScript', async () => {
    const file = join(app, 'src/add.asm.ts');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('a + b', 'a + c'));
    const { status, output } = await craco(app, 'test');
    writeFileSync(file, before);
    expect(output).toContain('src/add.asm.ts:2:14');
    expect(status).not.toBe(0);
  });

  afterAll(() => rmSync(join(app, 'jest30.config.js'), { force: true }));
});

function jest30Config(environment: string): string {
  const swc = JSON.stringify(resolve('@swc/jest'));
  // By path: under their short names the app's own ones of Jest 27 would be found.
  const testEnvironment = JSON.stringify(resolve(`jest-environment-${environment}`));
  return `const { jestConfig } = require('zero-backend-sync/craco');
module.exports = jestConfig({
  testEnvironment: ${testEnvironment},
  roots: ['<rootDir>/src'],
  testMatch: ['**/kit.test.ts'],
  transform: { '\\\\.[jt]sx?$': [${swc}, { jsc: { parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }] },
});
`;
}

function jest30(app: string): Promise<Finished> {
  const script = resolve('jest/bin/jest');
  const args = [script, '--config', join(app, 'jest30.config.js'), '--ci'];
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      args,
      { cwd: app, env: plainEnvironment(), timeout: 240_000 },
      (_error, stdout, stderr) => done({ status: child.exitCode, output: `${stdout}\n${stderr}` }),
    );
  });
}
