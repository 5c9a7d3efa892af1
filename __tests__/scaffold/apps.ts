/**
 * Apps as strangers have them: Create React App's own templates, laid out and installed as `create-react-app` does it, with the package manager
 * of the case.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { tsconfigOfCra } from '../support/tsconfig-of-cra';
import { must, workshop, type Environment } from './workshop';

export type Template =
  'cra-template' | 'cra-template-typescript' | 'cra-template-redux-typescript' | 'cra-template-pwa-typescript';
export type PackageManager = 'npm' | 'yarn' | 'pnpm';

export interface AppRequest {
  readonly template: Template;
  readonly packageManager: PackageManager;
  /** Files that the app's owner had before. */
  readonly files?: Readonly<Record<string, string>>;
  /** What the owner had written into `package.json`. */
  readonly packageJson?: Readonly<Record<string, unknown>>;
  /** The name of its folder, where that is not the name of the case. */
  readonly folder?: string;
}

const repository = path.resolve(__dirname, '../..');

export function say(what: string): void {
  process.stderr.write(`  ${new Date().toISOString().slice(11, 19)} ${what}\n`);
}

export interface InstalledKit {
  readonly tarball: string;
  /** The command line. */
  readonly program: string;
}

/** Packs the kit as it would be published, and installs it in a folder of its own as npx does. */
export async function installKit(): Promise<InstalledKit> {
  const tarball = await packKit();
  const home = path.join(workshop(), 'npx');
  if (!existsSync(home)) {
    say('install the kit from its tarball');
    await complete(home, async (folder) => {
      writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
      await must(folder, 'npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball]);
    });
  }
  return { tarball, program: path.join(home, 'node_modules/zero-backend-sync/dist/cli/index.js') };
}

/** Packs the kit and unpacks it beside the packages that this checkout has installed: seconds instead of a minute. */
export async function unpackKit(): Promise<InstalledKit> {
  const tarball = await packKit();
  const home = path.join(workshop(), 'unpacked');
  if (!existsSync(home)) {
    await complete(home, async (folder) => {
      await must(folder, 'tar', ['-xzf', tarball]);
      symlinkSync(path.join(repository, 'node_modules'), path.join(folder, 'package/node_modules'));
    });
  }
  return { tarball, program: path.join(home, 'package/dist/cli/index.js') };
}

async function packKit(): Promise<string> {
  const tarball = path.join(workshop(), 'kit.tgz');
  if (existsSync(tarball)) return tarball;
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', workshop()];
  const packed = await must(repository, 'npm', pack);
  renameSync(path.join(workshop(), packed.trim().split('\n').at(-1) ?? ''), tarball);
  return tarball;
}

/** An app in a folder of its own, installed and in git, as its owner left it. */
export async function makeApp(name: string, request: AppRequest): Promise<string> {
  const { template, packageManager, files = {}, packageJson = {}, folder = name } = request;
  const base = await installedBase(template, packageManager);
  const app = path.join(workshop(), 'apps', folder);
  // Tens of thousands of small files: `cp` takes a fraction of what Node's own copy does.
  await must(workshop(), 'cp', ['-a', base, app]);
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(app, file), text);
  editJson(path.join(app, 'package.json'), (json) => ({
    ...json,
    ...packageJson,
    devDependencies: { ...(json.devDependencies as object), ...(packageJson.devDependencies as object) },
  }));
  if (packageJson.devDependencies !== undefined) await install(app, packageManager);
  await must(app, 'git', ['init', '--quiet']);
  await commitAll(app, 'As it was');
  return app;
}

/** The same without `node_modules` and without a lock file: what is installed later is installed once. */
export async function makeBareApp(name: string, template: Template): Promise<string> {
  await installTools([`${template}@1`]);
  const app = path.join(workshop(), 'apps', name);
  mkdirSync(app);
  layOut(template, app);
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

async function installedBase(template: Template, packageManager: PackageManager): Promise<string> {
  await installTools(tools);
  const base = path.join(workshop(), `base-${template}-${packageManager}`);
  if (existsSync(base)) return base;
  say(`lay out and install ${template} with ${packageManager}`);
  await complete(base, async (folder) => {
    layOut(template, folder);
    // On Node 20 yarn 1 refuses Create React App's own testing library otherwise.
    if (packageManager === 'yarn') writeFileSync(path.join(folder, '.yarnrc'), 'ignore-engines true\n');
    await install(folder, packageManager);
  });
  return base;
}

/** What `create-react-app` makes of a template before it installs anything. */
function layOut(template: Template, folder: string): void {
  const source = path.join(workshop(), 'tools/node_modules', template);
  cpSync(path.join(source, 'template'), folder, { recursive: true });
  renameSync(path.join(folder, 'gitignore'), path.join(folder, '.gitignore'));
  const { package: wanted } = JSON.parse(readFileSync(path.join(source, 'template.json'), 'utf8')) as {
    package: { dependencies: object; eslintConfig: object };
  };
  const json = {
    name: template.replace('cra-template', 'app'),
    version: '0.1.0',
    private: true,
    dependencies: { ...wanted.dependencies, react: '^19.0.0', 'react-dom': '^19.0.0', 'react-scripts': '5.0.1' },
    scripts: {
      start: 'react-scripts start',
      build: 'react-scripts build',
      test: 'react-scripts test',
      eject: 'react-scripts eject',
    },
    eslintConfig: wanted.eslintConfig,
    browserslist: { production: ['>0.2%', 'not dead', 'not op_mini all'], development: ['last 1 chrome version'] },
  };
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(json, null, 2)}\n`);
  if (/typescript/.test(template)) {
    writeFileSync(path.join(folder, 'tsconfig.json'), `${JSON.stringify(tsconfigOfCra, null, 2)}\n`);
    writeFileSync(path.join(folder, 'src/react-app-env.d.ts'), '/// <reference types="react-scripts" />\n');
  }
}

/** As the owner of a forced tree has to run npm ever after. */
export const force: Environment = { npm_config_force: 'true' };

async function install(folder: string, packageManager: PackageManager): Promise<void> {
  const args = packageManager === 'npm' ? ['install', '--no-audit', '--no-fund', '--prefer-offline'] : ['install'];
  // The Redux and PWA templates ask for testing libraries of another React; create-react-app installs them with force only.
  await must(folder, packageManager, args, force);
}

const tools = [
  'cra-template@1',
  'cra-template-typescript@1',
  'cra-template-redux-typescript@2',
  'cra-template-pwa-typescript@2',
  'yarn@1.22.22',
  'pnpm@9.15.9',
];

/** Create React App's templates, and the package managers: whether this computer has them does not matter. */
async function installTools(packages: readonly string[]): Promise<void> {
  const home = path.join(workshop(), 'tools');
  if (existsSync(home)) return;
  say(`fetch ${packages.join(', ')}`);
  await complete(home, async (folder) => {
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
    await must(folder, 'npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages]);
  });
}

/** A folder appears under its name when it is complete. */
async function complete(folder: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial);
  await fill(partial);
  renameSync(partial, folder);
}
