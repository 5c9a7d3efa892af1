/** Compiles one AssemblyScript entry to a WebAssembly module, with the settings of asconfig.json. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { findAsconfig, settingsText } from './asconfig';
import type { AsconfigTarget } from './asconfig';
import { blackBoxFlags, checkBlackBox } from './black-box';
import { prepareSalt } from './salt';

export interface CompileRequest {
  /** The app's folder, with its asconfig.json if it has one. */
  readonly root: string;
  /** Relative to `root`, such as `src/lib/worker/crypto.asm.ts`. */
  readonly entry: string;
  /**
   * Relative to `root`; `x.wasm` beside `x.asm.ts` by convention. Written only if its bytes change. A build for tests wants another place:
   * it may have another salt than the development server that runs beside it.
   */
  readonly outFile: string;
  /** Which settings of asconfig.json. Default: `'release'`. */
  readonly target?: AsconfigTarget;
  /** More command-line flags for the compiler. They win over asconfig.json. */
  readonly flags?: readonly string[];
  /** Whether the entry is the template's `crypto.asm.ts`: its own flags win over all others, and it is checked before it is written. */
  readonly isBlackBox?: boolean;
  /** The file that serves as `zero-backend-sync/assembly/salt.generated`. Default: made from the app's salt when an entry asks for it. */
  readonly saltSource?: string;
  /** Serves as `zero-backend-sync/assembly`. Default: this package's own. */
  readonly assemblyFolder?: string;
}

export interface CompileError {
  /** Relative to `root` where it lies below it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface CompileResult {
  /** Empty when there are errors; `outFile` is left as it was then. */
  readonly bytes: Uint8Array;
  /** Absolute paths of every file the result depends on. */
  readonly dependencies: readonly string[];
  readonly errors: readonly CompileError[];
  /** Whether `outFile` was written. */
  readonly changed: boolean;
}

/**
 * Errors in the source are returned; what stands outside of it is thrown.
 * @throws KitError ASCONFIG_INVALID, BLACK_BOX_UNSAFE, BLACK_BOX_ABI, or one of `prepareSalt`
 */
export async function compileAssemblyScript(request: CompileRequest): Promise<CompileResult> {
  const { root, entry, outFile, target = 'release', flags = [], isBlackBox = false } = request;
  const config = findAsconfig(root);
  const asc = await import('assemblyscript/asc');
  const sources = new Sources(request);
  const errors: CompileError[] = [];
  let bytes = new Uint8Array();

  const args = [entry, '--baseDir', root, '--config', config, '--target', target, '--outFile', 'module.wasm', ...flags];
  const { error, stderr } = await asc.main(isBlackBox ? [...args, ...blackBoxFlags] : args, {
    readFile: (name, folder) => sources.read(name, folder),
    listFiles: (folder) => sources.list(folder),
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') bytes = new Uint8Array(contents);
    },
    reportDiagnostic: (diagnostic) => {
      if ((diagnostic.category as number) === errorCategory) errors.push(describe(diagnostic, sources));
    },
  });
  if (sources.failure !== undefined) throw sources.failure;
  if (error && errors.length === 0) {
    errors.push({ file: entry, line: 1, column: 1, message: stderr.toString().trim() || error.message });
  }
  const dependencies = sources.dependencies;
  if (errors.length > 0) return { bytes: new Uint8Array(), dependencies, errors, changed: false };
  if (isBlackBox) checkBlackBox(bytes, entry);
  return { bytes, dependencies, errors, changed: writeIfDifferent(resolve(root, outFile), bytes) };
}

/** The files that the compiler asks for, by names relative to the root, some of which are in this package instead. */
class Sources {
  readonly #files = new Set<string>();
  readonly #texts = new Map<string, string>();
  failure: unknown;

  constructor(private readonly request: CompileRequest) {}

  get dependencies(): readonly string[] {
    return [...this.#files];
  }

  /**
   * The compiler cannot carry an error: `compileAssemblyScript` throws it when the compiler has given up on the missing file.
   * @param folder What the name is relative to.
   */
  read(name: string, folder: string): string | null {
    try {
      return name.endsWith('.json') ? this.#readSettings(resolve(folder, name)) : this.#readSource(name, folder);
    } catch (error) {
      this.failure ??= error;
      return null;
    }
  }

  #readSettings(file: string): string | null {
    if (!existsSync(file)) return null;
    this.#files.add(file);
    return settingsText(file);
  }

  #readSource(name: string, folder: string): string | null {
    const file = this.#locate(name, folder);
    if (!existsSync(file)) return null;
    this.#files.add(file);
    const text = readFileSync(file, 'utf8');
    this.#texts.set(name.replace(/^node_modules\//, '~lib/'), text);
    return text;
  }

  /** What was read under a name that the compiler uses in its diagnostics. */
  textOf(name: string): string {
    return this.#texts.get(name) ?? '';
  }

  list(folder: string): string[] | null {
    const path = resolve(this.request.root, folder);
    return existsSync(path) ? readdirSync(path).filter((name) => /(?<!\.d)\.ts$/.test(name)) : null;
  }

  #locate(name: string, folder: string): string {
    const { root, entry, saltSource, assemblyFolder = resolve(__dirname, '../../assembly') } = this.request;
    const primitive = /^node_modules\/zero-backend-sync\/assembly\/(.+)$/.exec(name)?.[1];
    if (primitive === undefined) return resolve(folder, name);
    if (primitive !== 'salt.generated.ts') return join(assemblyFolder, primitive);
    if (saltSource !== undefined) return resolve(root, saltSource);
    const salt = prepareSalt({ root, configFile: resolve(root, dirname(entry), '../config.json') });
    for (const file of salt.dependencies) this.#files.add(file);
    return salt.sourceFile;
  }
}

/** `DiagnosticCategory.Error` of the compiler, which exports the type only. */
const errorCategory = 3;

interface Diagnostic {
  readonly message: string;
  readonly range: { readonly start: number; readonly source: { readonly normalizedPath: string } } | null;
}

function describe({ message, range }: Diagnostic, sources: Sources): CompileError {
  if (range === null) return { file: '', line: 1, column: 1, message };
  const file = range.source.normalizedPath;
  const before = sources.textOf(file).slice(0, range.start).split('\n');
  return { file, line: before.length, column: before.at(-1)!.length + 1, message };
}

function writeIfDifferent(file: string, bytes: Uint8Array): boolean {
  if (existsSync(file) && readFileSync(file).equals(bytes)) return false;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return true;
}
