/**
 * Real apps: made by create-react-app, with the kit installed from its packed tarball. Making one takes minutes, so what create-react-app makes
 * is kept in the temporary folder, and what npm installs is kept for as long as the kit's package.json is the same.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { fingerprintOf } from '../../src/preset/salt';

export type Template = 'cra-template-typescript' | 'cra-template';

export const repository = resolve(__dirname, '../..');
const workshop = join(tmpdir(), 'zero-backend-sync-matrix');
const fixture = join(__dirname, 'app');
const createReactApp = 'create-react-app@5.1.0';
/** 32 bytes that are known to everybody and that nothing but these apps uses. */
export const salt = createHash('sha256').update('salt of the matrix').digest();

export interface Environment {
  readonly [name: string]: string;
}

export function say(what: string): void {
  process.stderr.write(`  ${new Date().toISOString().slice(11, 19)} ${what}\n`);
}

/** The environment of a user's terminal: what Jest and npm have put into this process is not for the apps. */
export function plainEnvironment(more: Environment = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_ENV$|JEST_|BABEL_ENV$|SYNC_SALT$)/.test(name),
  );
  return { ...Object.fromEntries(kept), FORCE_COLOR: '0', BROWSER: 'none', ...more } as unknown as NodeJS.ProcessEnv;
}

/** An app with the kit installed, on disk and ready to be built; its sources are as new. */
export async function makeApp(template: Template): Promise<string> {
  const base = await makeBase(template);
  const tarball = await packKit();
  const app = join(workshop, `${template}-${identityOfCheckout()}`);
  if (!existsSync(app)) await installKit(base, tarball, app);
  await unpackKit(tarball, app);
  resetSources(base, app);
  return app;
}

/** Two checkouts that test at the same time must not meet in one app. */
function identityOfCheckout(): string {
  const manifest = readFileSync(join(repository, 'package.json'));
  return createHash('sha256').update(repository).update(manifest).digest('hex').slice(0, 12);
}

async function packKit(): Promise<string> {
  const folder = join(workshop, `tarball-${identityOfCheckout()}`);
  mkdirSync(folder, { recursive: true });
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], repository);
  return join(folder, stdout.trim().split('\n').at(-1)!);
}

async function makeBase(template: Template): Promise<string> {
  mkdirSync(workshop, { recursive: true });
  const base = join(workshop, `base-${template}`);
  if (existsSync(base)) return base;
  say(`create-react-app --template ${template}, about 90 s`);
  const unfinished = `${base}-${process.pid}`;
  await run('npx', ['--yes', createReactApp, unfinished, '--template', template], workshop);
  renameSync(unfinished, base);
  return base;
}

/** As the guide tells a user, and as `init` does: TypeScript for an app that has none, one version of it for all, the template's packages. */
async function installKit(base: string, tarball: string, app: string): Promise<void> {
  say(`npm install of the kit into ${app}, about 60 s`);
  const unfinished = `${app}-${process.pid}`;
  cpSync(base, unfinished, { recursive: true, verbatimSymlinks: true });
  const manifest = readJson(join(unfinished, 'package.json'));
  const kit = readJson(join(repository, 'package.json'));
  const versions: { readonly [name: string]: string } = { ...kit.dependencies, ...kit.devDependencies };
  const packages = ['@cfworker/json-schema', 'dexie', 'idb', 'nostr-tools', 'rxdb', 'rxjs'];
  const isTyped = existsSync(join(unfinished, 'tsconfig.json'));
  manifest.dependencies = {
    ...manifest.dependencies,
    ...Object.fromEntries(packages.map((name) => [name, versions[name]!])),
    ...(!isTyped && {
      typescript: '4.9.5',
      '@types/react': '19.3.0',
      '@types/react-dom': '19.3.0',
      '@types/jest': '27.5.2',
    }),
  };
  manifest.devDependencies = { '@craco/craco': versions['@craco/craco']!, 'zero-backend-sync': `file:${tarball}` };
  manifest.overrides = { typescript: '$typescript' };
  manifest.scripts = { start: 'craco start', build: 'craco build', test: 'craco test' };
  writeJson(join(unfinished, 'package.json'), manifest);
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], unfinished);
  renameSync(unfinished, app);
}

/** What npm would do if the version had changed: the packages that the kit needs are there already. */
async function unpackKit(tarball: string, app: string): Promise<void> {
  const kit = join(app, 'node_modules/zero-backend-sync');
  for (const name of readdirSync(kit)) {
    if (name !== 'node_modules') rmSync(join(kit, name), { recursive: true });
  }
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', kit], app);
}

/** The template's own sources, the kit's template as `src/lib`, and the probe. */
function resetSources(base: string, app: string): void {
  for (const folder of ['src', 'build', 'craco.config.js', 'node_modules/.cache'])
    rmSync(join(app, folder), { recursive: true, force: true });
  cpSync(join(base, 'src'), join(app, 'src'), { recursive: true });
  cpSync(join(app, 'node_modules/zero-backend-sync/src/lib'), join(app, 'src/lib'), { recursive: true });
  cpSync(fixture, join(app, 'src'), { recursive: true });
  if (!existsSync(join(base, 'tsconfig.json'))) writeJson(join(app, 'tsconfig.json'), tsconfigOfCra);
  writeFileSync(
    join(app, 'src/react-app-env.d.ts'),
    '/// <reference types="react-scripts" />\n/// <reference types="zero-backend-sync/types" />\n',
  );
  edit(join(app, 'src', entryOf(app)), (source) => `import './probe';\n${source}`);
  writeFileSync(join(app, '.env.local'), `SYNC_SALT=${salt.toString('base64')}\n`);
  const configFile = join(app, 'src/lib/config.json');
  const config = readJson(configFile);
  writeJson(configFile, {
    ...config,
    appId: 'matrix/0123456789abcdef',
    salts: [{ id: '1', env: 'SYNC_SALT', fingerprint: fingerprintOf(salt) }],
    // The least that is allowed: the matrix waits for a derivation in every cell.
    iterations: 100_000,
  });
}

/** What react-scripts 5 writes when it meets an empty one. */
const tsconfigOfCra = {
  compilerOptions: {
    target: 'es5',
    lib: ['dom', 'dom.iterable', 'esnext'],
    allowJs: true,
    skipLibCheck: true,
    esModuleInterop: true,
    allowSyntheticDefaultImports: true,
    strict: true,
    forceConsistentCasingInFileNames: true,
    noFallthroughCasesInSwitch: true,
    module: 'esnext',
    moduleResolution: 'node',
    resolveJsonModule: true,
    isolatedModules: true,
    noEmit: true,
    jsx: 'react-jsx',
  },
  include: ['src'],
};

function entryOf(app: string): string {
  return existsSync(join(app, 'src/index.tsx')) ? 'index.tsx' : 'index.js';
}

/** The app's first component, whose text the hot reload changes. */
export function componentOf(app: string): string {
  return join(app, 'src', existsSync(join(app, 'src/App.tsx')) ? 'App.tsx' : 'App.js');
}

/** `options` are JavaScript text, so that a test can give what JSON cannot. */
export function configure(app: string, options: string, homepage?: string): void {
  writeFileSync(
    join(app, 'craco.config.js'),
    `module.exports = { plugins: [{ plugin: require('zero-backend-sync/craco'), options: ${options} }] };\n`,
  );
  const manifest = readJson(join(app, 'package.json'));
  writeJson(join(app, 'package.json'), { ...manifest, homepage });
}

export function edit(file: string, change: (source: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

interface Manifest {
  dependencies?: { [name: string]: string };
  devDependencies?: { [name: string]: string };
  [key: string]: unknown;
}
function readJson(file: string): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

function run(command: string, args: readonly string[], cwd: string): Promise<{ readonly stdout: string }> {
  return promisify(execFile)(command, args, { cwd, env: plainEnvironment(), timeout: 600_000, maxBuffer: 64 << 20 });
}
