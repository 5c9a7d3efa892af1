/** Edits of JSON files (comments and trailing commas allowed, as in tsconfig.json) that keep indentation, order, comments and line ends. */
import { parseExpression } from '@babel/parser';
import type { ArrayExpression, Expression, ObjectExpression, ObjectProperty, StringLiteral } from '@babel/types';
import { KitError } from '../../preset/kit-error';
import { removeEntry } from './remove';
import { appendTo, applySplices, indentationUnit, insertBefore, replaceNode } from './splice';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Parses JSON with comments. @throws KitError JSON_INVALID with file, line and column. */
export function parseJson(file: string, text: string): Json {
  return valueOf(parseTree(file, text));
}

/** Sets the value at a path of keys, making the objects on the way. The text is returned unchanged where the value is already there. */
export function setJson(file: string, text: string, keys: readonly string[], value: Json): string {
  let node: Expression = parseTree(file, text);
  for (const [depth, key] of keys.entries()) {
    if (node.type !== 'ObjectExpression') throw wrongShape(file, keys.slice(0, depth));
    const property = findProperty(node, key);
    if (property === undefined) {
      const rest = keys.slice(depth + 1).reduceRight<Json>((inner, name) => ({ [name]: inner }), value);
      const entry = `${JSON.stringify(key)}: ${print(text, node, rest)}`;
      const next = /ependencies$/.test(keys[depth - 1] ?? '') ? nextInOrder(node, key) : undefined;
      return applySplices(text, [next ? insertBefore(text, next, entry) : appendTo(text, node, entry)]);
    }
    node = property.value as Expression;
  }
  if (JSON.stringify(valueOf(node)) === JSON.stringify(value)) return text;
  return applySplices(text, [replaceNode(node, JSON.stringify(value))]);
}

/** Takes the key at the end of a path out. The text is returned unchanged where there is none. */
export function removeJson(file: string, text: string, keys: readonly string[]): string {
  let node: Expression = parseTree(file, text);
  for (const [depth, key] of keys.entries()) {
    const property = node.type === 'ObjectExpression' ? findProperty(node, key) : undefined;
    if (node.type !== 'ObjectExpression' || property === undefined) return text;
    if (depth === keys.length - 1) return removeEntry(text, node, property);
    node = property.value as Expression;
  }
  return text;
}

/** Adds a string to the array at a path, making the array where there is none. */
export function addToJsonArray(file: string, text: string, keys: readonly string[], item: string): string {
  let node: Expression = parseTree(file, text);
  for (const key of keys) {
    const property = node.type === 'ObjectExpression' ? findProperty(node, key) : undefined;
    if (property === undefined) return setJson(file, text, keys, [item]);
    node = property.value as Expression;
  }
  if (node.type !== 'ArrayExpression') throw wrongShape(file, keys);
  if (node.elements.some((element) => element?.type === 'StringLiteral' && element.value === item)) return text;
  return applySplices(text, [appendTo(text, node as ArrayExpression, JSON.stringify(item))]);
}

function parseTree(file: string, text: string): Expression {
  try {
    // A byte order mark is white space to the parser, so positions stay those of the text.
    const tree = parseExpression(text);
    valueOf(tree);
    return tree;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new KitError(
      'JSON_INVALID',
      `${file} cannot be read: it is not valid JSON (${reason}). Nothing was changed. Correct the file and run the command again.`,
    );
  }
}

/** Dependencies that stand in alphabetical order, as package managers write them, stay in it. */
function nextInOrder(node: ObjectExpression, key: string): ObjectProperty | undefined {
  const properties = node.properties as ObjectProperty[];
  const keys = properties.map((property) => (property.key as StringLiteral).value);
  const isOrdered = keys.length > 1 && keys.every((name, index) => index === 0 || (keys[index - 1] ?? '') < name);
  return isOrdered ? properties[keys.findIndex((name) => name > key)] : undefined;
}

function valueOf(node: Expression): Json {
  switch (node.type) {
    case 'StringLiteral':
    case 'NumericLiteral':
    case 'BooleanLiteral':
      return node.value;
    case 'NullLiteral':
      return null;
    case 'UnaryExpression':
      if (node.operator === '-' && node.argument.type === 'NumericLiteral') return -node.argument.value;
      break;
    case 'ArrayExpression':
      return node.elements.map((element) => valueOf(element as Expression));
    case 'ObjectExpression':
      return Object.fromEntries(
        node.properties.map((property) => {
          if (property.type !== 'ObjectProperty' || property.key.type !== 'StringLiteral')
            throw new Error(notJson(property));
          return [property.key.value, valueOf(property.value as Expression)];
        }),
      );
  }
  throw new Error(notJson(node));
}

function notJson(node: { readonly loc?: { readonly start: { readonly line: number } } | null }): string {
  return `something that is not JSON in line ${node.loc?.start.line ?? 1}`;
}

function findProperty(node: ObjectExpression, key: string): ObjectProperty | undefined {
  return node.properties.find(
    (property): property is ObjectProperty =>
      property.type === 'ObjectProperty' && property.key.type === 'StringLiteral' && property.key.value === key,
  );
}

/** A new value in the file's style: objects over several lines at the depth where they are inserted. */
function print(text: string, parent: ObjectExpression, value: Json): string {
  const unit = indentationUnit(text);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lineStart = text.lastIndexOf('\n', (parent.properties[0]?.start ?? parent.start ?? 0) - 1) + 1;
  const inner = parent.properties[0] ? (/^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? '') : unit;
  if (Array.isArray(value)) return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
  return JSON.stringify(value, null, unit).split('\n').join(`${newline}${inner}`);
}

function wrongShape(file: string, keys: readonly string[]): KitError {
  const place = keys.length === 0 ? 'its top level' : `"${keys.join('.')}"`;
  return new KitError(
    'JSON_SHAPE',
    `${file} cannot be edited: ${place} is not what it has to be there. Nothing was changed. Correct the file and run the command again.`,
  );
}
