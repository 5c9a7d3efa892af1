/** Which tool builds the app: the one that its scripts run, whatever is left over in its dependencies; without such scripts, the one that it depends on. */
import type { BuildTool } from '../homes/home';
import type { PackageJson } from './package-json';
import type { ProjectFiles } from './project-files';
import { craRunners, mainRunsOf, type Runner, type ScriptRun } from './scripts';
import { findLine, type Evidence } from './syntax';

export interface FoundTool {
  readonly buildTool: BuildTool;
  readonly buildToolEvidence: Evidence | null;
}

/** @param wanted the tool, where it is known; its evidence is looked for all the same */
export function findBuildTool(files: ProjectFiles, packageJson: PackageJson, wanted?: BuildTool): FoundTool {
  const isEjected = files.read('config/webpack.config.js') !== null && files.read('scripts/build.js') !== null;
  const main = mainRunsOf(packageJson.scripts).filter(({ runner }) => isEjected || runner !== 'ejected-scripts');
  const buildTool = wanted ?? toolOf(files, packageJson, main, isEjected);
  return { buildTool, buildToolEvidence: evidenceOf(files, packageJson, main, buildTool) };
}

function toolOf(
  files: ProjectFiles,
  packageJson: PackageJson,
  main: readonly ScriptRun[],
  isEjected: boolean,
): BuildTool {
  const has = (name: string) => packageJson.all[name] !== undefined;
  const craRuns = main.filter(({ runner }) => craRunners.includes(runner));
  const viteConfig = files.list('').find((file) => viteConfigName.test(file));
  const isForeign = craRuns.length === 0 && (main.length > 0 || viteConfig !== undefined);
  if (has('react-scripts') && !isForeign) {
    const rewired = craRuns.find(({ runner }) => runner === 'react-app-rewired' || runner === 'rescripts');
    if (rewired !== undefined) return rewired.runner === 'rescripts' ? 'cra-rescripts' : 'cra-rewired';
    // Without a script that says what is used, the dependencies do.
    if (main.length === 0 && has('react-app-rewired')) return 'cra-rewired';
    if (main.length === 0 && has('@rescripts/cli')) return 'cra-rescripts';
    return has('@craco/craco') ? 'cra-craco' : 'cra';
  }
  // What builds the app says more than what starts it, which may be a server.
  const run = main.find(({ task }) => task === 'build') ?? main[0];
  const named = run === undefined ? null : toolByRunner[run.runner];
  const tool = named ?? toolOfDependencies(has, isEjected, files, viteConfig);
  return tool === 'vite' ? (frameworkOnVite(files, packageJson, viteConfig, main) ?? 'vite') : tool;
}

const viteConfigName = /^vite\.config\.[cm]?[jt]s$/;

const toolByRunner: Readonly<Record<Runner, BuildTool>> = {
  craco: 'cra-craco',
  'react-scripts': 'cra',
  'react-app-rewired': 'cra-rewired',
  rescripts: 'cra-rescripts',
  'ejected-scripts': 'cra-ejected',
  vite: 'vite',
  'vue-cli-service': 'vue-cli',
  rsbuild: 'rsbuild',
  webpack: 'webpack',
  'webpack-cli': 'webpack',
  'webpack-dev-server': 'webpack',
  rspack: 'rspack',
  next: 'next',
  nuxt: 'nuxt',
  nuxi: 'nuxt',
  remix: 'remix',
  'react-router': 'remix',
  astro: 'astro',
  gatsby: 'gatsby',
  ng: 'angular',
  'svelte-kit': 'svelte',
  parcel: 'parcel',
};

/** Frameworks first: what they are built with is a dependency, too. */
const toolByPackage: readonly (readonly [name: string, tool: BuildTool])[] = [
  ['next', 'next'],
  ['nuxt', 'nuxt'],
  ['@angular/core', 'angular'],
  ['astro', 'astro'],
  ['gatsby', 'gatsby'],
  ['@sveltejs/kit', 'svelte'],
  ['@vue/cli-service', 'vue-cli'],
  ['@rsbuild/core', 'rsbuild'],
  ['vite', 'vite'],
  ['parcel', 'parcel'],
  ['parcel-bundler', 'parcel'],
  ['@rspack/cli', 'rspack'],
  ['webpack', 'webpack'],
];

function toolOfDependencies(
  has: (name: string) => boolean,
  isEjected: boolean,
  files: ProjectFiles,
  viteConfig: string | undefined,
): BuildTool {
  if (isEjected) return 'cra-ejected';
  const [, found] = toolByPackage.find(([name]) => has(name)) ?? [];
  if (viteConfig !== undefined && (found === undefined || found === 'webpack')) return 'vite';
  const configured = files.list('').some((file) => /^webpack\.config\.[cm]?[jt]s$/.test(file));
  return found ?? (configured ? 'webpack' : 'none');
}

/** Frameworks that are plugins of Vite, and render on a server; they count where the app uses them. */
const frameworksOnVite: readonly (readonly [tool: BuildTool, module: RegExp, config: RegExp])[] = [
  ['remix', /['"]@(remix-run|react-router)\/dev(\/vite)?['"]/, /^(react-router|remix)\.config\.[cm]?[jt]s$/],
  ['svelte', /['"]@sveltejs\/(kit\/vite|vite-plugin-svelte)['"]/, /^svelte\.config\.[cm]?[jt]s$/],
  ['tanstack-start', /['"]@tanstack\/(react-|solid-)?start\b/, /^$/],
  ['nuxt', /['"]nuxt['"]/, /^nuxt\.config\.[cm]?[jt]s$/],
  ['astro', /['"]astro\/config['"]/, /^astro\.config\.[cm]?[jt]s$/],
];

function frameworkOnVite(
  files: ProjectFiles,
  { all }: PackageJson,
  viteConfig: string | undefined,
  main: readonly ScriptRun[],
): BuildTool | null {
  const framework = main
    .map(({ runner }) => toolByRunner[runner])
    .find((tool) => tool === 'remix' || tool === 'svelte');
  if (framework !== undefined) return framework;
  const texts = [...main.map(({ config }) => config), viteConfig ?? null].map(
    (file) => (file && files.read(file)) ?? '',
  );
  const found = frameworksOnVite.find(
    ([, module, config]) => texts.some((text) => module.test(text)) || files.list('').some((file) => config.test(file)),
  );
  if (found !== undefined) return found[0];
  return all.svelte !== undefined && all.react === undefined && all.vue === undefined ? 'svelte' : null;
}

/** The package whose version counts, by tool. */
export const packageOfTool: Readonly<Record<BuildTool, readonly string[]>> = {
  cra: ['react-scripts'],
  'cra-craco': ['@craco/craco'],
  'cra-rewired': ['react-app-rewired'],
  'cra-rescripts': ['@rescripts/cli'],
  'cra-ejected': ['webpack'],
  vite: ['vite'],
  webpack: ['webpack'],
  rsbuild: ['@rsbuild/core'],
  'vue-cli': ['@vue/cli-service'],
  next: ['next'],
  nuxt: ['nuxt', 'nuxt3'],
  remix: ['@react-router/dev', '@remix-run/dev'],
  angular: ['@angular/core', '@angular/cli'],
  svelte: ['@sveltejs/kit', 'svelte'],
  astro: ['astro'],
  gatsby: ['gatsby'],
  'tanstack-start': ['@tanstack/react-start', '@tanstack/start'],
  rspack: ['@rspack/cli', '@rspack/core'],
  parcel: ['parcel', 'parcel-bundler'],
  none: [],
};

function evidenceOf(
  files: ProjectFiles,
  packageJson: PackageJson,
  main: readonly ScriptRun[],
  tool: BuildTool,
): Evidence | null {
  const inPackageJson = (pattern: string) => findLine('package.json', packageJson.text, new RegExp(pattern));
  const run = main.find(({ runner }) => toolByRunner[runner] === tool);
  const script =
    run && inPackageJson(`"${escaped(run.script)}"\\s*:.*${run.runner === 'ejected-scripts' ? 'scripts' : run.runner}`);
  // A wrapper of react-scripts shows in what runs it: it may be installed and not used.
  if (script != null && (tool === 'cra-rewired' || tool === 'cra-rescripts')) return script;
  if (tool === 'cra-ejected')
    return findLine('config/webpack.config.js', files.read('config/webpack.config.js') ?? '', /\S/);
  const dependency = packageOfTool[tool]
    .map((name) => inPackageJson(`"${escaped(name)}"\\s*:`))
    .find((found) => found !== null);
  if (dependency !== undefined) return dependency;
  if (script != null) return script;
  const config = files.list('').find((file) => new RegExp(`^${tool}\\.config\\.[cm]?[jt]s$`).test(file));
  return config === undefined ? null : findLine(config, files.read(config) ?? '', /\S/);
}

function escaped(text: string): string {
  return text.replace(/[^\w]/g, '\\$&');
}
