/** What can be chosen of an app and of the preset, and the rows of the matrix: every pair of choices, or all combinations where MATRIX is `all`. */
import { allPairs, fullProduct } from '../support/all-pairs';
import type { RowOf } from '../support/all-pairs';

export const options = {
  template: ['cra-template-typescript', 'cra-template'],
  wasm: ['wasm-loader', 'asset'],
  worker: ['native', 'workerize'],
  homepage: ['/', '/sub', '.'],
  command: ['start', 'build'],
} as const;

export type Row = RowOf<typeof options>;

const isWhole = process.env.MATRIX === 'all';

export const rows: readonly Row[] = isWhole ? fullProduct(options) : allPairs(options);

/** The templates for what has nothing to do with an app's language: one of them, or all. */
export const anyTemplate: readonly Row['template'][] = isWhole ? options.template : options.template.slice(0, 1);
