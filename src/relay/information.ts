/**
 * The relay's HTTP side: NIP-11, with the CORS headers that let a page read it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RelayLimits } from './personality';

export interface Description {
  readonly name: string;
  readonly requiresAuth: boolean;
  readonly restrictsWriting: boolean;
  /** What the relay says of itself. */
  readonly limits: RelayLimits;
  readonly hintsCompleteness: boolean;
  readonly reconciles: boolean;
}

export function answerHttp(request: IncomingMessage, response: ServerResponse, description: Description): void {
  const headers = {
    'access-control-allow-origin': '*',
    'access-control-allow-headers': '*',
    'access-control-allow-methods': 'GET, OPTIONS',
  };
  if (request.method === 'OPTIONS') {
    response.writeHead(204, headers).end();
  } else if (request.headers.accept?.includes('application/nostr+json')) {
    const body = JSON.stringify(relayInformation(description));
    response.writeHead(200, { ...headers, 'content-type': 'application/nostr+json' }).end(body);
  } else {
    const body = `${description.name}: a Nostr relay. Connect with a WebSocket.\n`;
    response.writeHead(200, { ...headers, 'content-type': 'text/plain; charset=utf-8' }).end(body);
  }
}

function relayInformation({
  name,
  requiresAuth,
  restrictsWriting,
  limits,
  hintsCompleteness,
  reconciles,
}: Description): object {
  return {
    name,
    description: 'An embedded relay for development and tests.',
    software: 'zero-backend-sync',
    supported_nips: [
      ...[1, 9, 11, 40, 42, 45, 62],
      ...(hintsCompleteness ? [67] : []),
      70,
      ...(reconciles ? [77] : []),
    ],
    // JSON knows no Infinity: what is not limited is left out.
    limitation: finite({
      max_message_length: limits.maxFrameBytes,
      max_content_length: limits.maxEventBytes,
      max_subscriptions: limits.maxSubscriptions,
      max_limit: limits.maxLimit,
      default_limit: limits.maxLimit,
      max_subid_length: 64,
      max_event_tags: limits.maxTags,
      created_at_lower_limit: limits.pastSeconds,
      created_at_upper_limit: limits.futureSeconds,
      auth_required: requiresAuth,
      payment_required: false,
      restricted_writes: restrictsWriting,
    }),
  };
}

function finite(values: { readonly [name: string]: number | boolean }): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== Infinity));
}
