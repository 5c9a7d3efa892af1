/**
 * What a relay's answer means. Relays disagree about prefixes, so the words behind them count as well; the table of real answers is in
 * docs/relays.md.
 */

export enum Verdict {
  /** The relay says that it took the event. Only a read-back shows that it did. */
  Accepted = 'accepted',
  /** "Have it already": true of this event, or of a newer one at its address, or of neither. */
  Duplicate = 'duplicate',
  /** The relay has a newer event at this address. */
  Superseded = 'superseded',
  RateLimited = 'rate-limited',
  AuthRequired = 'auth-required',
  /** Proof of work. Our events carry no nonce tag, so it is a refusal. */
  WorkRequired = 'work-required',
  /** Payment, a membership, a web of trust or an allow list stands between us and the relay. */
  Restricted = 'restricted',
  /** The relay does not take or serve our kind of event. */
  Unsupported = 'unsupported',
  TooLarge = 'too-large',
  /** A REQ asks for more events than the relay gives in one answer. */
  LimitTooHigh = 'limit-too-high',
  /** created_at lies too far in the future: this clock is fast. */
  ClockFast = 'clock-fast',
  /** created_at lies too far in the past: this clock is slow. */
  ClockSlow = 'clock-slow',
  /** created_at is too far from the relay's time; the relay does not say in which direction. */
  ClockWrong = 'clock-wrong',
  /** Somebody asked for the deletion of this very event; a newer version is taken. */
  Deleted = 'deleted',
  Invalid = 'invalid',
  /** A failure that may pass. */
  Failed = 'failed',
  /** No answer in time; the event may or may not be stored. */
  Unanswered = 'unanswered',
  /** The connection ended before the answer. */
  Lost = 'lost',
}

const words: readonly (readonly [RegExp, Verdict])[] = [
  [/created_at.*(too late|future|later)|too late|in the future|created_at field is out of/, Verdict.ClockFast],
  [/created_at.*(too early|past|older|old)|too early|event (is )?expired|ephemeral event expired/, Verdict.ClockSlow],
  [/created_at.*(too far|within|range)|(clock|time(stamp)?).*(skew|too far|out of range)/, Verdict.ClockWrong],
  [
    /too large|too long|too big|oversize|size limit|is longer|less than or equal to \d+ (char|byte)|max(imum)? (event|message|content|size|length)/,
    Verdict.TooLarge,
  ],
  [/too many|slow down|noting too much|throttl|quota|rate.?limit|try again later/, Verdict.RateLimited],
  [/\bpow\b|proof.of.work|bits? (needed|required)|difficulty/, Verdict.WorkRequired],
  [
    /auth-required|auth(entication|enticate)? (is )?(required|needed)|please auth|(must|need to) (be )?auth|(un|not )authenticated/,
    Verdict.AuthRequired,
  ],
  [
    /\bpay|paid|invoice|admission|subscri(be|ption) (fee|required)|member|whitelist|allow.?list|web of trust|wot\b/,
    Verdict.Restricted,
  ],
  [/kinds?\b.*(not|un)|(unsupported|not (accept|allow|support)).*kind/, Verdict.Unsupported],
];

/** The `limit` of a filter, and not one of sizes, rates or numbers of anything. */
const filterLimit =
  /(?<!\b(?:rate|size|length|time|quota|event|message|connection|subscription|request)s?[ _-])\blimit\b[^,;]{0,40}?(?:\btoo (?:high|large|big)|\bexceeds?\b|must be|at most|\bmax(?:imum)?\b|[<>])|\btoo (?:high|large|big) (?:a )?limit|\bmax(?:imum)?[ _](?:filter )?limit\b/;

/** No event has a `limit`, so only requests are refused for it. It comes first, because it may be "too large" as well. */
const wordsOfRequests: typeof words = [[filterLimit, Verdict.LimitTooHigh], ...words];

const prefixes: { readonly [prefix: string]: Verdict } = {
  duplicate: Verdict.Duplicate,
  replaced: Verdict.Superseded,
  'rate-limited': Verdict.RateLimited,
  'auth-required': Verdict.AuthRequired,
  pow: Verdict.WorkRequired,
  restricted: Verdict.Restricted,
  blocked: Verdict.Restricted,
  unsupported: Verdict.Unsupported,
  deleted: Verdict.Deleted,
  invalid: Verdict.Invalid,
};

/** Prefixes that say all there is to say; behind the others the words are more precise. */
const plainPrefixes = new Set(['duplicate', 'replaced', 'rate-limited', 'auth-required', 'pow', 'deleted', 'mute']);

/** Classifies an OK. `mute:` is no refusal: no client was subscribed at the moment. */
export function classifyOk(accepted: boolean, reason: string): Verdict {
  const { prefixes: given } = partsOf(reason);
  if (accepted) return given.includes('duplicate') ? Verdict.Duplicate : Verdict.Accepted;
  if (given.includes('mute')) return Verdict.Accepted;
  return classifyReason(reason, words);
}

/** Classifies the reason of a refusal: of an OK (by other words), a CLOSED, or the text of a NOTICE. */
export function classifyReason(reason: string, patterns = wordsOfRequests): Verdict {
  const { prefixes: given, text } = partsOf(reason);
  const plain = given.find((prefix) => plainPrefixes.has(prefix) && Object.hasOwn(prefixes, prefix));
  if (plain !== undefined) return prefixes[plain] as Verdict;
  for (const [pattern, verdict] of patterns) if (pattern.test(text)) return verdict;
  const known = given.find((prefix) => Object.hasOwn(prefixes, prefix));
  return known === undefined ? Verdict.Failed : (prefixes[known] as Verdict);
}

const finalVerdicts: ReadonlySet<Verdict> = new Set([
  Verdict.AuthRequired,
  Verdict.Restricted,
  Verdict.Unsupported,
  Verdict.WorkRequired,
]);

/** Whether it is a refusal that asking again will not change for a long time. */
export function isFinal(verdict: Verdict): boolean {
  return finalVerdicts.has(verdict);
}

/**
 * The `limit` with which a REQ may be asked again that was refused with `asked`: the number in the reason, or else half as much.
 * @param fewest what no relay of use refuses.
 */
export function limitAfterRefusal(reason: string, asked: number, fewest: number): number {
  const numbers = [...reason.matchAll(/\d{1,9}/g)].map(([digits]) => Number(digits));
  // The reason may repeat what was asked for, or contain numbers of another kind.
  const stated = numbers.filter((number) => number >= fewest && number < asked);
  return stated.length > 0 ? Math.max(...stated) : Math.floor(asked / 2);
}

/** Whether it is the time of an event that the relay does not take. */
export function isAboutTime(verdict: Verdict): boolean {
  switch (verdict) {
    case Verdict.ClockFast:
    case Verdict.ClockSlow:
    case Verdict.ClockWrong:
      return true;
    default:
      return false;
  }
}

/** Whether a NOTICE, which names nothing, is about something that was asked; the others are greetings. */
export function isComplaint(notice: string): boolean {
  return (
    /^\s*(error|invalid|bad|could not|unsupported|closed)/i.test(notice) || classifyReason(notice) !== Verdict.Failed
  );
}

/** A relay's own words, short and printable, to be shown to a person. */
export function quoteReason(reason: string): string {
  return reason
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, 160);
}

interface ReasonParts {
  /** In lower case, the outermost first. */
  readonly prefixes: readonly string[];
  /** All of it in lower case: what stands before a colon may be a sentence of its own. */
  readonly text: string;
}

/** More of them than any relay nests. */
const MOST_PREFIXES = 4;

/** Relays wrap the prefixes of NIP-01 in their own: strfry closes with `ERROR: auth-required: ...`. */
function partsOf(reason: string): ReasonParts {
  const text = reason.toLowerCase();
  const given: string[] = [];
  let rest = text;
  for (let match = PREFIX.exec(rest); match && given.length < MOST_PREFIXES; match = PREFIX.exec(rest)) {
    given.push((match[1] as string).replace(/[ _]+/g, '-'));
    rest = rest.slice(match[0].length);
  }
  return { prefixes: given, text };
}

const PREFIX = /^\s*([a-z]+(?:[ _-][a-z]+){0,2})\s*:/;

const SECONDS_OF: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600 };

/** Writes a second that a refusal for rate says the relay takes, such as "6 events per minute" or "60/60s"; undefined if it does not say. */
export function statedRate(reason: string): number | undefined {
  const rate =
    /(\d{1,5})\s*(?:[a-z]+\s+)?(?:per|\/|an?|each|every|in)\s*(\d{1,5})?\s*(s|m|h)(?:ec|econd|in|inute|our)?s?\b/i.exec(
      reason,
    );
  if (!rate) return undefined;
  const [, writes, times, unit = ''] = rate;
  const seconds = Number(times ?? 1) * (SECONDS_OF[unit.toLowerCase()] ?? NaN);
  const perSecond = Number(writes) / seconds;
  return perSecond > 0 && Number.isFinite(perSecond) ? perSecond : undefined;
}
