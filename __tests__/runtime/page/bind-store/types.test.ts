/** What the compiler says of bindings, with the template's own engine. */
import type { SyncEngine } from '../../../../src/lib/engine';
import { bindStore, importOnce } from '../../../../src/runtime/page';
import type { BoundStore } from '../../../../src/runtime/page';
import { createReduxLike, createZustandLike } from './stores';

interface Settings {
  readonly theme: string;
}
interface State {
  readonly settings: Settings;
  readonly ui?: { readonly panels: { readonly look: Settings } };
  readonly notes: {
    readonly items: readonly { readonly id: string; readonly title: string }[];
    readonly draft?: string;
  };
}

const state: State = { settings: { theme: 'light' }, notes: { items: [] } };
const redux = createReduxLike((before: State = state) => before);
const zustand = createZustandLike(state);

/** Never called: what is said here, the compiler says. */
export const bindings = (engine: SyncEngine): readonly BoundStore[] => [
  bindStore(engine, redux, [
    { collection: 'preferences', id: 'ui', at: 'settings', keys: ['theme'] },
    { collection: 'notes', at: 'notes.items', keys: ['title'], order: 'order' },
  ]),
  bindStore(engine, zustand, [{ collection: 'notes', at: 'notes.items', keys: ['title'] }], {
    importOnce: { keys: ['old'], state: (text) => JSON.parse(text ?? '{}') as unknown },
  }),
  bindStore(engine, redux, [{ collection: 'preferences', id: 'ui', at: 'ui.panels.look', keys: ['theme'] }]),
  // @ts-expect-error a whole state is not bound: keys are named
  bindStore(engine, zustand, [{ collection: 'preferences', id: 'ui' }]),
  // @ts-expect-error nor a list without its place
  bindStore(engine, zustand, [{ collection: 'notes', keys: ['title'] }]),
  // @ts-expect-error the state has no such place
  bindStore(engine, zustand, [{ collection: 'notes', at: 'notes.list', keys: ['title'] }]),
  // @ts-expect-error nor has a list
  bindStore(engine, zustand, [{ collection: 'notes', at: 'notes.items.length', keys: ['title'] }]),
  // @ts-expect-error the schema has no such collection
  bindStore(engine, redux, [{ collection: 'todos', at: 'notes.items', keys: ['title'] }]),
  // @ts-expect-error the documents have no such property
  bindStore(engine, redux, [{ collection: 'notes', at: 'notes.items', keys: ['colour'] }]),
];

export const imported = (engine: SyncEngine): readonly Promise<boolean>[] => [
  importOnce(engine, { keys: ['old'], documents: (text) => ({ notes: [{ id: text ?? '', title: '', order: 0 }] }) }),
  // @ts-expect-error the schema has no such collection
  importOnce(engine, { keys: ['old'], documents: () => ({ todos: [] }) }),
];

test('a binding of named keys has the types of the state and of the schema', () => {
  expect(bindings).toBeDefined();
});
