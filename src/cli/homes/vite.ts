/** Vite 5 to 8: a plugin in vite.config. */
import { majorOf } from '../discover/package-json';
import { configPlaces, withEndings, withoutOption } from './config-places';
import type { Home, HomePackages } from './home';
import { plainHome } from './plain-home';
import { findTestConfigs } from './test-configs';
import { wasmWays } from './wiring';
import { viteWiring } from './wirings';

/** What a range without a version (`latest`) installs. */
const newestMajor = 8;

/** The oldest target that has it, and that esbuild compiles what the plugin gives it to. */
export const TARGET_OF_TOP_LEVEL_AWAIT = 'es2022';

export const vite: Home = {
  ...plainHome,
  title: 'Vite',
  runners: ['vite'],
  start: 'vite',
  versions: [
    {
      name: 'vite',
      first: 5,
      last: null,
      isRequired: true,
      code: 'TOOL_VERSION_UNSUPPORTED',
      why: 'The plugin is made for Vite 5 to 8.',
    },
  ],
  findConfigs: (app) =>
    configPlaces(app, viteWiring, ['vite'], withEndings('vite.config', ['js', 'mjs', 'ts', 'cjs', 'mts', 'cts'])),
  newConfig({ files, packageJson }) {
    const isTypescript = files.read('tsconfig.json') !== null;
    const ending = packageJson.isModule ? (isTypescript ? 'ts' : 'js') : isTypescript ? 'mts' : 'mjs';
    return { file: `vite.config.${ending}`, wiring: viteWiring };
  },
  findTestConfigs: (app) => findTestConfigs(app, true),
  wasmWays(app) {
    const wired = vite.findConfigs(app).flatMap(({ file }) => {
      const text = app.files.read(file) ?? '';
      return text.includes('zero-backend-sync/vite') ? [text] : [];
    });
    const isInline = wired.length > 0 && !wired.some((text) => /\bwasm:\s*['"`]vite-plugin-wasm['"`]/.test(text));
    return isInline ? [...wasmWays].reverse() : wasmWays;
  },
  packages(version, wasm): HomePackages {
    if (wasm !== 'vite-plugin-wasm') return { dev: {}, pinned: {} };
    const dev = { 'vite-plugin-wasm': '^3.6.0' };
    // On Vite 8 it does not load (https://github.com/Menci/vite-plugin-top-level-await/issues/76), and nothing needs it.
    const major = majorOf(version) ?? newestMajor;
    if (major >= 8) return { dev, pinned: {} };
    return {
      dev: { ...dev, 'vite-plugin-top-level-await': '^1.6.0' },
      // A later one renamed what the plugin reads: https://github.com/Menci/vite-plugin-top-level-await/issues/79
      pinned: { '@swc/core': '1.15.47' },
      // It compiles for Safari 14 where it is told nothing, and the esbuild of these cannot any more.
      ...(major >= 6 && { buildTarget: TARGET_OF_TOP_LEVEL_AWAIT }),
    };
  },
  publicPrefix: 'VITE_',
  buildInto: (command, folder) =>
    `${withoutOption(command, ['--outDir', '--out-dir']).replace(/\s--emptyOutDir\b/, '')} --outDir ${folder} --emptyOutDir`,
};
