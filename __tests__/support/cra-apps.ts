/**
 * Apps as strangers have them: Create React App's own templates, laid out and installed as `create-react-app` does it, with the package manager
 * of the case. The installed apps are kept for all suites; without a kit in them, they are the same for every checkout.
 */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import * as path from 'node:path';
import { kept, keptFolder } from './kept';
import { run, say, type Environment } from './processes';
import { tsconfigOfCra } from './tsconfig-of-cra';

export type Template =
  'cra-template' | 'cra-template-typescript' | 'cra-template-redux-typescript' | 'cra-template-pwa-typescript';
/** `yarn` is Yarn 1, `yarn-berry` Yarn 4. */
export type PackageManager = 'npm' | 'yarn' | 'yarn-berry' | 'pnpm';

export const repository = path.resolve(__dirname, '../..');

/** Create React App's templates, and the package managers: whether this computer has them does not matter. */
const tools = [
  'cra-template@1',
  'cra-template-typescript@1',
  'cra-template-redux-typescript@2',
  'cra-template-pwa-typescript@2',
  'yarn@1.22.22',
  'pnpm@9.15.9',
];
/** Its program has the name of Yarn 1's, so it is in a folder of its own. */
const berryTools = ['@yarnpkg/cli-dist@4.18.1'];
const identity = createHash('sha256').update(readFileSync(__filename)).digest('hex').slice(0, 12);
const toolsName = `tools-${identity}`;
const berryToolsName = `${toolsName}-berry`;

/** The app as its owner has it before the kit. Only to be read. */
export async function installedBase(template: Template, packageManager: PackageManager): Promise<string> {
  await installTools();
  return kept(`base-${template}-${packageManager}-${identity}`, async (folder) => {
    say(`lay out and install ${template} with ${packageManager}`);
    layOut(template, folder);
    // On Node 20 yarn 1 refuses Create React App's own testing library otherwise.
    if (packageManager === 'yarn') writeFileSync(path.join(folder, '.yarnrc'), 'ignore-engines true\n');
    if (packageManager === 'yarn-berry') {
      writeFileSync(path.join(folder, '.yarnrc.yml'), 'nodeLinker: node-modules\n');
      writeFileSync(path.join(folder, 'yarn.lock'), '');
      appendFileSync(path.join(folder, '.gitignore'), '.yarn/\n');
    }
    await install(folder, packageManager);
  });
}

/** As the owner of a forced tree has to run npm ever after. */
export const force: Environment = { npm_config_force: 'true' };

export async function install(folder: string, packageManager: PackageManager): Promise<void> {
  const args = packageManager === 'npm' ? ['install', '--no-audit', '--no-fund', '--prefer-offline'] : ['install'];
  // The Redux and PWA templates ask for testing libraries of another React; create-react-app installs them with force only.
  await run(programOf(packageManager), args, folder, { ...packageManagerEnvironment(packageManager), ...force });
}

/** What its commands begin with. */
export function programOf(packageManager: PackageManager): string {
  return packageManager === 'yarn-berry' ? 'yarn' : packageManager;
}

/** The package managers of these tests come first, and nothing of the tests reaches the user's own caches of yarn and pnpm. */
export function packageManagerEnvironment(packageManager?: PackageManager): Environment {
  const home = path.join(keptFolder(), toolsName);
  const programs = [home, ...(packageManager === 'yarn-berry' ? [path.join(keptFolder(), berryToolsName)] : [])]
    .map((folder) => path.join(folder, 'node_modules/.bin'))
    .reverse();
  return {
    PATH: [...programs, process.env.PATH ?? ''].join(path.delimiter),
    YARN_CACHE_FOLDER: path.join(home, 'cache/yarn'),
    YARN_GLOBAL_FOLDER: path.join(home, 'cache/yarn-berry'),
    YARN_ENABLE_TELEMETRY: '0',
    npm_config_store_dir: path.join(home, 'cache/pnpm'),
  };
}

/** yarn 1 takes a package of a name and a version from its cache, wherever the tarball lies: it would install the kit of an earlier run. */
function forgetCachedKits(): void {
  const cache = path.join(packageManagerEnvironment().YARN_CACHE_FOLDER!, 'v6');
  if (!existsSync(cache)) return;
  for (const name of readdirSync(cache))
    // What it has unpacked of a tarball, it keeps by the tarball's path.
    if (name === '.tmp' || name.includes('zero-backend-sync')) rmSync(path.join(cache, name), { recursive: true });
}

/** Packs the kit as it would be published, as `kit.tgz` in a folder. */
export async function packKit(folder: string): Promise<string> {
  forgetCachedKits();
  await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], repository);
  const packed = readdirSync(folder).find((name) => /^zero-backend-sync-.*\.tgz$/.test(name));
  if (packed === undefined) throw new Error(`npm pack left no tarball in ${folder}.`);
  const tarball = path.join(folder, 'kit.tgz');
  renameSync(path.join(folder, packed), tarball);
  return tarball;
}

async function installTools(): Promise<void> {
  for (const [name, packages] of [
    [toolsName, tools],
    [berryToolsName, berryTools],
  ] as const)
    await kept(name, async (folder) => {
      say(`fetch ${packages.join(', ')}`);
      writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
      await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages], folder);
    });
}

/** What `create-react-app` makes of a template before it installs anything. */
function layOut(template: Template, folder: string): void {
  const source = path.join(keptFolder(), toolsName, 'node_modules', template);
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
    browserslist: {
      production: ['>0.2%', 'not dead', 'not op_mini all'],
      development: ['last 1 chrome version', 'last 1 firefox version', 'last 1 safari version'],
    },
  };
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(json, null, 2)}\n`);
  if (/typescript/.test(template)) {
    writeFileSync(path.join(folder, 'tsconfig.json'), `${JSON.stringify(tsconfigOfCra, null, 2)}\n`);
    writeFileSync(path.join(folder, 'src/react-app-env.d.ts'), '/// <reference types="react-scripts" />\n');
  }
}
