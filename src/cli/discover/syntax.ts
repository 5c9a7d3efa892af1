/** Source files as syntax trees. Everything that is said about an app's code is read here, nothing is ever run. */
import { parse, type ParserPlugin, type ParseResult } from '@babel/parser';
import type { File, Node, Program } from '@babel/types';
import { readVueFile, type VueFile } from './vue/file';

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
  /** The blocks of a single-file component of Vue; `null` for any other file. */
  readonly vue: VueFile | null;
}

/** A name of a file that can be parsed, declarations included. */
export function isCodeName(file: string): boolean {
  return /\.([cm]?[jt]sx?|vue)$/.test(file);
}

/** A name that code of the app has: declarations have none. */
export function isSourceName(file: string): boolean {
  return isCodeName(file) && !/\.d\.[cm]?ts$/.test(file);
}

/** People write no longer files, and what follows costs about two seconds of computing for each million characters. */
export const mostCharacters = 300_000;

/** The file's syntax tree, or `null` where its syntax cannot be read, or is too long to be. */
export function parseSource(file: string, text: string): SourceFile | null {
  if (text.length > mostCharacters) return null;
  try {
    const vue = file.endsWith('.vue') ? readVueFile(file, text) : null;
    const ast = parse(vue?.code ?? text, {
      sourceType: vue === null ? 'unambiguous' : 'module',
      errorRecovery: true,
      plugins: pluginsFor(vue === null ? file : `${file}.${vue.language}`),
    });
    if (vue !== null) joinScripts(ast.program, vue);
    return { path: file, text, ast, vue };
  } catch {
    return null;
  }
}

/** Both scripts of a component may import the same name; which component a program is, is read from its node. */
function joinScripts(program: Program, vue: VueFile): void {
  const names = new Set<string>();
  for (const node of program.body) {
    if (node.type !== 'ImportDeclaration') continue;
    node.specifiers = node.specifiers.filter(({ local }) => !names.has(local.name));
    for (const { local } of node.specifiers) names.add(local.name);
  }
  program.extra = { ...program.extra, vue };
}

/** The component that a program is; `null` where it is a file of another kind. */
export function vueFileOf(program: Node): VueFile | null {
  return (program.extra?.vue as VueFile | undefined) ?? null;
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
