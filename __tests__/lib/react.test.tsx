/** @jest-environment jsdom */
import '../../src/preset/jest/setup';
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { StrictMode, useState } from 'react';
import type { ReactNode } from 'react';
import { SyncEngine } from '../../src/lib/engine';
import { SyncProvider, useDocument, useQuery, useSyncEngine, useSyncStatus } from '../../src/lib/react';
import { refreshDatabase } from '../../src/runtime/page/rxdb/database';
import { inProcessWorkers } from '../support/in-process';
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

function Provider({ identity = ['user-1'], children }: { identity?: (string | number)[] | null; children: ReactNode }) {
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
        onChange={({ target }) => void patch({ name: target.value })}
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
});

test('useSyncStatus says what the engine says', async () => {
  function Phase() {
    return <b>{useSyncStatus().phase}</b>;
  }
  await renderWithEngine(<Phase />);
  await screen.findByText(SyncPhase.LocalOnly);
});
