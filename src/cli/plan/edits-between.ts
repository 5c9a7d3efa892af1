/** What turns one text of a file into another, as edits of whole lines. */
import { structuredPatch } from 'diff';
import type { NextEdit } from '../next';

/** From the end of the file to its beginning, so that each line number holds when its edit is made. */
export function editsBetween(file: string, before: string, after: string, why: string): readonly NextEdit[] {
  const lines = before.split('\n');
  const { hunks } = structuredPatch(file, file, before, after, '', '', { context: 0 });
  return hunks
    .map(({ oldStart, oldLines, lines: changed }): NextEdit => {
      const added = changed.filter((line) => line.startsWith('+')).map((line) => line.slice(1));
      if (oldLines === 0) {
        // Nothing goes, so the line before what is added, or the first one, is taken as what stands there.
        const line = Math.max(1, oldStart - 1);
        const stands = lines[line - 1] ?? '';
        const text = oldStart <= 1 ? [...added, stands] : [stands, ...added];
        return { kind: 'edit', file, line, before: stands, after: text.join('\n'), why };
      }
      const stands = lines.slice(oldStart - 1, oldStart - 1 + oldLines).join('\n');
      return {
        kind: 'edit',
        file,
        line: oldStart,
        before: stands,
        after: added.length === 0 ? null : added.join('\n'),
        why,
      };
    })
    .reverse();
}
