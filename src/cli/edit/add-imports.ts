/** Imports that a file of the app needs for what is written into it. */
import type { Node } from '@babel/types';
import { printString } from './print';
import type { Splice } from './splice';

export interface NeededImport {
  readonly name: string;
  readonly from: string;
  /** What the module exports as its default. */
  readonly isDefault?: boolean;
}

export function importLine({ name, from, isDefault }: NeededImport, quote: string, end: string): string {
  return `import ${isDefault === true ? name : `{ ${name} }`} from ${printString(from, quote)}${end}`;
}

/** Behind the last import, written and indented as that is. */
export function importSplice(text: string, statements: readonly Node[], needed: readonly NeededImport[]): Splice {
  const last = statements.filter(({ type }) => type === 'ImportDeclaration').at(-1);
  const written = last === undefined ? `';` : text.slice(last.start ?? 0, last.end ?? 0);
  const quote = written.includes('"') ? '"' : "'";
  const end = written.endsWith(';') ? ';' : '';
  const lines = needed.map((each) => importLine(each, quote, end));
  const lineEnd = lineEndOf(text);
  if (last === undefined) return { start: 0, end: 0, text: lines.map((line) => line + lineEnd).join('') };
  const at = behind(text, last);
  const indent = /(?<=^|\n)[ \t]*$/.exec(text.slice(0, last.start ?? 0))?.[0] ?? '';
  return { start: at, end: at, text: lines.map((line) => lineEnd + indent + line).join('') };
}

/** Where a line behind a statement can begin: behind the comments that are about it. */
export function behind(text: string, statement: Node): number {
  const end = statement.end ?? 0;
  return end + (trailingComments.exec(text.slice(end))?.[0].length ?? 0);
}

export function lineEndOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** What stands behind a statement on its line, where that are comments alone: they are about it. */
const trailingComments = /^(?:[ \t]*\/\*(?:(?!\*\/)[^\r\n])*\*\/)*(?:[ \t]*\/\/[^\r\n]*)?(?=[ \t]*(?:\r?\n|$))/;
