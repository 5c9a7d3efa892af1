/** Keeps CRA's type checker and linter from what is not theirs to judge: AssemblyScript, `self` in a worker, and what only Babel compiles. */
import type { Configuration } from 'webpack';
import type { AppContext } from '../app';

interface TypeCheckerOptions {
  readonly issue?: { readonly exclude?: readonly object[] };
  readonly typescript?: { readonly configOverwrite?: { readonly compilerOptions?: object } };
}
interface LinterOptions {
  readonly overrideConfig?: { readonly overrides?: readonly object[] };
}
interface WithOptions<T> {
  options: T;
}

export function spareTemplateSources({ plugins = [] }: Configuration, { options: { lib } }: AppContext): void {
  for (const plugin of plugins) {
    if (isInstanceOf<TypeCheckerOptions>(plugin, 'ForkTsCheckerWebpackPlugin')) {
      plugin.options = sparedByTypeChecker(plugin.options);
    }
    if (isInstanceOf<LinterOptions>(plugin, 'ESLintWebpackPlugin')) {
      const { overrideConfig } = plugin.options;
      const inWorkers = { files: [`${lib}/worker/**`, '**/*.rpc.{js,ts}'], rules: { 'no-restricted-globals': 'off' } };
      const overrides = [...(overrideConfig?.overrides ?? []), inWorkers];
      plugin.options = { ...plugin.options, overrideConfig: { ...overrideConfig, overrides } };
    }
  }
}

/**
 * CRA's own tsconfig says `target: es5`, under which TypeScript refuses to iterate over a Map. Nothing is compiled with it: Babel follows the
 * browserslist.
 */
function sparedByTypeChecker(options: TypeCheckerOptions): TypeCheckerOptions {
  const { issue, typescript } = options;
  const exclude = [...(issue?.exclude ?? []), { file: '**/*.asm.ts' }, { file: '**/zero-backend-sync/assembly/**' }];
  const configOverwrite = typescript?.configOverwrite;
  const compilerOptions = { ...configOverwrite?.compilerOptions, target: 'es2022' };
  return {
    ...options,
    issue: { ...issue, exclude },
    typescript: { ...typescript, configOverwrite: { ...configOverwrite, compilerOptions } },
  };
}

/** By name: these packages belong to react-scripts, which may have its own copies of them. */
function isInstanceOf<T>(plugin: unknown, name: string): plugin is WithOptions<T> {
  return typeof plugin === 'object' && plugin !== null && plugin.constructor.name === name && 'options' in plugin;
}
