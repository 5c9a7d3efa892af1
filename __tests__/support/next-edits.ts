/** Makes the edits that a command names, as a program does that knows nothing but its JSON. */
import type { NextEdit } from '../../src/cli/next';

/** @throws Error where the lines that an edit names are not there */
export function applyEdits(text: string, edits: readonly Pick<NextEdit, 'line' | 'before' | 'after'>[]): string {
  const lines = text.split('\n');
  for (const { line, before, after } of edits) {
    const old = before.split('\n');
    const found = lines.slice(line - 1, line - 1 + old.length).join('\n');
    if (found !== before) throw new Error(`Line ${line} is not what the edit says:\n${found}\n---\n${before}`);
    lines.splice(line - 1, old.length, ...(after === null ? [] : after.split('\n')));
  }
  return lines.join('\n');
}
