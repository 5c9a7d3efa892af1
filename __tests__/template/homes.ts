/** Apps in which the template has to compile as it is, by what their tools write into tsconfig.json. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tsconfigOfCra } from '../support/tsconfig-of-cra';
import { copyForm } from './forms';
import type { FormName, Framework } from './forms';
import { uses, wrongLinesOf } from './use';

export interface Home {
  readonly name: string;
  readonly framework: Framework;
  readonly compilerOptions: object;
  /** Those that its compiler takes. */
  readonly forms: readonly FormName[];
}

/** Stricter than the homes are, with JavaScript checked by its comments. */
const inAddition = { allowJs: true, checkJs: true, noUnusedLocals: true, noUnusedParameters: true };

const reactOfVite = {
  target: 'ES2022',
  useDefineForClassFields: true,
  lib: ['ES2022', 'DOM', 'DOM.Iterable'],
  module: 'ESNext',
  skipLibCheck: true,
  moduleResolution: 'bundler',
  allowImportingTsExtensions: true,
  verbatimModuleSyntax: true,
  moduleDetection: 'force',
  noEmit: true,
  jsx: 'react-jsx',
  strict: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  erasableSyntaxOnly: true,
  noFallthroughCasesInSwitch: true,
  noUncheckedSideEffectImports: true,
};

export const cra: Home = {
  name: 'cra-template-typescript',
  framework: 'react',
  compilerOptions: { ...tsconfigOfCra.compilerOptions, ...inAddition, types: [] },
  forms: ['typescript', 'erasable', 'javascript'],
};

export const vueCli: Home = {
  name: 'Vue CLI 5',
  framework: 'vue',
  compilerOptions: {
    target: 'esnext',
    module: 'esnext',
    strict: true,
    jsx: 'preserve',
    moduleResolution: 'node',
    skipLibCheck: true,
    esModuleInterop: true,
    allowSyntheticDefaultImports: true,
    forceConsistentCasingInFileNames: true,
    useDefineForClassFields: true,
    sourceMap: true,
    noEmit: true,
    lib: ['esnext', 'dom', 'dom.iterable', 'scripthost'],
    ...inAddition,
    // Not of the tool: the worker imports config.json.
    resolveJsonModule: true,
    types: [],
  },
  forms: ['typescript', 'erasable', 'javascript'],
};

export const vite: readonly Home[] = [
  {
    // Its templates say `erasableSyntaxOnly` since 6.5.
    name: 'create-vite react-ts with enums',
    framework: 'react',
    compilerOptions: { ...reactOfVite, ...inAddition, erasableSyntaxOnly: false, isolatedModules: true, types: [] },
    forms: ['typescript'],
  },
  {
    // And what the strictest apps add to it.
    name: 'create-vite react-ts',
    framework: 'react',
    compilerOptions: {
      ...reactOfVite,
      ...inAddition,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true,
      isolatedModules: true,
      types: [],
    },
    forms: ['erasable', 'javascript'],
  },
  {
    // @vue/tsconfig/tsconfig.dom.json and what create-vite adds to it.
    name: 'create-vite vue-ts',
    framework: 'vue',
    compilerOptions: {
      ...reactOfVite,
      ...inAddition,
      target: 'ESNext',
      lib: ['ES2022', 'DOM', 'DOM.Iterable'],
      allowArbitraryExtensions: true,
      jsx: 'preserve',
      jsxImportSource: 'vue',
      noImplicitThis: true,
      noUncheckedIndexedAccess: true,
      resolveJsonModule: true,
      esModuleInterop: true,
      types: [],
    },
    forms: ['erasable', 'javascript'],
  },
];

export interface AppSettings {
  /** Where the entries of `zero-backend-sync` are, for an app in which it is not installed. */
  readonly paths?: Readonly<Record<string, readonly string[]>>;
  /** What the app's triple-slash reference names: a package or a file. */
  readonly typesOfPackage?: string;
  /** Files beside each form, in the folder above it. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Writes an app's sources and its tsconfig.json: each form of the template that the home takes, in a folder of its name. */
export function writeApp(app: string, home: Home, forms: string, settings: AppSettings = {}): void {
  const { files = {}, paths, typesOfPackage = 'zero-backend-sync/types' } = settings;
  mkdirSync(path.join(app, 'src'), { recursive: true });
  for (const form of home.forms) {
    copyForm(forms, form, home.framework, path.join(app, 'src', form, 'lib'));
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(app, 'src', form, file), text);
  }
  const kind = path.isAbsolute(typesOfPackage) ? 'path' : 'types';
  writeFileSync(path.join(app, 'src/env.d.ts'), `/// <reference ${kind}="${typesOfPackage}" />\n`);
  const compilerOptions = { ...home.compilerOptions, ...(paths && { paths }) };
  const tsconfig = { compilerOptions, include: ['src'] };
  writeFileSync(path.join(app, 'tsconfig.json'), JSON.stringify(tsconfig));
}

export interface UseSettings extends AppSettings {
  /** The folder of a TypeScript package; CRA's settings are those of 4.9 and 5, Vite's of 5.8 and later. */
  readonly typescript: string;
  /** A folder, with the packed `zero-backend-sync` in its node_modules unless `paths` are given. */
  readonly app: string;
  readonly home: Home;
  /** Of `buildForms`. */
  readonly forms: string;
}

/** Has an app that uses the template rightly and wrongly checked. What is found has to be what is expected: the lines that are wrong, and no others. */
export function checkUse({ typescript, app, home, forms, ...settings }: UseSettings): {
  readonly found: readonly string[];
  readonly expected: readonly string[];
} {
  const { use, misuse } = uses[home.framework];
  writeApp(app, home, forms, { ...settings, files: { 'use.js': use, 'misuse.js': misuse } });
  const places = typeCheck(typescript, app).map(
    (error) => /^([^(]+\(\d+),\d+(\)): error /.exec(error)?.slice(1).join('') ?? error,
  );
  const expected = home.forms.flatMap((form) => wrongLinesOf(misuse).map((line) => `src/${form}/misuse.js(${line})`));
  return { found: [...new Set(places)].sort(), expected: expected.sort() };
}

/** What `npx tsc` says is wrong with the app's own files. */
export function typeCheck(typescript: string, app: string): readonly string[] {
  const tsc = path.join(typescript, 'bin/tsc');
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', app, '--pretty', 'false'], {
    cwd: app,
    encoding: 'utf8',
  });
  return `${stdout}${stderr}`.split('\n').filter((line) => /^(src\/|error )/.test(line));
}
