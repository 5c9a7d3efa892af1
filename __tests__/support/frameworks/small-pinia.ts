/** As much of Pinia as the documents use, with its words; the real one is too large to be loaded for them. */
import { reactive } from 'vue';
import { createPiniaLike } from '../../runtime/vue/stores';

interface Options {
  readonly state: () => object;
  readonly actions?: Readonly<Record<string, (...parameters: unknown[]) => unknown>>;
}

/** One store for the page, in both of Pinia's forms. */
export function defineStore(_id: string, given: Options | (() => object)): () => object {
  let store: object | undefined;
  return () => (store ??= typeof given === 'function' ? setupStore(given()) : optionStore(given));
}

function optionStore({ state, actions = {} }: Options): object {
  const live = reactive(state());
  return withActions(live, actions);
}

function setupStore(made: object): object {
  const entries = Object.entries(made);
  const isAction = ([, value]: readonly [string, unknown]) => typeof value === 'function';
  const live = reactive(Object.fromEntries(entries.filter((entry) => !isAction(entry))));
  return withActions(live, Object.fromEntries(entries.filter(isAction)) as never);
}

/** The state's own properties, Pinia's, and the actions. */
function withActions(live: object, actions: NonNullable<Options['actions']>): object {
  const store: object = new Proxy(createPiniaLike(live), {
    get: (own, name, receiver) =>
      (name in live ? Reflect.get(live, name) : Reflect.get(own, name, receiver)) as unknown,
    set: (own, name, value) => Reflect.set(name in live ? live : own, name, value),
    has: (own, name) => name in live || name in own,
  });
  for (const [name, action] of Object.entries(actions)) Object.assign(store, { [name]: action.bind(store) });
  return store;
}
