/** Relays that take a connection and everything that is sent, and give little or nothing back, while the connection stays sound. */
import { Effect, defineFault, perLink } from '../fault';
import type { Fault, Frame, Link } from '../fault';

const section = 'tar pits';
const losesItsPlace = 'It loses its place to another relay within 90 s, and sync through the others is not affected.';

const answered = perLink<Link, { id: unknown }>(() => ({ id: undefined }));
const drip = perLink<Link, { queue: Buffer[]; due: number }>(() => ({ queue: [], due: 0 }));

/** Takes what belongs to any other subscription than those that are answered, and every OK. */
function answerOnly(isAnswered: (id: unknown, link: Link) => boolean): { fromRelay(frame: Frame, link: Link): Effect } {
  return {
    fromRelay(frame, link) {
      const [verb, id] = frame.message ?? [];
      const isOfSubscription = verb === 'EVENT' || verb === 'EOSE' || verb === 'CLOSED';
      return isOfSubscription && isAnswered(id, link) ? Effect.None : Effect.Taken;
    },
  };
}

/** A question about the connection, not about events: it asks for single ids, of which there are none. */
function isProbe(id: unknown, link: Link): boolean {
  const filters = link.subscriptions.get(String(id))?.filters ?? [];
  return filters.length > 0 && filters.every((filter) => (filter as { ids?: unknown } | null)?.ids !== undefined);
}

export const tarPitFaults: readonly Fault[] = [
  defineFault({
    name: 'tar-pit',
    section,
    sentence:
      'Connections are accepted, pings answered, and no message ever is; nothing that is sent reaches the relay.',
    holds: losesItsPlace,
    settings: {},
    inject: { fromClient: () => Effect.Taken, fromRelay: () => Effect.Taken },
  }),
  defineFault({
    name: 'tar-pit-probes',
    section,
    sentence: 'Only a REQ for ids is answered, as a probe of the connection is: no page, no live event, no OK.',
    holds: `${losesItsPlace} An answered probe proves a connection and nothing else.`,
    settings: {},
    inject: answerOnly(isProbe),
  }),
  defineFault({
    name: 'tar-pit-live',
    section,
    sentence:
      'Of each connection only the first REQ that is no probe is answered, as the live subscription is: no page, no probe, no OK.',
    holds: losesItsPlace,
    settings: {},
    inject: {
      ...answerOnly((id, link) => answered(link).id === id),
      fromClient(frame, link) {
        const [verb, id] = frame.message ?? [];
        if (verb === 'REQ' && !isProbe(id, link)) answered(link).id ??= id;
        return Effect.None;
      },
    },
  }),
  defineFault({
    name: 'tar-pit-drip',
    section,
    sentence: 'Answers come at `bytesPerSecond`, each byte as a part of a message that takes minutes.',
    holds: losesItsPlace,
    settings: { bytesPerSecond: 1 },
    inject: {
      fromRelay(frame, link) {
        drip(link).queue.push(frame.binary ?? Buffer.from(frame.text));
        return Effect.Taken;
      },
      onTick(link, elapsedMs, { bytesPerSecond }) {
        const state = drip(link);
        const [message] = state.queue;
        if (!message) return Effect.None;
        state.due += (elapsedMs * bytesPerSecond) / 1000;
        const bytes = Math.min(Math.floor(state.due), message.length);
        if (bytes === 0) return Effect.None;
        state.due -= bytes;
        link.toClientInParts(message.subarray(0, bytes), bytes === message.length);
        state.queue[0] = message.subarray(bytes);
        if (state.queue[0].length === 0) state.queue.shift();
        return Effect.Passed;
      },
    },
  }),
];
