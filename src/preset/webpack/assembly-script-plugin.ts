/**
 * Compiles AssemblyScript before each build and each rebuild. A build stops at the first error; a development server shows it, with file and
 * line, and goes on when it is gone.
 */
import type { Compiler } from 'webpack';
import type { AppContext } from '../app';
import { compileEntries, filesToWatch } from '../assembly-entries';
import type { CompiledEntries } from '../assembly-entries';
import type { CompileError } from '../assembly-script';
import { describeError, KitError } from '../kit-error';

const name = 'ZeroBackendSyncAssemblyScript';

export class AssemblyScriptPlugin {
  constructor(private readonly app: AppContext) {}

  apply(compiler: Compiler): void {
    let dependencies: readonly string[] = [];
    let problems: readonly string[] = [];

    const target = compiler.options.mode === 'production' ? 'release' : 'debug';

    compiler.hooks.beforeRun.tapPromise(name, async () => {
      const { errors } = await compileEntries(this.app, target);
      if (errors.length > 0) throw new KitError('ASSEMBLY_SCRIPT_INVALID', errors.map(describe).join('\n\n'));
    });

    compiler.hooks.watchRun.tapPromise(name, async () => {
      try {
        const result = await compileEntries(this.app, target);
        problems = result.errors.map(describe);
        // After a failure the files that it was about are still to be watched.
        dependencies = result.dependencies;
        forgetWritten(compiler, result);
      } catch (error) {
        problems = [describeError(error)];
        dependencies = [...dependencies, ...filesToWatch(this.app)];
      }
    });

    compiler.hooks.thisCompilation.tap(name, (compilation) => {
      compilation.fileDependencies.addAll(dependencies);
      compilation.errors.push(...problems.map((problem) => new compiler.webpack.WebpackError(problem)));
    });
  }
}

/** Webpack has looked at the disk before `watchRun`: without this the rebuild that follows would still take the module from before. */
function forgetWritten(compiler: Compiler, { written }: CompiledEntries): void {
  compiler.inputFileSystem?.purge?.([...written]);
  for (const file of written) (compiler.fileTimestamps as Map<string, unknown> | undefined)?.delete(file);
}

function describe({ file, line, column, message }: CompileError): string {
  return `${file}:${line}:${column}\nAssemblyScript: ${message}`;
}
