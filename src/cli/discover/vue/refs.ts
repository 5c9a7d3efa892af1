/** Which values are refs of Vue, and how code reads what is below them: with `.value` in a script, which templates and stores leave out. */
import type { NodePath } from '@babel/traverse';
import type { Function as FunctionNode } from '@babel/types';
import { importOf, isBelow, leavesOf, propertyName, returnedBy } from '../bindings';
import { withFields } from '../identity-expression';
import { refCalls } from '../identity-sources';
import type { Modules } from '../modules';
import { vueCallee } from './calls';
import { memberOf } from './objects';

type Way = readonly string[];

/** Whether what lies at a way from a value is a ref. */
export function isRef(modules: Modules, path: NodePath, way: Way, left = 12): boolean {
  const { node } = path;
  if (left === 0 || !node) return false;
  const next = (inner: NodePath, rest = way) => isRef(modules, inner, rest, left - 1);
  switch (node.type) {
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'TSSatisfiesExpression':
      return next(path.get('expression') as NodePath);
    case 'MemberExpression':
    case 'OptionalMemberExpression': {
      const property = propertyName(node);
      return property !== null && next(path.get('object') as NodePath, [property, ...way]);
    }
    case 'ObjectExpression': {
      const [first = '', ...rest] = way;
      const value = memberOf(path, first);
      return value !== null && next(value, rest);
    }
    case 'Identifier': {
      const definition = modules.definitionOf(path.scope, node.name);
      return definition !== null && next(definition.path, [...definition.way, ...way]);
    }
    case 'CallExpression': {
      if (!path.isCallExpression()) return false;
      const [first] = path.get('arguments') as NodePath[];
      const name = vueCallee(path);
      if (name !== null && makesRef.test(name)) return way.length === 0;
      if (name === 'storeToRefs' || name === 'toRefs') return way.length === 1;
      if (name === 'readonly' && first) return next(first);
      if (node.callee.type !== 'Identifier') return false;
      const imported = importOf(path.scope, node.callee.name);
      const known =
        imported === null
          ? undefined
          : refCalls.find((call) => call.name === imported.name && isBelow(imported.module, call.module));
      if (known !== undefined) return way.length === known.depth;
      const definition = modules.definitionOf(path.scope, node.callee.name);
      return (
        definition?.path.isFunction() === true &&
        returnedBy(definition.path as NodePath<FunctionNode>).some((value) => next(value))
      );
    }
    default:
      return false;
  }
}

const makesRef = /^((shallow|custom|template)?[rR]ef|toRef|computed|useModel|use(Local|Session)?Storage)$/;

/** `useAuth()` and `user.id` -> `useAuth().user.value?.id`, where `user` is a ref. @param way with or without its `value` */
export function textBelow(modules: Modules, path: NodePath, text: string, way: Way): string {
  const at = way.findIndex((_, index) => isRef(modules, path, way.slice(0, index)));
  const isLast = at === -1 && isRef(modules, path, way);
  if (at === -1 && !isLast) return withFields(text, way, 1);
  const before = isLast ? way : way.slice(0, at);
  const behind = isLast ? [] : way.slice(at);
  return withFields([text, ...before, 'value'].join('.'), behind[0] === 'value' ? behind.slice(1) : behind);
}

/** Whether a name holds what a reactive object had when the component was made: `const { user } = useUserStore()`, `const id = auth.user.id`. */
export function isSnapshot(modules: Modules, path: NodePath): boolean {
  let root = path;
  while (root.isMemberExpression() || root.isOptionalMemberExpression()) root = root.get('object') as NodePath;
  if (!root.isIdentifier()) return false;
  const { name } = root.node;
  const declarator = root.scope.getBinding(name)?.path;
  if (!declarator?.isVariableDeclarator()) return false;
  const init = declarator.get('init') as NodePath;
  const isPart =
    declarator.node.id.type !== 'Identifier' || init.isMemberExpression() || init.isOptionalMemberExpression();
  const leaf = leavesOf(declarator.node.id).find((each) => each.name === name);
  return isPart && leaf !== undefined && !isRef(modules, init, leaf.path);
}
