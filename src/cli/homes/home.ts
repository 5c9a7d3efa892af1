/**
 * A home is the build tool that an app lives in, as far as the command line has to know it. Whatever differs between two tools is a field of this interface, and
 * one module of this folder fills it in for each: nothing else asks for the tool's name.
 */
import type { PackageJson } from '../discover/package-json';
import type { ProjectFiles } from '../discover/project-files';
import type { Runner, ScriptRun } from '../discover/scripts';
import type { ConfigForm } from '../edit/config-edit';
import type { Json } from '../edit/json';
import type { WasmWay, Wiring } from './wiring';

export type ServedTool =
  'cra' | 'cra-craco' | 'cra-rewired' | 'cra-ejected' | 'vite' | 'webpack' | 'rsbuild' | 'vue-cli';

export type RefusedTool =
  | 'cra-rescripts'
  | 'next'
  | 'nuxt'
  | 'remix'
  | 'angular'
  | 'svelte'
  | 'astro'
  | 'gatsby'
  | 'tanstack-start'
  | 'rspack'
  | 'parcel'
  | 'none';

export type BuildTool = ServedTool | RefusedTool;

export interface Home {
  /** `Vite`, in messages. */
  readonly title: string;
  /** The programs that start and build the app in scripts, with the kit in it. */
  readonly runners: readonly Runner[];
  /** What starts the dev server. */
  readonly start: string;
  /** The packages whose versions it counts on; the first is the tool itself. */
  readonly versions: readonly VersionRule[];
  /** The program that the scripts run through from then on, and its package; `null` where they stay as they are. */
  readonly wrapper: Wrapper | null;
  /** How WASM can come into the app, the proposed way first; none where the tool leaves no choice. */
  wasmWays(app: HomeApp): readonly WasmWay[];
  /** What the app gets beside the kit. @param version of the tool; `null` where it is not known */
  packages(version: string | null, wasm: WasmWay | undefined): HomePackages;
  /** The TypeScript that it brings to an app that names none; `null` where it brings none. */
  readonly typescript: string | null;
  /** Plugins of other people that replace what the kit builds upon; the first group is the name. `null` where none is known. */
  readonly replacingPlugin: { readonly pattern: RegExp; readonly what: string; readonly why: string } | null;
  /** Those of the app's own tests that the kit has to be in besides, because they do not go through the tool. */
  findTestConfigs(app: HomeApp): readonly ConfigPlace[];
  /** The configuration files that the kit has to be in, the one that the tool reads first; none where there is none yet. */
  findConfigs(app: HomeApp): readonly ConfigPlace[];
  /** The file that is made where there is no configuration. */
  newConfig(app: HomeApp): ConfigPlace;
  /** What package.json says besides, so that every script reads the configuration that some of them name. */
  packageJsonFields(app: HomeApp, configs: readonly ConfigPlace[]): Readonly<Record<string, Json>>;
  /** The same script as the kit needs it; `null` where it may stay. */
  wrapScript(script: string): string | null;
  /** What a script says that the tool, or the kit, will not hear, in whole sentences. */
  scriptRemarks(run: ScriptRun): readonly string[];
  /** The `.env*` files of a mode, absolute; the first that has a variable wins. */
  envFiles(root: string, mode: string): readonly string[];
  /** How the names of variables begin that get into the pages; `null` where it knows none. */
  readonly publicPrefix: string | null;
  /** How a file with JSX ends in an app without TypeScript: not every tool looks for it in `.js`. */
  readonly jsxEnding: 'js' | 'jsx';
  /** The folder that it builds into where it is told none. */
  readonly output: string;
  /** The command of a build, told to write into another folder where the tool can be. @param folder in quotes for the shell @param version of the tool */
  buildInto(command: string, folder: string, version: string | null): string;
}

/** What is looked at to tell where the kit goes. */
export interface HomeApp {
  readonly files: ProjectFiles;
  readonly packageJson: PackageJson;
  /** Those of the scripts that start and build the app first. */
  readonly runs: readonly ScriptRun[];
}

/** A configuration file, which may be named without being there. */
export interface ConfigPlace {
  readonly file: string;
  readonly wiring: Wiring;
  /** True for an object in package.json, where no code can stand. */
  readonly isInPackageJson?: boolean;
  /** True where nothing names the file, and it is made. */
  readonly isNew?: boolean;
}

export interface ConfigFacts extends ConfigPlace {
  /** `new`: it is made. `missing`: a script or package.json names a file that is not there. `outside`: it is not in the project, or is named by a variable. */
  readonly form: ConfigForm | 'already wired' | 'in package.json' | 'new' | 'missing' | 'outside';
}

export interface VersionRule {
  readonly name: string;
  /** Major versions. */
  readonly first: number;
  /** `null`: newer ones are taken, too. */
  readonly last: number | null;
  /** False where the app can be without it. */
  readonly isRequired: boolean;
  /** The code of the refusal. */
  readonly code: string;
  /** A whole sentence. */
  readonly why: string;
}

export interface Wrapper {
  /** Of the package. */
  readonly name: string;
  readonly program: string;
  readonly title: string;
  /** What it reads in package.json. */
  readonly field: string;
}

export interface HomePackages {
  /** Ranges of development dependencies. */
  readonly dev: Readonly<Record<string, string>>;
  /** Versions that every package below has to take, because newer ones do not work. */
  readonly pinned: Readonly<Record<string, string>>;
  /** What the build has to be made for with them, where the usual target is too old. */
  readonly buildTarget?: string;
}

export interface Refusal {
  readonly code: string;
  /** What is missing and what to do instead, in whole sentences. */
  readonly reason: string;
}
