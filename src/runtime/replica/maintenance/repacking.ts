/**
 * Repacking: what lies in a slot that is larger than enough relays take goes into smaller ones. The large slot stays as it is, with the relays that
 * do take it, until the smaller ones are durable.
 */
import type { OwnSlot, OwnSlots } from '../slots/own-slots';
import { eventBytes, Tier } from '../../contracts/slot';
import type { SlotWriter } from '../outgoing/slot-writer';
import { joinContent, keyOf, NOTHING } from '../slots/slot-content';
import type { SlotContent } from '../slots/slot-content';
import { isCovered } from './moves';
import type { Moves } from './moves';

export interface RepackingOptions {
  readonly ownSlots: OwnSlots;
  readonly slotWriter: SlotWriter;
  readonly moves: Moves;
  /** Padded size of a page that enough relays take. */
  readonly pageBytes: () => number;
  /** Largest event that enough relays take. */
  readonly maxEventBytes: () => number;
}

export function createRepacking({ ownSlots, slotWriter, moves, pageBytes, maxEventBytes }: RepackingOptions) {
  /** By nonce, for what page size nothing smaller can be made of a version: it holds single registers of that size. */
  const indivisible = new Map<string, number>();

  const isTooLarge = ({ record }: OwnSlot): boolean =>
    record !== undefined && eventBytes(record.event) > maxEventBytes();

  const isDivisible = ({ version }: OwnSlot): boolean =>
    version !== undefined && (indivisible.get(version.nonce) ?? 0) < pageBytes();

  function tooLarge(isStoredToo: boolean): readonly OwnSlot[] {
    return ownSlots
      .live()
      .filter(
        (slot) => isTooLarge(slot) && isDivisible(slot) && (isStoredToo || !slot.durable) && !ownSlots.isAhead(slot),
      );
  }

  /**
   * One slot. True if more may be done at once.
   * @param isStoredToo also one that enough relays have stored: others may have taken their place since.
   */
  async function step(isStoredToo = false): Promise<boolean> {
    const slot = tooLarge(isStoredToo).find((each) => !moves.isBeingEmptied(each));
    if (!slot) return false;
    // Relays have turned out to take even less than when it was written to take the content of another one.
    if (!slot.durable) moves.giveUp(slot);
    const kept = await moves.withoutSuperseded(await ownSlots.read(slot), [slot]);
    if (kept.size === 0) return moves.empty([slot]);
    const there = await copiesOf(kept, slot);
    const missing = [...kept.values()].filter((document) => !isCovered(document, there.content));
    const written = await slotWriter.copyToPages(missing, slot.lane, pageBytes());
    if (!written) return false;
    const pages = [...there.pages, ...written];
    if (pages.length === 0 && slot.version) indivisible.set(slot.version.nonce, pageBytes());
    for (const page of pages) moves.begin([slot], page);
    return true;
  }

  /** What of a content is on its way in other pages that are small enough: a former run of this worker may have begun with it. */
  async function copiesOf(
    kept: SlotContent,
    slot: OwnSlot,
  ): Promise<{ readonly content: SlotContent; readonly pages: readonly OwnSlot[] }> {
    const others = new Set([...kept.keys()].flatMap((key) => ownSlots.holding(key)));
    const pages: OwnSlot[] = [];
    let content = NOTHING;
    for (const other of others) {
      if (other === slot || other.durable || other.name.tier !== Tier.Page || isTooLarge(other)) continue;
      pages.push(other);
      content = joinContent(
        content,
        [...(await ownSlots.read(other)).values()].filter((document) => kept.has(keyOf(document))),
      );
    }
    return { content, pages };
  }

  return {
    /** Something waits to be stored on enough relays, and will not be before it is in smaller slots. */
    isDue: (): boolean => tooLarge(false).length > 0,
    step,
  };
}
