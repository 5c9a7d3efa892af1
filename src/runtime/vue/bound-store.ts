/** State that lives in a store, or in Vue itself, bound to documents below a provider. */
import { onScopeDispose, toValue, watch } from 'vue';
import type { MaybeRefOrGetter, Ref, UnwrapNestedRefs } from 'vue';
import { boundKeys, createUserBinding } from '../page/bind-store';
import type { BindableEngine, BindStoreOptions, StoreBinding, StoreLike } from '../page/bind-store';
import { userContext } from './context';
import { storeOf } from './live-store';
import type { PiniaLike, VuexLike } from './live-store';

/**
 * `bindStore` for as long as there is an engine: with another user, or none, the bound keys hold what they held at the beginning before anything is painted;
 * so they do where somebody signs out whose engine had not opened yet.
 * Call it once for a store, in the setup of a component. What `bindStore` refuses with BINDING_INVALID is a problem here, for `onProblem` of the options or the
 * console in development.
 * @param engine `useSyncEngine()`.
 * @param store of Pinia or Vuex, or one that `bindStore` takes.
 * @example
 * useBoundStore(useSyncEngine(), useTodos(), [{ collection: 'todos', at: 'items', keys: ['title', 'done'], order: 'order' }]);
 */
export function useBoundStore<State, Documents>(
  engine: MaybeRefOrGetter<BindableEngine<Documents> | null>,
  store: PiniaLike<State> | VuexLike<State> | StoreLike<State>,
  bindings: readonly StoreBinding<State, Documents>[],
  options?: BindStoreOptions,
): void {
  const bound = 'getState' in store ? store : storeOf<State>(store, boundKeys(bindings));
  const user = userContext.find();
  const binding = createUserBinding<State, Documents>(bound, () => ({ bindings, options }));
  watch(
    [() => user?.value ?? null, () => toValue(engine)] as const,
    ([nextUser, nextEngine], [lastUser, lastEngine]) => {
      // First what ends: the state holds the beginning again before it is the next user's.
      if (nextEngine !== lastEngine) binding.setEngine(null);
      if (nextUser !== lastUser) binding.setUser(nextUser);
      if (nextEngine !== lastEngine) binding.setEngine(nextEngine);
    },
    { immediate: true, flush: 'sync' },
  );
  onScopeDispose(() => {
    binding.setEngine(null);
    binding.setUser(null);
  });
}

/**
 * The same for state of `reactive` and `ref`.
 * @param state a reactive object, a ref of an object, or an object of refs: `{ theme, todos }`.
 * @example
 * const state = reactive({ theme: 'light', todos: [] });
 * useBoundState(useSyncEngine(), state, [{ collection: 'preferences', id: 'ui', keys: ['theme'] }]);
 */
export function useBoundState<State extends object, Documents>(
  engine: MaybeRefOrGetter<BindableEngine<Documents> | null>,
  state: Ref<State>,
  bindings: readonly StoreBinding<State, Documents>[],
  options?: BindStoreOptions,
): void;
export function useBoundState<State extends object, Documents>(
  engine: MaybeRefOrGetter<BindableEngine<Documents> | null>,
  state: State,
  bindings: readonly StoreBinding<UnwrapNestedRefs<State>, Documents>[],
  options?: BindStoreOptions,
): void;
export function useBoundState<Documents>(
  engine: MaybeRefOrGetter<BindableEngine<Documents> | null>,
  state: object,
  bindings: readonly StoreBinding<never, Documents>[],
  options?: BindStoreOptions,
): void {
  useBoundStore(engine, storeOf(state, boundKeys(bindings)) as StoreLike<never>, bindings, options);
}
