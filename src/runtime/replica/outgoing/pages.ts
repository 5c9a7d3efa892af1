/** Puts many documents into pages of their own, the fullest that fit. */
import type { OwnSlot, OwnSlots } from '../slots/own-slots';
import { NOTHING } from '../slots/slot-content';
import type { ContentDocument } from '../slots/slot-content';
import type { Filled, Packing } from './packing';

export interface PagesOptions {
  readonly ownSlots: OwnSlots;
  readonly packing: Packing;
  /** Seals, records and offers; false: this writer may not write any more. */
  readonly write: (filled: Filled) => Promise<boolean>;
  /** Names of the registers that stay in one entry with the document's `inserted`. */
  readonly essentialsOf: (document: ContentDocument) => readonly string[];
  /** Padded size of the largest page that may be written at all. */
  readonly largestBytes: number;
}

interface Written {
  readonly pages: readonly OwnSlot[];
  /** Documents that no page of the allowed size can hold: single registers. */
  readonly tooLarge: readonly ContentDocument[];
}

export function createPages({ ownSlots, packing, write, essentialsOf, largestBytes }: PagesOptions) {
  /**
   * @param limitBytes padded size of a full page.
   * @param aloneBytes padded size that a register may have by itself.
   * @returns undefined if not all that fits is written, because this writer may not write any more.
   */
  async function put(
    documents: readonly ContentDocument[],
    lane: string,
    {
      limitBytes,
      aloneBytes,
      isCopy,
    }: { readonly limitBytes: number; readonly aloneBytes: number; readonly isCopy: boolean },
  ): Promise<Written | undefined> {
    const rest = [...documents];
    const pages: OwnSlot[] = [];
    const tooLarge: ContentDocument[] = [];
    while (rest.length > 0) {
      const page = await ownSlots.freePage(lane);
      const fitting = await packing.fill(page, NOTHING, rest, limitBytes);
      const pieces = fitting ? undefined : packing.split(rest[0]!, limitBytes, essentialsOf(rest[0]!));
      if (pieces) {
        rest.splice(0, 1, ...pieces);
        continue;
      }
      const filled = fitting ?? (await packing.fill(page, NOTHING, rest.slice(0, 1), aloneBytes));
      if (!filled) tooLarge.push(rest[0]!);
      else if (await write(isCopy ? { ...filled, taken: [] } : filled)) pages.push(page);
      else return undefined;
      rest.splice(0, filled?.taken.length ?? 1);
    }
    return { pages, tooLarge };
  }

  return {
    /**
     * A single register that is too much for some of the relays goes to the others. Resolves with the documents that no slot can hold; undefined if not
     * all others are written either.
     */
    async writePages(
      documents: readonly ContentDocument[],
      lane: string,
      limitBytes: number,
    ): Promise<readonly ContentDocument[] | undefined> {
      const aloneBytes = Math.max(limitBytes, largestBytes);
      return (await put(documents, lane, { limitBytes, aloneBytes, isCopy: false }))?.tooLarge;
    },
    /** Of what stands elsewhere as well, and is waited for there. Resolves with the pages; what does not fit stays where it is. */
    async copyToPages(
      documents: readonly ContentDocument[],
      lane: string,
      limitBytes: number,
    ): Promise<readonly OwnSlot[] | undefined> {
      return (await put(documents, lane, { limitBytes, aloneBytes: limitBytes, isCopy: true }))?.pages;
    },
  };
}
