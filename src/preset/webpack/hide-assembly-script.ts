/**
 * An app's own AssemblyScript is checked by AssemblyScript's compiler: its decorators and casts are errors to a type checker that looks at every `.ts`
 * file below src, as those of Create React App, Vue CLI and Rsbuild do. The black box of the template is valid TypeScript and stays under it.
 */
import path from 'node:path';
import type { Compiler } from 'webpack';
import type { AppContext } from '../app';

interface Issue {
  /** Absolute, with the separators of the platform. */
  readonly file?: string;
}
interface TypeChecker {
  readonly constructor: {
    getCompilerHooks(compiler: Compiler): {
      readonly issues: { tap(name: string, change: (issues: readonly Issue[]) => Issue[]): void };
    };
  };
}

export function hideAssemblyScript(compiler: Compiler, { appPath, options }: AppContext): void {
  const blackBox = path.join(appPath, options.lib, 'worker/crypto.asm.ts');
  const isOwnAssemblyScript = ({ file = '' }: Issue): boolean =>
    file.endsWith('.asm.ts') && path.normalize(file) !== blackBox;
  for (const { constructor } of (compiler.options.plugins as readonly unknown[]).filter(isTypeChecker)) {
    constructor
      .getCompilerHooks(compiler)
      .issues.tap('ZeroBackendSyncAssemblyScript', (issues) => issues.filter((issue) => !isOwnAssemblyScript(issue)));
  }
}

/** By name: the plugin belongs to the app's tool, which may have its own copy of it. */
function isTypeChecker(plugin: unknown): plugin is TypeChecker {
  if (typeof plugin !== 'object' || plugin === null) return false;
  return (
    /^(?:ForkTsChecker\w*|TsChecker\w*)Plugin$/.test(plugin.constructor.name) &&
    'getCompilerHooks' in plugin.constructor
  );
}
