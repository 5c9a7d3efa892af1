/** Follows values of an app of Vue to the session that they come from: refs and what is computed of them, stores, what is injected, and components with options. */
import type { NodePath, Scope } from '@babel/traverse';
import type { CallExpression } from '@babel/types';
import { sessionItem } from '../app-calls';
import { importOf, writtenPath } from '../bindings';
import { sessionProps, sessionSlice } from '../identity-sources';
import type { Modules } from '../modules';
import { extend, sessionOrigin, type Origin } from '../origin';
import { isFixed, isSignIn } from '../state-writes';
import { callBehind, unwrapped, usesVue, vueCallee } from './calls';
import { exportedName } from './exports';
import { givenBy, memberOf, membersIn, spreadsIn } from './objects';
import { originInStore, piniaStoreOf, type PiniaStore } from './pinia';
import { providedValues } from './provided';
import { textBelow } from './refs';
import { mappedWay, originInVuex, takenBy } from './vuex';
import { reactiveWrites, writesOfMethod, type ReactiveWrite } from './writes';

type Way = readonly string[];
type Follow = (path: NodePath, way: Way, depth: number) => Origin | null;

export interface VueOrigins {
  ofCall(call: NodePath<CallExpression>, way: Way, depth: number): Origin | null;
  /** Of `this.name`, and of a name in a template. */
  ofMember(at: NodePath | Scope, name: string, way: Way, depth: number): Origin | null;
  /** The origin with how any component reaches it, where a call of the app's own does. */
  reached(call: NodePath<CallExpression>, way: Way, origin: Origin | null): Origin | null;
}

/** `null` where the app is not one of Vue. @param follow the search itself */
export function vueOrigins(modules: Modules, follow: Follow): VueOrigins | null {
  if (!usesVue(modules)) return null;
  const writesOf = reactiveWrites(modules);
  const valuesOf = providedValues(modules);

  function ofCall(call: NodePath<CallExpression>, way: Way, depth: number): Origin | null {
    const { callee } = call.node;
    const store = callee.type === 'Identifier' ? storeOf(call.scope, callee.name) : null;
    if (store !== null) return ofStore(store, way, depth);
    const origin = ofVue(call, way, depth);
    // State that a file exports is imported as it is.
    const name = origin === null || !call.parentPath.isVariableDeclarator() ? null : exportedName(modules, call);
    if (origin === null || name === null) return origin;
    return {
      ...origin,
      isReactive: true,
      reach: { expression: textBelow(modules, call, name.name, way), imports: [name.text] },
    };
  }

  function ofVue(call: NodePath<CallExpression>, way: Way, depth: number): Origin | null {
    const { callee } = call.node;
    const [first, second] = call.get('arguments') as NodePath[];
    switch (vueCallee(call)) {
      case 'ref':
      case 'shallowRef':
      case 'reactive':
      case 'shallowReactive':
        return ofState(call, unwrapped(way), depth);
      case 'computed':
        return firstOf(givenBy(first ?? null), (value) => follow(value, unwrapped(way), depth));
      case 'storeToRefs':
      case 'toRefs': {
        const [key, ...rest] = way;
        return first === undefined || key === undefined ? null : follow(first, [key, ...unwrapped(rest)], depth);
      }
      case 'toRef':
        if (first?.isFunction()) return firstOf(givenBy(first), (value) => follow(value, unwrapped(way), depth));
        return first && second?.isStringLiteral() ? follow(first, [second.node.value, ...unwrapped(way)], depth) : null;
      case 'readonly':
      case 'shallowReadonly':
      case 'toRaw':
        return first ? follow(first, way, depth) : null;
      case 'unref':
      case 'toValue':
        return first
          ? (follow(first, way, depth) ?? firstOf(givenBy(first), (value) => follow(value, way, depth)))
          : null;
      case 'inject':
        return first ? ofInjected(first, way, depth) : null;
      case 'useStore':
      case 'createStore':
        return importOf(call.scope, writtenPath(callee))?.module === 'vuex' ? originInVuex(way) : null;
      case 'useStorage':
      case 'useLocalStorage':
      case 'useSessionStorage':
        return first?.isStringLiteral() && sessionItem.test(first.node.value)
          ? extend(sessionOrigin(`localStorage "${first.node.value}"`, 'user'), unwrapped(way))
          : null;
      case 'defineProps':
      case 'withDefaults':
        return sessionProps.has(way[0] ?? '') ? ofProperty(way) : null;
      default:
        return null;
    }
  }

  /** A ref or a reactive object that is written from a session is one; so is what a function that signs in stores. */
  function ofState(call: NodePath<CallExpression>, way: Way, depth: number): Origin | null {
    const declarator = call.parentPath;
    const name =
      declarator.isVariableDeclarator() && declarator.node.id.type === 'Identifier' ? declarator.node.id.name : '';
    const [initial] = call.get('arguments') as NodePath[];
    return (
      ofWrites(writesOf(call), name, way, depth) ??
      (initial ? follow(initial, way, depth) : null) ??
      (sessionProps.has(name) ? extend(sessionOrigin(`the state ${name}`, name), way) : null)
    );
  }

  function ofWrites(writes: readonly ReactiveWrite[], name: string, way: Way, depth: number): Origin | null {
    const own = writes.filter((write) => write.way.every((word, index) => word === way[index]));
    const below = (write: ReactiveWrite) => way.slice(write.way.length);
    const fromSession = firstOf(own, (write) => follow(write.value, below(write), depth));
    if (fromSession !== null) return fromSession;
    const write = own.find(({ value, within }) => !isFixed(value) && isSignIn(within));
    if (write === undefined) return null;
    return extend(sessionOrigin(`what ${write.within}() stores`, write.way.at(-1) ?? name), below(write));
  }

  function ofInjected(key: NodePath, way: Way, depth: number): Origin | null {
    const found = firstOf(valuesOf(key), (value) => follow(value, way, depth) ?? follow(value, unwrapped(way), depth));
    const name = key.isStringLiteral()
      ? key.node.value
      : writtenPath(key.node).replace(/_?(Injection)?(Key|Symbol)$/i, '');
    if (found !== null || !(sessionSlice.test(name) || sessionProps.has(name))) return found;
    return extend(
      sessionOrigin(`what is provided as "${name}"`, name),
      way.filter((word) => word !== 'value'),
    );
  }

  function storeOf(scope: Scope, name: string): PiniaStore | null {
    return piniaStoreOf(modules, callBehind(modules, scope, name));
  }

  function ofStore(store: PiniaStore, way: Way, depth: number): Origin | null {
    const origin = originInStore(store, way, (path, rest) => follow(path, rest, depth));
    const name = exportedName(modules, store.call);
    if (origin === null || name === null) return origin;
    return {
      ...origin,
      isReactive: true,
      reach: { expression: textBelow(modules, store.call, `${name.name}()`, way), imports: [name.text] },
    };
  }

  function ofMember(at: NodePath | Scope, name: string, way: Way, depth: number): Origin | null {
    if (name === '$store') return originInVuex(way);
    const options = optionsAround(modules, at);
    if (options === null) return null;
    const computed = memberOf(options, 'computed');
    const mapped = mappedWay(modules, computed, name);
    if (mapped !== null) return originInVuex([...mapped, ...way]);
    const data = givenBy(memberOf(options, 'data')).map((value) => memberOf(value, name));
    const methods = [options, memberOf(options, 'methods')].flatMap((object) => membersIn(object));
    const writes = methods.flatMap(({ value }) => (value.isFunction() ? writesOfMethod(value) : []));
    return (
      firstOf(givenBy(memberOf(computed, name)), (value) => follow(value, way, depth)) ??
      ofMappedStore(computed, name, way, depth) ??
      (data.some((value) => value !== null) ? ofWrites(writes, name, [name, ...way], depth) : null) ??
      firstOf(data, (value) => value && follow(value, way, depth)) ??
      firstOf(givenBy(memberOf(options, 'setup')), (value) => follow(value, [name, ...way], depth)) ??
      firstOf(injectedKeys(memberOf(options, 'inject'), name), (key) => ofInjected(key, way, depth)) ??
      (sessionProps.has(name) ? ofProperty([name, ...way]) : null)
    );
  }

  /** `...mapState(useUserStore, ['user'])` and `...mapStores(useUserStore)`. */
  function ofMappedStore(computed: NodePath | null, name: string, way: Way, depth: number): Origin | null {
    for (const call of spreadsIn(computed)) {
      if (!call.isCallExpression()) continue;
      const helper = writtenPath(call.node.callee);
      const [first, second] = call.get('arguments') as NodePath[];
      const stores = (call.get('arguments') as NodePath[]).flatMap((each) =>
        each.isIdentifier() ? (storeOf(each.scope, each.node.name) ?? []) : [],
      );
      const [store] = stores;
      const taken = first && second && /^map(Writable)?State$|^mapGetters$/.test(helper) ? takenBy(second, name) : null;
      if (store !== undefined && taken !== null) return ofStore(store, [...taken, ...way], depth);
      const mapped = helper === 'mapStores' ? stores.find(({ id }) => `${id}Store` === name) : undefined;
      if (mapped !== undefined) return ofStore(mapped, way, depth);
    }
    return null;
  }

  function reached(call: NodePath<CallExpression>, way: Way, origin: Origin | null): Origin | null {
    const { callee } = call.node;
    if (origin === null || call.node.arguments.length > 0 || callee.type !== 'Identifier') return origin;
    const definition = modules.definitionOf(call.scope, callee.name);
    if (!/^use[A-Z]/.test(callee.name) || (definition === null && vueCallee(call) !== null)) return origin;
    const imported = importOf(call.scope, callee.name);
    const name =
      definition !== null
        ? exportedName(modules, definition.path)
        : imported !== null && !/^(\.|[@~]\/)/.test(imported.module) && !['*', 'default'].includes(imported.name)
          ? { name: imported.name, text: `${imported.name} of ${imported.module}` }
          : null;
    if (name === null || (definition !== null && storeOf(call.scope, callee.name) !== null)) return origin;
    const ofVuex = origin.reach?.expression.startsWith('useStore()') === true ? origin.reach.expression : null;
    const expression =
      ofVuex?.replace('useStore()', `${name.name}()`) ?? textBelow(modules, call, `${name.name}()`, way);
    return { ...origin, reach: { expression, imports: [name.text] } };
  }

  return { ofCall, ofMember, reached };
}

/** The options of the component that a piece of code is in. */
function optionsAround(modules: Modules, at: NodePath | Scope): NodePath | null {
  const path = 'bindings' in at ? at.path : at;
  const program = path.scope.getProgramParent().path;
  const found = path.findParent(
    (parent) =>
      parent.isObjectExpression() && (isComponent(parent) || parent.parentPath?.isExportDefaultDeclaration() === true),
  );
  if (found !== null || !program.isProgram() || modules.moduleOf(path)?.source.vue == null) return found;
  const [declared] = program
    .get('body')
    .flatMap((statement) => (statement.isExportDefaultDeclaration() ? [statement.get('declaration') as NodePath] : []));
  if (declared === undefined) return null;
  return declared.isCallExpression() ? ((declared.get('arguments') as NodePath[])[0] ?? null) : declared;
}

function isComponent({ parentPath }: NodePath): boolean {
  return (
    parentPath?.isCallExpression() === true &&
    /(^|\.)(defineComponent|createApp|component|extend)$/.test(writtenPath(parentPath.node.callee))
  );
}

/** The key of `inject: ['user']` and `inject: { me: 'user' }`. */
function injectedKeys(inject: NodePath | null, name: string): readonly NodePath[] {
  if (inject?.isArrayExpression())
    return (inject.get('elements') as NodePath[]).filter((each) => each.isStringLiteral() && each.node.value === name);
  const value = memberOf(inject, name);
  const from = value?.isObjectExpression() ? memberOf(value, 'from') : value;
  return from == null ? [] : [from];
}

function ofProperty([property = '', ...way]: Way): Origin {
  return { ...extend(sessionOrigin(`the property "${property}" of a component`, property), way), isReactive: true };
}

function firstOf<T>(values: readonly T[], find: (value: T) => Origin | null): Origin | null {
  for (const value of values) {
    const origin = find(value);
    if (origin !== null) return origin;
  }
  return null;
}
