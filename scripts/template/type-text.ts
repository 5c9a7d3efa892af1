/** Types as text for doc comments, where no comment can stand in them. */
import ts from 'typescript';
import type { EnumValues } from './erasable';
import { applyEdits, findDocComment, findTypeName, refuse, TemplateSourceError } from './source';
import type { Edit } from './source';
import type { TypeImports } from './type-imports';

export interface TypeText {
  /** The type as it stands in the source, with what the file has imported named in full where that is needed. */
  readonly ofType: (type: ts.TypeNode) => string;
  /** The members of an interface, with their braces. */
  readonly ofMembers: (node: ts.InterfaceDeclaration) => string;
  /** A method as the type of a function. */
  readonly ofMethod: (method: ts.MethodSignature) => string;
  /** The name of a property; one that is computed from an enum's member is the value of that. */
  readonly ofName: (name: ts.PropertyName) => string;
  /** An interface may have doc comments at its members, and no other comments. */
  readonly refuseLostComments: (node: ts.InterfaceDeclaration) => void;
}

export function createTypeText(source: ts.SourceFile, { prefixOf }: TypeImports, enums: EnumValues): TypeText {
  const { text } = source;

  function print(node: ts.Node, start: number, end: number): string {
    for (const position of commentsIn(start, end)) refuseComment(position);
    const [indent = ''] = /^ */.exec(text.slice(text.lastIndexOf('\n', start) + 1)) ?? [];
    return applyEdits(text, [...editsIn(node)], start, end).replaceAll(`\n${indent}`, '\n');
  }

  function* editsIn(node: ts.Node): Generator<Edit> {
    const name = findTypeName(node);
    if (name && prefixOf(name.text)) {
      const start = name.getStart(source);
      yield { start, end: start, text: prefixOf(name.text) };
    }
    if (ts.isComputedPropertyName(node)) yield { start: node.getStart(source), end: node.end, text: ofName(node) };
    else for (const child of childrenOf(node)) yield* editsIn(child);
  }

  function ofName(name: ts.PropertyName): string {
    if (!ts.isComputedPropertyName(name)) return name.getText(source);
    const { expression } = name;
    if (ts.isPropertyAccessExpression(expression) && ts.isIdentifier(expression.expression)) {
      const value = enums.get(expression.expression.text)?.get(expression.name.text);
      if (value !== undefined) return /^[a-z_$][\w$]*$/i.test(value) ? value : `'${value}'`;
    }
    return refuse(name, 'only a member of an enum of the template can be the name of a property');
  }

  function commentsIn(start: number, end: number): readonly number[] {
    const scanner = ts.createScanner(ts.ScriptTarget.ESNext, false, undefined, text, undefined, start, end - start);
    const found: number[] = [];
    for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
      const isComment = kind === ts.SyntaxKind.SingleLineCommentTrivia || kind === ts.SyntaxKind.MultiLineCommentTrivia;
      if (isComment) found.push(scanner.getTokenStart());
    }
    return found;
  }

  function refuseComment(position: number): never {
    throw new TemplateSourceError(
      source,
      position,
      'JSDoc has no comments inside a type: write it above the declaration, at a member of an enum, or at a property of a plain interface',
    );
  }

  return {
    ofType: (type) => print(type, type.getStart(source), type.end),
    ofMembers: (node) => print(node, text.lastIndexOf('{', node.members.pos), node.end),
    ofMethod(method) {
      const start = (method.typeParameters ?? method.parameters).pos - 1;
      const { type } = method;
      if (!type) return refuse(method, 'a method needs the type of its result');
      const close = method.getChildren(source).find(({ kind }) => kind === ts.SyntaxKind.CloseParenToken);
      return `${print(method, start, close!.end)} => ${print(type, type.getStart(source), type.end)}`;
    },
    ofName,
    refuseLostComments(node) {
      const docs = new Set(node.members.map((member) => findDocComment(member)?.pos));
      for (const position of commentsIn(node.members.pos, node.end)) if (!docs.has(position)) refuseComment(position);
    },
  };
}

function childrenOf(node: ts.Node): readonly ts.Node[] {
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  return children;
}
