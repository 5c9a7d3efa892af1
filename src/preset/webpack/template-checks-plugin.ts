/**
 * Reports, as errors of the compilation, what would otherwise be seen when the app runs: a template that does not fit the package, a black box
 * that is missing, a salt that the client's code is given, and packages that are loaded twice, by the page or by a worker.
 */
import type { Compilation, Compiler, Module } from 'webpack';
import type { AppContext } from '../app';
import { describeError } from '../kit-error';
import type { KitError } from '../kit-error';
import { createPackageFinder, findCopies } from '../package-copies';
import { checkTemplate, filesOfTemplateChecks } from '../template-checks';
import { checkDefinitions } from './definitions';
import { watchFiles } from './watch-files';

const name = 'ZeroBackendSyncTemplateChecks';

export class TemplateChecksPlugin {
  constructor(private readonly app: AppContext) {}

  apply(compiler: Compiler): void {
    const report = (compilation: Compilation, errors: readonly KitError[]): void => {
      compilation.errors.push(...errors.map((error) => new compiler.webpack.WebpackError(describeError(error))));
    };
    const findPackage = createPackageFinder();
    let files = new Set<string>();

    compiler.hooks.thisCompilation.tap(name, (compilation) => {
      files = new Set();
      watchFiles(compilation, filesOfTemplateChecks(this.app));
      report(compilation, [...checkTemplate(this.app), ...checkDefinitions(compiler, this.app)]);
    });
    // Of the compilers of workers as well. Later, modules are joined and cannot be told apart.
    compiler.hooks.compilation.tap(name, (compilation) => {
      compilation.hooks.finishModules.tap(name, (modules) => {
        for (const module of modules) for (const file of filesOf(module)) files.add(file);
      });
    });
    compiler.hooks.afterCompile.tap(name, (compilation) => {
      if (compilation.compiler.isChild()) return;
      const packages = [...files].map(findPackage).filter((found) => found !== undefined);
      report(compilation, findCopies(packages));
    });
  }
}

/** The file of a module without what a loader was asked for; none for modules that webpack makes up, for which Rspack gives undefined instead of null. */
function filesOf(module: Module): readonly string[] {
  const file = module.nameForCondition() ?? undefined;
  return file === undefined ? [] : [file];
}
