/** The read path's lies: events that are not what they seem, and frames that are no Nostr. */
import { Effect, defineFault, perLink, servedEvent } from '../fault';
import type { Fault, Frame, Link } from '../fault';
import type { NostrEvent } from '../../event';

const section = 'read path';
const year = 365 * 86_400;

/** For faults that slip something in before a genuine event. */
function before(make: (event: NostrEvent, id: string, link: Link) => readonly unknown[]): {
  fromRelay(frame: Frame, link: Link): Effect;
} {
  return {
    fromRelay(frame, link) {
      const served = servedEvent(frame);
      if (!served) return Effect.None;
      link.toClient(...make(served.event, served.id, link));
      return Effect.Passed;
    },
  };
}

/** For faults that slip in a frame that is not even a message. */
function rawBefore(make: (subscription: unknown, link: Link) => string | Buffer): {
  fromRelay(frame: Frame, link: Link): Effect;
} {
  return {
    fromRelay(frame, link) {
      link.toClientRaw(make(frame.message?.[1] ?? 'live', link));
      return Effect.Passed;
    },
  };
}

/** Frames that are no messages; `subscription` is one that the client has open. */
export const malformed: readonly ((subscription: unknown) => string)[] = [
  () => '["OK"]',
  () => '{',
  () => '',
  () => '[]',
  () => 'null',
  () => '[1,2]',
  () => '{"length":3}',
  () => '["EOSE"]',
  () => '["CLOSED"]',
  () => '["NOTICE"]',
  () => '["AUTH"]',
  () => '["AUTH",{}]',
  () => '["OK",null,"true",{}]',
  () => '["EVENT"]',
  (id) => JSON.stringify(['EVENT', id]),
  (id) => JSON.stringify(['EVENT', id, null]),
  (id) => JSON.stringify(['EVENT', id, []]),
  (id) => JSON.stringify(['EVENT', id, { id: 7 }]),
  (id) => JSON.stringify(['EVENT', id, { id: 'a'.repeat(64), tags: null }]),
  (id) =>
    JSON.stringify(['EVENT', id, { id: 'a'.repeat(64), tags: [null], content: {}, created_at: '1', kind: 1e300 }]),
  (id) => JSON.stringify(['EOSE', id, 'more', 7]),
  () => '["\ud800","\u0000"]',
];
const turn = perLink<Link, { next: number }>(() => ({ next: 0 }));

export const forgeryFaults: readonly Fault[] = [
  defineFault({
    name: 'stranger-event',
    section,
    sentence: 'A valid event of another author at the same address comes first.',
    settings: {},
    inject: before((event, id, link) => ['EVENT', id, link.chaos.makeStrangersEvent(event)]),
  }),
  defineFault({
    name: 'other-kind',
    section,
    sentence: 'A valid event of a kind that was not asked for comes first.',
    settings: {},
    inject: before((event, id, link) => ['EVENT', id, link.chaos.makeStrangersEvent({ ...event, kind: 1 })]),
  }),
  defineFault({
    name: 'wrong-subscription',
    section,
    sentence: 'The event comes for a subscription that nobody opened.',
    settings: {},
    inject: before((event) => ['EVENT', 'no-such-subscription', event]),
  }),
  defineFault({
    name: 'forged-content-first',
    section,
    sentence: 'Other content under the genuine id comes before the genuine event.',
    settings: {},
    inject: before((event, id) => ['EVENT', id, { ...event, content: `${event.content.slice(0, -4)}AAAA` }]),
  }),
  defineFault({
    name: 'future-forgery',
    section,
    sentence: 'The event, dated ten years ahead and no longer matching its id, comes first.',
    settings: {},
    inject: before((event, id) => ['EVENT', id, { ...event, created_at: event.created_at + 10 * year }]),
  }),
  defineFault({
    name: 'bad-signature',
    section,
    sentence: 'The event with a signature that is not right comes first.',
    settings: {},
    inject: before((event, id) => ['EVENT', id, { ...event, sig: [...event.sig].reverse().join('') }]),
  }),
  defineFault({
    name: 'undecryptable',
    section,
    sentence: 'A newer version, rightly signed by the user, whose content no key opens, comes first.',
    settings: {},
    needsKey: true,
    inject: before((event, id, link) => [
      'EVENT',
      id,
      link.chaos.signAsUser({
        ...event,
        created_at: event.created_at + 1,
        content: Buffer.from(event.content, 'base64').reverse().toString('base64'),
      }),
    ]),
  }),
  defineFault({
    name: 'swapped-address',
    section,
    sentence: 'The content of one address, rightly signed by the user, comes first under the next one.',
    settings: {},
    needsKey: true,
    inject: {
      fromRelay(frame, link) {
        const served = servedEvent(frame);
        if (!served) return Effect.None;
        const previous = lastServed(link);
        const other = previous.event;
        previous.event = served.event;
        if (!other || other.content === served.event.content) return Effect.None;
        const { content } = other;
        const created_at = served.event.created_at + 1;
        link.toClient('EVENT', served.id, link.chaos.signAsUser({ ...served.event, created_at, content }));
        return Effect.Passed;
      },
    },
  }),
  defineFault({
    name: 'malformed-frame',
    section,
    sentence: 'A frame that is no message comes first, each of a list in turn, `["OK"]` among them.',
    settings: {},
    inject: rawBefore((id, link) => malformed[turn(link).next++ % malformed.length]!(id)),
  }),
  defineFault({
    name: 'huge-frame',
    section,
    sentence: 'A frame of 2 MB comes first.',
    settings: {},
    inject: rawBefore(() => `["NOTICE","${'x'.repeat(2 * 2 ** 20)}"]`),
  }),
  defineFault({
    name: 'binary-frame',
    section,
    sentence: 'A binary frame comes first.',
    settings: {},
    inject: rawBefore(() => Buffer.from([0x5b, 0xff, 0x00, 0x5d])),
  }),
  defineFault({
    name: 'deep-json',
    section,
    sentence: 'A frame of JSON nested 50,000 levels deep comes first.',
    settings: {},
    inject: rawBefore((id) => `["EVENT",${JSON.stringify(id)},{"tags":${'['.repeat(50_000)}${']'.repeat(50_000)}}]`),
  }),
];

const lastServed = perLink<Link, { event: NostrEvent | undefined }>(() => ({ event: undefined }));
