/** More than anybody asked for: messages, events, forgeries that are dear to refute, and data that is small until it is inflated. */
import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { idOfEvent } from '../../../runtime/core/nostr';
import type { NostrEvent } from '../../event';
import { Effect, defineFault, perLink, servedEvent } from '../fault';
import type { Chaos, Fault, Link } from '../fault';
import { malformed } from './forgery';

const section = 'floods';
/** What the proxy lets pile up for a client that does not read. */
const maxUnsentBytes = 8 * 2 ** 20;

const staysUsable =
  'Local writes stay fast, memory is bounded, sync through the others is not affected, and the relay is demoted.';

/** Sends `perSecond` messages to every client, as long as it takes them. */
function flood(make: (link: Link) => string | undefined) {
  const due = perLink<Link, { messages: number }>(() => ({ messages: 0 }));
  return {
    onTick(link: Link, elapsedMs: number, { perSecond }: { readonly perSecond: number }): Effect {
      const state = due(link);
      state.messages += (elapsedMs * perSecond) / 1000;
      let sent = 0;
      for (; state.messages >= 1 && link.unsentBytes < maxUnsentBytes; state.messages -= 1) {
        const message = make(link);
        if (message === undefined) break;
        link.toClientRaw(message);
        sent += 1;
      }
      // What could not be sent is not made up for.
      state.messages %= 1;
      return sent > 0 ? Effect.Passed : Effect.None;
    },
  };
}

/** Signed once: signing thousands a second would slow the proxy down, not the client. */
const tinyEvents = perLink<Chaos, { events: NostrEvent[]; next: number }>(() => ({ events: [], next: 0 }));
const junkTurn = perLink<Link, { next: number }>(() => ({ next: 0 }));

function tinyEventOf(chaos: Chaos): NostrEvent {
  const state = tinyEvents(chaos);
  while (state.events.length < 64) {
    const created_at = Math.floor(chaos.clock.now() / 1000);
    const content = String(state.events.length);
    state.events.push(chaos.makeStrangersEvent({ kind: 1, created_at, tags: [], content }));
  }
  return state.events[state.next++ % state.events.length]!;
}

/** Each has a right id, so that only the signature tells; the client itself has named the user's key in its filters. */
function makeSpoiltEvent(link: Link): readonly unknown[] | undefined {
  for (const [subscription, { filters }] of link.subscriptions) {
    for (const filter of filters) {
      const { authors, kinds } = (filter ?? {}) as { authors?: readonly string[]; kinds?: readonly number[] };
      const pubkey = authors?.[0];
      if (pubkey === undefined) continue;
      const template = {
        pubkey,
        created_at: Math.floor(link.chaos.clock.now() / 1000),
        kind: kinds?.[0] ?? 30_078,
        tags: [['d', randomBytes(16).toString('hex')]],
        content: randomBytes(512).toString('base64'),
      };
      const event = { ...template, id: idOfEvent(template), sig: randomBytes(64).toString('hex') };
      return ['EVENT', subscription, event];
    }
  }
  return undefined;
}

const subscriptionOf = (link: Link): string => [...link.subscriptions.keys()].at(-1) ?? 'nobody-asked';

export const floodFaults: readonly Fault[] = [
  defineFault({
    name: 'notice-flood',
    section,
    sentence: '`perSecond` NOTICEs a second.',
    holds: staysUsable,
    settings: { perSecond: 2_000 },
    inject: flood(() => JSON.stringify(['NOTICE', `restricted: ${'no '.repeat(30)}`])),
  }),
  defineFault({
    name: 'tiny-event-flood',
    section,
    sentence: '`perSecond` tiny valid events a second, of a stranger, that nobody asked for.',
    holds: staysUsable,
    settings: { perSecond: 2_000 },
    inject: flood((link) => JSON.stringify(['EVENT', subscriptionOf(link), tinyEventOf(link.chaos)])),
  }),
  defineFault({
    name: 'spoilt-signature-flood',
    section,
    sentence: "`perSecond` events a second under the user's key, each with a right id and a signature that is none.",
    holds: `${staysUsable} A forgery that arrives before the genuine version does not hide it.`,
    settings: { perSecond: 500 },
    inject: flood((link) => {
      const message = makeSpoiltEvent(link);
      return message && JSON.stringify(message);
    }),
  }),
  defineFault({
    name: 'junk-flood',
    section,
    sentence: '`perSecond` frames a second that are no messages.',
    holds: staysUsable,
    settings: { perSecond: 2_000 },
    inject: flood((link) => malformed[junkTurn(link).next++ % malformed.length]!(subscriptionOf(link))),
  }),
  defineFault({
    name: 'deflate-bomb',
    section,
    sentence:
      "A newer version, rightly signed and (with the seal key) rightly sealed by the user's keys, whose payload inflates to `megabytes`, comes first.",
    holds:
      'Inflation stops at 1 MiB and begins only after the envelope was opened; memory is bounded, and the genuine version is merged.',
    settings: { megabytes: 24 },
    needsKey: true,
    inject: {
      fromRelay(frame, link, { megabytes }) {
        const served = servedEvent(frame);
        if (!served) return Effect.None;
        const { kind, tags, pubkey } = served.event;
        const created_at = served.event.created_at + 1;
        const envelope = link.chaos.sealAsUser(bombOf(megabytes), { created_at, tags, pubkey });
        const content = envelope.toString('base64');
        link.toClient('EVENT', served.id, link.chaos.signAsUser({ kind, tags, created_at, content }));
        return Effect.Passed;
      },
    },
  }),
  defineFault({
    name: 'deflate-bomb-frame',
    section,
    sentence:
      'Every REQ is answered first by a frame that permessage-deflate inflates to `megabytes` (for clients that offer it).',
    holds: 'Memory is bounded as far as the browser lets us: the frame is dropped unparsed, and the relay demoted.',
    settings: { megabytes: 64 },
    deflates: true,
    inject: {
      fromClient(frame, link, { megabytes }) {
        if (frame.message?.[0] !== 'REQ') return Effect.None;
        link.toClientRaw(`["NOTICE","${' '.repeat(megabytes * 2 ** 20)}"]`);
        return Effect.Passed;
      },
    },
  }),
];

const bombs = new Map<number, Buffer>();

/** 1,030 to 1 is what deflate can do at most: 24 MB are 24 kB, which an envelope of 32 kB holds. */
function bombOf(megabytes: number): Buffer {
  const bomb = bombs.get(megabytes) ?? deflateRawSync(Buffer.alloc(megabytes * 2 ** 20, ' '), { level: 9 });
  bombs.set(megabytes, bomb);
  return bomb;
}
