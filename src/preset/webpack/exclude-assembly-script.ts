/**
 * An app's own AssemblyScript is checked by AssemblyScript's compiler: its decorators and casts are errors to CRA's type checker, which looks at
 * every `.ts` file below src. The black box of the template is valid TypeScript and stays under the type checker.
 */
import path from 'node:path';
import type { Configuration } from 'webpack';
import type { AppContext } from '../app';

interface Issue {
  /** Absolute, with the separators of the platform. */
  readonly file?: string;
}
interface TypeChecker {
  options: { readonly issue?: { readonly exclude?: readonly unknown[] } };
}

export function excludeAssemblyScript({ plugins = [] }: Configuration, { appPath, options }: AppContext): void {
  const blackBox = path.join(appPath, options.lib, 'worker/crypto.asm.ts');
  const isOwnAssemblyScript = ({ file = '' }: Issue): boolean =>
    file.endsWith('.asm.ts') && path.normalize(file) !== blackBox;
  for (const checker of (plugins as readonly unknown[]).filter(isTypeChecker)) {
    const { issue } = checker.options;
    const exclude = [...(issue?.exclude ?? []), isOwnAssemblyScript];
    checker.options = { ...checker.options, issue: { ...issue, exclude } };
  }
}

/** By name: the plugin belongs to react-scripts, which may have its own copy of it. */
function isTypeChecker(plugin: unknown): plugin is TypeChecker {
  return typeof plugin === 'object' && plugin !== null && plugin.constructor.name === 'ForkTsCheckerWebpackPlugin';
}
