import { compareVersions, isNewer, isSame } from '../../../src/runtime/contracts/version-order';
import type { OrderedVersion } from '../../../src/runtime/contracts/version-order';

const version = (createdAt: number, nonce?: string): OrderedVersion => ({ createdAt, nonce: nonce?.repeat(24) });

describe('of two versions of one address', () => {
  test.each<[string, OrderedVersion, OrderedVersion]>([
    ['the later created_at is newer, whatever the nonces', version(1, 'f'), version(2, '0')],
    ['the greater nonce is newer in one second', version(1, '9'), version(1, 'a')],
    ['one that cannot be opened is the newest of its second', version(1, 'f'), version(1)],
    ['one that cannot be opened is older than any of a later second', version(1), version(2, '0')],
  ])('%s', (_rule, older, newer) => {
    expect([isNewer(newer, older), isNewer(older, newer)]).toEqual([true, false]);
    expect([isSame(newer, older), isSame(older, newer)]).toEqual([false, false]);
    expect(compareVersions(older, newer)).toBeLessThan(0);
  });
});

test.each([version(1, 'a'), version(1)])('a version is itself, and no newer than itself', (one) => {
  expect([isSame(one, { ...one }), isNewer(one, { ...one }), compareVersions(one, { ...one })]).toEqual([
    true,
    false,
    0,
  ]);
});

test('no version is not the same as any', () => {
  expect(isSame(undefined, version(1))).toBe(false);
});

test('versions sort from the oldest to the newest', () => {
  const sorted = [version(1, '0'), version(1, 'f'), version(1), version(2, '0')];
  expect([...sorted].reverse().sort(compareVersions)).toEqual(sorted);
});
