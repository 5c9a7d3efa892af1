import { createNewestVersions } from '../../../src/runtime/contracts/newest-versions';

const at = (createdAt: number, nonce = '') => ({ version: { createdAt, nonce } });

test('of one thing the newest version is kept, in whatever order they come', () => {
  const newest = createNewestVersions(2);
  expect([newest.note('a', at(2)), newest.note('a', at(1)), newest.note('a', at(2)), newest.note('a', at(3))]).toEqual([
    true,
    false,
    false,
    true,
  ]);
  expect([...newest.byKey]).toEqual([['a', at(3)]]);
});

test('the oldest of all makes room, be it the one that has just come', () => {
  const newest = createNewestVersions(2);
  expect([newest.note('a', at(2)), newest.note('b', at(3)), newest.note('c', at(1))]).toEqual([true, true, false]);
  expect([...newest.byKey.keys()]).toEqual(['a', 'b']);
  expect(newest.note('c', at(4))).toBe(true);
  expect([...newest.byKey.keys()]).toEqual(['b', 'c']);
});
