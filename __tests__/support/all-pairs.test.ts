import fc from 'fast-check';
import { options } from '../matrix/options';
import { allPairs, fullProduct, pairsOf } from './all-pairs';

/** At least two options: one alone has no pairs. */
const anyOptions = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 5 })
  .map((sizes) =>
    Object.fromEntries(sizes.map((size, at) => [`option${at}`, Array.from({ length: size }, (_, i) => i)])),
  );

test('the full product has every combination once', () => {
  expect(fullProduct({ a: [1, 2], b: ['x', 'y'] })).toEqual([
    { a: 1, b: 'x' },
    { a: 1, b: 'y' },
    { a: 2, b: 'x' },
    { a: 2, b: 'y' },
  ]);
});

test('whatever the options, every pair of values is in a row, and every row is one of the product', () => {
  fc.assert(
    fc.property(anyOptions, (given) => {
      const pairs = new Set(allPairs(given).flatMap(pairsOf));
      const entries = Object.entries(given);
      for (const [at, [name, values]] of entries.entries())
        for (const [otherName, otherValues] of entries.slice(at + 1))
          for (const value of values)
            for (const other of otherValues)
              expect(pairs).toContain(`${JSON.stringify([name, value])} ${JSON.stringify([otherName, other])}`);
      for (const row of allPairs(given)) expect(fullProduct(given)).toContainEqual(row);
    }),
  );
});

test('two options need their product, and more need hardly more rows', () => {
  expect(allPairs({ a: [1, 2], b: [1, 2, 3] })).toHaveLength(6);
  expect(allPairs({ a: [1, 2], b: [1, 2], c: [1, 2] })).toHaveLength(4);
});

test('the rows of the matrix hold every value of every option, every pair of values, and are few', () => {
  const rows = allPairs(options);
  for (const [name, values] of Object.entries(options) as [keyof typeof options, readonly unknown[]][])
    expect(new Set(rows.map((row) => row[name]))).toEqual(new Set(values));
  expect(new Set(rows.flatMap(pairsOf))).toEqual(new Set(fullProduct(options).flatMap(pairsOf)));
  expect(fullProduct(options)).toHaveLength(48);
  expect(rows.length).toBeLessThanOrEqual(8);
});
