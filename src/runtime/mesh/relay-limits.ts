/**
 * What one relay takes at most: as its document (NIP-11) states, and as its refusals have shown. These limits are this relay's alone: what it does
 * not take goes to the others as it is.
 */
import type { SyncConfig } from '../core/config';
import type { SyncDocument } from '../core/json';
import type { RelayInformation } from '../relay/nip11';
import { limitAfterRefusal } from '../relay/verdict';

/** A relay's document may understate what counts for an event: the frame around it. */
const FRAME_BYTES = 16;
/** Answers of fewer events are of no use: a complete read would take thousands of questions. */
const FEWEST_EVENTS = 20;
/** One connection that ends on a large event may end for any reason; the second one makes it likely that the event is too large. */
const CONVINCING_LOSSES = 2;

export class RelayLimits {
  readonly #config: Pick<SyncConfig, 'publishing' | 'reading' | 'demotion'>;
  readonly #learned: () => void;
  #information: RelayInformation | undefined;
  #statedBytes = Infinity;
  #learnedBytes = Infinity;
  /** When it was last tried with more than it is thought to take, ms. */
  #triedAt = -Infinity;
  #learnedLimit = Infinity;
  #limitLearnedAt = -Infinity;
  /** Sizes of events each of which was under way, as the only large one, when a connection ended. */
  #lostBytes: readonly number[] = [];

  /** @param learned something worth remembering was learned. */
  constructor(config: Pick<SyncConfig, 'publishing' | 'reading' | 'demotion'>, learned: () => void) {
    this.#config = config;
    this.#learned = learned;
  }

  /** Takes over what an earlier session has saved; values that make no sense are ignored. */
  recall({ statedBytes, maxBytes, triedAt, maxLimit, limitAt }: SyncDocument, now: number): void {
    const { minEventBytes } = this.#config.publishing;
    const timeOf = (value: unknown) => (typeof value === 'number' && value <= now ? value : now);
    if (typeof statedBytes === 'number' && statedBytes >= minEventBytes) this.#statedBytes = statedBytes;
    if (typeof maxBytes === 'number' && maxBytes >= minEventBytes) {
      this.#learnedBytes = maxBytes;
      this.#triedAt = timeOf(triedAt);
    }
    if (typeof maxLimit === 'number' && maxLimit >= FEWEST_EVENTS) {
      this.#learnedLimit = Math.floor(maxLimit);
      this.#limitLearnedAt = timeOf(limitAt);
    }
  }

  /** What is not known is said, too: a key that is missing would leave what was saved before. */
  saved(): SyncDocument {
    const orNull = (value: number) => (Number.isFinite(value) ? value : null);
    return {
      statedBytes: orNull(this.#statedBytes),
      maxBytes: orNull(this.#learnedBytes),
      triedAt: orNull(this.#triedAt),
      maxLimit: orNull(this.#learnedLimit),
      limitAt: orNull(this.#limitLearnedAt),
    };
  }

  get information(): RelayInformation | undefined {
    return this.#information;
  }

  /** Takes over what the relay's document states. Limits with which it would be of no use are none: see `shortfall`. */
  state(information: RelayInformation): void {
    this.#information = information;
    const { maxMessageBytes = Infinity, maxContentBytes = Infinity } = information;
    const before = this.#statedBytes;
    const isPlausible = maxMessageBytes >= this.#config.publishing.minEventBytes;
    this.#statedBytes = isPlausible ? this.#usable(Math.min(maxMessageBytes - FRAME_BYTES, maxContentBytes)) : Infinity;
    if (this.#statedBytes === before) return;
    // It says that it takes more than when it refused something.
    if (before !== Infinity && this.#statedBytes > before) this.#learnedBytes = Infinity;
    this.#learned();
  }

  /** Why the relay is of no use, as far as its document says so. */
  get shortfall(): string | undefined {
    const { maxMessageBytes = Infinity, maxLimit = Infinity } = this.#information ?? {};
    const { minEventBytes } = this.#config.publishing;
    if (maxMessageBytes < minEventBytes)
      return `It says that it takes messages of at most ${maxMessageBytes} bytes; ${minEventBytes} are needed.`;
    if (maxLimit < FEWEST_EVENTS)
      return `It says that it gives at most ${maxLimit} events in one answer; ${FEWEST_EVENTS} are needed.`;
    return undefined;
  }

  /** Bytes of JSON of the largest event that it is thought to take. */
  get maxEventBytes(): number {
    return this.#usable(Math.min(this.#config.publishing.maxEventBytes, this.#statedBytes, this.#learnedBytes));
  }

  /** Whether an event of this size may be sent. What only refusals have shown is put to the test again after a long time. */
  maySend(bytes: number, now: number): boolean {
    if (bytes <= this.maxEventBytes) return true;
    const isOverStated = bytes > Math.min(this.#config.publishing.maxEventBytes, this.#statedBytes);
    return !isOverStated && Math.abs(now - this.#triedAt) >= this.#config.demotion.refusedMs;
  }

  /** An event of this size was sent. One that is larger than it is thought to take is the only one for a long time. */
  sent(bytes: number, now: number): void {
    if (bytes <= this.maxEventBytes) return;
    this.#triedAt = now;
    this.#learned();
  }

  /** It took an event of this size. */
  took(bytes: number): void {
    this.#lostBytes = this.#lostBytes.filter((lost) => lost > bytes);
    if (bytes <= this.#learnedBytes) return;
    this.#learnedBytes = Infinity;
    this.#learned();
  }

  /** It refused an event of this size. Returns false if a relay so narrow is of no use. */
  refusedSize(bytes: number, now: number): boolean {
    if (bytes <= this.#config.publishing.minEventBytes) return false;
    if (bytes > this.maxEventBytes) return true;
    this.#learnedBytes = this.#usable(bytes - 1);
    this.#triedAt = now;
    this.#learned();
    return true;
  }

  /** A connection ended while an event of this size was under way, as the only large one. */
  lost(bytes: number, now: number): void {
    this.#lostBytes = [...this.#lostBytes, bytes].sort((a, b) => a - b);
    const convincing = this.#lostBytes[CONVINCING_LOSSES - 1];
    if (convincing === undefined) return;
    this.#lostBytes = this.#lostBytes.filter((lost) => lost < convincing);
    this.refusedSize(convincing, now);
  }

  /** Most events to be asked for in one question. */
  eventsPerAnswer(now: number): number {
    const { maxLimit = Infinity } = this.#information ?? {};
    const isFresh = Math.abs(now - this.#limitLearnedAt) < this.#config.demotion.refusedMs;
    const stated = maxLimit < FEWEST_EVENTS ? Infinity : maxLimit;
    return Math.min(this.#config.reading.pageLimit, stated, isFresh ? this.#learnedLimit : Infinity);
  }

  /** It refused a question for its `limit`. Returns false if it is of no use: it does not even take the smallest one. */
  refusedLimit(asked: number, reason: string, now: number): boolean {
    if (asked <= FEWEST_EVENTS) return false;
    this.#learnedLimit = Math.max(FEWEST_EVENTS, limitAfterRefusal(reason, asked, FEWEST_EVENTS));
    this.#limitLearnedAt = now;
    this.#learned();
    return true;
  }

  /** Subscriptions that reads may take, beside the live one and the probe. */
  get concurrentReads(): number {
    const { maxSubscriptions = Infinity } = this.#information ?? {};
    return Math.max(1, Math.min(this.#config.reading.concurrentReads, maxSubscriptions - 2));
  }

  /** Less than a useful relay takes is never assumed. */
  #usable(bytes: number): number {
    return Math.max(this.#config.publishing.minEventBytes, bytes);
  }
}
