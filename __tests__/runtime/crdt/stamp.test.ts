import fc from 'fast-check';
import {
  authorOf,
  counterOf,
  formatStamp,
  isSeed,
  isStamp,
  msOf,
  nextStamp,
  seedStamp,
  wallClock,
} from '../../../src/runtime/crdt/stamp';

const DEVICE = '00112233445566778899aabbccddeeff';
const ms = fc.integer({ min: 0, max: 0xffff_0000_0000 - 2 });
const counter = fc.integer({ min: 0, max: 0xffff });

describe('a stamp', () => {
  test('is 32 hex digits: ms, counter, the first half of the device id', () => {
    expect(formatStamp(0x0123456789ab, 0x00cd, DEVICE)).toBe('0123456789ab00cd0011223344556677');
    expect(authorOf('0123456789ab00cd0011223344556677')).toBe('0011223344556677');
  });

  test('sorts as text by ms, then counter', () => {
    fc.assert(
      fc.property(ms, counter, ms, counter, (ms1, counter1, ms2, counter2) => {
        const [a, b] = [formatStamp(ms1, counter1, DEVICE), formatStamp(ms2, counter2, DEVICE)];
        expect(a < b).toBe(ms1 < ms2 || (ms1 === ms2 && counter1 < counter2));
        expect([msOf(a), counterOf(a)]).toEqual([ms1, counter1]);
      }),
    );
  });

  test('of the next write is above every known one, however wrong the clock, and not before the clock', () => {
    fc.assert(
      fc.property(ms, counter, fc.integer({ min: -5, max: 2 ** 50 }), (greatestMs, greatestCounter, wall) => {
        const greatest = formatStamp(greatestMs, greatestCounter, 'f'.repeat(16));
        const next = nextStamp(greatest, Math.max(0, wall), DEVICE);
        expect(next > greatest).toBe(true);
        expect(isStamp(next)).toBe(true);
        expect(msOf(next)).toBeGreaterThanOrEqual(Math.min(wall, 0xffff_0000_0000 - 1));
      }),
    );
  });

  test('carries an overflow of its counter into the ms', () => {
    expect(nextStamp(formatStamp(7, 0xffff, DEVICE), 3, DEVICE)).toBe(formatStamp(8, 0, DEVICE));
  });

  test('of a seed is below every other and tells its version', () => {
    expect(seedStamp(2)).toBe('0000000000000002' + '0'.repeat(16));
    expect(isSeed(seedStamp(65_535)) && !isSeed(formatStamp(1, 0, DEVICE))).toBe(true);
    expect(() => seedStamp(65_536)).toThrow(RangeError);
  });

  test.each([['f'.repeat(32)], ['0'.repeat(31)], [`${'0'.repeat(31)}G`], [null], [7]])('is not %s', (other) => {
    expect(isStamp(other)).toBe(false);
  });
});

describe('the wall clock of a write', () => {
  test.each([
    ['is the time of a write that waited', 100, 40, 10, 40],
    ['is now when the clock was set back meanwhile', 30, 40, 10, 30],
    ['is never before the app was built', 5, 5, 10, 10],
    ['is now when the write bears no time', 30, NaN, 10, 30],
  ])('%s', (_what, now, written, built, expected) => {
    expect(wallClock(now, written, built)).toBe(expected);
  });
});
