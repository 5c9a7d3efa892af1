/** What a relay says of itself (NIP-11), wrongly, without end, or somewhere else. */
import { corsHeaders } from '../information';
import { Effect, defineFault } from '../fault';
import type { Fault, InformationRequest } from '../fault';

const section = 'nip-11';
const contentType = 'application/nostr+json';
const noLimits = 'The document counts as none, events and pages keep their size on the other relays, and sync goes on.';
const notFollowed = 'It is not followed: nothing but the relay itself is asked, and without credentials.';

/** Claims other limits than the relay does. */
function claim(limitation: Readonly<Record<string, unknown>>, rest: Readonly<Record<string, unknown>> = {}) {
  return (request: InformationRequest): Effect => {
    request.answer((document) => ({
      ...document,
      ...rest,
      limitation: { ...(document.limitation as object | undefined), ...limitation },
    }));
    return Effect.Taken;
  };
}

function redirect({ response }: InformationRequest, location: string): Effect {
  response.writeHead(302, { ...corsHeaders, location }).end();
  return Effect.Taken;
}

export const nip11Faults: readonly Fault[] = [
  defineFault({
    name: 'nip11-tiny-limits',
    section,
    sentence: 'The document allows messages of `maxMessageLength` bytes and pages of `maxLimit` events.',
    holds: 'The relay is of no use and loses its place; what the other relays get does not shrink.',
    settings: { maxMessageLength: 1, maxLimit: 1 },
    inject: {
      onInformation: (request, { maxMessageLength, maxLimit }) =>
        claim({ max_message_length: maxMessageLength, max_content_length: maxMessageLength, max_limit: maxLimit })(
          request,
        ),
    },
  }),
  defineFault({
    name: 'nip11-huge-limits',
    section,
    sentence: 'The document allows absurdly much.',
    holds: 'Events and pages stay within our own limits.',
    settings: {},
    inject: {
      onInformation: claim({
        max_message_length: 1e300,
        max_content_length: Number.MAX_SAFE_INTEGER,
        max_limit: 1e300,
        default_limit: 1e300,
        max_subscriptions: 1e300,
        created_at_upper_limit: 1e300,
      }),
    },
  }),
  defineFault({
    name: 'nip11-wrong-types',
    section,
    sentence: 'The document has numbers that are texts, lists, negative or null, and names that are objects.',
    holds: noLimits,
    settings: {},
    inject: {
      onInformation: claim(
        {
          max_message_length: '16384',
          max_content_length: -1,
          max_limit: [500],
          default_limit: null,
          max_subscriptions: {},
          created_at_lower_limit: 'never',
          auth_required: 'yes',
        },
        { name: { toString: 1 }, supported_nips: 'all' },
      ),
    },
  }),
  defineFault({
    name: 'nip11-no-document',
    section,
    sentence: 'The answer has the right type and is no JSON.',
    holds: noLimits,
    settings: {},
    inject: {
      onInformation({ response }) {
        response.writeHead(200, { ...corsHeaders, 'content-type': contentType }).end('<!doctype html>{"limitation"');
        return Effect.Taken;
      },
    },
  }),
  defineFault({
    name: 'nip11-endless',
    section,
    sentence: 'The document comes at `bytesPerSecond` and has no end.',
    holds: `Reading it stops at a bound of bytes and time. ${noLimits}`,
    settings: { bytesPerSecond: 1_000_000 },
    inject: {
      onInformation({ chaos, response }, { bytesPerSecond }) {
        response.writeHead(200, { ...corsHeaders, 'content-type': contentType });
        response.write('{"name":"');
        const pieceMs = 100;
        const send = () => {
          if (response.destroyed) return;
          // A reader that stops reading is waited for, as a server would.
          if (response.writableLength === 0) response.write('x'.repeat(Math.ceil((bytesPerSecond * pieceMs) / 1000)));
          chaos.clock.after(pieceMs, send);
        };
        send();
        return Effect.Taken;
      },
    },
  }),
  defineFault({
    name: 'nip11-redirect',
    section,
    sentence: 'The document is said to be (302) at `port` of this computer.',
    holds: notFollowed,
    settings: { port: 9 },
    inject: { onInformation: (request, { port }) => redirect(request, `http://127.0.0.1:${port}/`) },
  }),
  defineFault({
    name: 'nip11-redirect-loop',
    section,
    sentence: 'The document is said to be (302) where it was asked for.',
    holds: notFollowed,
    settings: {},
    inject: { onInformation: (request) => redirect(request, request.url) },
  }),
];
