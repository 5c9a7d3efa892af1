import { ErrorCode } from '../../../src/runtime/core/errors';
import { readQuery } from '../../../src/runtime/page/query';

const same: readonly (readonly [what: string, one: unknown, other: unknown])[] = [
  [
    'the order of properties',
    { selector: { a: 1, b: { $gt: 1, $lt: 2 } }, limit: 1 },
    { limit: 1, selector: { b: { $lt: 2, $gt: 1 }, a: 1 } },
  ],
  ['an option that is undefined', { selector: {}, limit: undefined, sort: undefined }, { selector: {} }],
  ['minus zero', { selector: { a: -0 } }, { selector: { a: 0 } }],
];
test.each(same)('%s makes no other query', (_what, one, other) => {
  expect(readQuery(one).json).toBeDefined();
  expect(readQuery(one)).toEqual(readQuery(other));
});

const different: readonly (readonly [what: string, one: unknown, other: unknown])[] = [
  ['the order of what is sorted by', { sort: [{ a: 'asc', b: 'asc' }] }, { sort: [{ b: 'asc', a: 'asc' }] }],
  ['the order of a list', { selector: { a: { $in: [1, 2] } } }, { selector: { a: { $in: [2, 1] } } }],
  ['a number and its digits', { selector: { a: 1 } }, { selector: { a: '1' } }],
  ['null and nothing', { selector: { a: null } }, { selector: {} }],
];
test.each(different)('%s makes another query', (_what, one, other) => {
  expect(readQuery(one).json).not.toBe(readQuery(other).json);
});

test('what is run is what was given', () => {
  const query = {
    selector: { a: 1, $or: [{ b: 'x"y' }, { __proto__: null, c: [null, true] }] },
    sort: [{ a: 'asc' }],
    limit: 3,
  };
  expect(JSON.parse(readQuery(query).json!)).toEqual(JSON.parse(JSON.stringify(query)));
});

class Custom {}
const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;
const refused: readonly (readonly [what: string, query: unknown])[] = [
  ['undefined in a selector', { selector: { title: undefined } }],
  ['a selector that is undefined', { selector: undefined }],
  ['undefined deep in a selector', { selector: { $and: [{ a: { $gt: undefined } }] } }],
  ['undefined in a list', { selector: { a: { $in: [1, undefined] } } }],
  ['a hole in a list', { selector: { a: { $in: new Array(1) } } }],
  ['a date', { selector: { a: { $gt: new Date(0) } } }],
  ['a regular expression', { selector: { a: /x/ } }],
  ['a function', { selector: { a: () => 1 } }],
  ['NaN', { selector: { a: NaN } }],
  ['Infinity', { limit: Infinity }],
  ['a bigint', { selector: { a: 1n } }],
  ['a symbol', { selector: { a: Symbol('a') } }],
  ['a map', { selector: { a: new Map() } }],
  ['an instance', { selector: new Custom() }],
  ['a cycle', { selector: cyclic }],
  ['undefined to sort by', { sort: [{ a: undefined }] }],
  ['null', null],
  ['a text', 'title'],
  ['a list', []],
];
test.each(refused)('%s is refused with a code', (_what, query) => {
  expect(readQuery(query)).toMatchObject({ problem: { code: ErrorCode.QueryUnsupported } });
});
