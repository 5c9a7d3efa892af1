/**
 * Whether an expression is the same for everybody: a literal, what is made of literals, a constant that is one, a variable of the build. As an identity
 * it would give all people in the world one database that each of them can write.
 */
import type { NodePath } from '@babel/traverse';
import type { Function as FunctionNode } from '@babel/types';
import { propertyName, propertyOf, returnedBy, writtenPath } from './bindings';
import type { Modules } from './modules';

export type Constancy =
  /** One value for everybody who uses the app. */
  | 'constant'
  /** Another value at each start. */
  | 'random';

const deepest = 12;

export function constancyOf(
  modules: Modules,
  path: NodePath,
  way: readonly string[] = [],
  left = deepest,
): Constancy | null {
  if (left === 0 || !path.node) return null;
  const next = (inner: NodePath, rest: readonly string[] = way) => constancyOf(modules, inner, rest, left - 1);
  const every = (paths: readonly NodePath[]) => {
    const kinds = paths.map((each) => next(each, []));
    if (kinds.includes('random')) return 'random';
    return kinds.length > 0 && kinds.every((kind) => kind === 'constant') ? 'constant' : null;
  };
  const { node } = path;
  const written = writtenPath(node);
  if (sameInAllBrowsers.test(written) || isBuildVariable(path)) return 'constant';
  switch (node.type) {
    case 'StringLiteral':
    case 'NumericLiteral':
    case 'BigIntLiteral':
    case 'BooleanLiteral':
    case 'NullLiteral':
      return way.length === 0 ? 'constant' : null;
    case 'TemplateLiteral':
      return node.expressions.length === 0 ? 'constant' : every(path.get('expressions') as NodePath[]);
    case 'BinaryExpression':
      return every([path.get('left') as NodePath, path.get('right') as NodePath]);
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'TSSatisfiesExpression':
    case 'ParenthesizedExpression':
      return next(path.get('expression') as NodePath);
    case 'ObjectExpression': {
      const [first, ...rest] = way;
      const { value } = propertyOf(path, first ?? '');
      return first === undefined || value === null ? null : next(value, rest);
    }
    case 'MemberExpression':
    case 'OptionalMemberExpression': {
      const property = propertyName(node);
      return property === null ? null : next(path.get('object') as NodePath, [property, ...way]);
    }
    case 'Identifier': {
      if (node.name === 'undefined') return 'constant';
      const binding = path.scope.getBinding(node.name);
      if (binding !== undefined && binding.kind !== 'module' && !binding.constant) return null;
      const definition = modules.definitionOf(path.scope, node.name);
      return definition && !definition.path.isFunction() ? next(definition.path, [...definition.way, ...way]) : null;
    }
    case 'CallExpression': {
      const callee = writtenPath(node.callee);
      if (givesAnother.test(callee)) return 'random';
      const inputs = path.get('arguments') as NodePath[];
      if (/^(String|Number|btoa|atob|encodeURIComponent)$/.test(callee)) return every(inputs);
      if (/\.(toString|trim|toLowerCase|toUpperCase|slice|concat|normalize)$/.test(callee))
        return every([path.get('callee.object') as NodePath, ...inputs]);
      const named = path.get('callee') as NodePath;
      const definition = named.isIdentifier() ? modules.definitionOf(path.scope, named.node.name) : null;
      return definition?.path.isFunction() ? every(returnedBy(definition.path)) : null;
    }
    default:
      return null;
  }
}

/** The lists that an expression can be, each with the reason why it is the same for everybody or never the same; none where it is as it should be. */
export function constantLists(
  modules: Modules,
  value: NodePath,
  left = deepest,
): readonly { readonly list: NodePath; readonly kind: Constancy }[] {
  if (left === 0 || !value.node) return [];
  const inner = (key: string) => constantLists(modules, value.get(key) as NodePath, left - 1);
  switch (value.node.type) {
    case 'ArrayExpression': {
      const parts = value.get('elements') as NodePath[];
      const kinds = parts.map((part) => constancyOf(modules, part));
      if (kinds.includes('random')) return [{ list: value, kind: 'random' }];
      const isConstant = parts.length > 0 && kinds.every((kind) => kind === 'constant');
      // What is undefined or null opens nothing.
      const opens = parts.some(
        (part) => !part.isNullLiteral() && !(part.isIdentifier() && part.node.name === 'undefined'),
      );
      return isConstant && opens ? [{ list: value, kind: 'constant' }] : [];
    }
    case 'ConditionalExpression':
      return [...inner('consequent'), ...inner('alternate')];
    case 'LogicalExpression':
      return [...inner('left'), ...inner('right')];
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
      return inner('expression');
    // A getter of an option of Vue.
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
    case 'ObjectMethod':
      return returnedBy(value as NodePath<FunctionNode>).flatMap((each) => constantLists(modules, each, left - 1));
    case 'CallExpression': {
      const [first] = value.get('arguments') as NodePath[];
      const callee = writtenPath(value.node.callee);
      if (/^(shallowRef|ref|readonly)$/.test(callee) && first) return constantLists(modules, first, left - 1);
      if (!/(^|\.)(useMemo|computed)$/.test(callee) || !first?.isFunction()) return [];
      return returnedBy(first).flatMap((each) => constantLists(modules, each, left - 1));
    }
    case 'Identifier': {
      const definition = modules.definitionOf(value.scope, value.node.name);
      if (definition === null || definition.way.length > 0 || definition.path.isFunction()) return [];
      return constantLists(modules, definition.path, left - 1);
    }
    default:
      return [];
  }
}

const sameInAllBrowsers = /^(window\.|globalThis\.)?(location\.(host|hostname|origin|protocol|port)|document\.title)$/;
const givesAnother =
  /^(Math\.random|Date\.now|performance\.now|(window\.)?crypto\.randomUUID|uuid|uuidv4|uuid\.v4|v4|nanoid|cuid|ulid)$/;

/** `process.env.REACT_APP_X` and `import.meta.env.X`: the build writes one value into the bundle. */
function isBuildVariable(path: NodePath): boolean {
  if (!path.isMemberExpression()) return false;
  return /^(process\.env|\?\.env)\.\w+$/.test(writtenPath(path.node));
}
