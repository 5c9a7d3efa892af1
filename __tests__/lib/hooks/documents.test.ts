/** @jest-environment jsdom */
/** One document, and writing it: the same in every framework. */
import '../../../src/preset/jest/setup';
import { fireEvent, screen, waitFor } from '@testing-library/dom';
import type { SyncEngine } from '../../../src/lib/engine';
import type { Note } from '../../../src/lib/schema';
import { add } from '../../../src/runtime/core';
import { ErrorCode, SyncError } from '../../../src/runtime/core/errors';
import { frameworks, useScene } from '../../support/frameworks';
import type { View } from '../../support/frameworks';
import type { ShownDocument } from '../../support/frameworks/framework';
import { nameView, type, typeName } from './views';

describe.each(frameworks)('%s: useDocument', (_name, framework) => {
  const scene = useScene(framework);
  const name = { view: nameView };

  async function mountWithEngine(...views: readonly { readonly view: View<never> }[]): Promise<SyncEngine> {
    framework.mount([scene.below(views)]);
    return scene.lastEngine();
  }

  test('says null for a document that is not there', async () => {
    await mountWithEngine(name);
    await screen.findByText('none');
  });

  test('shows a write in the same frame, before it is stored, in every component that shows the document', async () => {
    const engine = await mountWithEngine(name, name);
    await waitFor(() => expect(screen.getAllByText('none')).toHaveLength(2));
    let isStored = false;
    const write = engine.db.preferences.storageInstance.bulkWrite.bind(engine.db.preferences.storageInstance);
    jest.spyOn(engine.db.preferences.storageInstance, 'bulkWrite').mockImplementation(async (...rows) => {
      const answer = await write(...rows);
      isStored = true;
      return answer;
    });
    await framework.act(() => void fireEvent.input(screen.getAllByLabelText('name')[0]!, { target: { value: 'Ada' } }));
    expect([screen.getAllByText('name: Ada'), isStored]).toEqual([[expect.anything(), expect.anything()], false]);
    await waitFor(() => expect(isStored).toBe(true));
  });

  test('keeps the last of many writes in a row', async () => {
    const engine = await mountWithEngine(name);
    await screen.findByText('none');
    for (const value of ['A', 'Ad', 'Ada']) await type(framework, 'name', value);
    await waitFor(async () => expect((await engine.db.preferences.findOne('ui').exec())?.name).toBe('Ada'));
    expect(screen.getByText('name: Ada')).toBeTruthy();
  });

  test('takes a refused write back and says why, without an unhandled rejection', async () => {
    const engine = await mountWithEngine(name);
    await typeName(framework, 'Ada');
    await waitFor(async () => expect(await engine.db.preferences.findOne('ui').exec()).not.toBeNull());
    jest
      .spyOn(engine.db.preferences.storageInstance, 'bulkWrite')
      .mockRejectedValueOnce(new SyncError(ErrorCode.StorageFull, 'No room.'));
    await type(framework, 'name', 'Bob');
    expect(screen.getByText('name: Bob')).toBeTruthy();
    await screen.findByText(ErrorCode.StorageFull);
    expect(screen.getByText('name: Ada')).toBeTruthy();
  });

  test('shows what somebody else wrote', async () => {
    const engine = await mountWithEngine(name);
    await screen.findByText('none');
    await engine.patch('preferences', 'ui', { name: 'Grace' });
    await screen.findByText('name: Grace');
  });

  test('tells the provider of a refused write once, however many components show the document', async () => {
    const problems: SyncError[] = [];
    const wrong: View = ({ useDocument }) => {
      const shown = useDocument('preferences', () => 'ui');
      return () => [{ button: 'wrong', onClick: () => shown.patch({ theme: 'pink' as never }) }];
    };
    framework.mount([scene.below([name, name, { view: wrong }], { onProblem: (problem) => problems.push(problem) })]);
    await waitFor(() => expect(screen.getAllByText('none')).toHaveLength(2));
    fireEvent.click(screen.getByText('wrong'));
    await waitFor(() => expect(screen.getAllByText(ErrorCode.DocumentInvalid)).toHaveLength(2));
    expect(problems.map(({ code }) => code)).toEqual([ErrorCode.DocumentInvalid]);
    expect(problems[0]).toBeInstanceOf(SyncError);
  });

  test('without an engine refuses to write', async () => {
    const problems: SyncError[] = [];
    framework.mount([
      scene.below(
        [name],
        { identity: undefined, onProblem: (problem) => problems.push(problem) },
        { fallback: undefined },
      ),
    ]);
    await type(framework, 'name', 'Ada');
    await waitFor(() => expect(problems.map(({ code }) => code)).toEqual([ErrorCode.EngineClosed]));
    expect(screen.getByText('unknown')).toBeTruthy();
  });

  test('`committed` of a write says when it is stored, and why it is not', async () => {
    let shown: ShownDocument<{ readonly name: string }> | undefined;
    const look: View = ({ useDocument }) => {
      const now = useDocument('preferences', () => 'ui');
      return () => {
        if (now.document !== undefined) shown = now as never;
        return [];
      };
    };
    framework.mount([scene.below([{ view: look }], { onProblem: () => {} })]);
    await waitFor(() => expect(shown).toBeDefined());
    const write = shown!.patch({ name: 'Ada' });
    // No promise itself: linters ask what becomes of one.
    expect('then' in write).toBe(false);
    await expect(write.committed).resolves.toBeUndefined();
    await expect(shown!.patch({ name: 7 as never }).committed).rejects.toMatchObject({
      code: ErrorCode.DocumentInvalid,
    });
    const failing = () => {
      throw new Error('of the app');
    };
    await expect(shown!.patch(failing).committed).rejects.toBeInstanceOf(SyncError);
  });
});

describe.each(frameworks)('%s: useDocument of what may have changed', (_name, framework) => {
  const scene = useScene(framework);
  const note = { body: '', done: false, order: 0, title: 'Milk' };
  let shown: ShownDocument<Note>;
  const probe: View<{ readonly id?: unknown }> = ({ useDocument }, props) => {
    const now = useDocument('notes', () => ('id' in props() ? (props().id as string) : 'n'));
    return () => {
      shown = now;
      return [now.document === undefined ? 'unknown' : (now.document?.tags.join() ?? 'none')];
    };
  };
  const withProbe = (props: object = {}) => [scene.below([{ view: probe, props }])];

  async function mountNote(tags: readonly string[]): Promise<SyncEngine> {
    framework.mount(withProbe());
    const engine = await scene.lastEngine();
    await engine.patch('notes', 'n', { ...note, tags });
    await screen.findByText(tags.join());
    return engine;
  }

  test('adds twice what is asked for twice before anything is rendered', async () => {
    const engine = await mountNote(['a']);
    const before = shown.document!;
    const { patch } = shown;
    const both = [patch({ tags: [...before.tags, 'b'] }), patch({ tags: [...shown.document!.tags, 'c'] })];
    await screen.findByText('a,b,c');
    await Promise.all(both.map(({ committed }) => committed));
    expect((await engine.db.notes.findOne('n').exec())?.tags).toEqual(['a', 'b', 'c']);
  });

  test('brings nothing back of a document that is gone', async () => {
    const engine = await mountNote(['a']);
    const { patch } = shown;
    const removed = engine.db.notes.findOne('n').remove();
    const { committed } = patch({ title: 'Tea' });
    await removed;
    await expect(committed).rejects.toMatchObject({ code: ErrorCode.DocumentMissing });
    await screen.findByText('none');
  });

  test('changes what others have added by what was shown', async () => {
    const engine = await mountNote(['a', 'b']);
    await engine.patch('notes', 'n', { tags: add('c') });
    await screen.findByText('a,b,c');
    await shown.patch({ tags: shown.document!.tags.filter((tag) => tag !== 'b') }).committed;
    await screen.findByText('a,c');
  });

  test.each([[undefined], [null], ['']])('of the id %p shows nothing, asks for nothing and waits', async (id) => {
    const { update } = framework.mount(withProbe({ id }));
    const engine = await scene.lastEngine();
    await engine.patch('notes', 'n', { ...note, tags: ['a'] });
    const find = jest.spyOn(engine.db.notes, 'findOne');
    await screen.findByText('unknown');
    await expect(shown.patch({ title: 'Tea' }).committed).rejects.toMatchObject({ code: ErrorCode.DocumentInvalid });
    expect(find).not.toHaveBeenCalled();
    find.mockRestore();
    await update(withProbe({ id: 'n' }));
    await screen.findByText('a');
  });

  test('of another id shows nothing of the former one in the same frame', async () => {
    await mountNote(['a']);
    framework.cleanup();
    const { update } = framework.mount(withProbe());
    await screen.findByText('a');
    await update(withProbe({ id: 'other' }));
    expect(screen.queryByText('a')).toBeNull();
    await screen.findByText('none');
  });

  test.each([[7], [NaN], [false], [{}]])('of what is no id (%p) says so', async (id) => {
    framework.mount(withProbe({ id }));
    await screen.findByText('unknown');
    expect(shown.problem?.code).toBe(ErrorCode.DocumentInvalid);
  });

  test('follows nothing any more when it is gone', async () => {
    framework.mount([scene.below(['ready'])]);
    const engine = await scene.lastEngine();
    const { unmount } = framework.mount(withProbe());
    await screen.findByText('none');
    const followed = engine.watch('notes', 'n');
    expect(engine.watch('notes', 'n')).toBe(followed);
    unmount();
    expect(engine.watch('notes', 'n')).not.toBe(followed);
  });
});
