import appConfig from '../../../../src/lib/config.json';
import defaults from '../../../../src/runtime/core/defaults.json';
import { RateLimiter } from '../../../../src/runtime/mesh/session/rate-limiter';

const configJson = { ...appConfig, ...defaults };

const config = configJson.publishing;

/** Takes what can be taken, one try a ms, and returns the times. */
function takeAll(rateLimiter: RateLimiter, from: number, forMs: number): number[] {
  return Array.from({ length: forMs }, (_, ms) => from + ms).filter((now) => rateLimiter.take(now));
}

describe('RateLimiter', () => {
  it('gives a burst of four and then one a second', () => {
    const rateLimiter = new RateLimiter(config, 0);
    expect(takeAll(rateLimiter, 0, 3_500)).toEqual([0, 1, 2, 3, 1_000, 2_000, 3_000]);
    expect(rateLimiter.waitMs(3_500)).toBe(500);
  });

  it('is raised step by step by accepted writes, up to ten a second', () => {
    const rateLimiter = new RateLimiter(config, 0);
    rateLimiter.accepted(0);
    expect(rateLimiter.perSecond).toBe(1.25);
    rateLimiter.accepted(0);
    expect(rateLimiter.perSecond).toBe(1.5);
    const slow = new RateLimiter(config, 0, { perSecond: 0.2 });
    slow.accepted(0);
    expect(slow.perSecond).toBe(0.25);
    for (let count = 0; count < 100; count += 1) rateLimiter.accepted(0);
    expect(rateLimiter.perSecond).toBe(10);
  });

  it('is halved by a refusal, once for what was in flight together, down to one in ten minutes', () => {
    const rateLimiter = new RateLimiter(config, 0, { perSecond: 8 });
    for (const now of [0, 10, 20, 30]) rateLimiter.refused(now);
    expect(rateLimiter.perSecond).toBe(4);
    expect(rateLimiter.waitMs(30)).toBe(250);
    for (let now = 10_000; now < 20_000_000; now += 10_000) rateLimiter.refused(now);
    expect(rateLimiter.perSecond).toBeCloseTo(0.1 / 60);
  });

  it('keeps what it has learned: a rate that was refused is not tried again for ten minutes', () => {
    const rateLimiter = new RateLimiter(config, 0, { perSecond: 0.2 });
    rateLimiter.refused(0);
    for (let now = 0; now < 590_000; now += 10_000) rateLimiter.accepted(now);
    expect(rateLimiter.perSecond).toBeCloseTo(0.1);
    for (let now = 600_000; now < 1_100_000; now += 10_000) rateLimiter.accepted(now);
    expect(rateLimiter.perSecond).toBeCloseTo(0.2);
    const next = new RateLimiter(config, 0, rateLimiter.learned);
    for (let now = 0; now < 590_000; now += 10_000) next.accepted(now);
    expect(next.perSecond).toBeCloseTo(0.2);
  });

  it('writes no more in any minute than a relay says it takes, however little that is', () => {
    for (const perMinute of [1, 3, 6, 60]) {
      const rateLimiter = new RateLimiter(config, 0);
      takeAll(rateLimiter, 0, 100);
      rateLimiter.refused(100, perMinute / 60);
      const taken: number[] = [];
      for (let now = 100; now < 590_000; now += 100) {
        if (!rateLimiter.take(now)) continue;
        taken.push(now);
        rateLimiter.accepted(now);
      }
      const most = Math.max(...taken.map((from) => taken.filter((at) => at >= from && at < from + 60_000).length));
      expect(most).toBeLessThanOrEqual(perMinute);
      expect(taken.length).toBeGreaterThanOrEqual(5 * perMinute);
    }
  });

  it('begins at the rate that was learned before, within its bounds', () => {
    expect(new RateLimiter(config, 0, { perSecond: 5 }).perSecond).toBe(5);
    expect(new RateLimiter(config, 0, { perSecond: 1_000 }).perSecond).toBe(10);
    expect(new RateLimiter(config, 0, { perSecond: 0 }).perSecond).toBeCloseTo(0.1 / 60);
  });

  it('gives no more than a burst when the clock jumps ahead, and nothing when it is set back', () => {
    const rateLimiter = new RateLimiter(config, 1_000_000);
    takeAll(rateLimiter, 1_000_000, 4);
    expect(takeAll(rateLimiter, 100_000_000, 10)).toHaveLength(4);
    expect(takeAll(rateLimiter, 5_000, 10)).toHaveLength(0);
    expect(takeAll(rateLimiter, 6_010, 10)).toHaveLength(1);
  });

  it('never exceeds burst plus rate times time', () => {
    const rateLimiter = new RateLimiter(config, 0, { perSecond: 10 });
    const taken = takeAll(rateLimiter, 0, 60_000);
    for (const from of [0, 100, 300]) {
      const inWindow = taken.slice(from).filter((at) => at < (taken[from] ?? 0) + 10_000).length;
      expect(inWindow).toBeLessThanOrEqual(4 + 100);
    }
  });
});
