/** The configuration files of the app's own tests, where these do not go through the configuration of the build. */
import { isObject } from '../discover/package-json';
import { withEndings } from './config-places';
import type { ConfigPlace, HomeApp } from './home';
import { jestWiring, vitestWiring } from './wirings';

const endings = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'];

/** @param isVite whether the app is built by Vite, whose configuration Vitest reads where it has none of its own */
export function findTestConfigs(app: HomeApp, isVite: boolean): readonly ConfigPlace[] {
  return [...vitestConfigs(app, isVite), ...jestConfigs(app)];
}

function vitestConfigs({ files, packageJson }: HomeApp, isVite: boolean): readonly ConfigPlace[] {
  if (packageJson.all.vitest === undefined) return [];
  const own = withEndings('vitest.config', endings).find((file) => files.read(file) !== null);
  if (own !== undefined) return [{ file: own, wiring: vitestWiring }];
  if (isVite) return [];
  // Beside another tool, what vite.config says is for the tests alone.
  const vite = withEndings('vite.config', endings).find((file) => files.read(file) !== null);
  return [{ file: vite ?? 'vitest.config.mts', wiring: vitestWiring, isNew: vite === undefined }];
}

function jestConfigs({ files, packageJson }: HomeApp): readonly ConfigPlace[] {
  const own = withEndings('jest.config', [...endings, 'json']).find((file) => files.read(file) !== null);
  if (own !== undefined) return [{ file: own, wiring: jestWiring }];
  const made = packageJson.isModule ? 'jest.config.cjs' : 'jest.config.js';
  if (isObject(packageJson.fields.jest))
    return [{ file: made, wiring: jestWiring, isInPackageJson: true, isNew: true }];
  return packageJson.all.jest === undefined ? [] : [{ file: made, wiring: jestWiring, isNew: true }];
}
