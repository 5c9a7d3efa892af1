/** Source files as syntax trees. Everything that is said about an app's code is read here, nothing is ever run. */
import { parse, type ParserPlugin, type ParseResult } from '@babel/parser';
import type { File, Node } from '@babel/types';

/** Where something was found, in words a person can check. Lines count from 1. */
export interface Evidence {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly ast: ParseResult<File>;
}

/** People write no longer files, and what follows costs about two seconds of computing for each million characters. */
export const mostCharacters = 300_000;

/** The file's syntax tree, or `null` where its syntax cannot be read, or is too long to be. */
export function parseSource(file: string, text: string): SourceFile | null {
  if (text.length > mostCharacters) return null;
  try {
    return {
      path: file,
      text,
      ast: parse(text, { sourceType: 'unambiguous', errorRecovery: true, plugins: pluginsFor(file) }),
    };
  } catch {
    return null;
  }
}

/** The line of a node, as evidence. */
export function evidenceAt(source: SourceFile, node: Node): Evidence {
  return evidenceAtLine(source.path, source.text, node.loc?.start.line ?? 1);
}

export function evidenceAtLine(file: string, text: string, line: number): Evidence {
  return { file, line, text: printable((text.split(/\r?\n/)[line - 1] ?? '').trim().slice(0, 160)) };
}

/** The first line that matches, as evidence; `null` where none does. */
export function findLine(file: string, text: string, pattern: RegExp): Evidence | null {
  const index = text.split(/\r?\n/).findIndex((line) => pattern.test(line));
  return index === -1 ? null : evidenceAtLine(file, text, index + 1);
}

/** `src/App.tsx:12` */
export function whereIs(evidence: Evidence): string {
  return `${printable(evidence.file)}:${evidence.line}`;
}

/** Names of files and lines of code may hold what a terminal would obey. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => (character === '\t' ? ' ' : '\ufffd'));
}

/** Visits nodes depth first; a visitor that returns false keeps out of the node's children. */
export function visitNodes(nodes: readonly unknown[], visitor: (node: Node) => boolean): void {
  for (const node of nodes) {
    if (!isNode(node) || !visitor(node)) continue;
    for (const [key, child] of Object.entries(node)) {
      if (key !== 'loc' && key !== 'errors' && !key.endsWith('Comments'))
        visitNodes(Array.isArray(child) ? child : [child], visitor);
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

function pluginsFor(file: string): ParserPlugin[] {
  const shared: ParserPlugin[] = ['decorators-legacy', 'classProperties', 'topLevelAwait'];
  if (/\.[cm]?ts$/.test(file)) return [...shared, 'typescript'];
  if (/\.tsx$/.test(file)) return [...shared, 'typescript', 'jsx'];
  return [...shared, 'flow', 'jsx'];
}
