/**
 * The answering side of NIP-77: which events two sides have, told by ranges of (created_at, id) whose fingerprints differ. Protocol version 1 of
 * https://github.com/hoytech/negentropy, which strfry speaks.
 */
import { createHash } from 'node:crypto';
import type { NostrEvent } from '../event';

const VERSION = 0x61;
const ID_BYTES = 32;
const FINGERPRINT_BYTES = 16;
/** A range with fewer than twice as many events is told by its ids. */
const BUCKETS = 16;
/** As in strfry: a longer answer tells the rest by one fingerprint, and goes on when it is asked again. Bytes. */
const MAX_ANSWER_BYTES = 500_000;

enum Mode {
  Skip = 0,
  Fingerprint = 1,
  IdList = 2,
}

interface Item {
  readonly createdAt: number;
  readonly id: Buffer;
}

/** What comes before it is in the range. An infinite time comes after everything. */
interface Bound {
  readonly createdAt: number;
  readonly id: Buffer;
}

const EMPTY = Buffer.alloc(0);
const END: Bound = { createdAt: Infinity, id: EMPTY };

/** The events of one question, as they were when it was asked. */
export function createReconciliation(events: readonly NostrEvent[]) {
  const items = events
    .map(({ created_at, id }): Item => ({ createdAt: created_at, id: Buffer.from(id, 'hex') }))
    .sort(compare);

  return {
    /** Answers one message. Throws RangeError for one that makes no sense. */
    answer(message: Uint8Array): Buffer {
      const input = createReader(message);
      const output = createWriter();
      if (input.byte() !== VERSION) return Buffer.of(VERSION);
      let lower = 0;
      let skippedTo: Bound | undefined;
      while (!input.isAtEnd()) {
        const bound = input.bound();
        const mode = input.varint();
        const upper = lowerBound(items, lower, bound);
        if (mode === Mode.Fingerprint) {
          const isEqual = input.bytes(FINGERPRINT_BYTES).equals(fingerprint(items.slice(lower, upper)));
          if (!isEqual) {
            if (skippedTo) output.range(skippedTo, Mode.Skip);
            split(items.slice(lower, upper), bound, output);
          }
          skippedTo = isEqual ? bound : undefined;
        } else if (mode === Mode.IdList) {
          input.bytes(input.varint() * ID_BYTES);
          if (skippedTo) output.range(skippedTo, Mode.Skip);
          skippedTo = undefined;
          const fitting = Math.max(0, Math.floor((MAX_ANSWER_BYTES - output.size()) / ID_BYTES));
          const end = Math.min(upper, lower + fitting);
          output.ids(end < upper ? items[end]! : bound, items.slice(lower, end));
          if (end < upper) {
            output.range(END, Mode.Fingerprint, fingerprint(items.slice(end)));
            break;
          }
        } else if (mode === Mode.Skip) skippedTo = bound;
        else throw new RangeError('unknown mode');
        lower = upper;
      }
      return output.result();
    },
  };
}

function split(inside: readonly Item[], bound: Bound, output: Writer): void {
  if (inside.length < 2 * BUCKETS) return output.ids(bound, inside);
  let from = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    const to = from + Math.floor(inside.length / BUCKETS) + (bucket < inside.length % BUCKETS ? 1 : 0);
    const end = to === inside.length ? bound : between(inside[to - 1]!, inside[to]!);
    output.range(end, Mode.Fingerprint, fingerprint(inside.slice(from, to)));
    from = to;
  }
}

/** The shortest bound that has the first before it and the second not. */
function between(before: Item, after: Item): Bound {
  if (before.createdAt !== after.createdAt) return { createdAt: after.createdAt, id: EMPTY };
  let shared = 0;
  while (before.id[shared] === after.id[shared]) shared += 1;
  return { createdAt: after.createdAt, id: after.id.subarray(0, shared + 1) };
}

/** The sum of the ids as little-endian numbers of 256 bits, and their count, hashed. */
function fingerprint(items: readonly Item[]): Buffer {
  const sum = new Uint32Array(ID_BYTES / 4);
  for (const { id } of items) {
    let carry = 0;
    for (let word = 0; word < sum.length; word += 1) {
      const total = sum[word]! + id.readUInt32LE(word * 4) + carry;
      sum[word] = total;
      carry = total > 0xffff_ffff ? 1 : 0;
    }
  }
  const bytes = Buffer.alloc(ID_BYTES);
  sum.forEach((word, index) => bytes.writeUInt32LE(word, index * 4));
  const hash = createHash('sha256')
    .update(bytes)
    .update(Uint8Array.from(varint(items.length)));
  return hash.digest().subarray(0, FINGERPRINT_BYTES);
}

function compare(a: Bound, b: Bound): number {
  return a.createdAt === b.createdAt ? Buffer.compare(a.id, b.id) : a.createdAt - b.createdAt;
}

function lowerBound(items: readonly Item[], from: number, bound: Bound): number {
  let [low, high] = [from, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(items[middle]!, bound) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Base 128, the highest digit first; all bytes but the last have their high bit set. */
function varint(value: number): readonly number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) + 128);
  return digits;
}

function createReader(message: Uint8Array) {
  const data = Buffer.from(message);
  let at = 0;
  let lastCreatedAt = 0;
  function bytes(count: number): Buffer {
    if (at + count > data.length) throw new RangeError('message ends early');
    at += count;
    return data.subarray(at - count, at);
  }
  function readVarint(): number {
    for (let value = 0; ;) {
      const digit = bytes(1)[0]!;
      value = value * 128 + (digit & 127);
      if (value > Number.MAX_SAFE_INTEGER) throw new RangeError('number too large');
      if (digit < 128) return value;
    }
  }
  return {
    isAtEnd: () => at === data.length,
    byte: () => bytes(1)[0]!,
    bytes,
    varint: readVarint,
    bound(): Bound {
      const delta = readVarint();
      lastCreatedAt = delta === 0 ? Infinity : lastCreatedAt + delta - 1;
      const length = readVarint();
      if (length > ID_BYTES) throw new RangeError('bound too long');
      return { createdAt: lastCreatedAt, id: bytes(length) };
    },
  };
}

type Writer = ReturnType<typeof createWriter>;

function createWriter() {
  const parts: Uint8Array[] = [Uint8Array.of(VERSION)];
  let size = 1;
  let lastCreatedAt = 0;
  function add(part: Uint8Array): void {
    parts.push(part);
    size += part.length;
  }
  function range({ createdAt, id }: Bound, mode: Mode, payload: Uint8Array = EMPTY): void {
    add(Uint8Array.from(varint(createdAt === Infinity ? 0 : createdAt - lastCreatedAt + 1)));
    lastCreatedAt = createdAt;
    add(Uint8Array.from(varint(id.length)));
    add(id);
    add(Uint8Array.from(varint(mode)));
    add(payload);
  }
  return {
    size: () => size,
    range,
    ids(bound: Bound, items: readonly Item[]): void {
      range(bound, Mode.IdList, Buffer.concat([Uint8Array.from(varint(items.length)), ...items.map(({ id }) => id)]));
    },
    result: () => Buffer.concat(parts),
  };
}
