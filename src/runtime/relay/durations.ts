/** Durations as a person reads them. */

const DAY = 86_400;

/**
 * A duration in seconds as a rounded text.
 * @example
 * inWords(1200); // '20 minutes'
 */
export function inWords(seconds: number): string {
  if (seconds >= 2 * DAY) return `${Math.round(seconds / DAY)} days`;
  if (seconds >= 7200) return `${Math.round(seconds / 3600)} hours`;
  return `${Math.max(1, Math.round(seconds / 60))} minutes`;
}
