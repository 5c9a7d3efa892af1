/** What the preset has to know of the app before it touches anything: where it is and, for CRACO, whether it is an unejected CRA app of the one major version. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { ResolvedSharedOptions } from './options';
import { KitError } from './kit-error';

export const packageName = 'zero-backend-sync';
/** The version of this package: what an older version left in a cache is not to be used. */
export const kitVersion: string = readVersion(path.join(__dirname, '../../package.json'));

/** What the modules of the preset pass on: the app and how it wants the preset. */
export interface AppContext<Options extends ResolvedSharedOptions = ResolvedSharedOptions> {
  /** Absolute path of the app. */
  readonly appPath: string;
  readonly options: Options;
  /** Absolute paths of the `.env*` files that the app's tool reads, in its order. Default: as in Create React App. */
  readonly envFiles?: readonly string[];
  /** Variables by name, among them `NODE_ENV`. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Files of the preset that outlive a run: relays of development, what AssemblyScript was compiled from. Git never sees them. */
export function cacheFolder(appPath: string): string {
  return path.join(appPath, 'node_modules', '.cache', packageName);
}

/** CRACO takes the folder it is run in for the app, and so does react-scripts. */
export function currentAppPath(): string {
  return realpathSync(process.cwd());
}

/**
 * The app's folder by that of a bundler, which may be one of its sources: the nearest that has the template, or else a package.json.
 * @returns a real path, as bundlers name modules
 */
export function findApp(context: string, lib: string): string {
  const folders = foldersUpFrom(realpathSync(context));
  const has = (name: string) => folders.find((folder) => existsSync(path.join(folder, name)));
  return has(`${lib}/config.json`) ?? has('package.json') ?? folders[0]!;
}

function foldersUpFrom(folder: string): readonly string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...foldersUpFrom(parent)];
}

/**
 * @param reactScripts The package CRACO was told to use, `reactScriptsVersion` of its configuration.
 * @throws KitError APP_EJECTED, REACT_SCRIPTS_MISSING or REACT_SCRIPTS_UNSUPPORTED.
 */
export function checkReactScripts(appPath: string, reactScripts = 'react-scripts'): void {
  const supported = 'zero-backend-sync supports Create React App that is not ejected, with react-scripts 5.x.';
  if (existsSync(path.join(appPath, 'config', 'webpack.config.js')) && !dependsOn(appPath, reactScripts)) {
    throw new KitError(
      'APP_EJECTED',
      `This app is ejected: it has its own config/webpack.config.js and no ${reactScripts}. ${supported} ` +
        'Go back to the commit before the ejection, or start from a new app.',
    );
  }
  const version = versionOf(appPath, reactScripts);
  if (version === undefined) {
    throw new KitError('REACT_SCRIPTS_MISSING', `${reactScripts} is not installed in ${appPath}. ${supported}`);
  }
  if (!version.startsWith('5.')) {
    throw new KitError(
      'REACT_SCRIPTS_UNSUPPORTED',
      `This app has ${reactScripts} ${version}. ${supported} Upgrade with: npm install react-scripts@5.0.1`,
    );
  }
}

function versionOf(appPath: string, name: string): string | undefined {
  try {
    return readVersion(createRequire(path.join(appPath, 'package.json')).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

function readVersion(packageJson: string): string {
  return String((JSON.parse(readFileSync(packageJson, 'utf8')) as { version?: unknown }).version);
}

function dependsOn(appPath: string, name: string): boolean {
  try {
    const manifest = JSON.parse(readFileSync(path.join(appPath, 'package.json'), 'utf8')) as Record<string, object>;
    return [manifest.dependencies, manifest.devDependencies].some((list) => list !== undefined && name in list);
  } catch {
    return false;
  }
}
