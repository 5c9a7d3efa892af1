/** The code of the documents, as a reader would paste it: tests build apps from it, so that what the documents say is what works. */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';

export interface Snippet {
  /** Of the app, such as `src/state/sync.ts`. */
  readonly file: string;
  readonly text: string;
}

const fence = /^```\w+ app=(\S+) file=(\S+)\n([\s\S]*?)^```$/gm;

/**
 * The snippets of a document in `docs/` that belong to one app, in their order. A snippet names both behind its language, which no renderer shows:
 * "```tsx app=redux file=src/sync.ts". Several of the same file are its parts, one below the other.
 * @throws Error if there is none: a test that builds nothing would pass.
 */
export function snippetsOf(document: string, app: string): readonly Snippet[] {
  const text = readFileSync(path.join(__dirname, '../../docs', document), 'utf8');
  const parts = [...text.matchAll(fence)].filter(([, of]) => of === app);
  if (parts.length === 0) throw new Error(`docs/${document} has no snippet for the app "${app}".`);
  const byFile = new Map<string, string>();
  for (const [, , file = '', code = ''] of parts) byFile.set(file, (byFile.get(file) ?? '') + code);
  return [...byFile].map(([file, code]) => ({ file, text: code }));
}

/** The lines of code that somebody has to write: neither empty nor a comment. */
export function linesOfCode(text: string): number {
  const isCode = (line: string) => line.trim() !== '' && !/^\s*(\/\/|\/\*|\*)/.test(line);
  return text.split('\n').filter(isCode).length;
}
