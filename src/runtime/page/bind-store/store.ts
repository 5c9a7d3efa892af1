/** The app's store as a binding sees it: Redux, Zustand, or what has the same three functions. */
/** Values by the place in the state that holds them: a key, or the key of a slice and a key in it, with a dot between them. */
export interface PlacedValues {
  readonly [place: string]: unknown;
}

/**
 * What a binding needs of a store. Either it has `setState`, as Zustand's do, or `dispatch`, as Redux' do: then its reducer is one of `syncedReducer`.
 * The state is not changed in place.
 */
export interface StoreLike<State> {
  getState(): State;
  subscribe(changed: () => void): () => void;
  setState?(update: (state: NotInferred<State>) => NotInferred<State>): unknown;
  dispatch?(action: SyncedAction): unknown;
  /** What the state is after a sign-out. */
  getInitialState?(): State;
}

/** The type of the state is that of `getState`, also where `setState` takes parts of it. */
type NotInferred<State> = [State][State extends unknown ? 0 : never];

/** The action by which a binding changes a Redux store. Reducers may react to it: what they hold at the bound places is replaced afterwards. */
// An alias, because an interface does not fit the index signature that an action of Redux has.
export type SyncedAction = {
  readonly type: typeof SYNCED;
  /** What the bound places hold from now on; undefined for what they hold at the beginning. */
  readonly payload: { readonly values: PlacedValues } | { readonly reset: readonly string[] };
};

/** The type of that action. */
export const SYNCED = 'zero-backend-sync/synced';

/**
 * A reducer of Redux for a store that is bound: the app's own, and over it what is synced.
 * @example
 * const store = configureStore({ reducer: syncedReducer(combineReducers({ settings, todos })) });
 */
export function syncedReducer<State, Action extends { readonly type: string }, Preloaded = State>(
  reducer: (state: State | Preloaded | undefined, action: Action) => State,
): (state: State | Preloaded | undefined, action: Action) => State {
  return (state, action) => {
    const next = reducer(state, action);
    if (action.type !== SYNCED) return next;
    const { payload } = action as unknown as SyncedAction;
    if ('values' in payload) return withValues(next, payload.values);
    const initial = reducer(undefined, action);
    return withValues(next, Object.fromEntries(payload.reset.map((place) => [place, valueAt(initial, place)])));
  };
}

export function valueAt(state: unknown, place: string): unknown {
  return place === '' ? state : place.split('.').reduce(propertyOf, state);
}

const propertyOf = (object: unknown, name: string): unknown =>
  typeof object === 'object' && object !== null && Object.hasOwn(object, name)
    ? (object as { readonly [name: string]: unknown })[name]
    : undefined;

/** The state with these values; every object on the way to one is new, all others are the same. */
export function withValues<State>(state: State, values: PlacedValues): State {
  return Object.entries(values).reduce(
    (next, [place, value]) => withValue(next, place.split('.'), value) as State,
    state,
  );
}

function withValue(object: unknown, [name = '', ...rest]: readonly string[], value: unknown): unknown {
  const next = rest.length === 0 ? value : withValue(propertyOf(object, name), rest, value);
  if (propertyOf(object, name) === next) return object;
  // Not taken out where it is undefined: a store that merges would keep it.
  return { ...(object as object), [name]: next };
}
