/**
 * The ids of all events that a relay has, without the events: NIP-77, asked by somebody who says that he has nothing. The relay's answer to that is a list
 * of ids; of a long one it gives a part, and the fingerprint of the rest, which is asked for in the same way.
 * Protocol version 1 of https://github.com/hoytech/negentropy.
 */
import { fromHex, isHex, toHex } from '../core/bytes';
import type { Filter } from '../core/nostr';
import type { RelayWire } from './link';

const VERSION = 0x61;
const SKIP = 0;
const FINGERPRINT = 1;
const ID_LIST = 2;
const ID_BYTES = 32;
const FINGERPRINT_BYTES = 16;
/** The end of time, which comes after every event, in an encoded bound: no time, no id. */
const END = [0, 0];
/** A relay that never comes to an end is asked no more. */
const MAX_QUESTIONS = 32;

type Done = (ids: ReadonlySet<string> | undefined) => void;

interface Asking {
  readonly done: Done;
  readonly ids: Set<string>;
  questions: number;
  cancelTimer: () => void;
}

export type IdLists = ReturnType<typeof createIdLists>;

export function createIdLists(wire: Pick<RelayWire, 'clock' | 'limits' | 'isOpen' | 'send'>) {
  const asking = new Map<string, Asking>();
  let count = 0;

  function end(id: string, ids: ReadonlySet<string> | undefined): void {
    const ended = asking.get(id);
    if (!ended) return;
    asking.delete(id);
    ended.cancelTimer();
    if (wire.isOpen()) wire.send(['NEG-CLOSE', id]);
    ended.done(ids);
  }

  function awaitAnswer(id: string, asked: Asking): void {
    asked.cancelTimer();
    asked.questions += 1;
    asked.cancelTimer = wire.clock.after(wire.limits.answerTimeoutMs, () => end(id, undefined));
  }

  return {
    /** Calls back with the ids, or with undefined where the relay does not tell. Never calls back after `reset`. */
    ask(filter: Filter, done: Done): void {
      if (!wire.isOpen()) return done(undefined);
      const id = `n${++count}`;
      const asked: Asking = { done, ids: new Set(), questions: 0, cancelTimer: () => {} };
      asking.set(id, asked);
      awaitAnswer(id, asked);
      wire.send(['NEG-OPEN', id, filter, toHex(Uint8Array.from([VERSION, ...END, ID_LIST, 0]))]);
    },
    /** NEG-MSG. */
    message(id: string, text: string): void {
      const asked = asking.get(id);
      if (!asked) return;
      const answer = readIdList(text, asked.ids);
      if (!answer || asked.questions >= MAX_QUESTIONS) return end(id, undefined);
      if (!answer.rest) return end(id, asked.ids);
      awaitAnswer(id, asked);
      wire.send(['NEG-MSG', id, toHex(Uint8Array.from([VERSION, ...answer.rest, SKIP, ...END, ID_LIST, 0]))]);
    },
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

/** Adds the ids of an answer. Returns the encoded bound from which on the rest has to be asked for, if there is one; undefined for what is no answer. */
export function readIdList(text: string, ids: Set<string>): { readonly rest?: readonly number[] } | undefined {
  if (text.length % 2 !== 0 || !isHex(text, text.length)) return undefined;
  const bytes = fromHex(text);
  if (bytes[0] !== VERSION) return undefined;
  let at = 1;
  /** In whole seconds since the epoch; undefined: the end of time. */
  let time: number | undefined = 0;
  let bound: readonly number[] = [];

  const take = (length: number): Uint8Array | undefined => {
    at += length;
    return at <= bytes.length ? bytes.subarray(at - length, at) : undefined;
  };
  const varint = (): number | undefined => {
    for (let value = 0; ;) {
      const [digit] = take(1) ?? [];
      if (digit === undefined || value > 2 ** 45) return undefined;
      value = value * 128 + (digit & 127);
      if (digit < 128) return value;
    }
  };

  while (at < bytes.length) {
    const before = bound;
    const delta = varint();
    const length = varint();
    const prefix = length !== undefined && length <= ID_BYTES ? take(length) : undefined;
    const mode = varint();
    if (delta === undefined || !prefix || mode === undefined) return undefined;
    time = delta === 0 || time === undefined ? undefined : time + delta - 1;
    bound = [...(time === undefined ? [0] : encodeVarint(time + 1)), prefix.length, ...prefix];
    if (mode === ID_LIST) {
      const listed = varint();
      const list = listed !== undefined && listed <= bytes.length ? take(listed * ID_BYTES) : undefined;
      if (!list) return undefined;
      for (let from = 0; from < list.length; from += ID_BYTES) ids.add(toHex(list.subarray(from, from + ID_BYTES)));
    } else if (mode === FINGERPRINT) {
      // Only the end of an answer that would be too long is told by its fingerprint.
      return take(FINGERPRINT_BYTES) && before.length > 0 && at === bytes.length ? { rest: before } : undefined;
    } else if (mode !== SKIP) return undefined;
  }
  return {};
}

/** Base 128, the highest digit first; all bytes but the last have their high bit set. */
function encodeVarint(value: number): readonly number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) + 128);
  return digits;
}
