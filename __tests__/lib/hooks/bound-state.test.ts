/** @jest-environment jsdom */
/** State that an app has already, bound to the engine of a provider: the same in every framework. */
import '../../../src/preset/jest/setup';
import { screen, waitFor } from '@testing-library/dom';
import type { SyncEngine } from '../../../src/lib/engine';
import { GuestMode } from '../../../src/runtime/core/open-request';
import { createZustandLike } from '../../runtime/page/bind-store/stores';
import { frameworks, useScene } from '../../support/frameworks';
import type { View } from '../../support/frameworks';

interface Note {
  readonly id: string;
  readonly title: string;
}
interface State {
  readonly theme: string;
  readonly notes: readonly Note[];
}
const initial: State = { theme: 'light', notes: [] };

const themeIn = async (engine: SyncEngine) => (await engine.db.preferences.findOne('ui').exec())?.theme;
const notesIn = async (engine: SyncEngine) =>
  (await engine.db.notes.find().exec()).map(({ title }) => title as string).sort();
const shownIn = (id: string) => screen.getByTestId(id).textContent;

describe.each(frameworks)('%s: bound state', (_name, framework) => {
  const scene = useScene(framework);

  let change: (update: (state: State) => State) => void = () => {};
  /** State of the framework's own. */
  const own: View = ({ useBoundState, useSyncEngine }) => {
    const bound = useBoundState(useSyncEngine(), initial, [
      { collection: 'preferences', id: 'ui', keys: ['theme'] },
      { collection: 'notes', at: 'notes', keys: ['title'], order: 'order' },
    ]);
    change = (update) => bound.change(update);
    return () => {
      const { theme, notes } = bound.state;
      return [
        { id: 'theme', text: theme },
        { id: 'notes', text: notes.map(({ title }) => title).join() },
      ];
    };
  };
  const withOwn = (identity: string[] | null, guest?: GuestMode) => [
    scene.below([{ view: own }], { identity, guest }, { fallback: undefined }),
  ];
  const typed = (title: string) => (state: State) => ({
    theme: 'dark',
    notes: [...state.notes, { id: `id of ${title}`, title }],
  });

  test('of the framework shows what is stored and writes what it is set to', async () => {
    framework.mount(withOwn(['user-1']));
    const engine = await scene.lastEngine();
    await engine.patch('notes', 'a', { title: 'Milk', order: 0 });
    await waitFor(() => expect(shownIn('notes')).toBe('Milk'));
    await framework.act(() => change(typed('Bread')));
    expect(shownIn('notes')).toBe('Milk,Bread');
    await waitFor(async () =>
      expect([await themeIn(engine), ...(await notesIn(engine))]).toEqual(['dark', 'Bread', 'Milk']),
    );
    expect([shownIn('theme'), shownIn('notes')]).toEqual(['dark', 'Milk,Bread']);
  });

  test('of a store shows nothing of the last user to another one, in no frame', async () => {
    const store = createZustandLike(initial);
    const bound: View = ({ useBoundStore, useSyncEngine }) => {
      useBoundStore(useSyncEngine(), store, [{ collection: 'notes', at: 'notes', keys: ['title'], order: 'order' }]);
      return () => [];
    };
    const app = (user: string) => [scene.below([{ view: bound }], { identity: [user] }, { fallback: undefined })];
    const titles = () => store.getState().notes.map(({ title }) => title);
    const { update } = framework.mount(app('user-1'));
    await (await scene.lastEngine()).patch('notes', 'a', { title: 'secret', order: 0 });
    await waitFor(() => expect(titles()).toEqual(['secret']));
    await update(app('user-2'));
    expect(titles()).toEqual([]);
    await waitFor(() => expect(scene.open).toHaveBeenCalledTimes(2));
    await (await scene.lastEngine()).patch('notes', 'b', { title: 'own', order: 0 });
    await waitFor(() => expect(titles()).toEqual(['own']));
  });

  test('of a component that goes holds the beginning again, and what was typed last is stored', async () => {
    const store = createZustandLike(initial);
    const bound: View = ({ useBoundStore, useSyncEngine }) => {
      useBoundStore(useSyncEngine(), store, [{ collection: 'notes', at: 'notes', keys: ['title'], order: 'order' }]);
      return () => ['bound'];
    };
    const { update } = framework.mount([scene.below([{ view: bound }, 'ready'])]);
    const engine = await scene.lastEngine();
    await screen.findByText('bound');
    store.setState({ notes: [{ id: 'a', title: 'last' }] });
    await update([scene.below(['ready'])]);
    expect(store.getState()).toEqual(initial);
    await waitFor(async () => expect(await notesIn(engine)).toEqual(['last']));
  });

  test('with an item that cannot be bound is a problem, and the app shows what it has', async () => {
    const onProblem = jest.fn();
    const view: View = ({ useBoundState, useSyncEngine }) => {
      const bound = useBoundState(
        useSyncEngine(),
        { notes: [{ id: 7, title: 'seven' }] },
        [{ collection: 'notes', at: 'notes', keys: ['title'] }],
        { onProblem },
      );
      return () => [{ id: 'notes', text: bound.state.notes.map(({ title }) => title).join() }];
    };
    framework.mount([scene.below([{ view }])]);
    await waitFor(() => expect(onProblem).toHaveBeenCalledWith(expect.objectContaining({ code: 'BINDING_INVALID' })));
    expect(shownIn('notes')).toBe('seven');
  });

  test.each([
    ['another one', ['user-2']],
    ['nobody, then another one', null],
  ])('that a user typed who signs out before the engine is open is not seen by %s', async (_next, next) => {
    const { update } = framework.mount(withOwn(['user-1']));
    await framework.act(() => change(typed('secret')));
    expect(shownIn('notes')).toBe('secret');
    await update(withOwn(next));
    expect([shownIn('notes'), shownIn('theme')]).toEqual(['', 'light']);
    await update(withOwn(['user-2']));
    await waitFor(() => expect(scene.open).toHaveBeenLastCalledWith(expect.objectContaining({ identity: ['user-2'] })));
    const engine = await scene.lastEngine();
    await engine.patch('notes', 'b', { title: 'own', order: 0 });
    await waitFor(() => expect(shownIn('notes')).toBe('own'));
    expect(await notesIn(engine)).toEqual(['own']);
  });

  test('that a guest typed who signs in at once is theirs', async () => {
    const { update } = framework.mount(withOwn(null, GuestMode.Adopted));
    await framework.act(() => change(typed('of the guest')));
    await update(withOwn(['user-1'], GuestMode.Adopted));
    await waitFor(() => expect(scene.open).toHaveBeenLastCalledWith(expect.objectContaining({ identity: ['user-1'] })));
    const engine = await scene.lastEngine();
    await waitFor(async () => expect(await notesIn(engine)).toEqual(['of the guest']));
    expect(shownIn('notes')).toBe('of the guest');
  });
});
