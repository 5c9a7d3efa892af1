import { ErrorCode } from '../../../src/runtime/core/errors';
import { ClockOffset } from '../../../src/runtime/mesh/clock-offset';
import { Verdict } from '../../../src/runtime/relay/verdict';

const trueNow = Date.UTC(2026, 0, 1) / 1000;
const urls = ['a', 'b', 'c'];
const relaysInUse = [...urls, 'lenient'];

/**
 * Lets relays that accept what is at most 15 minutes ahead answer until they accept, and one that accepts everything. Returns how often that
 * took.
 */
function settleClock(clock: ClockOffset, skew: number, newestSeen: number): number {
  for (let round = 0; round < 30; round += 1) {
    const deviceNow = trueNow + skew;
    const createdAt = Math.floor(deviceNow + clock.offset);
    if (createdAt <= trueNow + 900 && createdAt >= trueNow - 3 * 365 * 86_400) return round;
    const verdict = createdAt > trueNow ? Verdict.ClockFast : Verdict.ClockSlow;
    for (const url of urls) {
      clock.accepted('lenient');
      clock.refused(url, verdict, { createdAt, now: deviceNow * 1000, newestSeen, relaysInUse });
    }
  }
  return Infinity;
}

describe('RelayClock', () => {
  const hourFast = { createdAt: trueNow + 3_600, now: (trueNow + 3_600) * 1000, newestSeen: trueNow };

  it('believes two relays of three, not one that repeats itself', () => {
    const clock = new ClockOffset();
    const refused = { ...hourFast, relaysInUse: urls };
    for (let count = 0; count < 5; count += 1) clock.refused('a', Verdict.ClockFast, refused);
    expect(clock.offset).toBe(0);
    expect(clock.refused('b', Verdict.ClockFast, refused)).toBe(true);
    expect(clock.offset).toBe(-3_600);
  });

  it.each([
    [1, 1, false],
    [2, 2, true],
    [2, 4, false],
    [3, 4, true],
    [3, 6, false],
    [4, 6, true],
  ])('with %i of %i relays in use that refuse it learns: %s', (refusing, count, learns) => {
    const clock = new ClockOffset();
    const inUse = Array.from({ length: count }, (_, relay) => `relay ${relay}`);
    for (const url of inUse.slice(0, refusing))
      clock.refused(url, Verdict.ClockSlow, { ...hourFast, relaysInUse: inUse });
    expect(clock.offset !== 0).toBe(learns);
  });

  it('does not count what a relay said that is no longer in use', () => {
    const clock = new ClockOffset();
    clock.refused('retired', Verdict.ClockFast, { ...hourFast, relaysInUse: ['retired', 'a', 'b'] });
    expect(clock.refused('a', Verdict.ClockFast, { ...hourFast, relaysInUse: urls })).toBe(false);
    expect(clock.refused('b', Verdict.ClockFast, { ...hourFast, relaysInUse: urls })).toBe(true);
  });

  it('does not count, when a relay is in use again, what it said before', () => {
    const clock = new ClockOffset();
    clock.refused('a', Verdict.ClockFast, { ...hourFast, relaysInUse: urls });
    clock.refused('b', Verdict.ClockSlow, { ...hourFast, createdAt: trueNow, relaysInUse: ['b', 'c', 'other'] });
    expect(clock.refused('c', Verdict.ClockFast, { ...hourFast, relaysInUse: urls })).toBe(false);
  });

  it.each([1_200, 7_200, 86_400, 30 * 86_400, 5 * 365 * 86_400])('finds the way back from %i s ahead', (skew) => {
    expect(settleClock(new ClockOffset(), skew, trueNow - 600)).toBe(1);
    expect(settleClock(new ClockOffset(), skew, 0)).toBeLessThan(20);
  });

  it('finds the way back from ten years behind', () => {
    expect(settleClock(new ClockOffset(), -9 * 365 * 86_400, trueNow - 600)).toBe(1);
    expect(settleClock(new ClockOffset(), -9 * 365 * 86_400, 0)).toBeLessThan(20);
  });

  it('does not move again for what was stamped before it moved', () => {
    const clock = new ClockOffset();
    for (const url of urls) clock.refused(url, Verdict.ClockFast, { ...hourFast, relaysInUse });
    const { offset } = clock;
    for (const url of urls) clock.refused(url, Verdict.ClockFast, { ...hourFast, relaysInUse });
    expect(clock.offset).toBe(offset);
  });

  it('is bounded, whatever relays say', () => {
    const clock = new ClockOffset();
    for (let round = 0; round < 100; round += 1)
      for (const url of urls) {
        const createdAt = trueNow + clock.offset;
        clock.refused(url, Verdict.ClockFast, { createdAt, now: trueNow * 1000, newestSeen: 0, relaysInUse });
      }
    expect(clock.offset).toBeGreaterThanOrEqual(-10 * 365 * 86_400);
  });

  it('tells the user in words', () => {
    const clock = new ClockOffset();
    expect(clock.problem()).toBeUndefined();
    settleClock(clock, 7_200, trueNow);
    expect(clock.problem()).toEqual({
      code: ErrorCode.ClockWrong,
      message: expect.stringContaining('fast by about 2 hours'),
    });
  });
});
