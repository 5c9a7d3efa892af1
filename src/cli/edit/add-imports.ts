/** Imports that a file of the app needs for what is written into it. */
import type { Node } from '@babel/types';
import type { Splice } from './splice';

export interface NeededImport {
  readonly name: string;
  readonly from: string;
}

/** Behind the last import, written as that is. */
export function importSplice(text: string, statements: readonly Node[], needed: readonly NeededImport[]): Splice {
  const last = statements.filter(({ type }) => type === 'ImportDeclaration').at(-1);
  const written = last === undefined ? `';` : text.slice(last.start ?? 0, last.end ?? 0);
  const quote = written.includes('"') ? '"' : "'";
  const end = written.endsWith(';') ? ';' : '';
  const lines = needed.map(({ name, from }) => `import { ${name} } from ${quote}${from}${quote}${end}`);
  return last === undefined
    ? { start: 0, end: 0, text: `${lines.join('\n')}\n` }
    : { start: last.end ?? 0, end: last.end ?? 0, text: `\n${lines.join('\n')}` };
}
