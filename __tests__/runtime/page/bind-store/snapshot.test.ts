/** Lists as documents and documents as lists. */
import { listPart } from '../../../../src/runtime/page/bind-store/snapshot';

const partOf = (list: unknown) =>
  listPart(
    { collection: 'items', at: 'list', keys: ['title'], order: 'order' },
    { primaryKey: 'id', initial: { list }, now: () => 0 },
  );

test('thousands of documents with an order are shown at once', () => {
  const part = partOf([]);
  const ids = Array.from({ length: 20_000 }, (_, at) => `item-${at}`);
  const targets = new Map(ids.map((id, at) => [id, { title: id, order: -at }] as const));
  const began = performance.now();
  const { list } = part.write({ list: [] }, part.read({ list: [] }, undefined), targets) as { list: { id: string }[] };
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(list.map(({ id }) => id)).toEqual([...ids].reverse());
});

const item = { id: 'a', title: 'one' };
test.each([
  ['a list', [], [item, { ...item }]],
  ['a list with the same object twice', [], [item, item]],
  ['an entity state', { ids: [], entities: {} }, { ids: ['a', 'a'], entities: { a: item } }],
])('%s in which an id stands twice is refused', (_form, initial, list) => {
  expect(() => partOf(initial).read({ list }, undefined)).toThrow(
    expect.objectContaining({ code: 'BINDING_INVALID', message: expect.stringContaining('"a"') }),
  );
});
