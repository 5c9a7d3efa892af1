/** @jest-environment jsdom */
/** What is written shows at once, where it belongs; and what React renders for it. */
import '../../src/preset/jest/setup';
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { memo, StrictMode } from 'react';
import type { ReactNode } from 'react';
import { SyncEngine } from '../../src/lib/engine';
import { SyncProvider, useDocument, useQuery, useSyncEngine } from '../../src/lib/react';
import type { Collections, Note } from '../../src/lib/schema';
import { increment } from '../../src/runtime/core';
import { ErrorCode, SyncError } from '../../src/runtime/core/errors';
import type { QueryOf } from '../../src/runtime/page';
import { watchQuery } from '../../src/runtime/page';
import { inProcessWorkers } from '../support/in-process';

beforeAll(() => Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false }));
afterEach(cleanup);

let createWorker: ReturnType<typeof inProcessWorkers>;
let engine: SyncEngine;
beforeEach(async () => {
  createWorker = inProcessWorkers();
  engine = await SyncEngine.open({ identity: ['user-1'], relays: [], createWorker });
});
afterEach(() => engine.close());

const note = (id: string, order: number, more: Partial<Note> = {}) => ({ id, title: id, order, ...more });
const insert = (...notes: readonly ReturnType<typeof note>[]) =>
  Promise.all(notes.map(({ id, ...rest }) => engine.patch('notes', id, rest)));

/** A query of the engine, and each result of it. */
async function watch(query: QueryOf<Collections['notes']>) {
  const watched = watchQuery(engine.db, 'notes', query);
  const shown: (readonly Note[])[] = [];
  const stop = watched.subscribe(() => shown.push(watched.read().documents));
  await waitFor(() => expect(watched.read().isLoading).toBe(false));
  const ids = () =>
    watched
      .read()
      .documents.map(({ id }) => id)
      .join('');
  return { ...watched, ids, shown, stop, documents: () => watched.read().documents };
}

/** What the local database says once all is quiet. */
async function stored(query: QueryOf<Collections['notes']>): Promise<string> {
  const documents = await engine.db.notes.find(query).exec();
  return documents.map(({ id }) => id).join('');
}

describe('a query shows a write in the very task in which it is made', () => {
  const byOrder = { sort: [{ order: 'asc' as const }] };
  test.each<[string, QueryOf<Collections['notes']>, () => unknown, string]>([
    ['a change', byOrder, () => engine.patch('notes', 'b', { title: 'new' }), 'abcd'],
    ['an insert, in its place', byOrder, () => engine.patch('notes', 'n', { title: 'n', order: 25 }), 'abncd'],
    [
      'an insert among those of the same order, by id',
      byOrder,
      () => engine.patch('notes', 'bb', { title: 'bb', order: 20 }),
      'abbbcd',
    ],
    ['descending', { sort: [{ order: 'desc' }], limit: 3 }, () => engine.patch('notes', 'a', { order: 25 }), 'dca'],
    ['a move to the top', byOrder, () => engine.patch('notes', 'c', { order: -1 }), 'cabd'],
    ['a move to the end', byOrder, () => engine.patch('notes', 'a', { order: 99 }), 'bcda'],
    [
      'a document that enters the selector',
      { ...byOrder, selector: { order: { $gt: 15 } } },
      () => engine.patch('notes', 'a', { order: 16 }),
      'abcd',
    ],
    [
      'a document that leaves the selector',
      { ...byOrder, selector: { done: false } },
      () => engine.patch('notes', 'b', { done: true }),
      'acd',
    ],
    [
      'one that leaves the limit makes room for the next',
      { ...byOrder, limit: 2 },
      () => engine.patch('notes', 'a', { order: 99 }),
      'bc',
    ],
    [
      'one that enters the limit pushes the last out',
      { ...byOrder, limit: 2 },
      () => engine.patch('notes', 'd', { order: 0 }),
      'da',
    ],
    [
      'one that is inserted beyond the limit',
      { ...byOrder, limit: 2 },
      () => engine.patch('notes', 'n', { title: 'n', order: 50 }),
      'ab',
    ],
    [
      'a change on a later page',
      { ...byOrder, skip: 2, limit: 2 },
      () => engine.patch('notes', 'c', { title: 'new' }),
      'cd',
    ],
    ['without a sort, as the database has it', {}, () => engine.patch('notes', 'e', { title: 'e', order: 1 }), 'eabcd'],
    [
      'several of one task',
      byOrder,
      () => Promise.all([engine.patch('notes', 'a', { order: 35 }), engine.patch('notes', 'd', { order: 5 })]),
      'dbca',
    ],
    ['a function', byOrder, () => engine.patch('notes', 'a', (one) => one && { order: one.order + 15 }), 'bacd'],
    ['a function that writes nothing', byOrder, () => engine.patch('notes', 'z', (one) => one && { order: 1 }), 'abcd'],
  ])('%s', async (_name, query, write, ids) => {
    await insert(note('a', 10), note('b', 20), note('c', 30), note('d', 40));
    const watched = await watch(query);
    const written = write();
    expect(watched.ids()).toBe(ids);
    const before = watched.shown.length;
    await written;
    await act(async () => {});
    await waitFor(async () => expect(await stored(query)).toBe(ids));
    // And nothing else is shown on the way.
    expect(
      new Set([...watched.shown.slice(before).map((documents) => documents.map(({ id }) => id).join('')), ids]),
    ).toEqual(new Set([ids]));
    watched.stop();
  });

  test('once: what the database has found of it already is not added to it', async () => {
    await insert(note('a', 0));
    const watched = await watch({});
    for (let n = 1; n <= 20; n += 1) {
      void engine.patch('notes', 'a', { order: increment(1) });
      expect(watched.documents()[0]!.order).toBe(n);
      if (n % 3 === 0) await engine.patch('notes', 'a', {});
    }
    await engine.patch('notes', 'a', {});
    expect(watched.shown.map(([one]) => one!.order)).toEqual([...Array(21).keys()]);
    watched.stop();
  });

  test('and takes back what is refused', async () => {
    await insert(note('a', 10), note('b', 20));
    const watched = await watch({ sort: [{ order: 'asc' }] });
    const good = engine.patch('notes', 'a', { title: 'good' });
    const bad = engine.patch('notes', 'a', { order: 30, title: 7 as never });
    const lost = engine.patch('notes', 'n', { title: 8 as never, order: 1 });
    expect(watched.ids()).toBe('nba');
    await expect(bad).rejects.toMatchObject({ code: ErrorCode.DocumentInvalid });
    await expect(lost).rejects.toMatchObject({ code: ErrorCode.DocumentInvalid });
    await good;
    expect(watched.documents().map(({ id, title }) => `${id} ${title}`)).toEqual(['a good', 'b b']);
    watched.stop();
  });

  test('a document that was removed stays away, whatever is written of it meanwhile', async () => {
    await insert(note('a', 10), note('b', 20));
    const watched = await watch({ sort: [{ order: 'asc' }] });
    const written = engine.patch('notes', 'b', { title: 'changed' });
    const removed = engine.db.notes.findOne('a').remove();
    await Promise.all([written, removed]);
    await waitFor(() => expect(watched.ids()).toBe('b'));
    await engine.db.notes.findOne('b').remove();
    await waitFor(() => expect(watched.ids()).toBe(''));
    watched.stop();
  });

  test('of a document that this page has not read a part is not shown for the whole', async () => {
    await insert(note('a', 10, { body: 'kept' }), note('b', 20));
    const watched = await watch({ selector: { order: 5 } });
    const written = engine.patch('notes', 'not read', { order: 5 });
    expect(watched.ids()).toBe('');
    await expect(written).rejects.toMatchObject({ code: ErrorCode.DocumentInvalid });
    expect(watched.shown.at(-1)).toEqual([]);
    watched.stop();
  });

  test('200 edits in a second while 1,000 documents arrive: each shows at once, and at the end it is what is stored', async () => {
    const watched = await watch({ sort: [{ order: 'asc' }] });
    const arriving = engine.db.notes.bulkInsert(
      [...Array(1_000).keys()].map((n) => ({ ...note(`n${n}`, n), body: '', tags: [], done: false })),
    );
    const written: Promise<unknown>[] = [];
    for (let n = 0; n < 200; n += 1) {
      written.push(engine.patch('notes', `e${n % 20}`, { title: `edit ${n}`, order: -1 - (n % 20) }));
      expect(watched.documents().find(({ id }) => id === `e${n % 20}`)?.title).toBe(`edit ${n}`);
      if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all([arriving, ...written]);
    await waitFor(async () => {
      const all = await engine.db.notes.find({ selector: {}, sort: [{ order: 'asc' }] }).exec();
      expect(watched.documents()).toEqual(all.map((one) => one.toJSON()));
      expect(all).toHaveLength(1_020);
    });
    watched.stop();
  });

  test('a change by another device is shown under what is being written', async () => {
    await insert(note('a', 10), note('b', 20));
    const watched = await watch({ sort: [{ order: 'asc' }] });
    await engine.db.notes.findOne('a').incrementalPatch({ body: 'by others' });
    await engine.patch('notes', 'a', { title: 'mine' });
    await waitFor(() => expect(watched.documents()[0]).toMatchObject({ title: 'mine', body: 'by others' }));
    watched.stop();
  });

  test('a document that stays as it is stays the same object, before and after the commit', async () => {
    await insert(note('a', 10), note('b', 20), note('c', 30));
    const watched = await watch({ sort: [{ order: 'asc' }] });
    const [a, , c] = watched.documents();
    const written = engine.patch('notes', 'b', { title: 'new' });
    const [, b] = watched.documents();
    await written;
    await act(async () => {});
    await waitFor(async () => expect((await engine.db.notes.findOne('b').exec())?.title).toBe('new'));
    expect(watched.documents()[0]).toBe(a);
    expect(watched.documents()[1]).toBe(b);
    expect(watched.documents()[2]).toBe(c);
    // One change is shown once, and what does not change a query shows nothing.
    const other = await watch({ selector: { done: true } });
    const shown = watched.shown.length;
    const shownByOther = other.shown.length;
    await engine.patch('notes', 'b', { title: 'newer' });
    expect([watched.shown.length - shown, other.shown.length - shownByOther]).toEqual([1, 0]);
    watched.stop();
    other.stop();
  });
});

describe('the hooks', () => {
  let worker: ReturnType<typeof inProcessWorkers>;
  beforeEach(() => (worker = inProcessWorkers()));

  function Provider({
    children,
    onProblem,
  }: {
    readonly children: ReactNode;
    readonly onProblem?: (problem: SyncError) => void;
  }) {
    return (
      <SyncProvider
        {...{ identity: ['user-2'], relays: [], createWorker: worker }}
        {...(onProblem && { onProblem })}
        fallback={<p>opening</p>}
      >
        {children}
      </SyncProvider>
    );
  }

  function Both() {
    const { documents } = useQuery('preferences', { selector: { id: 'ui' } });
    const [document, patch, problem] = useDocument('preferences', 'ui');
    const ofQuery = documents[0]?.name ?? '';
    const ofDocument = document?.name ?? '';
    if (ofQuery !== ofDocument && document) torn.push(`${ofQuery}|${ofDocument}`);
    return (
      <>
        <input aria-label="name" value={ofQuery} onChange={({ target }) => patch({ name: target.value })} />
        <output>{ofDocument}</output>
        <em>{problem?.code}</em>
      </>
    );
  }
  let torn: string[] = [];
  beforeEach(() => (torn = []));

  test('an input that is fed by a query has every letter in the frame of its key, and nothing is torn', async () => {
    render(
      <StrictMode>
        <Provider>
          <Both />
        </Provider>
      </StrictMode>,
    );
    const input = await screen.findByLabelText<HTMLInputElement>('name');
    await act(async () => void (await new Promise((resolve) => setTimeout(resolve, 50))));
    let typed = '';
    for (const letter of 'controlled') {
      typed += letter;
      fireEvent.change(input, { target: { value: typed } });
      expect([input.value, screen.getByRole('status').textContent]).toEqual([typed, typed]);
    }
    await act(async () => void (await new Promise((resolve) => setTimeout(resolve, 100))));
    expect([input.value, screen.getByRole('status').textContent]).toEqual([typed, typed]);
    expect(torn).toEqual([]);
  });

  test('rows that did not change are not rendered again', async () => {
    const rendered: string[] = [];
    const Row = memo(function Row({ note: { id, title } }: { readonly note: Note }) {
      rendered.push(id);
      return <li>{title}</li>;
    });
    let opened: SyncEngine | null = null;
    function List() {
      opened = useSyncEngine();
      return (
        <ul>
          {useQuery('notes', { sort: [{ order: 'asc' }] }).documents.map((one) => (
            <Row key={one.id} note={one} />
          ))}
        </ul>
      );
    }
    render(
      <Provider>
        <List />
      </Provider>,
    );
    await waitFor(() => expect(opened).not.toBeNull());
    for (let n = 0; n < 20; n += 1) await opened!.patch('notes', `n${n}`, { title: `n${n}`, order: n });
    await waitFor(() => expect(screen.getAllByRole('listitem')).toHaveLength(20));
    rendered.length = 0;
    await opened!.patch('notes', 'n7', { title: 'changed' });
    await screen.findByText('changed');
    expect(rendered).toEqual(['n7']);
  });
});

test('an error that nobody has handled is printed with its code', () => {
  const { stack } = new SyncError(ErrorCode.DocumentInvalid, 'It breaks the schema.');
  expect(stack).toContain('SyncError [DOCUMENT_INVALID]: It breaks the schema.');
});
