/** @jest-environment jsdom */
/** State that is changed in place, bound: Pinia's stores in both of their forms, Vuex', `reactive` and refs. */
import '../../../src/preset/jest/setup';
import { computed, effectScope, isReactive, nextTick, reactive, ref, shallowRef, watch } from 'vue';
import { SyncEngine } from '../../../src/lib/engine';
import { bindStore } from '../../../src/runtime/page';
import { storeOf, useBoundState, useBoundStore } from '../../../src/runtime/vue';
import { inProcessWorkers } from '../../support/in-process';
import { createPiniaLike, createVuexLike } from './stores';

interface Note {
  id: string;
  title: string;
  tags?: string[];
  isOpen?: boolean;
}
interface State {
  settings: { theme: string; panel: string };
  notes: Note[];
  draft: string;
}
const begin = (): State => ({ settings: { theme: 'light', panel: 'left' }, notes: [], draft: '' });

let engine: SyncEngine;
let scope = effectScope(true);
beforeEach(async () => {
  scope = effectScope(true);
  engine = await SyncEngine.open({ identity: ['user-1'], relays: [], createWorker: inProcessWorkers() });
});
afterEach(async () => {
  scope.stop();
  await engine.close();
});

const bindings = [
  { collection: 'preferences', id: 'ui', at: 'settings', keys: ['theme'] },
  { collection: 'notes', at: 'notes', keys: ['title', 'tags'], order: 'order' },
] as const;

/** Waits until it is so: what is bound is read and written in the background. */
const until = async (isSo: () => boolean | Promise<boolean>) => {
  for (let turn = 0; !(await isSo()); turn += 1) {
    if (turn > 500) throw new Error('it never was');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
const stored = async () => ({
  theme: (await engine.db.preferences.findOne('ui').exec())?.theme,
  titles: (await engine.db.notes.find({ selector: {}, sort: [{ order: 'asc' }] }).exec()).map(({ title }) => title),
});

interface Kind {
  /** The state as the app sees it. */
  readonly state: () => State;
  readonly change: (run: (state: State) => void) => void;
  readonly bind: (to: EngineGiven) => void;
}
type EngineGiven = SyncEngine | (() => SyncEngine | null);

const inPlace = (state: () => State): Pick<Kind, 'state' | 'change'> => ({ state, change: (run) => run(state()) });

const kinds: readonly (readonly [name: string, make: () => Kind])[] = [
  [
    'an option store of Pinia',
    () => {
      const store = createPiniaLike(reactive(begin()));
      return { ...inPlace(() => store.$state), bind: (to) => useBoundStore(to, store, bindings) };
    },
  ],
  [
    'a setup store of Pinia',
    () => {
      const [settings, notes, draft] = [reactive(begin().settings), ref<Note[]>([]), ref('')];
      const store = createPiniaLike(reactive({ settings, notes, draft }));
      // As its own actions see it.
      const state = () => ({ settings, notes: notes.value, draft: draft.value });
      return { ...inPlace(state), bind: (to) => useBoundStore(to, store, bindings) };
    },
  ],
  [
    'a store of Vuex in strict mode',
    () => {
      const store = createVuexLike(begin());
      return {
        state: () => store.state,
        change: (run) => store.commit(run),
        bind: (to) => useBoundStore(to, store, bindings),
      };
    },
  ],
  [
    'a reactive object',
    () => {
      const state = reactive(begin());
      return { ...inPlace(() => state), bind: (to) => useBoundState(to, state, bindings) };
    },
  ],
  [
    'a ref',
    () => {
      const state = ref(begin());
      return { ...inPlace(() => state.value), bind: (to) => useBoundState(to, state, bindings) };
    },
  ],
  [
    'an object of refs',
    () => {
      const [settings, notes] = [ref(begin().settings), ref<Note[]>([])];
      const state = () => ({ settings: settings.value, notes: notes.value, draft: '' });
      return { ...inPlace(state), bind: (to) => useBoundState(to, { settings, notes }, bindings) };
    },
  ],
];

describe.each(kinds)('%s', (_name, make) => {
  test('shows what is stored, and stores what is changed in place', async () => {
    const { state, change, bind } = make();
    scope.run(() => bind(engine));
    await engine.patch('notes', 'a', { title: 'Milk', order: 0 });
    await engine.patch('preferences', 'ui', { theme: 'dark' });
    await until(() => state().notes.length === 1 && state().settings.theme === 'dark');
    expect(state().notes[0]).toMatchObject({ id: 'a', title: 'Milk' });
    expect(state().settings).toEqual({ theme: 'dark', panel: 'left' });

    change(({ notes, settings }) => {
      notes.push({ id: 'b', title: 'Bread' });
      notes[0]!.title = 'Oat milk';
      settings.theme = 'light';
    });
    await until(async () => String((await stored()).titles) === 'Oat milk,Bread');
    await until(async () => (await stored()).theme === 'light');

    change(({ notes }) => void notes.reverse());
    await until(async () => String((await stored()).titles) === 'Bread,Oat milk');
    change(({ notes }) => void notes.splice(0, 1));
    await until(async () => String((await stored()).titles) === 'Oat milk');
    expect(state().notes.map(({ title }) => title)).toEqual(['Oat milk']);
  });

  test('keeps what only the app has beside what comes from elsewhere', async () => {
    const { state, change, bind } = make();
    change(({ settings }) => void (settings.panel = 'right'));
    scope.run(() => bind(engine));
    change(({ notes }) => void notes.push({ id: 'a', title: 'Milk', isOpen: true }));
    await until(async () => String((await stored()).titles) === 'Milk');
    await engine.patch('notes', 'a', { title: 'Tea' });
    await engine.patch('preferences', 'ui', { theme: 'dark' });
    await until(() => state().notes[0]?.title === 'Tea' && state().settings.theme === 'dark');
    expect(state().notes[0]).toMatchObject({ title: 'Tea', isOpen: true });
    expect(state().settings.panel).toBe('right');
  });

  test('holds the beginning again when the engine goes, in the same task, and what was typed last is stored', async () => {
    const { state, change, bind } = make();
    const current = shallowRef<SyncEngine | null>(engine);
    scope.run(() => bind(() => current.value));
    await engine.patch('notes', 'a', { title: 'Milk', order: 0 });
    await until(() => state().notes.length === 1);
    change(({ notes }) => void notes.push({ id: 'b', title: 'last' }));
    current.value = null;
    expect(state().notes).toEqual([]);
    expect(state().settings).toEqual({ theme: 'light', panel: 'left' });
    await until(async () => String((await stored()).titles) === 'Milk,last');
  });
});

describe('state that is changed in place', () => {
  test('keeps its objects: whoever holds a part of it goes on seeing it', async () => {
    const state = reactive(begin());
    const { settings, notes } = state;
    scope.run(() => useBoundState(engine, state, bindings));
    state.notes.push({ id: 'a', title: 'Milk' }, { id: 'b', title: 'Bread' });
    const [milk, bread] = state.notes;
    await until(async () => (await stored()).titles.length === 2);
    await engine.patch('notes', 'a', { title: 'Tea' });
    await engine.patch('preferences', 'ui', { theme: 'dark' });
    await until(() => settings.theme === 'dark' && notes[0]?.title === 'Tea');
    expect(state.notes).toBe(notes);
    expect([state.notes[0], state.notes[1]]).toEqual([milk, bread]);
    expect(state.notes[0] === milk && state.notes[1] === bread).toBe(true);
    milk!.title = 'Coffee';
    await until(async () => String((await stored()).titles) === 'Coffee,Bread');
    expect(isReactive(notes[0])).toBe(true);
  });

  test('hears of a change from elsewhere once, and of its own never again', async () => {
    const state = reactive(begin());
    scope.run(() => useBoundState(engine, state, bindings));
    let changes = 0;
    scope.run(() =>
      watch(
        () => JSON.stringify(state),
        () => (changes += 1),
        { flush: 'sync' },
      ),
    );
    state.notes.push({ id: 'a', title: 'Milk', tags: [] });
    await until(async () => (await stored()).titles.length === 1);
    const own = changes;
    await engine.patch('notes', 'a', { title: 'Tea' });
    await until(() => state.notes[0]?.title === 'Tea');
    await nextTick();
    expect([own, changes - own]).toEqual([1, 1]);
  });

  test('lends nothing to what is stored: a list in an item may be changed in place, again and again', async () => {
    const state = reactive(begin());
    scope.run(() => useBoundState(engine, state, bindings));
    const tagsOf = async () => (await engine.db.notes.findOne('a').exec())?.tags;
    state.notes.push({ id: 'a', title: 'Milk', tags: ['one'] });
    await until(async () => String(await tagsOf()) === 'one');
    state.notes[0]!.tags!.push('two');
    await until(async () => String(await tagsOf()) === 'one,two');
    await engine.patch('notes', 'a', { tags: ['one', 'two', 'three'] });
    await until(() => String(state.notes[0]!.tags) === 'one,two,three');
    state.notes[0]!.tags!.push('four');
    await until(async () => String(await tagsOf()) === 'one,two,three,four');
  });

  test('that nothing observes is replaced as a whole, so that it shows', async () => {
    const state = shallowRef(begin());
    const titles = computed(() => state.value.notes.map(({ title }) => title).join());
    scope.run(() => useBoundState(engine, state, bindings));
    await engine.patch('notes', 'a', { title: 'Milk', order: 0 });
    await until(() => titles.value === 'Milk');
    state.value = { ...state.value, notes: [...state.value.notes, { id: 'b', title: 'Bread' }] };
    await until(async () => String((await stored()).titles) === 'Milk,Bread');
  });

  test('is a store for `bindStore`, too, the same one for the same state', async () => {
    const store = createPiniaLike(reactive(begin()));
    expect(storeOf(store)).toBe(storeOf(store));
    const { ready, stop } = bindStore(engine, storeOf(store), [
      { collection: 'notes', at: 'notes', keys: ['title'], order: 'order' },
    ]);
    await ready;
    store.$state.notes.push({ id: 'a', title: 'Milk' });
    await until(async () => String((await stored()).titles) === 'Milk');
    stop();
    expect(store.$state.notes).toEqual([]);
  });

  test('of a store of Pinia is changed as one mutation', async () => {
    const store = createPiniaLike(reactive(begin()));
    scope.run(() => useBoundStore(engine, store, bindings));
    await Promise.all([
      engine.patch('notes', 'a', { title: 'Milk', order: 0 }),
      engine.patch('notes', 'b', { title: 'Bread', order: 1 }),
    ]);
    await until(() => store.$state.notes.length === 2);
    expect(store.patches()).toBe(1);
  });

  test('what is not bound is not looked at: it may hold what no copy can', async () => {
    const circle: { self?: unknown; created: Date } = { created: new Date(0) };
    circle.self = circle;
    const state = reactive({ ...begin(), circle });
    scope.run(() => useBoundState(engine, state, bindings));
    await engine.patch('notes', 'a', { title: 'Milk', order: 0 });
    await until(() => state.notes.length === 1);
    expect(state.circle.created).toEqual(new Date(0));
  });

  test('what cannot be bound is a problem, and stays as it is', () => {
    const onProblem = jest.fn();
    const state = reactive({ notes: [{ id: 7, title: 'seven' }] });
    const wrong = [{ collection: 'notes', at: 'notes', keys: ['title'] }] as const;
    scope.run(() => useBoundState(engine, state, wrong, { onProblem }));
    expect(onProblem).toHaveBeenCalledWith(expect.objectContaining({ code: 'BINDING_INVALID' }));
    expect(state.notes[0]!.title).toBe('seven');
    scope.run(() => useBoundState(engine, reactive(begin()), [{ collection: 'notes' }] as never, { onProblem }));
    expect(onProblem).toHaveBeenCalledTimes(2);
  });
});
