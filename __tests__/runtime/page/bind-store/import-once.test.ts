/** What the app kept in localStorage, and what becomes of it with several devices and users. */
import { SyncEngine } from '../../../../src/lib/engine';
import { ErrorCode } from '../../../../src/runtime/core/errors';
import { bindStore, closedError, createDeferred, importOnce } from '../../../../src/runtime/page';
import { inProcessWorkers } from '../../../support/in-process';
import { createZustandLike } from './stores';

const texts = new Map<string, string>();
const localStorage = {
  getItem: (key: string) => texts.get(key) ?? null,
  setItem: (key: string, text: string) => void texts.set(key, text),
  removeItem: (key: string) => void texts.delete(key),
};
Object.assign(globalThis, { localStorage });

const engines: SyncEngine[] = [];
async function open(identity = 'user-1', createWorker = inProcessWorkers()): Promise<SyncEngine> {
  const engine = await SyncEngine.open({ identity: [identity], relays: [], createWorker });
  engines.push(engine);
  return engine;
}
afterEach(async () => {
  texts.clear();
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

interface State {
  readonly settings: { readonly theme: string; readonly name: string };
  readonly notes: readonly { readonly id: string; readonly title: string; readonly done?: boolean }[];
}
const initial: State = { settings: { theme: 'system', name: '' }, notes: [] };
const old = {
  settings: { theme: 'dark', isPanelOpen: true },
  notes: [
    { id: 'b', title: 'Bread', isOpen: true },
    { id: 'a', title: 'Milk', done: true },
  ],
};
const keep = (value: unknown = old) => localStorage.setItem('app', JSON.stringify(value));

function begin(engine: SyncEngine, onProblem?: () => void) {
  const store = createZustandLike(initial);
  const bound = bindStore(
    engine,
    store,
    [
      { collection: 'preferences', id: 'ui', at: 'settings', keys: ['theme', 'name'] },
      { collection: 'notes', at: 'notes', keys: ['title', 'done'], order: 'order' },
    ],
    { importOnce: { keys: ['app'], state: (text) => JSON.parse(text ?? '{}') as unknown }, onProblem },
  );
  return { store, ...bound };
}

async function bind(engine: SyncEngine, onProblem?: () => void) {
  const bound = begin(engine, onProblem);
  await bound.ready;
  return bound;
}

test('what of the old state is bound comes in, in its order, as writes; then the key is gone', async () => {
  keep();
  const engine = await open();
  const write = jest.spyOn(engine.db.notes.storageInstance, 'bulkWrite');
  const { store } = await bind(engine);
  expect(store.getState()).toMatchObject({
    settings: { theme: 'dark', name: '' },
    notes: [
      { id: 'b', title: 'Bread' },
      { id: 'a', title: 'Milk', done: true },
    ],
  });
  // A seed is below what was written on any device; an import is not.
  expect(write).toHaveBeenCalled();
  expect(localStorage.getItem('app')).toBeNull();
});

test('the next user of the browser finds nothing of it', async () => {
  keep();
  const { stop } = await bind(await open('user-1'));
  stop();
  expect((await bind(await open('user-2'))).store.getState()).toEqual(initial);
});

test('what is stored wins, and so does a removal', async () => {
  const engine = await open();
  await engine.patch('preferences', 'ui', { theme: 'light' });
  await engine.patch('notes', 'a', { title: 'Milk', order: 0 });
  await (await engine.db.notes.findOne('a').exec())!.remove();
  keep();
  const { store } = await bind(engine);
  expect(store.getState().settings.theme).toBe('light');
  expect(store.getState().notes.map(({ id }) => id)).toEqual(['b']);
});

test('what is typed while it comes in wins, and the rest comes in', async () => {
  keep({ ...old, settings: { theme: 'dark', name: 'Ann' } });
  const { store, ready } = begin(await open());
  store.setState({ settings: { theme: 'light', name: '' } });
  await ready;
  expect(store.getState().settings).toEqual({ theme: 'light', name: 'Ann' });
});

test('one that cannot be keeps the others out of nothing, is said, and the key stays', async () => {
  keep({ ...old, notes: [...old.notes, { id: 'c', title: 'x'.repeat(201) }] });
  const onProblem = jest.fn();
  const { store } = await bind(await open(), onProblem);
  expect(store.getState().notes.map(({ id }) => id)).toEqual(['b', 'a']);
  expect(onProblem).toHaveBeenCalledWith(expect.objectContaining({ code: ErrorCode.DocumentInvalid }));
  expect(localStorage.getItem('app')).not.toBeNull();
});

test('what could not be brought in yet is not the next user’s, and comes in where it can later', async () => {
  const tooLong = { id: 'c', title: 'x'.repeat(201) };
  keep({ notes: [tooLong, { id: 'd', title: 'secret' }] });
  const first = inProcessWorkers();
  const bound = await bind(await open('user-1', first), () => {});
  bound.stop();
  await engines.pop()!.close();
  expect((await bind(await open('user-2'))).store.getState()).toEqual(initial);
  expect(localStorage.getItem('app')).not.toBeNull();

  keep({ notes: [{ ...tooLong, title: 'short' }] });
  const { store } = await bind(await open('user-1', first));
  expect(
    store
      .getState()
      .notes.map(({ id }) => id)
      .sort(),
  ).toEqual(['c', 'd']);
  expect(texts.size).toBe(0);
});

test('a user who signs out before the import has begun leaves nothing to the next one', async () => {
  keep();
  const engine = await open('user-1');
  const reading = createDeferred();
  jest.spyOn(engine, 'synced').mockReturnValue(reading.promise);
  begin(engine).stop();
  await engine.close();
  reading.reject(closedError());
  expect((await bind(await open('user-2'))).store.getState()).toEqual(initial);
});

test('a text that is not what it was is said, and stays', async () => {
  localStorage.setItem('app', 'no JSON');
  const onProblem = jest.fn();
  const { store } = await bind(await open(), onProblem);
  expect(store.getState()).toEqual(initial);
  expect(onProblem).toHaveBeenCalledTimes(1);
  expect(localStorage.getItem('app')).toBe('no JSON');
});

test.each([
  ['another key', { todos: [{ id: 'a', title: 'Milk' }] }],
  ['an object without what is bound', { settings: { isPanelOpen: true } }],
  ['no state', null],
])('a state with %s is said, and stays', async (_what, state) => {
  keep(state);
  const onProblem = jest.fn();
  await bind(await open(), onProblem);
  expect(onProblem).toHaveBeenCalledWith(expect.objectContaining({ code: ErrorCode.BindingInvalid }));
  expect(localStorage.getItem('app')).toBe(JSON.stringify(state));
});

test('an empty state is none, and goes', async () => {
  keep({});
  const onProblem = jest.fn();
  await bind(await open(), onProblem);
  expect(onProblem).not.toHaveBeenCalled();
  expect(texts.size).toBe(0);
});

test.each([[['notes', 'app']], [['app', 'notes']], [['notes']]])(
  'what one version has begun is not another user’s in one that names %j',
  async (keys) => {
    localStorage.setItem('notes', JSON.stringify([{ id: 'a', title: 'x'.repeat(201) }]));
    const documents = (text: string | null) => ({ notes: JSON.parse(text!) as { id: string; title: string }[] });
    const first = importOnce(await open('user-1'), { keys: ['notes', 'other'], documents, patienceMs: 0 });
    await expect(first).rejects.toMatchObject({ code: ErrorCode.DocumentInvalid });
    const other = jest.fn(() => ({}));
    expect(await importOnce(await open('user-2'), { keys, documents: other, patienceMs: 0 })).toBe(false);
    expect(other).not.toHaveBeenCalled();
  },
);

test('what another tab writes meanwhile is not removed, and comes in the next time', async () => {
  localStorage.setItem('app', '1');
  localStorage.setItem('other', '1');
  const engine = await open();
  const documents = (...given: readonly (string | null)[]) => ({
    notes: given.flatMap((text) => (text === null ? [] : [{ id: `note-${text}`, title: text, order: 0 }])),
  });
  const reading = createDeferred();
  jest.spyOn(engine, 'synced').mockReturnValueOnce(reading.promise);
  const importing = importOnce(engine, { keys: ['app', 'other'], documents });
  localStorage.setItem('app', '2');
  reading.resolve();
  await importing;
  expect(texts.get('app')).toBe('2');
  expect(texts.has('other')).toBe(false);
  expect(await importOnce(await open('user-2'), { keys: ['app'], documents })).toBe(false);
  expect(await importOnce(engine, { keys: ['app', 'other'], documents })).toBe(true);
  expect((await engine.db.notes.find().exec()).map(({ id }) => id as string).sort()).toEqual(['note-1', 'note-2']);
  expect(texts.size).toBe(0);
});

test('without a network it does not wait for ever', async () => {
  keep();
  const engine = await open();
  jest.spyOn(engine, 'synced').mockReturnValue(new Promise(() => {}));
  const documents = (text: string | null) => ({ preferences: [{ id: 'ui', theme: JSON.parse(text!).settings.theme }] });
  expect(await importOnce(engine, { keys: ['app', 'absent'], documents, patienceMs: 10 })).toBe(true);
  expect((await engine.db.preferences.findOne('ui').exec())?.theme).toBe('dark');
  expect(await importOnce(engine, { keys: ['app', 'absent'], documents })).toBe(false);
});
