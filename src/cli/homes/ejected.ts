/** An ejected Create React App: its own config/webpack.config.js and config/webpackDevServer.config.js. */
import { craEnvFiles } from '../../preset/env-files';
import { buildPathInto } from './create-react-app';
import type { Home } from './home';
import { plainHome } from './plain-home';
import { webpackRule } from './webpack';
import { devServerWiring, webpackWiring } from './wirings';

export const ejectedReactApp: Home = {
  ...plainHome,
  title: 'an ejected Create React App',
  runners: ['ejected-scripts', 'webpack', 'webpack-cli', 'webpack-dev-server'],
  start: 'node scripts/start.js',
  versions: [webpackRule],
  findConfigs: ({ files }) =>
    [
      { file: 'config/webpack.config.js', wiring: webpackWiring },
      { file: 'config/webpackDevServer.config.js', wiring: devServerWiring },
    ].filter(({ file }) => files.read(file) !== null),
  newConfig: () => ({ file: 'config/webpack.config.js', wiring: webpackWiring }),
  envFiles: craEnvFiles,
  publicPrefix: 'REACT_APP_',
  jsxEnding: 'js',
  output: 'build',
  buildInto: buildPathInto,
};
