import { addressOf } from '../../event';
import type { NostrEvent } from '../../event';
import { Effect, defineFault, perLink, servedEvent } from '../fault';
import type { Chaos, Fault, Frame, Link } from '../fault';

const section = 'state';

/** When a fault of a proxy was switched on, ms. */
const wipedAt = perLink<Chaos, { ms: number }>(() => ({ ms: 0 }));
const rolledBackAt = perLink<Chaos, { ms: number }>(() => ({ ms: 0 }));

/** Hides stored events that the relay is said to have lost; what is live has just been stored. */
function hideStored(frame: Frame, link: Link, isLost: (event: NostrEvent) => boolean): Effect {
  const served = servedEvent(frame);
  if (!served || link.subscriptions.get(served.id)?.isLive) return Effect.None;
  return isLost(served.event) ? Effect.Taken : Effect.None;
}

function isPublishedSince(chaos: Chaos, id: string, sinceMs: number): boolean {
  return (chaos.memory.publishedAtMs(id) ?? -Infinity) > sinceMs;
}

/** The holder of the key (a stolen device) answers each publish with an event that destroys it. */
function destroyPublished(
  request: (event: NostrEvent) => { readonly kind: number; readonly tags: readonly (readonly string[])[] },
) {
  return {
    fromRelay(frame: Frame, link: Link): Effect {
      const served = servedEvent(frame);
      if (!served || served.event.kind < 30_000) return Effect.None;
      const deletion = link.chaos.signAsUser({
        ...request(served.event),
        created_at: served.event.created_at,
        content: '',
      });
      link.toRelay('EVENT', deletion);
      return Effect.Passed;
    },
  };
}

export const stateFaults: readonly Fault[] = [
  defineFault({
    name: 'relay-wiped',
    section,
    sentence: 'What was stored before the fault was switched on is gone; what is published again is there.',
    settings: {},
    inject: {
      onSwitchedOn(chaos) {
        wipedAt(chaos).ms = chaos.clock.now();
        return Effect.None;
      },
      fromRelay: (frame, link) =>
        hideStored(frame, link, ({ id }) => !isPublishedSince(link.chaos, id, wipedAt(link.chaos).ms)),
    },
  }),
  defineFault({
    name: 'relay-rolled-back',
    section,
    sentence:
      'The relay was restored from an old backup: it serves the oldest version of each address that the proxy knows, until one is published anew.',
    settings: {},
    inject: {
      onSwitchedOn(chaos) {
        rolledBackAt(chaos).ms = chaos.clock.now();
        return Effect.None;
      },
      fromRelay(frame, link) {
        const served = servedEvent(frame);
        if (!served || isPublishedSince(link.chaos, served.event.id, rolledBackAt(link.chaos).ms)) return Effect.None;
        const [oldest] = link.chaos.memory.versionsOf(served.event);
        if (!oldest || oldest.id === served.event.id) return Effect.None;
        link.toClient('EVENT', served.id, oldest);
        return Effect.Taken;
      },
    },
  }),
  defineFault({
    name: 'attacker-deletes',
    section,
    sentence: 'Somebody who holds the key deletes each event (kind 5) as soon as it is read.',
    settings: {},
    needsKey: true,
    inject: destroyPublished((event) => ({
      kind: 5,
      tags: [
        ['e', event.id],
        ['a', addressOf(event) ?? ''],
      ],
    })),
  }),
  defineFault({
    name: 'attacker-vanishes',
    section,
    sentence: 'Somebody who holds the key asks the relay to forget the user (kind 62) whenever an event is read.',
    settings: {},
    needsKey: true,
    inject: destroyPublished(() => ({ kind: 62, tags: [['relay', 'ALL_RELAYS']] })),
  }),
  defineFault({
    name: 'expiry',
    section,
    sentence: 'An event is no longer served `seconds` after it was published, as if it had expired (NIP-40).',
    settings: { seconds: 60 },
    inject: {
      fromRelay: (frame, link, { seconds }) =>
        hideStored(frame, link, ({ id }) => !isPublishedSince(link.chaos, id, link.chaos.clock.now() - seconds * 1000)),
    },
  }),
  defineFault({
    name: 'retention',
    section,
    sentence: 'The relay serves nothing whose `created_at` is older than `days`.',
    settings: { days: 30 },
    inject: {
      fromRelay: (frame, link, { days }) =>
        hideStored(frame, link, (event) => event.created_at < link.chaos.clock.now() / 1000 - days * 86_400),
    },
  }),
];
