/** What the compiler says of the composables, with the template's own engine. */
import { reactive, ref, shallowRef } from 'vue';
import type { ComputedRef } from 'vue';
import type { SyncEngine } from '../../../src/lib/engine';
import type { Note } from '../../../src/lib/schema';
import { GuestMode } from '../../../src/lib/types';
import { provideSync, useDocument, useQuery, useSyncEngine, useSyncStatus } from '../../../src/lib/vue';
import { increment } from '../../../src/runtime/core';
import { bindStore } from '../../../src/runtime/page';
import { storeOf, useBoundState, useBoundStore } from '../../../src/runtime/vue';
import { createPiniaLike, createVuexLike } from './stores';

const state = { settings: { theme: 'light' }, notes: { items: [] as { id: string; title: string }[] } };

/** Never called: what is said here, the compiler says. */
export function composables(user: { readonly value: { readonly id: string } | null | undefined }): readonly unknown[] {
  const { engine } = provideSync({ identity: () => user.value && [user.value.id], guest: ref(GuestMode.Adopted) });
  const opened: ComputedRef<SyncEngine | null> = engine;
  const { document, patch } = useDocument('notes', () => user.value?.id);
  const note: Note | null | undefined = document.value;
  const { documents } = useQuery('notes', () => ({ selector: { done: true } }));
  const notes: readonly Note[] = documents.value;
  const either = useDocument(ref('preferences' as const), ref<string | null>(null)).document.value?.theme;
  patch({ title: 'new', order: increment(1) });
  patch({ tags: note?.tags }, note);
  patch((now) => now && { done: !now.done });
  const pending: number = useSyncStatus().value.pending;
  // @ts-expect-error an identity is a list
  provideSync({ identity: () => user.value?.id });
  // @ts-expect-error who the user is has to be said
  provideSync({ guest: GuestMode.Adopted });
  // @ts-expect-error the schema has no such collection
  useDocument('todos', 'n');
  // @ts-expect-error an id is a text
  useDocument('notes', 7);
  // @ts-expect-error the documents have no such property
  patch({ colour: 'red' });
  // @ts-expect-error nor a title that counts
  patch({ title: increment(1) });
  // @ts-expect-error what is shown is not written
  document.value = null;
  // @ts-expect-error nor are its properties
  documents.value[0]!.title = 'new';
  return [opened, notes, either, pending];
}

/** Never called either. */
export function bindings(): void {
  const engine = useSyncEngine();
  const pinia = createPiniaLike(reactive(state));
  const vuex = createVuexLike(state);
  useBoundStore(engine, pinia, [
    { collection: 'preferences', id: 'ui', at: 'settings', keys: ['theme'] },
    { collection: 'notes', at: 'notes.items', keys: ['title'], order: 'order' },
  ]);
  useBoundStore(() => engine.value, vuex, [{ collection: 'notes', at: 'notes.items', keys: ['title'] }]);
  useBoundState(engine, reactive(state), [{ collection: 'notes', at: 'notes.items', keys: ['title'] }]);
  useBoundState(engine, shallowRef(state), [{ collection: 'notes', at: 'notes.items', keys: ['title'] }]);
  useBoundState(engine, { theme: ref('light'), items: ref([{ id: 'a' }]) }, [
    { collection: 'preferences', id: 'ui', keys: ['theme'] },
    { collection: 'notes', at: 'items', keys: ['title'] },
  ]);
  bindStore(engine.value!, storeOf(pinia), [{ collection: 'notes', at: 'notes.items', keys: ['title'] }]);
  // @ts-expect-error the state has no such place
  useBoundStore(engine, pinia, [{ collection: 'notes', at: 'notes.list', keys: ['title'] }]);
  // @ts-expect-error nor has a list
  useBoundState(engine, reactive(state), [{ collection: 'notes', at: 'notes.items.length', keys: ['title'] }]);
  // @ts-expect-error the schema has no such collection
  useBoundStore(engine, vuex, [{ collection: 'todos', at: 'notes.items', keys: ['title'] }]);
  // @ts-expect-error a whole state is not bound: keys are named
  useBoundState(engine, ref(state), [{ collection: 'preferences', id: 'ui' }]);
}

test('the composables have the types of the schema and of the state', () => {
  expect([composables, bindings]).toBeDefined();
});
