/**
 * The outbox: what this device has written and has not yet seen stored on enough relays. The first edit goes out at once, what
 * follows within the interval is coalesced into the open delta slot. It is not stored: after a restart the comparison of
 * documents with slots fills it again.
 */
import { ErrorCode } from '../../core/errors';
import type { SyncProblem } from '../../core/errors';
import { isEmpty } from '../../crdt/join';
import { remaining } from '../../crdt/superseded';
import { addStamps } from '../slots/waiting';
import type { OwnSlots } from '../slots/own-slots';
import type { StampsByDocument } from '../slots/waiting';
import type { Clock } from '../../core/clock';
import type { StoredDocument } from '../../contracts/store';
import type { SlotWriter } from './slot-writer';
import { fits } from './packing';
import type { Stamp } from '../../crdt/registers';
import { documentKey, joinContent, jsonLength, keyOf, NOTHING, partBySize, stampsOf } from '../slots/slot-content';
import type { ContentDocument, SlotContent } from '../slots/slot-content';

/** A delta slot is rewritten for each flush, so it stays small: about 3 kB as an event. */
export const DELTA_BYTES = 2048;
/** More than this many documents at once, or more JSON than this, go into pages directly. */
const BULK_DOCUMENTS = 60;
const BULK_BYTES = 65_536;
/** In a burst the slots rotate, so that `created_at`, which must grow by a second a version, does not run ahead. */
const OPEN_DELTAS = 4;

/** In the place of a stamp that is not known yet. */
const HELD: Stamp = 'held';

export interface OutboxOptions {
  readonly ownSlots: OwnSlots;
  readonly slotWriter: SlotWriter;
  readonly clock: Clock;
  readonly laneOf: (collection: string) => string;
  /** Shortest time between two flushes, ms: what the relays accept at present. */
  readonly intervalMs: () => number;
  /** Own slots have been read from enough relays and at least one is connected. */
  readonly mayPublish: () => boolean;
  readonly pageBytes: () => number;
  /** Own slots are written by one task at a time. */
  readonly runSerially: (work: () => Promise<void>) => Promise<void>;
  /** Stamps of the writes to documents of which everything is stored on enough relays from now on. */
  readonly onDurable: (stamps: StampsByDocument) => void;
  readonly onPendingChanged: () => void;
  readonly onFlushed: () => void;
  readonly onFailed: (error: unknown) => void;
}

export type Outbox = ReturnType<typeof createOutbox>;

export function createOutbox(options: OutboxOptions) {
  const { ownSlots, slotWriter, clock, laneOf } = options;
  /** Stamps of writes that are not durable yet, by document. */
  const pending = new Map<string, Set<Stamp>>();
  /** Of the same documents, stamps that are durable: what a later write has replaced of them is reported with that one. */
  const durableStamps = new Map<string, Set<Stamp>>();
  /** Documents whose counters hold something apart. */
  const held = new Set<string>();
  /** Registers that are in no slot yet. */
  let unsent: SlotContent = NOTHING;
  /** Registers that are being put into slots. */
  let placing: SlotContent = NOTHING;
  /** Registers that no slot can hold: they are pending until something takes their place. A start or an audit tries them again. */
  let tooLarge: SlotContent = NOTHING;
  /** What was read back while the rest of its bulk was still being put into slots. */
  let early = new Map<string, Set<Stamp>>();
  let flushing: Promise<void> | undefined;
  let cancelTimer: (() => void) | undefined;
  let lastFlushAt = -Infinity;
  let stopped = false;

  function add(documents: readonly ContentDocument[]): void {
    if (documents.length === 0) return;
    const before = unsent;
    unsent = joinContent(unsent, documents);
    for (const document of documents) {
      const key = keyOf(document);
      const stamps = stampsOf(unsent.get(key)!.registers);
      const known = before.get(key);
      // A write of which nothing is left before it was ever sent is not waited for: the one that replaced it is.
      if (known) for (const stamp of stampsOf(known.registers)) if (!stamps.has(stamp)) pending.get(key)?.delete(stamp);
      addStamps(pending, key, stamps);
      takePlaceOfTooLarge(document);
    }
    options.onPendingChanged();
    schedule();
  }

  function takePlaceOfTooLarge({ collection, id, registers }: ContentDocument): void {
    const key = documentKey(collection, id);
    const known = tooLarge.get(key);
    if (!known) return;
    const left = remaining(known.registers, registers, true);
    const others = new Map(tooLarge);
    others.delete(key);
    tooLarge = isEmpty(left) ? others : others.set(key, { ...known, registers: left });
    for (const stamp of stampsOf(known.registers)) if (!isStillOnItsWay(key, stamp)) pending.get(key)?.delete(stamp);
  }

  /** What a counter holds apart is not durable either: the document waits until it is on a share and that is stored. */
  function holdBack(collection: string, { id, holdsShares = false }: StoredDocument): void {
    const key = documentKey(collection, id);
    if (holdsShares === held.has(key)) return;
    if (holdsShares) held.add(key);
    else held.delete(key);
    if (holdsShares) addStamps(pending, key, [HELD]);
    else settle(new Map([[key, new Set([HELD])]]));
    options.onPendingChanged();
  }

  /** Documents whose registers lie in slots that are not durable yet, after a restart. */
  function addWaiting(stamps: StampsByDocument): void {
    for (const [key, ofDocument] of stamps) addStamps(pending, key, ofDocument);
    options.onPendingChanged();
  }

  /** After slots were given up: what waits now is what is unsent and what lies in the slots that are left. */
  function recount(): void {
    pending.clear();
    durableStamps.clear();
    for (const key of held) addStamps(pending, key, [HELD]);
    for (const content of [unsent, tooLarge])
      for (const [key, { registers }] of content) addStamps(pending, key, stampsOf(registers));
    for (const { unsettled } of ownSlots.all()) for (const { stamps } of unsettled) addWaiting(stamps);
    options.onPendingChanged();
  }

  function settle(durable: StampsByDocument): void {
    const settled = new Map<string, Set<Stamp>>();
    for (const [key, stamps] of durable) {
      const known = pending.get(key);
      if (!known) continue;
      const done = [...stamps].filter((stamp) => known.has(stamp) && !isStillOnItsWay(key, stamp));
      if (placing.has(key)) addStamps(early, key, stamps);
      for (const stamp of done) known.delete(stamp);
      addStamps(durableStamps, key, done);
      if (known.size > 0) continue;
      settled.set(key, durableStamps.get(key)!);
      pending.delete(key);
      durableStamps.delete(key);
    }
    if (settled.size === 0) return;
    options.onDurable(settled);
    options.onPendingChanged();
  }

  /** One write may lie in several slots: it is durable when the last of them is. */
  function isStillOnItsWay(key: string, stamp: Stamp): boolean {
    for (const content of [unsent, placing, tooLarge]) {
      const document = content.get(key);
      if (document && stampsOf(document.registers).has(stamp)) return true;
    }
    return ownSlots.holding(key).some(({ unsettled }) => unsettled.some(({ stamps }) => stamps.get(key)?.has(stamp)));
  }

  function schedule(): void {
    if (stopped || unsent.size === 0 || flushing || cancelTimer || !options.mayPublish()) return;
    const intervalMs = options.intervalMs();
    // A clock that was set back must not make the next flush wait for the old time to return.
    const wait = Math.min(intervalMs, lastFlushAt + intervalMs - clock.now());
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
    flushing = options
      .runSerially(placeUnsent)
      .catch((error: unknown) => {
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

  async function placeUnsent(): Promise<void> {
    const taken = (placing = unsent);
    unsent = NOTHING;
    let isPlaced = false;
    try {
      const refused = await place(taken);
      isPlaced = refused !== undefined;
      if (refused) tooLarge = joinContent(tooLarge, refused);
    } finally {
      placing = NOTHING;
      const readBack = early;
      early = new Map();
      // What was written before the failure is written twice then, which does no harm.
      if (!isPlaced) {
        unsent = joinContent(taken, unsent.values());
        recount();
      }
      settle(readBack);
    }
  }

  /** Resolves with what no slot can hold; undefined if not all else is placed, because this writer may not write any more. */
  async function place(content: SlotContent): Promise<readonly ContentDocument[] | undefined> {
    const parts = partBySize(content);
    const refused = [...parts.tooLarge.values()];
    for (const [key, document] of content) ownSlots.noteSuperseded(key, document.registers.leaves.size);
    for (const [lane, documents] of byLane(parts.fitting)) {
      const isBulk = documents.length > BULK_DOCUMENTS || jsonLength(documents) > BULK_BYTES;
      const left = await (isBulk ? placeInPages(documents, lane) : placeInDelta(documents, lane));
      if (!left) return undefined;
      refused.push(...left);
    }
    return refused;
  }

  async function placeInDelta(documents: readonly ContentDocument[], lane: string): ReturnType<typeof place> {
    const open = await ownSlots.openDelta(lane, OPEN_DELTAS);
    const filled = await slotWriter.pack(open, await ownSlots.read(open), documents);
    if (fits(filled.packed, DELTA_BYTES)) return (await slotWriter.write(filled)) ? [] : undefined;
    // Not even an empty delta slot can hold it.
    if (open.registers === 0 || filled.packed.deflated.length - open.size.deflated > DELTA_BYTES)
      return placeInPages(documents, lane);
    open.full = true;
    return placeInDelta(documents, lane);
  }

  const placeInPages = (documents: readonly ContentDocument[], lane: string) =>
    slotWriter.writePages(documents, lane, options.pageBytes());

  function byLane(content: SlotContent): ReadonlyMap<string, readonly ContentDocument[]> {
    const lanes = new Map<string, ContentDocument[]>();
    for (const document of content.values()) {
      const lane = laneOf(document.collection);
      const documents = lanes.get(lane);
      if (documents) documents.push(document);
      else lanes.set(lane, [document]);
    }
    return lanes;
  }

  return {
    add,
    holdBack,
    addWaiting,
    recount,
    settle,
    schedule,
    flush,
    stop() {
      stopped = true;
      cancelTimer?.();
    },
    /** Documents with writes that are not durable. */
    get pending(): number {
      return pending.size;
    },
    pendingKeys: (): Iterable<string> => pending.keys(),
    get problems(): readonly SyncProblem[] {
      return [...new Set([...tooLarge.values()].map(({ collection }) => collection))].map(valueTooLarge);
    },
    get unsent(): number {
      return unsent.size;
    },
    get lastFlushAt(): number {
      return lastFlushAt;
    },
  };
}

const valueTooLarge = (collection: string): SyncProblem => ({
  code: ErrorCode.ValueTooLarge,
  message: `A value of a document in "${collection}" does not fit into one event, so it stays on this device. Store it in smaller parts.`,
});
