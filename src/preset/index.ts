/**
 * The CRACO plugin: `plugins: [{ plugin: require('zero-backend-sync/craco'), options: {} }]`. What sync needs of webpack is in the webpack plugin; this checks
 * the app and hands on what CRACO asks for.
 */
import type { Configuration } from 'webpack';
import type { Configuration as DevServerConfiguration } from 'webpack-dev-server';
import { checkReactScripts, currentAppPath, packageName } from './app';
import { extendDevServer } from './dev-server';
import { jestConfig } from './jest';
import type { JestConfig } from './jest';
import { KitError } from './kit-error';
import { readOptions } from './options';
import { ZeroBackendSyncPlugin } from './webpack/plugin';
import { findCraRules } from './webpack/rules';

export { jestConfig } from './jest';
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
}): Configuration {
  const { webpackConfig, pluginOptions } = call;
  if (findCraRules(webpackConfig.module?.rules ?? []) === undefined) {
    throw new KitError(
      'CONFIG_UNEXPECTED',
      "zero-backend-sync/craco cannot find the babel-loader rule of the app's own sources in the webpack configuration. It builds upon the one of " +
        'react-scripts 5; another plugin in craco.config.js has probably replaced it. Put that plugin after zero-backend-sync/craco, or remove it.',
    );
  }
  webpackConfig.plugins = [...(webpackConfig.plugins ?? []), new ZeroBackendSyncPlugin(readOptions(pluginOptions))];
  return webpackConfig;
}

export function overrideDevServerConfig(call: {
  readonly devServerConfig: DevServerConfiguration;
  readonly pluginOptions?: unknown;
  readonly context: CracoContext;
}): DevServerConfiguration {
  const { devServerConfig, pluginOptions, context } = call;
  return extendDevServer(devServerConfig, { appPath: context.paths.appPath, options: readOptions(pluginOptions) });
}

/** @throws KitError OPTIONS_INVALID or TEST_WASM_FAILED. */
export function overrideJestConfig<T extends JestConfig>(call: {
  readonly jestConfig: T;
  readonly pluginOptions?: unknown;
  readonly context: CracoContext;
}): T {
  return jestConfig(call.jestConfig, call.pluginOptions, call.context.paths.appPath);
}
