/**
 * One client of the relay: its frames, its subscriptions and its NIP-42 keys.
 */
import { createSession } from './authentication';
import { isRecord, parseEvent, sizeInBytes } from './event';
import type { NostrEvent } from './event';
import { matches, parseFilter } from './filter';
import { createNegentropySessions } from './negentropy/sessions';
import type { Filter } from './filter';
import type { Admit } from './admission';
import type { Personality } from './personality';
import { asksForRestrictedOnly, mayCount, mayRead, plainRestriction } from './restriction';
import type { Restriction } from './restriction';
import type { Store } from './store';
import type { Verify } from './verify';

export interface ConnectionContext {
  readonly personality: Personality;
  readonly store: Store;
  readonly admit: Admit;
  readonly verify: Verify;
  /** Reading and writing need NIP-42, whatever the kind. */
  readonly requiresAuth: boolean;
  readonly restriction: Restriction | undefined;
  /** Takes everything and shows nothing. */
  readonly isSilent: boolean;
  /** A NOTICE for every new connection. */
  readonly greeting: string | undefined;
  /** The client's network address. */
  readonly address: string;
  readonly nowSeconds: () => number;
  /** Shows an event to the live subscriptions of all connections. */
  readonly show: (event: NostrEvent) => void;
  /** Sends what is waiting to be shown. */
  readonly flushShown: () => void;
}

export interface Connection {
  receive(text: string): void;
  isListeningTo(event: NostrEvent): boolean;
  show(event: NostrEvent, eventJson: string): void;
}

const eventFields = new Set(['id', 'pubkey', 'created_at', 'kind', 'tags', 'content', 'sig']);

export function createConnection(context: ConnectionContext, sendText: (text: string) => void): Connection {
  const { personality, store, restriction } = context;
  const { limits } = personality;
  const subscriptions = new Map<string, readonly Filter[]>();
  const send = (...message: readonly unknown[]) => sendText(JSON.stringify(message));
  if (context.greeting !== undefined) send('NOTICE', context.greeting);
  const session = createSession({
    habits: personality.auth,
    verify: context.verify,
    nowSeconds: context.nowSeconds,
    sendChallenge: (challenge) => send('AUTH', challenge),
  });
  if (context.requiresAuth) session.demand();
  const negentropy = createNegentropySessions({
    ...{ maxTagFilters: limits.maxTagFilters, most: limits.maxSubscriptions, send },
    refusalFor: (filter) => refusalFor('REQ', [filter]),
    find: (filter) => store.find(filter).filter(isShown),
  });

  return {
    receive(text) {
      let message: unknown;
      try {
        message = JSON.parse(text);
      } catch {
        return send('NOTICE', 'ERROR: bad msg: not JSON');
      }
      if (!Array.isArray(message)) return send('NOTICE', 'ERROR: bad msg: not an array');
      const [verb, subject, ...rest] = message as unknown[];
      switch (verb) {
        case 'EVENT':
          return receiveEvent(subject);
        case 'AUTH':
          return receiveAuth(subject);
        case 'REQ':
        case 'COUNT':
          return receiveRequest(verb, subject, rest);
        case 'CLOSE':
          return void subscriptions.delete(String(subject));
        default:
          if (personality.reconciles && negentropy.receive(verb, subject, rest)) return;
          return send('NOTICE', 'ERROR: bad msg: unknown cmd');
      }
    },
    isListeningTo: (event) => [...subscriptions.values()].some((filters) => isWanted(filters, event)),
    show(event, eventJson) {
      if (!isShown(event)) return;
      for (const [id, filters] of subscriptions) {
        if (isWanted(filters, event)) sendText(`["EVENT",${JSON.stringify(id)},${eventJson}]`);
      }
    },
  };

  function receiveEvent(value: unknown): void {
    if (
      personality.refusesUnknownFields &&
      isRecord(value) &&
      Object.keys(value).some((key) => !eventFields.has(key))
    ) {
      return send('NOTICE', 'invalid: unknown field in event');
    }
    const event = parseEvent(value);
    if ('reason' in event) {
      const id = isRecord(value) && typeof value.id === 'string' ? value.id : undefined;
      return id === undefined
        ? send('NOTICE', `invalid: ${event.reason}`)
        : send('OK', id, false, `invalid: ${event.reason}`);
    }
    if (personality.refusesOversizedEventBy === 'NOTICE' && sizeInBytes(event) > limits.maxEventBytes) {
      return send('NOTICE', 'event exceeded max size');
    }
    const admission = context.admit(event, { keys: session.keys(), address: context.address });
    const { accepted, message } = admission.answer;
    if (message.startsWith('auth-required:')) session.demand();
    send('OK', event.id, accepted, message);
    if (admission.isShown) context.show(event);
  }

  function receiveAuth(value: unknown): void {
    const event = parseEvent(value);
    if ('reason' in event) return send('NOTICE', `invalid: ${event.reason}`);
    const { accepted, message } = session.answer(event);
    send('OK', event.id, accepted, message);
  }

  function receiveRequest(verb: 'REQ' | 'COUNT', id: unknown, values: readonly unknown[]): void {
    if (typeof id !== 'string' || id.length === 0 || id.length > 64) {
      return send('NOTICE', 'ERROR: bad req: subscription id is not a string of 1 to 64 characters');
    }
    const filters = values.map((value) => parseFilter(value, limits.maxTagFilters));
    const bad = filters.find((filter) => 'reason' in filter);
    if (bad) return refuseRequest(id, personality.badRequest(bad.reason));
    if (filters.length === 0) return refuseRequest(id, personality.badRequest('no filter'));
    if (filters.length > limits.maxFilters) return refuseRequest(id, personality.tooManyFilters(limits.maxFilters));
    const wanted = filters as Filter[];
    if (wanted.some(({ limit }) => limit !== undefined && limit > limits.maxRequestedLimit))
      return refuseRequest(id, personality.limitTooHigh(limits.maxRequestedLimit));
    const refusal = refusalFor(verb, wanted);
    if (refusal !== undefined) return send('CLOSED', id, refusal);
    if (verb === 'COUNT') return send('COUNT', id, { count: context.isSilent ? 0 : store.count(wanted) });
    if (!subscriptions.has(id) && subscriptions.size >= limits.maxSubscriptions) return refuseSubscription(id);
    open(id, wanted);
  }

  /** Why a request is not answered without a key, or with the wrong one. */
  function refusalFor(verb: 'REQ' | 'COUNT', filters: readonly Filter[]): string | undefined {
    const { readRefused, countRefused, countOfOthersRefused } = personality.restriction;
    const isRestricted = restriction !== undefined && asksForRestrictedOnly(restriction, filters);
    const keys = session.keys();
    if (verb === 'COUNT' && !mayCount(restriction, filters, keys)) {
      if (keys.size > 0) return countOfOthersRefused;
      session.demand();
      return countRefused;
    }
    if (keys.size > 0 || !(context.requiresAuth || isRestricted)) return undefined;
    session.demand();
    // None of the relays that are imitated wants a key for every kind: these words are nobody's own.
    if (context.requiresAuth) return plainRestriction.readRefused;
    return restriction?.strangersGet === 'nothing' ? undefined : readRefused;
  }

  /** Stored events and registration in one turn of the event loop: nothing that is stored meanwhile can fall between them. */
  function open(id: string, filters: readonly Filter[]): void {
    context.flushShown();
    const { events, isComplete } = store.query(filters);
    for (const event of events) if (isShown(event)) send('EVENT', id, event);
    if (personality.hintsCompleteness) send('EOSE', id, [isComplete ? 'finish' : 'more']);
    else send('EOSE', id);
    subscriptions.set(id, filters);
  }

  function refuseRequest(id: string, reason: string): void {
    subscriptions.delete(id);
    if (personality.refusesBadRequestBy === 'CLOSED') send('CLOSED', id, reason);
    else send('NOTICE', reason);
  }

  function refuseSubscription(id: string): void {
    const reason = personality.tooManySubscriptions(limits.maxSubscriptions);
    if (personality.refusesSubscriptionBy === 'CLOSED') send('CLOSED', id, reason);
    else send('NOTICE', reason);
  }

  function isShown(event: NostrEvent): boolean {
    return !context.isSilent && mayRead(restriction, event, session.keys());
  }
}

function isWanted(filters: readonly Filter[], event: NostrEvent): boolean {
  return filters.some((filter) => matches(filter, event));
}
