/**
 * Follows an expression through variables, patterns, parameters, calls and other files to the session that it comes from. A question is always about a
 * value and a way into it (`value` and `user.id`), so that an object of several things is only asked for the one that matters.
 */
import type { Binding, NodePath, Scope } from '@babel/traverse';
import type { CallExpression, Function as FunctionNode, LVal } from '@babel/types';
import { appCallOrigin } from './app-calls';
import {
  isFunctionNode,
  leavesOf,
  nameOfFunction,
  propertyName,
  propertyOf,
  returnedBy,
  writtenPath,
} from './bindings';
import { contextValues } from './context-values';
import { sessionContext, sessionHook, sessionProps, sessionSelector, sessionStore } from './identity-sources';
import { knownCalls, type KnownCalls } from './known-calls';
import type { Module, Modules } from './modules';
import { extend, nounOf, reactive, sessionOrigin, stateOrigin, type Origin } from './origin';
import { isFixed, isSignIn, writesOfState } from './state-writes';
import { vueOrigins } from './vue/origins';

type Way = readonly string[];

export interface OriginReader {
  /** `null` where the value does not come from a session. @param way from the value to what is asked for */
  originOf(path: NodePath, way?: Way): Origin | null;
  originOfParameter(fn: NodePath<FunctionNode>, index: number, way?: Way): Origin | null;
  /** The session that a call hands to its callback. */
  originForCallback(call: NodePath<CallExpression>): Origin | null;
}

/** Variables may refer to each other in a circle, and through many files. */
const longestWay = 40;

export function originReader(modules: Modules): OriginReader {
  const knownByModule = new Map<Module | null, KnownCalls>();
  const answers = new WeakMap<object, Map<string, Origin | null>>();
  const valuesOfContext = contextValues(modules);
  const vue = vueOrigins(modules, originOf);

  function knownIn(path: NodePath | Scope): KnownCalls {
    const module = modules.moduleOf(path);
    const known = knownByModule.get(module) ?? knownCalls(module?.imports ?? []);
    knownByModule.set(module, known);
    return known;
  }

  /** Each question is answered once; one that leads back to itself has no answer. */
  function originOf(path: NodePath, way: Way, depth = longestWay): Origin | null {
    if (depth === 0 || !path.node) return null;
    const byWay = answers.get(path.node) ?? new Map<string, Origin | null>();
    answers.set(path.node, byWay);
    const key = way.join('.');
    if (byWay.has(key)) return byWay.get(key) ?? null;
    byWay.set(key, null);
    const origin = answer(path, way, depth - 1);
    byWay.set(key, origin);
    return origin;
  }

  function answer(path: NodePath, way: Way, depth: number): Origin | null {
    const inner = (key: string) => originOf(path.get(key) as NodePath, way, depth);
    switch (path.node.type) {
      case 'AwaitExpression':
        return inner('argument');
      case 'TSAsExpression':
      case 'TSNonNullExpression':
      case 'TSSatisfiesExpression':
      case 'TypeCastExpression':
      case 'ParenthesizedExpression':
        return inner('expression');
      case 'LogicalExpression':
        return inner('left') ?? inner('right');
      case 'ConditionalExpression':
        return inner('consequent') ?? inner('alternate');
      case 'Identifier':
        return originOfName(path.scope, path.node.name, way, depth);
      case 'MemberExpression':
      case 'OptionalMemberExpression':
        return originOfMember(path, way, depth);
      case 'CallExpression':
      case 'OptionalCallExpression':
        return originOfCall(path as NodePath<CallExpression>, way, depth);
      case 'ObjectExpression': {
        const [first = '', ...rest] = way;
        const { value, spread } = propertyOf(path, first);
        if (value !== null) return originOf(value, rest, depth);
        return firstOf(spread, (each) => originOf(each, way, depth));
      }
      case 'ArrayExpression': {
        const [index = '', ...rest] = way;
        return /^\d+$/.test(index) ? originOf(path.get(`elements.${index}`) as NodePath, rest, depth) : null;
      }
      default:
        return null;
    }
  }

  function originOfName(scope: Scope, name: string, way: Way, depth: number): Origin | null {
    const binding = scope.getBinding(name);
    if (binding === undefined) return vue?.ofMember(scope, name, way, depth) ?? null;
    if (binding.kind === 'module') {
      if (sessionStore.test(name)) return extend(sessionOrigin(`the store "${name}"`, nounOf(name)), way);
      const definition = modules.definitionOf(scope, name);
      return definition && originOf(definition.path, [...definition.way, ...way], depth);
    }
    if (binding.kind === 'param') return originOfBoundParameter(binding, name, way, depth);
    if (!binding.path.isVariableDeclarator()) return null;
    const leaf = leavesOf(binding.path.node.id).find((candidate) => candidate.name === name);
    return leaf ? originOf(binding.path.get('init') as NodePath, [...leaf.path, ...way], depth) : null;
  }

  function originOfBoundParameter(binding: Binding, name: string, way: Way, depth: number): Origin | null {
    const fn = binding.scope.path;
    if (!fn.isFunction()) return null;
    for (const [index, parameter] of fn.node.params.entries()) {
      const leaf = leavesOf(parameter as LVal).find((candidate) => candidate.name === name);
      if (leaf === undefined) continue;
      const origin = originOfParameter(fn, index, [...leaf.path, ...way], depth);
      if (origin !== null) return origin;
      const [property = ''] = leaf.path;
      if (index === 0 && leaf.path.length === 1 && sessionProps.has(property))
        return extend(propertyOrigin(property), way);
    }
    return null;
  }

  function originOfMember(path: NodePath, way: Way, depth: number): Origin | null {
    const property = propertyName(path.node);
    if (property === null) return null;
    const written = writtenPath(path.node);
    const currentUser = knownIn(path).currentUser(written);
    if (currentUser !== null) return extend(currentUser, way);
    if (written === `this.props.${property}` && sessionProps.has(property))
      return extend(propertyOrigin(property), way);
    const context = written === 'this.context' ? classContext(path) : null;
    if (context !== null) return reactive(extend(sessionOrigin(`the context ${context}`, 'user'), way));
    const member = written === `this.${property}` ? vue?.ofMember(path, property, way, depth) : null;
    if (member != null) return member;
    return originOf(path.get('object') as NodePath, [property, ...way], depth);
  }

  function originOfCall(path: NodePath<CallExpression>, way: Way, depth: number): Origin | null {
    const written = writtenPath(path.node.callee);
    const name = written.split('.').at(-1) ?? '';
    const [first] = path.get('arguments') as NodePath[];
    const behindRefs = vue === null ? way : way.filter((word) => word !== 'value');
    const found =
      originOfBuiltIn(path, name, way, depth) ??
      (written === 'JSON.parse' && first ? originOf(first, way, depth) : null) ??
      extended(knownIn(path).result(path.scope, written), behindRefs) ??
      vue?.ofCall(path, way, depth) ??
      originOfAppFunction(path, way, depth) ??
      extended(appCallOrigin(path.node, written, path.scope, isOwn), behindRefs);
    const reached = vue === null ? found : vue.reached(path, way, found);
    return /^use([A-Z]|$)/.test(name) ? reactive(reached) : reached;
  }

  /** Hooks of React and of stores whose arguments say what they give. */
  function originOfBuiltIn(path: NodePath<CallExpression>, name: string, way: Way, depth: number): Origin | null {
    const [first] = path.get('arguments') as NodePath[];
    if (/^use\w*Selector$/.test(name) && first) return originOfSelector(first, 'the Redux store', way, depth);
    if (/^use\w*Store$/.test(name) && first && isFunctionNode(first.node)) {
      const origin = originOfSelector(first, `the store ${name}`, way, depth);
      return origin && (sessionHook.test(name) ? { ...origin, kind: 'session' } : origin);
    }
    if (name === 'useMemo' && first?.isFunction())
      return firstOf(returnedBy(first), (value) => originOf(value, way, depth));
    if ((name === 'useState' || name === 'useReducer') && way[0] === '0')
      return originOfState(path, way.slice(1), depth);
    if (name !== 'useContext' && name !== 'use') return null;
    const context = first?.isIdentifier() ? modules.definitionOf(path.scope, first.node.name) : null;
    return context && firstOf(valuesOfContext(context.path), (value) => originOf(value, way, depth));
  }

  /** State that is set from a session is one; so is what a function that signs in stores. */
  function originOfState(call: NodePath<CallExpression>, way: Way, depth: number): Origin | null {
    const writes = writesOfState(call);
    const fromSession = firstOf(writes, ({ value, callback }) => {
      if (callback !== null) return originForHandedSetter(callback, way, depth);
      return value === null ? null : originOf(value, way, depth);
    });
    if (fromSession !== null) return fromSession;
    const [write] = writes.filter(({ value, within }) => value !== null && !isFixed(value) && isSignIn(within));
    return write === undefined ? null : extend(sessionOrigin(`what ${write.within}() stores`, write.name), way);
  }

  /** `onAuthStateChanged(auth, setUser)` and `getUser().then(setUser)`. */
  function originForHandedSetter(setter: NodePath, way: Way, depth: number): Origin | null {
    const call = setter.parentPath;
    if (!call?.isCallExpression()) return null;
    const handed = knownIn(call).callback(call.scope, writtenPath(call.node.callee));
    if (handed && handed.place.parameter === 0 && setter.key === handed.place.argument)
      return extend(handed.origin, way);
    const callee = call.get('callee') as NodePath;
    return propertyName(callee.node) === 'then' ? originOf(callee.get('object') as NodePath, way, depth) : null;
  }

  /** What a function of the app returns, as a hook of its own does. */
  function originOfAppFunction(path: NodePath<CallExpression>, way: Way, depth: number): Origin | null {
    const callee = path.get('callee') as NodePath;
    const definition = callee.isIdentifier() ? modules.definitionOf(path.scope, callee.node.name) : null;
    if (definition === null || definition.way.length > 0 || !definition.path.isFunction()) return null;
    return firstOf(returnedBy(definition.path), (value) => originOf(value, way, depth));
  }

  /** `useSelector((state) => state.auth.user)` and `useSelector(selectCurrentUser)`. */
  function originOfSelector(selector: NodePath, source: string, way: Way, depth: number): Origin | null {
    if (selector.isIdentifier() || selector.isMemberExpression()) {
      const name = writtenPath(selector.node).split('.').at(-1) ?? '';
      return sessionSelector.test(name) ? extend(sessionOrigin(`the selector ${name}`, nounOf(name)), way) : null;
    }
    if (!selector.isArrowFunctionExpression() && !selector.isFunctionExpression()) return null;
    const origin = firstOf(returnedBy(selector), (value) => originOf(value, way, depth));
    return origin && { ...origin, source };
  }

  function originOfParameter(fn: NodePath<FunctionNode>, index: number, way: Way, depth = longestWay): Origin | null {
    const call = fn.parentPath;
    if (call?.isCallExpression()) {
      const argument = call.node.arguments.indexOf(fn.node as never);
      const written = writtenPath(call.node.callee);
      const handed = knownIn(call).callback(call.scope, written);
      if (handed && handed.place.argument === argument && handed.place.parameter === index)
        return extend(handed.origin, way);
      const name = written.split('.').at(-1) ?? '';
      if (index === 0 && argument === 0 && takesState.test(name)) return extend(stateOrigin(), way);
      if (index === 0 && argument === 0 && name === 'then')
        return originOf(call.get('callee.object') as NodePath, way, depth);
    }
    const name = index === 0 ? nameOfFunction(fn) : '';
    return /^mapState(ToProps)?$/.test(name) || sessionSelector.test(name) ? extend(stateOrigin(), way) : null;
  }

  /** Whether an import is the app's own file. */
  function isOwn(scope: Scope, module: string): boolean {
    const file = modules.moduleOf(scope)?.source.path;
    return file !== undefined && modules.resolve(file, module) !== null;
  }

  return {
    originOf: (path, way = []) => originOf(path, way),
    originOfParameter: (fn, index, way = []) => originOfParameter(fn, index, way),
    originForCallback: (call) => knownIn(call).callback(call.scope, writtenPath(call.node.callee))?.origin ?? null,
  };
}

/** Functions whose first argument is a function of a store's state. */
const takesState = /^(use\w*(Selector|Store)|createSelector|connect)$/;

function firstOf<T>(values: readonly T[], find: (value: T) => Origin | null): Origin | null {
  for (const value of values) {
    const origin = find(value);
    if (origin !== null) return origin;
  }
  return null;
}

function extended(origin: Origin | null, way: Way): Origin | null {
  return origin && extend(origin, way);
}

function propertyOrigin(property: string): Origin {
  return { ...sessionOrigin(`the property "${property}" of a component`, property), isReactive: true };
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
