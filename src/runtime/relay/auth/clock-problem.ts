/** The problem of a device whose clock is wrong, as a person reads it. */
import { ErrorCode } from '../../core/errors';
import type { SyncProblem } from '../../core/errors';

/**
 * @param offset seconds that are added to the clock, not 0
 * @param refused what relays did because of it, such as `refused what it sent`
 */
export function clockWrong(offset: number, refused: string): SyncProblem {
  const direction = offset < 0 ? 'fast' : 'slow';
  return {
    code: ErrorCode.ClockWrong,
    message: `The clock of this device is ${direction} by about ${inWords(Math.abs(offset))}, so relays ${refused}. Sync goes on with a corrected time; please set the date and time of this device.`,
  };
}

const DAY = 86_400;

function inWords(seconds: number): string {
  if (seconds >= 2 * DAY) return `${Math.round(seconds / DAY)} days`;
  if (seconds >= 7200) return `${Math.round(seconds / 3600)} hours`;
  return `${Math.max(1, Math.round(seconds / 60))} minutes`;
}
