/** The identifiers that a value is declared to have, by its type, its interface or the object that it begins as, although nothing reads them yet. */
import type { NodePath, Scope } from '@babel/traverse';
import type { Node, TSInterfaceDeclaration, TSTypeAliasDeclaration } from '@babel/types';
import { keyName, leavesOf, propertyName, propertyOf, returnedBy } from './bindings';
import { identityFields, sessionWords, type KnownField } from './identity-sources';
import type { Modules } from './modules';
import { shapeInVue } from './vue/shapes';

/** A type, or an object that is written out, and the way from it to the value. */
export interface Shape {
  readonly node: Node;
  readonly scope: Scope;
  readonly way: readonly string[];
}

const deepest = 12;

/** What is known of the shape of an expression; `null` where nothing is declared. */
export function shapeOf(modules: Modules, path: NodePath, way: readonly string[], left = deepest): Shape | null {
  if (left === 0 || !path.node) return null;
  const next = (inner: NodePath, rest = way) => shapeOf(modules, inner, rest, left - 1);
  const typed = (node: Node | null | undefined, scope = path.scope, rest = way) =>
    node?.type.startsWith('TS') ? { node, scope, way: rest } : null;
  const anyOf = (paths: readonly NodePath[], rest = way) =>
    paths.map((each) => next(each, rest)).find((shape) => shape !== null) ?? null;
  const { node } = path;
  switch (node.type) {
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
      return typed(node.typeAnnotation);
    case 'AwaitExpression':
      return next(path.get('argument') as NodePath);
    case 'TSNonNullExpression':
    case 'ParenthesizedExpression':
      return next(path.get('expression') as NodePath);
    case 'LogicalExpression':
      return next(path.get('left') as NodePath);
    case 'ConditionalExpression':
      return anyOf([path.get('consequent') as NodePath, path.get('alternate') as NodePath]);
    case 'MemberExpression':
    case 'OptionalMemberExpression': {
      const property = propertyName(node);
      return property === null ? null : next(path.get('object') as NodePath, [property, ...way]);
    }
    case 'ObjectExpression': {
      const [first, ...rest] = way;
      if (first === undefined) return { node, scope: path.scope, way };
      const { value, spread } = propertyOf(path, first);
      return value === null ? anyOf(spread) : next(value, rest);
    }
    case 'Identifier':
      return ofName(modules, path.scope, node.name, way, left);
    case 'CallExpression': {
      const { callee } = node;
      const name = callee.type === 'Identifier' ? callee.name : (propertyName(callee) ?? '');
      const [type] = node.typeParameters?.type === 'TSTypeParameterInstantiation' ? node.typeParameters.params : [];
      const [first] = path.get('arguments') as NodePath[];
      if (name === 'useState')
        return typed(type, path.scope, way.slice(1)) ?? (first ? next(first, way.slice(1)) : null);
      if (name === 'createContext') return typed(type) ?? (first ? next(first) : null);
      if (name === 'useMemo' && first?.isFunction()) return anyOf(returnedBy(first));
      const inVue = path.isCallExpression() ? shapeInVue(path, type ?? null, way) : null;
      if (inVue !== null) return typed(inVue.type, path.scope, inVue.way) ?? anyOf(inVue.values, inVue.way);
      const named = name === 'useContext' || name === 'use' ? first : (path.get('callee') as NodePath);
      const definition = named?.isIdentifier() ? modules.definitionOf(path.scope, named.node.name) : null;
      if (definition === null) return null;
      if (!definition.path.isFunction()) return next(definition.path, [...definition.way, ...way]);
      const { returnType } = definition.path.node;
      return returnType?.type === 'TSTypeAnnotation'
        ? typed(returnType.typeAnnotation, definition.path.scope)
        : anyOf(returnedBy(definition.path));
    }
    default:
      return null;
  }
}

function ofName(modules: Modules, scope: Scope, name: string, way: readonly string[], left: number): Shape | null {
  const binding = scope.getBinding(name);
  if (binding === undefined) return null;
  const { path } = binding;
  const pattern = path.isVariableDeclarator()
    ? path.node.id
    : binding.scope.path.isFunction()
      ? binding.scope.path.node.params.find((each) => leavesOf(each).some((leaf) => leaf.name === name))
      : undefined;
  const annotated =
    pattern !== undefined && 'typeAnnotation' in pattern && pattern.typeAnnotation?.type === 'TSTypeAnnotation'
      ? pattern.typeAnnotation.typeAnnotation
      : null;
  if (pattern !== undefined && annotated !== null) {
    const leaf = leavesOf(pattern).find((each) => each.name === name);
    return { node: annotated, scope: binding.scope, way: [...(leaf?.path ?? []), ...way] };
  }
  const definition = modules.definitionOf(scope, name);
  return definition && shapeOf(modules, definition.path, [...definition.way, ...way], left - 1);
}

/** The identifiers of a user that a shape declares, with their way from the value, best first as they stand. */
export function declaredFields(modules: Modules, shape: Shape | null): readonly KnownField[] {
  const members = shape && membersAt(modules, shape, deepest);
  if (members === null) return [];
  const found = [...members].flatMap(([name]) => {
    const kind = identityFields[name];
    return kind === undefined ? [] : [{ path: name, kind }];
  });
  if (found.length > 0) return found;
  return [...members].flatMap(([name, member]) =>
    !sessionWords.has(name)
      ? []
      : [...(membersAt(modules, { ...member, way: [] }, deepest) ?? [])].flatMap(([inner]) => {
          const kind = identityFields[inner];
          return kind === undefined ? [] : [{ path: `${name}.${inner}`, kind }];
        }),
  );
}

type Members = ReadonlyMap<string, Omit<Shape, 'way'>>;

function membersAt(modules: Modules, { node, scope, way }: Shape, left: number): Members | null {
  const members = left === 0 ? null : membersOf(modules, node, scope, left - 1);
  const [first, ...rest] = way;
  if (members === null || first === undefined) return members;
  const member = members.get(first);
  return member === undefined ? null : membersAt(modules, { ...member, way: rest }, left - 1);
}

function membersOf(modules: Modules, node: Node, scope: Scope, left: number): Members | null {
  if (left === 0) return null;
  const inner = (next: Node, from = scope) => membersOf(modules, next, from, left - 1);
  switch (node.type) {
    case 'ObjectExpression':
      return new Map(
        node.properties.flatMap((property) => {
          const name = property.type === 'ObjectProperty' ? keyName(property.key) : null;
          return name === null || property.type !== 'ObjectProperty' ? [] : [[name, { node: property.value, scope }]];
        }),
      );
    case 'TSParenthesizedType':
      return inner(node.typeAnnotation);
    case 'TSUnionType':
    case 'TSIntersectionType':
      return node.types.reduce<Members | null>((all, type) => {
        const found = inner(type);
        return found === null ? all : new Map([...(all ?? []), ...found]);
      }, null);
    case 'TSTypeLiteral':
      return membersIn(node.members, scope);
    case 'TSTypeReference': {
      if (node.typeName.type !== 'Identifier') return null;
      const [argument] = node.typeParameters?.params ?? [];
      if (argument && transparent.has(node.typeName.name)) return inner(argument);
      const found = findType(modules, scope, node.typeName.name);
      if (found === null) return null;
      const { declaration } = found;
      if (declaration.type === 'TSTypeAliasDeclaration') return inner(declaration.typeAnnotation, found.scope);
      const inherited = (declaration.extends ?? []).flatMap((base) =>
        base.expression.type === 'Identifier' ? [base.expression.name] : [],
      );
      return new Map([
        ...inherited.flatMap((name) => {
          const base = findType(modules, found.scope, name)?.declaration;
          return base?.type === 'TSInterfaceDeclaration' ? [...membersIn(base.body.body, found.scope)] : [];
        }),
        ...membersIn(declaration.body.body, found.scope),
      ]);
    }
    default:
      return null;
  }
}

/** Types that have the members of their first argument. */
const transparent = new Set(
  'Partial Readonly Required NonNullable Promise Nullable Maybe Omit Ref ShallowRef ComputedRef MaybeRef UnwrapRef'.split(
    ' ',
  ),
);

function membersIn(members: readonly Node[], scope: Scope): Map<string, Omit<Shape, 'way'>> {
  return new Map(
    members.flatMap((member) => {
      if (member.type !== 'TSPropertySignature') return [];
      const name = keyName(member.key);
      const type = member.typeAnnotation?.typeAnnotation;
      return name === null || type === undefined ? [] : [[name, { node: type, scope }]];
    }),
  );
}

type TypeDeclaration = TSInterfaceDeclaration | TSTypeAliasDeclaration;

/** A type of this name in the file, or in the one that it is imported from. */
export function findType(
  modules: Modules,
  scope: Scope,
  name: string,
  left = 6,
): { readonly declaration: TypeDeclaration; readonly scope: Scope } | null {
  const module = left === 0 ? null : modules.moduleOf(scope);
  if (module === null) return null;
  for (const statement of module.program.node.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    const isType = declaration?.type === 'TSInterfaceDeclaration' || declaration?.type === 'TSTypeAliasDeclaration';
    if (isType && declaration.id.name === name) return { declaration, scope: module.program.scope };
  }
  for (const statement of module.program.node.body) {
    const isReexport = statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportAllDeclaration';
    if (statement.type !== 'ImportDeclaration' && !isReexport) continue;
    const from = statement.source?.value;
    const file = from === undefined ? null : modules.resolve(module.source.path, from);
    const target = file === null ? undefined : modules.all.find(({ source }) => source.path === file);
    if (target === undefined) continue;
    const isNamed =
      statement.type === 'ExportAllDeclaration' ||
      statement.specifiers.some((each) => ('local' in each ? each.local.name : '') === name);
    const found = isNamed ? findType(modules, target.program.scope, name, left - 1) : null;
    if (found !== null) return found;
  }
  return null;
}
