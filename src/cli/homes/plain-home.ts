/** What most homes have in common: the app's scripts stay as they are, and no package comes with the kit. */
import { viteEnvFiles } from '../../preset/env-files';
import type { Home } from './home';
import { findTestConfigs } from './test-configs';

export const plainHome: Pick<
  Home,
  | 'wrapper'
  | 'typescript'
  | 'replacingPlugin'
  | 'findTestConfigs'
  | 'wasmWays'
  | 'packages'
  | 'packageJsonFields'
  | 'wrapScript'
  | 'scriptRemarks'
  | 'envFiles'
  | 'jsxEnding'
  | 'output'
> = {
  wrapper: null,
  typescript: null,
  replacingPlugin: null,
  findTestConfigs: (app) => findTestConfigs(app, false),
  wasmWays: () => [],
  packages: () => ({ dev: {}, pinned: {} }),
  packageJsonFields: () => ({}),
  wrapScript: () => null,
  scriptRemarks: () => [],
  envFiles: viteEnvFiles,
  jsxEnding: 'jsx',
  output: 'dist',
};
