/** The first context: what the app is built with. Facts with evidence; support.ts says whether they are supported. */
import { editCracoConfig, type CracoConfigForm } from '../edit/craco-config';
import { findPackageManager, type PackageManagerFacts } from './package-manager';
import { isObject, packageJsonOf, readPackageJson, versionOf, type PackageJson } from './package-json';
import { isProjectPath } from '../project-path';
import type { ProjectFiles } from './project-files';
import { craRunners, mainRunsOf, runsOf, type ScriptRun } from './scripts';
import { findLine, type Evidence } from './syntax';

export type BuildTool =
  | 'cra'
  | 'cra-craco'
  | 'cra-rewired'
  | 'cra-ejected'
  | 'vite'
  | 'vue-cli'
  | 'next'
  | 'webpack'
  | 'parcel'
  | 'angular'
  | 'none';

export interface PlatformFacts {
  readonly name: string;
  readonly buildTool: BuildTool;
  readonly buildToolEvidence: Evidence | null;
  readonly framework: 'react' | 'vue' | 'svelte' | 'angular' | 'preact' | 'none';
  readonly language: 'typescript' | 'javascript';
  readonly languageEvidence: Evidence | null;
  readonly versions: {
    readonly reactScripts: string | null;
    readonly craco: string | null;
    readonly react: string | null;
    readonly typescript: string | null;
  };
  readonly packageManager: PackageManagerFacts;
  readonly monorepo: MonorepoFacts;
  readonly homepage: string | null;
  readonly csp: readonly Evidence[];
  /** The configuration that CRACO reads; `null` where there is none. */
  readonly cracoConfig: CracoConfigFacts | null;
  /** Others, where scripts name several. */
  readonly furtherCracoConfigs: readonly CracoConfigFacts[];
  readonly jest: readonly Evidence[];
  readonly scripts: readonly ScriptFacts[];
}

export interface MonorepoFacts {
  /** True where this folder is the root of several packages. */
  readonly isRoot: boolean;
  /** Apps below a root that `init` can be run in. */
  readonly apps: readonly string[];
  /** The folder of the workspace root that this app belongs to, such as `../..`. */
  readonly memberOf: string | null;
}

export interface CracoConfigFacts {
  readonly file: string;
  /** `missing`: a script or package.json names a file that is not there. `outside`: it is not in the project, or is named by a variable. */
  readonly form: CracoConfigForm | 'already wired' | 'in package.json' | 'missing' | 'outside';
}

export interface ScriptFacts {
  readonly name: string;
  readonly text: string;
  /** The same script through CRACO; `null` where nothing is to change. */
  readonly throughCraco: string | null;
  /** The build tools that it runs itself. */
  readonly runs: readonly ScriptRun[];
}

export function discoverPlatform(files: ProjectFiles): PlatformFacts {
  const packageJson = readPackageJson(files);
  const buildTool = findBuildTool(files, packageJson);
  const sources = files.list('src');
  const hasTsconfig = files.read('tsconfig.json') !== null;
  const version = (name: string) => versionOf(files, packageJson, name);
  const [cracoConfig = null, ...furtherCracoConfigs] = findCracoConfigs(files, packageJson);
  const runs = runsOf(packageJson.scripts);
  return {
    name: packageJson.name,
    ...buildTool,
    framework: findFramework(packageJson),
    language: hasTsconfig ? 'typescript' : 'javascript',
    languageEvidence: hasTsconfig
      ? findLine('tsconfig.json', files.read('tsconfig.json') ?? '', /\S/)
      : { file: sources.find((file) => /\.jsx?$/.test(file)) ?? 'src', line: 1, text: 'no tsconfig.json' },
    versions: {
      reactScripts: version('react-scripts'),
      craco: version('@craco/craco'),
      react: version('react'),
      typescript: version('typescript'),
    },
    packageManager: findPackageManager(files, packageJson),
    monorepo: findMonorepo(files, packageJson),
    homepage: typeof packageJson.fields.homepage === 'string' ? packageJson.fields.homepage : null,
    csp: findCsp(files),
    cracoConfig,
    furtherCracoConfigs,
    jest: findJest(files, packageJson),
    scripts: Object.entries(packageJson.scripts).map(([name, text]) => ({
      name,
      text,
      throughCraco: throughCraco(text),
      runs: runs.filter(({ script }) => script === name),
    })),
  };
}

function findBuildTool(
  files: ProjectFiles,
  packageJson: PackageJson,
): Pick<PlatformFacts, 'buildTool' | 'buildToolEvidence'> {
  const main = mainRunsOf(packageJson.scripts);
  const has = (name: string) => packageJson.all[name] !== undefined;
  const named = (text: string) =>
    findLine('package.json', packageJson.text, new RegExp(`"${text.replace('/', '\\/')}"`));
  const configured = (pattern: RegExp) => {
    const file = files.list('').find((name) => pattern.test(name));
    return file === undefined ? null : (findLine(file, files.read(file) ?? '', /\S/) ?? { file, line: 1, text: '' });
  };
  const viteConfig = configured(/^vite\.config\.[cm]?[jt]s$/);
  const craRuns = main.filter(({ runner }) => craRunners.includes(runner));
  const isForeign = craRuns.length === 0 && (main.length > 0 || viteConfig !== null);

  if (has('react-scripts') && !isForeign) {
    const rewired = craRuns.find(({ runner }) => runner === 'react-app-rewired' || runner === 'rescripts');
    if (rewired !== undefined) {
      const line = new RegExp(`"${escaped(rewired.script)}"\\s*:.*${rewired.runner}`);
      return { buildTool: 'cra-rewired', buildToolEvidence: findLine('package.json', packageJson.text, line) };
    }
    // Without a script that says what is used, the dependencies do.
    if (main.length === 0 && (has('react-app-rewired') || has('@rescripts/cli'))) {
      return { buildTool: 'cra-rewired', buildToolEvidence: named('react-app-rewired') ?? named('@rescripts/cli') };
    }
    if (has('@craco/craco')) return { buildTool: 'cra-craco', buildToolEvidence: named('@craco/craco') };
    return { buildTool: 'cra', buildToolEvidence: named('react-scripts') };
  }
  if (files.read('config/webpack.config.js') !== null && files.read('scripts/build.js') !== null) {
    return {
      buildTool: 'cra-ejected',
      buildToolEvidence: findLine('config/webpack.config.js', files.read('config/webpack.config.js') ?? '', /\S/),
    };
  }
  if (has('@vue/cli-service')) return { buildTool: 'vue-cli', buildToolEvidence: named('@vue/cli-service') };
  if (has('next')) return { buildTool: 'next', buildToolEvidence: named('next') };
  if (has('@angular/core')) return { buildTool: 'angular', buildToolEvidence: named('@angular/core') };
  if (has('vite') || viteConfig !== null) return { buildTool: 'vite', buildToolEvidence: viteConfig ?? named('vite') };
  if (has('parcel') || has('parcel-bundler'))
    return { buildTool: 'parcel', buildToolEvidence: named('parcel') ?? named('parcel-bundler') };
  const webpackConfig = configured(/^webpack\.config\.[cm]?[jt]s$/);
  if (has('webpack') || webpackConfig !== null)
    return { buildTool: 'webpack', buildToolEvidence: webpackConfig ?? named('webpack') };
  return { buildTool: 'none', buildToolEvidence: null };
}

function findFramework(packageJson: PackageJson): PlatformFacts['framework'] {
  const has = (name: string) => packageJson.all[name] !== undefined;
  if (has('react')) return 'react';
  if (has('vue')) return 'vue';
  if (has('svelte')) return 'svelte';
  if (has('@angular/core')) return 'angular';
  return has('preact') ? 'preact' : 'none';
}

function findMonorepo(files: ProjectFiles, packageJson: PackageJson): MonorepoFacts {
  const markers = ['pnpm-workspace.yaml', 'lerna.json', 'nx.json', 'rush.json', 'turbo.json'];
  // pnpm keeps its settings in pnpm-workspace.yaml too, also where there is a single package.
  const isWorkspace = (folder: string) =>
    markers.some((marker) => {
      const text = files.read(folder + marker);
      return text !== null && (marker !== 'pnpm-workspace.yaml' || /^packages\s*:/m.test(text));
    });
  const isRoot = packageJson.fields.workspaces !== undefined || isWorkspace('');
  const apps = !isRoot
    ? []
    : files
        .list('')
        .filter((file) => file.endsWith('/package.json'))
        .filter((file) => /"react-scripts"\s*:/.test(files.read(file) ?? ''))
        .map((file) => file.slice(0, -'/package.json'.length));
  let memberOf: string | null = null;
  for (let climb = '..', depth = 0; depth < 4 && memberOf === null; climb += '/..', depth++) {
    const parent = files.read(`${climb}/package.json`);
    if (parent !== null && isObjectWithWorkspaces(`${climb}/package.json`, parent)) memberOf = climb;
    else if (isWorkspace(`${climb}/`)) memberOf = climb;
  }
  return { isRoot, apps, memberOf };
}

function isObjectWithWorkspaces(file: string, text: string): boolean {
  try {
    return packageJsonOf(file, text).fields.workspaces !== undefined;
  } catch {
    return false;
  }
}

/** Where the app's pages get a content security policy from, as far as the project shows it. */
function findCsp(files: ProjectFiles): readonly Evidence[] {
  const places = files
    .list('')
    .filter((file) =>
      /^(public\/[^/]*\.html|(public\/)?_headers|netlify\.toml|vercel\.json|firebase\.json|staticwebapp\.config\.json|.*nginx[^/]*\.conf[^/]*|.*\.htaccess)$/.test(
        file,
      ),
    );
  return places.flatMap((file) => findLine(file, files.read(file) ?? '', /content-security-policy/i) ?? []);
}

/** What CRACO reads, the most used first: the file behind `--config`, otherwise what package.json names, otherwise the first of its usual names. */
function findCracoConfigs(files: ProjectFiles, packageJson: PackageJson): readonly CracoConfigFacts[] {
  const runs = [...mainRunsOf(packageJson.scripts), ...runsOf(packageJson.scripts)];
  const named = runs.flatMap(({ runner, config }) =>
    runner === 'craco' && config !== null ? [configAt(files, config.replace(/^\.\//, ''))] : [],
  );
  const usual = usualCracoConfig(files, packageJson);
  const isUsualRead =
    named.length === 0 ||
    runs.some(
      ({ runner, config, isConfigIgnored }) =>
        runner === 'react-scripts' || (runner === 'craco' && (config === null || isConfigIgnored)),
    );
  const all = [...named, ...(usual !== null && isUsualRead ? [usual] : [])];
  return [...new Map(all.map((config) => [config.file, config])).values()];
}

function usualCracoConfig(files: ProjectFiles, packageJson: PackageJson): CracoConfigFacts | null {
  const { cracoConfig } = packageJson.fields;
  if (isObject(cracoConfig)) return { file: 'package.json', form: 'in package.json' };
  if (typeof cracoConfig === 'string') return configAt(files, cracoConfig.replace(/^\.\//, ''));
  const file = usualCracoConfigFiles.find((candidate) => files.read(candidate) !== null);
  return file === undefined ? null : configAt(files, file);
}

function configAt(files: ProjectFiles, file: string): CracoConfigFacts {
  if (!isProjectPath(file) || /[$%]/.test(file)) return { file, form: 'outside' };
  const text = files.read(file);
  if (text === null) return { file, form: 'missing' };
  const edit = editCracoConfig(file, text);
  if (edit.kind === 'already-wired') return { file, form: 'already wired' };
  return { file, form: edit.kind === 'edited' ? edit.form : 'unknown' };
}

function escaped(text: string): string {
  return text.replace(/[^\w]/g, '\\$&');
}

/** The order in which CRACO 7.1 looks. */
export const usualCracoConfigFiles: readonly string[] = [
  'craco.config.ts',
  'craco.config.js',
  'craco.config.cjs',
  '.cracorc.ts',
  '.cracorc.js',
  '.cracorc',
];

function findJest(files: ProjectFiles, packageJson: PackageJson): readonly Evidence[] {
  const inPackage =
    packageJson.fields.jest === undefined ? null : findLine('package.json', packageJson.text, /"jest"\s*:\s*\{/);
  const own = files.list('').find((file) => /^jest\.config\.[cm]?[jt]s(on)?$/.test(file));
  return [inPackage, own === undefined ? null : findLine(own, files.read(own) ?? '', /\S/)].filter(
    (found) => found !== null,
  );
}

/** Rewrites `react-scripts start|build|test` to CRACO with everything around it kept: variables before, flags between and after. */
export function throughCraco(script: string): string | null {
  const changed = script.replace(
    /(^|[\s;&|(/"'])react-scripts((?:\s+-[^\s]+)*\s+(?:start|build|test))(?![\w:-])/g,
    (_, before: string, command: string) => `${before}craco${command}`,
  );
  return changed === script ? null : changed;
}
