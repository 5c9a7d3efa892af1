/** @jest-environment jsdom */
/** What is Vue's own about the composables: refs that show a write in its task, state that is changed in place, and scopes. */
import '../../../src/preset/jest/setup';
import { waitFor } from '@testing-library/dom';
import { defineComponent, effectScope, h, isReadonly, reactive, ref, watchEffect } from 'vue';
import type { SyncEngine } from '../../../src/lib/engine';
import { provideSync, useDocument, useQuery, useSyncEngine } from '../../../src/lib/vue';
import { useScene } from '../../support/frameworks';
import { mountApp, vueFramework } from '../../support/frameworks/vue';

const scene = useScene(vueFramework);

/** What a setup gives, below a provider whose engine is open. */
async function setUp<Found>(setup: () => Found): Promise<{ readonly found: Found; readonly engine: SyncEngine }> {
  let found: Found | undefined;
  let engine: ReturnType<typeof useSyncEngine> | undefined;
  const child = defineComponent(() => {
    found = setup();
    engine = useSyncEngine();
    return () => null;
  });
  mountApp(
    defineComponent(() => {
      provideSync({ identity: ['user-1'], relays: [], createWorker: scene.createWorker });
      return () => h(child);
    }),
  );
  await waitFor(() => expect(engine!.value).not.toBeNull());
  return { found: found!, engine: engine!.value! };
}

const note = { title: 'Milk', body: '', tags: ['a'], done: false, order: 0 };

test('refs show a write in the very task in which it is made', async () => {
  const { found, engine } = await setUp(() => ({ one: useDocument('notes', 'n'), all: useQuery('notes') }));
  await waitFor(() => expect([found.one.document.value, found.all.isLoading.value]).toEqual([null, false]));
  found.one.patch(note);
  expect(found.one.document.value?.title).toBe('Milk');
  expect(found.all.documents.value.map(({ title }) => title)).toEqual(['Milk']);
  void engine.patch('notes', 'n', { title: 'Tea' });
  expect([found.one.document.value?.title, found.all.documents.value[0]?.title]).toEqual(['Tea', 'Tea']);
});

test('ids, collections and queries may be refs, and what is shown is of the new one in the same task', async () => {
  const id = ref<string | null>(null);
  const selector = reactive({ done: false });
  const { found, engine } = await setUp(() => ({
    one: useDocument('notes', id),
    some: useQuery(
      () => 'notes' as const,
      () => ({ selector }),
    ),
  }));
  await engine.patch('notes', 'a', { ...note, title: 'A' });
  await engine.patch('notes', 'b', { ...note, title: 'B', done: true });
  expect(found.one.document.value).toBeUndefined();
  id.value = 'a';
  await waitFor(() => expect(found.one.document.value?.title).toBe('A'));
  id.value = 'b';
  expect(found.one.document.value?.title).not.toBe('A');
  await waitFor(() => expect(found.one.document.value?.title).toBe('B'));
  await waitFor(() => expect(found.some.documents.value.map(({ title }) => title)).toEqual(['A']));
  selector.done = true;
  await waitFor(() => expect(found.some.documents.value.map(({ title }) => title)).toEqual(['B']));
});

test('a patch of what was shown before something was awaited says so, and undoes nothing that came since', async () => {
  const { found, engine } = await setUp(() => useDocument('notes', 'n'));
  await engine.patch('notes', 'n', { ...note, tags: ['a', 'b'] });
  await waitFor(() => expect(found.document.value?.tags).toEqual(['a', 'b']));
  const shown = found.document.value!;
  await engine.patch('notes', 'n', { tags: ['a', 'b', 'c'] });
  expect(found.document.value?.tags).toEqual(['a', 'b', 'c']);
  await found.patch({ tags: shown.tags.filter((tag) => tag !== 'b') }, shown).committed;
  expect(found.document.value?.tags).toEqual(['a', 'c']);
});

test('a form is reactive state: what is patched of it is what it holds then, and it may be reset at once', async () => {
  const { found, engine } = await setUp(() => useDocument('notes', 'n'));
  await waitFor(() => expect(found.document.value).toBeNull());
  const form = reactive({ ...note, tags: ['a'] });
  const { committed } = found.patch(form);
  Object.assign(form, { title: '', tags: [] });
  await committed;
  expect((await engine.db.notes.findOne('n').exec())?.toJSON()).toMatchObject({ title: 'Milk', tags: ['a'] });
  form.tags.push('b');
  await found.patch({ tags: form.tags }).committed;
  form.tags.push('c');
  expect(found.document.value?.tags).toEqual(['b']);
  await found.patch({ tags: form.tags }).committed;
  expect((await engine.db.notes.findOne('n').exec())?.tags).toEqual(['b', 'c']);
});

test('what is shown is not observed in depth, and not to be changed in place', async () => {
  const { found, engine } = await setUp(() => ({ one: useDocument('notes', 'n'), all: useQuery('notes') }));
  await engine.patch('notes', 'n', note);
  await waitFor(() => expect([found.one.document.value?.title, found.all.documents.value.length]).toEqual(['Milk', 1]));
  for (const shown of [found.one.document.value!, found.all.documents.value[0]!]) {
    expect(isReadonly(shown)).toBe(false);
    expect(() => Object.assign(shown, { title: 'Tea' })).toThrow(TypeError);
  }
});

test('an effect runs once for each change of what it reads, and for no other one', async () => {
  const titles: (string | undefined)[] = [];
  const { engine } = await setUp(() => {
    const { document } = useDocument('notes', 'n');
    watchEffect(() => titles.push(document.value?.title), { flush: 'sync' });
  });
  await engine.patch('notes', 'n', note);
  await engine.patch('notes', 'other', note);
  await engine.patch('notes', 'n', { title: 'Milk' });
  await waitFor(() => expect(titles.at(-1)).toBe('Milk'));
  expect(titles.filter((title) => title === 'Milk')).toHaveLength(1);
});

test('they end with the effect scope in which they are used', async () => {
  const scope = effectScope(true);
  const { found, engine } = await setUp(() => scope.run(() => useDocument('notes', 'n'))!);
  await waitFor(() => expect(found.document.value).toBeNull());
  const followed = engine.watch('notes', 'n');
  expect(engine.watch('notes', 'n')).toBe(followed);
  scope.stop();
  expect(engine.watch('notes', 'n')).not.toBe(followed);
});
