/** Names, patterns and chains of a syntax tree, as the search for the session reads them. */
import type { NodePath, Scope } from '@babel/traverse';
import type { Function as FunctionNode, Identifier, LVal, Node, PatternLike } from '@babel/types';

/** The names that a pattern binds, each with its way into the value. */
export function leavesOf(
  pattern: LVal | PatternLike | Node,
): readonly { readonly name: string; readonly path: readonly string[] }[] {
  switch (pattern.type) {
    case 'Identifier':
      return [{ name: pattern.name, path: [] }];
    case 'AssignmentPattern':
      return leavesOf(pattern.left);
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) => {
        if (property.type !== 'ObjectProperty') return [];
        const key =
          property.key.type === 'Identifier' && !property.computed
            ? property.key.name
            : property.key.type === 'StringLiteral'
              ? property.key.value
              : null;
        return key === null ? [] : leavesOf(property.value).map((leaf) => ({ ...leaf, path: [key, ...leaf.path] }));
      });
    case 'ArrayPattern':
      return pattern.elements.flatMap((element, index) =>
        element === null ? [] : leavesOf(element).map((leaf) => ({ ...leaf, path: [String(index), ...leaf.path] })),
      );
    default:
      return [];
  }
}

/** `a.b.c` of a chain as written, calls as `()`; `?` where a part is neither. */
export function writtenPath(node: Node): string {
  switch (node.type) {
    case 'Identifier':
      return node.name;
    case 'ThisExpression':
      return 'this';
    case 'MemberExpression':
    case 'OptionalMemberExpression':
      return `${writtenPath(node.object)}.${propertyName(node) ?? '?'}`;
    case 'CallExpression':
    case 'OptionalCallExpression':
      return `${writtenPath(node.callee)}()`;
    case 'TSNonNullExpression':
    case 'TSAsExpression':
      return writtenPath(node.expression);
    default:
      return '?';
  }
}

export function propertyName(node: Node): string | null {
  if (node.type !== 'MemberExpression' && node.type !== 'OptionalMemberExpression') return null;
  const { property } = node;
  if (property.type === 'Identifier' && !node.computed) return property.name;
  if (property.type === 'StringLiteral') return property.value;
  return property.type === 'NumericLiteral' ? String(property.value) : null;
}

/** What a function gives: its expression, or what its own `return` statements name. */
export function returnedBy(fn: NodePath<FunctionNode>): readonly NodePath[] {
  const body = fn.get('body') as NodePath;
  if (!body.isBlockStatement()) return [body];
  const found: NodePath[] = [];
  body.traverse({
    Function: (inner) => inner.skip(),
    ReturnStatement(statement) {
      if (statement.node.argument) found.push(statement.get('argument') as NodePath);
    },
  });
  return found;
}

/** The value of a property of an object that is written out, or what is spread into it. */
export function propertyOf(
  object: NodePath,
  name: string,
): { readonly value: NodePath | null; readonly spread: readonly NodePath[] } {
  const spread: NodePath[] = [];
  for (const property of object.isObjectExpression() ? object.get('properties') : []) {
    if (property.isSpreadElement()) spread.push(property.get('argument'));
    if (property.isObjectProperty() && keyName(property.node.key) === name)
      return { value: property.get('value') as NodePath, spread };
  }
  return { value: null, spread };
}

export function keyName(key: Node): string | null {
  if (key.type === 'Identifier') return key.name;
  return key.type === 'StringLiteral' ? key.value : null;
}

export function importOf(scope: Scope, name: string): { readonly module: string; readonly name: string } | null {
  const path = scope.getBinding(name)?.path;
  if (path === undefined || path.parent.type !== 'ImportDeclaration') return null;
  const module = path.parent.source.value;
  if (path.isImportNamespaceSpecifier()) return { module, name: '*' };
  if (path.isImportDefaultSpecifier()) return { module, name: 'default' };
  if (!path.isImportSpecifier()) return null;
  const { imported } = path.node;
  return { module, name: imported.type === 'Identifier' ? imported.name : imported.value };
}

export function isBelow(module: string, packageName: string): boolean {
  return module === packageName || module.startsWith(`${packageName}/`);
}

export function isFunctionNode(node: Node | undefined): boolean {
  return node?.type === 'ArrowFunctionExpression' || node?.type === 'FunctionExpression';
}

export function nameOfFunction(fn: NodePath<FunctionNode>): string {
  if (fn.isFunctionDeclaration()) return fn.node.id?.name ?? '';
  const { parent } = fn;
  return parent.type === 'VariableDeclarator' && parent.id.type === 'Identifier' ? (parent.id as Identifier).name : '';
}
