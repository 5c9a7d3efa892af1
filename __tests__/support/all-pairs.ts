/**
 * Pairwise testing: most faults of a program with options show with one value or with two together, so rows in which every pair of values of two
 * options stands at least once find nearly what the full product finds, with a fraction of its rows.
 */

export type Options = Readonly<Record<string, readonly unknown[]>>;
export type RowOf<Given extends Options> = { readonly [Name in keyof Given]: Given[Name][number] };

/** All combinations, the last option changing fastest. */
export function fullProduct<Given extends Options>(options: Given): readonly RowOf<Given>[] {
  const rows = Object.entries(options).reduce<readonly object[]>(
    (sofar, [name, values]) => sofar.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  );
  return rows as readonly RowOf<Given>[];
}

/** Few rows of the full product that hold every pair, always the same: in turn the one that holds the most pairs that are still missing. */
export function allPairs<Given extends Options>(options: Given): readonly RowOf<Given>[] {
  const candidates = fullProduct(options);
  const missing = new Set(candidates.flatMap(pairsOf));
  const rows: RowOf<Given>[] = [];
  const newPairs = (row: RowOf<Given>) => pairsOf(row).filter((pair) => missing.has(pair)).length;
  while (missing.size > 0) {
    const best = candidates.reduce((first, row) => (newPairs(row) > newPairs(first) ? row : first));
    pairsOf(best).forEach((pair) => missing.delete(pair));
    rows.push(best);
  }
  return rows;
}

/** Every two values of a row, with the names of their options. */
export function pairsOf(row: Readonly<Record<string, unknown>>): readonly string[] {
  const settings = Object.entries(row).map((setting) => JSON.stringify(setting));
  return settings.flatMap((one, at) => settings.slice(at + 1).map((other) => `${one} ${other}`));
}
