/**
 * State that an app changes in place, as a store whose state is not: Pinia's and Vuex' stores, `reactive`, and refs. What a binding reads is a copy that is
 * made when it is asked for; what a binding writes is changed in place, so that whoever holds a part of the state goes on seeing it.
 */
import { computed, effectScope, isReactive, isRef, reactive, toRaw, watch } from 'vue';
import type { Ref, UnwrapNestedRefs } from 'vue';
import type { StoreLike } from '../page/bind-store';
import { createCopies } from './state-copies';
import type { Fields } from './state-copies';

/** What a binding needs of a store of Pinia, in either of its forms. */
export interface PiniaLike<State> {
  readonly $state: State;
  readonly $patch: (...change: never[]) => unknown;
}

/** What a binding needs of a store of Vuex 4. */
export interface VuexLike<State> {
  readonly state: State;
  readonly commit: (...mutation: never[]) => unknown;
  replaceState(state: State): void;
}

interface Live {
  /** The state as it is, observed. */
  read(): Fields;
  /**
   * Changes it as one change, in one of two ways.
   * @param inPlace changes the state itself.
   * @param anew makes another state of it.
   */
  change(inPlace: (state: Fields) => void, anew: (state: Fields) => Fields): void;
}

const stores = new WeakMap<object, Map<string, StoreLike<never>>>();

/**
 * State that is changed in place, as a store for `bindStore`: the same one for the same state and keys. `useBoundStore` and `useBoundState` do this themselves.
 * @param state a store of Pinia or Vuex, a reactive object, a ref of one, or an object of refs.
 * @param keys of the state that are looked at: the first parts of the places that are bound. All of them, unless said otherwise.
 * @example
 * const { stop } = bindStore(engine, storeOf(useTodos()), [{ collection: 'todos', at: 'items', keys: ['title', 'done'] }]);
 */
export function storeOf<State>(
  state: PiniaLike<State> | VuexLike<State> | Ref<State>,
  keys?: readonly string[],
): StoreLike<State>;
export function storeOf<State extends object>(
  state: State,
  keys?: readonly string[],
): StoreLike<UnwrapNestedRefs<State>>;
export function storeOf(state: object, keys?: readonly string[]): StoreLike<never> {
  const owner = toRaw(state);
  const ofState = stores.get(owner) ?? new Map<string, StoreLike<never>>();
  stores.set(owner, ofState);
  const name = keys ? [...new Set(keys)].sort().join('\n') : '';
  const store = ofState.get(name) ?? (createStore(liveOf(state), keys) as unknown as StoreLike<never>);
  ofState.set(name, store);
  return store;
}

function liveOf(state: object): Live {
  if ('$state' in state && '$patch' in state) {
    const store = state as { readonly $state: Fields; $patch(change: (state: Fields) => void): void };
    return { read: () => store.$state, change: (inPlace) => store.$patch(inPlace) };
  }
  if ('replaceState' in state && 'commit' in state) {
    const store = state as VuexLike<Fields>;
    // In strict mode nothing but its own mutations may change the state in place.
    return { read: () => store.state, change: (_inPlace, anew) => store.replaceState(anew(store.state)) };
  }
  if (isRef<Fields>(state))
    return {
      read: () => state.value,
      change(inPlace, anew) {
        if (isReactive(state.value)) inPlace(state.value);
        else state.value = anew(state.value);
      },
    };
  const live = reactive(state) as Fields;
  return { read: () => live, change: (inPlace) => inPlace(live) };
}

function createStore(live: Live, keys: readonly string[] | undefined): StoreLike<Fields> {
  const copies = createCopies();
  let last: Fields | undefined;
  // Of no component: the state may outlive the one that binds it first. Computed only if something has changed since.
  const snapshot = effectScope(true).run(() => computed(() => (last = copies.copyOf(live.read(), keys, last))))!;
  const initial = snapshot.value;
  return {
    getState: () => snapshot.value,
    getInitialState: () => initial,
    subscribe(changed) {
      // A binding ends after the component that it is in, and is to hear of what was typed last.
      const subscription = effectScope(true);
      subscription.run(() => watch(snapshot, () => changed()));
      return () => subscription.stop();
    },
    setState(update) {
      const before = snapshot.value;
      const after = update(before);
      if (after === before) return;
      live.change(
        (state) => copies.write(state, before, after),
        (state) => ({ ...toRaw(state), ...copies.toLive(after) }),
      );
    },
  };
}
