/** @jest-environment jsdom */
import '../../src/preset/jest/setup';
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { StrictMode, useState } from 'react';
import type { ReactNode } from 'react';
import { SyncEngine } from '../../src/lib/engine';
import type { OpenOptions } from '../../src/lib/engine';
import { SyncProvider, useDocument, useQuery, useSyncEngine, useSyncStatus } from '../../src/lib/react';
import type { Collections } from '../../src/lib/schema';
import { createHooks } from '../../src/runtime/react';
import { refreshDatabase } from '../../src/runtime/page/rxdb/database';
import { inProcessWorkers } from '../support/in-process';
import { add, GuestMode } from '../../src/runtime/core';
import type { MaybeIdentity } from '../../src/runtime/core';
import { ErrorCode, SyncError } from '../../src/runtime/core/errors';
import { SyncPhase } from '../../src/runtime/core/status';

// What an engine emits comes when it comes, as in an app; only events of a test are wrapped in act.
beforeAll(() => Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false }));

/** Each test has a device of its own. */
let createWorker = inProcessWorkers();
const open = jest.spyOn(SyncEngine, 'open');
const close = jest.spyOn(SyncEngine.prototype, 'close');
beforeEach(() => {
  createWorker = inProcessWorkers();
  open.mockClear();
  close.mockClear();
});
afterEach(async () => {
  cleanup();
  await waitFor(async () => {
    const engines = await Promise.allSettled(open.mock.results.map(({ value }) => value as Promise<SyncEngine>));
    for (const one of engines) if (one.status === 'fulfilled') expect(one.value.status.phase).toBe(SyncPhase.Closed);
  });
});

interface ProviderProps {
  readonly identity?: readonly (string | number)[] | null;
  readonly children: ReactNode;
}

function Provider({ identity = ['user-1'], children }: ProviderProps) {
  return (
    <SyncProvider identity={identity} relays={[]} createWorker={createWorker} fallback={<p>opening</p>}>
      {children}
    </SyncProvider>
  );
}

function Name() {
  const [preferences, patch, problem] = useDocument('preferences', 'ui');
  return (
    <>
      <input
        aria-label="name"
        value={preferences?.name ?? ''}
        onChange={({ target }) => patch({ name: target.value })}
      />
      <output>
        {preferences === undefined ? 'unknown' : preferences === null ? 'none' : `name: ${preferences.name}`}
      </output>
      <em>{problem?.code}</em>
    </>
  );
}

function Engine({ onEngine }: { onEngine: (engine: SyncEngine) => void }) {
  const engine = useSyncEngine();
  if (engine) onEngine(engine);
  return null;
}

async function renderWithEngine(children: ReactNode): Promise<SyncEngine> {
  let engine: SyncEngine | undefined;
  render(
    <Provider>
      <Engine onEngine={(opened) => (engine = opened)} />
      {children}
    </Provider>,
  );
  await waitFor(() => expect(engine).toBeDefined());
  return engine!;
}

describe('SyncProvider', () => {
  test('shows the fallback until the engine is open, then the children', async () => {
    render(<Provider>ready</Provider>);
    expect(screen.getByText('opening')).toBeTruthy();
    await screen.findByText('ready');
  });

  test('opens one engine although StrictMode mounts everything twice', async () => {
    render(
      <StrictMode>
        <Provider>ready</Provider>
      </StrictMode>,
    );
    await screen.findByText('ready');
    expect(open).toHaveBeenCalledTimes(1);
    expect(close).not.toHaveBeenCalled();
  });

  test('opens one engine for providers whose options are the same, in whatever order and form they are given', async () => {
    const shared = { identity: ['user-1'], relays: [], createWorker };
    render(
      <>
        <SyncProvider {...shared} secret={undefined}>
          one
        </SyncProvider>
        <SyncProvider createWorker={createWorker} relays={[]} identity={['user-1']} fallback="opening">
          two
        </SyncProvider>
      </>,
    );
    await screen.findByText(/two/);
    expect(open).toHaveBeenCalledTimes(1);
  });

  test('opens nothing as long as the user is not known', async () => {
    const { rerender } = render(<Provider identity={null}>ready</Provider>);
    expect(open).not.toHaveBeenCalled();
    rerender(<Provider identity={['user-1']}>ready</Provider>);
    await screen.findByText('ready');
  });

  test('closes the engine of a user who signs out, and shows nothing of it to the next one', async () => {
    const { rerender } = render(
      <Provider identity={['user-1']}>
        <Name />
      </Provider>,
    );
    fireEvent.change(await screen.findByLabelText('name'), { target: { value: 'Ada' } });
    await screen.findByText('name: Ada');
    rerender(
      <Provider identity={null}>
        <Name />
      </Provider>,
    );
    expect(screen.queryByText('name: Ada')).toBeNull();
    await waitFor(() => expect(close).toHaveBeenCalledTimes(1));
    rerender(
      <Provider identity={['user-2']}>
        <Name />
      </Provider>,
    );
    await screen.findByText('none');
    expect(open).toHaveBeenCalledTimes(2);
  });

  test('takes a number and its digits for one user, whose engines follow each other', async () => {
    const { rerender } = render(
      <Provider identity={[42]}>
        <Name />
      </Provider>,
    );
    fireEvent.change(await screen.findByLabelText('name'), { target: { value: 'Ada' } });
    await screen.findByText('name: Ada');
    rerender(
      <Provider identity={['42']}>
        <Name />
      </Provider>,
    );
    await screen.findByText('name: Ada');
    expect(open).toHaveBeenCalledTimes(2);
  });

  test('of hooks that are made anew, as hot reload does, waits for the engine of the former ones', async () => {
    const hooks = () => createHooks<Collections, SyncEngine, OpenOptions>((options) => SyncEngine.open(options));
    const [Former, Present] = [hooks().SyncProvider, hooks().SyncProvider];
    const props = { identity: ['hot'], relays: [], createWorker, fallback: 'opening' };
    const { rerender } = render(<Former {...props}>former</Former>);
    await screen.findByText('former');
    rerender(<Present {...props}>present</Present>);
    await screen.findByText('present');
    expect(open).toHaveBeenCalledTimes(2);
    expect(close).toHaveBeenCalledTimes(1);
  });

  test('closes its engine when it goes', async () => {
    const { unmount } = render(<Provider>ready</Provider>);
    await screen.findByText('ready');
    unmount();
    await waitFor(() => expect(close).toHaveBeenCalledTimes(1));
  });

  test('tells the fallback why no engine could be opened', async () => {
    open.mockRejectedValueOnce(new SyncError(ErrorCode.StorageBlocked, 'It is blocked.'));
    render(
      <SyncProvider
        identity={['user-3']}
        relays={[]}
        createWorker={createWorker}
        fallback={(problem) => problem?.code ?? 'opening'}
      >
        ready
      </SyncProvider>,
    );
    await screen.findByText(ErrorCode.StorageBlocked);
  });
});

describe('an identity', () => {
  const unknown: readonly (readonly [what: string, identity: MaybeIdentity])[] = [
    ['undefined', undefined],
    ['undefined in a list', [undefined]],
    ['undefined beside what is known', ['user-1', undefined]],
    ['missing in a list', new Array<string>(1)],
  ];
  test.each(unknown)('that is %s opens nothing, as a guest either, and the hooks wait', async (_what, identity) => {
    const shared = { relays: [], createWorker, guest: GuestMode.Adopted };
    const { rerender } = render(
      <SyncProvider {...shared} identity={identity}>
        <Name />
      </SyncProvider>,
    );
    expect(screen.getByText('unknown')).toBeTruthy();
    await act(async () => {});
    expect(open).not.toHaveBeenCalled();
    rerender(
      <SyncProvider {...shared} identity={['user-1']}>
        <Name />
      </SyncProvider>,
    );
    await screen.findByText('none');
  });

  const wrong: readonly (readonly [unknown])[] = [[false], [''], ['user-1'], [[]], [NaN], [[null]], [{}], [[1n]]];
  test.each(wrong)('that is %p is a problem, once on the console, and nothing is opened', async (identity) => {
    const logged = jest.spyOn(console, 'error').mockImplementation(() => {});
    const start = jest.fn();
    const show = (key: string) => (
      <SyncProvider
        identity={identity as never}
        relays={[]}
        createWorker={start}
        guest={GuestMode.Apart}
        fallback={(problem) => `${key} ${problem?.code ?? 'opening'}`}
      >
        ready
      </SyncProvider>
    );
    const { rerender } = render(<StrictMode>{show('first')}</StrictMode>);
    await screen.findByText('first IDENTITY_INVALID');
    rerender(<StrictMode>{show('second')}</StrictMode>);
    await screen.findByText('second IDENTITY_INVALID');
    expect(start).not.toHaveBeenCalled();
    expect(logged).toHaveBeenCalledTimes(1);
    logged.mockRestore();
  });
});

describe('useDocument', () => {
  test('says null for a document that is not there', async () => {
    await renderWithEngine(<Name />);
    await screen.findByText('none');
  });

  test('renders a write in the same task, before it is stored', async () => {
    await renderWithEngine(<Name />);
    await screen.findByText('none');
    fireEvent.change(screen.getByLabelText('name'), { target: { value: 'Ada' } });
    expect(screen.getByText('name: Ada')).toBeTruthy();
  });

  test('shows a write at once in every component that shows the document', async () => {
    await renderWithEngine(
      <>
        <Name />
        <Name />
      </>,
    );
    await waitFor(() => expect(screen.getAllByText('none')).toHaveLength(2));
    fireEvent.change(screen.getAllByLabelText('name')[0]!, { target: { value: 'Ada' } });
    expect(screen.getAllByText('name: Ada')).toHaveLength(2);
  });

  test('keeps the last of many writes in a row', async () => {
    const engine = await renderWithEngine(<Name />);
    await screen.findByText('none');
    for (const value of ['A', 'Ad', 'Ada']) fireEvent.change(screen.getByLabelText('name'), { target: { value } });
    await waitFor(async () => expect((await engine.db.preferences.findOne('ui').exec())?.name).toBe('Ada'));
    expect(screen.getByText('name: Ada')).toBeTruthy();
  });

  test('takes a refused write back and says why, without an unhandled rejection', async () => {
    const engine = await renderWithEngine(<Name />);
    await screen.findByText('none');
    fireEvent.change(screen.getByLabelText('name'), { target: { value: 'Ada' } });
    await waitFor(async () => expect(await engine.db.preferences.findOne('ui').exec()).not.toBeNull());
    jest
      .spyOn(engine.db.preferences.storageInstance, 'bulkWrite')
      .mockRejectedValueOnce(new SyncError(ErrorCode.StorageFull, 'No room.'));
    fireEvent.change(screen.getByLabelText('name'), { target: { value: 'Bob' } });
    expect(screen.getByText('name: Bob')).toBeTruthy();
    await screen.findByText(ErrorCode.StorageFull);
    expect(screen.getByText('name: Ada')).toBeTruthy();
  });

  test('shows what somebody else wrote', async () => {
    const engine = await renderWithEngine(<Name />);
    await screen.findByText('none');
    await act(async () => void (await engine.patch('preferences', 'ui', { name: 'Grace' })));
    await screen.findByText('name: Grace');
  });
});

describe('useDocument of what may have changed', () => {
  const note = { body: '', done: false, order: 0, title: 'Milk' };
  type Hook = ReturnType<typeof useDocument<'notes'>>;
  let hook: Hook;
  let renders = 0;
  function Probe(props: { readonly id?: string | null | undefined }) {
    renders += 1;
    hook = useDocument('notes', 'id' in props ? props.id : 'n');
    return <p>{hook[0] === undefined ? 'unknown' : (hook[0]?.tags.join() ?? 'none')}</p>;
  }

  test('keeps what others have added to a list that was shown before', async () => {
    const engine = await renderWithEngine(<Probe />);
    await act(async () => void (await engine.patch('notes', 'n', { ...note, tags: ['a', 'b'] })));
    await screen.findByText('a,b');
    const [shown, patch] = hook;
    await engine.patch('notes', 'n', { tags: add('c') });
    await screen.findByText('a,b,c');
    await patch({ tags: shown!.tags.filter((tag) => tag !== 'b') }).committed;
    await screen.findByText('a,c');
  });

  test('adds twice what is asked for twice before anything is rendered', async () => {
    const engine = await renderWithEngine(<Probe />);
    await act(async () => void (await engine.patch('notes', 'n', { ...note, tags: ['a'] })));
    await screen.findByText('a');
    const [shown, patch] = hook;
    const both = [patch({ tags: [...shown!.tags, 'b'] }), patch({ tags: [...shown!.tags, 'c'] })];
    await screen.findByText('a,b,c');
    await Promise.all(both.map(({ committed }) => committed));
    expect((await engine.db.notes.findOne('n').exec())?.tags).toEqual(['a', 'b', 'c']);
  });

  test('gives the same document and patch as long as nothing changes, so an effect that writes them ends', async () => {
    const engine = await renderWithEngine(<Probe />);
    await act(async () => void (await engine.patch('notes', 'n', { ...note, tags: ['a'] })));
    await screen.findByText('a');
    const before = hook;
    const rendersBefore = renders;
    await act(() => hook[1]({ tags: ['a'], title: 'Milk' }).committed);
    expect(hook[0]).toBe(before[0]);
    expect(hook[1]).toBe(before[1]);
    expect(renders).toBe(rendersBefore);
  });

  test.each([[undefined], [null], ['']])('of the id %p shows nothing, asks for nothing and waits', async (id) => {
    const engine = await renderWithEngine(<i />);
    await engine.patch('notes', 'n', { ...note, tags: ['a'] });
    const find = jest.spyOn(engine.db.notes, 'findOne');
    const { rerender } = render(
      <Provider>
        <Probe id={id} />
      </Provider>,
    );
    await screen.findByText('unknown');
    await expect(hook[1]({ title: 'Tea' }).committed).rejects.toMatchObject({ code: ErrorCode.DocumentInvalid });
    expect(find).not.toHaveBeenCalled();
    find.mockRestore();
    rerender(
      <Provider>
        <Probe id="n" />
      </Provider>,
    );
    await screen.findByText('a');
  });

  test.each([[7], [NaN], [false], [{}]])('of what is no id (%p) says so', async (id) => {
    await renderWithEngine(<Probe id={id as never} />);
    await screen.findByText('unknown');
    expect(hook[2]?.code).toBe(ErrorCode.DocumentInvalid);
  });
});

describe('useQuery', () => {
  function Titles() {
    const [done, setDone] = useState(false);
    const { documents, isLoading } = useQuery('notes', { selector: { done }, sort: [{ order: 'asc' }] });
    return (
      <button onClick={() => setDone(!done)}>
        {isLoading ? 'loading' : documents.map(({ title }) => title).join() || 'none'}
      </button>
    );
  }
  const note = { body: '', tags: [], done: false, order: 0 };

  test('shows the documents of the query and every change of them', async () => {
    const engine = await renderWithEngine(<Titles />);
    await screen.findByText('none');
    await act(async () => void (await engine.db.notes.insert({ ...note, id: '1', title: 'Milk' })));
    await screen.findByText('Milk');
    await act(async () => void (await engine.db.notes.insert({ ...note, id: '2', title: 'Tea', order: -1 })));
    await screen.findByText('Tea,Milk');
  });

  test('says why a query could not be run, and shows what was there', async () => {
    function Problem() {
      const { documents, isLoading, problem } = useQuery('notes');
      return <p>{isLoading ? 'loading' : `${documents.length} ${problem?.code ?? 'no problem'}`}</p>;
    }
    const engine = await renderWithEngine(<Problem />);
    await act(async () => void (await engine.db.notes.insert({ ...note, id: '1', title: 'Milk' })));
    await screen.findByText('1 no problem');
    jest
      .spyOn(engine.db.notes.storageInstance, 'query')
      .mockRejectedValueOnce(new SyncError(ErrorCode.StorageFailed, 'It has failed.'));
    await act(() => refreshDatabase(engine.db));
    await screen.findByText(`1 ${ErrorCode.StorageFailed}`);
  });

  test('runs another query when the query changes', async () => {
    const engine = await renderWithEngine(<Titles />);
    await act(async () => void (await engine.db.notes.insert({ ...note, id: '1', title: 'Milk', done: true })));
    await screen.findByText('none');
    fireEvent.click(screen.getByRole('button'));
    await screen.findByText('Milk');
  });

  test('refuses a query that JSON would change, and finds nothing by it', async () => {
    function Count({ query }: { readonly query: object }) {
      const { documents, isLoading, problem } = useQuery('notes', query as never);
      return <p>{isLoading ? 'loading' : `${documents.length} ${problem?.code ?? 'found'}`}</p>;
    }
    const engine = await renderWithEngine(<i />);
    await engine.db.notes.insert({ ...note, id: '1', title: 'Milk' });
    const show = (query: object) => (
      <Provider>
        <Count query={query} />
      </Provider>
    );
    const { rerender } = render(show({ selector: { title: undefined } }));
    await screen.findByText('0 QUERY_UNSUPPORTED');
    rerender(show({ selector: { order: { $lt: new Date() } } }));
    await screen.findByText('0 QUERY_UNSUPPORTED');
    rerender(show({ selector: { title: 'Milk' }, limit: undefined }));
    await screen.findByText('1 found');
  });

  test('runs a query once, although it is another object with each render', async () => {
    function Count({ isReversed }: { readonly isReversed: boolean }) {
      const selector = isReversed ? { order: 0, done: false } : { done: false, order: 0 };
      return <p>{`${isReversed} ${useQuery('notes', { selector }).documents.length}`}</p>;
    }
    const engine = await renderWithEngine(<i />);
    await engine.db.notes.insert({ ...note, id: '1', title: 'Milk' });
    const find = jest.spyOn(engine.db.notes, 'find');
    const show = (isReversed: boolean) => (
      <Provider>
        <Count isReversed={isReversed} />
      </Provider>
    );
    const { rerender } = render(show(false));
    await screen.findByText('false 1');
    rerender(show(true));
    await screen.findByText('true 1');
    expect(find).toHaveBeenCalledTimes(1);
  });
});

test('useSyncStatus says what the engine says', async () => {
  function Phase() {
    return <b>{useSyncStatus().phase}</b>;
  }
  await renderWithEngine(<Phase />);
  await screen.findByText(SyncPhase.LocalOnly);
});
