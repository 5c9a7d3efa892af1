/** Apps of create-vite, laid out from its own templates as it does it. */
import { cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kept } from '../kept';
import { run } from '../processes';
import type { BasePath, Framework, HomeApp, Language } from './home-app';
import { installedApp } from './installed-app';

export interface ViteAppRequest {
  /** The major version of Vite. */
  readonly vite: 8 | 5;
  readonly framework: Framework;
  readonly language: Language;
  /** Whether the app's own tests are run by Vitest. */
  readonly hasVitest?: boolean;
}

/** The create-vite that makes apps of each Vite. */
const creators = { 8: '9.3.0', 5: '5.5.4' } as const;

const vitest = { '@testing-library/dom': '^10.4.0', jsdom: '^26.1.0', vitest: '4.1.12' };
const vitestOf = { react: { ...vitest, '@testing-library/react': '^16.3.0' }, vue: vitest };

export function viteApp(request: ViteAppRequest): HomeApp {
  const { framework, language } = request;
  const endings = { react: { typescript: 'tsx', javascript: 'jsx' }, vue: { typescript: 'vue', javascript: 'vue' } };
  return {
    installed: () => installed(request),
    setBase(app, base) {
      if (base !== '/') addBase(join(app, `vite.config.${language === 'typescript' ? 'ts' : 'js'}`), base);
    },
    develop: (port) => ({
      args: ['dev', '--', '--port', String(port), '--strictPort', '--host', '127.0.0.1'],
    }),
    output: 'dist',
    root: `App.${endings[framework][language]}`,
  };
}

async function installed({ vite, framework, language, hasVitest = false }: ViteAppRequest): Promise<string> {
  const template = `${framework}${language === 'typescript' ? '-ts' : ''}`;
  const source = join(await createVite(creators[vite]), `template-${template}`);
  const { name: _, ...packageJson } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Manifest;
  return installedApp({
    name: `vite-${vite}-${template}${hasVitest ? '-vitest' : ''}`,
    packageJson: {
      ...packageJson,
      scripts: { ...packageJson.scripts, ...(hasVitest && { test: 'vitest run' }) },
      devDependencies: { ...packageJson.devDependencies, ...(hasVitest && vitestOf[framework]) },
    },
    files: {},
    copyTo(folder) {
      cpSync(source, folder, { recursive: true });
      for (const file of readdirSync(folder))
        if (file.startsWith('_')) renameSync(join(folder, file), join(folder, `.${file.slice(1)}`));
    },
  });
}

interface Manifest {
  readonly name: string;
  readonly scripts: object;
  readonly devDependencies: object;
}

/** The folder of the package, whose templates are folders in it. */
async function createVite(version: string): Promise<string> {
  const folder = await kept(`create-vite-${version}`, async (made) => {
    writeFileSync(join(made, 'package.json'), '{ "private": true }\n');
    await run(
      'npm',
      ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', `create-vite@${version}`],
      made,
    );
  });
  return join(folder, 'node_modules/create-vite');
}

function addBase(config: string, base: BasePath): void {
  const before = readFileSync(config, 'utf8');
  writeFileSync(config, before.replace('defineConfig({\n', `defineConfig({\n  base: '${base}',\n`));
}
