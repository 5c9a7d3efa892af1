/** The kit's files and an app's coverage, in the two versions of Jest: CRA's own and the one of this repository. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

const repository = path.resolve(__dirname, '../..');
const ofReactScripts = createRequire(path.join(repository, 'node_modules/react-scripts/package.json'));

/** As an app has it, which needs the preset as it is built. */
const settings = (collectCoverageFrom?: readonly string[]) => `
const { extendJestConfig } = require(${JSON.stringify(path.join(repository, 'dist/preset/jest/config'))});
const { readOptions } = require(${JSON.stringify(path.join(repository, 'dist/preset/options'))});
module.exports = extendJestConfig({
  rootDir: __dirname,
  transform: {},
  testEnvironment: 'node',
  coverageReporters: ['text'],
  collectCoverageFrom: ${JSON.stringify(collectCoverageFrom ?? ['src/**/*.{js,jsx,ts,tsx}', '!src/**/*.d.ts'])},
  coverageThreshold: { global: { lines: 100 } },
}, { appPath: __dirname, options: readOptions() });
`;

describe.each([
  ['Jest 27', ofReactScripts.resolve('jest/bin/jest')],
  ['Jest 30', createRequire(__filename).resolve('jest/bin/jest')],
])('under %s', (_version, jest) => {
  let app: string;
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(app, file)), { recursive: true });
    writeFileSync(path.join(app, file), text);
  };
  beforeEach(() => {
    app = realpathSync(mkdtempSync(path.join(tmpdir(), 'zbs (coverage)-')));
    write('package.json', '{ "name": "app" }');
    write('src/own.js', 'exports.own = () => 1;\n');
    write('craco.config.js', 'module.exports = { plugins: [] };\n');
    write('.zero-backend-sync/written/src/lib/engine.js.txt', 'exports.engine = () => 1;\n');
    write('src/lib/engine.js', 'exports.engine = () => 1;\n');
    write('src/lib/worker/index.js', 'exports.worker = () => 1;\n');
    write(
      'src/own.test.js',
      "const { own } = require('./own');\nrequire('./lib/engine');\ntest('own', () => void expect(own()).toBe(1));\n",
    );
  });
  afterEach(() => rmSync(app, { recursive: true }));

  const cover = (collectCoverageFrom?: readonly string[]) => {
    write('jest.config.js', settings(collectCoverageFrom));
    const args = [jest, '--coverage', '--ci', '--config', path.join(app, 'jest.config.js')];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: app, encoding: 'utf8' });
    return { status, output: stdout + stderr };
  };

  test.each([
    ['as CRA has it', undefined],
    ['as the app has it', ['src/**/*.js']],
    ['all over the app', ['**/*.{js,cjs}', '!jest.config.js']],
  ])(
    'thresholds hold without the kit, with collectCoverageFrom %s',
    (_whose, collectCoverageFrom) => {
      const { status, output } = cover(collectCoverageFrom);
      expect(output).toContain('own.js');
      expect(output).not.toMatch(/engine\.js|threshold/);
      expect(status).toBe(0);
    },
    120_000,
  );

  test('a file of the app that is not covered still breaks them', () => {
    write('src/more.js', 'exports.more = () => 1;\n');
    const { status, output } = cover();
    expect(output).toMatch(/threshold.*(not met|100%)/);
    expect(status).not.toBe(0);
  }, 120_000);
});
