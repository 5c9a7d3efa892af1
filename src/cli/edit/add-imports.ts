/** Imports that a file of the app needs for what is written into it. */
import type { Node } from '@babel/types';
import { printString } from './print';
import type { Splice } from './splice';

export interface NeededImport {
  /** `name`, or `name as other`. */
  readonly name: string;
  readonly from: string;
  /** Whether it is the default export. */
  readonly isDefault?: boolean;
}

/** Behind the last import, written as that is. */
export function importSplice(text: string, statements: readonly Node[], needed: readonly NeededImport[]): Splice {
  const last = statements.filter(({ type }) => type === 'ImportDeclaration').at(-1);
  const written = last === undefined ? `';` : text.slice(last.start ?? 0, last.end ?? 0);
  const quote = written.includes('"') ? '"' : "'";
  const end = written.endsWith(';') ? ';' : '';
  const lines = needed.map(
    ({ name, from, isDefault }) =>
      `import ${isDefault === true ? name : `{ ${name} }`} from ${printString(from, quote)}${end}`,
  );
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  if (last === undefined) return { start: 0, end: 0, text: lines.map((line) => line + lineEnd).join('') };
  const at = (last.end ?? 0) + (trailingComments.exec(text.slice(last.end ?? 0))?.[0].length ?? 0);
  return { start: at, end: at, text: lines.map((line) => lineEnd + line).join('') };
}

/** What stands behind a statement on its line, where that are comments alone: they are about it. */
const trailingComments = /^(?:[ \t]*\/\*(?:(?!\*\/)[^\r\n])*\*\/)*(?:[ \t]*\/\/[^\r\n]*)?(?=[ \t]*(?:\r?\n|$))/;
