/** Takes entries out of literals at positions of their syntax tree; every other character stays. */
import type { ArrayExpression, Node, ObjectExpression } from '@babel/types';
import { applySplices, type Splice } from './splice';

/** The text without one entry of an object or array literal, its comma and its line. */
export function removeEntry(text: string, literal: ObjectExpression | ArrayExpression, entry: Node): string {
  const entries: readonly (Node | null)[] = literal.type === 'ObjectExpression' ? literal.properties : literal.elements;
  const index = entries.indexOf(entry);
  const [start, end] = [positionOf(entry.start), positionOf(entry.end)];
  const previous = index > 0 ? entries[index - 1] : null;
  const open = positionOf(literal.start) + 1;
  const close = positionOf(literal.end) - 1;
  const lead = start - (/\s*$/.exec(text.slice(open, start))?.[0].length ?? 0);
  const comma = commaAfter(text, end, positionOf(entries[index + 1]?.start ?? close));
  if (entries.length === 1) {
    const rest = text.slice(open, lead) + text.slice(comma ?? end, close);
    return applySplices(text, [{ start: open, end: close, text: rest.trim() === '' ? '' : rest }]);
  }
  const splices: Splice[] = [{ start: lead, end: comma ?? end, text: '' }];
  // The comma before the last entry belongs to it, unless the literal ends with one.
  if (index === entries.length - 1 && comma === null && previous != null) {
    const before = commaAfter(text, positionOf(previous.end), start);
    if (before !== null) splices.push({ start: before - 1, end: before, text: '' });
    return applySplices(text, joined(splices));
  }
  return applySplices(text, splices);
}

/** The position behind a comma, which is not one in a comment. */
function commaAfter(text: string, from: number, to: number): number | null {
  const between = text.slice(from, to).replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (comment) => ' '.repeat(comment.length));
  const index = between.indexOf(',');
  return index === -1 ? null : from + index + 1;
}

/** Neighbours that touch or overlap, as one. */
function joined([entry, comma]: readonly Splice[]): readonly Splice[] {
  if (entry === undefined || comma === undefined) return [];
  return comma.end > entry.start
    ? [{ start: Math.min(comma.start, entry.start), end: entry.end, text: '' }]
    : [entry, comma];
}

function positionOf(position: number | null | undefined): number {
  if (position == null) throw new Error('A node without a position cannot be removed.');
  return position;
}
