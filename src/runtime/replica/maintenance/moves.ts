/**
 * Moves between own slots: copies are written into a page, and when that page was read back from enough relays the slots that they came from are
 * emptied. A crash in between leaves copies, never holes.
 *
 * A register leaves a slot only if it stands elsewhere, durable: itself, a greater one of its name, or the deletion that hides it
 * (docs/protocol.md, I2).
 */
import type { Proof } from '../slots/remote-slots';
import { dominates, isEmpty } from '../../crdt/join';
import { withEssentials } from '../slots/essentials';
import type { OwnSlot, OwnSlots } from '../slots/own-slots';
import { stampsSince } from '../slots/waiting';
import type { StampsByDocument } from '../slots/waiting';
import type { Store } from '../../contracts/store';
import { intersect, remaining } from '../../crdt/superseded';
import type { SlotWriter } from '../outgoing/slot-writer';
import type { Registers, Stamp } from '../../crdt/registers';
import { documentKey, keyOf, registerCount, stampsOf } from '../slots/slot-content';
import type { ContentDocument, SlotContent } from '../slots/slot-content';

export interface MovesOptions {
  readonly ownSlots: OwnSlots;
  readonly slotWriter: SlotWriter;
  readonly store: Store;
  readonly isOwn: (stamp: Stamp) => boolean;
  /** What other devices hold on enough relays of the given documents: proof that an own register may leave. */
  readonly othersProof: (keys: ReadonlySet<string>) => Promise<ReadonlyMap<string, Proof>>;
  /** These left a slot that was not durable: they are, where they are now. */
  readonly onMoved: (stamps: StampsByDocument) => void;
}

export type Moves = ReturnType<typeof createMoves>;

export function createMoves({ ownSlots, slotWriter, store, isOwn, othersProof, onMoved }: MovesOptions) {
  /** Slots whose copies are on their way, by the address of the page that takes them. */
  const emptying = new Map<string, Set<OwnSlot>>();

  const isBeingEmptied = (slot: OwnSlot): boolean => [...emptying.values()].some((sources) => sources.has(slot));

  /** Copies of what is to leave these slots are in the target. A slot whose content went to several pages is emptied when the last of them is durable. */
  function begin(sources: Iterable<OwnSlot>, target: OwnSlot): void {
    const slots = emptying.get(target.d) ?? new Set();
    for (const source of sources) if (source !== target) slots.add(source);
    emptying.set(target.d, slots);
  }

  /** The page is durable, so its sources can be emptied. True if anything was written. */
  async function settle(target: OwnSlot): Promise<boolean> {
    const sources = emptying.get(target.d);
    if (!sources || !target.durable) return false;
    emptying.delete(target.d);
    return empty([...sources].filter((source) => !isBeingEmptied(source)));
  }

  /** Slots give up what is proven to stand elsewhere. True if anything was written. */
  async function empty(sources: Iterable<OwnSlot>): Promise<boolean> {
    let written = false;
    for (const source of sources) {
      if (ownSlots.isAhead(source)) continue;
      const content = await ownSlots.read(source);
      const kept = await withoutSuperseded(content, [source]);
      if (sizeOf(kept) === sizeOf(content)) continue;
      const isWaitedFor = !source.durable;
      if (!(await slotWriter.rewrite(source, kept))) continue;
      written = true;
      // No version of this slot need ever be durable for them.
      if (isWaitedFor) onMoved(stampsSince(kept, content));
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

  return {
    begin,
    /** The page will not be durable with the copies in it: nothing waits for it. */
    giveUp: (target: OwnSlot): void => void emptying.delete(target.d),
    settle,
    empty,
    withoutSuperseded,
    isBeingEmptied,
    /** Copies in it are on their way. */
    isTaking: (slot: OwnSlot): boolean => emptying.has(slot.d),
  };
}

function yieldTo(kept: Map<string, ContentDocument>, key: string, elsewhere: Registers, copies: boolean): void {
  const document = kept.get(key);
  if (!document) return;
  const registers = remaining(document.registers, elsewhere, copies);
  if (isEmpty(registers)) kept.delete(key);
  else kept.set(key, { ...document, registers });
}

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

/** Whether a copy of all that the document holds, or what supersedes it, is there. */
export const isCovered = (document: ContentDocument, there: SlotContent): boolean => {
  const known = there.get(keyOf(document));
  return known !== undefined && dominates(known.registers, document.registers);
};
