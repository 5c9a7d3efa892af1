/**
 * Packing: what goes into one slot together. A slot is bounded twice, by what its JSON deflates to and by the JSON itself, and only a trial tells
 * the first. So that a page takes few trials, whatever the documents hold, an estimate says how many of them to try, and each trial corrects it.
 */
import { MAX_PADDED_BYTES, MAX_PAYLOAD_BYTES } from '../../contracts/slot';
import type { ContentPayload, Tier } from '../../contracts/slot';
import type { PackedPayload, Vault } from '../../contracts/vault';
import { utf8Bytes } from '../../crdt/json-value';
import type { OwnSlot } from '../slots/own-slots';
import { nextSeq } from '../slots/reserved-versions';
import { joinContent, splitDocument, writtenEntry } from '../slots/slot-content';
import type { ContentDocument, SlotContent } from '../slots/slot-content';
import { createDeflateEstimate } from './deflate-estimate';

/** A filled slot that is ready to be written. */
export interface Filled {
  readonly slot: OwnSlot;
  readonly content: SlotContent;
  readonly packed: PackedPayload;
  /** Those of the given documents that are in it, or superseded by what is. */
  readonly taken: readonly ContentDocument[];
}

/** More than the payload around the entries takes. */
const HEAD_BYTES = 256;
/** Of a slot, what a trial aims at, and what is full enough. */
const AIM = 0.96;
const FULL = 0.88;
/** After so many a page is taken as it is, or what does not fit at all is halved. */
const TRIALS = 4;
/** Of the padded bytes of a slot. */
const LENGTH_BYTES = 4;
/** A slot is written again with a greater seq. */
const RESERVED_BYTES = 60;
/** Deflated bytes for each unit of the estimate: what was measured of text, before anything else is known. */
const USUAL_RATIO = 0.6;
const MIN_PAGE_BYTES = 1_024;
/** Pieces for each slot that a document needs at least, so that its slots can be filled. */
const PIECES_OF_A_SLOT = 4;

export type Packing = ReturnType<typeof createPacking>;

export function createPacking(vault: Pick<Vault, 'pack'>) {
  const deflateEstimate = createDeflateEstimate();
  /** Of the last slot that was filled: documents that are written together are alike. */
  let ratio = USUAL_RATIO;

  /** Puts all of the documents beside `base`, whether they fit or not. */
  async function pack(slot: OwnSlot, base: SlotContent, documents: readonly ContentDocument[] = []): Promise<Filled> {
    const content = joinContent(base, documents);
    const written = [...content.values()].map(writtenEntry);
    const { deviceId: dev, tier, index: idx } = slot.name;
    const head = { dev, tier: tier as Tier.Delta | Tier.Page, idx, seq: seqAfter(slot) };
    const payload: ContentPayload = { ...head, e: written.map(({ entry }) => entry) };
    const json = `${JSON.stringify(head).slice(0, -1)},"e":[${written.map((each) => each.json).join()}]}`;
    return { slot, content, packed: await vault.pack(payload, isDeflated(slot), json), taken: documents };
  }

  /**
   * Puts as many of the documents, in their order, beside `base` as fit. Undefined if not even the first one does.
   * @param limitBytes padded, 512 * 2^k
   */
  async function fill(
    slot: OwnSlot,
    base: SlotContent,
    documents: readonly ContentDocument[],
    limitBytes: number,
  ): Promise<Filled | undefined> {
    const capacity = capacityOf(limitBytes);
    const costs = createCosts(slot, base, documents);
    let perUnit = isDeflated(slot) ? ratio : 1;
    let fitting: Filled | undefined;
    let tooMany = documents.length + 1;
    let count = costs.countWithin((capacity * AIM) / perUnit);
    for (let trial = 1; count > 0; trial += 1) {
      const filled = await pack(slot, base, documents.slice(0, count));
      const bytes = filled.packed.deflated.length;
      perUnit = bytes / costs.of(count);
      if (fits(filled.packed, limitBytes)) fitting = filled;
      else tooMany = count;
      if (fitting && (trial >= TRIALS || fitting.packed.deflated.length >= capacity * FULL)) break;
      const estimated = costs.countWithin((capacity * AIM) / perUnit);
      const most = trial < TRIALS ? tooMany - 1 : tooMany >> 1;
      count = Math.min(Math.max(estimated, 1), most);
      if (fitting && count <= fitting.taken.length) break;
    }
    if (fitting && isDeflated(slot)) ratio = perUnit;
    return fitting;
  }

  /** What the first so many documents add to a slot, as far as it was asked for: in units of the estimate, and in bytes of JSON. */
  function createCosts(slot: OwnSlot, base: SlotContent, documents: readonly ContentDocument[]) {
    const units: number[] = [];
    let jsonBytes = HEAD_BYTES;
    let cost = HEAD_BYTES;
    deflateEstimate.restart();
    for (const document of base.values()) add(document);

    function add(document: ContentDocument): void {
      const { json } = writtenEntry(document);
      const bytes = utf8Bytes(json) + 1;
      jsonBytes += bytes;
      cost += isDeflated(slot) ? deflateEstimate.costOf(json) : bytes;
    }

    /** The first so many documents cost no more, and their JSON is not too long. */
    function countWithin(most: number): number {
      while (cost <= most && units.length < documents.length && jsonBytes <= MAX_PAYLOAD_BYTES) {
        add(documents[units.length]!);
        if (jsonBytes <= MAX_PAYLOAD_BYTES) units.push(cost);
      }
      let count = units.length;
      while (count > 0 && units[count - 1]! > most) count -= 1;
      return Math.max(count, Math.min(units.length, 1));
    }

    return { countWithin, of: (count: number) => units[count - 1]! };
  }

  /**
   * Parts of a document that fits into no slot as a whole; they join where they meet again. Undefined when it is a single register.
   * @param essentials names of registers that stay with `inserted` as long as they fit into one slot.
   */
  function split(
    document: ContentDocument,
    limitBytes: number,
    essentials: readonly string[],
  ): readonly ContentDocument[] | undefined {
    const slots = utf8Bytes(writtenEntry(document).json) / limitBytes;
    const pieces = Math.max(2, Math.ceil(slots * PIECES_OF_A_SLOT));
    return splitDocument(document, pieces, essentials) ?? splitDocument(document, pieces);
  }

  return { pack, fill, split };
}

const isDeflated = ({ lane }: OwnSlot): boolean => lane === '';

export const seqAfter = ({ version, reserved }: OwnSlot): number => nextSeq(version?.seq ?? 0, reserved);

/** The padded size of a full page, 512 * 2^k bytes. Its event is about 1.4 times as large; a relay with a lower limit gets smaller pages. */
export function pageBytesWithin(mostBytes: number, maxEventBytes: number): number {
  let bytes = MAX_PADDED_BYTES;
  while (bytes > MIN_PAGE_BYTES && (bytes > mostBytes || bytes * 1.4 + 400 > maxEventBytes)) bytes /= 2;
  return bytes;
}

/** What may be deflated into a slot of this padded size. */
const capacityOf = (limitBytes: number): number => limitBytes - LENGTH_BYTES - RESERVED_BYTES;

export const fits = ({ deflated, jsonBytes }: PackedPayload, limitBytes: number): boolean =>
  deflated.length <= capacityOf(limitBytes) && jsonBytes <= MAX_PAYLOAD_BYTES - RESERVED_BYTES;
