/**
 * How an event gets into the relay: checked, judged, written to the journal, applied; and what its author is told.
 */
import { Persistence, expiryOf, persistenceOf, sizeInBytes, tagValue } from './event';
import type { NostrEvent } from './event';
import type { Journal } from './journal';
import type { Answer, Personality } from './personality';
import { Verdict } from './store';
import { createRateLimit } from './rate';
import type { RatePolicy } from './rate';
import type { Restriction } from './restriction';
import type { Store } from './store';
import { Verification } from './verify';
import type { Verify } from './verify';

export interface Admission {
  readonly answer: Answer;
  /** Whether live subscribers are to see the event. */
  readonly isShown: boolean;
}

export interface AdmissionContext {
  readonly personality: Personality;
  readonly store: Store;
  readonly journal: Journal | undefined;
  readonly verify: Verify;
  readonly requiresAuth: boolean;
  readonly restriction: Restriction | undefined;
  readonly rate: RatePolicy;
  readonly nowSeconds: () => number;
  /** Whether any subscription listens to the event. */
  readonly isHeard: (event: NostrEvent) => boolean;
}

/** Who publishes. */
export interface Publisher {
  /** Public keys that have authenticated by NIP-42. */
  readonly keys: ReadonlySet<string>;
  readonly address: string;
}

export type Admit = (event: NostrEvent, publisher: Publisher) => Admission;

const accepted: Answer = { accepted: true, message: '' };
const known: Answer = { accepted: true, message: 'duplicate: have this event' };

export function createAdmission(context: AdmissionContext): Admit {
  const { personality, store, journal, nowSeconds, rate } = context;
  const isWithinRate = createRateLimit(rate, nowSeconds);

  return (event, publisher) => {
    if (store.has(event.id)) return unseen(known);
    const refusal = check(event, publisher.keys, context);
    if (refusal !== undefined) return unseen({ accepted: false, message: refusal });
    const isCounted = persistenceOf(event.kind) === Persistence.Addressable;
    if (isCounted && !isWithinRate(rate.per === 'key' ? event.pubkey : publisher.address))
      return unseen({ accepted: false, message: 'rate-limited: slow down' });
    if (persistenceOf(event.kind) === Persistence.Ephemeral) return admitEphemeral(event);
    switch (store.judge(event)) {
      case Verdict.Duplicate:
        return unseen(known);
      case Verdict.Deleted:
        return unseen(personality.deleted);
      case Verdict.Superseded:
        return { answer: personality.superseded, isShown: personality.showsSuperseded };
      case Verdict.New:
        return admitNew(event);
    }
  };

  function admitEphemeral(event: NostrEvent): Admission {
    if (personality.mutesUnheard && !context.isHeard(event)) {
      return unseen({ accepted: false, message: 'mute: no one was listening for this' });
    }
    if (personality.limits.ephemeralKeptSeconds > 0) {
      dropOldEphemerals();
      store.apply(event);
    }
    return { answer: accepted, isShown: true };
  }

  function admitNew(event: NostrEvent): Admission {
    try {
      journal?.append(event);
    } catch (error) {
      return unseen({ accepted: false, message: `error: could not store the event: ${(error as Error).message}` });
    }
    store.apply(event);
    // More than half of the file is superseded: amortised, each event is rewritten at most once.
    if (journal && journal.lines > 1_000 && journal.lines > 2 * store.size) compact(journal, store, nowSeconds());
    return { answer: accepted, isShown: true };
  }

  function dropOldEphemerals(): void {
    const oldest = nowSeconds() - personality.limits.ephemeralKeptSeconds;
    for (const event of store.events()) {
      if (persistenceOf(event.kind) === Persistence.Ephemeral && event.created_at < oldest) store.remove(event);
    }
  }
}

/** Rewrites the journal with what is worth keeping: neither ephemeral nor expired. */
export function compact(journal: Journal, store: Store, nowSeconds: number): void {
  const isKept = (event: NostrEvent) =>
    persistenceOf(event.kind) !== Persistence.Ephemeral && expiryOf(event) > nowSeconds;
  journal.rewrite(store.events().filter(isKept));
}

/** Why an event is refused whatever is stored, or undefined. The costly signature comes last. */
function check(event: NostrEvent, keys: ReadonlySet<string>, context: AdmissionContext): string | undefined {
  const { limits, tooEarly, tooLate, badId, badSignature, protectedEvent, restriction } = context.personality;
  const now = context.nowSeconds();
  const size = sizeInBytes(event);
  if (size > limits.maxEventBytes) return `invalid: event too large: ${size}`;
  if (event.tags.length > limits.maxTags) return `invalid: too many tags: ${event.tags.length}`;
  const longTag = event.tags.find(
    ([name = '', value = '']) => name.length === 1 && Buffer.byteLength(value) > limits.maxTagValueBytes,
  );
  if (longTag) return `invalid: tag val too large: ${Buffer.byteLength(longTag[1] ?? '')}`;
  if (event.created_at > now + limits.futureSeconds) return tooLate;
  if (persistenceOf(event.kind) === Persistence.Ephemeral) {
    if (event.created_at < now - limits.ephemeralPastSeconds) return 'invalid: ephemeral event expired';
  } else if (event.created_at < now - limits.pastSeconds) {
    return tooEarly;
  }
  if (expiryOf(event) <= now) return 'invalid: event expired';
  const verification = context.verify(event);
  if (verification === Verification.BadId) return badId;
  if (verification === Verification.BadSignature) return badSignature;
  const isAuthor = keys.has(event.pubkey);
  if (context.requiresAuth && !isAuthor) {
    return keys.size > 0 ? 'restricted: not the authenticated author' : 'auth-required: publishing needs NIP-42';
  }
  if (context.restriction?.writes && context.restriction.kinds.includes(event.kind) && !isAuthor)
    return restriction.writeRefused;
  if (tagValue(event, '-') === undefined && !event.tags.some(([name]) => name === '-')) return undefined;
  return isAuthor ? undefined : protectedEvent;
}

function unseen(answer: Answer): Admission {
  return { answer, isShown: false };
}
