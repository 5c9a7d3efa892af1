/** Three-way merge of texts by lines. */

export interface MergedText {
  readonly text: string;
  readonly hasConflicts: boolean;
}

/**
 * What both sides made of `base`. Where both changed the same lines differently, both stand there between conflict marks.
 * @param labels of the two sides, for the marks
 */
export async function mergeTexts(
  base: string,
  mine: string,
  theirs: string,
  labels: { readonly mine: string; readonly theirs: string },
): Promise<MergedText> {
  if (mine === theirs || theirs === base) return { text: mine, hasConflicts: false };
  if (mine === base) return { text: theirs, hasConflicts: false };
  // Published with declarations for ES modules only.
  const { diff3Merge } = await import('node-diff3');
  const newline = mine.includes('\r\n') ? '\r\n' : '\n';
  const lines = (text: string) => text.split(/\r?\n/);
  const regions = diff3Merge(lines(mine), lines(base), lines(theirs), { excludeFalseConflicts: true });
  const merged = regions.flatMap((region) =>
    region.conflict
      ? [`<<<<<<< ${labels.mine}`, ...region.conflict.a, '=======', ...region.conflict.b, `>>>>>>> ${labels.theirs}`]
      : (region.ok ?? []),
  );
  return { text: merged.join(newline), hasConflicts: regions.some((region) => region.conflict !== undefined) };
}
