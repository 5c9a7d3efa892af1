import type { NostrEvent } from '../../event';
import { Effect, defineFault, perLink, servedEvent } from '../fault';
import type { Fault, Frame, Link } from '../fault';

const section = 'read path';

/** What a fault remembers of each subscription of a link. */
interface Pages {
  /** Subscription -> stored events that were let through. */
  readonly served: Map<string, number>;
  /** Subscription -> when EOSE passed, ms. */
  readonly endedAtMs: Map<string, number>;
}
const truncated = perLink<Link, Pages>(newPages);
const hinted = perLink<Link, Pages>(newPages);
const gap = perLink<Link, Pages>(newPages);
const held = perLink<Link, { message: readonly unknown[] | undefined }>(() => ({ message: undefined }));

function newPages(): Pages {
  return { served: new Map(), endedAtMs: new Map() };
}

/** For faults that change, double or drop an event on its way to the client. */
function onServed(act: (event: NostrEvent, id: string, link: Link) => Effect): {
  fromRelay(frame: Frame, link: Link): Effect;
} {
  return {
    fromRelay(frame, link) {
      const served = servedEvent(frame);
      return served ? act(served.event, served.id, link) : Effect.None;
    },
  };
}

/** Lets the first `limit` stored events of a subscription through. */
function truncate(frame: Frame, link: Link, limit: number, pages: Pages): Effect {
  const served = servedEvent(frame);
  if (!served || link.subscriptions.get(served.id)?.isLive) return Effect.None;
  const count = pages.served.get(served.id) ?? 0;
  pages.served.set(served.id, count + 1);
  return count < limit ? Effect.None : Effect.Taken;
}

export const readPathFaults: readonly Fault[] = [
  defineFault({
    name: 'eose-swallowed',
    section,
    sentence: 'EOSE never comes.',
    settings: {},
    inject: { fromRelay: (frame) => (frame.message?.[0] === 'EOSE' ? Effect.Taken : Effect.None) },
  }),
  defineFault({
    name: 'eose-early',
    section,
    sentence: 'EOSE comes before the stored events.',
    settings: {},
    inject: {
      fromClient(frame, link) {
        if (frame.message?.[0] !== 'REQ') return Effect.None;
        link.toClient('EOSE', frame.message[1]);
        return Effect.Passed;
      },
      fromRelay: (frame) => (frame.message?.[0] === 'EOSE' ? Effect.Taken : Effect.None),
    },
  }),
  defineFault({
    name: 'eose-hint-lies',
    section,
    sentence: 'A page ends after `limit` events, and EOSE claims by NIP-67 that there is no more.',
    settings: { limit: 10 },
    inject: {
      fromRelay(frame, link, { limit }) {
        if (frame.message?.[0] !== 'EOSE') return truncate(frame, link, limit, hinted(link));
        hinted(link).served.delete(String(frame.message[1]));
        link.toClient('EOSE', frame.message[1], ['finish']);
        return Effect.Taken;
      },
    },
  }),
  defineFault({
    name: 'truncated-page',
    section,
    sentence: 'A page ends after `limit` events, without a word.',
    settings: { limit: 10 },
    inject: {
      fromRelay(frame, link, { limit }) {
        if (frame.message?.[0] === 'EOSE') truncated(link).served.delete(String(frame.message[1]));
        return truncate(frame, link, limit, truncated(link));
      },
    },
  }),
  defineFault({
    name: 'closed-on-req',
    section,
    sentence: 'Every REQ is answered with CLOSED.',
    settings: {},
    inject: {
      fromClient(frame, link) {
        if (frame.message?.[0] !== 'REQ') return Effect.None;
        link.toClient('CLOSED', frame.message[1], 'error: shutting down');
        return Effect.Taken;
      },
    },
  }),
  defineFault({
    name: 'closed-mid-life',
    section,
    sentence: 'Instead of a live event a subscription gets CLOSED.',
    settings: {},
    inject: onServed((_event, id, link) => {
      if (!link.subscriptions.get(id)?.isLive) return Effect.None;
      link.toClient('CLOSED', id, 'error: idle subscription');
      link.toRelay('CLOSE', id);
      return Effect.Taken;
    }),
  }),
  defineFault({
    name: 'notice-instead-of-closed',
    section,
    sentence: 'A REQ is refused by a NOTICE that does not say which.',
    settings: {},
    inject: {
      fromClient(frame, link) {
        if (frame.message?.[0] !== 'REQ') return Effect.None;
        link.toClient('NOTICE', 'ERROR: too many concurrent REQs');
        return Effect.Taken;
      },
    },
  }),
  defineFault({
    name: 'live-event-lost',
    section,
    sentence: 'Live events are not delivered, while the connection is fine.',
    settings: {},
    inject: onServed((_event, id, link) => (link.subscriptions.get(id)?.isLive ? Effect.Taken : Effect.None)),
  }),
  defineFault({
    name: 'stored-live-gap',
    section,
    sentence: 'What is published within `ms` after EOSE reaches nobody: the subscription was registered too late.',
    settings: { ms: 500 },
    inject: {
      fromRelay(frame, link, { ms }) {
        const { endedAtMs } = gap(link);
        const nowMs = link.chaos.clock.now();
        if (frame.message?.[0] === 'EOSE') endedAtMs.set(String(frame.message[1]), nowMs);
        const served = servedEvent(frame);
        return served && nowMs - (endedAtMs.get(served.id) ?? -Infinity) < ms ? Effect.Taken : Effect.None;
      },
    },
  }),
  defineFault({
    name: 'duplicates',
    section,
    sentence: 'Every event comes twice.',
    settings: {},
    inject: onServed((event, id, link) => {
      link.toClient('EVENT', id, event);
      return Effect.Passed;
    }),
  }),
  defineFault({
    name: 'reorder',
    section,
    sentence: 'Every other event is overtaken by what comes next, or comes `ms` late.',
    settings: { ms: 300 },
    inject: {
      fromRelay(frame, link, { ms }) {
        const state = held(link);
        if (state.message) {
          link.toClientAfterwards(...state.message);
          state.message = undefined;
          return Effect.Passed;
        }
        if (!servedEvent(frame)) return Effect.None;
        const { message } = frame;
        state.message = message;
        link.chaos.clock.after(ms, () => {
          if (!message || state.message !== message) return;
          state.message = undefined;
          link.toClient(...message);
        });
        return Effect.Taken;
      },
    },
  }),
  defineFault({
    name: 'old-version-replayed',
    section,
    sentence: 'An event is followed by an older version of its address.',
    settings: {},
    inject: onServed((event, id, link) => {
      const [oldest] = link.chaos.memory.versionsOf(event);
      if (!oldest || oldest.created_at >= event.created_at) return Effect.None;
      link.toClientAfterwards('EVENT', id, oldest);
      return Effect.Passed;
    }),
  }),
  defineFault({
    name: 'different-heads',
    section,
    sentence: 'For half of the addresses (others on each proxy) an old version is served for the newest.',
    settings: {},
    inject: onServed((event, id, link) => {
      const [oldest] = link.chaos.memory.versionsOf(event);
      if (!oldest || oldest.created_at >= event.created_at || !isAddressChosen(event, link)) return Effect.None;
      link.toClient('EVENT', id, oldest);
      return Effect.Taken;
    }),
  }),
];

const chosenAddresses = perLink<object, Map<string, boolean>>(() => new Map());

/** Drawn once for each address and proxy. */
function isAddressChosen(event: NostrEvent, link: Link): boolean {
  const chosen = chosenAddresses(link.chaos);
  const address = JSON.stringify([event.kind, event.pubkey, event.tags.find(([name]) => name === 'd')]);
  const isChosen = chosen.get(address) ?? link.chaos.random() < 0.5;
  chosen.set(address, isChosen);
  return isChosen;
}
