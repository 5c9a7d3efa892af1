/**
 * What one relay may send, decided before a message is parsed (docs/relays.md, section 5). A WebSocket cannot be paused, so what is under way towards us
 * is bounded by what we have asked for: an open REQ brings an allowance of its `limit`. Everything else has a rate.
 */
import type { InboundConfig } from '../core/config';
import { TokenBucket } from './token-bucket';
import { FrameKind } from './frames';

export enum Ruling {
  /** It is worth being parsed. */
  Read = 'read',
  /** Nobody has a use for it. */
  Drop = 'drop',
  /** It is more than the budget allows: the relay floods. */
  Flood = 'flood',
}

interface Allowance {
  events: number;
  bytes: number;
}

/** Enough for the verb and the subscription id (at most 64 characters by NIP-01), with some white space. */
const PREFIX = 128;
const prefixPattern = /^\s{0,8}\[\s{0,8}"([A-Z-]{1,16})"\s{0,8}(?:,\s{0,8}"([^"\\]{1,64})")?/;

/** The longest message that is no event and is still read. A reason is cut after 1,024 characters anyway. */
const MAX_WORDS = 16_384;
/** Of one message of ours: an OK or CLOSED, and a NOTICE about it. */
const ANSWERS_PER_MESSAGE = 2;
/** To answer a challenge takes a signature, 2 to 7 ms. */
const FRAMES_PER_CHALLENGE = 4;
/** Closed subscriptions whose answers may still be on their way. */
const MAX_ALLOWANCES = 64;

export class InboundBudget {
  readonly #limits: InboundConfig;
  readonly #maxFrameBytes: number;
  readonly #now: () => number;
  readonly #liveEvents: TokenBucket;
  readonly #liveBytes: TokenBucket;
  readonly #strayFrames: TokenBucket;
  readonly #strayBytes: TokenBucket;
  /** By subscription id. One that is closed keeps what is left of it, because a slow relay may not have heard of that. */
  readonly #allowances = new Map<string, Allowance>();
  readonly #open = new Set<string>();
  /** Lists of ids that were asked for (NIP-77). */
  readonly #lists = new Set<string>();

  /** `now`: ms of a clock that nobody sets. */
  constructor(limits: InboundConfig, maxFrameBytes: number, now: () => number) {
    this.#limits = limits;
    this.#maxFrameBytes = maxFrameBytes;
    this.#now = now;
    const bucket = (burst: number, perSecond: number) => new TokenBucket(burst, perSecond, now());
    this.#liveEvents = bucket(limits.liveEvents, limits.liveEventsPerSecond);
    this.#liveBytes = bucket(limits.liveBytes, limits.liveBytesPerSecond);
    this.#strayFrames = bucket(limits.strayFrames, limits.strayFramesPerSecond);
    this.#strayBytes = bucket(limits.strayBytes, limits.strayBytesPerSecond);
  }

  /** Nothing is asked on a new connection. What an earlier one has used up comes back with time alone. */
  reconnected(): void {
    this.#allowances.clear();
    this.#open.clear();
    this.#lists.clear();
  }

  sent([verb, id, ...filters]: readonly unknown[]): void {
    this.#strayFrames.add(ANSWERS_PER_MESSAGE);
    if (typeof id !== 'string') return;
    if (verb === 'CLOSE') this.#open.delete(id);
    if (verb === 'NEG-OPEN') this.#lists.add(id);
    if (verb === 'NEG-CLOSE') this.#lists.delete(id);
    if (verb !== 'REQ') return;
    const events = filters.reduce<number>((sum, filter) => sum + ((filter as { limit?: number }).limit ?? 0), 0);
    this.#open.add(id);
    this.#allowances.delete(id);
    this.#allowances.set(id, { events, bytes: events * this.#limits.askedEventBytes });
    for (const oldest of this.#allowances.keys()) {
      if (this.#allowances.size <= MAX_ALLOWANCES) break;
      this.#allowances.delete(oldest);
    }
  }

  /** To be asked once for each message that has come. */
  rule(data: unknown): Ruling {
    // A string of n UTF-16 units has at least n bytes of UTF-8, which is close enough.
    const bytes = typeof data === 'string' ? data.length : binaryBytes(data);
    if (typeof data !== 'string' || bytes > this.#maxFrameBytes) return this.#stray(bytes, 1, Ruling.Drop);
    const [, verb, id = ''] = prefixPattern.exec(data.slice(0, PREFIX)) ?? [];
    if (verb === FrameKind.Event) return this.#ruleEvent(id, bytes);
    // From here on events are live.
    if (verb === FrameKind.Eose || verb === FrameKind.Closed) this.#allowances.delete(id);
    const frames = verb === FrameKind.Auth ? FRAMES_PER_CHALLENGE : 1;
    const isList = verb === FrameKind.NegMessage && this.#lists.has(id);
    return this.#stray(bytes, frames, bytes > MAX_WORDS && !isList ? Ruling.Drop : Ruling.Read);
  }

  #ruleEvent(id: string, bytes: number): Ruling {
    const isOpen = this.#open.has(id);
    const allowance = this.#allowances.get(id);
    if (allowance && allowance.events > 0 && allowance.bytes >= bytes) {
      allowance.events -= 1;
      allowance.bytes -= bytes;
      return isOpen ? Ruling.Read : Ruling.Drop;
    }
    if (!isOpen) return this.#stray(bytes, 1, Ruling.Drop);
    const now = this.#now();
    return this.#liveEvents.take(1, now) && this.#liveBytes.take(bytes, now) ? Ruling.Read : Ruling.Flood;
  }

  #stray(bytes: number, frames: number, ruling: Ruling): Ruling {
    const now = this.#now();
    return this.#strayFrames.take(frames, now) && this.#strayBytes.take(bytes, now) ? ruling : Ruling.Flood;
  }
}

function binaryBytes(data: unknown): number {
  const { byteLength, size } = (data ?? {}) as { readonly byteLength?: unknown; readonly size?: unknown };
  const bytes = byteLength ?? size;
  return typeof bytes === 'number' ? bytes : 0;
}
