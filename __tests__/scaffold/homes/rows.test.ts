/** Few rows run each time, so each value of each option, and each pair that is apt to fail together, has to stand in them or at least in all. */
import { pairsOf } from '../../support/all-pairs';
import { allRows, type HomeRow } from './rows';

const options = ['tool', 'framework', 'language', 'wasm', 'base', 'tests'] as const;
const always = allRows.filter(({ isAlwaysRun }) => isAlwaysRun);

test.each(options)('each value of %s stands in a row that every run has', (option) => {
  const values = (rows: readonly HomeRow[]) => [...new Set(rows.map((row) => row[option]))].sort();
  expect(values(always)).toEqual(values(allRows));
});

test('all rows hold each pair of a version of Vite with what an app of it can be', () => {
  const pairs = new Set(allRows.flatMap(({ tests: _, isAlwaysRun: __, ...row }) => pairsOf({ ...row })));
  const missing = ['vite-8', 'vite-5'].flatMap((tool) =>
    Object.entries({
      framework: ['react', 'vue'],
      language: ['typescript', 'javascript'],
      wasm: ['vite-plugin-wasm', 'inline'],
      base: ['/', '/sub/'],
    }).flatMap(([option, values]) =>
      values.flatMap((value) => pairsOf({ tool, [option]: value }).filter((pair) => !pairs.has(pair))),
    ),
  );
  expect(missing).toEqual([]);
});
