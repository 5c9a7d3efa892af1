/**
 * Shows new events to the live subscriptions: at once, or as strfry does, a moment later and only what its store still holds.
 */
import type { Connection } from './connection';
import type { NostrEvent } from './event';

export interface FanOut {
  show(event: NostrEvent): void;
  flush(): void;
}

export function createFanOut(
  connections: Iterable<Pick<Connection, 'show'>>,
  batching: { readonly isStillStored: (event: NostrEvent) => boolean } | undefined,
): FanOut {
  let waiting: NostrEvent[] = [];

  const showNow = (event: NostrEvent) => {
    const eventJson = JSON.stringify(event);
    for (const connection of connections) connection.show(event, eventJson);
  };
  const flush = () => {
    const batch = waiting;
    waiting = [];
    for (const event of batch) if (batching?.isStillStored(event)) showNow(event);
  };
  if (!batching) return { show: showNow, flush };
  return {
    show(event) {
      if (waiting.push(event) === 1) setImmediate(flush);
    },
    flush,
  };
}
