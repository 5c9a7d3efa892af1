/** What a store holds before a binding and after it: the next user sees nothing of the last one. */
import { isBinding } from './binding';
import type { AnyBinding, StoreBinding } from './binding';
import { SYNCED, valueAt, withValues } from './store';
import type { StoreLike } from './store';

/** What stores held when they were seen first: what a sign-out leads back to. */
const initialStates = new WeakMap<object, unknown>();
/** What stores were told to hold when their last binding ended: a state of React shows it after the next render only. */
const resetStates = new WeakMap<object, { readonly former: unknown; readonly reset: unknown }>();

/** What the store holds at the beginning. */
export function initialStateOf<State>(store: StoreLike<State>): State {
  if (!initialStates.has(store)) initialStates.set(store, store.getInitialState?.() ?? store.getState());
  return initialStates.get(store) as State;
}

/** What a store holds, as far as bindings are concerned: of the last one nothing. */
export function heldBy<State>(store: StoreLike<State>): State {
  const state = store.getState();
  const last = resetStates.get(store);
  return last && last.former === state ? (last.reset as State) : state;
}

/** Places of the state that a binding shows documents in. */
export const placesOf = ({ id, at = '', keys }: AnyBinding): readonly string[] =>
  id === undefined ? [at] : keys.map((key) => (at === '' ? key : `${at}.${key}`));

/** The keys of the state in which something is bound: the first parts of the places. */
export const boundKeys = (bindings: readonly StoreBinding<never, never>[]): readonly string[] =>
  (bindings as unknown as readonly AnyBinding[])
    .filter(isBinding)
    .flatMap(placesOf)
    .map((place) => place.split('.', 1)[0]!);

/** The places hold again what they held at the beginning. */
export function resetStore<State>(store: StoreLike<State>, places: readonly string[]): void {
  const initial = initialStateOf(store);
  const reset = (state: State) =>
    withValues(state, Object.fromEntries(places.map((place) => [place, valueAt(initial, place)])));
  const former = store.getState();
  resetStates.set(store, { former, reset: reset(former) });
  if (store.setState) store.setState((state) => reset(state as State));
  else store.dispatch?.({ type: SYNCED, payload: { reset: places } });
}

/**
 * For the time in which the engine of a user opens: what the store comes to hold meanwhile is theirs.
 * @returns ends it. Where the engine never came, the places hold what they held at the beginning, as after a binding.
 */
export function holdForUser<State, Documents>(
  store: StoreLike<State>,
  bindings: readonly StoreBinding<State, Documents>[],
): (isBound: boolean) => void {
  initialStateOf(store);
  const places = (bindings as unknown as readonly AnyBinding[]).filter(isBinding).flatMap(placesOf);
  const before = heldBy(store);
  return (isBound) => {
    const now = store.getState();
    const isChanged = places.some((place) => !Object.is(valueAt(before, place), valueAt(now, place)));
    if (!isBound && isChanged) resetStore(store, places);
  };
}
