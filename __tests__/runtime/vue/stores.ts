/** Small stores in the shape of those that apps have; the real ones are in __tests__/homes. */
import { reactive, watch } from 'vue';

/** As Pinia: state that is changed in place by anybody, and `$patch` for several changes at once. */
export function createPiniaLike<State extends object>(state: State) {
  let patches = 0;
  return {
    $id: 'store',
    $state: state,
    $patch(change: Partial<State> | ((state: State) => void)) {
      patches += 1;
      if (typeof change === 'function') change(state);
      else Object.assign(state, change);
    },
    patches: () => patches,
  };
}

/** As Vuex in strict mode: what changes its state outside of a mutation throws. */
export function createVuexLike<State extends object>(initial: State) {
  const root = reactive({ data: initial }) as { data: State };
  let isCommitting = false;
  watch(
    () => root.data,
    () => {
      if (!isCommitting) throw new Error('do not mutate the store outside of mutation handlers');
    },
    { deep: true, flush: 'sync' },
  );
  function commit(run: () => void): void {
    isCommitting = true;
    try {
      run();
    } finally {
      isCommitting = false;
    }
  }
  return {
    get state() {
      return root.data;
    },
    commit: (mutation: (state: State) => void) => commit(() => mutation(root.data)),
    replaceState: (next: State) => commit(() => (root.data = next)),
  };
}
