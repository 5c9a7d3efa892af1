/**
 * Edits of source text at positions taken from its syntax tree. A printer for whole trees (recast was tried) adds blank lines around multi-line
 * properties and drops trailing commas; an insertion leaves every other character of a stranger's file as it is.
 */
import type { ArrayExpression, Node, ObjectExpression } from '@babel/types';

export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with all splices made. They must not overlap. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  return [...splices]
    .sort((a, b) => b.start - a.start)
    .reduce((result, { start, end, text: inserted }) => result.slice(0, start) + inserted + result.slice(end), text);
}

export function replaceNode(node: Node, text: string): Splice {
  return { ...rangeOf(node), text };
}

/** Puts an entry (`key: value` or an element) at the end of an object or array literal, in the style of the literal. */
export function appendTo(text: string, literal: ObjectExpression | ArrayExpression, entry: string): Splice {
  const { start, end } = rangeOf(literal);
  const last = (literal.type === 'ObjectExpression' ? literal.properties : literal.elements).at(-1) ?? null;
  const closing = end - 1;
  const isMultiLine = text.slice(start, end).includes('\n');
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const outer = indentationAt(text, start);

  if (last === null) {
    const space = literal.type === 'ObjectExpression' ? ' ' : '';
    const inserted = isMultiLine
      ? `${newline}${outer}${indentationUnit(text)}${entry}${newline}${outer}`
      : `${space}${entry}${space}`;
    return { start: start + 1, end: closing, text: commentsBetween(text, start + 1, closing) + inserted };
  }

  const lastEnd = rangeOf(last).end;
  const tail = text.slice(lastEnd, closing);
  const comma = indexOfComma(tail);
  const afterComma = lastEnd + (comma === -1 ? 0 : comma + 1);
  if (!isMultiLine || !startsLine(text, rangeOf(last).start)) {
    // An element on a line of its own only because its neighbour spans lines keeps the literal's one-line style.
    return { start: lastEnd, end: afterComma, text: `, ${entry}${comma === -1 ? '' : ','}` };
  }
  const inner = indentationAt(text, rangeOf(last).start);
  // A comment behind the last entry stays behind it.
  const lineEnd =
    afterComma + (/^[ \t]*(\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/)?/.exec(text.slice(afterComma, closing))?.[0].length ?? 0);
  const trailing = text.slice(afterComma, lineEnd).trimEnd();
  return {
    start: lastEnd,
    end: afterComma + trailing.length,
    text: `,${trailing}${newline}${inner}${entry}${comma === -1 ? '' : ','}`,
  };
}

/** Puts an entry before another one of an object literal, on a line of its own where that one has one. */
export function insertBefore(text: string, next: Node, entry: string): Splice {
  const { start } = rangeOf(next);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const separator = startsLine(text, start) ? `,${newline}${indentationAt(text, start)}` : ', ';
  return { start, end: start, text: entry + separator };
}

/** The literal's own indentation unit: what the file's first indented line begins with, otherwise two spaces. */
export function indentationUnit(text: string): string {
  return /(?:^|\n)([ \t]+)\S/.exec(text)?.[1] ?? '  ';
}

function rangeOf(node: Node): { readonly start: number; readonly end: number } {
  if (node.start == null || node.end == null) throw new Error('A node without a position cannot be edited.');
  return { start: node.start, end: node.end };
}

function indentationAt(text: string, position: number): string {
  const lineStart = text.lastIndexOf('\n', position - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart, position))?.[0] ?? '';
}

function startsLine(text: string, position: number): boolean {
  const lineStart = text.lastIndexOf('\n', position - 1) + 1;
  return text.slice(lineStart, position).trim() === '';
}

function commentsBetween(text: string, start: number, end: number): string {
  return text.slice(start, end).trimEnd();
}

/** The position of a trailing comma, not one inside a comment. */
function indexOfComma(tail: string): number {
  const blanked = tail.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (comment) => ' '.repeat(comment.length));
  return blanked.indexOf(',');
}
