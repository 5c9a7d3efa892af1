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

/** The first is what most apps have. */
export const rows: readonly Row[] = process.env.MATRIX === 'all' ? fullProduct(options) : allPairs(options);
