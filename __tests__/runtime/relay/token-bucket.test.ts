import { TokenBucket } from '../../../src/runtime/relay/token-bucket';

it('gives a burst, then what comes back with time, and never more than a burst', () => {
  const bucket = new TokenBucket(3, 2, 0);
  expect([1, 2, 3, 4].map(() => bucket.take(1, 0))).toEqual([true, true, true, false]);
  expect(bucket.take(1, 499)).toBe(false);
  expect(bucket.take(1, 500)).toBe(true);
  expect(bucket.take(3, 60_000)).toBe(true);
  expect(bucket.take(1, 60_000)).toBe(false);
});

it('takes all or nothing, says how long to wait, and takes back', () => {
  const bucket = new TokenBucket(10, 4, 0);
  expect(bucket.take(11, 0)).toBe(false);
  expect([bucket.waitMs(10, 0), bucket.take(10, 0), bucket.waitMs(2, 0)]).toEqual([0, true, 500]);
  bucket.add(20);
  expect([bucket.take(10, 0), bucket.take(1, 0)]).toEqual([true, false]);
});

it('gives nothing for a clock that goes back', () => {
  const bucket = new TokenBucket(1, 1, 1_000);
  expect(bucket.take(1, 1_000)).toBe(true);
  expect([bucket.take(1, 0), bucket.take(1, 999), bucket.take(1, 1_000)]).toEqual([false, false, true]);
});
