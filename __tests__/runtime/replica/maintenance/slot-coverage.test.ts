import {
  SlotCoverage,
  findUncovered,
  isAuthoredBy,
  partOf,
} from '../../../../src/runtime/replica/maintenance/slot-coverage';
import { keyOf } from '../../../../src/runtime/replica/slots/slot-content';
import type { ContentDocument } from '../../../../src/runtime/replica/slots/slot-content';
import { createMapStore, GREATER, leaf, noteOf, OWN, stampOf } from '../slot-modules';

const covering = (...documents: ContentDocument[]) => {
  const coverage = new SlotCoverage();
  coverage.add(new Map(documents.map((document) => [keyOf(document), document])));
  return coverage;
};

async function uncovered(stored: ContentDocument, coverage: SlotCoverage): Promise<readonly ContentDocument[]> {
  const found: ContentDocument[] = [];
  for await (const batch of findUncovered(createMapStore([stored]).store, coverage, () => {}))
    found.push(...batch.map(({ open }) => open));
  return found.map(({ collection, id, registers }) => ({ collection, id, registers }));
}

test('what no slot carries is found, register by register', async () => {
  const document = noteOf('x', { '/title': leaf(1, 'sent'), '/text': leaf(2, 'not sent') }, { inserted: stampOf(1) });
  const coverage = covering(noteOf('x', { '/title': leaf(1, 'sent') }, { inserted: stampOf(1) }));
  expect(await uncovered(document, coverage)).toEqual([noteOf('x', { '/text': leaf(2, 'not sent') })]);
});

test('another version of a register does not cover it', async () => {
  const document = noteOf('x', { '/title': leaf(2, 'new') });
  expect(await uncovered(document, covering(noteOf('x', { '/title': leaf(1, 'old') })))).toEqual([document]);
});

test('what a deletion hides for ever need not be in any slot', async () => {
  const document = noteOf('x', { '/title': leaf(1, 'hidden') }, { deleted: stampOf(2) });
  expect(await uncovered(document, covering())).toEqual([noteOf('x', {}, { deleted: stampOf(2) })]);
});

test('after the comparison it counts what slots carry and no document needs', async () => {
  const superseded = noteOf('x', { '/title': leaf(1, 'old'), '/text': leaf(1, 'same') });
  const coverage = covering(superseded);
  await uncovered(noteOf('x', { '/title': leaf(2, 'new'), '/text': leaf(1, 'same') }), coverage);
  expect(coverage.countLeft(keyOf(superseded), superseded.registers)).toBe(1);
});

test('a document of a newer version of the app is not looked at, and nothing that slots hold of it counts as left', async () => {
  const held = noteOf('x', { '/title': leaf(1, 'held') });
  const coverage = covering(held);
  const looked = jest.fn();
  const { store } = createMapStore([{ ...noteOf('x', {}), isNewer: true } as ContentDocument]);
  for await (const batch of findUncovered(store, coverage, looked)) expect(batch).toEqual([]);
  expect(looked).not.toHaveBeenCalled();
  expect(coverage.countLeft(keyOf(held), held.registers)).toBe(0);
});

test('a part of a document is what some device wrote of it', () => {
  const document = noteOf('x', { '/title': leaf(1, 'mine'), '/text': leaf(2, 'theirs', GREATER) });
  expect(partOf(document, isAuthoredBy([OWN]))).toEqual([noteOf('x', { '/title': leaf(1, 'mine') })]);
  expect(partOf(document, isAuthoredBy(['0'.repeat(32)]))).toEqual([]);
});
