/**
 * Events that came under a valid signature of ours and could not be read: which relays have them, and why they could not be. Who can sign can make any
 * number of them, so only so many are counted.
 */
import { UndecryptableReason } from '../core/status';
import type { UndecryptableEvents } from '../core/status';
import type { Undecryptable } from '../contracts/mesh';
import { Refusal } from '../contracts/vault';

export type RefusalOfSigned = Refusal.Malformed | Refusal.Unreadable;

const MOST_EVENTS = 1_000;
const MOST_SOURCES = 8;

const reasons: { readonly [refusal in RefusalOfSigned]: UndecryptableReason } = {
  [Refusal.Malformed]: UndecryptableReason.Malformed,
  [Refusal.Unreadable]: UndecryptableReason.WrongKey,
};

export function createUndecryptableEvents() {
  /** By event id: what came from which relays. */
  const relaysById = new Map<string, { readonly reason: UndecryptableReason; readonly relays: Set<string> }>();

  return {
    /** Returns whether that is news. */
    note(eventId: string, relayUrl: string, refusal: RefusalOfSigned): boolean {
      let known = relaysById.get(eventId);
      if (!known && relaysById.size >= MOST_EVENTS) return false;
      if (!known) relaysById.set(eventId, (known = { reason: reasons[refusal], relays: new Set() }));
      if (known.relays.has(relayUrl)) return false;
      known.relays.add(relayUrl);
      return true;
    },
    get all(): Undecryptable {
      const sources = new Map<string, UndecryptableEvents>();
      for (const { reason, relays } of relaysById.values())
        for (const relay of relays) {
          const key = `${reason} ${relay}`;
          sources.set(key, { relay, reason, count: (sources.get(key)?.count ?? 0) + 1 });
        }
      const from = [...sources.values()].sort((a, b) => b.count - a.count).slice(0, MOST_SOURCES);
      return { count: relaysById.size, from };
    },
  };
}
