/** The first context: what the app is built with. Facts with evidence; support.ts says whether they are supported. */
import { homeOf } from '../homes';
import type { BuildTool, ConfigFacts, ConfigPlace, HomeApp } from '../homes/home';
import type { Json } from '../edit/json';
import { isProjectPath } from '../project-path';
import { findBuildTool, packageOfTool } from './build-tool';
import { resolvePackage } from './installed-packages';
import { findPackageManager } from './package-manager';
import { majorOf, packageJsonOf, readPackageJson, versionOf, type PackageJson } from './package-json';
import type { MonorepoFacts, PlatformFacts } from './platform-facts';
import type { ProjectFiles } from './project-files';
import { mainRunsOf, runsOf } from './scripts';
import { findLine, type Evidence } from './syntax';
import { tsconfigOption } from './tsconfig';

export type { BuildTool } from '../homes/home';
export type { MonorepoFacts, PlatformFacts, ScriptFacts } from './platform-facts';

/** @param wanted a tool that the app has beside the one that builds it, while it moves */
export function discoverPlatform(files: ProjectFiles, wanted?: BuildTool): PlatformFacts {
  const packageJson = readPackageJson(files);
  const tool = findBuildTool(files, packageJson, wanted);
  const home = homeOf(tool.buildTool);
  const sources = files.list('src');
  const hasTsconfig = files.read('tsconfig.json') !== null;
  const version = (name: string) => {
    if (packageJson.all[name] === undefined) return null;
    const found = installedVersion(files, name) ?? versionOf(files, packageJson, name);
    return majorOf(found) === null ? null : found;
  };
  const app = homeAppOf(files, packageJson);
  const counted = home?.versions ?? [];
  const withForm = (place: ConfigPlace): ConfigFacts => ({ ...place, form: formOf(app, place) });
  return {
    name: packageJson.name,
    ...tool,
    toolVersion: packageOfTool[tool.buildTool].map(version).find((found) => found !== null) ?? null,
    framework: findFramework(files, packageJson),
    language: hasTsconfig ? 'typescript' : 'javascript',
    languageEvidence: hasTsconfig
      ? findLine('tsconfig.json', files.read('tsconfig.json') ?? '', /\S/)
      : { file: sources.find((file) => /\.jsx?$/.test(file)) ?? 'src', line: 1, text: 'no tsconfig.json' },
    isTypedAsNode: isNodeModule(tsconfigOption(files, 'module', isNodeModule)),
    versions: {
      ...Object.fromEntries(counted.map(({ name }) => [name, version(name)])),
      react: version('react'),
      vue: version('vue'),
      typescript: versionOf(files, packageJson, 'typescript'),
    },
    packageManager: findPackageManager(files, packageJson),
    monorepo: findMonorepo(files, packageJson),
    homepage: typeof packageJson.fields.homepage === 'string' ? packageJson.fields.homepage : null,
    csp: findCsp(files),
    configs: (home?.findConfigs(app) ?? []).map(withForm),
    testConfigs: (home?.findTestConfigs(app) ?? []).map(withForm),
    wasmWays: home?.wasmWays(app) ?? [],
    jest: findJest(files, packageJson),
    scripts: Object.entries(packageJson.scripts).map(([name, text]) => ({
      name,
      text,
      wrapped: home?.wrapScript(text) ?? null,
      runs: app.runs.filter(({ script }) => script === name),
    })),
  };
}

/** `node16` to `nodenext`. */
function isNodeModule(value: Json | null): boolean {
  return typeof value === 'string' && /^node/i.test(value);
}

/** What a home looks at. */
export function homeAppOf(files: ProjectFiles, packageJson: PackageJson): HomeApp {
  const main = mainRunsOf(packageJson.scripts);
  const reached = new Set(main.map(({ script }) => script));
  const others = runsOf(packageJson.scripts).filter(({ script }) => !reached.has(script));
  return { files, packageJson, runs: [...main, ...others] };
}

/** A workspace installs the packages of its apps above them. */
function installedVersion(files: ProjectFiles, name: string): string | null {
  const version = resolvePackage(files, name)?.version;
  return version !== undefined && /^\d/.test(version) ? version : null;
}

function formOf(
  { files, packageJson }: HomeApp,
  { file, wiring, isInPackageJson, isNew }: ConfigPlace,
): ConfigFacts['form'] {
  if (isInPackageJson === true) return 'in package.json';
  if (isNew === true) return 'new';
  if (!isProjectPath(file) || /[$%]/.test(file)) return 'outside';
  const text = files.read(file);
  if (text === null) return 'missing';
  const edit = wiring.edit(file, text, { isModule: packageJson.isModule });
  if (edit.kind === 'already-wired') return 'already wired';
  return edit.kind === 'edited' ? edit.form : 'unknown';
}

function findFramework(files: ProjectFiles, packageJson: PackageJson): PlatformFacts['framework'] {
  const has = (name: string) => packageJson.all[name] !== undefined;
  // An app that moves from one to the other has both; what its pages are made of shows in its files.
  const isVue = has('vue') && (!has('react') || files.list('src').some((file) => file.endsWith('.vue')));
  if (isVue) return 'vue';
  if (has('react')) return 'react';
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
        .filter((file) => appPackages.test(files.read(file) ?? ''))
        .map((file) => file.slice(0, -'/package.json'.length));
  let memberOf: string | null = null;
  for (let climb = '..', depth = 0; depth < 4 && memberOf === null; climb += '/..', depth++) {
    const parent = files.read(`${climb}/package.json`);
    if (parent !== null && isObjectWithWorkspaces(`${climb}/package.json`, parent)) memberOf = climb;
    else if (isWorkspace(`${climb}/`)) memberOf = climb;
  }
  return { isRoot, isApp: files.list('src').length > 0, apps, memberOf };
}

/** An app depends on a framework and on what builds it. */
const appPackages =
  /^(?=[\s\S]*"(react|vue)"\s*:)(?=[\s\S]*"(react-scripts|vite|webpack|@rsbuild\/core|@vue\/cli-service)"\s*:)/;

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
      /^((public\/)?[^/]*\.html|(public\/)?_headers|netlify\.toml|vercel\.json|firebase\.json|staticwebapp\.config\.json|.*nginx[^/]*\.conf[^/]*|.*\.htaccess)$/.test(
        file,
      ),
    );
  return places.flatMap((file) => findLine(file, files.read(file) ?? '', /content-security-policy/i) ?? []);
}

function findJest(files: ProjectFiles, packageJson: PackageJson): readonly Evidence[] {
  const inPackage =
    packageJson.fields.jest === undefined ? null : findLine('package.json', packageJson.text, /"jest"\s*:\s*\{/);
  const own = files.list('').find((file) => /^jest\.config\.[cm]?[jt]s(on)?$/.test(file));
  return [inPackage, own === undefined ? null : findLine(own, files.read(own) ?? '', /\S/)].filter(
    (found) => found !== null,
  );
}
