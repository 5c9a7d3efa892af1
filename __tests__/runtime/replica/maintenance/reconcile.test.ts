import { Tier } from '../../../../src/runtime/contracts/slot';
import type { ContentDocument } from '../../../../src/runtime/replica/slots/slot-content';
import { createReconcilingModules, GREATER, idsIn, leaf, noteOf, OWN, stampOf } from '../slot-modules';

const title = { '/title': leaf(1, 'a title') };
const note = noteOf('x', title);
const theirs = noteOf('y', { '/title': leaf(1, 'their title', GREATER) });

const mixed = noteOf('x', { ...title, '/text': leaf(1, 'their text', GREATER) }, { inserted: stampOf(1, GREATER) });
const notes = (count: number) => Array.from({ length: count }, (_, index) => noteOf(`${index}`, title));

/** Everything in slots counts, and what this device wrote is to be published. */
const plan = {
  counts: () => true,
  isWanted: (stamp: string) => stamp.endsWith(OWN.slice(0, 16)),
};

const registersOf = (documents: Iterable<ContentDocument>) =>
  [...documents].map(({ collection, id, registers }) => ({ collection, id, registers }));

test('of a document of a newer version of the app slots keep all, and it is given nothing back', async () => {
  const newer = { ...noteOf('x', {}), isNewer: true } as ContentDocument;
  const { reconcile, receive, sealedBy, joins, published } = createReconcilingModules([newer, noteOf('z', title)]);
  await receive(sealedBy(GREATER, [note, theirs]));
  await reconcile(plan);
  expect(joins).toEqual([['y']]);
  expect(idsIn(await published())).toEqual(['z']);
});

describe('what no slot carries', () => {
  test('is published', async () => {
    const { reconcile, published } = createReconcilingModules([note]);
    await reconcile(plan);
    expect(registersOf((await published()).values())).toEqual([note]);
  });

  test('is published register by register, those that are wanted', async () => {
    const { reconcile, published } = createReconcilingModules([mixed]);
    await reconcile(plan);
    expect(registersOf((await published()).values())).toEqual([note]);
  });

  test.each([
    ['and is wanted, is no longer missing afterwards', [note], false],
    ['and is not wanted, is told as missing', [note, theirs], true],
    ['and is not wanted, is told as missing even of a document of which the rest is', [mixed], true],
  ])('%s', async (_what, documents, isMissing) => {
    const { reconcile } = createReconcilingModules(documents);
    expect(await reconcile(plan)).toBe(isMissing);
  });

  test('is told as missing, however much of what comes after it is not', async () => {
    const { reconcile, store } = createReconcilingModules();
    store.scan = async function* () {
      yield [theirs];
      yield [note];
    };
    expect(await reconcile(plan)).toBe(true);
  });

  describe('is published with what it builds on, though slots carry that already:', () => {
    const share = `/visits#${OWN.slice(0, 16)}`;
    const again = { '/title': leaf(3, 'again') };
    test.each<[string, ContentDocument, ContentDocument, ContentDocument]>([
      [
        'an insert with the deletion that it comes after',
        noteOf('x', again, { inserted: stampOf(3), deleted: stampOf(2, GREATER) }),
        noteOf('x', {}, { deleted: stampOf(2, GREATER) }),
        noteOf('x', again, { inserted: stampOf(3), deleted: stampOf(2, GREATER) }),
      ],
      [
        'a share of a counter with the deletion that it began at',
        noteOf('x', { [share]: leaf(4, [stampOf(2), 1]) }, { inserted: stampOf(3, GREATER), deleted: stampOf(2) }),
        noteOf('x', {}, { inserted: stampOf(3, GREATER), deleted: stampOf(2) }),
        noteOf('x', { [share]: leaf(4, [stampOf(2), 1]) }, { deleted: stampOf(2) }),
      ],
      [
        'a share of a counter below a property with what replaced that',
        noteOf('x', { '/page': leaf(2, null, GREATER), [`/page${share}`]: leaf(4, [stampOf(2, GREATER), 1]) }),
        noteOf('x', { '/page': leaf(2, null, GREATER) }),
        noteOf('x', { '/page': leaf(2, null, GREATER), [`/page${share}`]: leaf(4, [stampOf(2, GREATER), 1]) }),
      ],
    ])('%s', async (_what, document, carried, expected) => {
      const { reconcile, published, receive, sealedBy } = createReconcilingModules([document]);
      await receive(sealedBy(GREATER, [carried]));
      await reconcile(plan);
      expect(registersOf((await published()).values())).toEqual([expected]);
    });
  });

  test('because a deletion hides it for ever, is not published, but the deletion is', async () => {
    const deleted = noteOf('x', { '/title': leaf(1, 'hidden') }, { deleted: stampOf(2) });
    const { reconcile, published } = createReconcilingModules([deleted]);
    await reconcile(plan);
    expect(registersOf((await published()).values())).toEqual([noteOf('x', {}, { deleted: stampOf(2) })]);
  });
});

describe('what is in a slot', () => {
  test('of this device is not published again', async () => {
    const { reconcile, outbox, writeDelta } = createReconcilingModules([note]);
    await writeDelta(note);
    await reconcile(plan);
    expect(outbox.pending).toBe(0);
  });

  test('of another device is not published again', async () => {
    const { reconcile, outbox, receive, sealedBy } = createReconcilingModules([note]);
    await receive(sealedBy(GREATER, [note]));
    await reconcile(plan);
    expect(outbox.pending).toBe(0);
  });

  test('of another device that no relay holds any more is published', async () => {
    const { reconcile, published, receive, sealedBy } = createReconcilingModules([note]);
    await receive(sealedBy(GREATER, [note]));
    await reconcile({ ...plan, counts: () => false });
    expect(idsIn(await published())).toEqual(['x']);
  });

  test('since the comparison began is not published a second time', async () => {
    const modules = createReconcilingModules([note]);
    const { scan } = modules.store;
    modules.store.scan = async function* (...which) {
      await modules.writeDelta(note);
      yield* scan(...which);
    };
    await modules.reconcile(plan);
    expect(modules.outbox.pending).toBe(0);
  });
});

describe('what only slots have', () => {
  test.each<[string, (modules: ReturnType<typeof createReconcilingModules>) => Promise<unknown>]>([
    ['this device’s deltas', ({ writeDelta }) => writeDelta(note)],
    ['this device’s pages', ({ slotWriter }) => slotWriter.writePages([note], '', 32_768)],
    ['other devices’ slots', ({ receive, sealedBy }) => receive(sealedBy(GREATER, [note]))],
  ])('comes back to the documents: %s', async (_where, write) => {
    const modules = createReconcilingModules();
    await write(modules);
    await modules.reconcile(plan);
    expect(modules.joins).toEqual([['x']]);
  });

  test('comes back to a document that has lost a part', async () => {
    const { reconcile, writeDelta, joins } = createReconcilingModules([note]);
    await writeDelta(noteOf('x', { '/title': leaf(1, 'a title'), '/text': leaf(2, 'a lost text') }));
    await reconcile(plan);
    expect(joins).toEqual([['x']]);
  });

  test('comes back a hundred documents at a time', async () => {
    const { reconcile, slotWriter, joins } = createReconcilingModules();
    await slotWriter.writePages(notes(250), '', 32_768);
    await reconcile(plan);
    expect(joins.map((ids) => ids.length)).toEqual([100, 100, 50]);
  });

  test('does not come back if it has lost to what the document has', async () => {
    const { reconcile, writeDelta, joins } = createReconcilingModules([noteOf('x', { '/title': leaf(2, 'new') })]);
    await writeDelta(note);
    await reconcile(plan);
    expect(joins).toEqual([]);
  });

  test('does not come back if the document was deleted since', async () => {
    const { reconcile, writeDelta, joins } = createReconcilingModules([noteOf('x', {}, { deleted: stampOf(2) })]);
    await writeDelta(note);
    await reconcile(plan);
    expect(joins).toEqual([]);
  });

  test('of a collection that this version of the app does not have stays there', async () => {
    const { reconcile, writeDelta, joins, published } = createReconcilingModules();
    await writeDelta({ ...note, collection: 'of a newer version' }, noteOf('y', title));
    await reconcile(plan);
    expect(joins).toEqual([['y']]);
    expect(idsIn(await published())).toEqual(['x', 'y']);
  });
});

test('a page knows afterwards how much of it the documents no longer need', async () => {
  const { reconcile, slotWriter, ownSlots } = createReconcilingModules([
    noteOf('x', { '/title': leaf(2, 'new') }),
    theirs,
  ]);
  await slotWriter.writePages([note, theirs], '', 32_768);
  const [page] = ownSlots.live();
  page!.dead = 2;
  await reconcile({ ...plan, isWanted: () => false });
  expect(page).toMatchObject({ name: { tier: Tier.Page }, registers: 2, dead: 1 });
});

test('a document whose counter holds something apart is waited for', async () => {
  const modules = createReconcilingModules();
  modules.store.scan = async function* () {
    yield [{ ...note, holdsShares: true }];
  };
  await modules.writeDelta(note);
  await modules.reconcile(plan);
  expect([...modules.outbox.pendingKeys()]).toHaveLength(1);
});

test('after the end nothing is published and nothing comes back', async () => {
  const { reconcile, writeDelta, joins, outbox } = createReconcilingModules([note], () => true);
  await writeDelta(noteOf('y', title));
  await reconcile(plan);
  expect(joins).toEqual([]);
  expect(outbox.pending).toBe(0);
});

test('an end while documents come back is heeded after the batch that is under way', async () => {
  const { reconcile, slotWriter, joins } = createReconcilingModules([], () => joins.length > 0);
  await slotWriter.writePages(notes(250), '', 32_768);
  await reconcile(plan);
  expect(joins.map((ids) => ids.length)).toEqual([100]);
});

test('what only slots have and the schema of this version refuses is quarantined, and recorded once', async () => {
  const { reconcile, ownSlots, slotWriter, ledger, quarantine } = createReconcilingModules(
    [],
    () => false,
    undefined,
    (id) => id === 'x',
  );
  await slotWriter.writePages([note, noteOf('z', title)], '', 32_768);
  const commit = jest.spyOn(ledger, 'commit');
  await reconcile(plan);
  expect(quarantine.size).toBe(1);
  await reconcile(plan);
  expect(quarantine.size).toBe(1);
  expect(commit).toHaveBeenCalledTimes(1);
  expect(idsIn(await ownSlots.read(ownSlots.live()[0]!))).toEqual(['x', 'z']);
});
