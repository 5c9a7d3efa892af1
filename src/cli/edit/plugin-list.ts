/** Entries at the end of a list that stands under a key of an object: `plugins: [...]`, and `plugins: () => [...]`. */
import type { ArrayExpression, Expression, Node, ObjectExpression, ObjectProperty } from '@babel/types';
import { findDeclared, keyOf, unwrap } from './exported-objects';
import { appendTo, replaceNode, type Splice } from './splice';

export interface ListEdit {
  readonly key: string;
  readonly entries: readonly string[];
  /** Whether the list is what a function returns. */
  readonly isFunction?: boolean;
  /** Whether the tool takes lists within the list. */
  readonly isNestable?: boolean;
}

/** The change of the text, `null` where it has the entries; a text completes "it cannot be edited safely because ..." where it cannot be told what the list is. */
export function addEntries(
  text: string,
  object: ObjectExpression,
  scopes: readonly Node[],
  { key, entries, isFunction = false, isNestable = false }: ListEdit,
): Splice | string | null {
  const entry = entries.join(', ');
  const property = propertyNamed(object, key);
  if (typeof property === 'string') return property;
  if (property === null) return appendTo(text, object, newList({ key, entries, isFunction }));
  const value = unwrap(property.value as Expression);
  if (isFunction) return addToReturned(text, value, key, entries);
  const list = filteredList(value);
  if (list !== null) return addMissing(text, list, entries);
  if (!isNestable && !isSurelyAnArray(scopes, value)) return `its "${key}" may not be an array`;
  const written = text.slice(value.start ?? 0, value.end ?? 0);
  const isArray = isSurelyAnArray(scopes, value);
  const spread = `[${isArray ? '...' : ''}${value.type === 'ConditionalExpression' ? `(${written})` : written}, ${entry}]`;
  return replaceNode(property.value, property.shorthand ? `${key}: ${spread}` : spread);
}

/** The property that a list without any entries before becomes. */
export function newList({ key, entries, isFunction = false }: ListEdit): string {
  return `${key}: ${isFunction ? '() => ' : ''}[${entries.join(', ')}]`;
}

/** The property under a key; `null` where the object has none, a text where it may have one that cannot be seen. */
export function propertyNamed(object: ObjectExpression, key: string): ObjectProperty | string | null {
  const found = object.properties.filter(
    (property): property is ObjectProperty => property.type === 'ObjectProperty' && keyOf(property) === key,
  );
  const [property] = found;
  if (found.length > 1) return `"${key}" stands in it twice`;
  if (property !== undefined) return property;
  if (object.properties.some(({ type }) => type === 'SpreadElement'))
    return `its "${key}" may come from an object that is spread into it`;
  if (object.properties.some((method) => method.type === 'ObjectMethod' && keyOf(method) === key))
    return `"${key}" is a method`;
  return null;
}

/** Without those that stand there already. */
function addMissing(text: string, list: ArrayExpression, entries: readonly string[]): Splice | null {
  const present = list.elements.map((element) =>
    element === null ? '' : text.slice(element.start ?? 0, element.end ?? 0),
  );
  const missing = entries.filter((entry) => !present.includes(entry));
  return missing.length === 0 ? null : appendTo(text, list, missing.join(', '));
}

function addToReturned(
  text: string,
  value: Expression,
  key: string,
  entries: readonly string[],
): Splice | string | null {
  const body = value.type === 'ArrowFunctionExpression' ? value.body : null;
  const list = body === null || body.type === 'BlockStatement' ? null : filteredList(unwrap(body));
  return list === null ? `its "${key}" is no function that only returns a list` : addMissing(text, list, entries);
}

/** `[...]` and `[...].filter(Boolean)`, which an entry passes. */
function filteredList(value: Expression) {
  if (value.type === 'ArrayExpression') return value;
  if (value.type !== 'CallExpression' || value.callee.type !== 'MemberExpression') return null;
  const [test, ...others] = value.arguments;
  const isFilter = keyOf(value.callee) === 'filter' && others.length === 0;
  const isBoolean = test?.type === 'Identifier' && test.name === 'Boolean';
  const list = unwrap(value.callee.object as Expression);
  return isFilter && isBoolean && list.type === 'ArrayExpression' ? list : null;
}

function isSurelyAnArray(scopes: readonly Node[], value: Expression): boolean {
  const plain = unwrap(value);
  if (plain.type === 'ArrayExpression') return true;
  if (plain.type === 'ConditionalExpression') {
    return isSurelyAnArray(scopes, plain.consequent) && isSurelyAnArray(scopes, plain.alternate);
  }
  if (plain.type === 'Identifier') {
    const declared = findDeclared(scopes, plain.name);
    return declared !== null && declared.type !== 'FunctionDeclaration' && isListLiteral(unwrap(declared));
  }
  if (plain.type !== 'CallExpression' || plain.callee.type !== 'MemberExpression') return false;
  const method = keyOf(plain.callee);
  return (
    ['filter', 'map', 'concat', 'flat', 'slice'].includes(method ?? '') &&
    isSurelyAnArray(scopes, plain.callee.object as Expression)
  );
}

function isListLiteral(value: Expression): boolean {
  return value.type === 'ArrayExpression' || filteredList(value) !== null;
}
