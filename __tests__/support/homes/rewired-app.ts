/** An app of Create React App's TypeScript template that is built through react-app-rewired, with overrides of its owner. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { force, installedBase } from '../cra-apps';
import { linkApp } from '../kept';
import type { HomeApp } from './home-app';
import { installedApp } from './installed-app';

export const rewiredApp: HomeApp = {
  async installed() {
    const base = await installedBase('cra-template-typescript', 'npm');
    const { name: _, ...before } = readJson(join(base, 'package.json'));
    return installedApp({
      name: 'rewired',
      packageJson: {
        ...before,
        scripts: {
          start: 'react-app-rewired start',
          build: 'react-app-rewired build',
          test: 'react-app-rewired test',
        },
        devDependencies: { 'react-app-rewired': '2.2.1' },
      },
      files: {
        'config-overrides.js': `module.exports = function override(config, env) {
  config.resolve.alias = { ...config.resolve.alias, '@app': __dirname + '/src' };
  return config;
};
`,
      },
      copyTo: (folder) => linkApp(base, folder),
      environment: force,
    });
  },
  setBase(app, base) {
    if (base === '/') return;
    const file = join(app, 'package.json');
    writeFileSync(file, `${JSON.stringify({ ...readJson(file), homepage: base.slice(0, -1) }, null, 2)}\n`);
  },
  develop: (port) => ({ args: ['start'], environment: { PORT: String(port), HOST: '127.0.0.1' } }),
  output: 'build',
  root: 'App.tsx',
};

function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}
