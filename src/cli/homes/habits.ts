/** What an app takes for given of its build tool: where a build goes, which variables get into it, which `.env` file wins, and its address in development. */
import { craEnvFiles, viteEnvFiles } from '../../preset/env-files';
import type { ServedTool } from './home';

export interface Habits {
  /** The folder of a build where nothing names another. */
  readonly output: string;
  /** Where a configuration names it, and the options of the command that do. */
  readonly outputKeys: readonly (readonly string[])[];
  readonly outputOptions: readonly string[];
  /** Where a configuration names the path that a build is served at. */
  readonly baseKeys: readonly (readonly string[])[];
  /** Variables with one of these are written into the bundle, for everybody to read. */
  readonly publicPrefixes: readonly string[];
  /** How the app's code reads such a variable. */
  readonly variable: (name: string) => string;
  /** The `.env` files, the one that wins first. */
  readonly envFiles: (mode: string) => readonly string[];
  /** Of the dev server, where nothing names another. */
  readonly port: number;
  /** Whether its builds make `service-worker.js`, where the app has one. */
  readonly makesServiceWorker: boolean;
  /** Where the address of every file with a hash in its name begins, below the app's. */
  readonly assets: string;
}

const ofProcess = (name: string) => `process.env.${name}`;

const cra: Habits = {
  output: 'build',
  outputKeys: [],
  outputOptions: [],
  baseKeys: [],
  publicPrefixes: ['REACT_APP_'],
  variable: ofProcess,
  envFiles: (mode) => craEnvFiles('', mode),
  port: 3000,
  makesServiceWorker: true,
  assets: '/static/',
};

export const habits: Readonly<Record<ServedTool, Habits>> = {
  cra,
  'cra-craco': cra,
  'cra-rewired': cra,
  'cra-ejected': cra,
  vite: {
    output: 'dist',
    outputKeys: [['build', 'outDir']],
    outputOptions: ['--outDir', '--out-dir'],
    baseKeys: [['base']],
    publicPrefixes: ['VITE_'],
    variable: (name) => `import.meta.env.${name}`,
    envFiles: (mode) => viteEnvFiles('', mode),
    port: 5173,
    makesServiceWorker: false,
    assets: '/assets/',
  },
  webpack: {
    output: 'dist',
    outputKeys: [['output', 'path']],
    outputOptions: ['--output-path', '-o'],
    baseKeys: [['output', 'publicPath']],
    publicPrefixes: [],
    variable: ofProcess,
    envFiles: (mode) => craEnvFiles('', mode),
    port: 8080,
    makesServiceWorker: false,
    assets: '/',
  },
  rsbuild: {
    output: 'dist',
    outputKeys: [
      ['output', 'distPath', 'root'],
      ['output', 'distPath'],
    ],
    outputOptions: ['--dist-path'],
    baseKeys: [
      ['server', 'base'],
      ['output', 'assetPrefix'],
    ],
    publicPrefixes: ['PUBLIC_'],
    variable: (name) => `import.meta.env.${name}`,
    envFiles: (mode) => viteEnvFiles('', mode),
    port: 3000,
    makesServiceWorker: false,
    assets: '/static/',
  },
  'vue-cli': {
    output: 'dist',
    outputKeys: [['outputDir']],
    outputOptions: ['--dest'],
    baseKeys: [['publicPath']],
    publicPrefixes: ['VUE_APP_'],
    variable: ofProcess,
    envFiles: (mode) => viteEnvFiles('', mode),
    port: 8080,
    makesServiceWorker: false,
    assets: '/',
  },
};
