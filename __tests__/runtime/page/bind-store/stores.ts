/** Small stores in the shape of those that apps have. */
import type { StoreLike, SyncedAction } from '../../../../src/runtime/page';

/** As Redux: a reducer, and every action to every listener. */
export function createReduxLike<State, Action extends { readonly type: string }>(
  reducer: (state: State | undefined, action: Action) => State,
) {
  let state = reducer(undefined, { type: '@@init' } as Action);
  const listeners = new Set<() => void>();
  const actions: Action[] = [];
  return {
    actions,
    getState: () => state,
    subscribe(changed: () => void) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    dispatch(action: Action | SyncedAction) {
      actions.push(action as Action);
      state = reducer(state, action as Action);
      listeners.forEach((changed) => changed());
      return action;
    },
  };
}

/** As Zustand: listeners hear of states that are others. */
export function createZustandLike<State extends object>(initial: State) {
  let state = initial;
  let sets = 0;
  const listeners = new Set<() => void>();
  const setState = (update: Partial<State> | ((state: State) => Partial<State>)) => {
    const next = typeof update === 'function' ? update(state) : update;
    if (Object.is(next, state)) return;
    sets += 1;
    state = { ...state, ...next };
    listeners.forEach((changed) => changed());
  };
  return {
    getState: () => state,
    getInitialState: () => initial,
    setState,
    sets: () => sets,
    subscribe(changed: () => void) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
  } satisfies StoreLike<State> & { readonly sets: () => number };
}
