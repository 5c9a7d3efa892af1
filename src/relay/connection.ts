/**
 * One client of the relay: its frames, its subscriptions and its NIP-42 keys.
 */
import { randomUUID } from 'node:crypto';
import { Kind, isRecord, parseEvent, sizeInBytes } from './event';
import type { NostrEvent } from './event';
import { matches, parseFilter } from './filter';
import type { Filter } from './filter';
import type { Admit } from './admission';
import type { Personality } from './personality';
import type { Store } from './store';
import type { Verify } from './verify';

export interface ConnectionContext {
  readonly personality: Personality;
  readonly store: Store;
  readonly admit: Admit;
  readonly verify: Verify;
  /** Reading needs NIP-42. */
  readonly requiresAuth: boolean;
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
  const { personality, store } = context;
  const { limits } = personality;
  const challenge = randomUUID();
  const authenticated = new Set<string>();
  const subscriptions = new Map<string, readonly Filter[]>();
  const send = (...message: readonly unknown[]) => sendText(JSON.stringify(message));
  if (context.requiresAuth) send('AUTH', challenge);

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
          return send('NOTICE', 'ERROR: bad msg: unknown cmd');
      }
    },
    isListeningTo: (event) => [...subscriptions.values()].some((filters) => isWanted(filters, event)),
    show(event, eventJson) {
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
    const { answer, isShown } = context.admit(event, authenticated);
    if (answer.message.startsWith('auth-required:')) send('AUTH', challenge);
    send('OK', event.id, answer.accepted, answer.message);
    if (isShown) context.show(event);
  }

  function receiveAuth(value: unknown): void {
    const event = parseEvent(value);
    if ('reason' in event) return send('NOTICE', `invalid: ${event.reason}`);
    const refusal = checkAuth(event);
    if (refusal === undefined) authenticated.add(event.pubkey);
    send('OK', event.id, refusal === undefined, refusal ?? '');
  }

  function checkAuth(event: NostrEvent): string | undefined {
    const has = (name: string, value?: string) =>
      event.tags.some((tag) => tag[0] === name && (value === undefined || tag[1] === value));
    if (event.kind !== Kind.Auth) return 'invalid: an authentication event is of kind 22242';
    if (!has('relay') || !has('challenge', challenge)) return 'invalid: another challenge or no relay tag';
    if (Math.abs(context.nowSeconds() - event.created_at) > limits.authSeconds) return 'invalid: created_at is off';
    return context.verify(event) ? undefined : 'invalid: bad signature or id';
  }

  function receiveRequest(verb: 'REQ' | 'COUNT', id: unknown, values: readonly unknown[]): void {
    if (typeof id !== 'string' || id.length === 0 || id.length > 64) {
      return send('NOTICE', 'ERROR: bad req: subscription id is not a string of 1 to 64 characters');
    }
    const filters = values.map((value) => parseFilter(value, limits.maxTagFilters));
    const bad = filters.find((filter) => 'reason' in filter);
    if (bad) return refuseRequest(id, `invalid: ${bad.reason}`);
    if (filters.length === 0) return refuseRequest(id, 'invalid: no filter');
    if (filters.length > limits.maxFilters) return refuseRequest(id, 'invalid: too many filters');
    if (context.requiresAuth && authenticated.size === 0) {
      send('AUTH', challenge);
      return send('CLOSED', id, 'auth-required: reading needs NIP-42');
    }
    if (verb === 'COUNT') return send('COUNT', id, { count: store.count(filters as Filter[]) });
    if (!subscriptions.has(id) && subscriptions.size >= limits.maxSubscriptions) return refuseSubscription(id);
    open(id, filters as Filter[]);
  }

  /** Stored events and registration in one turn of the event loop: nothing that is stored meanwhile can fall between them. */
  function open(id: string, filters: readonly Filter[]): void {
    context.flushShown();
    const { events, isComplete } = store.query(filters);
    for (const event of events) send('EVENT', id, event);
    if (personality.hintsCompleteness) send('EOSE', id, [isComplete ? 'finish' : 'more']);
    else send('EOSE', id);
    subscriptions.set(id, filters);
  }

  function refuseRequest(id: string, reason: string): void {
    subscriptions.delete(id);
    if (personality.refusesBadRequestBy === 'CLOSED') send('CLOSED', id, reason);
    else send('NOTICE', `ERROR: bad req: ${reason}`);
  }

  function refuseSubscription(id: string): void {
    if (personality.refusesSubscriptionBy === 'CLOSED') send('CLOSED', id, 'rate-limited: too many subscriptions');
    else send('NOTICE', 'ERROR: too many concurrent REQs');
  }
}

function isWanted(filters: readonly Filter[], event: NostrEvent): boolean {
  return filters.some((filter) => matches(filter, event));
}
