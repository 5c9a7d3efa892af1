/** What an expression is as data: lists by their names, nested objects, and the parts of code that hold them. */
import type { ArgumentPlaceholder, Node } from '@babel/types';
import { visitNodes, type SourceFile } from './syntax';

/** State of this name says how the app looks at the moment, not what it keeps. */
export function isData(name: string): boolean {
  return !/^(is|has|show|open)(?=[A-Z]|$)|error|warning|loading|toast|alert|suggestion|result|option|filter|select|expand|visible|match|path|ref/i.test(
    name,
  );
}

/** The lists of a state by their names, otherwise its nested objects; `null` where it has neither. */
export function shapeOf(state: Node | null | undefined): string | null {
  if (state?.type === 'TSAsExpression' || state?.type === 'TSSatisfiesExpression') return shapeOf(state.expression);
  if (state?.type === 'ArrayExpression') return 'a list';
  if (state?.type !== 'ObjectExpression') return null;
  const named = state.properties.flatMap((property) =>
    property.type === 'ObjectProperty' && property.key.type === 'Identifier'
      ? [{ name: property.key.name, value: property.value }]
      : [],
  );
  const lists = named.filter(({ value }) => holdsList(value)).map(({ name }) => name);
  const objects = named.filter(({ name, value }) => value.type === 'ObjectExpression' && isData(name));
  return (
    listsInWords(lists) ??
    (objects.length === 0 ? null : `nested objects (${objects.map(({ name }) => name).join(', ')})`)
  );
}

/** `null` where none of them is data. */
export function listsInWords(names: readonly string[]): string | null {
  const lists = names.filter(isData);
  if (lists.length === 0) return null;
  return lists.length === 1 ? `the list ${lists[0]}` : `the lists ${lists.join(', ')}`;
}

/** Also `saved ?? []` and `saved ? parse(saved) : []`, as a list that is restored begins. */
export function holdsList(value: Node): boolean {
  switch (value.type) {
    case 'ArrayExpression':
      return true;
    case 'ConditionalExpression':
      return holdsList(value.consequent) || holdsList(value.alternate);
    case 'LogicalExpression':
      return holdsList(value.right);
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
      return holdsList(value.expression);
    default:
      return false;
  }
}

/** What a function gives back at once, through calls that wrap it. */
export function returned(node: Node | ArgumentPlaceholder | undefined): Node | null {
  if (node?.type === 'CallExpression') return returned(node.arguments[0]);
  if (node?.type !== 'ArrowFunctionExpression' && node?.type !== 'FunctionExpression') return null;
  if (node.body.type !== 'BlockStatement') return node.body;
  const last = node.body.body.at(-1);
  return last?.type === 'ReturnStatement' ? (last.argument ?? null) : null;
}

/** The initial value of a variable of the file. */
export function declared(source: SourceFile, name: string): Node | null {
  let value: Node | null = null;
  visitNodes([source.ast.program], (node) => {
    if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && node.id.name === name)
      value ??= node.init ?? null;
    return value === null;
  });
  return value;
}

/** The value of a property of an object that is written out. */
export function valueOf(object: Node | null | undefined, name: string): Node | null {
  for (const property of object?.type === 'ObjectExpression' ? object.properties : []) {
    if (property.type === 'ObjectProperty' && property.key.type === 'Identifier' && property.key.name === name)
      return property.value;
  }
  return null;
}

/** The name of what is called, or of its method; `''` where it has none. */
export function calleeName(node: Node): string {
  if (node.type !== 'CallExpression') return '';
  const { callee } = node;
  if (callee.type === 'Identifier') return callee.name;
  return callee.type === 'MemberExpression' && callee.property.type === 'Identifier' ? callee.property.name : '';
}
