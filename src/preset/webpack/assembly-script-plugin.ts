/**
 * Compiles AssemblyScript before each build and each rebuild. A build stops at the first error; a development server shows it, with file and
 * line, and goes on when it is gone. A salt that is missing is an error of a compilation only where the black box is part of it: a build of the app without
 * the engine, such as that of a fork's pull request, has no use for it.
 */
import path from 'node:path';
import type { Compilation, Compiler } from 'webpack';
import type { AppContext } from '../app';
import { compileEntries, filesToWatch } from '../assembly-entries';
import type { CompiledEntries, UnsaltedFile } from '../assembly-entries';
import type { CompileError } from '../assembly-script';
import { describeError, KitError } from '../kit-error';
import { dateBack, watchFiles } from './watch-files';

const name = 'ZeroBackendSyncAssemblyScript';

export class AssemblyScriptPlugin {
  constructor(private readonly app: AppContext) {}

  apply(compiler: Compiler): void {
    let dependencies: readonly string[] = [];
    let problems: readonly string[] = [];
    let unsalted: readonly UnsaltedFile[] = [];

    const target = compiler.options.mode === 'development' ? 'debug' : 'release';

    compiler.hooks.beforeRun.tapPromise(name, async () => {
      const result = await compileEntries(this.app, target);
      unsalted = result.unsalted;
      if (result.errors.length > 0)
        throw new KitError('ASSEMBLY_SCRIPT_INVALID', result.errors.map(describe).join('\n\n'));
    });

    compiler.hooks.watchRun.tapPromise(name, async () => {
      try {
        const result = await compileEntries(this.app, target);
        problems = result.errors.map(describe);
        // After a failure the files that it was about are still to be watched.
        dependencies = result.dependencies;
        unsalted = result.unsalted;
        forgetWritten(compiler, result);
      } catch (error) {
        problems = [describeError(error)];
        dependencies = [...dependencies, ...filesToWatch(this.app)];
      }
    });

    compiler.hooks.thisCompilation.tap(name, (compilation) => {
      watchFiles(compilation, dependencies);
      compilation.errors.push(...problems.map((problem) => new compiler.webpack.WebpackError(problem)));
    });
    refuseUnsalted(compiler, () => unsalted);
  }
}

/** Reports the salt that is missing in the place of the module that could not be compiled, or of what an earlier salt has left there. */
function refuseUnsalted(compiler: Compiler, unsaltedFiles: () => readonly UnsaltedFile[]): void {
  let needed = new Set<UnsaltedFile>();
  const find = (file: string) => unsaltedFiles().find((unsalted) => unsalted.file === file);
  compiler.hooks.thisCompilation.tap(name, () => void (needed = new Set()));
  // Of the compilers of workers as well.
  compiler.hooks.compilation.tap(name, (compilation, { normalModuleFactory }) => {
    normalModuleFactory.hooks.beforeResolve.tap(name, ({ context, request }) => {
      const unsalted = find(path.resolve(context, withoutLoaders(request)));
      if (unsalted === undefined) return undefined;
      needed.add(unsalted);
      return false;
    });
    compilation.hooks.finishModules.tap(name, (modules) => {
      for (const module of modules) {
        const unsalted = find(module.nameForCondition() ?? '');
        if (unsalted !== undefined) needed.add(unsalted);
      }
    });
  });
  compiler.hooks.afterCompile.tap(name, (compilation: Compilation) => {
    if (compilation.compiler.isChild()) return;
    const errors = new Set([...needed].map(({ error }) => describeError(error)));
    compilation.errors.push(...[...errors].map((error) => new compiler.webpack.WebpackError(error)));
  });
}

/** `!!loader!./x.wasm?query` asks for `./x.wasm`. */
function withoutLoaders(request: string): string {
  return request.replace(/^.*!/, '').replace(/\?.*$/, '');
}

/** Webpack and Rspack have looked at the disk before `watchRun`: without this the rebuild that follows would still take the module from before. */
function forgetWritten(compiler: Compiler, { written }: CompiledEntries): void {
  dateBack(written);
  compiler.inputFileSystem?.purge?.([...written]);
  for (const file of written) {
    (compiler.fileTimestamps as Map<string, unknown> | undefined)?.delete(file);
    (compiler.modifiedFiles as Set<string> | undefined)?.add(file);
  }
}

function describe({ file, line, column, message }: CompileError): string {
  return `${file}:${line}:${column}\nAssemblyScript: ${message}`;
}
