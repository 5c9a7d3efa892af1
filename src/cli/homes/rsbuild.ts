/** Rsbuild 1 and 2: a plugin in rsbuild.config. */
import { majorOf } from '../discover/package-json';
import { configPlaces, withEndings, withoutOption } from './config-places';
import type { Home } from './home';
import { plainHome } from './plain-home';
import { rsbuildWiring } from './wirings';

export const rsbuild: Home = {
  ...plainHome,
  title: 'Rsbuild',
  runners: ['rsbuild'],
  start: 'rsbuild dev',
  versions: [
    {
      name: '@rsbuild/core',
      first: 1,
      last: null,
      isRequired: true,
      code: 'TOOL_VERSION_UNSUPPORTED',
      why: 'The plugin is made for Rsbuild 1 and 2.',
    },
  ],
  findConfigs: (app) =>
    configPlaces(
      app,
      rsbuildWiring,
      ['rsbuild'],
      withEndings('rsbuild.config', ['mjs', 'ts', 'js', 'cjs', 'mts', 'cts']),
    ),
  newConfig({ files, packageJson }) {
    const isTypescript = files.read('tsconfig.json') !== null;
    return {
      file: `rsbuild.config.${isTypescript ? 'ts' : packageJson.isModule ? 'js' : 'mjs'}`,
      wiring: rsbuildWiring,
    };
  },
  publicPrefix: 'PUBLIC_',
  buildInto: (command, folder, version) =>
    // Rsbuild 1 has no such flag.
    (majorOf(version) ?? 2) < 2 ? command : `${withoutOption(command, ['--dist-path'])} --dist-path ${folder}`,
};
