/** Follows an expression through variables, patterns, parameters and calls to the session that it comes from. */
import type { Binding, NodePath, Scope } from '@babel/traverse';
import type { CallExpression, Function as FunctionNode, LVal } from '@babel/types';
import { appCallOrigin } from './app-calls';
import { isFunctionNode, leavesOf, nameOfFunction, propertyName, writtenPath } from './bindings';
import { sessionContext, sessionHook, sessionProps, sessionSelector, sessionStore } from './identity-sources';
import { knownCalls } from './known-calls';
import { extend, nounOf, sessionOrigin, stateOrigin, type Origin } from './origin';

export interface OriginReader {
  /** `null` where the value does not come from a session. */
  originOf(path: NodePath): Origin | null;
  originOfParameter(fn: NodePath<FunctionNode>, index: number): Origin | null;
  /** The session that a call hands to its callback. */
  originForCallback(call: NodePath<CallExpression>): Origin | null;
}

/** Variables may refer to each other in a circle. */
const longestWay = 12;

/** @param imports the modules that the file imports */
export function originReader(imports: readonly string[]): OriginReader {
  const known = knownCalls(imports);

  function originOf(path: NodePath, depth = longestWay): Origin | null {
    if (depth === 0) return null;
    const { node } = path;
    const inner = (key: string) => originOf(path.get(key) as NodePath, depth - 1);
    switch (node.type) {
      case 'AwaitExpression':
        return inner('argument');
      case 'TSAsExpression':
      case 'TSNonNullExpression':
      case 'TSSatisfiesExpression':
      case 'TypeCastExpression':
      case 'ParenthesizedExpression':
        return inner('expression');
      case 'LogicalExpression':
        return inner('left');
      case 'Identifier':
        return originOfName(path.scope, node.name, depth - 1);
      case 'MemberExpression':
      case 'OptionalMemberExpression':
        return originOfMember(path, depth - 1);
      case 'CallExpression':
      case 'OptionalCallExpression':
        return originOfCall(path as NodePath<CallExpression>, depth - 1);
      default:
        return null;
    }
  }

  function originOfName(scope: Scope, name: string, depth: number): Origin | null {
    const binding = scope.getBinding(name);
    if (binding === undefined) return null;
    if (binding.kind === 'module') {
      return sessionStore.test(name) ? sessionOrigin(`the store "${name}"`, nounOf(name)) : null;
    }
    if (binding.kind === 'param') return originOfBoundParameter(binding, name, depth);
    if (!binding.path.isVariableDeclarator()) return null;
    const init = binding.path.get('init') as NodePath;
    const origin = init.node ? originOf(init, depth) : null;
    const leaf = leavesOf(binding.path.node.id).find((candidate) => candidate.name === name);
    return origin && leaf ? extend(origin, leaf.path) : null;
  }

  function originOfBoundParameter(binding: Binding, name: string, depth: number): Origin | null {
    const fn = binding.scope.path;
    if (!fn.isFunction()) return null;
    for (const [index, parameter] of fn.node.params.entries()) {
      const leaf = leavesOf(parameter as LVal).find((candidate) => candidate.name === name);
      if (leaf === undefined) continue;
      const origin = originOfParameter(fn, index, depth);
      if (origin !== null) return extend(origin, leaf.path);
      const [property = ''] = leaf.path;
      return index === 0 && leaf.path.length === 1 && sessionProps.has(property) ? propertyOrigin(property) : null;
    }
    return null;
  }

  function originOfMember(path: NodePath, depth: number): Origin | null {
    const property = propertyName(path.node);
    if (property === null) return null;
    const written = writtenPath(path.node);
    const currentUser = known.currentUser(written);
    if (currentUser !== null) return currentUser;
    if (written === `this.props.${property}` && sessionProps.has(property)) return propertyOrigin(property);
    const context = written === 'this.context' ? classContext(path) : null;
    if (context !== null) return sessionOrigin(`the context ${context}`, 'user');
    const origin = originOf(path.get('object') as NodePath, depth);
    return origin && extend(origin, [property]);
  }

  function originOfCall(path: NodePath<CallExpression>, depth: number): Origin | null {
    const written = writtenPath(path.node.callee);
    const name = written.split('.').at(-1) ?? '';
    const [first] = path.get('arguments') as NodePath[];
    if (/^use\w*Selector$/.test(name) && first) return originOfSelector(first, 'the Redux store', depth);
    if (/^use\w*Store$/.test(name) && first && isFunctionNode(first.node)) {
      const origin = originOfSelector(first, `the store ${name}`, depth);
      return origin && (sessionHook.test(name) ? { ...origin, kind: 'session' } : origin);
    }
    if (written === 'JSON.parse' && first) return originOf(first, depth);
    return known.result(path.scope, written) ?? appCallOrigin(path.node, written, path.scope);
  }

  /** `useSelector((state) => state.auth.user)` and `useSelector(selectCurrentUser)`. */
  function originOfSelector(selector: NodePath, source: string, depth: number): Origin | null {
    if (selector.isIdentifier() || selector.isMemberExpression()) {
      const name = writtenPath(selector.node).split('.').at(-1) ?? '';
      return sessionSelector.test(name) ? sessionOrigin(`the selector ${name}`, nounOf(name)) : null;
    }
    if (!selector.isArrowFunctionExpression() && !selector.isFunctionExpression()) return null;
    const body = selector.get('body') as NodePath;
    const returned = body.isBlockStatement()
      ? body.get('body').find((statement) => statement.isReturnStatement())
      : undefined;
    const origin = originOf((returned?.get('argument') as NodePath | undefined) ?? body, depth);
    return origin && { ...origin, source };
  }

  function originOfParameter(fn: NodePath<FunctionNode>, index: number, depth = longestWay): Origin | null {
    if (depth === 0) return null;
    const call = fn.parentPath;
    if (call?.isCallExpression()) {
      const argument = call.node.arguments.indexOf(fn.node as never);
      const written = writtenPath(call.node.callee);
      const handed = known.callback(call.scope, written);
      if (handed && handed.place.argument === argument && handed.place.parameter === index) return handed.origin;
      if (index === 0 && argument === 0 && takesState.test(written.split('.').at(-1) ?? '')) return stateOrigin();
    }
    const name = index === 0 ? nameOfFunction(fn) : '';
    return /^mapState(ToProps)?$/.test(name) || sessionSelector.test(name) ? stateOrigin() : null;
  }

  return {
    originOf: (path) => originOf(path),
    originOfParameter: (fn, index) => originOfParameter(fn, index),
    originForCallback: (call) => known.callback(call.scope, writtenPath(call.node.callee))?.origin ?? null,
  };
}

/** Functions whose first argument is a function of a store's state. */
const takesState = /^(use\w*(Selector|Store)|createSelector|connect)$/;

function propertyOrigin(property: string): Origin {
  return sessionOrigin(`the property "${property}" of a component`, property);
}

/** The context that a class component names as its `contextType`, where it is the session's. */
function classContext(path: NodePath): string | null {
  const owner = path.findParent((parent) => parent.isClass());
  const members = owner?.isClass() ? owner.node.body.body : [];
  for (const member of members) {
    if (member.type !== 'ClassProperty' || member.key.type !== 'Identifier' || member.key.name !== 'contextType')
      continue;
    if (member.value?.type === 'Identifier' && sessionContext.test(member.value.name)) return member.value.name;
  }
  return null;
}
