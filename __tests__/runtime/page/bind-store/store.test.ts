/** Values by their places in a state, and the reducer that takes them. */
import { SYNCED, syncedReducer, valueAt, withValues } from '../../../../src/runtime/page/bind-store/store';

test.each([
  ['a key', 'a', 1],
  ['a key of a slice', 'b.c', 2],
  ['a key that is not there', 'b.x', undefined],
  ['a key below what is no object', 'a.x', undefined],
  ['what every object inherits', 'constructor', undefined],
])('the value at %s', (_what, place, value) => {
  expect(valueAt({ a: 1, b: { c: 2 } }, place)).toBe(value);
});

test('a state with a value has new objects on the way to it, and all others as they were', () => {
  const state = { a: { b: { c: 1 }, d: {} }, e: {} };
  const next = withValues(state, { 'a.b.c': 2 });
  expect(next).toEqual({ a: { b: { c: 2 }, d: {} }, e: {} });
  expect(next).not.toBe(state);
  expect([next.a.d, next.e]).toEqual([state.a.d, state.e]);
  expect(next.a.d === state.a.d && next.e === state.e).toBe(true);
  expect(state.a.b.c).toBe(1);
});

test('a state that has the value is the same', () => {
  const state = { a: { b: 1 } };
  expect(withValues(state, { 'a.b': 1, c: undefined })).toBe(state);
});

test('undefined is a value: a store that merges would keep what is left out', () => {
  expect(Object.entries(withValues({ a: { b: 1, c: 2 } }, { 'a.b': undefined }).a)).toEqual([
    ['b', undefined],
    ['c', 2],
  ]);
});

interface State {
  readonly list: readonly number[];
  readonly count: number;
}
const reduce = (state: State = { list: [], count: 0 }, action: { readonly type: string }): State =>
  action.type === SYNCED ? { ...state, count: state.count + 1 } : state;

test('the reducer runs the app’s own first, which may compute something from it', () => {
  const reducer = syncedReducer(reduce);
  const action = { type: SYNCED, payload: { values: { list: [1] } } };
  expect(reducer(reducer(undefined, { type: 'init' }), action)).toEqual({ list: [1], count: 1 });
});

test('a reset leads back to what the app’s own reducer begins with, whatever was preloaded', () => {
  const action = { type: SYNCED, payload: { reset: ['list'] } };
  expect(syncedReducer(reduce)({ list: [7], count: 5 }, action)).toEqual({ list: [], count: 6 });
});

test('any other action is the app’s own', () => {
  const state = { list: [], count: 0 };
  expect(syncedReducer(reduce)(state, { type: 'other' })).toBe(state);
});
