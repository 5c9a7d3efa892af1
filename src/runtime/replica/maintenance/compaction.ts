/**
 * Compaction keeps the number of live events near the least that the data needs: it copies what has to stay into one page, and
 * when that page was read back from enough relays it empties the slots the copies came from. A crash in between leaves copies,
 * never holes.
 *
 * A register leaves a slot only if it stands elsewhere, durable: itself, a greater one of its name, or the deletion that hides it
 * (docs/protocol.md, I2).
 */
import type { Proof } from '../slots/remote-slots';
import { dominates, isEmpty } from '../../crdt/join';
import { DELTA_BYTES } from '../outgoing/outbox';
import { withEssentials } from '../slots/essentials';
import type { OwnSlot, OwnSlots } from '../slots/own-slots';
import { MAX_PAYLOAD_BYTES, Tier } from '../../contracts/slot';
import type { Store } from '../../contracts/store';
import { intersect, remaining } from '../../crdt/superseded';
import { fits } from '../outgoing/packing';
import type { Filled } from '../outgoing/packing';
import type { SlotWriter } from '../outgoing/slot-writer';
import type { Registers, Stamp } from '../../crdt/registers';
import { documentKey, keyOf, registerCount, stampsOf } from '../slots/slot-content';
import type { ContentDocument, SlotContent } from '../slots/slot-content';

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
  readonly store: Store;
  readonly pageBytes: () => number;
  readonly isOwn: (stamp: Stamp) => boolean;
  /** What other devices hold on enough relays of the given documents: proof that an own register may leave. */
  readonly othersProof: (keys: ReadonlySet<string>) => Promise<ReadonlyMap<string, Proof>>;
}

export type Compaction = ReturnType<typeof createCompaction>;

export function createCompaction({ ownSlots, slotWriter, store, pageBytes, isOwn, othersProof }: CompactionOptions) {
  /** Slots whose copies are on their way, by the address of the page that takes them. */
  const emptying = new Map<string, Set<OwnSlot>>();
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
    const busy = new Set([...emptying.values()].flatMap((slots) => [...slots]));
    const free = ownSlots.live().filter((slot) => slot.durable && !busy.has(slot) && !ownSlots.isAhead(slot));
    for (const lane of new Set(free.map((slot) => slot.lane))) {
      const plan = choose(free.filter((slot) => slot.lane === lane));
      if (plan && (await copy(plan.sources, plan.target ?? (await ownSlots.freePage(lane))))) return true;
    }
    return false;
  }

  function choose(slots: readonly OwnSlot[]): { sources: readonly OwnSlot[]; target: OwnSlot | undefined } | undefined {
    const deltas = slots.filter((slot) => slot.name.tier === Tier.Delta);
    const pages = slots
      .filter((slot) => slot.name.tier === Tier.Page && !emptying.has(slot.d))
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
      moving.push(...(await withoutSuperseded(await ownSlots.read(source), sources)).values());
    if (moving.length === 0) return empty(sources);
    const there = await ownSlots.read(target);
    const missing = moving.filter((document) => !isCovered(document, there));
    if (missing.length > 0) {
      const kept = await withoutSuperseded(there, [target, ...sources]);
      const filled =
        there.size === 0
          ? await slotWriter.fill(target, kept, missing, pageBytes())
          : await slotWriter.pack(target, kept, missing);
      if (!filled) return false;
      // The estimate was too low.
      if (there.size > 0 && !fits(filled.packed, pageBytes())) return copyElsewhere(sources, target);
      if (!(await move(filled))) return false;
    }
    remember(sources, target);
    if (target.durable) await settle(target);
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
  const move = (filled: Filled): Promise<boolean> => slotWriter.write({ ...filled, taken: [] });

  function remember(sources: readonly OwnSlot[], target: OwnSlot): true {
    const slots = emptying.get(target.d) ?? new Set();
    for (const source of sources) if (source !== target) slots.add(source);
    emptying.set(target.d, slots);
    return true;
  }

  /** The page is durable, so its sources can be emptied. True if anything was written. */
  async function settle(target: OwnSlot): Promise<boolean> {
    const sources = emptying.get(target.d);
    if (!sources || !target.durable) return false;
    emptying.delete(target.d);
    return empty(sources);
  }

  /** Slots give up what is proven to stand elsewhere. True if anything was written. */
  async function empty(sources: Iterable<OwnSlot>): Promise<boolean> {
    let written = false;
    for (const source of sources) {
      if (ownSlots.isAhead(source)) continue;
      const content = await ownSlots.read(source);
      const kept = await withoutSuperseded(content, [source]);
      if (sizeOf(kept) === sizeOf(content)) continue;
      written = (await slotWriter.rewrite(source, kept)) || written;
    }
    return written;
  }

  /** The registers of a content that are the documents' own at present. */
  async function winnersOf(content: SlotContent): Promise<readonly ContentDocument[]> {
    const winners: ContentDocument[] = [];
    for (const [collection, ids] of idsByCollection(content)) {
      const stored = store.collections.includes(collection) ? await store.read(collection, ids) : undefined;
      for (const id of ids) {
        const document = content.get(documentKey(collection, id))!;
        const current = stored?.get(id)?.registers;
        // A document that is not (or not yet) in the store proves nothing about its registers.
        const registers = current ? intersect(document.registers, current) : document.registers;
        if (!isEmpty(registers)) winners.push({ ...document, registers });
      }
    }
    return winners;
  }

  /** What of a content is not proven to stand elsewhere than in `slots`, and what travels with it. */
  async function withoutSuperseded(content: SlotContent, slots: readonly OwnSlot[]): Promise<SlotContent> {
    const kept = await unproven(content, slots);
    const changed = [...kept].flatMap(([key, document]) => (content.get(key) === document ? [] : [document]));
    for (const document of await withEssentials(store, changed)) kept.set(keyOf(document), document);
    return kept;
  }

  async function unproven(content: SlotContent, slots: readonly OwnSlot[]): Promise<Map<string, ContentDocument>> {
    const kept = new Map(content);
    const others = new Set([...content.keys()].flatMap((key) => ownSlots.holding(key)));
    for (const other of others) {
      if (slots.includes(other) || !other.durable) continue;
      for (const [key, { registers }] of await ownSlots.read(other)) yieldTo(kept, key, registers, true);
    }
    const doubtful = await doubtfulIn(kept);
    if (doubtful.size === 0) return kept;
    for (const [key, { registers, copies }] of await othersProof(doubtful)) {
      yieldTo(kept, key, registers, false);
      if (copies) yieldTo(kept, key, copies, true);
    }
    return kept;
  }

  /** Documents with a register that is superseded, or of which other devices may hold a copy: only for those a proof is searched. */
  async function doubtfulIn(content: SlotContent): Promise<ReadonlySet<string>> {
    if (content.size === 0) return new Set();
    const winners = new Map((await winnersOf(content)).map((document) => [keyOf(document), registerCount(document)]));
    const isSure = (key: string, document: ContentDocument) =>
      winners.get(key) === registerCount(document) && [...stampsOf(document.registers)].every(isOwn);
    return new Set([...content].flatMap(([key, document]) => (isSure(key, document) ? [] : [key])));
  }

  return { isDue, step, settle };
}

function yieldTo(kept: Map<string, ContentDocument>, key: string, elsewhere: Registers, copies: boolean): void {
  const document = kept.get(key);
  if (!document) return;
  const registers = remaining(document.registers, elsewhere, copies);
  if (isEmpty(registers)) kept.delete(key);
  else kept.set(key, { ...document, registers });
}

const pairOf = (source: OwnSlot, target: OwnSlot): string => `${source.version?.nonce} ${target.version?.nonce}`;

const isCovered = (document: ContentDocument, there: SlotContent): boolean => {
  const known = there.get(keyOf(document));
  return known !== undefined && dominates(known.registers, document.registers);
};

const sizeOf = (content: SlotContent): number =>
  [...content.values()].reduce((count, document) => count + registerCount(document), 0);

function idsByCollection(content: SlotContent): ReadonlyMap<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const { collection, id } of content.values()) {
    const known = ids.get(collection);
    if (known) known.push(id);
    else ids.set(collection, [id]);
  }
  return ids;
}
