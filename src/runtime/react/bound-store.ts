/** State that lives in a store, or in React itself, bound to documents below a provider. */
import { useContext, useInsertionEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { createUserBinding } from '../page/bind-store';
import type { BindableEngine, BindStoreOptions, StoreBinding, StoreLike } from '../page/bind-store';
import { UserContext } from './user-context';

/**
 * `bindStore` for as long as there is an engine: with another user, or none, the bound keys hold what they held at the beginning before anything is painted;
 * so they do where somebody signs out whose engine had not opened yet.
 * Call it once for a store. What `bindStore` refuses with BINDING_INVALID is a problem here, for `onProblem` of the options or the console in development.
 * @param engine `useSyncEngine()`.
 * @param bindings read when the engine comes; later ones count for the next engine.
 * @example
 * useBoundStore(useSyncEngine(), store, [{ collection: 'todos', at: 'todos.items', keys: ['title', 'done'], order: 'order' }]);
 */
export function useBoundStore<State, Documents>(
  engine: BindableEngine<Documents> | null,
  store: StoreLike<State>,
  bindings: readonly StoreBinding<State, Documents>[],
  options?: BindStoreOptions,
): void {
  const given = useRef({ bindings, options });
  given.current = { bindings, options };
  const user = useContext(UserContext);
  const binding = useMemo(() => createUserBinding<State, Documents>(store, () => given.current), [store]);
  useLayoutEffect(() => {
    binding.setUser(user);
    return () => binding.setUser(null);
  }, [binding, user]);
  useLayoutEffect(() => {
    binding.setEngine(engine);
    return () => binding.setEngine(null);
  }, [binding, engine]);
}

/**
 * The same for state of `useState`, `useReducer` or a context.
 * @param state as it is rendered: an object whose keys are bound.
 * @param setState takes a function of the state, as the setter of `useState` does; of a reducer, `(update) => dispatch({ type: 'synced', update })`.
 * @example
 * const [state, setState] = useState({ theme: 'light', todos: [] });
 * useBoundState(useSyncEngine(), state, setState, [{ collection: 'preferences', id: 'ui', keys: ['theme'] }]);
 */
export function useBoundState<State extends object, Documents>(
  engine: BindableEngine<Documents> | null,
  state: State,
  setState: (update: (state: State) => State) => void,
  bindings: readonly StoreBinding<State, Documents>[],
  options?: BindStoreOptions,
): void {
  const bridge = useRef<Bridge<State>>(null);
  bridge.current ??= createBridge(state, setState);
  bridge.current.setState = setState;
  const { store, look, rendered } = bridge.current;
  // Before a binding ends in the same render: what was typed last is stored.
  useInsertionEffect(() => look(state), [look, state]);
  // What is rendered first is what the binding begins with.
  useLayoutEffect(() => rendered(state), [rendered, state]);
  useBoundStore(engine, store, bindings, options);
}

interface Bridge<State> {
  readonly store: StoreLike<State>;
  /** The latest setter. */
  setState: (update: (state: State) => State) => void;
  /** What the store holds from now on. */
  look(state: State): void;
  /** The same, and whoever listens hears of it. */
  rendered(state: State): void;
}

/** A store whose state is what was rendered last: what is set shows in it after the next render. */
function createBridge<State>(initial: State, setState: Bridge<State>['setState']): Bridge<State> {
  let shown = initial;
  const listeners = new Set<() => void>();
  const bridge: Bridge<State> = {
    store: {
      getState: () => shown,
      getInitialState: () => initial,
      subscribe(changed) {
        listeners.add(changed);
        return () => void listeners.delete(changed);
      },
      setState: (update) => bridge.setState(update as (state: State) => State),
    },
    setState,
    look(state) {
      shown = state;
    },
    rendered(state) {
      shown = state;
      listeners.forEach((changed) => changed());
    },
  };
  return bridge;
}
