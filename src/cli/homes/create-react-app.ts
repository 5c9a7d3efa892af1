/** Create React App (react-scripts 5) without and with CRACO: its scripts run through CRACO, whose configuration has the preset. */
import { craEnvFiles } from '../../preset/env-files';
import { isObject, readPackageJson } from '../discover/package-json';
import type { ScriptRun } from '../discover/scripts';
import { plainPath } from './config-places';
import type { ConfigPlace, Home, HomeApp, VersionRule } from './home';
import { cracoWiring } from './wirings';

export const reactScriptsRule: VersionRule = {
  name: 'react-scripts',
  first: 5,
  last: 5,
  isRequired: true,
  code: 'REACT_SCRIPTS_UNSUPPORTED',
  why: 'The preset changes the webpack 5 configuration of react-scripts 5.',
};

export const TYPESCRIPT_OF_REACT_SCRIPTS = '4.9.5';

export const createReactApp: Home = {
  title: 'Create React App',
  runners: ['craco', 'react-scripts'],
  start: 'craco start',
  versions: [
    reactScriptsRule,
    {
      name: '@craco/craco',
      first: 7,
      last: 7,
      isRequired: false,
      code: 'CRACO_UNSUPPORTED',
      why: 'CRACO 7 is the one for react-scripts 5; without it the preset does not run.',
    },
  ],
  wrapper: { name: '@craco/craco', program: 'craco', title: 'CRACO', field: 'cracoConfig' },
  typescript: TYPESCRIPT_OF_REACT_SCRIPTS,
  wasmWays: () => [],
  packages: () => ({ dev: { '@craco/craco': '^7.1.0' }, pinned: {} }),
  replacingPlugin: {
    // They take babel-loader out. Before the preset it finds none; behind it, it loses the one of its own rules.
    pattern: /['"]((?:@[\w.-]+\/)?craco-(?:plugin-)?(?:esbuild|swc)[\w-]*)['"]/,
    what: 'replaces babel-loader',
    why: 'The preset compiles the worker by the rule of babel-loader. Before the preset or behind it, either way the build fails.',
  },
  // The preset is a preset of the tests, too.
  findTestConfigs: () => [],
  findConfigs,
  newConfig({ packageJson }) {
    // A configuration that is made is CommonJS, whatever the app's own modules are.
    return { file: packageJson.isModule ? 'craco.config.cjs' : 'craco.config.js', wiring: cracoWiring };
  },
  packageJsonFields,
  wrapScript: throughCraco,
  scriptRemarks({ script, runner, config, isConfigIgnored }) {
    if (runner === 'craco' && isConfigIgnored)
      return [
        `The script "${script}" names ${config} in a way that CRACO 7 does not read: it takes "--config ${config}", in two words. Without it CRACO looks for craco.config.js.`,
      ];
    return runner === 'react-app-rewired' || runner === 'rescripts'
      ? [
          `The script "${script}" runs ${runner}, which does not know the preset. Run it through craco, like the others.`,
        ]
      : [];
  },
  envFiles: craEnvFiles,
  publicPrefix: 'REACT_APP_',
  jsxEnding: 'js',
  output: 'build',
  buildInto: buildPathInto,
};

/** What react-scripts builds goes to `BUILD_PATH`, which the caller sets. */
export function buildPathInto(command: string): string {
  return command.replace(/\bBUILD_PATH=("[^"]*"|'[^']*'|\S+)\s*/g, '').trim();
}

/** What CRACO reads, the most used first: the file behind `--config`, otherwise what package.json names, otherwise the first of its usual names. */
function findConfigs(app: HomeApp): readonly ConfigPlace[] {
  const { runs } = app;
  const named = runs.flatMap(({ runner, config }) =>
    runner === 'craco' && config !== null ? [{ file: plainPath(config), wiring: cracoWiring }] : [],
  );
  const usual = usualConfig(app);
  const isUsualRead =
    named.length === 0 ||
    runs.some(
      ({ runner, config, isConfigIgnored }) =>
        runner === 'react-scripts' || (runner === 'craco' && (config === null || isConfigIgnored)),
    );
  const all = [...named, ...(usual !== null && isUsualRead ? [usual] : [])];
  return [...new Map(all.map((place) => [place.file, place])).values()];
}

function usualConfig({ files, packageJson }: HomeApp): ConfigPlace | null {
  const { cracoConfig } = packageJson.fields;
  if (isObject(cracoConfig)) return { file: 'package.json', wiring: cracoWiring, isInPackageJson: true };
  if (typeof cracoConfig === 'string') return { file: plainPath(cracoConfig), wiring: cracoWiring };
  const file = usualFiles.find((candidate) => files.read(candidate) !== null);
  return file === undefined ? null : { file, wiring: cracoWiring };
}

/** The order in which CRACO 7.1 looks. */
const usualFiles: readonly string[] = [
  'craco.config.ts',
  'craco.config.js',
  'craco.config.cjs',
  '.cracorc.ts',
  '.cracorc.js',
  '.cracorc',
];

/**
 * The configuration that some scripts name and the others need: CRACO's own `--config` cannot be given to `craco test`, which hands it on to Jest, and a
 * script without it ends with "Config file not found" where there is no craco.config.js.
 */
function packageJsonFields(
  { files, runs }: HomeApp,
  [only, ...others]: readonly ConfigPlace[],
): { cracoConfig?: string } {
  const isNamed = runs.some(({ runner, config }) => runner === 'craco' && config !== null);
  const isNeeded = runs.some(
    ({ runner, config, isConfigIgnored }: ScriptRun) =>
      runner === 'react-scripts' || (runner === 'craco' && (config === null || isConfigIgnored)),
  );
  if (!isNamed || !isNeeded || only === undefined || others.length > 0) return {};
  const isFound = usualFiles.includes(only.file) || readPackageJson(files).fields.cracoConfig !== undefined;
  return isFound || files.read(only.file) === null ? {} : { cracoConfig: `./${only.file}` };
}

/** Rewrites `react-scripts start|build|test` to CRACO with everything around it kept: variables before, flags between and after. */
export function throughCraco(script: string): string | null {
  const changed = script.replace(
    /(^|[\s;&|(/"'])react-scripts((?:\s+-[^\s]+)*\s+(?:start|build|test))(?![\w:-])/g,
    (_, before: string, command: string) => `${before}craco${command}`,
  );
  return changed === script ? null : changed;
}
