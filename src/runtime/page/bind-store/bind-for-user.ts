/** A binding for as long as there is an engine, whoever its user is: what the hooks and composables of every framework do. */
import type { SyncError } from '../../core/errors';
import { warnDeveloper } from '../developer-warnings';
import { bindStore } from './bind-store';
import type { BindableEngine, BindStoreOptions } from './bind-store';
import type { StoreBinding } from './binding';
import { holdForUser } from './sign-out';
import type { StoreLike } from './store';

/** Binds one store to one engine after the other. */
export interface UserBinding<Documents> {
  /**
   * From here on the store is another user's, and what it comes to hold before their engine is open is theirs.
   * @param user stands for them; null for a guest and for nobody.
   */
  setUser(user: string | null): void;
  /** Ends the binding to the engine of before. What BINDING_INVALID refuses is a problem for `onProblem`, and the store is bound to nothing. */
  setEngine(engine: BindableEngine<Documents> | null): void;
}

/** @param given asked each time: what the app has given last. */
export function createUserBinding<State, Documents>(
  store: StoreLike<State>,
  given: () => {
    readonly bindings: readonly StoreBinding<State, Documents>[];
    readonly options?: BindStoreOptions | undefined;
  },
): UserBinding<Documents> {
  let isBound = false;
  let stop: (() => void) | undefined;
  let endHolding: ((isBound: boolean) => void) | undefined;
  return {
    setUser(user) {
      endHolding?.(isBound);
      isBound = false;
      endHolding = user === null ? undefined : holdForUser(store, given().bindings);
    },
    setEngine(engine) {
      stop?.();
      stop = undefined;
      if (!engine) return;
      const { bindings, options } = given();
      try {
        ({ stop } = bindStore(engine, store, bindings, options));
        isBound = true;
      } catch (error) {
        // It may be a single item that cannot be bound: no reason for an app to show nothing at all.
        const { onProblem = warnDeveloper } = options ?? {};
        onProblem(error as SyncError);
      }
    },
  };
}
