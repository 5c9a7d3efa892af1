/**
 * The outbox: what this device has written and has not yet seen stored on enough relays. The first edit goes out at once, what
 * follows within the interval is coalesced into the open delta slot. It is not stored: after a restart the comparison of
 * documents with slots fills it again.
 */
import type { Clock } from './ports';
import type { OwnSlots } from './own-slots';
import type { Stamp } from './registers';
import { joinContent, keyOf, NOTHING } from './slot-content';
import type { ContentDocument, SlotContent } from './slot-content';
import { greatestStamp } from './merge';

/** A delta slot is rewritten for each flush, so it stays small: about 3 kB as an event. */
export const DELTA_BYTES = 2048;
/** More than this many documents at once go into pages directly. */
const BULK_DOCUMENTS = 60;
/** In a burst the slots rotate, so that `created_at`, which must grow by a second a version, does not run ahead. */
const OPEN_DELTAS = 4;

export interface OutboxOptions {
  readonly ownSlots: OwnSlots;
  readonly clock: Clock;
  readonly laneOf: (collection: string) => string;
  /** Shortest time between two flushes, ms: what the relays accept at present. */
  readonly intervalMs: () => number;
  /** Own slots have been read from enough relays and at least one is connected. */
  readonly mayPublish: () => boolean;
  readonly pageBytes: () => number;
  /** Own slots are written by one task at a time. */
  readonly exclusively: (work: () => Promise<void>) => Promise<void>;
  readonly onPendingChanged: () => void;
  readonly onFlushed: () => void;
  readonly onFailed: (error: unknown) => void;
}

export type Outbox = ReturnType<typeof createOutbox>;

export function createOutbox(options: OutboxOptions) {
  const { clock } = options;
  /** Newest own stamp of each document that is not durable yet. */
  const pending = new Map<string, Stamp>();
  /** Registers that are in no slot yet. */
  let unsent: SlotContent = NOTHING;
  let flushing: Promise<void> | undefined;
  let cancelTimer: (() => void) | undefined;
  let lastFlushAt = -Infinity;
  let stopped = false;

  function add(documents: readonly ContentDocument[]): void {
    unsent = joinContent(unsent, documents);
    for (const document of documents) {
      const key = keyOf(document);
      const stamp = greatestStamp(document.registers) ?? '';
      const known = pending.get(key);
      if (known === undefined || known < stamp) pending.set(key, stamp);
    }
    options.onPendingChanged();
    schedule();
  }

  /** Documents whose registers lie in slots that are not durable yet, after a restart. */
  function addWaiting(documents: ReadonlyMap<string, Stamp>): void {
    for (const [key, stamp] of documents) if ((pending.get(key) ?? '') < stamp) pending.set(key, stamp);
    options.onPendingChanged();
  }

  function settle(durable: ReadonlyMap<string, Stamp>): void {
    for (const [key, stamp] of durable) if ((pending.get(key) ?? '~') <= stamp) pending.delete(key);
    options.onPendingChanged();
  }

  function schedule(): void {
    if (stopped || unsent.size === 0 || !options.mayPublish()) return;
    if (flushing || cancelTimer) return;
    const wait = lastFlushAt + options.intervalMs() - clock.now();
    if (wait <= 0) void flush();
    else
      cancelTimer = clock.after(wait, () => {
        cancelTimer = undefined;
        void flush();
      });
  }

  /** Puts what is unsent into slots now. Never rejects: a failure is reported and what failed stays pending. */
  function flush(): Promise<void> {
    cancelTimer?.();
    cancelTimer = undefined;
    if (flushing) return flushing.then(() => (unsent.size > 0 ? flush() : undefined));
    if (stopped || unsent.size === 0 || !options.mayPublish()) return Promise.resolve();
    lastFlushAt = clock.now();
    const taken = unsent;
    unsent = NOTHING;
    flushing = options
      .exclusively(() => place(taken))
      .catch((error: unknown) => {
        unsent = joinContent(taken, unsent.values());
        stopped = true;
        options.onFailed(error);
      })
      .finally(() => {
        flushing = undefined;
        options.onFlushed();
        schedule();
      });
    return flushing;
  }

  async function place(content: SlotContent): Promise<void> {
    for (const [key, document] of content) options.ownSlots.noteSuperseded(key, document.registers.leaves.size);
    for (const [lane, documents] of byLane(content)) {
      if (documents.length > BULK_DOCUMENTS) await options.ownSlots.writePages(documents, lane, options.pageBytes());
      else await placeInDelta(documents, lane);
    }
  }

  async function placeInDelta(documents: readonly ContentDocument[], lane: string): Promise<void> {
    const open = await options.ownSlots.openDelta(lane, OPEN_DELTAS);
    const base = await options.ownSlots.read(open);
    const filled = await options.ownSlots.fill(open, base, documents, DELTA_BYTES);
    if (filled?.taken === documents.length) {
      await options.ownSlots.write(filled);
      return;
    }
    open.full = open.registers > 0;
    if (open.full) return placeInDelta(documents, lane);
    // Not even an empty delta slot can hold it.
    await options.ownSlots.writePages(documents, lane, options.pageBytes());
  }

  function byLane(content: SlotContent): ReadonlyMap<string, readonly ContentDocument[]> {
    const lanes = new Map<string, ContentDocument[]>();
    for (const document of content.values()) {
      const lane = options.laneOf(document.collection);
      const documents = lanes.get(lane);
      if (documents) documents.push(document);
      else lanes.set(lane, [document]);
    }
    return lanes;
  }

  return {
    add,
    addWaiting,
    settle,
    schedule,
    flush,
    stop() {
      stopped = true;
      cancelTimer?.();
    },
    get pending(): number {
      return pending.size;
    },
    get unsent(): number {
      return unsent.size;
    },
    get lastFlushAt(): number {
      return lastFlushAt;
    },
  };
}
