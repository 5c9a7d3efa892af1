/**
 * What takes minutes to make and is the same for every run: apps by create-react-app, with the packages of the kit installed. They are kept in
 * the temporary folder under `zero-backend-sync-matrix`, about 1 GB a template. Remove it at will; whatever no run used for three days goes by itself.
 */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run, say } from './processes';

export type Template = 'cra-template-typescript' | 'cra-template';

export const repository = resolve(__dirname, '../..');
export const workshop = join(tmpdir(), 'zero-backend-sync-matrix');
const createReactApp = 'create-react-app@5.1.0';
const unusedMs = 3 * 24 * 3600 * 1000;

export interface Manifest {
  dependencies?: { [name: string]: string };
  devDependencies?: { [name: string]: string };
  bin?: unknown;
  [key: string]: unknown;
}

/** An app of the template beside an older state of the kit, whose own files are still to be put in. Only to be read. */
export async function installedApp(template: Template): Promise<string> {
  mkdirSync(workshop, { recursive: true });
  forgetUnused();
  const base = await kept(`base-${template}`, (folder) => createApp(template, folder));
  return kept(`installed-${template}-${identityOfPackages()}`, (folder) => installKit(base, folder));
}

/** Makes the tarball that npm would publish: `kit.tgz` in a folder. */
export async function packKit(folder: string): Promise<string> {
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], repository);
  const tarball = join(folder, 'kit.tgz');
  renameSync(
    join(
      folder,
      readdirSync(folder).find((name) => /^zero-backend-sync-.*\.tgz$/.test(name))!,
    ),
    tarball,
  );
  return tarball;
}

/** A copy that shares every file with the original: for packages, which are replaced and never changed in place. */
export function linkTree(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    // npm writes its list of what is installed in place.
    else if (entry.name === '.package-lock.json') cpSync(source, target);
    else linkSync(source, target);
  }
}

async function kept(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(workshop, name);
  if (!existsSync(folder)) {
    const unfinished = `${folder}-${process.pid}`;
    try {
      await make(unfinished);
      // Another run may have been faster.
      if (!existsSync(folder)) renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  utimesSync(folder, new Date(), new Date());
  return folder;
}

function forgetUnused(): void {
  for (const name of readdirSync(workshop)) {
    const folder = join(workshop, name);
    const usedAt = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - usedAt > unusedMs) rmSync(folder, { recursive: true, force: true });
  }
}

/** Installed packages serve every checkout that asks for the same ones. */
function identityOfPackages(): string {
  const { dependencies, devDependencies, bin } = readJson(join(repository, 'package.json'));
  const parts = [dependencies, devDependencies?.['@craco/craco'], bin, readFileSync(__filename, 'utf8')];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}

async function createApp(template: Template, folder: string): Promise<void> {
  say(`create-react-app --template ${template}, about 90 s`);
  await run('npx', ['--yes', createReactApp, folder, '--template', template], workshop);
}

/**
 * As the guide tells a user: the packages of the template, one TypeScript for all. The app that has TypeScript keeps the 4.9 that
 * create-react-app gave it; the other gets the 5 that `init` adds.
 */
async function installKit(base: string, folder: string): Promise<void> {
  say(`npm install of the kit into ${folder}, about 60 s`);
  cpSync(base, folder, { recursive: true, verbatimSymlinks: true });
  await packKit(folder);
  const manifest = readJson(join(folder, 'package.json'));
  const kit = readJson(join(repository, 'package.json'));
  const versions: { readonly [name: string]: string } = { ...kit.dependencies, ...kit.devDependencies };
  const choose = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, versions[name]!]));
  const isTyped = existsSync(join(folder, 'tsconfig.json'));
  manifest.dependencies = {
    ...manifest.dependencies,
    ...choose('@cfworker/json-schema', 'dexie', 'idb', 'nostr-tools', 'rxdb', 'rxjs'),
    ...(!isTyped && { ...choose('typescript', '@types/react', '@types/react-dom'), '@types/jest': '27.5.2' }),
  };
  manifest.devDependencies = { ...choose('@craco/craco'), 'zero-backend-sync': 'file:kit.tgz' };
  manifest.overrides = { typescript: '$typescript' };
  manifest.scripts = { start: 'craco start', build: 'craco build', test: 'craco test' };
  writeJson(join(folder, 'package.json'), manifest);
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], folder);
}

export function readJson(file: string): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}

export function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
