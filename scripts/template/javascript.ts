/**
 * JavaScript with JSDoc types, as one would write it by hand: types go into the doc comments of what they describe, and everything else stays as it is.
 * What has no such form is an error that names its place.
 */
import ts from 'typescript';
import { readDocComment, writeDocComment } from './doc-comment';
import type { DocComment, Tag } from './doc-comment';
import type { EnumValues } from './erasable';
import { readSignature } from './signature';
import { applyEdits, findDocComment, hasModifier, parseSource, refuse } from './source';
import type { Edit } from './source';
import { readTypeImports } from './type-imports';
import { createTypeText } from './type-text';
import { toTypedef } from './typedef';

/**
 * @param text in the form of `toErasable`.
 * @param enums those of all files of the template.
 * @throws TemplateSourceError for types that JSDoc has no form for.
 */
export function toJavaScript(file: string, text: string, enums: EnumValues): string {
  const source = parseSource(file, text);
  const imports = readTypeImports(source);
  const types = createTypeText(source, imports, enums);
  const edits: Edit[] = [...imports.edits];

  function visit(node: ts.Node | undefined): void {
    if (!node || ts.isImportDeclaration(node) || (ts.isExportDeclaration(node) && node.isTypeOnly)) return;
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return replaceByTypedef(node);
    if (ts.isVariableStatement(node)) return visitVariables(node);
    if (ts.isPropertyDeclaration(node)) return visitProperty(node);
    if (ts.isAsExpression(node)) return visitAssertion(node);
    if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return visitCallback(node);
    if (isDocumentedFunction(node)) return visitFunction(node, node);
    refuseUnknown(node);
    ts.forEachChild(node, visit);
  }

  function replaceByTypedef(node: ts.InterfaceDeclaration | ts.TypeAliasDeclaration): void {
    const start = findDocComment(node)?.pos ?? node.getStart(source);
    edits.push({ start, end: node.end, text: writeDocComment(toTypedef(node, commentOf(node), types), 0) });
  }

  function visitVariables(node: ts.VariableStatement): void {
    const { declarations } = node.declarationList;
    const [{ name, type, initializer, exclamationToken }] = declarations as unknown as [ts.VariableDeclaration];
    if (declarations.length > 1 || exclamationToken || hasModifier(node, ts.SyntaxKind.DeclareKeyword)) {
      refuseUnknown(node);
      return ts.forEachChild(node, visit);
    }
    visit(name);
    if (!type && initializer && ts.isArrowFunction(initializer)) return visitFunction(initializer, node);
    if (type) {
      document(node, [writeType(type)]);
      erase(name.end, type.end);
    }
    visit(initializer);
  }

  function visitProperty(node: ts.PropertyDeclaration): void {
    const { name, type, initializer, questionToken } = node;
    if (questionToken) refuse(node, 'write the type of this property as a union with undefined');
    document(node, [...takeModifiers(node), ...(type ? [writeType(type)] : [])]);
    if (type) erase(name.end, type.end);
    visit(name);
    visit(initializer);
  }

  /** @param holder what the comment is written above. */
  function visitFunction(node: ts.FunctionLikeDeclaration, holder: ts.Node): void {
    if (!node.body) refuse(node, 'JSDoc has no form for signatures without a body');
    const { comment, edits: erased } = readSignature(node, commentOf(holder), types);
    replaceComment(holder, { ...comment, tags: [...takeModifiers(node), ...comment.tags] });
    edits.push(...erased);
    visit(node.name);
    visitCode(node);
  }

  /** A function in the middle of an expression: its parameters have their types before them. */
  function visitCallback(node: ts.ArrowFunction | ts.FunctionExpression): void {
    if (node.type || node.typeParameters) refuse(node, 'give this function a name, or have its result inferred');
    for (const { name, type, questionToken } of node.parameters) {
      if (questionToken) refuse(name, 'an optional parameter needs a function with a name');
      if (!type) continue;
      const start = name.getStart(source);
      edits.push({ start, end: start, text: `/** @type {${types.ofType(type)}} */ ` });
      erase(name.end, type.end);
    }
    visitCode(node);
  }

  function visitCode(node: ts.FunctionLikeDeclaration): void {
    for (const { name, initializer } of node.parameters) {
      visit(name);
      visit(initializer);
    }
    visit(node.body);
  }

  function visitAssertion({ expression, type, end }: ts.AsExpression): void {
    const start = expression.getStart(source);
    edits.push({ start, end: start, text: `/** @type {${types.ofType(type)}} */ (` });
    visit(expression);
    edits.push({ start: expression.end, end, text: ')' });
  }

  /** Removes `private` and the like, and returns the tags for them. */
  function takeModifiers(node: ts.Node): readonly Tag[] {
    const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
    return modifiers.flatMap((modifier) => {
      if (!TYPE_MODIFIERS.has(modifier.kind)) return [];
      const start = modifier.getStart(source);
      erase(start, modifier.end + 1);
      return modifier.kind === ts.SyntaxKind.PublicKeyword ? [] : [{ name: modifier.getText(source), text: '' }];
    });
  }

  function writeType(type: ts.TypeNode): Tag {
    return { name: 'type', text: `{${types.ofType(type)}}` };
  }

  function commentOf(node: ts.Node): DocComment {
    return readDocComment(findDocComment(node)?.getText(source));
  }

  function document(node: ts.Node, tags: readonly Tag[]): void {
    const comment = commentOf(node);
    replaceComment(node, { ...comment, tags: [...tags, ...comment.tags] });
  }

  function replaceComment(node: ts.Node, comment: DocComment): void {
    const existing = findDocComment(node);
    if (!comment.description && comment.tags.length === 0) return;
    const start = node.getStart(source);
    const written = writeDocComment(comment, source.getLineAndCharacterOfPosition(start).character);
    if (existing) edits.push({ start: existing.pos, end: existing.end, text: written });
    else edits.push({ start, end: start, text: `${written}\n` });
  }

  function erase(start: number, end: number): void {
    edits.push({ start, end, text: '' });
  }

  visit(source);
  return renameFiles(applyEdits(text, edits));
}

const TYPE_MODIFIERS = new Set([
  ts.SyntaxKind.PrivateKeyword,
  ts.SyntaxKind.ProtectedKeyword,
  ts.SyntaxKind.PublicKeyword,
  ts.SyntaxKind.ReadonlyKeyword,
  ts.SyntaxKind.OverrideKeyword,
]);

type DocumentedFunction =
  ts.FunctionDeclaration | ts.MethodDeclaration | ts.ConstructorDeclaration | ts.AccessorDeclaration;

function isDocumentedFunction(node: ts.Node): node is DocumentedFunction {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isConstructorDeclaration(node) ||
    ts.isAccessor(node)
  );
}

/** What is left of TypeScript where none of the forms above takes it. */
function refuseUnknown(node: ts.Node): void {
  if (ts.isEnumDeclaration(node)) refuse(node, 'JavaScript has no enum');
  if (ts.isNonNullExpression(node)) refuse(node, 'JavaScript has no "!": write an assertion with its type');
  if (ts.isSatisfiesExpression(node)) refuse(node, 'JavaScript has no "satisfies": annotate a variable');
  if (ts.isCallOrNewExpression(node) && node.typeArguments) {
    refuse(node, 'a call in JavaScript has no type arguments: have them inferred, or annotate a variable');
  }
  if (hasModifier(node, ts.SyntaxKind.DeclareKeyword) || hasModifier(node, ts.SyntaxKind.AbstractKeyword)) {
    refuse(node, 'JavaScript has neither "declare" nor "abstract"');
  }
  if (ts.isHeritageClause(node) && node.token === ts.SyntaxKind.ImplementsKeyword)
    refuse(node, 'JavaScript has no "implements"');
  if (ts.isTypeParameterDeclaration(node)) refuse(node, 'a class with type parameters has no form here');
  const isBaseClass = ts.isExpressionWithTypeArguments(node) && !node.typeArguments;
  if (ts.isTypeNode(node) && !isBaseClass) refuse(node, 'JSDoc has no form for a type in this place');
}

/** `schema.ts` in a comment or an address is `schema.js` now; AssemblyScript keeps its name. */
function renameFiles(text: string): string {
  return text.replace(/(?<![\w.])([\w-]+)\.ts\b/g, '$1.js');
}
