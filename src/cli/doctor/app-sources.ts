/** The app's own code as syntax trees, and what its schema says, for the checks that read it. */
import type { Node, ObjectExpression } from '@babel/types';
import { sourceFiles } from '../discover/identity';
import { parseSource, visitNodes, type SourceFile } from '../discover/syntax';
import { templateModule } from '../template';
import type { CheckContext } from './finding';

/** Sources under `src`, tests and declarations left out, the template included. */
export function appSources({ files }: CheckContext): readonly SourceFile[] {
  return sourceFiles(files).flatMap((file) => parseSource(file, files.read(file) ?? '') ?? []);
}

export function isTemplate({ dir }: CheckContext, file: string): boolean {
  return file.startsWith(`${dir}/`);
}

export interface CollectionFacts {
  readonly name: string;
  /** Fields that lead an index. */
  readonly indexed: readonly string[];
  readonly properties: readonly string[];
}

/** The collections of the template's schema; empty where it cannot be read. */
export function schemaCollections({ files, dir, form }: CheckContext): readonly CollectionFacts[] {
  const file = `${dir}/${templateModule(form, 'schema')}`;
  const source = parseSource(file, files.read(file) ?? '');
  if (source === null) return [];
  const objects = new Map<string, ObjectExpression>();
  visitNodes([source.ast.program], (node) => {
    if (node.type !== 'VariableDeclarator' || node.id.type !== 'Identifier') return true;
    const definition = definitionOf(node.init);
    if (definition !== null) objects.set(node.id.name, definition);
    return true;
  });
  return (objects.get('collections')?.properties ?? []).flatMap((property) => {
    if (property.type !== 'ObjectProperty') return [];
    const name = keyText(property.key);
    const value =
      property.value.type === 'Identifier' ? objects.get(property.value.name) : definitionOf(property.value);
    if (name === null || value == null) return [];
    return [{ name, indexed: indexedFields(value), properties: schemaProperties(value) }];
  });
}

/** The object of `{ ... }` and of `defineCollection({ ... })`. */
function definitionOf(node: Node | null | undefined): ObjectExpression | null {
  if (node?.type === 'CallExpression' && calleeText(node.callee) === 'defineCollection')
    return definitionOf(node.arguments[0]);
  return node?.type === 'ObjectExpression' ? node : null;
}

function indexedFields(collection: Node): readonly string[] {
  const fields: string[] = [];
  visitNodes([collection], (node) => {
    if (node.type !== 'ObjectProperty' || keyText(node.key) !== 'indexes' || node.value.type !== 'ArrayExpression')
      return true;
    for (const element of node.value.elements) {
      const first = element?.type === 'ArrayExpression' ? element.elements[0] : element;
      if (first?.type === 'StringLiteral') fields.push(first.value);
    }
    return false;
  });
  return fields;
}

function schemaProperties(collection: Node): readonly string[] {
  const names: string[] = [];
  visitNodes([collection], (node) => {
    if (node.type !== 'ObjectProperty' || keyText(node.key) !== 'properties' || node.value.type !== 'ObjectExpression')
      return true;
    for (const property of node.value.properties)
      if (property.type === 'ObjectProperty') names.push(keyText(property.key) ?? '');
    return false;
  });
  return names.filter(Boolean);
}

export function keyText(key: Node): string | null {
  if (key.type === 'Identifier') return key.name;
  return key.type === 'StringLiteral' ? key.value : null;
}

/** The text of a string literal or of a template without expressions. */
export function literalText(node: Node | null | undefined): string | null {
  if (node?.type === 'StringLiteral') return node.value;
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0]?.value.cooked ?? null;
  return null;
}

/** `a.b` of a callee, `''` where it is something else. */
export function calleeText(node: Node): string {
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'ThisExpression') return 'this';
  if (node.type !== 'MemberExpression' && node.type !== 'OptionalMemberExpression') return '';
  return `${calleeText(node.object)}.${keyText(node.property) ?? ''}`;
}
