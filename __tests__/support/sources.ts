/** The sources of the package as the TypeScript compiler parses them, for tests of how they are written. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const root = path.join(__dirname, '../..');

/** A source file under its path from the root of the repository. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/** All TypeScript files below a folder, in order. AssemblyScript is another language. */
export function sourcesIn(folder: string): readonly Source[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')))
    .filter((file) => /\.[cm]?tsx?$/.test(file) && !/\.(asm|d)\.ts$/.test(file))
    .sort()
    .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }));
}

const parsed = new WeakMap<Source, ts.SourceFile>();

export function parse(source: Source): ts.SourceFile {
  let tree = parsed.get(source);
  if (!tree) parsed.set(source, (tree = ts.createSourceFile(source.file, source.text, ts.ScriptTarget.Latest, true)));
  return tree;
}

/** Whether any node of a tree is of this kind. */
export function hasNode(tree: ts.Node, isWanted: (node: ts.Node) => boolean): boolean {
  return isWanted(tree) || ts.forEachChild(tree, (child) => hasNode(child, isWanted) || undefined) === true;
}
