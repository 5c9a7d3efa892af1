/** Stores of Vue that a plug-in keeps in localStorage. */
import type { NodePath } from '@babel/traverse';
import { importOf, writtenPath } from '../bindings';
import type { Modules } from '../modules';
import { memberOf } from './objects';
import { piniaStoreOf, type PiniaStore } from './pinia';

/** The key of a store of Pinia with `persist`, or of `createPersistedState` of Vuex, where it is written out; `null` where nothing is kept. */
export function persistedKey(modules: Modules, call: NodePath): NodePath | null {
  if (!call.isCallExpression()) return null;
  const [first] = call.get('arguments') as NodePath[];
  const name = writtenPath(call.node.callee);
  if (importOf(call.scope, name)?.module === 'vuex-persistedstate') return memberOf(first, 'key');
  const store = piniaStoreOf(modules, call);
  if (store === null || !isPersisted(store)) return null;
  return memberOf(memberOf(store.options, 'persist'), 'key') ?? memberOf(store.options, 'id') ?? first ?? null;
}

/** `persist: true` and `persist: { ... }`, as pinia-plugin-persistedstate reads them. */
export function isPersisted({ options }: Pick<PiniaStore, 'options'>): boolean {
  const persist = memberOf(options, 'persist');
  const storage = memberOf(persist, 'storage');
  const isElsewhere = storage !== null && !/(^|\.)localStorage$/.test(writtenPath(storage.node));
  return persist !== null && !(persist.isBooleanLiteral() && !persist.node.value) && !isElsewhere;
}
