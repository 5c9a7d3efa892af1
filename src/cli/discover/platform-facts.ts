/** What an app is built with, as discovery says it. */
import type { BuildTool, ConfigFacts } from '../homes/home';
import type { WasmWay } from '../homes/wiring';
import type { PackageManagerFacts } from './package-manager';
import type { ScriptRun } from './scripts';
import type { Evidence } from './syntax';

export type Framework = 'react' | 'vue' | 'svelte' | 'angular' | 'preact' | 'none';

export interface PlatformFacts {
  readonly name: string;
  readonly buildTool: BuildTool;
  /** The line of package.json that names the tool's package, otherwise the script or the configuration that shows it. */
  readonly buildToolEvidence: Evidence | null;
  /** What is installed, otherwise the lowest version that package.json allows; `null` where neither says one. */
  readonly toolVersion: string | null;
  readonly framework: Framework;
  readonly language: 'typescript' | 'javascript';
  readonly languageEvidence: Evidence | null;
  /** Whether TypeScript resolves modules as Node does, in one of the app's projects. */
  readonly isTypedAsNode: boolean;
  /** By package: those that the home of the app counts on, and the framework. */
  readonly versions: {
    readonly react: string | null;
    readonly vue: string | null;
    readonly typescript: string | null;
    readonly [name: string]: string | null;
  };
  readonly packageManager: PackageManagerFacts;
  readonly monorepo: MonorepoFacts;
  readonly homepage: string | null;
  readonly csp: readonly Evidence[];
  /** The configuration files that the kit has to be in, the one that the tool reads first; empty where there is none yet. */
  readonly configs: readonly ConfigFacts[];
  /** Those of the app's own tests, which need the kit besides. */
  readonly testConfigs: readonly ConfigFacts[];
  /** How WASM can come into the app, the proposed way first; none where the tool leaves no choice. */
  readonly wasmWays: readonly WasmWay[];
  readonly jest: readonly Evidence[];
  readonly scripts: readonly ScriptFacts[];
}

export interface MonorepoFacts {
  /** True where this folder is the root of several packages. */
  readonly isRoot: boolean;
  /** Whether it has sources of an app itself. */
  readonly isApp: boolean;
  /** Apps below a root that `init` can be run in. */
  readonly apps: readonly string[];
  /** The folder of the workspace root that this app belongs to, such as `../..`. */
  readonly memberOf: string | null;
}

export interface ScriptFacts {
  readonly name: string;
  readonly text: string;
  /** The same script as the kit needs it; `null` where nothing is to change. */
  readonly wrapped: string | null;
  /** The build tools that it runs itself. */
  readonly runs: readonly ScriptRun[];
}
