/**
 * What the relays of the field do differently, as data. Read in their sources and measured on strfry 1.1.1 and nostream 2.0.0 and 3.0.0;
 * docs/relays.md, "How relays differ", explains the rows.
 */
import { nostreamAuth, plainAuth, strfryAuth } from './authentication';
import type { AuthHabits, AuthTerms } from './authentication';
import { nostreamRestriction, plainRestriction, strfryRestriction } from './restriction';
import type { RestrictionWords } from './restriction';

export type RelayMode = 'strict' | 'strfry' | 'nostr-rs-relay' | 'nostream' | 'khatru';
export const relayModes: readonly RelayMode[] = ['strict', 'strfry', 'nostr-rs-relay', 'nostream', 'khatru'];

export interface RelayLimits {
  readonly maxFrameBytes: number;
  /** Bytes of the event's normalised JSON. */
  readonly maxEventBytes: number;
  readonly maxTags: number;
  /** Longest value of a single-letter tag, in bytes. */
  readonly maxTagValueBytes: number;
  /** A longer `d` counts as empty: strfry does not index it, and two such events collide. */
  readonly maxDTagBytes: number;
  readonly maxSubscriptions: number;
  readonly maxFilters: number;
  readonly maxTagFilters: number;
  /** Most events that a filter returns, with or without a `limit` of its own; the rest is cut silently. */
  readonly maxLimit: number;
  /** A request whose `limit` is higher is refused. */
  readonly maxRequestedLimit: number;
  /** How far `created_at` may be ahead of the relay's clock. */
  readonly futureSeconds: number;
  readonly pastSeconds: number;
  readonly ephemeralPastSeconds: number;
  /** How long ephemeral events can be queried; 0 keeps none. */
  readonly ephemeralKeptSeconds: number;
  /** Addressable events a minute and public key. */
  readonly addressableEventsPerMinute: number;
  /** Unsent bytes after which a slow reader is cut off. */
  readonly maxPendingBytes: number;
  readonly pingMs: number;
}

export interface Answer {
  readonly accepted: boolean;
  readonly message: string;
}

export interface Personality {
  readonly limits: RelayLimits;
  /** Which of two versions of one address and second stays. */
  readonly tie: 'lowest-id' | 'first-come';
  /** The answer to a version that is older than the stored one, or loses the tie. */
  readonly superseded: Answer;
  readonly deleted: Answer;
  /** khatru shows live subscribers even a version that it does not store. */
  readonly showsSuperseded: boolean;
  readonly honoursAddressDeletion: boolean;
  readonly servesExpired: boolean;
  /** strfry fans out what its database holds a moment later: of three rapid versions only the last arrives. */
  readonly batchesFanOut: boolean;
  /** A subscription that is refused: with its id in CLOSED, or without any id in a NOTICE. */
  readonly refusesBadRequestBy: 'CLOSED' | 'NOTICE';
  readonly refusesSubscriptionBy: 'CLOSED' | 'NOTICE';
  readonly badRequest: (reason: string) => string;
  readonly tooManySubscriptions: (most: number) => string;
  readonly tooManyFilters: (most: number) => string;
  readonly limitTooHigh: (most: number) => string;
  readonly refusesUnknownFields: boolean;
  readonly onOversizedFrame: 'close' | 'cut' | 'notice';
  readonly refusesOversizedEventBy: 'OK' | 'NOTICE';
  readonly badId: string;
  readonly badSignature: string;
  readonly tooLate: string;
  readonly tooEarly: string;
  readonly protectedEvent: string;
  readonly auth: AuthHabits;
  readonly restriction: RestrictionWords;
  /** khatru answers `mute:` for an ephemeral event that nobody listens to. */
  readonly mutesUnheard: boolean;
  /** NIP-67: EOSE says whether there is more. */
  readonly hintsCompleteness: boolean;
  /** NIP-77: the relay tells by ranges which events it has. */
  readonly reconciles: boolean;
}

const strfryLimits: RelayLimits = {
  maxFrameBytes: 131_072,
  maxEventBytes: 65_536,
  maxTags: 2_000,
  maxTagValueBytes: 1_024,
  maxDTagBytes: 255,
  maxSubscriptions: 200,
  maxFilters: 200,
  maxTagFilters: 3,
  maxLimit: 500,
  maxRequestedLimit: Infinity,
  futureSeconds: 900,
  pastSeconds: 94_608_000,
  ephemeralPastSeconds: 60,
  ephemeralKeptSeconds: 300,
  addressableEventsPerMinute: Infinity,
  maxPendingBytes: 32 * 2 ** 20,
  pingMs: 55_000,
};

const duplicate: Answer = { accepted: true, message: 'duplicate:' };

const strict: Personality = {
  limits: { ...strfryLimits, maxDTagBytes: Infinity, ephemeralKeptSeconds: 0 },
  tie: 'lowest-id',
  superseded: { accepted: false, message: 'replaced: have newer event' },
  deleted: { accepted: false, message: 'deleted: user requested deletion' },
  showsSuperseded: false,
  honoursAddressDeletion: true,
  servesExpired: false,
  batchesFanOut: false,
  refusesBadRequestBy: 'CLOSED',
  refusesSubscriptionBy: 'CLOSED',
  badRequest: (reason) => `invalid: ${reason}`,
  tooManySubscriptions: () => 'rate-limited: too many subscriptions',
  tooManyFilters: () => 'invalid: too many filters',
  limitTooHigh: (most) => `invalid: the limit of a filter is at most ${most}`,
  refusesUnknownFields: false,
  onOversizedFrame: 'close',
  refusesOversizedEventBy: 'OK',
  badId: 'invalid: bad event id',
  badSignature: 'invalid: bad signature',
  tooLate: 'invalid: created_at too late',
  tooEarly: 'invalid: created_at too early',
  protectedEvent: 'auth-required: this event may only be published by its author',
  auth: plainAuth,
  restriction: plainRestriction,
  mutesUnheard: false,
  hintsCompleteness: true,
  reconciles: true,
};

const personalities: { readonly [mode in RelayMode]: Personality } = {
  strict,
  strfry: {
    ...strict,
    limits: strfryLimits,
    batchesFanOut: true,
    refusesSubscriptionBy: 'NOTICE',
    badRequest: (reason) => `ERROR: bad req: ${reason}`,
    tooManySubscriptions: () => 'ERROR: too many concurrent REQs',
    tooManyFilters: () => 'ERROR: bad req: arr too big',
    onOversizedFrame: 'cut',
    protectedEvent: 'blocked: event marked as protected',
    auth: strfryAuth,
    restriction: strfryRestriction,
    hintsCompleteness: false,
  },
  'nostr-rs-relay': {
    ...strict,
    limits: {
      ...strict.limits,
      maxEventBytes: 131_072,
      maxTags: Infinity,
      maxTagValueBytes: Infinity,
      maxSubscriptions: Infinity,
      maxFilters: Infinity,
      maxTagFilters: Infinity,
      futureSeconds: 1_800,
      pastSeconds: Infinity,
      ephemeralPastSeconds: Infinity,
      pingMs: 300_000,
    },
    tie: 'first-come',
    superseded: duplicate,
    honoursAddressDeletion: false,
    refusesBadRequestBy: 'NOTICE',
    badRequest: (reason) => `ERROR: bad req: ${reason}`,
    onOversizedFrame: 'notice',
    refusesOversizedEventBy: 'NOTICE',
    tooLate: 'invalid: The event created_at field is out of the acceptable range',
    hintsCompleteness: false,
    reconciles: false,
  },
  nostream: {
    ...strict,
    limits: {
      ...strict.limits,
      maxFrameBytes: 524_288,
      maxEventBytes: 131_072,
      maxSubscriptions: 10,
      maxFilters: 10,
      maxTagFilters: Infinity,
      maxLimit: 5_000,
      maxRequestedLimit: 5_000,
      pastSeconds: Infinity,
      ephemeralPastSeconds: Infinity,
      addressableEventsPerMinute: 24,
    },
    tie: 'first-come',
    superseded: duplicate,
    deleted: duplicate,
    honoursAddressDeletion: false,
    servesExpired: true,
    refusesBadRequestBy: 'NOTICE',
    refusesSubscriptionBy: 'NOTICE',
    // src/handlers/subscribe-message-handler.ts, letter by letter.
    badRequest: (reason) => `invalid: ${reason}`,
    tooManySubscriptions: (most) =>
      `Subscription rejected: Too many subscriptions: Number of subscriptions must be less than or equal to ${most}`,
    tooManyFilters: (most) =>
      `Subscription rejected: Too many filters: Number of filters per susbscription must be less then or equal to ${most}`,
    limitTooHigh: (most) => `Subscription rejected: Limit too high: Filter limit must be less than or equal to ${most}`,
    refusesUnknownFields: true,
    badId: 'invalid: event id does not match',
    badSignature: 'invalid: event signature verification failed',
    tooLate: 'rejected: created_at is more than 900 seconds in the future',
    auth: nostreamAuth,
    restriction: nostreamRestriction,
    hintsCompleteness: false,
    reconciles: false,
  },
  khatru: {
    ...strict,
    limits: {
      ...strict.limits,
      maxFrameBytes: 512_000,
      maxEventBytes: 512_000,
      futureSeconds: Infinity,
      pastSeconds: Infinity,
      ephemeralPastSeconds: Infinity,
      pingMs: 30_000,
    },
    superseded: { accepted: true, message: '' },
    showsSuperseded: true,
    mutesUnheard: true,
    hintsCompleteness: false,
    reconciles: false,
  },
};

/** The behaviour of a mode with some of its limits and terms changed. */
export function personalityOf(
  mode: RelayMode,
  limits: Partial<RelayLimits> = {},
  terms: Partial<AuthTerms> = {},
): Personality {
  const personality = personalities[mode];
  const auth = { ...personality.auth, terms: { ...personality.auth.terms, ...terms } };
  return { ...personality, limits: { ...personality.limits, ...limits }, auth };
}
