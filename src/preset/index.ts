/**
 * The CRACO plugin: `plugins: [{ plugin: require('zero-backend-sync/craco'), options: {} }]`. CRACO's hooks are synchronous, so whatever waits
 * is done by the webpack plugins and loaders that they install.
 */
import type { Configuration, WebpackPluginInstance } from 'webpack';
import type { Configuration as DevServerConfiguration } from 'webpack-dev-server';
import { checkReactScripts, currentAppPath, kitVersion, packageName } from './app';
import type { AppContext } from './app';
import { devRelaysOf } from './dev-relays';
import { extendDevServer } from './dev-server';
import { compileForTests, extendJestConfig } from './jest/config';
import type { JestConfig } from './jest/config';
import { KitError } from './kit-error';
import { readOptions } from './options';
import { templateExtension } from './template-files';
import { AssemblyScriptPlugin } from './webpack/assembly-script-plugin';
import { BuildReportPlugin } from './webpack/build-report-plugin';
import { ChildErrorsPlugin } from './webpack/child-errors-plugin';
import { DevRelaysPlugin } from './webpack/dev-relays-plugin';
import { RelayNamesPlugin } from './webpack/relay-names-plugin';
import { excludeAssemblyScript } from './webpack/exclude-assembly-script';
import { addRules } from './webpack/rules';
import { TemplateChecksPlugin } from './webpack/template-checks-plugin';
import { WorkerGlobalPlugin } from './webpack/worker-global';

export { KitError } from './kit-error';
export type { AssemblyScriptOptions, PresetOptions, SharedOptions } from './options';
/** Marks the plugin, so that two copies of this package in one configuration know each other. */
export { packageName };

interface CracoPlugin {
  readonly plugin: { readonly packageName?: unknown };
}
interface CracoConfig {
  readonly plugins?: readonly CracoPlugin[];
  readonly reactScriptsVersion?: string;
}
interface CracoContext {
  readonly env?: string;
  readonly paths: { readonly appPath: string };
}

/** @throws KitError PRESET_TWICE, OPTIONS_INVALID, or one of `checkReactScripts`. */
export function overrideCracoConfig<T extends CracoConfig>(call: {
  readonly cracoConfig: T;
  readonly pluginOptions?: unknown;
}): T {
  const { cracoConfig, pluginOptions } = call;
  if ((cracoConfig.plugins ?? []).filter(({ plugin }) => plugin.packageName === packageName).length > 1) {
    throw new KitError(
      'PRESET_TWICE',
      'zero-backend-sync/craco is listed twice under plugins in craco.config.js. Keep one entry, with the options of both.',
    );
  }
  readOptions(pluginOptions);
  checkReactScripts(currentAppPath(), cracoConfig.reactScriptsVersion);
  return cracoConfig;
}

/** @throws KitError CONFIG_UNEXPECTED or OPTIONS_INVALID. */
export function overrideWebpackConfig(call: {
  readonly webpackConfig: Configuration;
  readonly pluginOptions?: unknown;
  readonly context: CracoContext;
}): Configuration {
  const { webpackConfig, pluginOptions, context } = call;
  const app = { appPath: context.paths.appPath, options: readOptions(pluginOptions) };
  const relays = isDevelopment(context) ? devRelaysOf(app) : undefined;

  addRules(webpackConfig, app, relays);
  excludeAssemblyScript(webpackConfig, app);
  resolveTemplate(webpackConfig, app);
  placeAssetsByScript(webpackConfig);
  renewCache(webpackConfig, app);
  const plugins: WebpackPluginInstance[] = [
    new AssemblyScriptPlugin(app),
    new TemplateChecksPlugin(app),
    new ChildErrorsPlugin(),
    new WorkerGlobalPlugin(),
  ];
  if (relays) plugins.push(new DevRelaysPlugin(relays));
  if (isDevelopment(context)) plugins.push(new RelayNamesPlugin({ app, relays }));
  if (context.env === 'production') plugins.push(new BuildReportPlugin(app));
  webpackConfig.plugins = [...(webpackConfig.plugins ?? []), ...plugins];
  return webpackConfig;
}

export function overrideDevServerConfig(call: {
  readonly devServerConfig: DevServerConfiguration;
  readonly pluginOptions?: unknown;
  readonly context: CracoContext;
}): DevServerConfiguration {
  const app = { appPath: call.context.paths.appPath, options: readOptions(call.pluginOptions) };
  return extendDevServer(call.devServerConfig, devRelaysOf(app));
}

/** @throws KitError OPTIONS_INVALID or TEST_WASM_FAILED. */
export function overrideJestConfig<T extends JestConfig>(call: {
  readonly jestConfig: T;
  readonly pluginOptions?: unknown;
  readonly context: CracoContext;
}): T {
  return jestConfig(call.jestConfig, call.pluginOptions, call.context.paths.appPath);
}

/**
 * The same for a Jest of one's own, 27 to 30: `module.exports = jestConfig({ ...settings }, options)` in jest.config.js.
 * @param options As in craco.config.js.
 * @throws KitError OPTIONS_INVALID or TEST_WASM_FAILED.
 */
export function jestConfig<T extends JestConfig>(config: T, options?: unknown, appPath = currentAppPath()): T {
  const app: AppContext = { appPath, options: readOptions(options) };
  compileForTests(app);
  return extendJestConfig(config, app);
}

function isDevelopment({ env }: CracoContext): boolean {
  return env === 'development';
}

/**
 * With `homepage: "."` CRA's public path is relative to the page. A worker and the chunks it imports are not where the page is, so there each
 * script has to find its files from its own address.
 */
function placeAssetsByScript(config: Configuration): void {
  const { publicPath } = config.output ?? {};
  const isRelative = typeof publicPath === 'string' && (publicPath === '' || /^\.\.?\//.test(publicPath));
  if (isRelative) config.output = { ...config.output, publicPath: 'auto' };
}

/** An app that has named the endings of its own files may not have named those of the template, whose imports have none. */
function resolveTemplate({ resolve }: Configuration, app: AppContext): void {
  if (resolve?.extensions === undefined) return;
  const missing = templateExtension(app).filter((extension) => !resolve.extensions?.includes(`.${extension}`));
  resolve.extensions = [...resolve.extensions, ...missing.map((extension) => `.${extension}`)];
}

/** What CRA's filesystem cache holds depends on the preset's loaders and on its options. */
function renewCache({ cache }: Configuration, { options }: AppContext): void {
  if (typeof cache !== 'object' || cache.type !== 'filesystem') return;
  cache.version = [cache.version, packageName, kitVersion, JSON.stringify(options)].join('|');
}
