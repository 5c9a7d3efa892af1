/** `zero-backend-sync/webpack`: for webpack 5 and Rspack, and for the tools that are made of them. docs/webpack.md has a section for each. */
export { jestConfig } from '../jest';
export type { JestConfig } from '../jest';
export { KitError } from '../kit-error';
export type { AssemblyScriptOptions, PresetOptions } from '../options';
export { ZeroBackendSyncPlugin } from './plugin';
export type { AnyCompiler } from './plugin';
export { pluginZeroBackendSync } from './rsbuild';
export type { RsbuildApi, ZeroBackendSyncRsbuildPlugin } from './rsbuild';
export { withDevServer, withVueCli, withZeroBackendSync } from './wrappers';
export type { Overrides, VueCliConfig } from './wrappers';
