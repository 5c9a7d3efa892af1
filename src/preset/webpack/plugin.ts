/**
 * The preset as a plugin of webpack 5 and Rspack. `apply` is called when a configuration is read and before the tool's defaults are filled in, so what stands
 * in it is the app's own, and what is added here is taken as if the app had written it.
 */
import type { Compiler } from 'webpack';
import type { Configuration as DevServerConfiguration } from 'webpack-dev-server';
import { findApp, kitVersion, packageName } from '../app';
import type { AppContext } from '../app';
import { devRelaysOf } from '../dev-relays';
import type { DevRelays } from '../dev-relays';
import { extendDevServer } from '../dev-server';
import { craEnvFiles } from '../env-files';
import { KitError } from '../kit-error';
import { readOptions } from '../options';
import type { PresetOptions, ResolvedOptions } from '../options';
import { templateExtension } from '../template-files';
import { AssemblyScriptPlugin } from './assembly-script-plugin';
import { BuildReportPlugin } from './build-report-plugin';
import { ChildErrorsPlugin } from './child-errors-plugin';
import { hideAssemblyScript } from './hide-assembly-script';
import { correctOutput } from './output';
import { RelayNamesPlugin } from './relay-names-plugin';
import { addRules, findCraRules } from './rules';
import { TemplateChecksPlugin } from './template-checks-plugin';

/** What of a compiler is asked for, of webpack's or of Rspack's, which need not be installed both. */
export interface AnyCompiler {
  readonly options: object;
}

/** The order in which an app's tool looks into its `.env*` files; see env-files.ts. */
export type EnvFiles = (root: string, mode: string) => readonly string[];

/**
 * Everything that sync needs of webpack 5 or Rspack: `plugins: [new ZeroBackendSyncPlugin()]`, anywhere in the list. It compiles AssemblyScript with the
 * app's salt, bundles the worker and the black box, checks config.json, runs the development relays beside the server and looks for the salt in builds.
 */
export class ZeroBackendSyncPlugin {
  constructor(
    private readonly options?: PresetOptions,
    private readonly envFiles: EnvFiles = craEnvFiles,
  ) {}

  /** @throws KitError WEBPACK_UNSUPPORTED, PRESET_TWICE, OPTIONS_INVALID or PUBLIC_PATH_INVALID */
  apply(anyCompiler: AnyCompiler): void {
    const compiler = anyCompiler as Compiler;
    checkWebpack(compiler);
    checkOnce(compiler);
    const app = contextOf(compiler, readOptions(this.options), this.envFiles);
    const isDevelopment = compiler.options.mode === 'development';
    const relays = isDevelopment ? devRelaysOf(app) : undefined;

    // Rspack's compiler has a name of its own beside webpack's.
    const isRspack = 'rspack' in compiler;
    const isCra = findCraRules(compiler.options.module.rules) !== undefined;
    // A build that nobody serves would go on asking for relays that end with it.
    addRules(compiler.options.module.rules, app, { isRspack, relays: () => (compiler.watchMode ? relays : undefined) });
    resolveTemplate(compiler, app);
    correctOutput(compiler);
    renewCaches(compiler, app);
    hideAssemblyScript(compiler, app);
    addToDevServer(compiler, app);

    new AssemblyScriptPlugin(app).apply(compiler);
    new TemplateChecksPlugin(app).apply(compiler);
    new ChildErrorsPlugin().apply(compiler);
    if (relays) runWhileWatching(compiler, relays);
    if (isDevelopment) {
      new RelayNamesPlugin({ app, relays, isCleared: isCra && process.stdout.isTTY }).apply(compiler);
    } else new BuildReportPlugin(app).apply(compiler);
  }
}

export function contextOf(
  compiler: Compiler,
  options: ResolvedOptions,
  envFiles: EnvFiles,
): AppContext<ResolvedOptions> {
  const appPath = findApp(compiler.context, options.lib);
  return { appPath, options, envFiles: envFiles(appPath, compiler.options.mode ?? 'production') };
}

function checkWebpack(compiler: Compiler): void {
  // Webpack 4 has no reference to itself.
  const { webpack } = compiler as Partial<Compiler>;
  if (webpack !== undefined) return;
  throw new KitError(
    'WEBPACK_UNSUPPORTED',
    'zero-backend-sync/webpack is made for webpack 5 and Rspack, and this webpack is older. Upgrade with "npm install webpack@5": webpack 4 knows neither ' +
      'new Worker(new URL(...)) nor the "exports" of packages.',
  );
}

/** By the compiler, not by the list of plugins: the second may come from a wrapper, from another plugin or from another copy of this package. */
const applied = Symbol.for('zero-backend-sync.webpack-plugin');

function checkOnce(compiler: Compiler): void {
  if (applied in compiler) {
    throw new KitError(
      'PRESET_TWICE',
      'zero-backend-sync is in this configuration twice. Keep one of the two, with the options of both: ZeroBackendSyncPlugin under plugins, or what adds it ' +
        '(withVueCli, withZeroBackendSync, pluginZeroBackendSync, zero-backend-sync/craco).',
    );
  }
  Object.assign(compiler, { [applied]: true });
}

/** An app that has named the endings of its own files may not have named those of the template, whose imports have none. */
function resolveTemplate({ options: { resolve } }: Compiler, app: AppContext): void {
  const { extensions = defaultExtensions } = resolve;
  const missing = templateExtension(app).filter((extension) => !extensions.includes(`.${extension}`));
  if (missing.length > 0) resolve.extensions = [...extensions, ...missing.map((extension) => `.${extension}`)];
}

/** Those of webpack. */
const defaultExtensions: readonly string[] = ['.js', '.json', '.wasm'];

interface CacheSettings {
  version?: string;
  readonly type?: string;
}

/** What a cache on disk holds depends on the preset's loaders and on its options. */
function renewCaches({ options }: Compiler, app: AppContext): void {
  const { cache, experiments } = options;
  const caches = [cache, (experiments as { readonly cache?: unknown }).cache] as readonly (CacheSettings | boolean)[];
  for (const one of caches) {
    if (typeof one !== 'object' || (one.type !== 'filesystem' && one.type !== 'persistent')) continue;
    one.version = [one.version, packageName, kitVersion, JSON.stringify(app.options)].join('|');
  }
}

function runWhileWatching(compiler: Compiler, relays: DevRelays): void {
  // Nobody waits here: the loader of config.json does, and reports a failure.
  compiler.hooks.watchRun.tap(packageName, () => void relays.start().catch(() => undefined));
  compiler.hooks.shutdown.tapPromise(packageName, () => relays.stop());
}

/** Read by `webpack serve` and `rspack serve` afterwards. A server that an app starts with a configuration of its own gets the same by `withDevServer`. */
function addToDevServer({ options }: Compiler, app: AppContext): void {
  const target = options as { devServer?: DevServerConfiguration | false };
  if (target.devServer !== false) target.devServer = extendDevServer(target.devServer ?? {}, app);
}
