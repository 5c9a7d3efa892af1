/** What the plugin adds to the user's configuration, before Vite resolves it. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Plugin, UserConfig } from 'vite' with { 'resolution-mode': 'import' };
import { packageName } from '../app';
import { KitError } from '../kit-error';
import { createPackageFinder, findCopies } from '../package-copies';
import { findTemplateFile } from '../template-files';
import { hasTemplate, isForVitest } from './app';
import { testSettings } from './vitest';
import type { ViteApp } from './options';

/** Each has state of its own that only one copy may have. */
const loadedOnce = [packageName, 'rxdb', 'rxjs', 'dexie', 'react', 'react-dom', 'vue'];

/** Absolute. */
export function rootOf(user: UserConfig): string {
  return path.resolve(user.root ?? process.cwd());
}

/** @param createModulesPlugin Called for each worker that is built. */
export function settingsOf(
  user: UserConfig,
  app: Pick<ViteApp, 'appPath' | 'options'>,
  createModulesPlugin: () => Plugin,
): UserConfig {
  const { appPath } = app;
  return {
    // Packages of the root are in the place of those that a linked package has brought. What the root does not have, as with pnpm, Vite would not find then.
    resolve: { dedupe: loadedOnce.filter((name) => findInstalled(appPath, name) !== undefined) },
    worker: {
      // In addition to the user's. Vite uses the other plugins for workers in development only.
      plugins: () => [createModulesPlugin()],
      ...(user.worker?.format === undefined && { format: 'es' }),
    },
    optimizeDeps: { include: [...entriesToOptimize(app)] },
    ...(isForVitest() && { test: testSettings(user) }),
  } as UserConfig;
}

/** Vite looks for dependencies in the page's modules only, and reloads the page when it meets the worker's. */
function* entriesToOptimize(app: Pick<ViteApp, 'appPath' | 'options'>): Generator<string> {
  if (!hasTemplate(app) || findInstalled(app.appPath, packageName) === undefined) return;
  for (const name of ['core', 'page', 'worker']) yield `${packageName}/${name}`;
  for (const name of ['react', 'vue']) if (findTemplateFile(app as ViteApp, name)) yield `${packageName}/${name}`;
}

/**
 * One copy is loaded in any case; where this package was made for another version of RxDB than the app's own, that one would not do.
 * @throws KitError PACKAGE_TWICE
 */
export function refuseOtherRxdb(appPath: string): void {
  const ofApp = findInstalled(appPath, 'rxdb');
  const ofKit = manifestOf('rxdb');
  if (ofApp === undefined || ofKit === undefined || versionIn(ofApp) === versionIn(ofKit)) return;
  const findPackage = createPackageFinder();
  const packages = [ofApp, ofKit].map(findPackage).filter((found) => found !== undefined);
  const [error] = findCopies(packages);
  if (error !== undefined) throw error;
}

/** @param viteVersion What Vite says of itself, since 7; otherwise the installed one is looked at. @throws KitError VITE_UNSUPPORTED */
export function refuseOldVite(appPath: string, viteVersion: string | undefined): void {
  const manifest = findInstalled(appPath, 'vite');
  const version = viteVersion ?? (manifest && versionIn(manifest));
  if (version === undefined || Number.parseInt(version) >= 5) return;
  throw new KitError(
    'VITE_UNSUPPORTED',
    `This app has Vite ${version}. zero-backend-sync/vite supports Vite 5 to 8. Upgrade it: npm install --save-dev vite@latest, ` +
      'and its plugins with it (https://vite.dev/guide/migration).',
  );
}

/** The package.json of a package, as a module of the app finds it. */
function findInstalled(appPath: string, name: string): string | undefined {
  const manifest = path.join(appPath, 'node_modules', name, 'package.json');
  if (existsSync(manifest)) return manifest;
  const parent = path.dirname(appPath);
  return parent === appPath ? undefined : findInstalled(parent, name);
}

/** As a module of this package finds it. */
function manifestOf(name: string): string | undefined {
  try {
    return createRequire(__filename).resolve(`${name}/package.json`);
  } catch {
    return undefined;
  }
}

function versionIn(manifest: string): string | undefined {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version?: string }).version;
}
