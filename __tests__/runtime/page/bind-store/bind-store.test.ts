/** State in a store of the app, bound to documents of a whole engine in this process. */
import { SyncEngine } from '../../../../src/lib/engine';
import type { OpenOptions } from '../../../../src/lib/engine';
import type * as schema from '../../../../src/lib/schema';
import { ErrorCode } from '../../../../src/runtime/core/errors';
import { bindStore, syncedReducer } from '../../../../src/runtime/page';
import type {
  BindableEngine,
  BoundStore,
  BindStoreOptions,
  StoreBinding,
  StoreLike,
} from '../../../../src/runtime/page';
import { inProcessWorkers } from '../../../support/in-process';
import { createReduxLike, createZustandLike } from './stores';

jest.mock('../../../../src/lib/schema', () => {
  const actual = jest.requireActual<typeof schema>('../../../../src/lib/schema').collections;
  const todos = {
    schema: {
      version: 0,
      primaryKey: 'id',
      type: 'object',
      additionalProperties: false,
      properties: {
        id: { type: 'string', maxLength: 40 },
        title: { type: 'string', maxLength: 60 },
        done: { type: 'boolean', default: false },
        votes: { type: 'number', default: 0, 'x-merge': 'counter' },
        tags: { type: 'array', items: { type: 'string' }, default: [], 'x-merge': 'set' },
        place: { type: 'object', properties: { lat: { type: 'number' }, lon: { type: 'number' } } },
        order: { type: 'number', default: 0 },
      },
      required: ['id', 'title'],
    },
  };
  return { collections: { ...actual, todos } };
});

interface Todo {
  readonly id: string;
  readonly title: string;
  readonly done?: boolean;
  readonly votes?: number;
  readonly tags?: readonly string[];
  readonly place?: { readonly lat: number; readonly lon: number };
  readonly isOpen?: boolean;
}
interface Documents {
  readonly preferences: { readonly id: string; readonly theme: string; readonly accent: string; readonly name: string };
  readonly todos: Omit<Todo, 'isOpen'> & { readonly order: number };
}
interface State {
  readonly settings: { readonly theme: string; readonly name: string; readonly isPanelOpen: boolean };
  readonly todos: { readonly items: readonly Todo[]; readonly filter: string };
}
type Engine = BindableEngine<Documents> & Pick<SyncEngine, 'close'>;

const initial: State = {
  settings: { theme: 'light', name: '', isPanelOpen: false },
  todos: { items: [], filter: 'all' },
};
const settings: StoreBinding<State, Documents> = {
  collection: 'preferences',
  id: 'ui',
  at: 'settings',
  keys: ['theme', 'name'],
};
const list: StoreBinding<State, Documents> = {
  collection: 'todos',
  at: 'todos.items',
  keys: ['title', 'done', 'votes', 'tags', 'place'],
  order: 'order',
};

const engines: Engine[] = [];
const bindings: BoundStore[] = [];
async function open(options: Partial<OpenOptions> = {}): Promise<Engine> {
  const engine = (await SyncEngine.open({
    identity: ['user-1'],
    relays: [],
    createWorker: inProcessWorkers(),
    ...options,
  })) as unknown as Engine;
  engines.push(engine);
  return engine;
}
afterEach(async () => {
  bindings.splice(0).forEach(({ stop }) => stop());
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

async function bind<Of>(
  engine: Engine,
  store: StoreLike<Of>,
  given: readonly StoreBinding<Of, Documents>[],
  options?: BindStoreOptions,
): Promise<BoundStore> {
  const bound = bindStore(engine, store, given, options);
  bindings.push(bound);
  await bound.ready;
  return bound;
}

async function until(isIt: () => boolean | Promise<boolean>): Promise<void> {
  const limit = Date.now() + 4_000;
  while (!(await isIt())) {
    if (Date.now() > limit) throw new Error('It did not come to that.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
/** Long enough for an echo to come. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 60));

const uiOf = async (engine: Engine) => (await engine.db.preferences.findOne('ui').exec())?.toJSON();
const todosOf = async (engine: Engine) =>
  (await engine.db.todos.find().exec())
    .map((found) => found.toJSON() as Documents['todos'])
    .sort((one, other) => one.order - other.order);
/** The rows of each write, by collection. */
const writesOf = (engine: Engine) =>
  [engine.db.preferences, engine.db.todos].map(
    ({ storageInstance }) =>
      jest.spyOn(storageInstance, 'bulkWrite' as never) as unknown as jest.SpyInstance<void, [unknown[]]>,
  );
const setItems = (
  store: ReturnType<typeof createZustandLike<State>>,
  change: (items: readonly Todo[]) => readonly Todo[],
) => store.setState((state) => ({ todos: { ...state.todos, items: change(state.todos.items) } }));

describe('what the store holds at the beginning', () => {
  test('is seeded and never written', async () => {
    const engine = await open();
    const writes = writesOf(engine);
    const store = createZustandLike<State>({
      ...initial,
      todos: { items: [{ id: 'a', title: 'Milk' }], filter: 'all' },
    });
    await bind(engine, store, [settings, list]);
    await settled();
    expect(await uiOf(engine)).toMatchObject({ theme: 'light', name: '' });
    expect(await todosOf(engine)).toMatchObject([{ id: 'a', title: 'Milk' }]);
    expect(writes.flatMap(({ mock }) => mock.calls)).toEqual([]);
  });

  test('gives way to what is stored, of which the other keys stay out of the state', async () => {
    const engine = await open();
    await engine.patch('preferences', 'ui', { theme: 'dark', accent: 'red' });
    await engine.patch('todos', 'b', { title: 'Bread', order: 5 });
    const store = createZustandLike(initial);
    await bind(engine, store, [settings, list]);
    expect(store.getState()).toEqual({
      settings: { theme: 'dark', name: '', isPanelOpen: false },
      todos: { items: [{ id: 'b', title: 'Bread', done: false, votes: 0, tags: [] }], filter: 'all' },
    });
  });

  test('gives way to a removal, too', async () => {
    const engine = await open();
    const store = createZustandLike<State>({ ...initial, todos: { items: [{ id: 'a', title: 'Milk' }], filter: '' } });
    await engine.patch('todos', 'a', { title: 'Milk' });
    await (await engine.db.todos.findOne('a').exec())!.remove();
    await bind(engine, store, [list]);
    expect(store.getState().todos.items).toEqual([]);
  });

  test('what is changed before it is ready is an edit', async () => {
    const engine = await open();
    await engine.patch('preferences', 'ui', { theme: 'dark', name: 'Ann' });
    const store = createZustandLike(initial);
    const ready = bind(engine, store, [settings, list]);
    store.setState({ settings: { ...initial.settings, name: 'Bob' } });
    setItems(store, (items) => [...items, { id: 'a', title: 'Milk' }]);
    await ready;
    await until(async () => (await uiOf(engine))?.name === 'Bob' && (await todosOf(engine)).length === 1);
    expect(store.getState().settings).toMatchObject({ theme: 'dark', name: 'Bob' });
    expect(store.getState().todos.items).toMatchObject([{ id: 'a', title: 'Milk' }]);
  });
});

describe('an edit', () => {
  test('writes the difference, and what others have changed beside it stays', async () => {
    const engine = await open();
    const store = createZustandLike(initial);
    await bind(engine, store, [list]);
    setItems(store, () => [{ id: 'a', title: 'Milk', votes: 1, tags: ['x'], isOpen: true }]);
    await until(async () => (await todosOf(engine)).length === 1);
    await Promise.all([
      engine.patch('todos', 'a', (todo) => todo && { votes: todo.votes! + 10, tags: [...todo.tags!, 'y'], done: true }),
      setItems(store, ([item]) => [{ ...item!, votes: 2, tags: ['x', 'z'], title: 'Oat milk' }]),
    ]);
    await until(() => store.getState().todos.items[0]?.votes === 12);
    expect(store.getState().todos.items).toEqual([
      { id: 'a', title: 'Oat milk', done: true, votes: 12, tags: ['x', 'y', 'z'], isOpen: true },
    ]);
  });

  test('comes back in no form: one write each, and the state is set by nobody but the app', async () => {
    const engine = await open();
    const store = createZustandLike(initial);
    await bind(engine, store, [settings, list]);
    const writes = writesOf(engine);
    const setsBefore = store.sets();
    store.setState({ settings: { ...initial.settings, theme: 'dark' } });
    setItems(store, () => [{ id: 'a', title: 'Milk', done: false, votes: 0, tags: [] }]);
    await until(async () => (await todosOf(engine)).length === 1 && (await uiOf(engine))?.theme === 'dark');
    await settled();
    expect(writes.flatMap(({ mock }) => mock.calls)).toHaveLength(2);
    expect(store.sets() - setsBefore).toBe(2);
  });

  test('is what the app has changed, and not what others have', async () => {
    const engine = await open();
    const store = createZustandLike(initial);
    await bind(engine, store, [settings, list]);
    const writes = writesOf(engine);
    await engine.patch('preferences', 'ui', { theme: 'dark' });
    await engine.patch('todos', 'a', { title: 'Milk', order: 1 });
    await until(() => store.getState().settings.theme === 'dark' && store.getState().todos.items.length === 1);
    await engine.patch('todos', 'a', { done: true });
    await until(() => store.getState().todos.items[0]?.done === true);
    await settled();
    expect(writes.flatMap(({ mock }) => mock.calls)).toHaveLength(3);
  });

  test('of local keys is none', async () => {
    const engine = await open();
    const store = createZustandLike(initial);
    await bind(engine, store, [settings, list]);
    const writes = writesOf(engine);
    store.setState({ settings: { ...initial.settings, isPanelOpen: true }, todos: { items: [], filter: 'open' } });
    await settled();
    expect(writes.flatMap(({ mock }) => mock.calls)).toEqual([]);
  });

  test('that is refused is taken back, and said', async () => {
    const engine = await open();
    const onProblem = jest.fn();
    const store = createZustandLike(initial);
    await bind(engine, store, [settings, list], { onProblem });
    store.setState({ settings: { ...initial.settings, theme: 'pink' } });
    setItems(store, () => [{ id: 'a', title: 'x'.repeat(61) }]);
    await until(() => store.getState().settings.theme === 'light' && store.getState().todos.items.length === 0);
    expect(onProblem.mock.calls.map(([{ code }]) => code as string)).toEqual([
      ErrorCode.DocumentInvalid,
      ErrorCode.DocumentInvalid,
    ]);
  });

  test('of an item that another device removes meanwhile does not bring it back', async () => {
    const engine = await open();
    const store = createZustandLike(initial);
    const onProblem = jest.fn();
    await bind(engine, store, [list], { onProblem });
    setItems(store, () => [{ id: 'a', title: 'Milk' }]);
    await until(async () => (await todosOf(engine)).length === 1);
    const removed = (await engine.db.todos.findOne('a').exec())!.remove();
    setItems(store, ([item]) => [{ ...item!, done: true }]);
    await removed;
    await until(() => store.getState().todos.items.length === 0);
    await settled();
    expect(await todosOf(engine)).toEqual([]);
    expect(onProblem).not.toHaveBeenCalled();
  });
});

describe('a list', () => {
  test('keeps its order, and moving an item writes one number', async () => {
    const engine = await open();
    const store = createZustandLike(initial);
    await bind(engine, store, [list]);
    setItems(store, () => ['a', 'b', 'c', 'd'].map((id) => ({ id, title: id })));
    await until(async () => (await todosOf(engine)).length === 4);
    const [, writes] = writesOf(engine);
    setItems(store, ([a, b, c, d]) => [a!, d!, b!, c!]);
    await until(async () => (await todosOf(engine)).map(({ id }) => id).join('') === 'adbc');
    expect(writes!.mock.calls.map(([rows]) => rows.length)).toEqual([1]);
    const other = createZustandLike(initial);
    await bind(engine, other, [list]);
    expect(
      other
        .getState()
        .todos.items.map(({ id }) => id)
        .join(''),
    ).toBe('adbc');
  });

  test.each(['a', 'b'])('shows %s where it is put, when it was taken out before', async (id) => {
    const engine = await open();
    const store = createZustandLike(initial);
    await bind(engine, store, [list]);
    setItems(store, () => ['a', 'b', 'c'].map((one) => ({ id: one, title: one })));
    await until(async () => (await todosOf(engine)).length === 3);
    const moved = store.getState().todos.items.find((item) => item.id === id)!;
    setItems(store, (items) => items.filter((item) => item !== moved));
    setItems(store, (items) => [...items, moved]);
    const wanted = ['a', 'b', 'c'].filter((one) => one !== id).join('') + id;
    await until(async () => (await todosOf(engine)).map((todo) => todo.id).join('') === wanted);
    await settled();
    expect(
      store
        .getState()
        .todos.items.map((item) => item.id)
        .join(''),
    ).toBe(wanted);
  });

  test('loses what is removed on either side', async () => {
    const engine = await open();
    const store = createZustandLike(initial);
    await bind(engine, store, [list]);
    setItems(store, () => ['a', 'b', 'c'].map((id) => ({ id, title: id })));
    await until(async () => (await todosOf(engine)).length === 3);
    setItems(store, (items) => items.filter(({ id }) => id !== 'a'));
    await (await engine.db.todos.findOne('b').exec())!.remove();
    await until(async () => (await todosOf(engine)).length === 1 && store.getState().todos.items.length === 1);
    expect(store.getState().todos.items[0]!.id).toBe('c');
  });

  test('takes an item back that was removed a moment before', async () => {
    const engine = await open();
    const store = createZustandLike(initial);
    await bind(engine, store, [list]);
    setItems(store, () => [{ id: 'a', title: 'Milk' }]);
    setItems(store, () => []);
    setItems(store, () => [{ id: 'a', title: 'Milk again' }]);
    await settled();
    await until(async () => (await todosOf(engine))[0]?.title === 'Milk again');
    expect(store.getState().todos.items).toMatchObject([{ id: 'a', title: 'Milk again' }]);
  });

  test.each([
    ['an object by id', { list: {} }, (state: unknown) => state],
    [
      'an entity state',
      { list: { ids: [], entities: {} } },
      (state: unknown) => (state as { entities: unknown }).entities,
    ],
  ])('may be %s', async (_form, state, byId) => {
    const engine = await open();
    const store = createZustandLike<{ list: object }>(state);
    await bind(engine, store, [{ collection: 'todos', at: 'list' as never, keys: ['title'], order: 'order' }]);
    await engine.patch('todos', 'b', { title: 'Bread', order: 1 });
    await until(() => 'b' in (byId(store.getState().list) as object));
    expect(byId(store.getState().list)).toEqual({ b: { id: 'b', title: 'Bread' } });
    if ('ids' in store.getState().list) expect(store.getState().list).toMatchObject({ ids: ['b'] });
  });
});

describe('a Redux store', () => {
  const reduce = (state: State = initial, action: { readonly type: string; readonly payload?: unknown }): State =>
    action.type === 'renamed' ? { ...state, settings: { ...state.settings, name: action.payload as string } } : state;

  test('is changed by actions that say what comes, through its own reducer', async () => {
    const engine = await open();
    const store = createReduxLike(syncedReducer(reduce));
    await bind(engine, store, [settings, list]);
    await engine.patch('preferences', 'ui', { theme: 'dark' });
    await until(() => store.getState().settings.theme === 'dark');
    expect(store.actions).toEqual([
      { type: 'zero-backend-sync/synced', payload: { values: { 'settings.theme': 'dark' } } },
    ]);
    store.dispatch({ type: 'renamed', payload: 'Ann' });
    await until(async () => (await uiOf(engine))?.name === 'Ann');
  });

  test('whose reducer takes nothing is said to the developer', async () => {
    const engine = await open();
    const onProblem = jest.fn();
    await engine.patch('preferences', 'ui', { theme: 'dark' });
    await bind(engine, createReduxLike(reduce), [settings], { onProblem });
    expect(onProblem).toHaveBeenCalledWith(expect.objectContaining({ code: ErrorCode.BindingInvalid }));
  });

  test('holds its initial state again after the sign-out', async () => {
    const engine = await open();
    const store = createReduxLike(syncedReducer(reduce));
    const { stop } = await bind(engine, store, [settings, list]);
    await engine.patch('todos', 'a', { title: 'secret' });
    await until(() => store.getState().todos.items.length === 1);
    stop();
    expect(store.getState()).toEqual(initial);
  });
});

describe('a reset before the engine closes', () => {
  /** A user with a theme and two todos, whose app resets its state in one of the ways of apps. */
  async function signedIn(theme = 'dark') {
    const createWorker = inProcessWorkers();
    const engine = await open({ createWorker });
    const store = createZustandLike(initial);
    const bound = await bind(engine, store, [settings, list]);
    store.setState({ settings: { ...initial.settings, theme } });
    setItems(store, () => ['a', 'b'].map((id) => ({ id, title: id })));
    await until(async () => (await todosOf(engine)).length === 2 && (await uiOf(engine))?.theme === theme);
    return { engine, store, bound, createWorker };
  }

  test.each<[string, (store: ReturnType<typeof createZustandLike<State>>) => void]>([
    ['to the initial state', (store) => store.setState(initial)],
    ['to a state that is equal to it', (store) => store.setState(structuredClone(initial))],
    [
      'slice by slice',
      (store) => {
        store.setState({ todos: initial.todos });
        store.setState({ settings: initial.settings });
      },
    ],
  ])('%s removes nothing', async (_how, reset) => {
    const { engine, store, bound, createWorker } = await signedIn();
    reset(store);
    await settled();
    bound.stop();
    await engine.close();
    const next = await open({ createWorker });
    expect((await todosOf(next)).map(({ id }) => id)).toEqual(['a', 'b']);
    expect(await uiOf(next)).toMatchObject({ theme: 'dark' });
  });

  test.each<[string, object, object]>([
    ['a list', [{ id: 'x', title: 'x' }], []],
    ['an object by id', { x: { id: 'x', title: 'x' } }, {}],
    ['an entity state', { ids: ['x'], entities: { x: { id: 'x', title: 'x' } } }, { ids: [], entities: {} }],
  ])('of %s that was bound late, and is emptied, removes nothing', async (_form, held, empty) => {
    const createWorker = inProcessWorkers();
    const engine = await open({ createWorker });
    await engine.patch('todos', 'a', { title: 'a' });
    await engine.patch('todos', 'b', { title: 'b' });
    const store = createZustandLike<{ list: object }>({ list: held });
    const bound = await bind(engine, store, [{ collection: 'todos', at: 'list' as never, keys: ['title'] }]);
    expect(JSON.stringify(store.getState())).toContain('"b"');
    store.setState({ list: empty });
    await settled();
    bound.stop();
    await engine.close();
    expect((await todosOf(await open({ createWorker }))).map(({ id }) => id).sort()).toEqual(
      expect.arrayContaining(['a', 'b']),
    );
  });

  test('of an engine that stays open counts after a second', async () => {
    const { engine, store } = await signedIn();
    store.setState(initial);
    await engine.patch('todos', 'c', { title: 'other', order: 9 });
    await until(async () => (await todosOf(engine)).map(({ id }) => id).join() === 'c');
    await until(
      () =>
        store
          .getState()
          .todos.items.map(({ id }) => id)
          .join() === 'c',
    );
    expect(await uiOf(engine)).toMatchObject({ theme: 'light' });
  });

  test('is none where one thing goes back or the last item goes: both are written at once', async () => {
    const { engine, store, bound } = await signedIn();
    store.setState({ settings: { ...initial.settings, theme: 'light' } });
    setItems(store, ([one]) => [one!]);
    setItems(store, () => []);
    bound.stop();
    await until(async () => (await todosOf(engine)).length === 0 && (await uiOf(engine))?.theme === 'light');
  });
});

describe('where something goes wrong', () => {
  test('in one binding, the others go on', async () => {
    const engine = await open();
    const onProblem = jest.fn();
    const store = createZustandLike(initial);
    await bind(engine, store, [list, settings], { onProblem });
    setItems(store, () => [{ id: 7 as never, title: 'seven' }]);
    store.setState({ settings: { ...initial.settings, theme: 'dark' } });
    await until(async () => (await uiOf(engine))?.theme === 'dark');
    await engine.patch('todos', 'a', { title: 'Milk' });
    await engine.patch('preferences', 'ui', { name: 'Ann' });
    await until(() => store.getState().settings.name === 'Ann');
    expect(onProblem).toHaveBeenCalledWith(expect.objectContaining({ code: ErrorCode.BindingInvalid }));
  });

  test('with two items of one id, that is said, and neither is taken for the other', async () => {
    const engine = await open();
    const onProblem = jest.fn();
    const store = createZustandLike(initial);
    await bind(engine, store, [list], { onProblem });
    setItems(store, () => [
      { id: 'a', title: 'one' },
      { id: 'a', title: 'other' },
    ]);
    expect(onProblem).toHaveBeenCalledWith(expect.objectContaining({ code: ErrorCode.BindingInvalid }));
    await settled();
    expect(await todosOf(engine)).toEqual([]);
  });

  test('in a reducer or a listener of the app, it is said and shown the next time', async () => {
    const engine = await open();
    const onProblem = jest.fn();
    const store = createZustandLike(initial);
    const setState = jest.spyOn(store, 'setState');
    await bind(engine, store, [settings], { onProblem });
    setState.mockImplementationOnce(() => {
      throw new Error('the reducer');
    });
    await engine.patch('preferences', 'ui', { theme: 'dark' });
    await until(() => onProblem.mock.calls.length === 1);
    expect(onProblem).toHaveBeenCalledWith(expect.objectContaining({ code: ErrorCode.BindingInvalid }));
    await engine.patch('preferences', 'ui', { name: 'Ann' });
    await until(() => store.getState().settings.name === 'Ann');
    expect(store.getState().settings.theme).toBe('dark');
  });
});

test('an engine that closes ends the binding: nothing of its user stays in the store', async () => {
  const engine = await open();
  const store = createZustandLike(initial);
  await bind(engine, store, [settings, list]);
  setItems(store, () => [{ id: 'a', title: 'secret' }]);
  await engine.close();
  await until(() => store.getState().todos.items.length === 0);
});

test('what was typed last before the end is stored', async () => {
  const createWorker = inProcessWorkers();
  const engine = await open({ createWorker });
  const store = createZustandLike(initial);
  const { stop } = bindStore(engine, store, [settings]);
  store.setState({ settings: { ...initial.settings, name: 'Ann' } });
  stop();
  await engine.close();
  expect(await uiOf(await open({ createWorker }))).toMatchObject({ name: 'Ann' });
});

test.each([
  ['the whole state', { collection: 'todos', keys: ['title'] }],
  ['no keys', { collection: 'todos', at: 'todos.items', keys: [] }],
  ['all keys at once', { collection: 'todos', at: 'todos.items' }],
  ['a key that the schema lacks', { collection: 'todos', at: 'todos.items', keys: ['isOpen'] }],
  ['the id', { collection: 'todos', at: 'todos.items', keys: ['id'] }],
  ['an empty place', { collection: 'todos', at: 'todos..items', keys: ['title'] }],
  ['a list that is none', { collection: 'todos', at: 'todos.filter', keys: ['title'] }],
  ['an object that is none', { collection: 'preferences', id: 'ui', at: 'todos.filter', keys: ['theme'] }],
])('a binding of %s is refused', async (_what, binding) => {
  const engine = await open();
  expect(() => bindStore(engine, createZustandLike(initial), [binding as never])).toThrow(
    expect.objectContaining({ code: ErrorCode.BindingInvalid }),
  );
});
