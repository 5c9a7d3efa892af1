/** The set-up of Jest 27 to 30, for any front end. */
import { currentAppPath } from '../app';
import type { AppContext } from '../app';
import { readOptions } from '../options';
import { compileForTests, extendJestConfig } from './config';
import type { JestConfig } from './config';

export type { JestConfig } from './config';

/**
 * `module.exports = jestConfig({ ...settings }, options)` in jest.config.js: tests import the engine, RxDB, WebAssembly and modules of workers.
 * @param options As the preset has them.
 * @throws KitError OPTIONS_INVALID or TEST_WASM_FAILED
 */
export function jestConfig<T extends JestConfig>(config: T, options?: unknown, appPath = currentAppPath()): T {
  const app: AppContext = { appPath, options: readOptions(options) };
  compileForTests(app);
  return extendJestConfig(config, app);
}
