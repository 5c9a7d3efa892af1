/** Apps with what a plan writes into them, as the compiler sees them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { root } from '../template/forms';
import { cra, typeCheck } from '../template/homes';

type Files = Readonly<Record<string, string>>;

/** Enough of the packages' types for what is written. */
const packages: Files = {
  'node_modules/@reduxjs/toolkit/index.d.ts': `export interface Action { type: string }
type Reducer<S> = (state: S | undefined, action: any) => S;
type Reducers<S> = { [K in keyof S]: Reducer<S[K]> };
export function combineReducers<S>(reducers: Reducers<S>): Reducer<S>;
export function configureStore<S>(options: { reducer: Reducer<S> | Reducers<S>; preloadedState?: Partial<S> }): { getState(): S; dispatch(action: Action): unknown; subscribe(changed: () => void): () => void };
export function createSlice<S>(options: { name: string; initialState: S | (() => S); reducers: object }): { reducer: Reducer<S>; actions: any };
`,
  'node_modules/zustand/index.d.ts': `export interface Store<S> { (): S; getState(): S; subscribe(changed: () => void): () => void; setState(update: Partial<S> | ((state: S) => Partial<S>)): void; getInitialState(): S }
type Maker<S> = (set: Store<S>['setState']) => S;
export function create<S>(): (maker: Maker<S>) => Store<S>;
export function create<S>(maker: Maker<S>): Store<S>;
`,
};

/** Of files below src, with the settings of Create React App. */
export function compileErrors(files: Files): readonly string[] {
  const app = mkdtempSync(path.join(tmpdir(), 'zbs-bound-'));
  const paths = Object.fromEntries(
    ['core', 'page', 'worker', 'react'].map((entry) => [
      `zero-backend-sync/${entry}`,
      [path.join(root, `src/runtime/${entry}/index.ts`)],
    ]),
  );
  const compilerOptions = { ...cra.compilerOptions, checkJs: false, paths };
  const all = {
    ...packages,
    ...files,
    'src/env.d.ts': `/// <reference path="${path.join(root, 'types/index.d.ts')}" />\n`,
    'tsconfig.json': JSON.stringify({ compilerOptions, include: ['src'] }),
  };
  for (const [file, text] of Object.entries(all)) {
    mkdirSync(path.dirname(path.join(app, file)), { recursive: true });
    writeFileSync(path.join(app, file), text);
  }
  try {
    return typeCheck(path.join(root, 'node_modules/typescript'), app);
  } finally {
    rmSync(app, { recursive: true });
  }
}
