/** What most homes have in common: the app's scripts stay as they are, and no package comes with the kit. */
import type { Home } from './home';

export const plainHome: Pick<
  Home,
  'wrapper' | 'replacingPlugin' | 'wasmWays' | 'packages' | 'packageJsonFields' | 'wrapScript' | 'scriptRemarks'
> = {
  wrapper: null,
  replacingPlugin: null,
  wasmWays: () => [],
  packages: () => ({ dev: {}, pinned: {} }),
  packageJsonFields: () => ({}),
  wrapScript: () => null,
  scriptRemarks: () => [],
};
