/** Compiles one AssemblyScript entry to a WebAssembly module that asks for nothing: no imports, no exported memory, no custom sections. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { prepareSalt } from './salt';

export interface CompileRequest {
  /** The app's folder. Its asconfig.json, if there is one, is read as by `asc`; the flags below win over it. */
  readonly root: string;
  /** Relative to `root`, such as `src/lib/worker/crypto.asm.ts`. */
  readonly entry: string;
  /**
   * Relative to `root`; `x.wasm` beside `x.asm.ts` by convention. Written only if its bytes change. A build for tests wants another place:
   * it may have another salt than the development server that runs beside it.
   */
  readonly outFile: string;
  /** More command-line flags for the compiler. */
  readonly flags?: readonly string[];
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

const flagsOfEveryModule = [
  ...['--runtime', 'stub', '--optimizeLevel', '3', '--shrinkLevel', '0', '--converge', '--noAssert'],
  // Without an `abort` there is nothing to import; one page is what the black box needs, and a larger module says so in `flags`.
  ...['--use', 'abort=', '--noExportMemory', '--initialMemory', '1', '--maximumMemory', '1'],
];

/**
 * Errors in the source are returned; an unusable salt is thrown.
 * @throws KitError of `prepareSalt`
 */
export async function compileAssemblyScript(request: CompileRequest): Promise<CompileResult> {
  const { root, entry, outFile, flags = [] } = request;
  const asc = await import('assemblyscript/asc');
  const sources = new Sources(request);
  const errors: CompileError[] = [];
  let bytes = new Uint8Array();

  const args = [entry, '--baseDir', root, '--outFile', 'module.wasm', ...flagsOfEveryModule, ...flags];
  const { error, stderr } = await asc.main(args, {
    readFile: (name) => sources.read(name),
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

  read(name: string): string | null {
    try {
      const file = this.#locate(name);
      if (!existsSync(file)) return null;
      this.#files.add(file);
      const text = readFileSync(file, 'utf8');
      this.#texts.set(name.replace(/^node_modules\//, '~lib/'), text);
      return text;
    } catch (error) {
      // The compiler cannot carry an error; `compileAssemblyScript` throws it when the compiler has given up on the missing file.
      this.failure = error;
      return null;
    }
  }

  /** What was read under a name that the compiler uses in its diagnostics. */
  textOf(name: string): string {
    return this.#texts.get(name) ?? '';
  }

  list(folder: string): string[] | null {
    const path = resolve(this.request.root, folder);
    return existsSync(path) ? readdirSync(path).filter((name) => /(?<!\.d)\.ts$/.test(name)) : null;
  }

  #locate(name: string): string {
    const { root, entry, saltSource, assemblyFolder = resolve(__dirname, '../../assembly') } = this.request;
    const primitive = /^node_modules\/zero-backend-sync\/assembly\/(.+)$/.exec(name)?.[1];
    if (primitive === undefined) return resolve(root, name);
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
