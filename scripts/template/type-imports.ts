/**
 * `import type` in JavaScript: `@typedef {import('module').Name} Name`. Such a typedef exports the name and has no type parameters, so a type that the file
 * uses with arguments, or exports as a value, is named in full where it is used.
 */
import ts from 'typescript';
import { writeDocComment } from './doc-comment';
import { findTypeName, firstName, refuse } from './source';
import type { Edit } from './source';

interface TypeImport {
  readonly module: string;
  readonly name: string;
  readonly isExported: boolean;
}

export interface TypeImports {
  /** What is put before the name of a type: `import('module').`, or nothing. */
  readonly prefixOf: (name: string) => string;
  /** Takes the statements away and puts the typedefs behind the last import. */
  readonly edits: readonly Edit[];
}

export function readTypeImports(source: ts.SourceFile): TypeImports {
  const statements = source.statements.filter(isImportOrTypeExport);
  const imports = new Map<string, TypeImport>();
  for (const statement of statements) for (const [name, found] of readStatement(statement)) add(name, found);

  function add(name: string, found: TypeImport): void {
    imports.set(name, { ...found, isExported: found.isExported || (imports.get(name)?.isExported ?? false) });
  }

  const written = findNamesToWriteOut(source, imports);
  const prefixOf = (name: string): string => {
    const found = imports.get(name);
    return found && written.has(name) ? `import('${found.module}').` : '';
  };
  const tags = [...imports].flatMap(([local, { module, name, isExported }]) =>
    written.has(local) && !isExported ? [] : [{ name: 'typedef', text: `{import('${module}').${name}} ${local}` }],
  );
  const last = statements.at(-1);
  const block = tags.length > 0 ? `\n\n${writeDocComment({ description: '', tags }, 0)}\n` : '';
  return {
    prefixOf,
    edits: statements.flatMap((statement): readonly Edit[] => {
      const behind = statement === last ? block : '';
      const { end } = statement;
      if (!isTypeOnly(statement)) return behind ? [{ start: end, end, text: behind }] : [];
      const lineBreak = source.text[end] === '\n' ? 1 : 0;
      return [{ start: statement.getStart(source), end: end + lineBreak, text: behind }];
    }),
  };
}

type ImportOrExport = ts.ImportDeclaration | ts.ExportDeclaration;

function isImportOrTypeExport(statement: ts.Statement): statement is ImportOrExport {
  return ts.isImportDeclaration(statement) || (ts.isExportDeclaration(statement) && statement.isTypeOnly);
}

function isTypeOnly(statement: ImportOrExport): boolean {
  return ts.isExportDeclaration(statement) || Boolean(statement.importClause?.isTypeOnly);
}

function* readStatement(statement: ImportOrExport): Generator<readonly [string, TypeImport]> {
  const bindings = ts.isExportDeclaration(statement) ? statement.exportClause : statement.importClause?.namedBindings;
  const elements = bindings && (ts.isNamedImports(bindings) || ts.isNamedExports(bindings)) ? bindings.elements : [];
  if (!isTypeOnly(statement)) {
    for (const element of elements) if (element.isTypeOnly) refuse(element, 'write "import type { ... }"');
    return;
  }
  if (!bindings || elements.length === 0) refuse(statement, 'types are imported and exported by their names');
  // Typedefs of this file are exported in any case.
  if (!statement.moduleSpecifier) return;
  const module = (statement.moduleSpecifier as ts.StringLiteral).text;
  for (const { name, propertyName } of elements) {
    yield [name.text, { module, name: (propertyName ?? name).text, isExported: ts.isExportDeclaration(statement) }];
  }
}

function findNamesToWriteOut(source: ts.SourceFile, imports: ReadonlyMap<string, TypeImport>): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const isGeneric =
      ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node) ? node.typeArguments : undefined;
    if (isGeneric) names.add(findTypeName(node)?.text ?? '');
    // A typedef of a value would be one of its name only.
    if (ts.isTypeQueryNode(node)) names.add(firstName(node.exprName).text);
    if (ts.isExportDeclaration(node) && !node.isTypeOnly && node.exportClause && ts.isNamedExports(node.exportClause)) {
      for (const { name } of node.exportClause.elements) names.add(name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return new Set([...names].filter((name) => imports.has(name)));
}
