/** Takes out of a file that is read by lines (`.gitignore`) those that an edit has put into it. Lines that somebody has changed since are theirs. */
import { linesOf } from './same-content';
import type { EditedTexts } from './take-out-json';

export function takeOutLines({ present, written, original }: EditedTexts): string {
  const added = [...linesOf(written)];
  for (const line of linesOf(original)) {
    const index = added.indexOf(line);
    if (index !== -1) added.splice(index, 1);
  }
  const kept = present.split(/(?<=\n)/).filter((line) => {
    const index = added.indexOf(line.trim());
    if (line.trim() === '' || index === -1) return true;
    added.splice(index, 1);
    return false;
  });
  const text = kept.join('');
  // The edit has ended the last line.
  return text.trimEnd() === original.trimEnd() ? original : text;
}
