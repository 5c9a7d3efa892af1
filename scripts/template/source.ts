/** A source file of the template, edits of its text, and the error for what the generator has no form for. */
import ts from 'typescript';

export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Names the place in the form that editors and terminals turn into a link: `file:line:column`. */
export class TemplateSourceError extends Error {
  constructor(source: ts.SourceFile, position: number, reason: string) {
    const { line, character } = source.getLineAndCharacterOfPosition(position);
    super(`${source.fileName}:${line + 1}:${character + 1} ${reason}`);
    this.name = 'TemplateSourceError';
  }
}

export function refuse(node: ts.Node, reason: string): never {
  const source = node.getSourceFile();
  throw new TemplateSourceError(source, node.getStart(source), reason);
}

/** @throws TemplateSourceError when the text is not TypeScript. */
export function parseSource(file: string, text: string): ts.SourceFile {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS);
  const [problem] = (source as unknown as { readonly parseDiagnostics: readonly ts.DiagnosticWithLocation[] })
    .parseDiagnostics;
  if (problem) {
    throw new TemplateSourceError(source, problem.start, ts.flattenDiagnosticMessageText(problem.messageText, ' '));
  }
  return source;
}

/** The text from `start` to `end`, with the edits that lie in it. Edits must not overlap; those at one position are applied in their order. */
export function applyEdits(text: string, edits: readonly Edit[], start = 0, end = text.length): string {
  const sorted = edits
    .filter((edit) => edit.start >= start && edit.end <= end)
    .sort((one, other) => one.start - other.start || one.end - other.end);
  let result = '';
  let done = start;
  for (const edit of sorted) {
    if (edit.start < done) throw new Error(`two edits overlap at ${edit.start}: ${text.slice(edit.start, edit.end)}`);
    result += text.slice(done, edit.start) + edit.text;
    done = edit.end;
  }
  return result + text.slice(done, end);
}

/** The doc comment that belongs to a node: the last one before it. */
export function findDocComment(node: ts.Node): ts.JSDoc | undefined {
  return (node as ts.Node & { readonly jsDoc?: readonly ts.JSDoc[] }).jsDoc?.at(-1);
}

export function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === kind);
}

/** `A` of `A.B.C`. */
export function firstName(name: ts.EntityName): ts.Identifier {
  return ts.isIdentifier(name) ? name : firstName(name.left);
}

/** The name that a type begins with, when it names one. */
export function findTypeName(node: ts.Node): ts.Identifier | undefined {
  if (ts.isTypeReferenceNode(node)) return firstName(node.typeName);
  if (ts.isTypeQueryNode(node)) return firstName(node.exprName);
  if (ts.isExpressionWithTypeArguments(node) && ts.isIdentifier(node.expression)) return node.expression;
  return undefined;
}
