/**
 * What a typical account is and does in a month: how many devices, on which days, at which hours, how long, how many edits. The numbers are choices
 * with their reasons (docs/relays.md, "What a user costs a relay"). Plain data from a seed, so that a run can be repeated.
 */
import type { Dice } from '../random';

export enum DeviceKind {
  Phone = 'phone',
  Laptop = 'laptop',
  Tablet = 'tablet',
}

export interface Session {
  /** Since the beginning of the month. */
  readonly startMs: number;
  readonly lengthMs: number;
  /** When a document is saved, since the start of the session, in order. */
  readonly savesMs: readonly number[];
}

export interface DeviceUse {
  readonly kind: DeviceKind;
  /** They do not overlap. */
  readonly sessions: readonly Session[];
}

export interface AccountUse {
  /** That are there when the first device is opened. */
  readonly documents: number;
  readonly devices: readonly DeviceUse[];
}

interface Habit {
  /** Of a day on which the person uses the app, that this device is used. */
  readonly isUsed: number;
  /** Of a day on which the device is used. */
  readonly mostSessions: number;
  readonly medianMinutes: number;
  readonly longestMinutes: number;
  /** Of the time in which the app is open. */
  readonly visible: number;
  readonly editsOfASession: number;
}

/** A phone is looked at often and shortly; on a laptop a tab stays open, mostly behind others. */
export const HABITS: Readonly<Record<DeviceKind, Habit>> = {
  [DeviceKind.Phone]: {
    ...{ isUsed: 0.9, mostSessions: 6, medianMinutes: 2, longestMinutes: 30 },
    ...{ visible: 1, editsOfASession: 2 },
  },
  [DeviceKind.Laptop]: {
    ...{ isUsed: 0.6, mostSessions: 2, medianMinutes: 60, longestMinutes: 480 },
    ...{ visible: 0.25, editsOfASession: 6 },
  },
  [DeviceKind.Tablet]: {
    ...{ isUsed: 0.3, mostSessions: 2, medianMinutes: 15, longestMinutes: 120 },
    ...{ visible: 0.8, editsOfASession: 2 },
  },
};

/** How many accounts are of a kind, and the probability that one is active on a day: daily/monthly active users are 0.31. */
const ACTIVITY = [
  { share: 0.2, onADay: 0.85 },
  { share: 0.3, onADay: 0.35 },
  { share: 0.5, onADay: 0.07 },
] as const;

/** One device, two, three. */
const DEVICES = [0.3, 0.5, 0.2] as const;
const KINDS = [DeviceKind.Phone, DeviceKind.Laptop, DeviceKind.Tablet] as const;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Everybody lives in one time zone and sleeps from 23 to 7 o'clock, which is the worst case for a relay's peak. */
const FIRST_HOUR = 7;
const HOURS = 16;
/** An app saves while somebody types, so often for one edit at most, and so long after one another. */
const MOST_SAVES = 4;
const SAVE_EVERY_MS = 2_000;
const MEDIAN_DOCUMENTS = 60;
const MOST_DOCUMENTS = 3_000;

export function drawUse(dice: Dice, days: number): AccountUse {
  const { onADay } =
    ACTIVITY[
      pickShare(
        dice,
        ACTIVITY.map(({ share }) => share),
      )
    ]!;
  const count = 1 + pickShare(dice, DEVICES);
  const sessions = KINDS.slice(0, count).map((): Session[] => []);
  const first = dice.between(0, days - 1);
  for (let day = 0; day < days; day++) {
    // Everybody who is counted as active in a month is so once.
    if (day !== first && !dice.chance(onADay)) continue;
    const used = KINDS.slice(0, count).map((kind) => count === 1 || dice.chance(HABITS[kind].isUsed));
    if (!used.includes(true)) used[0] = true;
    used.forEach((isUsed, at) => {
      if (isUsed) sessions[at]!.push(...drawSessions(dice, KINDS[at]!, day * DAY_MS));
    });
  }
  const documents = Math.min(MOST_DOCUMENTS, Math.round(drawLogNormal(dice, MEDIAN_DOCUMENTS, 1.2)));
  return { documents, devices: sessions.map((ofDevice, at) => ({ kind: KINDS[at]!, sessions: apart(ofDevice) })) };
}

function drawSessions(dice: Dice, kind: DeviceKind, dayMs: number): readonly Session[] {
  const { mostSessions, medianMinutes, longestMinutes, editsOfASession } = HABITS[kind];
  return Array.from({ length: dice.between(1, mostSessions) }, () => {
    const hour = FIRST_HOUR + (HOURS * (dice.next() + dice.next())) / 2;
    const minutes = Math.min(longestMinutes, Math.max(0.5, drawLogNormal(dice, medianMinutes, 0.9)));
    const lengthMs = minutes * MINUTE_MS;
    const savesMs = Array.from({ length: dice.between(0, 2 * editsOfASession) }, () => dice.next() * lengthMs).flatMap(
      (beganMs) => Array.from({ length: dice.between(1, MOST_SAVES) }, (_, save) => beganMs + save * SAVE_EVERY_MS),
    );
    savesMs.sort((a, b) => a - b);
    return {
      ...{ startMs: dayMs + hour * 3_600_000, lengthMs },
      savesMs: savesMs.filter((atMs) => atMs < lengthMs),
    };
  });
}

/** A session that begins while the one before it is still open is left out. */
function apart(sessions: readonly Session[]): readonly Session[] {
  let endMs = 0;
  return [...sessions]
    .sort((a, b) => a.startMs - b.startMs)
    .filter(({ startMs, lengthMs }) => {
      if (startMs < endMs) return false;
      endMs = startMs + lengthMs;
      return true;
    });
}

function pickShare(dice: Dice, shares: readonly number[]): number {
  let rest = dice.next();
  const at = shares.findIndex((share) => (rest -= share) < 0);
  return at < 0 ? shares.length - 1 : at;
}

/** Box-Muller. */
export function drawLogNormal(dice: Dice, median: number, sigma: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - dice.next())) * Math.cos(2 * Math.PI * dice.next());
  return median * Math.exp(sigma * normal);
}
