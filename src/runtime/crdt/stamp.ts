/** Stamps: hybrid logical clocks, one for each document (docs/protocol.md, section 3). They compare as text. */
import type { Registers, Stamp } from './registers';

/** Stamps from here on are refused: the clock of such a device is beyond the year 10,000, and nothing could be above the last stamp. */
const END_OF_TIME_MS = 0xffff_0000_0000;
const MAX_COUNTER = 0xffff;
/** In the place of a device, in the stamps of a seed and in the name of its share of a counter. */
export const SEED_AUTHOR = '0'.repeat(16);
const STAMP = /^(?!ffff)[0-9a-f]{32}$/;

/**
 * @param author the first 16 hex digits of a device id; a whole device id is cut.
 * @throws RangeError for an ms or counter that does not fit.
 */
export function formatStamp(ms: number, counter: number, author: string): Stamp {
  if (!(ms >= 0 && ms < END_OF_TIME_MS) || !(counter >= 0 && counter <= MAX_COUNTER))
    throw new RangeError('no such stamp');
  return ms.toString(16).padStart(12, '0') + counter.toString(16).padStart(4, '0') + author.slice(0, 16);
}

export const msOf = (stamp: Stamp): number => parseInt(stamp.slice(0, 12), 16);
export const counterOf = (stamp: Stamp): number => parseInt(stamp.slice(12, 16), 16);
/** The first 8 bytes of the id of the device that wrote it, as 16 hex digits; zeros for a seed. */
export const authorOf = (stamp: Stamp): string => stamp.slice(16);
export const isSeed = (stamp: Stamp): boolean => stamp.startsWith('000000000000');
/** Whether a value from anywhere is a stamp that this version may merge. */
export const isStamp = (value: unknown): value is Stamp => typeof value === 'string' && STAMP.test(value);

/**
 * The stamp of a local write: above every stamp the device knows of the document, whatever the clocks say.
 * @param greatest the greatest stamp of the document, if there is one.
 * @param wallMs the time of the write; see `wallClock`.
 */
export function nextStamp(greatest: Stamp | undefined, wallMs: number, author: string): Stamp {
  const wall = Math.min(Math.floor(wallMs), END_OF_TIME_MS - 1);
  if (greatest === undefined || wall > msOf(greatest)) return formatStamp(wall, 0, author);
  const counter = counterOf(greatest) + 1;
  return counter > MAX_COUNTER
    ? formatStamp(msOf(greatest) + 1, 0, author)
    : formatStamp(msOf(greatest), counter, author);
}

/**
 * min(now, time of the write), never before `notBefore` of config.json. A write that waited in a queue keeps its time; a clock that was
 * set back while it waited does not put it into the future.
 */
export function wallClock(nowMs: number, writtenMs: number, notBeforeMs: number): number {
  return Math.max(Math.min(nowMs, Number.isFinite(writtenMs) ? writtenMs : nowMs), notBeforeMs, 0);
}

/** @param version what the app gives to `seed`, 0 to 65,535: a later version of its defaults wins over an earlier one. */
export function seedStamp(version = 0): Stamp {
  return formatStamp(0, version, SEED_AUTHOR);
}

export function laterStamp(a: Stamp | undefined, b: Stamp | undefined): Stamp | undefined {
  if (a === undefined || (b !== undefined && b > a)) return b;
  return a;
}

/** The greatest stamp in a document, hidden registers and both life stamps included; undefined for an empty one. */
export function greatestStamp({ inserted, deleted, leaves }: Registers): Stamp | undefined {
  let greatest = laterStamp(inserted, deleted);
  for (const { stamp } of leaves.values()) if (greatest === undefined || stamp > greatest) greatest = stamp;
  return greatest;
}
