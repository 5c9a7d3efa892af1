import { createQuarantine } from '../../../../src/runtime/replica/incoming/quarantine';
import { keyOf } from '../../../../src/runtime/replica/slots/slot-content';
import { createMapStore, createSlotModules, leaf, noteOf } from '../slot-modules';

const title = noteOf('x', { '/title': leaf(1, 'a title') });
const text = noteOf('x', { '/text': leaf(2, 'a text') });
const both = noteOf('x', { '/title': leaf(1, 'a title'), '/text': leaf(2, 'a text') });
const refused = { ...title, reason: 'it breaks the schema' };

function setUp({ refuses = true } = {}) {
  const { ledger, disk } = createSlotModules();
  const { store, joins } = createMapStore([], () => refuses);
  return { quarantine: createQuarantine(store, ledger), kept: () => [...disk.quarantine.values()], joins };
}

const contentOf = (document: typeof title) => new Map([[keyOf(document), document]]);

test('a document that breaks the schema is kept in the ledger', async () => {
  const { quarantine, kept } = setUp();
  await quarantine.settle(contentOf(title), [refused]);
  expect(quarantine.size).toBe(1);
  expect(kept()).toEqual([refused]);
});

test('its parts are joined as they arrive', async () => {
  const { quarantine, kept } = setUp();
  await quarantine.settle(contentOf(title), [refused]);
  expect(quarantine.complete(text)).toEqual(both);
  await quarantine.settle(contentOf(text), [{ ...text, reason: refused.reason }]);
  expect(kept()).toEqual([{ ...both, reason: refused.reason }]);
});

test('what was merged after all is released', async () => {
  const { quarantine, kept } = setUp();
  await quarantine.settle(contentOf(title), [refused]);
  await quarantine.settle(contentOf(both), []);
  expect([quarantine.size, kept()]).toEqual([0, []]);
});

test.each([
  ['a newer version of the app accepts', false, 0],
  ['the app refuses still', true, 1],
])('at the start everything is tried again: what %s', async (_what, refuses, left) => {
  const { quarantine, joins } = setUp({ refuses });
  await quarantine.restore([refused]);
  expect(joins).toEqual([['x']]);
  expect(quarantine.size).toBe(left);
});

test('a document of a collection that this version does not have stays', async () => {
  const { quarantine, joins } = setUp({ refuses: false });
  await quarantine.restore([{ ...refused, collection: 'of a newer version' }]);
  expect([joins, quarantine.size]).toEqual([[], 1]);
});
