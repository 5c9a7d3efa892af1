/** What is declared of a piece of the app's state, or can be told from what it begins with: its members, and their types as a schema has them. */
import type { NodePath, Scope } from '@babel/traverse';
import type { Node } from '@babel/types';
import { keyName, returnedBy, writtenPath } from './bindings';
import { findType } from './declared-fields';
import type { Modules } from './modules';
import { vueCallee } from './vue/calls';
import { shapeInVue } from './vue/shapes';

/** A value of the state: its declared type, and the expression that it begins as. */
export interface StatePlace {
  readonly type: { readonly node: Node; readonly scope: Scope } | null;
  readonly value: NodePath | null;
}

export interface StateMember extends StatePlace {
  /** Also where nothing is declared: another value may be without it. */
  readonly isOptional: boolean;
}

/** A type that a document's property can have. */
export type PropertyKind =
  | { readonly type: 'string'; readonly values: readonly string[] | null }
  | { readonly type: 'number' }
  | { readonly type: 'boolean' }
  | { readonly type: 'array'; readonly items: 'string' | 'number' };

const deepest = 8;

/** The place that an expression begins: through names, `as`, and a function that gives it. */
export function placeOf(modules: Modules, path: NodePath, left = deepest): StatePlace {
  const { node } = path;
  const inner = (next: NodePath) => placeOf(modules, next, left - 1);
  if (left === 0) return { type: null, value: null };
  if (node.type === 'TSAsExpression' || node.type === 'TSSatisfiesExpression') {
    const place = inner(path.get('expression') as NodePath);
    const isConst = node.typeAnnotation.type === 'TSTypeReference' && writtenType(node.typeAnnotation) === 'const';
    return isConst ? place : { ...place, type: { node: node.typeAnnotation, scope: path.scope } };
  }
  if (node.type === 'Identifier') {
    const definition = modules.definitionOf(path.scope, node.name);
    if (definition === null || definition.way.length > 0) return { type: null, value: null };
    const declarator = definition.path.parent;
    const place = inner(definition.path);
    const annotation =
      declarator.type === 'VariableDeclarator' && declarator.id.type === 'Identifier'
        ? declarator.id.typeAnnotation
        : null;
    return annotation?.type === 'TSTypeAnnotation'
      ? { ...place, type: { node: annotation.typeAnnotation, scope: definition.path.scope } }
      : place;
  }
  if (path.isArrowFunctionExpression() && node.type === 'ArrowFunctionExpression' && node.params.length === 0) {
    const returned = returnedBy(path);
    const place = returned.length === 1 && returned[0] ? inner(returned[0]) : { type: null, value: null };
    return node.returnType?.type === 'TSTypeAnnotation'
      ? { ...place, type: { node: node.returnType.typeAnnotation, scope: path.scope } }
      : place;
  }
  if (path.isCallExpression()) {
    const made = shapeInVue(path, firstType(node), []);
    // What is computed is no state: it is left out as a function is.
    const [value] =
      made === null ? [] : vueCallee(path) === 'computed' ? (path.get('arguments') as NodePath[]) : made.values;
    if (made !== null) {
      const begun = value === undefined || value.isFunction() ? { type: null, value: value ?? null } : inner(value);
      return made.type === null ? begun : { ...begun, type: { node: made.type, scope: path.scope } };
    }
  }
  // `saved ?? []`: what it is where nothing is saved.
  if (node.type === 'LogicalExpression' && node.operator !== '&&') return inner(path.get('right') as NodePath);
  return { type: null, value: path };
}

/** The members of an object, by what is declared and by what it begins with; empty where it is none, or not known. */
export function membersOf(modules: Modules, { type, value }: StatePlace): ReadonlyMap<string, StateMember> {
  const members = new Map<string, StateMember>(type === null ? [] : declaredMembers(modules, type));
  const isDeclared = members.size > 0;
  for (const property of value?.isObjectExpression() ? value.get('properties') : []) {
    const name = property.isObjectProperty() && !property.node.computed ? keyName(property.node.key) : null;
    if (name === null || (isDeclared && !members.has(name))) continue;
    const begun = placeOf(modules, property.get('value') as NodePath);
    const declared = members.get(name);
    members.set(name, { ...begun, type: declared?.type ?? begun.type, isOptional: declared?.isOptional ?? true });
  }
  return members;
}

/** What the items of a list are; `null` where it is no list. An empty one of which nothing is declared has items that nobody knows. */
export function itemOf(modules: Modules, { type, value }: StatePlace): StatePlace | null {
  const resolved = type && resolveType(modules, type);
  const item = resolved && elementType(resolved);
  if (item !== null) return { type: item, value: null };
  if (resolved !== null || !value?.isArrayExpression()) return null;
  const [first] = value.get('elements') as NodePath[];
  return first?.node ? placeOf(modules, first) : { type: null, value: null };
}

/** `null` where it cannot be told, or is nothing that a property of a document can be. */
export function kindOf(modules: Modules, { type, value }: StatePlace): PropertyKind | null {
  return type === null ? value && kindOfValue(value) : kindOfType(modules, type);
}

/** What only the app's code can hold. */
export function isFunction(modules: Modules, { type, value }: StatePlace): boolean {
  const resolved = type && resolveType(modules, type);
  return (
    resolved?.node.type === 'TSFunctionType' ||
    resolved?.node.type === 'TSMethodSignature' ||
    value?.isFunction() === true
  );
}

type Declared = NonNullable<StatePlace['type']>;

function declaredMembers(
  modules: Modules,
  declared: Declared,
  left = deepest,
): readonly (readonly [string, StateMember])[] {
  const { node, scope } = resolveType(modules, declared);
  if (left === 0) return [];
  if (node.type === 'TSIntersectionType')
    return node.types.flatMap((type) => declaredMembers(modules, { node: type, scope }, left - 1));
  const inherited = node.type === 'TSInterfaceDeclaration' ? (node.extends ?? []) : [];
  const own =
    node.type === 'TSInterfaceDeclaration' ? node.body.body : node.type === 'TSTypeLiteral' ? node.members : [];
  return [
    ...inherited.flatMap(({ expression }) => {
      const base = expression.type === 'Identifier' ? findType(modules, scope, expression.name) : null;
      return base === null ? [] : declaredMembers(modules, { node: base.declaration, scope: base.scope }, left - 1);
    }),
    ...own.flatMap((member): (readonly [string, StateMember])[] => {
      if (member.type !== 'TSPropertySignature' && member.type !== 'TSMethodSignature') return [];
      const name = member.computed === true ? null : keyName(member.key);
      const type = member.type === 'TSMethodSignature' ? member : member.typeAnnotation?.typeAnnotation;
      return name === null || type === undefined
        ? []
        : [[name, { type: { node: type, scope }, value: null, isOptional: member.optional === true }]];
    }),
  ];
}

/** The type that a name of one stands for, without `readonly`, `Readonly<>` and `| undefined`. */
function resolveType(modules: Modules, { node, scope }: Declared, left = deepest): Declared {
  const next = (type: Node, from = scope) => resolveType(modules, { node: type, scope: from }, left - 1);
  if (left === 0) return { node, scope };
  if (node.type === 'TSParenthesizedType' || (node.type === 'TSTypeOperator' && node.operator === 'readonly'))
    return next(node.typeAnnotation);
  if (node.type === 'TSTypeAliasDeclaration') return next(node.typeAnnotation);
  if (node.type === 'TSUnionType') {
    const present = node.types.filter(({ type }) => type !== 'TSUndefinedKeyword');
    return present.length === 1 && present[0] ? next(present[0]) : { node, scope };
  }
  if (node.type !== 'TSTypeReference' || node.typeName.type !== 'Identifier') return { node, scope };
  const [argument] = node.typeParameters?.params ?? [];
  if (argument && node.typeName.name === 'Readonly') return next(argument);
  // What a generic type comes to is the compiler's business.
  const found = argument ? null : findType(modules, scope, node.typeName.name);
  return found === null || found.declaration.typeParameters ? { node, scope } : next(found.declaration, found.scope);
}

function elementType({ node, scope }: Declared): Declared | null {
  if (node.type === 'TSArrayType') return { node: node.elementType, scope };
  if (node.type !== 'TSTypeReference' || !/^(Readonly)?Array$/.test(writtenType(node))) return null;
  const [item] = node.typeParameters?.params ?? [];
  return item === undefined ? null : { node: item, scope };
}

function kindOfType(modules: Modules, declared: Declared): PropertyKind | null {
  const resolved = resolveType(modules, declared);
  const { node, scope } = resolved;
  switch (node.type) {
    case 'TSStringKeyword':
      return { type: 'string', values: null };
    case 'TSNumberKeyword':
      return { type: 'number' };
    case 'TSBooleanKeyword':
      return { type: 'boolean' };
    case 'TSLiteralType':
      return node.literal.type === 'StringLiteral' ? { type: 'string', values: [node.literal.value] } : null;
    case 'TSUnionType': {
      const kinds = node.types
        .filter(({ type }) => type !== 'TSUndefinedKeyword')
        .map((type) => kindOfType(modules, { node: type, scope }));
      const values = kinds.flatMap((kind) => (kind?.type === 'string' && kind.values !== null ? kind.values : []));
      return values.length >= kinds.length && kinds.every((kind) => kind?.type === 'string' && kind.values !== null)
        ? { type: 'string', values: [...new Set(values)] }
        : null;
    }
    default: {
      const element = elementType(resolved);
      return element && listOf(kindOfType(modules, element));
    }
  }
}

function kindOfValue(value: NodePath): PropertyKind | null {
  const { node } = value;
  switch (node.type) {
    case 'StringLiteral':
    case 'TemplateLiteral':
      return { type: 'string', values: null };
    case 'NumericLiteral':
      return { type: 'number' };
    case 'BooleanLiteral':
      return { type: 'boolean' };
    case 'UnaryExpression':
      return node.operator === '-' && node.argument.type === 'NumericLiteral' ? { type: 'number' } : null;
    case 'CallExpression':
      return /^(nanoid|uuid(v[47])?|(window\.|self\.|globalThis\.)?crypto\.randomUUID)$/.test(writtenPath(node.callee))
        ? { type: 'string', values: null }
        : null;
    case 'ArrayExpression': {
      const kinds = (value.get('elements') as NodePath[]).map((each) => each.node && kindOfValue(each));
      const [first] = kinds;
      return first && kinds.every((kind) => kind?.type === first.type) ? listOf(first) : null;
    }
    default:
      return null;
  }
}

function listOf(item: PropertyKind | null): PropertyKind | null {
  if (item?.type === 'number') return { type: 'array', items: 'number' };
  return item?.type === 'string' && item.values === null ? { type: 'array', items: 'string' } : null;
}

function writtenType(node: Node): string {
  return node.type === 'TSTypeReference' && node.typeName.type === 'Identifier' ? node.typeName.name : '';
}

function firstType(node: Node): Node | null {
  const types = node.type === 'CallExpression' ? node.typeParameters : null;
  return types?.type === 'TSTypeParameterInstantiation' ? (types.params[0] ?? null) : null;
}
