/** What changes come to over what is stored, and what of them is new to what was shown. */
import { add, increment, remove } from '../../../src/runtime/core/intents';
import type { SyncObject } from '../../../src/runtime/core/json';
import { applyChanges, differenceTo } from '../../../src/runtime/page/changes';
import type { Changes } from '../../../src/runtime/page/changes';
import type { ObjectSchema } from '../../../src/runtime/core/definitions/property-schema';

const counter = { type: 'number', 'x-merge': 'counter' } as const;
const set = { type: 'array', 'x-merge': 'set' } as const;
const schema: ObjectSchema = {
  properties: {
    likes: counter,
    stock: { ...counter, default: 5 },
    tags: set,
    marks: { ...set, default: ['new'] },
    place: { type: 'object', 'x-merge': 'atomic' },
    span: { type: 'object', properties: { from: {}, to: {} }, required: ['from', 'to'] },
    spots: {
      type: 'object',
      additionalProperties: { type: 'object', properties: { lat: {}, lon: {} }, required: ['lat'] },
      patternProperties: { '^free': { type: 'object' }, '^both': { type: 'object' }, both$: { type: 'object' } },
    },
    deep: { type: 'object', properties: { views: counter, names: set, inner: { type: 'object' } } },
  },
};

/** What becomes of `stored` when somebody who saw `shown` asks for the changes. */
const patched = (shown: SyncObject | undefined, stored: SyncObject, changes: Changes): SyncObject =>
  applyChanges(stored, differenceTo(shown, changes, schema), schema);

interface Case {
  readonly what: string;
  readonly shown?: SyncObject;
  readonly stored: SyncObject;
  readonly changes: Changes;
  readonly after: SyncObject;
}

const cases: readonly Case[] = [
  {
    what: 'a value of a map that the schema keeps together is written whole',
    shown: { spots: { x: { lat: 1, lon: 1 } } },
    stored: { spots: {} },
    changes: { spots: { x: { lat: 1, lon: 2 } } },
    after: { spots: { x: { lat: 1, lon: 2 } } },
  },
  {
    what: 'one that a pattern says more of than the rest is merged by what the pattern says',
    shown: { spots: { freely: { lat: 1, lon: 1 } } },
    stored: { spots: { freely: { lat: 7, lon: 1 } } },
    changes: { spots: { freely: { lat: 1, lon: 2 } } },
    after: { spots: { freely: { lat: 7, lon: 2 } } },
  },
  {
    what: 'one of which two patterns say something is written whole',
    shown: { spots: { both: { lat: 1, lon: 1 } } },
    stored: { spots: { both: { lat: 7, lon: 1 } } },
    changes: { spots: { both: { lat: 1, lon: 2 } } },
    after: { spots: { both: { lat: 1, lon: 2 } } },
  },
  { what: 'a counter adds', shown: { likes: 10 }, stored: { likes: 13 }, changes: { likes: 11 }, after: { likes: 14 } },
  {
    what: 'a counter subtracts',
    shown: { likes: 10 },
    stored: { likes: 13 },
    changes: { likes: 8 },
    after: { likes: 11 },
  },
  {
    what: 'a counter that was not shown begins at 0',
    stored: { likes: 13 },
    changes: { likes: 1 },
    after: { likes: 14 },
  },
  { what: 'or at its default', stored: { stock: 7 }, changes: { stock: 4 }, after: { stock: 6 } },
  {
    what: 'a counter that is taken out goes back by what was shown',
    shown: { stock: 8 },
    stored: { stock: 9 },
    changes: { stock: undefined },
    after: { stock: 6 },
  },
  {
    what: 'fractions are exact over what was shown',
    shown: { likes: 0.1 },
    stored: { likes: 0.1 },
    changes: { likes: 0.3 },
    after: { likes: 0.3 },
  },
  {
    what: 'a set keeps what came',
    shown: { tags: ['a', 'b'] },
    stored: { tags: ['a', 'b', 'c'] },
    changes: { tags: ['b'] },
    after: { tags: ['b', 'c'] },
  },
  {
    what: 'a set stays without what went',
    shown: { tags: ['a', 'b'] },
    stored: { tags: ['a'] },
    changes: { tags: ['a', 'b', 'c'] },
    after: { tags: ['a', 'c'] },
  },
  {
    what: 'a number and its digits are two elements',
    shown: { tags: [1] },
    stored: { tags: [1] },
    changes: { tags: ['1'] },
    after: { tags: ['1'] },
  },
  {
    what: 'a set begins at its default',
    stored: { marks: ['x'] },
    changes: { marks: ['new', 'y'] },
    after: { marks: ['x', 'y'] },
  },
  {
    what: 'a set that is taken out loses what was shown',
    shown: { tags: ['a'] },
    stored: { tags: ['a', 'b'] },
    changes: { tags: undefined },
    after: { tags: ['b'] },
  },
  {
    what: 'a list that is no set is replaced',
    shown: { list: [1] },
    stored: { list: [1, 2] },
    changes: { list: [3] },
    after: { list: [3] },
  },
  {
    what: 'a text is replaced',
    shown: { title: 'a' },
    stored: { title: 'b' },
    changes: { title: 'c' },
    after: { title: 'c' },
  },
  {
    what: 'what is as it was shown is no change',
    shown: { title: 'a', on: true },
    stored: { title: 'b', on: false },
    changes: { title: 'a', on: false },
    after: { title: 'b', on: false },
  },
  {
    what: 'a map changes key by key',
    shown: { map: { a: 1, b: 1 } },
    stored: { map: { a: 1, b: 2, c: 3 } },
    changes: { map: { a: 2, b: 1 } },
    after: { map: { a: 2, b: 2, c: 3 } },
  },
  {
    what: 'a key that is left out goes',
    shown: { map: { a: 1, b: 1 } },
    stored: { map: { a: 1, b: 1, c: 3 } },
    changes: { map: { a: 1 } },
    after: { map: { a: 1, c: 3 } },
  },
  {
    what: 'a map that is emptied keeps what came',
    shown: { map: { a: 1 } },
    stored: { map: { a: 1, c: 3 } },
    changes: { map: {} },
    after: { map: { c: 3 } },
  },
  {
    what: 'a map that was not shown adds',
    stored: { map: { c: 3 } },
    changes: { map: { a: 1 } },
    after: { map: { a: 1, c: 3 } },
  },
  { what: 'an empty map is made', stored: {}, changes: { map: {} }, after: { map: {} } },
  {
    what: 'a key of any name',
    shown: { map: {} },
    stored: { map: { b: 1 } },
    changes: { map: { constructor: 1, toString: 2 } },
    after: { map: { b: 1, constructor: 1, toString: 2 } },
  },
  {
    what: 'a map that was a value is replaced',
    shown: { map: 5 },
    stored: { map: 6 },
    changes: { map: { a: 1 } },
    after: { map: { a: 1 } },
  },
  {
    what: 'a map that became a value comes back whole',
    shown: { map: { a: 1 } },
    stored: { map: 6 },
    changes: { map: { a: 1, b: 2 } },
    after: { map: { a: 1, b: 2 } },
  },
  {
    what: 'what is atomic is replaced',
    shown: { place: { lat: 1, lon: 1 } },
    stored: { place: { lat: 2, lon: 2 } },
    changes: { place: { lat: 1, lon: 5 } },
    after: { place: { lat: 1, lon: 5 } },
  },
  {
    what: 'so is an object whose parts depend on each other',
    shown: { span: { from: 1, to: 2 } },
    stored: { span: { from: 5, to: 6 } },
    changes: { span: { from: 1, to: 3 } },
    after: { span: { from: 1, to: 3 } },
  },
  {
    what: 'counters and sets in an object merge as such',
    shown: { deep: { views: 1, names: ['a'], inner: { x: 1 } } },
    stored: { deep: { views: 5, names: ['a', 'b'], inner: { x: 1, y: 1 } } },
    changes: { deep: { views: 2, names: [], inner: { x: 2 } } },
    after: { deep: { views: 6, names: ['b'], inner: { x: 2, y: 1 } } },
  },
  {
    what: 'an intent in an object leaves what is beside it',
    shown: { deep: { views: 1 } },
    stored: { deep: { views: 5, names: ['b'] } },
    changes: { deep: { views: increment(1) } },
    after: { deep: { views: 6, names: ['b'] } },
  },
  {
    what: 'intents stay intents',
    shown: { likes: 1, tags: ['a'] },
    stored: { likes: 3, tags: ['b'] },
    changes: { likes: increment(2), tags: add('c') },
    after: { likes: 5, tags: ['b', 'c'] },
  },
];

test.each(cases)('$what', ({ shown, stored, changes, after }) => {
  const before = structuredClone(stored);
  const result = patched(shown, stored, changes);
  expect(result).toEqual(after);
  expect(Object.keys(result)).toEqual(expect.arrayContaining(Object.keys(after)));
  expect(stored).toEqual(before);
});

test.each(cases)('over what was shown it comes to what was asked for: $what', ({ shown = {}, changes }) => {
  const asked = applyChanges(shown, changes, schema);
  const isComputed = Object.values(changes).every(
    (value) => value !== undefined && !JSON.stringify(value).includes('increment'),
  );
  if (!isComputed) return;
  expect(patched(shown, shown, changes)).toEqual(asked);
});

test('what is no JSON is handed on, to be refused where it is written', () => {
  for (const wrong of [new Date(0), NaN, [undefined], new Map()]) {
    expect(differenceTo({ a: {}, likes: 1 }, { a: wrong }, schema)).toEqual({ a: wrong });
    expect(differenceTo({ likes: 1 }, { likes: wrong }, schema)).toEqual({ likes: wrong });
  }
});

test('an intent of a list takes each element once, in the order in which they came', () => {
  const tags = (change: Changes, stored: SyncObject) => applyChanges(stored, change, schema).tags;
  expect(tags({ tags: add('b', 'c', 'b') }, { tags: ['a', 'b'] })).toEqual(['a', 'b', 'c']);
  expect(tags({ tags: remove('a', 'x') }, { tags: ['a', 'b', 'a'] })).toEqual(['b']);
  expect(tags({ tags: add(1, -0) }, { tags: ['1', 0] })).toEqual(['1', 0, 1]);
  expect(tags({ tags: add() }, {})).toEqual([]);
});

test('intents are frozen, and none is taken for another object', () => {
  const intents = [increment(1), add('a'), remove('a')];
  for (const intent of intents) expect(Object.isFrozen(intent)).toBe(true);
  expect(applyChanges({}, { likes: { increment: 1 } }, schema)).toEqual({ likes: { increment: 1 } });
});
