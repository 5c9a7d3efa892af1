/**
 * TypeScript without `enum`, for compilers with `erasableSyntaxOnly`: an enum becomes a frozen object of the same name. A type that names a member is
 * `typeof Name.Member` then, and one that names the enum `(typeof Name)[keyof typeof Name]`.
 */
import ts from 'typescript';
import { applyEdits, firstName, hasModifier, parseSource, refuse } from './source';
import type { Edit } from './source';

/** The values of the members of each enum, by the names of both. */
export type EnumValues = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** @throws TemplateSourceError for an enum that a plain object cannot stand for. */
export function findEnums(file: string, text: string): EnumValues {
  const enums = new Map<string, ReadonlyMap<string, string>>();
  const visit = (node: ts.Node): void => {
    if (ts.isEnumDeclaration(node)) enums.set(node.name.text, new Map(node.members.map(readMember)));
    ts.forEachChild(node, visit);
  };
  visit(parseSource(file, text));
  return enums;
}

function readMember(member: ts.EnumMember): readonly [string, string] {
  const { name, initializer } = member;
  if (!ts.isIdentifier(name)) refuse(member, 'the name of a member of an enum has to be an identifier');
  // Objects map names to values only; an enum of numbers maps its values to names, too.
  if (!initializer || !ts.isStringLiteral(initializer))
    refuse(member, 'a member of an enum needs a string as its value');
  return [name.text, initializer.text];
}

/**
 * @param enums those of all files of the template. Enums that come from elsewhere stay what they are.
 * @throws TemplateSourceError for other syntax that emits code, such as parameter properties.
 */
export function toErasable(file: string, text: string, enums: EnumValues): string {
  const source = parseSource(file, text);
  const ours = findNamesOfEnums(source, enums);
  const edits: Edit[] = [];

  const visit = (node: ts.Node): void => {
    refuseEmitted(node);
    if (ts.isEnumDeclaration(node)) return void edits.push(...freeze(node, source));
    if (ts.isTypeReferenceNode(node) && ours.has(firstName(node.typeName).text)) {
      const name = node.typeName.getText(source);
      const type = ts.isIdentifier(node.typeName) ? `(typeof ${name})[keyof typeof ${name}]` : `typeof ${name}`;
      edits.push({ start: node.getStart(source), end: node.end, text: type });
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return applyEdits(text, edits);
}

/** The names by which this file knows the template's enums. */
function findNamesOfEnums(source: ts.SourceFile, enums: EnumValues): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of source.statements) {
    if (ts.isEnumDeclaration(statement)) names.add(statement.name.text);
    if (!ts.isImportDeclaration(statement)) continue;
    const from = (statement.moduleSpecifier as ts.StringLiteral).text;
    const bindings = statement.importClause?.namedBindings;
    if (!from.startsWith('.') || !bindings || !ts.isNamedImports(bindings)) continue;
    for (const { name, propertyName } of bindings.elements)
      if (enums.has((propertyName ?? name).text)) names.add(name.text);
  }
  return names;
}

/** Doc comments and layout stay as they are. TypeScript infers the strings of a frozen object as literals. */
function* freeze(node: ts.EnumDeclaration, source: ts.SourceFile): Generator<Edit> {
  const text = source.text;
  const keyword = node.getChildren(source).find(({ kind }) => kind === ts.SyntaxKind.EnumKeyword)!;
  const open = text.indexOf('{', node.name.end);
  yield { start: keyword.getStart(source), end: open, text: `const ${node.name.text} = Object.freeze(` };
  for (const { name, initializer } of node.members)
    yield { start: name.end, end: initializer!.getStart(source), text: ': ' };
  yield { start: node.end, end: node.end, text: ');' };
}

/** Enums apart, what a compiler cannot remove without a trace. */
function refuseEmitted(node: ts.Node): void {
  const because = (what: string): never => refuse(node, `${what} cannot be erased`);
  if (ts.isEnumDeclaration(node) && hasModifier(node, ts.SyntaxKind.ConstKeyword)) because('a const enum');
  if (ts.isModuleDeclaration(node)) because('a namespace');
  if (ts.isParameterPropertyDeclaration(node, node.parent)) because('a parameter property');
  if (ts.isTypeAssertionExpression(node)) because('a type assertion in angle brackets');
  if (ts.isImportEqualsDeclaration(node)) because('an import with "="');
  if (ts.isExportAssignment(node) && node.isExportEquals) because('an export with "="');
}
