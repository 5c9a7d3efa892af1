import 'fake-indexeddb/auto';
import { describeBrowser, systemClock } from '../../../src/runtime/worker/browser-environment';

const DAY_MS = 24 * 3_600_000;

describe('a timer', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  // Audits may lie 30 days apart, and searches for proof 64 days.
  test.each([1, 24, 25, 30, 64])('of %i days ends after as many days, and not before', (days) => {
    const end = jest.fn();
    systemClock.after(days * DAY_MS, end);
    jest.advanceTimersByTime(days * DAY_MS - 1);
    expect(end).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(end).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['that is short', 10, 5],
    ['in its first part', 64 * DAY_MS, DAY_MS],
    ['in a later part', 64 * DAY_MS, 50 * DAY_MS],
  ])('%s can be cancelled', (_which, delayMs, cancelledAfterMs) => {
    const end = jest.fn();
    const cancel = systemClock.after(delayMs, end);
    jest.advanceTimersByTime(cancelledAfterMs);
    cancel();
    expect(jest.getTimerCount()).toBe(0);
  });
});

test.each([
  [
    'Chrome, Android',
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile',
  ],
  [
    'Safari, iPhone',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1',
  ],
  ['Browser', ''],
])('a device is called "%s" from its user agent', (label, userAgent) => {
  expect(describeBrowser(userAgent)).toBe(label);
});
