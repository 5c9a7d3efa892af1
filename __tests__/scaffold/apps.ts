/** Apps for the scaffold: as strangers have them, in git, with what their owner had changed. And the kit as npx brings it. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { install, installedBase, packKit, repository } from '../support/cra-apps';
import type { PackageManager, Template } from '../support/cra-apps';
import { linkApp } from '../support/kept';
import { say } from '../support/processes';
import { must, workshop } from './workshop';

export interface AppRequest {
  readonly template: Template;
  readonly packageManager: PackageManager;
  /** Files that the app's owner had before. */
  readonly files?: Readonly<Record<string, string>>;
  /** What the owner had written into `package.json`. */
  readonly packageJson?: Readonly<Record<string, unknown>>;
  /** Scripts beside those of Create React App. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** The name of its folder, where that is not the name of the case. */
  readonly folder?: string;
}

export interface InstalledKit {
  readonly tarball: string;
  /** The command line. */
  readonly program: string;
}

/** Packs the kit as it would be published, and installs it in a folder of its own as npx does. Once, before the tests. */
export async function installKit(): Promise<void> {
  const home = path.join(workshop(), 'npx');
  const tarball = await packKit(workshop());
  say('install the kit from its tarball');
  mkdirSync(home);
  writeFileSync(path.join(home, 'package.json'), '{ "private": true }\n');
  await must(home, 'npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball]);
}

/** What `installKit` has made before the tests. */
export function installedKit(): InstalledKit {
  return {
    tarball: path.join(workshop(), 'kit.tgz'),
    program: path.join(workshop(), 'npx/node_modules/zero-backend-sync/dist/cli/index.js'),
  };
}

/** Packs the kit and unpacks it beside the packages that this checkout has installed: seconds instead of a minute. */
export async function unpackKit(): Promise<InstalledKit> {
  const tarball = await packKit(workshop());
  const home = path.join(workshop(), 'unpacked');
  mkdirSync(home);
  await must(home, 'tar', ['-xzf', tarball]);
  symlinkSync(path.join(repository, 'node_modules'), path.join(home, 'package/node_modules'));
  return { tarball, program: path.join(home, 'package/dist/cli/index.js') };
}

/** An app of the template has no user, and an identity has to be in scope somewhere. */
const accountSource = 'export const accountOf = (user) => [user.id, user.email];\n';

/** An app in a folder of its own, installed and in git, as its owner left it. */
export async function makeApp(name: string, request: AppRequest): Promise<string> {
  const { template, packageManager, files = {}, packageJson = {}, scripts = {}, folder = name } = request;
  const base = await installedBase(template, packageManager);
  const app = path.join(workshop(), 'apps', folder);
  if (packageManager === 'npm') linkApp(base, app);
  // The others change files in place, which are everybody's. `cp` takes a fraction of what Node's own copy does.
  else await must(workshop(), 'cp', ['-a', base, app]);
  writeFileSync(path.join(app, 'src/account.js'), accountSource);
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(app, file), text);
  editJson(path.join(app, 'package.json'), (json) => ({
    ...json,
    ...packageJson,
    scripts: { ...(json.scripts as object), ...scripts },
    devDependencies: { ...(json.devDependencies as object), ...(packageJson.devDependencies as object) },
  }));
  if (packageJson.devDependencies !== undefined) await install(app, packageManager);
  await must(app, 'git', ['init', '--quiet']);
  await commitAll(app, 'As it was');
  return app;
}

export async function commitAll(app: string, message: string): Promise<void> {
  await must(app, 'git', ['add', '--all']);
  await must(app, 'git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '--quiet', '-m', message]);
}

export function editJson(file: string, change: (json: Record<string, unknown>) => object): void {
  const before = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, `${JSON.stringify(change(before), null, 2)}\n`);
}
