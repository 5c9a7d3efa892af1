/** Text for a terminal: lines of a given width, broken between words. A word that is longer (an address, a path) stays whole, so that it can be copied. */
import { stripVTControlCharacters } from 'node:util';

/** Of a terminal that does not say how wide it is, and of a pipe. */
export const usualWidth = 80;

/** Narrower ones break every second word; what is wider is hard to read. */
const [narrowest, widest] = [40, 110];

/** The columns that text may use on a stream. */
export function widthOf({ columns }: { readonly columns?: number | undefined }): number {
  return columns === undefined || columns <= 0 ? usualWidth : Math.min(Math.max(columns, narrowest), widest);
}

/** Columns on the screen: colours take none. */
export function visibleLength(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/**
 * `head`, and the text beside it, whose further lines begin below its first word. Where the head takes more than half of the line, the text stands below it.
 * Lines of the text that are indented are code: they stay as they are.
 */
export function hang(head: string, text: string, width: number): string {
  const [first = '', ...others] = text.split('\n');
  const column = visibleLength(head);
  const isBeside = column <= width / 2 || column + visibleLength(first) <= width;
  const indent = isBeside ? column : Math.min(6, Math.floor(width / 4));
  const begin = isBeside ? head : `${head.trimEnd()}\n${' '.repeat(indent)}`;
  return [
    begin + brokenLine(first, indent, width),
    ...others.map((line) => {
      if (line === '' || line.startsWith('  ')) return line;
      return ' '.repeat(indent) + brokenLine(line, indent, width);
    }),
  ].join('\n');
}

/** Each line that is too long goes on below its own first word. */
export function fit(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => {
      if (visibleLength(line) <= width) return line;
      const [indent = ''] = /^ */.exec(line) ?? [];
      return indent + brokenLine(line.slice(indent.length), indent.length, width);
    })
    .join('\n');
}

/** A line that begins at a column, as several. */
function brokenLine(text: string, column: number, width: number): string {
  const lines: string[] = [];
  let line = '';
  let length = 0;
  // Two spaces in a row stay, within a line.
  for (const word of text.split(' ')) {
    const wordLength = visibleLength(word);
    if (line !== '' && column + length + 1 + wordLength > width) {
      lines.push(line.trimEnd());
      line = word;
      length = wordLength;
    } else {
      line += line === '' ? word : ` ${word}`;
      length = visibleLength(line);
    }
  }
  return [...lines, line].join(`\n${' '.repeat(column)}`);
}
