/** Create React App with react-app-rewired: what config-overrides.js exports goes through the kit. */
import { craEnvFiles } from '../../preset/env-files';
import { configPlaces, plainPath } from './config-places';
import { buildPathInto, reactScriptsRule, TYPESCRIPT_OF_REACT_SCRIPTS } from './create-react-app';
import type { Home } from './home';
import { plainHome } from './plain-home';
import { overridesWiring } from './wirings';

export const reactAppRewired: Home = {
  ...plainHome,
  title: 'Create React App with react-app-rewired',
  typescript: TYPESCRIPT_OF_REACT_SCRIPTS,
  runners: ['react-app-rewired'],
  start: 'react-app-rewired start',
  versions: [
    { ...reactScriptsRule, why: 'The overrides change the webpack 5 configuration of react-scripts 5.' },
    {
      name: 'react-app-rewired',
      first: 2,
      last: null,
      isRequired: true,
      code: 'TOOL_VERSION_UNSUPPORTED',
      why: 'react-app-rewired 2 is the one for react-scripts 2 and later.',
    },
  ],
  // The overrides are those of the tests, too.
  findTestConfigs: () => [],
  findConfigs(app) {
    const named = app.packageJson.fields['config-overrides-path'];
    const usual =
      typeof named === 'string' ? withJs(plainPath(named)) : ['config-overrides.js', 'config-overrides/index.js'];
    const places = configPlaces(app, overridesWiring, ['react-app-rewired'], usual);
    return places.map((place) => ({
      ...place,
      file: withJs(place.file).find((file) => app.files.read(file) !== null) ?? place.file,
    }));
  },
  newConfig: () => ({ file: 'config-overrides.js', wiring: overridesWiring }),
  scriptRemarks: ({ script, runner, task }) =>
    runner === 'react-scripts' && task !== 'eject'
      ? [
          `The script "${script}" runs react-scripts, which does not read config-overrides.js. Run it through react-app-rewired, like the others.`,
        ]
      : [],
  envFiles: craEnvFiles,
  publicPrefix: 'REACT_APP_',
  jsxEnding: 'js',
  output: 'build',
  buildInto: buildPathInto,
};

/** It is required, so the ending, or an index, may be left out. */
function withJs(file: string): readonly string[] {
  return [file, `${file}.js`, `${file}/index.js`].map(plainPath).filter((name) => /\.c?js$/.test(name));
}
