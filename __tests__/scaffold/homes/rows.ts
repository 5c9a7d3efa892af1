/** The homes of the kit beside Create React App, as rows: each an app of another tool, version, framework or language. */
import type { BasePath, Framework, HomeApp, Language } from '../../support/homes/home-app';
import { rewiredApp } from '../../support/homes/rewired-app';
import { rsbuildApp } from '../../support/homes/rsbuild-app';
import { viteApp } from '../../support/homes/vite-apps';
import { webpackApp } from '../../support/homes/webpack-apps';

export interface HomeRow {
  readonly tool: 'vite-8' | 'vite-5' | 'rsbuild-2' | 'webpack-5' | 'react-app-rewired';
  readonly framework: Framework;
  readonly language: Language;
  /** `the tool's own` where `init` asks nothing. */
  readonly wasm: 'vite-plugin-wasm' | 'inline' | "the tool's own";
  readonly base: BasePath;
  /** What runs the app's own tests. */
  readonly tests: 'vitest' | 'jest' | 'none';
  /** Whether every run has it; `SCAFFOLD=all` has the others, too. */
  readonly isAlwaysRun: boolean;
}

const columns = ['tool', 'framework', 'language', 'wasm', 'base', 'tests', 'isAlwaysRun'] as const;

const table = [
  ['vite-8', 'react', 'typescript', 'inline', '/', 'vitest', true],
  ['vite-8', 'react', 'javascript', 'vite-plugin-wasm', '/sub/', 'none', false],
  ['vite-8', 'vue', 'typescript', 'vite-plugin-wasm', '/', 'vitest', false],
  ['vite-8', 'vue', 'javascript', 'inline', '/sub/', 'none', false],
  ['vite-5', 'react', 'typescript', 'vite-plugin-wasm', '/', 'none', false],
  ['vite-5', 'react', 'javascript', 'inline', '/sub/', 'none', false],
  ['vite-5', 'vue', 'typescript', 'inline', '/', 'none', false],
  ['vite-5', 'vue', 'javascript', 'vite-plugin-wasm', '/sub/', 'none', true],
  ['rsbuild-2', 'react', 'typescript', "the tool's own", '/sub/', 'none', true],
  ['webpack-5', 'react', 'javascript', "the tool's own", '/', 'jest', false],
  ['webpack-5', 'vue', 'typescript', "the tool's own", '/sub/', 'none', true],
  ['react-app-rewired', 'react', 'typescript', "the tool's own", '/', 'jest', true],
] as const;

export const allRows: readonly HomeRow[] = table.map(
  (values) => Object.fromEntries(columns.map((column, at) => [column, values[at]])) as unknown as HomeRow,
);

/** The rows of this run, of one framework: two files of tests run at the same time. */
export function rowsOf(framework: Framework): readonly HomeRow[] {
  return allRows.filter((row) => row.framework === framework && (row.isAlwaysRun || process.env.SCAFFOLD === 'all'));
}

/** `vite-8 react typescript inline /` */
export function titleOf({ tool, framework, language, wasm, base }: HomeRow): string {
  return `${tool} ${framework} ${language}, wasm: ${wasm}, served at ${base}`;
}

export function appOf({ tool, framework, language, tests }: HomeRow): HomeApp {
  switch (tool) {
    case 'vite-8':
      return viteApp({ vite: 8, framework, language, hasVitest: tests === 'vitest' });
    case 'vite-5':
      return viteApp({ vite: 5, framework, language });
    case 'rsbuild-2':
      return rsbuildApp;
    case 'webpack-5':
      return webpackApp(framework);
    case 'react-app-rewired':
      return rewiredApp;
  }
}
