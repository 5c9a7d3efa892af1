/**
 * NIP-42 as the relays of the field do it: when they challenge, what an answer has to be like, how long it holds, and their words for it. Read in
 * the sources of strfry (src/apps/relay/RelayIngester.cpp and src/events.cpp at f8a56a8, 2026-08) and nostream 3
 * (src/handlers/auth-message-handler.ts and src/utils/nip42-session.ts at fd7f56a, 2026-08).
 */
import { randomUUID } from 'node:crypto';
import { Kind } from './event';
import type { NostrEvent } from './event';
import { Verification } from './verify';
import type { Verify } from './verify';

/** What an operator sets. */
export interface AuthTerms {
  /** How old the `created_at` of an answer may be. */
  readonly pastSeconds: number;
  /** How far it may be ahead. */
  readonly futureSeconds: number;
  /** Seconds after which an answer no longer counts; Infinity: as long as the connection. nostream calls it `sessionExpirySeconds`. */
  readonly sessionSeconds: number;
  /** The address of the relay that an answer has to name; without it any will do. */
  readonly serviceUrl?: string;
  /** nostream challenges each connection at once, and never again; strfry with its first refusal, and never again. */
  readonly challenges: 'at-connect' | 'at-first-refusal' | 'at-each-refusal';
}

export interface AuthHabits {
  readonly terms: AuthTerms;
  readonly comparesServiceUrlBy: 'host' | 'hostname';
  /** strfry takes one answer a connection. */
  readonly takesSeveralAnswers: boolean;
  readonly accepted: string;
  readonly wrongKind: string;
  readonly badId: string;
  readonly badSignature: string;
  readonly tooOld: string;
  readonly tooNew: string;
  readonly notChallenged: string;
  readonly wrongChallenge: string;
  readonly wrongRelay: (serviceUrl: string | undefined) => string;
  /** The same answer again, or a second one where there may be one only. */
  readonly again: string;
}

/** In the prefixes of NIP-42 and NIP-01. */
export const plainAuth: AuthHabits = {
  terms: { pastSeconds: 600, futureSeconds: 600, sessionSeconds: Infinity, challenges: 'at-each-refusal' },
  comparesServiceUrlBy: 'host',
  takesSeveralAnswers: true,
  accepted: '',
  wrongKind: 'invalid: an authentication event is of kind 22242',
  badId: 'invalid: bad event id',
  badSignature: 'invalid: bad signature',
  tooOld: 'invalid: created_at is off',
  tooNew: 'invalid: created_at is off',
  notChallenged: 'invalid: another challenge',
  wrongChallenge: 'invalid: another challenge',
  wrongRelay: () => 'invalid: another relay',
  again: 'invalid: used before',
};

export const strfryAuth: AuthHabits = {
  // An answer is of an ephemeral kind: rejectEphemeralEventsOlderThanSeconds and rejectEventsNewerThanSeconds.
  terms: { pastSeconds: 60, futureSeconds: 900, sessionSeconds: Infinity, challenges: 'at-first-refusal' },
  comparesServiceUrlBy: 'host',
  takesSeveralAnswers: false,
  accepted: 'successfully authenticated',
  wrongKind: 'error: wrong event kind, expected 22242',
  badId: 'error: bad event id',
  badSignature: 'error: bad signature',
  tooOld: 'error: ephemeral event expired',
  tooNew: 'error: created_at too late',
  notChallenged: 'error: no auth status available for connection',
  wrongChallenge: 'error: challenge string mismatch',
  wrongRelay: (serviceUrl) => `error: incorrect or missing relay tag, expected: ${serviceUrl ?? ''}`,
  again: 'error: already authenticated',
};

export const nostreamAuth: AuthHabits = {
  // MAX_TIMESTAMP_DELTA_SECONDS.
  terms: { pastSeconds: 600, futureSeconds: 600, sessionSeconds: Infinity, challenges: 'at-connect' },
  comparesServiceUrlBy: 'hostname',
  takesSeveralAnswers: true,
  accepted: '',
  wrongKind: 'invalid: auth event must be kind 22242',
  badId: 'invalid: event id does not match',
  badSignature: 'invalid: event signature verification failed',
  tooOld: 'invalid: created_at is too far from the current time',
  tooNew: 'invalid: created_at is too far from the current time',
  notChallenged: 'invalid: challenge does not match',
  wrongChallenge: 'invalid: challenge does not match',
  wrongRelay: () => 'invalid: relay url does not match',
  again: 'invalid: auth event already used',
};

export interface SessionContext {
  readonly habits: AuthHabits;
  readonly verify: Verify;
  readonly nowSeconds: () => number;
  readonly sendChallenge: (challenge: string) => void;
}

/** The keys of one connection. */
export interface Session {
  /** Public keys that have authenticated, without those whose time is over. */
  keys(): ReadonlySet<string>;
  /** Something was refused because no key has authenticated: challenges the client, where the relay does that. */
  demand(): void;
  /** What the client is told about its answer. */
  answer(event: NostrEvent): { readonly accepted: boolean; readonly message: string };
}

export function createSession({ habits, verify, nowSeconds, sendChallenge }: SessionContext): Session {
  const { terms } = habits;
  const challenge = randomUUID();
  const sinceByKey = new Map<string, number>();
  const usedAnswers = new Set<string>();
  let isChallenged = false;
  const sendOnce = () => {
    isChallenged = true;
    sendChallenge(challenge);
  };
  if (terms.challenges === 'at-connect') sendOnce();

  return {
    keys() {
      for (const [key, since] of sinceByKey) {
        if (nowSeconds() - since >= terms.sessionSeconds) sinceByKey.delete(key);
      }
      return new Set(sinceByKey.keys());
    },
    demand() {
      if (!isChallenged || terms.challenges === 'at-each-refusal') sendOnce();
    },
    answer(event) {
      const refusal = check(event);
      if (refusal !== undefined) return { accepted: false, message: refusal };
      usedAnswers.add(event.id);
      sinceByKey.set(event.pubkey, nowSeconds());
      return { accepted: true, message: habits.accepted };
    },
  };

  function check(event: NostrEvent): string | undefined {
    const ageSeconds = nowSeconds() - event.created_at;
    if (event.kind !== Kind.Auth) return habits.wrongKind;
    const verification = verify(event);
    if (verification === Verification.BadId) return habits.badId;
    if (verification === Verification.BadSignature) return habits.badSignature;
    if (ageSeconds > terms.pastSeconds) return habits.tooOld;
    if (-ageSeconds > terms.futureSeconds) return habits.tooNew;
    if (!isChallenged) return habits.notChallenged;
    if (!habits.takesSeveralAnswers && usedAnswers.size > 0) return habits.again;
    if (!valuesOf(event, 'challenge').includes(challenge)) return habits.wrongChallenge;
    if (!valuesOf(event, 'relay').some(isOurAddress)) return habits.wrongRelay(terms.serviceUrl);
    return usedAnswers.has(event.id) ? habits.again : undefined;
  }

  function isOurAddress(url: string | undefined): boolean {
    const part = habits.comparesServiceUrlBy;
    return terms.serviceUrl === undefined || partOf(url, part) === partOf(terms.serviceUrl, part);
  }
}

function valuesOf(event: NostrEvent, name: string): readonly (string | undefined)[] {
  return event.tags.filter((tag) => tag[0] === name).map((tag) => tag[1]);
}

function partOf(url: string | undefined, part: 'host' | 'hostname'): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url)[part].toLowerCase() : undefined;
}
