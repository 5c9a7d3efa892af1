/** Stores of Pinia, with options or with a setup function, and who is signed in by what they hold. */
import type { NodePath } from '@babel/traverse';
import type { CallExpression } from '@babel/types';
import { sessionHook, sessionSlice } from '../identity-sources';
import type { Module, Modules } from '../modules';
import { extend, nounOf, sessionOrigin, stateOrigin, type Origin } from '../origin';
import { isFixed, isSignIn } from '../state-writes';
import { isCallOf } from './calls';
import { givenBy, memberOf, membersIn, waysIntoState } from './objects';
import { writesOfMethod, type ReactiveWrite } from './writes';

export interface PiniaStore {
  /** What its `defineStore` is called: `useUserStore`. */
  readonly hook: string;
  readonly id: string;
  readonly call: NodePath<CallExpression>;
  readonly module: Module;
  /** The options, or the setup function. */
  readonly made: NodePath;
  /** Options of its own, or of a setup store. */
  readonly options: NodePath | null;
}

export function piniaStoreOf(modules: Modules, call: NodePath | null): PiniaStore | null {
  const declarator = call?.parentPath;
  const module = call && modules.moduleOf(call);
  if (!isCallOf(call, 'defineStore') || !module) return null;
  const inputs = call.get('arguments') as NodePath[];
  const [first, second, third] = inputs;
  const made = second ?? first;
  if (made === undefined) return null;
  const id = second === undefined ? memberOf(first, 'id') : (first ?? null);
  return {
    hook:
      declarator?.isVariableDeclarator() && declarator.node.id.type === 'Identifier'
        ? declarator.node.id.name
        : 'useStore',
    id: id?.isStringLiteral() ? id.node.value : '',
    call,
    module,
    made,
    options: made.isFunction() ? (third ?? null) : made,
  };
}

export function piniaStores(modules: Modules): readonly PiniaStore[] {
  const found: PiniaStore[] = [];
  for (const { program } of modules.all) {
    program.traverse({
      CallExpression(call) {
        const store = piniaStoreOf(modules, call);
        if (store !== null) found.push(store);
      },
    });
  }
  return found;
}

/** Whether a store of this name is about who is signed in. */
export function isSessionStore({ hook, id }: Pick<PiniaStore, 'hook' | 'id'>): boolean {
  return sessionHook.test(hook) || sessionSlice.test(id);
}

/** What its actions write into its state; of a setup store that is written as any other state. */
export function writesOfStore({ made }: PiniaStore): readonly ReactiveWrite[] {
  return membersIn(memberOf(made, 'actions')).flatMap(({ value }) => writesOfMethod(value));
}

type Follow = (path: NodePath, way: readonly string[]) => Origin | null;

/** @param way from the store: `user.id` */
export function originInStore(store: PiniaStore, way: readonly string[], follow: Follow): Origin | null {
  const found = store.made.isFunction()
    ? firstOrigin(givenBy(store.made).map((value) => follow(value, way)))
    : originInOptions(store, way, follow, 6);
  const source = `the store ${store.hook}`;
  if (found !== null) return found.kind === 'provider' ? found : { ...found, source };
  if (isSessionStore(store)) return extend(sessionOrigin(source, nounOf(store.hook)), way);
  return isOfMany(store) ? null : extend(stateOrigin(source), way);
}

function originInOptions(store: PiniaStore, way: readonly string[], follow: Follow, left: number): Origin | null {
  const [first = '', ...rest] = way;
  const getter = left === 0 ? null : memberOf(memberOf(store.made, 'getters'), first);
  if (getter !== null) {
    for (const value of givenBy(getter)) {
      for (const inner of waysIntoState(value, getter)) {
        const whole = [...inner, ...rest];
        const origin = originInOptions(store, whole, follow, left - 1);
        if (origin !== null) return origin;
        if (isSessionStore(store)) return extend(sessionOrigin(`the store ${store.hook}`, nounOf(store.hook)), whole);
      }
    }
  }
  for (const write of writesOfStore(store)) {
    if (!write.way.every((word, index) => word === way[index])) continue;
    const below = way.slice(write.way.length);
    const origin = follow(write.value, below);
    if (origin !== null) return origin;
    const [noun = ''] = write.way.slice(-1);
    if (!isFixed(write.value) && isSignIn(write.within))
      return extend(sessionOrigin(`the store ${store.hook}`, noun), below);
  }
  return null;
}

/** A store of many is not about the one who is signed in. */
function isOfMany({ hook, id }: PiniaStore): boolean {
  return /[^s]s(Store)?$/.test(hook) || /[^s]s$/.test(id);
}

function firstOrigin(origins: readonly (Origin | null)[]): Origin | null {
  return origins.find((origin) => origin !== null) ?? null;
}
