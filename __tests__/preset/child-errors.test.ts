import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { webpack } from 'webpack';
import type { Stats } from 'webpack';
import { ChildErrorsPlugin } from '../../src/preset/webpack/child-errors-plugin';

const { resolve } = createRequire(__filename);
// The first use of webpack loads it.
jest.setTimeout(120_000);

describe('an error in a worker of workerize-loader', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'zbs-child-'));
    writeFileSync(path.join(folder, 'index.js'), "import start from './work.js'; start();");
    writeFileSync(path.join(folder, 'work.js'), 'export function work() { const = ; }');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is an error of the build, once', async () => {
    const withPlugin = await build([new ChildErrorsPlugin()]);
    expect(withPlugin.toJson({ all: false, errors: true }).errors).toEqual([
      expect.objectContaining({ moduleName: expect.stringContaining('work.js') }),
    ]);
  });

  test('would not be one without the plugin', async () => {
    expect((await build([])).toJson({ all: false, errors: true, children: false }).errors).toEqual([]);
  });

  function build(plugins: readonly ChildErrorsPlugin[]): Promise<Stats> {
    const compiler = webpack({
      mode: 'development',
      context: folder,
      entry: './index.js',
      output: { path: path.join(folder, 'build') },
      module: { rules: [{ test: /work\.js$/, use: [resolve('workerize-loader')] }] },
      plugins: [...plugins],
    });
    return new Promise((done, fail) => {
      compiler.run((error, stats) => (error || !stats ? fail(error) : compiler.close(() => done(stats))));
    });
  }
});
