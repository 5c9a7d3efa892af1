/**
 * Shows the errors of child compilers as the build's own. CRA reads only the parent's list, and says "Compiled successfully" with exit status 0
 * over a build that holds neither JavaScript nor index.html.
 */
import type { Compilation, Compiler } from 'webpack';

export class ChildErrorsPlugin {
  apply(compiler: Compiler): void {
    compiler.hooks.afterCompile.tap('ZeroBackendSyncChildErrors', (compilation) => {
      if (compilation.compiler.isChild()) return;
      const known = new Set(compilation.errors.map(String));
      for (const error of errorsOfChildren(compilation)) {
        if (known.has(String(error))) continue;
        known.add(String(error));
        compilation.errors.push(error);
      }
    });
  }
}

function errorsOfChildren(compilation: Compilation): Compilation['errors'] {
  return compilation.children.flatMap((child) => [...child.errors, ...errorsOfChildren(child)]);
}
