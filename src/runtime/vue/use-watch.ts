import { shallowRef, watch } from 'vue';
import type { ShallowRef } from 'vue';
import type { Watch } from '../page/provider/watches';

/**
 * The state of an external store, in the very task in which it changes, until the effect scope ends.
 * @param watchOf which one; asked again when something changes that it reads, so it gives the same one as long as it means the same.
 */
export function useWatch<State>(watchOf: () => Watch<State>): Readonly<ShallowRef<State>> {
  const state = shallowRef() as ShallowRef<State>;
  watch(
    watchOf,
    ({ read, subscribe }, _former, onCleanup) => {
      const look = () => {
        state.value = read();
      };
      onCleanup(subscribe(look));
      look();
    },
    { immediate: true, flush: 'sync' },
  );
  return state;
}

/** On a server nothing is opened, read or subscribed to: what it renders begins as a browser does that knows nothing yet. */
export const isOnServer = (): boolean => typeof document === 'undefined';
