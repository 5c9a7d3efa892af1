/**
 * At what time answers to NIP-42 challenges are dated. Relays take those of a few minutes around their own clock (strfry from 60 s behind it to 900 s ahead,
 * nostream, khatru and nostr-rs-relay 600 s each way), and a device whose clock is wrong could read nothing from them. What a relay has accepted is known
 * for all of them; a refusal moves the time: first to what the relay says, then step by step.
 */
import type { SyncProblem } from '../../core/errors';
import { clockWrong } from './clock-problem';
import { isAboutTime, Verdict } from '../verdict';

export interface AuthClockOptions {
  /** Wall clock in ms. */
  readonly now: () => number;
  /** Seconds to add to the wall clock for events, as far as they are known. */
  readonly learnedOffset: () => number;
  /** Seconds by which a relay's clock is ahead of this device's, where it could be read from a response of its. */
  readonly aheadOf: (relayUrl: string) => number | undefined;
}

/** Smaller than every window that is known. Seconds. */
const STEP = 600;
/** Steps in each direction: three hours where the relay has said that it is the time, half an hour where it has not said what it is. */
const MOST_STEPS = 18;
const MOST_STEPS_UNSURE = 3;
/** Two offsets that one answer would serve. Seconds. */
const CLOSE = 60;
/** Smaller differences are nothing that a user has to know of. Seconds. */
const WORTH_REPORTING = 60;

interface Search {
  /** Offsets that the relay has refused. */
  readonly refused: number[];
  /** The next to be tried. */
  offset: number;
  /** What the refusals say of the direction: later, earlier, or either. */
  direction: 1 | -1 | 0;
  /** The relay has said that it is the time. */
  isSure: boolean;
}

export type AuthClock = ReturnType<typeof createAuthClock>;

export function createAuthClock({ now, learnedOffset, aheadOf }: AuthClockOptions) {
  const acceptedOffsets = new Map<string, number>();
  const searches = new Map<string, Search>();
  /** Of the last answer that was accepted only under another time than the device's. */
  let corrected: number | undefined;

  function* candidates(relayUrl: string, { direction, isSure }: Search, told: number | undefined): Iterable<number> {
    if (told !== undefined) yield told;
    const ahead = aheadOf(relayUrl);
    if (ahead !== undefined) yield ahead;
    yield learnedOffset();
    for (const [url, offset] of acceptedOffsets) if (url !== relayUrl) yield offset;
    yield 0;
    for (let step = 1; step <= (isSure ? MOST_STEPS : MOST_STEPS_UNSURE); step++) {
      if (direction >= 0) yield step * STEP;
      if (direction <= 0) yield -step * STEP;
    }
  }

  return {
    /** Seconds to add to the wall clock in an answer to this relay. */
    offsetFor(relayUrl: string): number {
      const known = acceptedOffsets.get(relayUrl);
      if (known !== undefined) return known;
      const search = searches.get(relayUrl);
      if (search) return search.offset;
      const [anyOther] = acceptedOffsets.values();
      return learnedOffset() || (anyOther ?? 0);
    },

    /** The relay took an answer of this offset. */
    accepted(relayUrl: string, offset: number): void {
      acceptedOffsets.set(relayUrl, offset);
      searches.delete(relayUrl);
      if (Math.abs(offset) > WORTH_REPORTING) corrected = offset;
      else if (corrected !== undefined && learnedOffset() === 0) corrected = undefined;
    },

    /** The relay refused an answer of this offset. Returns whether another one is worth a try. */
    refused(relayUrl: string, offset: number, verdict: Verdict, reason: string): boolean {
      acceptedOffsets.delete(relayUrl);
      if (!mayBeTime(verdict, reason)) return false;
      const search = searches.get(relayUrl) ?? { refused: [], offset, direction: 0, isSure: false };
      searches.set(relayUrl, search);
      search.refused.push(offset);
      if (verdict === Verdict.ClockFast) search.direction = -1;
      if (verdict === Verdict.ClockSlow) search.direction = 1;
      search.isSure ||= isTime(verdict, reason);
      const told = timeIn(reason);
      const toldOffset = told === undefined ? undefined : Math.round(told - now() / 1000);
      for (const candidate of candidates(relayUrl, search, toldOffset)) {
        if (search.refused.some((tried) => Math.abs(tried - candidate) < CLOSE)) continue;
        search.offset = candidate;
        return true;
      }
      // The next connection begins anew: the user may have set the clock meanwhile.
      searches.delete(relayUrl);
      return false;
    },

    problem(): SyncProblem | undefined {
      return corrected === undefined ? undefined : clockWrong(corrected, 'refused to let it in');
    },
  };
}

/** Whoever names the only time that an answer has refuses it for its time. */
const isTime = (verdict: Verdict, reason: string): boolean => isAboutTime(verdict) || /created_at/i.test(reason);

/**
 * Many relays refuse an answer for its time without saying so: khatru with `error: failed to authenticate`, nostr-rs-relay with
 * `restricted: authentication error: Invalid AUTH message`.
 */
function mayBeTime(verdict: Verdict, reason: string): boolean {
  if (isTime(verdict, reason) || verdict === Verdict.Failed || verdict === Verdict.AuthRequired) return true;
  return verdict === Verdict.Restricted && /auth/i.test(reason);
}

/** A time of this century in a relay's words, in seconds since the epoch. */
function timeIn(reason: string): number | undefined {
  const [digits] = /(?<!\d)[12]\d{9}(?!\d)/.exec(reason) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
