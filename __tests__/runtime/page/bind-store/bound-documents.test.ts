/** What the state shows, in whatever order writes are answered and changes are heard of. */
import { createBoundDocuments } from '../../../../src/runtime/page/bind-store/bound-documents';
import { listPart } from '../../../../src/runtime/page/bind-store/snapshot';
import { withValues } from '../../../../src/runtime/page/bind-store/store';
import type { CollectionAccess, StoredRevision } from '../../../../src/runtime/page/rxdb/collection-access';

interface Item {
  readonly id: string;
  readonly title: string;
  readonly done?: boolean;
}

function* permutations<Value>(values: readonly Value[]): Generator<readonly Value[]> {
  if (values.length === 0) yield [];
  for (const [at, value] of values.entries())
    for (const rest of permutations([...values.slice(0, at), ...values.slice(at + 1)])) yield [value, ...rest];
}

const revision = (height: number, document: Item | null): StoredRevision => ({
  id: 'a',
  height,
  document: document && { ...document },
});

/** A list with one stored item, over a database whose every word is given by the test. */
async function createScene() {
  let state: { readonly list: readonly Item[] } = { list: [{ id: 'a', title: 'first' }] };
  let hear: (revisions: readonly StoredRevision[]) => void = () => {};
  const answers: ((revision: StoredRevision) => void)[] = [];
  const answer = () => new Promise<StoredRevision>((resolve) => answers.push(resolve));
  const access: CollectionAccess = {
    primaryKey: 'id',
    schema: { version: 0, primaryKey: 'id', type: 'object', properties: {} },
    read: async () => [revision(1, { id: 'a', title: 'first' })],
    follow: (onChanged) => {
      hear = onChanged;
      return () => {};
    },
    remove: async () => [await answer()],
    everStored: async () => new Set(),
  };
  const bound = createBoundDocuments(state, {
    part: listPart(
      { collection: 'items', at: 'list', keys: ['title', 'done'] },
      { primaryKey: 'id', initial: state, now: () => 0 },
    ),
    access,
    patch: async () => {
      const { id, height, document } = await answer();
      return { primary: id, _data: { ...document, _rev: `${height}-x`, _deleted: false, _meta: {}, _attachments: {} } };
    },
    keys: ['title', 'done'],
    absent: null,
    onStored: () => {},
    onProblem: (error) => {
      throw error;
    },
  });
  await bound.start(true);
  const shown: (readonly Item[])[] = [];
  return {
    shown,
    edit(list: readonly Item[]) {
      state = { list };
      bound.observe(state);
    },
    hear: (...revisions: readonly StoredRevision[]) => hear(revisions),
    answer: (index: number, given: StoredRevision) => answers[index]!(given),
    async show() {
      // Answers take some turns of the microtask queue.
      await new Promise(setImmediate);
      const write = bound.takeWrite();
      if (write) state = withValues(state, write(state));
      bound.observe(state, write !== undefined);
      shown.push(state.list);
    },
    state: () => state.list,
  };
}

test('a text that is typed on is never rolled back, and what others change beside it shows in the end', async () => {
  const [b, c] = [
    { id: 'a', title: 'b' },
    { id: 'a', title: 'c' },
  ];
  const merged = { ...c, done: true };
  type Scene = Awaited<ReturnType<typeof createScene>>;
  const deliveries: readonly ((scene: Scene) => void)[] = [
    (scene) => scene.answer(0, revision(2, b)),
    (scene) => scene.hear(revision(2, b)),
    (scene) => scene.hear(revision(3, c)),
    (scene) => scene.hear(revision(4, merged)),
    (scene) => scene.answer(1, revision(3, c)),
  ];
  for (const order of permutations(deliveries)) {
    const scene = await createScene();
    scene.edit([b]);
    scene.edit([c]);
    for (const deliver of order) {
      deliver(scene);
      await scene.show();
    }
    expect(scene.shown.map(([item]) => item?.title)).toEqual(scene.shown.map(() => 'c'));
    expect(scene.state()).toEqual([merged]);
  }
});

test('an item that was removed does not come back, whatever is still heard of it', async () => {
  const b = { id: 'a', title: 'b' };
  type Scene = Awaited<ReturnType<typeof createScene>>;
  const deliveries: readonly ((scene: Scene) => void)[] = [
    (scene) => scene.answer(0, revision(2, b)),
    (scene) => scene.hear(revision(2, b)),
    (scene) => scene.hear(revision(3, { ...b, done: true })),
    (scene) => scene.hear(revision(4, null)),
  ];
  for (const order of permutations(deliveries)) {
    const scene = await createScene();
    scene.edit([b]);
    scene.edit([]);
    for (const deliver of order) {
      deliver(scene);
      await scene.show();
    }
    // A removal follows what was written before.
    scene.answer(1, revision(4, null));
    await scene.show();
    expect(scene.shown).toEqual(scene.shown.map(() => []));
  }
});

test('what was heard late of an earlier revision changes nothing', async () => {
  const scene = await createScene();
  scene.hear(revision(3, { id: 'a', title: 'third' }));
  await scene.show();
  scene.hear(revision(2, { id: 'a', title: 'second' }));
  await scene.show();
  expect(scene.state()).toEqual([{ id: 'a', title: 'third' }]);
});
