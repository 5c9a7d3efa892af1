/** Vue CLI 5: what vue.config.js exports goes through the kit. */
import { isObject } from '../discover/package-json';
import { withoutOption } from './config-places';
import type { Home } from './home';
import { plainHome } from './plain-home';
import { vueCliWiring } from './wirings';

export const vueCli: Home = {
  ...plainHome,
  title: 'Vue CLI',
  runners: ['vue-cli-service'],
  start: 'vue-cli-service serve',
  versions: [
    {
      name: '@vue/cli-service',
      first: 5,
      last: 5,
      isRequired: true,
      code: 'TOOL_VERSION_UNSUPPORTED',
      why: 'The preset is made for Vue CLI 5 (webpack 5).',
    },
  ],
  findConfigs({ files, packageJson }) {
    const file = ['vue.config.js', 'vue.config.cjs', 'vue.config.mjs'].find((name) => files.read(name) !== null);
    if (file !== undefined) return [{ file, wiring: vueCliWiring }];
    return isObject(packageJson.fields.vue)
      ? [{ file: 'package.json', wiring: vueCliWiring, isInPackageJson: true }]
      : [];
  },
  newConfig: ({ packageJson }) => ({
    file: packageJson.isModule ? 'vue.config.cjs' : 'vue.config.js',
    wiring: vueCliWiring,
  }),
  publicPrefix: 'VUE_APP_',
  buildInto: (command, folder) => `${withoutOption(command, ['--dest'])} --dest ${folder}`,
};
