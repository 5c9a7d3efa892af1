import { AttemptWindow, fullJitterMs } from '../../../src/runtime/core/backoff';
import { seededRandom } from '../../support/owned-clock';

describe('fullJitterMs', () => {
  it('stays within 50 ms and 30 s and is spread over the whole range', () => {
    const random = seededRandom(3);
    for (const failures of [0, 1, 5, 50, 5_000]) {
      const delays = Array.from({ length: 500 }, () => fullJitterMs(failures, 100, 30_000, random));
      const bound = Math.min(30_000, 100 * 2 ** failures);
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(50);
      expect(Math.max(...delays)).toBeLessThanOrEqual(bound);
      if (bound > 1_000) expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(bound / 2);
    }
  });
});

describe('AttemptWindow', () => {
  it('allows five attempts in any ten seconds', () => {
    const attempts = new AttemptWindow(5, 10_000);
    for (const now of [0, 1_000, 2_000, 3_000]) attempts.attempted(now);
    expect(attempts.waitMs(3_000)).toBe(0);
    attempts.attempted(4_000);
    expect(attempts.waitMs(4_000)).toBe(6_000);
    attempts.attempted(10_000);
    expect(attempts.waitMs(10_000)).toBe(1_000);
  });

  it('keeps some of them for better reasons', () => {
    const attempts = new AttemptWindow(5, 10_000);
    for (const now of [0, 1_000, 2_000, 3_000]) attempts.attempted(now);
    expect(attempts.waitMs(3_000, 1)).toBe(7_000);
    expect(attempts.waitMs(3_000)).toBe(0);
  });

  it('waits one window at most when the clock is set back', () => {
    const attempts = new AttemptWindow(1, 10_000);
    attempts.attempted(1_000_000);
    expect(attempts.waitMs(0)).toBe(10_000);
  });
});
