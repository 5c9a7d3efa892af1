/** @jest-environment jsdom */
/** What is React's own: StrictMode, hot reload, and what a render holds. The rest is in hooks/, for all frameworks. */
import '../../src/preset/jest/setup';
import { act, cleanup, render, screen, waitFor } from '@testing-library/react';
import { StrictMode } from 'react';
import type { ReactNode } from 'react';
import { SyncEngine } from '../../src/lib/engine';
import type { OpenOptions } from '../../src/lib/engine';
import { SyncProvider, useDocument, useSyncEngine } from '../../src/lib/react';
import type { Collections } from '../../src/lib/schema';
import { createHooks } from '../../src/runtime/react';
import { inProcessWorkers } from '../support/in-process';
import { add, GuestMode } from '../../src/runtime/core';
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

function Provider({ children }: { readonly children: ReactNode }) {
  return (
    <SyncProvider identity={['user-1']} relays={[]} createWorker={createWorker} fallback={<p>opening</p>}>
      {children}
    </SyncProvider>
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
});

test('an identity that is none is a problem, once on the console, also in StrictMode', async () => {
  const logged = jest.spyOn(console, 'error').mockImplementation(() => {});
  const start = jest.fn();
  const show = (key: string) => (
    <SyncProvider
      identity={['']}
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

describe('useDocument of what may have changed', () => {
  const note = { body: '', done: false, order: 0, title: 'Milk' };
  type Hook = ReturnType<typeof useDocument<'notes'>>;
  let hook: Hook;
  let renders = 0;
  function Probe() {
    renders += 1;
    hook = useDocument('notes', 'n');
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
});
