/** `init` on apps in which their owners chose for themselves: files, folders, package managers. */
import { testJourneys } from './journey';

const objectConfig = `// The owner's own\nmodule.exports = {\n  eslint: { enable: true },\n  webpack: {\n    alias: { '@ui': __dirname + '/src' }, // keep\n  },\n};\n`;
const functionConfig = `module.exports = ({ env }) => {\n  return {\n    babel: { loaderOptions: { compact: env === 'production' } },\n  };\n};\n`;
const craco = { devDependencies: { '@craco/craco': '^7.1.0' } };

testJourneys([
  {
    name: 'javascript-own-craco-object-and-prettier',
    template: 'cra-template',
    packageManager: 'npm',
    files: { 'craco.config.js': objectConfig, '.prettierrc': '{ "tabWidth": 4, "singleQuote": false }\n' },
    packageJson: { devDependencies: { ...craco.devDependencies, prettier: '^3.0.0' } },
  },
  {
    name: 'sub-path-own-craco-function',
    template: 'cra-template-typescript',
    packageManager: 'npm',
    folder: 'Größe & Maß (ein Ordner)',
    files: { 'craco.config.js': functionConfig },
    packageJson: { ...craco, homepage: '/some/where' },
    base: '/some/where',
  },
  { name: 'yarn', template: 'cra-template', packageManager: 'yarn' },
  { name: 'yarn-berry', template: 'cra-template-typescript', packageManager: 'yarn-berry' },
  {
    name: 'pnpm',
    template: 'cra-template-typescript',
    packageManager: 'pnpm',
    scripts: { lint: 'eslint . --ignore-pattern build --ext js,ts,tsx' },
  },
]);
