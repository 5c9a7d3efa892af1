/**
 * The slots that this device writes: their content, versions and durability. One version of a slot is one ledger transaction
 * and one signed event; nothing reaches the mesh before the ledger has it.
 */
import type { SyncProblem } from '../types';
import { ErrorCode } from '../types';
import { LedgerChangeKind } from './ledger';
import type { Ledger, SlotRecord } from './ledger';
import { greatestStamp } from './merge';
import { Tier } from './ports';
import type { Clock, Head, ManifestPayload, PackedPayload, SlotName, SlotPayload, SlotVersion, Vault } from './ports';
import type { Stamp } from './registers';
import { contentOf, entriesOf, joinContent, keyOf, NOTHING, registerCount, splitDocument } from './slot-content';
import type { ContentDocument, SlotContent } from './slot-content';

export interface OwnSlot {
  readonly name: SlotName;
  readonly d: string;
  /** The newest version written; undefined until the first. */
  version: SlotVersion | undefined;
  /** `version` was read back from enough relays. */
  durable: boolean;
  /** Nothing more is added to a full delta slot. */
  full: boolean;
  /** Collections that must not be deflated with others have slots of their own; '' for all others. */
  lane: string;
  deflatedBytes: number;
  registers: number;
  /** Registers of this slot that are known to be superseded elsewhere; an estimate. */
  dead: number;
  /** Kept for delta slots; a page is opened again when it is needed. */
  content: SlotContent | undefined;
  record: SlotRecord | undefined;
  /** Versions that were written and not yet seen as durable, oldest first, with the newest stamp of each document in them. */
  unsettled: { readonly nonce: string; readonly documents: ReadonlyMap<string, Stamp> }[];
}

export interface OwnSlotsOptions {
  readonly vault: Vault;
  readonly ledger: Ledger;
  readonly epoch: number;
  readonly deviceId: string;
  readonly clock: Clock;
  /** Seconds to add to the wall clock for `created_at`. */
  readonly createdAtOffset: () => number;
  readonly offer: (head: Head) => void;
  /** Which collections are stored instead of deflated. */
  readonly laneOf: (collection: string) => string;
  /** The ledger refused a write because another worker has taken over. */
  readonly onFenced: () => void;
  readonly onProblem: (problem: SyncProblem) => void;
}

/** A filled slot that is ready to be written. */
export interface Filled {
  readonly slot: OwnSlot;
  readonly content: SlotContent;
  readonly packed: PackedPayload;
  /** How many of the given documents are in it. */
  readonly taken: number;
}

const HISTORY = 32;
/** Relays refuse what is more than 900 s ahead; 600 leaves room for skew (docs/protocol.md, section 2). */
const MAX_AHEAD_SECONDS = 600;
const MAX_SLOTS_OF_ONE_SECOND = 50;

export type OwnSlots = ReturnType<typeof createOwnSlots>;

export function createOwnSlots(options: OwnSlotsOptions) {
  const { vault, ledger, epoch, deviceId, clock } = options;
  const slotsByAddress = new Map<string, OwnSlot>();
  /** Which slots hold registers of a document. */
  const addressesByDocument = new Map<string, Set<string>>();
  const slotsOfSecond = new Map<number, number>();

  const nowSeconds = () => Math.floor(clock.now() / 1000) + options.createdAtOffset();

  async function slotAt(tier: Tier, index: number, lane = ''): Promise<OwnSlot> {
    const name = { deviceId, tier, index };
    const d = await vault.addressOf(name);
    const known = slotsByAddress.get(d);
    if (known) return known;
    const slot: OwnSlot = {
      name,
      d,
      version: undefined,
      durable: false,
      full: false,
      lane,
      deflatedBytes: 0,
      registers: 0,
      dead: 0,
      content: tier === Tier.Delta ? NOTHING : undefined,
      record: undefined,
      unsettled: [],
    };
    slotsByAddress.set(d, slot);
    return slot;
  }

  /** Takes over a slot that the ledger has; `content` is what its event holds. */
  async function restore(record: SlotRecord, payload: SlotPayload): Promise<OwnSlot> {
    const slot = await slotAt(record.version.tier, record.version.index);
    Object.assign(slot, { version: record.version, durable: record.durable, record });
    const content = payload.tier === Tier.Manifest ? NOTHING : contentOf(payload.e);
    slot.lane = laneOf(content);
    slot.full = slot.name.tier === Tier.Delta && content.size > 0;
    slot.deflatedBytes = record.event.content.length;
    settleContent(slot, content);
    if (!record.durable) slot.unsettled = [{ nonce: record.version.nonce, documents: newestStamps(content) }];
    return slot;
  }

  const laneOf = (content: SlotContent): string => {
    for (const { collection } of content.values()) return options.laneOf(collection);
    return '';
  };

  function settleContent(slot: OwnSlot, content: SlotContent): void {
    for (const [key, addresses] of previousKeys(slot)) if (!content.has(key)) addresses.delete(slot.d);
    slot.registers = 0;
    slot.dead = 0;
    for (const [key, document] of content) {
      slot.registers += registerCount(document);
      const addresses = addressesByDocument.get(key);
      if (addresses) addresses.add(slot.d);
      else addressesByDocument.set(key, new Set([slot.d]));
    }
    slot.content = slot.name.tier === Tier.Delta ? content : undefined;
  }

  function* previousKeys(slot: OwnSlot): Iterable<[string, Set<string>]> {
    const keys = slot.content ? slot.content.keys() : slot.registers > 0 ? addressesByDocument.keys() : [];
    for (const key of keys) {
      const addresses = addressesByDocument.get(key);
      if (addresses?.has(slot.d)) yield [key, addresses];
    }
  }

  /** What the newest version of a slot holds. */
  async function read(slot: OwnSlot): Promise<SlotContent> {
    if (slot.content) return slot.content;
    if (!slot.record || slot.registers === 0) return NOTHING;
    const opened = await vault.open(slot.record.event);
    // An own event from the ledger always opens; otherwise the keys are not those it was written with, and KEY_CHANGED has said so.
    if (typeof opened === 'string' || opened.payload.tier === Tier.Manifest) return NOTHING;
    return contentOf(opened.payload.e);
  }

  /** Puts as many of the documents, in their order, beside `base` as seal within `limitBytes` of padded size. */
  async function fill(
    slot: OwnSlot,
    base: SlotContent,
    documents: readonly ContentDocument[],
    limitBytes: number,
  ): Promise<Filled | undefined> {
    let count = documents.length;
    let fitting: Filled | undefined;
    let tooMany = documents.length + 1;
    // Deflated sizes are nearly proportional to the number of documents, so three or four attempts find the fullest slot.
    for (let attempt = 0; attempt < 8 && count > (fitting?.taken ?? 0) && count < tooMany; attempt++) {
      const content = joinContent(base, documents.slice(0, count));
      const packed = await vault.pack(payloadOf(slot, content), slot.lane === '');
      const bytes = packed.deflated.length;
      if (packed.paddedBytes !== undefined && packed.paddedBytes <= limitBytes) {
        fitting = { slot, content, packed, taken: count };
        if (bytes > limitBytes * 0.9) break;
      } else {
        tooMany = count;
      }
      const estimate = Math.floor((count * limitBytes * 0.97) / Math.max(bytes, 1));
      count = Math.min(estimate, tooMany - 1, documents.length);
      if (fitting && count <= fitting.taken) break;
      if (!fitting && count < 1) count = tooMany > 1 ? 1 : 0;
    }
    return fitting;
  }

  const payloadOf = (slot: OwnSlot, content: SlotContent): SlotPayload => ({
    dev: deviceId,
    tier: slot.name.tier as Tier.Delta | Tier.Page,
    idx: slot.name.index,
    seq: (slot.version?.seq ?? 0) + 1,
    e: entriesOf(content),
  });

  /** Seals, records and offers a filled slot. Resolves to false when another worker has taken over. */
  async function write({ slot, content, packed }: Pick<Filled, 'slot' | 'content' | 'packed'>): Promise<boolean> {
    const written = await publish(slot, packed);
    if (!written) return false;
    slot.deflatedBytes = content.size === 0 ? 0 : packed.deflated.length;
    settleContent(slot, content);
    slot.unsettled.push({ nonce: slot.version!.nonce, documents: newestStamps(content) });
    if (slot.name.tier === Tier.Delta && content.size === 0) slot.full = false;
    return true;
  }

  async function rewrite(slot: OwnSlot, content: SlotContent): Promise<boolean> {
    return write({ slot, content, packed: await vault.pack(payloadOf(slot, content), slot.lane === '') });
  }

  async function writeManifest(make: (seq: number) => ManifestPayload): Promise<boolean> {
    const slot = await slotAt(Tier.Manifest, 0);
    return publish(slot, await vault.pack(make((slot.version?.seq ?? 0) + 1)));
  }

  async function publish(slot: OwnSlot, packed: PackedPayload): Promise<boolean> {
    const createdAt = nextCreatedAt(slot);
    const nonce = vault.newNonce();
    const event = await vault.seal(packed, { createdAt, nonce });
    const version: SlotVersion = { ...slot.name, d: slot.d, seq: packed.payload.seq, createdAt, nonce };
    const history = [...(slot.record?.history ?? []).slice(1 - HISTORY), [version.seq, nonce] as const];
    const record: SlotRecord = { version, event, durable: false, history };
    if (!(await ledger.commit(epoch, [{ kind: LedgerChangeKind.Slot, record }]))) {
      options.onFenced();
      return false;
    }
    Object.assign(slot, { version, record, durable: false });
    options.offer({ version, event, own: true });
    return true;
  }

  function nextCreatedAt(slot: OwnSlot): number {
    let createdAt = Math.max(nowSeconds(), (slot.version?.createdAt ?? 0) + 1);
    while ((slotsOfSecond.get(createdAt) ?? 0) >= MAX_SLOTS_OF_ONE_SECOND) createdAt++;
    slotsOfSecond.set(createdAt, (slotsOfSecond.get(createdAt) ?? 0) + 1);
    for (const second of slotsOfSecond.keys()) if (second < createdAt - 120) slotsOfSecond.delete(second);
    return createdAt;
  }

  /**
   * Marks a version as read back from enough relays, and returns the documents that are durable by it. A later version of the slot
   * holds at least what this one held or what supersedes it, so older unsettled versions are settled with it.
   */
  async function markDurable(version: SlotVersion): Promise<ReadonlyMap<string, Stamp>> {
    const slot = slotsByAddress.get(version.d);
    if (!slot) return new Map();
    if (slot.version?.nonce === version.nonce && !slot.durable && slot.record) {
      slot.durable = true;
      const record = { ...slot.record, durable: true };
      slot.record = record;
      if (!(await ledger.commit(epoch, [{ kind: LedgerChangeKind.Slot, record }]))) options.onFenced();
    }
    const at = slot.unsettled.findIndex((unsettled) => unsettled.nonce === version.nonce);
    if (at < 0) return new Map();
    const settled = slot.unsettled[at]!.documents;
    slot.unsettled.splice(0, at + 1);
    return settled;
  }

  /** The delta slot that the next edit goes to: one whose clock is not ahead, if there is one among at most four. */
  async function openDelta(lane: string, maxOpen: number): Promise<OwnSlot> {
    const now = nowSeconds();
    const deltas = [...slotsByAddress.values()].filter((slot) => slot.name.tier === Tier.Delta);
    const usable = deltas.filter(
      (slot) =>
        !slot.full &&
        (slot.lane === lane || slot.registers === 0) &&
        (slot.version?.createdAt ?? 0) + 1 <= now + MAX_AHEAD_SECONDS,
    );
    const inUse = usable.filter((slot) => slot.registers > 0);
    const calm = (slot: OwnSlot) => (slot.version?.createdAt ?? 0) < now;
    let chosen = inUse.find(calm);
    if (!chosen && inUse.length < maxOpen) chosen = usable.find((slot) => slot.registers === 0 && calm(slot));
    if (!chosen && inUse.length < maxOpen) chosen = await slotAt(Tier.Delta, freeIndex(Tier.Delta), lane);
    chosen ??= inUse.reduce((a, b) => ((a.version?.createdAt ?? 0) <= (b.version?.createdAt ?? 0) ? a : b));
    chosen.lane = lane;
    return chosen;
  }

  /** An index that was never used or whose slot is empty and not ahead of the clock. */
  function freeIndex(tier: Tier): number {
    const used = new Set<number>();
    for (const slot of slotsByAddress.values()) {
      if (slot.name.tier !== tier) continue;
      const ahead = (slot.version?.createdAt ?? 0) >= nowSeconds() + MAX_AHEAD_SECONDS;
      if (slot.registers > 0 || ahead || (tier === Tier.Delta && slot.version)) used.add(slot.name.index);
    }
    let index = 0;
    while (used.has(index)) index++;
    return index;
  }

  async function freePage(lane: string): Promise<OwnSlot> {
    const slot = await slotAt(Tier.Page, freeIndex(Tier.Page), lane);
    slot.lane = lane;
    return slot;
  }

  /** Puts all documents into pages of their own, the fullest that fit. */
  async function writePages(documents: readonly ContentDocument[], lane: string, limitBytes: number): Promise<boolean> {
    let rest = [...documents];
    while (rest.length > 0) {
      const page = await freePage(lane);
      // Enough for a full page at any plausible ratio; deflating everything for each page would be quadratic.
      const filled = await fill(page, NOTHING, rest.slice(0, 2000), limitBytes);
      if (filled) {
        if (!(await write(filled))) return false;
        rest = rest.slice(filled.taken);
        continue;
      }
      const halves = splitDocument(rest[0]!);
      if (halves) rest.splice(0, 1, ...halves);
      else setAside(rest.shift()!);
    }
    return true;
  }

  function setAside(document: ContentDocument): void {
    options.onProblem({
      code: ErrorCode.ValueTooLarge,
      message: `A value of a document in "${document.collection}" does not fit into one event, so it stays on this device. Store it in smaller parts.`,
    });
  }

  /** A version of an own address that this ledger never wrote: another living copy of this installation did. */
  function isForeign(version: SlotVersion): boolean {
    const slot = slotsByAddress.get(version.d);
    if (!slot?.version) return true;
    if (version.nonce === slot.version.nonce) return false;
    if (version.createdAt > slot.version.createdAt) return true;
    const written = slot.record?.history?.find(([seq]) => seq === version.seq);
    return written !== undefined && written[1] !== version.nonce;
  }

  /** Registers of a document were superseded by a newer write elsewhere: its pages hold that much garbage now. */
  function noteSuperseded(key: string, registers: number): void {
    for (const d of addressesByDocument.get(key) ?? []) {
      const slot = slotsByAddress.get(d);
      if (slot && slot.name.tier === Tier.Page) slot.dead = Math.min(slot.registers, slot.dead + registers);
    }
  }

  return {
    restore,
    read,
    fill,
    write,
    rewrite,
    writePages,
    writeManifest,
    markDurable,
    openDelta,
    freePage,
    isForeign,
    noteSuperseded,
    nowSeconds,
    get: (d: string) => slotsByAddress.get(d),
    all: (): readonly OwnSlot[] => [...slotsByAddress.values()],
    /** Slots that hold something; the manifest is not among them. */
    live: (): readonly OwnSlot[] => [...slotsByAddress.values()].filter((slot) => slot.registers > 0),
    holding: (key: string): readonly OwnSlot[] =>
      [...(addressesByDocument.get(key) ?? [])].flatMap((d) => slotsByAddress.get(d) ?? []),
  };
}

function newestStamps(content: SlotContent): ReadonlyMap<string, Stamp> {
  return new Map([...content.values()].map((document) => [keyOf(document), greatestStamp(document.registers) ?? '']));
}
