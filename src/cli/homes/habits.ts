/** What an app takes for given of its build tool: where its settings name the folder and the path of a build, how code reads variables, the port of development. */
import type { ServedTool } from './home';

export interface Habits {
  /** Where a configuration names the folder of a build, and the options of the command that do. */
  readonly outputKeys: readonly (readonly string[])[];
  readonly outputOptions: readonly string[];
  /** Where a configuration names the path that a build is served at. */
  readonly baseKeys: readonly (readonly string[])[];
  /** How the app's code reads a variable that gets into the pages. */
  readonly variable: (name: string) => string;
  /** Of the dev server, where nothing names another. */
  readonly port: number;
  /** Whether its builds make `service-worker.js`, where the app has one. */
  readonly makesServiceWorker: boolean;
  /** Where the address of every file with a hash in its name begins, below the app's. */
  readonly assets: string;
}

const ofProcess = (name: string) => `process.env.${name}`;

const cra: Habits = {
  outputKeys: [],
  outputOptions: [],
  baseKeys: [],
  variable: ofProcess,
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
    outputKeys: [['build', 'outDir']],
    outputOptions: ['--outDir', '--out-dir'],
    baseKeys: [['base']],
    variable: (name) => `import.meta.env.${name}`,
    port: 5173,
    makesServiceWorker: false,
    assets: '/assets/',
  },
  webpack: {
    outputKeys: [['output', 'path']],
    outputOptions: ['--output-path', '-o'],
    baseKeys: [['output', 'publicPath']],
    variable: ofProcess,
    port: 8080,
    makesServiceWorker: false,
    assets: '/',
  },
  rsbuild: {
    outputKeys: [
      ['output', 'distPath', 'root'],
      ['output', 'distPath'],
    ],
    outputOptions: ['--dist-path'],
    baseKeys: [
      ['server', 'base'],
      ['output', 'assetPrefix'],
    ],
    variable: (name) => `import.meta.env.${name}`,
    port: 3000,
    makesServiceWorker: false,
    assets: '/static/',
  },
  'vue-cli': {
    outputKeys: [['outputDir']],
    outputOptions: ['--dest'],
    baseKeys: [['publicPath']],
    variable: ofProcess,
    port: 8080,
    makesServiceWorker: false,
    assets: '/',
  },
};
