/** @jest-environment jsdom */
/** The documents of a query, and the status: the same in every framework. */
import '../../../src/preset/jest/setup';
import { fireEvent, screen, waitFor } from '@testing-library/dom';
import { refreshDatabase } from '../../../src/runtime/page/rxdb/database';
import { ErrorCode, SyncError } from '../../../src/runtime/core/errors';
import { SyncPhase } from '../../../src/runtime/core/status';
import { frameworks, useScene } from '../../support/frameworks';
import type { View } from '../../support/frameworks';
import { type } from './views';

const note = { body: '', tags: [], done: false, order: 0 };

describe.each(frameworks)('%s: useQuery', (_name, framework) => {
  const scene = useScene(framework);
  const titles: View<{ readonly done: boolean }> = ({ useQuery }, props) => {
    const found = useQuery('notes', () => ({ selector: { done: props().done }, sort: [{ order: 'asc' }] }));
    return () => [found.isLoading ? 'loading' : found.documents.map(({ title }) => title).join() || 'none'];
  };
  const withTitles = (done: boolean) => [scene.below([{ view: titles, props: { done } }])];

  test('shows the documents of the query and every change of them', async () => {
    framework.mount(withTitles(false));
    const engine = await scene.lastEngine();
    await screen.findByText('none');
    await engine.db.notes.insert({ ...note, id: '1', title: 'Milk' });
    await screen.findByText('Milk');
    await engine.db.notes.insert({ ...note, id: '2', title: 'Tea', order: -1 });
    await screen.findByText('Tea,Milk');
  });

  test('shows a write in the same frame, where it belongs', async () => {
    framework.mount(withTitles(false));
    const engine = await scene.lastEngine();
    await engine.patch('notes', '1', { title: 'Milk', order: 1 });
    await screen.findByText('Milk');
    await framework.act(() => void engine.patch('notes', '2', { title: 'Tea', order: 0 }));
    expect(screen.getByText('Tea,Milk')).toBeTruthy();
    await framework.act(() => void engine.patch('notes', '2', { done: true }));
    expect(screen.getByText('Milk')).toBeTruthy();
  });

  test('runs another query when the query changes', async () => {
    const { update } = framework.mount(withTitles(false));
    const engine = await scene.lastEngine();
    await engine.db.notes.insert({ ...note, id: '1', title: 'Milk', done: true });
    await screen.findByText('none');
    await update(withTitles(true));
    await screen.findByText('Milk');
  });

  test('says why a query could not be run, and shows what was there', async () => {
    const problem: View = ({ useQuery }) => {
      const found = useQuery('notes');
      return () => [found.isLoading ? 'loading' : `${found.documents.length} ${found.problem?.code ?? 'no problem'}`];
    };
    framework.mount([scene.below([{ view: problem }])]);
    const engine = await scene.lastEngine();
    await engine.db.notes.insert({ ...note, id: '1', title: 'Milk' });
    await screen.findByText('1 no problem');
    jest
      .spyOn(engine.db.notes.storageInstance, 'query')
      .mockRejectedValueOnce(new SyncError(ErrorCode.StorageFailed, 'It has failed.'));
    await refreshDatabase(engine.db);
    await screen.findByText(`1 ${ErrorCode.StorageFailed}`);
  });

  const count: View<{ readonly query: object }> = ({ useQuery }, props) => {
    const found = useQuery('notes', () => props().query);
    return () => [found.isLoading ? 'loading' : `${found.documents.length} ${found.problem?.code ?? 'found'}`];
  };
  const withCount = (query: object) => [scene.below([{ view: count, props: { query } }])];

  test('refuses a query that JSON would change, and finds nothing by it', async () => {
    const { update } = framework.mount(withCount({ selector: { title: undefined } }));
    const engine = await scene.lastEngine();
    await engine.db.notes.insert({ ...note, id: '1', title: 'Milk' });
    await screen.findByText('0 QUERY_UNSUPPORTED');
    await update(withCount({ selector: { order: { $lt: new Date() } } }));
    expect(screen.getByText('0 QUERY_UNSUPPORTED')).toBeTruthy();
    await update(withCount({ selector: { title: 'Milk' }, limit: undefined }));
    await screen.findByText('1 found');
  });

  test('runs a query once, although it is another object with each render', async () => {
    const { update } = framework.mount([scene.below(['ready'])]);
    const engine = await scene.lastEngine();
    await engine.db.notes.insert({ ...note, id: '1', title: 'Milk' });
    const find = jest.spyOn(engine.db.notes, 'find');
    await update(withCount({ selector: { done: false, order: 0 } }));
    await screen.findByText('1 found');
    await update(withCount({ selector: { order: 0, done: false } }));
    await update(withCount({ selector: { order: 0, done: false }, limit: undefined }));
    expect(screen.getByText('1 found')).toBeTruthy();
    expect(find).toHaveBeenCalledTimes(1);
  });

  test('and a document beside it show every letter in the frame of its key, and never two states', async () => {
    const torn: string[] = [];
    const both: View = ({ useDocument, useQuery }) => {
      const found = useQuery('preferences', () => ({ selector: { id: 'ui' } }));
      const shown = useDocument('preferences', () => 'ui');
      return () => {
        const { document, patch } = shown;
        const ofQuery = found.documents[0]?.name ?? '';
        if (document && document.name !== ofQuery) torn.push(`${ofQuery}|${document.name}`);
        return [
          { input: 'name', value: ofQuery, onInput: (name) => patch({ name }) },
          { id: 'document', text: document?.name ?? '' },
        ];
      };
    };
    framework.mount([scene.below([{ view: both }])]);
    const input = await screen.findByLabelText<HTMLInputElement>('name');
    let typed = '';
    for (const letter of 'controlled') {
      typed += letter;
      await type(framework, 'name', typed);
      expect([input.value, screen.getByTestId('document').textContent]).toEqual([typed, typed]);
    }
    const engine = await scene.lastEngine();
    await waitFor(async () => expect((await engine.db.preferences.findOne('ui').exec())?.name).toBe(typed));
    expect([input.value, screen.getByTestId('document').textContent, torn]).toEqual([typed, typed, []]);
  });
});

describe.each(frameworks)('%s: useSyncStatus', (_name, framework) => {
  const scene = useScene(framework);

  test('says what the engine says', async () => {
    const view: View = ({ useSyncStatus, useSyncEngine }) => {
      const [shown, of] = [useSyncStatus(), useSyncEngine()];
      return () => [shown.status.phase, { button: 'pause', onClick: () => of.engine?.pause() }];
    };
    framework.mount([scene.below([{ view }])]);
    await screen.findByText(SyncPhase.LocalOnly);
    fireEvent.click(screen.getByText('pause'));
    const engine = await scene.lastEngine();
    await waitFor(() => expect(screen.getByText(engine.status.phase)).toBeTruthy());
  });
});
