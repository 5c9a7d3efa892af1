/** The tools that are timed, each with an app of it before the kit. */
import { makeHomeApp } from '../../__tests__/scaffold/homes/app';
import type { HomeRow } from '../../__tests__/scaffold/homes/rows';
import { makeApp } from '../../__tests__/scaffold/apps';

export interface Tool {
  readonly name: string;
  /** An app of React in git, of which the first commit is what its owner had. */
  make(): Promise<string>;
  /** Below src, without its ending. */
  readonly language: HomeRow['language'];
  readonly root: string;
  /** What the kit changes so that the tool knows it. */
  readonly config: string;
  /** Of node_modules: with the kit, and without. */
  readonly program: string;
  readonly plainProgram: string;
  readonly build: readonly string[];
  start(port: number): { readonly args: readonly string[]; readonly environment?: Readonly<Record<string, string>> };
  /** Whether it has to stay near the plain tool as a whole, instead of by what the black box costs. */
  readonly isBoundByRatio: boolean;
}

export const tools: readonly Tool[] = [
  {
    name: 'cra',
    make: () => makeApp('bench-cra', { template: 'cra-template-typescript', packageManager: 'npm' }),
    language: 'typescript',
    root: 'App.tsx',
    config: 'craco.config.js',
    program: '@craco/craco/dist/bin/craco.js',
    plainProgram: 'react-scripts/bin/react-scripts.js',
    build: ['build'],
    start: (port) => ({ args: ['start'], environment: { PORT: String(port), HOST: '127.0.0.1' } }),
    isBoundByRatio: true,
  },
  viteTool('vite-8'),
  viteTool('vite-5'),
  {
    name: 'webpack',
    make: () => makeHomeApp(rowOf({ tool: 'webpack-5', language: 'javascript', tests: 'jest' })),
    language: 'javascript',
    root: 'App.jsx',
    config: 'webpack.config.js',
    program: 'webpack-cli/bin/cli.js',
    plainProgram: 'webpack-cli/bin/cli.js',
    build: ['build', '--mode', 'production'],
    start: (port) => ({
      args: ['serve', '--mode', 'development', '--port', String(port), '--host', '127.0.0.1'],
    }),
    isBoundByRatio: false,
  },
  {
    name: 'rsbuild',
    make: () => makeHomeApp(rowOf({ tool: 'rsbuild-2' })),
    language: 'typescript',
    root: 'App.tsx',
    config: 'rsbuild.config.ts',
    program: '@rsbuild/core/bin/rsbuild.js',
    plainProgram: '@rsbuild/core/bin/rsbuild.js',
    build: ['build'],
    start: (port) => ({ args: ['dev', '--port', String(port), '--host', '127.0.0.1'] }),
    isBoundByRatio: false,
  },
];

function viteTool(tool: 'vite-8' | 'vite-5'): Tool {
  return {
    name: tool.replace('-', ''),
    make: () => makeHomeApp(rowOf({ tool, wasm: 'inline' })),
    language: 'typescript',
    root: 'App.tsx',
    config: 'vite.config.ts',
    program: 'vite/bin/vite.js',
    plainProgram: 'vite/bin/vite.js',
    build: ['build'],
    start: (port) => ({ args: ['--port', String(port), '--strictPort', '--host', '127.0.0.1'] }),
    isBoundByRatio: false,
  };
}

function rowOf(row: Pick<HomeRow, 'tool'> & Partial<HomeRow>): HomeRow {
  return {
    framework: 'react',
    language: 'typescript',
    wasm: "the tool's own",
    base: '/',
    tests: 'none',
    isAlwaysRun: false,
    ...row,
  };
}
