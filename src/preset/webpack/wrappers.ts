/**
 * For tools that make webpack's configuration themselves and let an app change it: each takes what the app has, and gives it back with sync added to it.
 * Nothing of the app's is replaced.
 */
import type { Configuration } from 'webpack';
import type { Configuration as DevServerConfiguration } from 'webpack-dev-server';
import { currentAppPath } from '../app';
import { extendDevServer } from '../dev-server';
import { craEnvFiles, viteEnvFiles } from '../env-files';
import { jestConfig } from '../jest';
import type { JestConfig } from '../jest';
import { readOptions } from '../options';
import type { PresetOptions } from '../options';
import { ZeroBackendSyncPlugin } from './plugin';
import type { EnvFiles } from './plugin';

type MakeDevServer<Given extends readonly unknown[]> = (...given: Given) => DevServerConfiguration;

/**
 * A configuration of webpack-dev-server, or a function that makes one, as in the config/webpackDevServer.config.js of an ejected Create React App. Only
 * where an app starts its server with such a configuration: `webpack serve` and `rspack serve` take it from ZeroBackendSyncPlugin.
 * @throws KitError OPTIONS_INVALID
 */
export function withDevServer<Given extends readonly unknown[]>(
  config: MakeDevServer<Given>,
  options?: PresetOptions,
): MakeDevServer<Given>;
export function withDevServer<T extends DevServerConfiguration>(config: T, options?: PresetOptions): T;
export function withDevServer<T extends DevServerConfiguration | MakeDevServer<readonly unknown[]>>(
  config: T,
  options?: PresetOptions,
): DevServerConfiguration | MakeDevServer<readonly unknown[]> {
  const app = { appPath: currentAppPath(), options: readOptions(options) };
  return typeof config === 'function'
    ? (...given) => extendDevServer(config(...given), app)
    : extendDevServer(config, app);
}

type OverrideWebpack = (config: Configuration, env: string) => Configuration;

/** What config-overrides.js of react-app-rewired exports, in its longer form. */
export interface Overrides {
  readonly webpack?: OverrideWebpack;
  readonly jest?: (config: JestConfig) => JestConfig;
  readonly devServer?: (make: MakeDevServer<readonly unknown[]>) => MakeDevServer<readonly unknown[]>;
  readonly paths?: (paths: object, env: string) => object;
}

/**
 * For react-app-rewired: `module.exports = withZeroBackendSync(overrides, options)` in config-overrides.js.
 * @param overrides What the file exported before: a function, which changes webpack's configuration, or an object of functions.
 * @returns the object of functions, because the development server and Jest take part
 * @throws KitError OPTIONS_INVALID
 */
export function withZeroBackendSync(overrides: Overrides | OverrideWebpack = {}, options?: PresetOptions): Overrides {
  readOptions(options);
  const given: Overrides = typeof overrides === 'function' ? { ...overrides, webpack: overrides } : overrides;
  return {
    ...given,
    webpack: (config, env) => addPlugin(given.webpack?.(config, env) ?? config, options, craEnvFiles),
    jest: (config) => jestConfig(given.jest?.(config) ?? config, options),
    devServer: (make) => withDevServer(given.devServer?.(make) ?? make, options),
  };
}

/** What vue.config.js exports, as far as it is touched. */
export interface VueCliConfig {
  readonly configureWebpack?: object | ((config: never) => unknown);
  readonly devServer?: object;
}
type VueCliExport = VueCliConfig | (() => VueCliConfig | Promise<VueCliConfig>);

/**
 * For Vue CLI 5: `module.exports = withVueCli(config, options)` in vue.config.js.
 * @param config What the file exported before: an object or a function, with defineConfig or without.
 * @throws KitError OPTIONS_INVALID
 */
export function withVueCli<T extends VueCliExport>(config?: T, options?: PresetOptions): T {
  readOptions(options);
  const given: VueCliExport = config ?? {};
  const extend = (made: VueCliConfig): VueCliConfig => ({
    ...made,
    configureWebpack: (webpackConfig: never) => {
      const { configureWebpack } = made;
      const own = typeof configureWebpack === 'function' ? configureWebpack(webpackConfig) : configureWebpack;
      // Vue CLI merges what is returned into its own configuration.
      return addPlugin((own ?? {}) as Configuration, options, viteEnvFiles);
    },
    devServer: withDevServer(made.devServer ?? {}, options),
  });
  if (typeof given !== 'function') return extend(given) as T;
  const make = () => {
    const made = given();
    return made instanceof Promise ? made.then(extend) : extend(made);
  };
  return make as T;
}

function addPlugin(config: Configuration, options: PresetOptions | undefined, envFiles: EnvFiles): Configuration {
  return { ...config, plugins: [...(config.plugins ?? []), new ZeroBackendSyncPlugin(options, envFiles)] };
}
