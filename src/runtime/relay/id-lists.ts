/**
 * The ids of all events that a relay has, without the events: NIP-77, asked by somebody who says that he has nothing. The answer to that is one list of
 * ids. Where it does not fit into one message, some 15,000 ids, the relay counts as one that does not tell.
 * Protocol version 1 of https://github.com/hoytech/negentropy.
 */
import type { Filter } from '../core/nostr';
import type { RelayWire } from './link';

/** Version, the end of time as two zeros, and the mode of a list of ids. */
const LIST_UP_TO_THE_END = '61000002';
const HAS_NOTHING = `${LIST_UP_TO_THE_END}00`;
/** A number to the base of 128 is two digits for each of its own, all but the last of them from 80 on; an id has 64 digits. */
const listPattern = new RegExp(`^${LIST_UP_TO_THE_END}((?:[89a-f].){0,3}[0-7].)((?:[0-9a-f]{64})*)$`);

type Done = (ids: ReadonlySet<string> | undefined) => void;

export type IdLists = ReturnType<typeof createIdLists>;

export function createIdLists(wire: Pick<RelayWire, 'clock' | 'limits' | 'isOpen' | 'send'>) {
  const asking = new Map<string, { readonly done: Done; readonly cancelTimer: () => void }>();
  let count = 0;

  function end(id: string, ids: ReadonlySet<string> | undefined): void {
    const asked = asking.get(id);
    if (!asked) return;
    asking.delete(id);
    asked.cancelTimer();
    if (wire.isOpen()) wire.send(['NEG-CLOSE', id]);
    asked.done(ids);
  }

  return {
    /** Calls back with the ids, or with undefined where the relay does not tell. Never calls back after `reset`. */
    ask(filter: Filter, done: Done): void {
      if (!wire.isOpen()) return done(undefined);
      const id = `n${++count}`;
      const cancelTimer = wire.clock.after(wire.limits.answerTimeoutMs, () => end(id, undefined));
      asking.set(id, { done, cancelTimer });
      wire.send(['NEG-OPEN', id, filter, HAS_NOTHING]);
    },
    /** NEG-MSG. */
    message: (id: string, text: string): void => end(id, idsIn(text)),
    /** NEG-ERR. */
    refused: (id: string): void => end(id, undefined),
    /** A NOTICE that refuses this protocol and names no question. Returns whether one was meant. */
    refusedUnnamed(reason: string): boolean {
      const [meant] = asking.keys();
      if (meant === undefined || !/\bneg/i.test(reason)) return false;
      end(meant, undefined);
      return true;
    },
    /** The connection is gone, and with it every question. */
    reset(): void {
      for (const { cancelTimer } of asking.values()) cancelTimer();
      asking.clear();
    },
  };
}

function idsIn(text: string): ReadonlySet<string> | undefined {
  const [, count, list] = listPattern.exec(text) ?? [];
  if (count === undefined || list === undefined) return undefined;
  const digits = count.match(/../g) ?? [];
  const listed = digits.reduce((sum, digit) => sum * 128 + (Number.parseInt(digit, 16) & 127), 0);
  return listed === list.length / 64 ? new Set(list.match(/.{64}/g)) : undefined;
}
