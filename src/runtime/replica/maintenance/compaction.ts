/**
 * Compaction keeps the number of live events near the least that the data needs: it copies what has to stay of several slots into one page, and they
 * are emptied when that page was read back from enough relays.
 */
import { DELTA_BYTES } from '../outgoing/outbox';
import type { OwnSlot, OwnSlots } from '../slots/own-slots';
import { MAX_PAYLOAD_BYTES, Tier } from '../../contracts/slot';
import { fits } from '../outgoing/packing';
import type { Filled } from '../outgoing/packing';
import type { SlotWriter } from '../outgoing/slot-writer';
import type { ContentDocument } from '../slots/slot-content';
import { isCovered } from './moves';
import type { Moves } from './moves';

/** Live events may be half as many again as the data needs: manifest, open delta and full pages. */
const ALLOWED_FACTOR = 1.5;
/** The estimate counts superseded registers too: with edits in every tenth document it was measured to be so much too high. */
const OVERESTIMATE = 1.2;
/** Of a page, what the data that it holds when it is full takes: 30 kB of 32. */
const FULL = 0.92;
/** Of a page, what the slots may take that are copied into one. */
const CAPACITY = 0.9;
/** Pairs of pages that are remembered as too much for one. */
const MAX_MISFITS = 1_000;

export interface CompactionOptions {
  readonly ownSlots: OwnSlots;
  readonly slotWriter: SlotWriter;
  readonly moves: Moves;
  readonly pageBytes: () => number;
}

export type Compaction = ReturnType<typeof createCompaction>;

export function createCompaction({ ownSlots, slotWriter, moves, pageBytes }: CompactionOptions) {
  /** Pairs of pages that were tried and do not fit into one, by the nonces of their versions. */
  const misfits = new Set<string>();

  /** @param factor how many times as many live events as the data needs are tolerated. */
  function isDue(factor = ALLOWED_FACTOR): boolean {
    const live = ownSlots.live();
    const needed = live.reduce((sum, slot) => sum + loadOf(slot), 0) / (FULL * OVERESTIMATE);
    return live.length + 1 > factor * (2 + needed);
  }

  /** One step: copies into one page, or empties slots whose content is known elsewhere. True if anything was written. */
  async function step(): Promise<boolean> {
    const free = ownSlots
      .live()
      .filter((slot) => slot.durable && !moves.isBeingEmptied(slot) && !ownSlots.isAhead(slot));
    for (const lane of new Set(free.map((slot) => slot.lane))) {
      const plan = choose(free.filter((slot) => slot.lane === lane));
      if (plan && (await copy(plan.sources, plan.target ?? (await ownSlots.freePage(lane))))) return true;
    }
    return false;
  }

  function choose(slots: readonly OwnSlot[]): { sources: readonly OwnSlot[]; target: OwnSlot | undefined } | undefined {
    const deltas = slots.filter((slot) => slot.name.tier === Tier.Delta);
    const pages = slots
      .filter((slot) => slot.name.tier === Tier.Page && !moves.isTaking(slot))
      .sort((a, b) => loadOf(a) - loadOf(b));
    if (deltas.length > 0) {
      const load = deltas.reduce((sum, slot) => sum + Math.min(loadOf(slot), DELTA_BYTES / pageBytes()), 0);
      return { sources: deltas, target: pages.find((page) => loadOf(page) + load <= CAPACITY) };
    }
    for (const [index, source] of pages.entries())
      for (const target of pages.slice(index + 1)) {
        if (loadOf(source) + loadOf(target) > CAPACITY) break;
        if (!misfits.has(pairOf(source, target))) return { sources: [source], target };
      }
    return undefined;
  }

  /** The part of a page that the live registers of a slot take: of what it deflates to or of its JSON, whichever is nearer to its bound. */
  function loadOf({ size, registers, dead }: OwnSlot): number {
    if (registers === 0) return 0;
    return Math.max(size.deflated / pageBytes(), size.json / MAX_PAYLOAD_BYTES) * (1 - dead / registers);
  }

  async function copy(sources: readonly OwnSlot[], target: OwnSlot): Promise<boolean> {
    // Superseded registers are copied, too, as long as nothing proves that they are, so that the sources can be emptied.
    const moving: ContentDocument[] = [];
    for (const source of sources)
      moving.push(...(await moves.withoutSuperseded(await ownSlots.read(source), sources)).values());
    if (moving.length === 0) return moves.empty(sources);
    const there = await ownSlots.read(target);
    const missing = moving.filter((document) => !isCovered(document, there));
    if (missing.length > 0) {
      const kept = await moves.withoutSuperseded(there, [target, ...sources]);
      const filled =
        there.size === 0
          ? await slotWriter.fill(target, kept, missing, pageBytes())
          : await slotWriter.pack(target, kept, missing);
      if (!filled) return false;
      // The estimate was too low.
      if (there.size > 0 && !fits(filled.packed, pageBytes())) return copyElsewhere(sources, target);
      if (!(await writeCopies(filled))) return false;
    }
    moves.begin(sources, target);
    if (target.durable) await moves.settle(target);
    return true;
  }

  /** What does not fit beside what is in the target. From edits it goes into a page of its own; of a page that would be the same page once more. */
  async function copyElsewhere(sources: readonly OwnSlot[], target: OwnSlot): Promise<boolean> {
    const [source] = sources;
    if (source?.name.tier !== Tier.Page) return copy(sources, await ownSlots.freePage(target.lane));
    if (misfits.size >= MAX_MISFITS) misfits.clear();
    misfits.add(pairOf(source, target));
    return false;
  }

  /** What is copied is durable where it comes from. */
  const writeCopies = (filled: Filled): Promise<boolean> => slotWriter.write({ ...filled, taken: [] });

  return { isDue, step };
}

const pairOf = (source: OwnSlot, target: OwnSlot): string => `${source.version?.nonce} ${target.version?.nonce}`;
