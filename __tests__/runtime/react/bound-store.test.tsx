/** @jest-environment jsdom */
/** State of React, and of a store outside it, bound to the engine of a provider. */
import '../../../src/preset/jest/setup';
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { StrictMode, useReducer, useState, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import { SyncEngine } from '../../../src/lib/engine';
import { SyncProvider, useSyncEngine } from '../../../src/lib/react';
import { GuestMode } from '../../../src/runtime/core/open-request';
import { SyncPhase } from '../../../src/runtime/core/status';
import { useBoundState, useBoundStore } from '../../../src/runtime/react';
import { inProcessWorkers } from '../../support/in-process';
import { createZustandLike } from '../page/bind-store/stores';

// What an engine emits comes when it comes, as in an app; only events of a test are wrapped in act.
beforeAll(() => Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false }));

let createWorker = inProcessWorkers();
const open = jest.spyOn(SyncEngine, 'open');
beforeEach(() => {
  createWorker = inProcessWorkers();
  open.mockClear();
});
afterEach(async () => {
  cleanup();
  await waitFor(async () => {
    const engines = await Promise.all(open.mock.results.map(({ value }) => value as Promise<SyncEngine>));
    for (const engine of engines) expect(engine.status.phase).toBe(SyncPhase.Closed);
  });
});

const lastEngine = (): Promise<SyncEngine> => open.mock.results.at(-1)!.value as Promise<SyncEngine>;

interface Note {
  readonly id: string;
  readonly title: string;
}
interface State {
  readonly theme: string;
  readonly notes: readonly Note[];
}
const initial: State = { theme: 'light', notes: [] };
type Update = (state: State) => State;

function Provider({ user = 'user-1', children }: { readonly user?: string; readonly children: ReactNode }) {
  return (
    <SyncProvider identity={[user]} relays={[]} createWorker={createWorker}>
      {children}
    </SyncProvider>
  );
}

function View({ theme, notes }: State) {
  return (
    <>
      <output>{theme}</output>
      <p data-testid="notes">{notes.map(({ title }) => title).join()}</p>
    </>
  );
}
const notesShown = () => screen.getByTestId('notes').textContent;

const useBound = (state: State, setState: (update: Update) => void) =>
  useBoundState(useSyncEngine(), state, setState, [
    { collection: 'preferences', id: 'ui', keys: ['theme'] },
    { collection: 'notes', at: 'notes', keys: ['title'], order: 'order' },
  ]);

let setters: ((update: State | Update) => void)[] = [];
function WithState() {
  const [state, setState] = useState(initial);
  setters.push(setState);
  useBound(state, setState);
  return <View {...state} />;
}

function reduce(
  state: State,
  action: { readonly type: 'synced'; readonly update: Update } | { readonly type: 'themed'; readonly theme: string },
): State {
  return action.type === 'synced' ? action.update(state) : { ...state, theme: action.theme };
}
function WithReducer() {
  const [state, dispatch] = useReducer(reduce, initial);
  useBound(state, (update) => dispatch({ type: 'synced', update }));
  return (
    <>
      <View {...state} />
      <button onClick={() => dispatch({ type: 'themed', theme: 'dark' })}>dark</button>
    </>
  );
}

const themeIn = async (engine: SyncEngine) => (await engine.db.preferences.findOne('ui').exec())?.theme;
const notesIn = async (engine: SyncEngine) =>
  (await engine.db.notes.find().exec()).map(({ title }) => title as string).sort();

test.each([
  ['alone', (children: ReactNode) => children],
  ['in StrictMode', (children: ReactNode) => <StrictMode>{children}</StrictMode>],
])('useState shows what is stored and writes what it is set to, %s', async (_where, wrap) => {
  setters = [];
  render(
    wrap(
      <Provider>
        <WithState />
      </Provider>,
    ),
  );
  await waitFor(async () => expect((await lastEngine()).status).toBeDefined());
  const engine = await lastEngine();
  await engine.patch('notes', 'a', { title: 'Milk', order: 0 });
  await waitFor(() => expect(notesShown()).toBe('Milk'));
  act(() =>
    setters.at(-1)!((state) => ({ ...state, theme: 'dark', notes: [...state.notes, { id: 'b', title: 'Bread' }] })),
  );
  await waitFor(async () =>
    expect([await themeIn(engine), ...(await notesIn(engine))]).toEqual(['dark', 'Bread', 'Milk']),
  );
  expect(notesShown()).toBe('Milk,Bread');
});

test('a handler that was made before a document came does not remove it', async () => {
  let rendered = initial;
  let set: (state: State) => void = () => {};
  function Closed() {
    const [state, setState] = useState(initial);
    [rendered, set] = [state, setState];
    useBound(state, setState);
    return <View {...state} />;
  }
  render(
    <Provider>
      <Closed />
    </Provider>,
  );
  await waitFor(() => expect(open).toHaveBeenCalled());
  const engine = await lastEngine();
  const titles: string[] = [];
  let rounds = 0;
  for (let at = 0; at < 60; at += 1) {
    titles.push(`other ${at}`, `own ${at}`);
    const other = engine.patch('notes', `other-${at}`, { title: `other ${at}`, order: at });
    // At one of the moments between the write and the render.
    for (let turn = 0; turn < at; turn += 1) await Promise.resolve();
    if (at % 3 === 0) await other;
    if (!rendered.notes.some(({ id }) => id === `other-${at}`)) rounds += 1;
    set({ ...rendered, notes: [...rendered.notes, { id: `own-${at}`, title: `own ${at}` }] });
    await waitFor(() => expect(notesShown()).toContain(`own ${at}`));
    await other;
  }
  await waitFor(async () => expect(await notesIn(engine)).toEqual([...titles].sort()));
  expect(notesShown()!.split(',').sort()).toEqual([...titles].sort());
  expect(rounds).toBeGreaterThan(0);
});

test('useReducer does, with an action that applies the update', async () => {
  render(
    <Provider>
      <WithReducer />
    </Provider>,
  );
  await waitFor(() => expect(open).toHaveBeenCalled());
  const engine = await lastEngine();
  await engine.patch('notes', 'a', { title: 'Milk', order: 0 });
  await waitFor(() => expect(notesShown()).toBe('Milk'));
  fireEvent.click(screen.getByText('dark'));
  await waitFor(async () => expect(await themeIn(engine)).toBe('dark'));
});

test('with another user no render shows anything of the last one', async () => {
  const store = createZustandLike(initial);
  const shown: string[] = [];
  function Bound() {
    useBoundStore(useSyncEngine(), store, [{ collection: 'notes', at: 'notes', keys: ['title'], order: 'order' }]);
    return null;
  }
  function Painted({ user }: { readonly user: string }) {
    const state = useSyncExternalStore(store.subscribe, store.getState);
    shown.push(`${user}: ${state.notes.map(({ title }) => title).join()}`);
    return <View {...state} />;
  }
  const app = (user: string) => (
    <Provider user={user}>
      <Bound />
      <Painted user={user} />
    </Provider>
  );
  const { rerender } = render(app('user-1'));
  await waitFor(() => expect(open).toHaveBeenCalled());
  await (await lastEngine()).patch('notes', 'a', { title: 'secret', order: 0 });
  await waitFor(() => expect(notesShown()).toBe('secret'));
  act(() => rerender(app('user-2')));
  expect(notesShown()).toBe('');
  await waitFor(() => expect(open).toHaveBeenCalledTimes(2));
  await (await lastEngine()).patch('notes', 'b', { title: 'own', order: 0 });
  await waitFor(() => expect(notesShown()).toBe('own'));
});

test('an engine that takes the place of another one gets nothing of its state', async () => {
  const [one, other] = await Promise.all(
    ['one', 'other'].map((user) => SyncEngine.open({ identity: [user], relays: [], createWorker: inProcessWorkers() })),
  );
  function Bound({ engine }: { readonly engine: SyncEngine }) {
    const [state, setState] = useState(initial);
    useBoundState(engine, state, setState, [
      { collection: 'preferences', id: 'ui', keys: ['theme'] },
      { collection: 'notes', at: 'notes', keys: ['title'], order: 'order' },
    ]);
    return <View {...state} />;
  }
  await one!.patch('notes', 'a', { title: 'secret', order: 0 });
  const { rerender } = render(<Bound engine={one!} />);
  await waitFor(() => expect(notesShown()).toBe('secret'));
  act(() => rerender(<Bound engine={other!} />));
  expect(notesShown()).toBe('');
  await other!.patch('notes', 'b', { title: 'own', order: 0 });
  await waitFor(() => expect(notesShown()).toBe('own'));
  expect(await notesIn(other!)).toEqual(['own']);
  await Promise.all([one!.close(), other!.close()]);
});

test.each([
  ['another user', true],
  ['none', false],
])('what is typed in the same batch as the engine gives way to %s is stored', async (_next, isOther) => {
  const [one, other] = await Promise.all(
    ['one', 'other'].map((user) => SyncEngine.open({ identity: [user], relays: [], createWorker: inProcessWorkers() })),
  );
  let type: (engine: SyncEngine | null) => void = () => {};
  function Bound() {
    const [engine, setEngine] = useState<SyncEngine | null>(one!);
    const [state, setState] = useState(initial);
    useBoundState(engine, state, setState, [{ collection: 'notes', at: 'notes', keys: ['title'], order: 'order' }]);
    type = (next) => {
      setState((now) => ({ ...now, notes: [...now.notes, { id: 'a', title: 'last' }] }));
      setEngine(next);
    };
    return <View {...state} />;
  }
  render(<Bound />);
  act(() => type(isOther ? other! : null));
  expect(notesShown()).toBe('');
  await waitFor(async () => expect(await notesIn(one!)).toEqual(['last']));
  expect(await notesIn(other!)).toEqual([]);
  await Promise.all([one!.close(), other!.close()]);
});

describe('before the engine is open', () => {
  let type: (title: string) => void = () => {};
  function Typed() {
    const [state, setState] = useState(initial);
    useBound(state, setState);
    type = (title) =>
      act(() => setState((now) => ({ theme: 'dark', notes: [...now.notes, { id: `id of ${title}`, title }] })));
    return <View {...state} />;
  }
  const app = (identity: string[] | null, guest?: GuestMode) => (
    <StrictMode>
      <SyncProvider identity={identity} guest={guest} relays={[]} createWorker={createWorker}>
        <Typed />
      </SyncProvider>
    </StrictMode>
  );

  test.each([
    ['another one', ['user-2']],
    ['nobody, then another one', null],
  ])('what a user typed who signs out at once is not seen by %s', async (_next, next) => {
    const { rerender } = render(app(['user-1']));
    type('secret');
    expect(notesShown()).toBe('secret');
    act(() => rerender(app(next)));
    expect(notesShown()).toBe('');
    expect(screen.getByRole('status').textContent).toBe('light');
    act(() => rerender(app(['user-2'])));
    await waitFor(() => expect(open).toHaveBeenLastCalledWith(expect.objectContaining({ identity: ['user-2'] })));
    const engine = await lastEngine();
    await engine.patch('notes', 'b', { title: 'own', order: 0 });
    await waitFor(() => expect(notesShown()).toBe('own'));
    expect(await notesIn(engine)).toEqual(['own']);
  });

  test('what a guest typed who signs in at once is theirs', async () => {
    const { rerender } = render(app(null, GuestMode.Adopted));
    type('of the guest');
    act(() => rerender(app(['user-1'], GuestMode.Adopted)));
    await waitFor(() => expect(open).toHaveBeenLastCalledWith(expect.objectContaining({ identity: ['user-1'] })));
    const engine = await lastEngine();
    await waitFor(async () => expect(await notesIn(engine)).toEqual(['of the guest']));
    expect(notesShown()).toBe('of the guest');
  });
});
