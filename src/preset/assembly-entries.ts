/**
 * The app's AssemblyScript: which entries there are, where each is compiled to, and which of them are still up to date, so that a second start
 * does not pay for the compiler.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder, kitVersion } from './app';
import type { AppContext } from './app';
import { compileAssemblyScript } from './assembly-script';
import type { CompileError } from './assembly-script';
import type { AsconfigTarget } from './asconfig';
import { blackBoxSource } from './black-box';
import { KitError } from './kit-error';
import { prepareSalt, saltRequestOf } from './salt';
import type { PreparedSalt } from './salt';

export interface CompiledEntries {
  readonly errors: readonly CompileError[];
  /** Absolute paths of everything that the compiled files depend on. */
  readonly dependencies: readonly string[];
  /** Absolute paths of the files that were written. */
  readonly written: readonly string[];
  /** What could not be compiled without the right salt. Only a bundle that contains such a file needs one. */
  readonly unsalted: readonly UnsaltedFile[];
}

export interface UnsaltedFile {
  /** Absolute path of the compiled file, which is missing or of an earlier salt. */
  readonly file: string;
  readonly error: KitError;
}

/**
 * Compiles every entry that changed since it was last compiled.
 * @param target Of asconfig.json.
 * @param outRoot Where the compiled files go, each at its path in the app. Default: the app itself, so that `x.wasm` is beside `x.asm.ts`.
 * @throws KitError of `compileAssemblyScript`: what stands outside of the source is not an error in it.
 */
export async function compileEntries(
  app: AppContext,
  target: AsconfigTarget,
  outRoot = app.appPath,
): Promise<CompiledEntries> {
  const results: CompiledEntries[] = [];
  for (const entry of findEntries(app)) results.push(await compileEntry(app, entry, target, outRoot));
  return {
    errors: results.flatMap(({ errors }) => errors),
    dependencies: [...new Set(results.flatMap(({ dependencies }) => dependencies))],
    written: results.flatMap(({ written }) => written),
    unsalted: results.flatMap(({ unsalted }) => unsalted),
  };
}

/** Paths relative to the app, with forward slashes. */
export function findEntries({ appPath, options }: AppContext): readonly string[] {
  if (options.assemblyScript === false) return [];
  if (options.assemblyScript.entries) return options.assemblyScript.entries;
  return readdirSync(path.join(appPath, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.asm.ts') && !file.includes('node_modules'))
    .map((file) => `src/${file.replace(/\\/g, '/')}`)
    .sort();
}

/** What is to be watched while nothing can be compiled, because something other than the sources is wrong. */
export function filesToWatch(app: AppContext): readonly string[] {
  const { appPath, options } = app;
  return [...findEntries(app), 'asconfig.json', `${options.lib}/config.json`].map((file) => path.join(appPath, file));
}

/** Compiles one of `findEntries`; see `compileEntries`. */
export async function compileEntry(
  app: AppContext,
  entry: string,
  target: AsconfigTarget,
  outRoot: string,
): Promise<CompiledEntries> {
  const { appPath, options } = app;
  const flags = (options.assemblyScript && options.assemblyScript.flags) || [];
  const outFile = path.join(outRoot, entry.replace(/\.asm\.ts$/, '.wasm'));
  const salt = entry.startsWith(`${options.lib}/`) ? saltOf(app) : undefined;
  if (salt instanceof KitError) {
    const dependencies = filesToWatch(app);
    return { errors: [], dependencies, written: [], unsalted: [{ file: outFile, error: salt }] };
  }
  const circumstances = JSON.stringify([kitVersion, entry, target, flags, salt?.fingerprint]);
  const record = recordFile(appPath, outFile);

  const known = readUpToDate(record, circumstances, outFile);
  if (known) return { errors: [], dependencies: known, written: [], unsalted: [] };

  const result = await compileAssemblyScript({
    root: appPath,
    entry,
    outFile,
    target,
    flags,
    isBlackBox: entry === `${options.lib}/${blackBoxSource}`,
    ...(salt && { saltSource: salt.sourceFile }),
  });
  const own = [path.join(appPath, entry), path.join(appPath, 'asconfig.json'), ...(salt?.dependencies ?? [])];
  // What the salt is in for the compiler is made anew for it: a build that watched the file would be built twice.
  const read = result.dependencies.filter((file) => file !== salt?.sourceFile);
  const dependencies = [...new Set([...own, ...read])];
  if (result.errors.length === 0) {
    mkdirSync(path.dirname(record), { recursive: true });
    writeFileSync(record, JSON.stringify({ state: hashState(circumstances, dependencies, outFile), dependencies }));
  }
  return { errors: result.errors, dependencies, written: result.changed ? [outFile] : [], unsalted: [] };
}

function saltOf(app: AppContext): PreparedSalt | KitError {
  try {
    return prepareSalt(saltRequestOf(app));
  } catch (error) {
    if (error instanceof KitError) return error;
    throw error;
  }
}

/** What an entry was last compiled from: a hash over its circumstances, the bytes of its dependencies and of its result. */
interface CompileRecord {
  readonly state: string;
  readonly dependencies: readonly string[];
}

function recordFile(appPath: string, outFile: string): string {
  return path.join(cacheFolder(appPath), 'assembly', `${hash([outFile]).slice(0, 16)}.json`);
}

function readUpToDate(file: string, circumstances: string, outFile: string): readonly string[] | undefined {
  try {
    const { state, dependencies } = JSON.parse(readFileSync(file, 'utf8')) as CompileRecord;
    return state === hashState(circumstances, dependencies, outFile) ? dependencies : undefined;
  } catch {
    // No record, or a damaged one: compile.
    return undefined;
  }
}

function hashState(circumstances: string, dependencies: readonly string[], outFile: string): string {
  const contents = [...dependencies, outFile].map((file) => (existsSync(file) ? hash([readFileSync(file)]) : 'none'));
  return hash([circumstances, ...contents]);
}

function hash(parts: readonly (string | Uint8Array)[]): string {
  const sha256 = createHash('sha256');
  for (const part of parts) sha256.update(part);
  return sha256.digest('hex');
}
