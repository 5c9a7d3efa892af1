/**
 * The slots that this device writes: which there are, what they hold, and which of them the next registers go to. How a version
 * of one comes to the relays is in slot-writer.ts.
 */
import type { Reservation, SlotRecord } from '../../persistence/ledger';
import { holdsContent, MANIFEST_INDICES, Tier } from '../../contracts/slot';
import type { Clock } from '../../core/clock';
import type { Note, SlotName, SlotPayload, SlotVersion } from '../../contracts/slot';
import { isNewer } from '../../contracts/version-order';
import type { Vault } from '../../contracts/vault';
import { contentOf, jsonLength, keyOf, NOTHING, registerCount } from './slot-content';
import type { ContentDocument, SlotContent } from './slot-content';
import { afterRestart, NOTHING_RESERVED } from './reserved-versions';
import type { Reserved } from './reserved-versions';
import { stampsWaiting } from './waiting';
import type { Unsettled } from './waiting';
import { isEmpty } from '../../crdt/join';
import { remaining } from '../../crdt/superseded';

export interface OwnSlot {
  readonly name: SlotName;
  readonly d: string;
  /** The newest version written; undefined until the first. */
  version: SlotVersion | undefined;
  /** `version` was read back from enough relays. */
  durable: boolean;
  /** Nothing more is added to a full delta slot. */
  full: boolean;
  /**
   * Its newest version lies ahead of the clock, and other slots have got what it holds. Relays may have it nevertheless, so until its time has come
   * it keeps its content and is not written: a slot never gives up what no other one is known to hold.
   */
  isLeft: boolean;
  /** Collections that must not be deflated with others have slots of their own; '' for all others. */
  lane: string;
  size: SlotSize;
  registers: number;
  /** Registers of this slot that are superseded elsewhere; an estimate between two comparisons with the documents. */
  dead: number;
  /** Kept for delta slots; a page is opened again when it is needed. */
  content: SlotContent | undefined;
  /** What a note says; undefined for all other slots. */
  note: Note | undefined;
  record: SlotRecord | undefined;
  /** This run has written a version of it. */
  isOfThisRun: boolean;
  reserved: Reserved;
  /** Nonces of versions that former runs have sent and this one has found. */
  readonly claimed: Set<string>;
  /** `created_at` that the next version has to be above, whatever `version` says. */
  sentAt: number;
  /** Oldest first. */
  unsettled: Unsettled[];
}

/** Bytes of what a slot holds, each of which has a bound of its own. */
export interface SlotSize {
  readonly deflated: number;
  readonly json: number;
}

export const NO_SIZE: SlotSize = { deflated: 0, json: 0 };

/** Who has made a version of an own address. */
export enum Origin {
  /** A writer whose ledger this is. */
  Own = 'own',
  /** A former run that reserved it and did not come to record it, or a clone that has a copy of the reservation. */
  FormerRun = 'former-run',
  /** Another running copy of this installation. */
  Clone = 'clone',
}

export interface OwnSlotsOptions {
  readonly vault: Vault;
  readonly clock: Clock;
  /** Seconds to add to the wall clock for `created_at`. */
  readonly createdAtOffset: () => number;
  /** Which collections are stored instead of deflated. */
  readonly laneOf: (collection: string) => string;
  /** A newer build of this installation has written the address, and this build cannot read what. */
  readonly isUnread: (d: string) => boolean;
}

/** Relays refuse what is more than 900 s ahead; 600 leaves room for skew (docs/protocol.md, section 2). */
const MAX_AHEAD_SECONDS = 600;
/** No relay refuses what is an hour old. */
const MAX_BEHIND_SECONDS = 3_600;

export type OwnSlots = ReturnType<typeof createOwnSlots>;

export function createOwnSlots({ vault, clock, createdAtOffset, laneOf, isUnread }: OwnSlotsOptions) {
  let deviceId = '';
  const slotsByAddress = new Map<string, OwnSlot>();
  /** What the ledger has of own addresses and this build cannot read: kept as it is. */
  const unreadable = new Map<string, SlotRecord>();
  /** Which slots hold registers of a document. */
  const addressesByDocument = new Map<string, Set<string>>();

  /** The latest `created_at` under which a version of it was sent, as far as is known; 0 before the first. */
  const stampedAt = (slot: OwnSlot) => Math.max(slot.version?.createdAt ?? 0, slot.sentAt);
  const all = (): readonly OwnSlot[] => [...slotsByAddress.values()];
  const isLive = ({ registers, isLeft }: OwnSlot): boolean => registers > 0 && !isLeft;
  const nowSeconds = () => Math.floor(clock.now() / 1000) + createdAtOffset();
  /** Its next version would lie so far in the future that relays refuse it: the clock was ahead, or is slow now. */
  const isAhead = (slot: OwnSlot) => stampedAt(slot) + 1 > nowSeconds() + MAX_AHEAD_SECONDS;
  /** Its newest version was stamped when the clock was slow, so that relays may have refused it. */
  const isBehind = (slot: OwnSlot) => (slot.version?.createdAt ?? Infinity) < nowSeconds() - MAX_BEHIND_SECONDS;

  async function slotAt(tier: Tier, index: number, lane = ''): Promise<OwnSlot> {
    const name = { deviceId, tier, index };
    const d = await vault.addressOf(name);
    const known = slotsByAddress.get(d);
    if (known) return known;
    const slot: OwnSlot = {
      ...{ name, d, lane, version: undefined, record: undefined, durable: false, full: false },
      ...{ size: NO_SIZE, registers: 0, dead: 0, unsettled: [], reserved: NOTHING_RESERVED },
      ...{ claimed: new Set<string>(), sentAt: 0, isOfThisRun: false, isLeft: false },
      content: tier === Tier.Delta ? NOTHING : undefined,
      note: undefined,
    };
    slotsByAddress.set(d, slot);
    return slot;
  }

  /** Takes over what the ledger has of a slot that this build cannot read. */
  function restoreUnreadable(record: SlotRecord): void {
    unreadable.set(record.version.d, record);
  }

  /** Whether the address is never written by this build. */
  const isTaken = (d: string): boolean => unreadable.has(d) || isUnread(d);

  const recordAt = (d: string): SlotRecord | undefined => slotsByAddress.get(d)?.record ?? unreadable.get(d);

  /** Takes over a slot that the ledger has; `payload` is what its event holds. */
  async function restore(record: SlotRecord, payload: SlotPayload): Promise<OwnSlot> {
    const slot = await slotAt(record.version.tier, record.version.index);
    takeBack(slot, record, holdsContent(payload) ? contentOf(payload.e) : NOTHING);
    if (payload.tier === Tier.Note) slot.note = { type: payload.type, at: payload.at, data: payload.data };
    return slot;
  }

  /** The newest version of a slot is one that another run has written. */
  function takeBack(slot: OwnSlot, record: SlotRecord, content: SlotContent): void {
    const [first] = content.values();
    slot.lane = first ? laneOf(first.collection) : '';
    Object.assign(slot, { version: record.version, durable: record.durable, record, isLeft: false });
    // Base64 and padding are in it, so this says a little too much until the slot is written again.
    hold(slot, content, {
      deflated: Math.floor(record.event.content.length * 0.7),
      json: jsonLength(content.values()),
    });
    slot.full = slot.name.tier === Tier.Delta && content.size > 0;
    if (!record.durable) slot.unsettled.push({ nonce: record.version.nonce, stamps: stampsWaiting(record, content) });
  }

  /** What the ledger has reserved for a former run is never used, after its slot was restored. */
  async function restoreReservation(reservation: Reservation): Promise<void> {
    const slot = await slotAt(reservation.tier, reservation.index);
    slot.reserved = afterRestart(reservation, slot.record);
  }

  /** From now on the slot holds this. */
  function hold(slot: OwnSlot, content: SlotContent, size: SlotSize): void {
    for (const key of previousKeys(slot)) if (!content.has(key)) addressesByDocument.get(key)?.delete(slot.d);
    slot.registers = 0;
    slot.dead = 0;
    slot.size = content.size === 0 ? NO_SIZE : size;
    for (const [key, document] of content) {
      slot.registers += registerCount(document);
      const addresses = addressesByDocument.get(key);
      if (addresses) addresses.add(slot.d);
      else addressesByDocument.set(key, new Set([slot.d]));
    }
    slot.content = slot.name.tier === Tier.Delta ? content : undefined;
    if (content.size === 0) slot.full = false;
  }

  function* previousKeys(slot: OwnSlot): Iterable<string> {
    if (slot.content) yield* slot.content.keys();
    else if (slot.registers > 0)
      for (const [key, addresses] of addressesByDocument) if (addresses.has(slot.d)) yield key;
  }

  /** What the newest version of a slot holds. */
  async function read(slot: OwnSlot): Promise<SlotContent> {
    if (slot.content) return slot.content;
    if (!slot.record || slot.registers === 0) return NOTHING;
    const opened = await vault.open(slot.record.event);
    // An own event from the ledger always opens; otherwise the keys are not those it was written with, and KEY_CHANGED has said so.
    if (typeof opened === 'string' || !holdsContent(opened.payload)) return NOTHING;
    return contentOf(opened.payload.e);
  }

  /** The delta slot that the next edit goes to: one whose `created_at` is not ahead of the clock, if there is one among `maxOpen`. */
  async function openDelta(lane: string, maxOpen: number): Promise<OwnSlot> {
    const now = nowSeconds();
    const usable = all().filter(
      (slot) =>
        slot.name.tier === Tier.Delta &&
        !slot.full &&
        !slot.isLeft &&
        !isAhead(slot) &&
        !isTaken(slot.d) &&
        (slot.lane === lane || slot.registers === 0),
    );
    const inUse = usable.filter((slot) => slot.registers > 0);
    const isCalm = (slot: OwnSlot) => stampedAt(slot) < now;
    const oldest = inUse.reduce<OwnSlot | undefined>((a, b) => (a && stampedAt(a) <= stampedAt(b) ? a : b), undefined);
    const chosen =
      inUse.find(isCalm) ??
      (oldest && inUse.length >= maxOpen
        ? oldest
        : (usable.find((slot) => slot.registers === 0 && isCalm(slot)) ?? (await freeSlot(Tier.Delta, lane))));
    chosen.lane = lane;
    return chosen;
  }

  /** The first one that was never used or, for pages, that is empty and not ahead of the clock. */
  async function freeSlot(tier: Tier, lane: string): Promise<OwnSlot> {
    const used = new Set<number>();
    for (const slot of all()) {
      const isUsed = slot.registers > 0 || isAhead(slot) || (tier !== Tier.Page && slot.version !== undefined);
      if (slot.name.tier === tier && isUsed) used.add(slot.name.index);
    }
    let index = 0;
    while (used.has(index) || isTaken(await vault.addressOf({ deviceId, tier, index }))) index++;
    return slotAt(tier, index, lane);
  }

  async function freePage(lane: string): Promise<OwnSlot> {
    const slot = await freeSlot(Tier.Page, lane);
    slot.lane = lane;
    return slot;
  }

  /**
   * The slot that the next manifest goes to: the first that is not ahead of the clock. Undefined if there is none, or where a newer build has
   * written one.
   */
  async function manifest(): Promise<OwnSlot | undefined> {
    const indices = Array.from({ length: MANIFEST_INDICES }, (_, index) => index);
    const addresses = await Promise.all(
      indices.map((index) => vault.addressOf({ deviceId, tier: Tier.Manifest, index })),
    );
    if (addresses.some(isTaken)) return undefined;
    const index = addresses.findIndex((d) => {
      const slot = slotsByAddress.get(d);
      return !slot || !isAhead(slot);
    });
    return index < 0 ? undefined : slotAt(Tier.Manifest, index);
  }

  /** The manifest that counts; undefined before the first. */
  const newestManifest = (): OwnSlot | undefined =>
    all()
      .filter(({ name, version }) => name.tier === Tier.Manifest && version)
      .reduce<OwnSlot | undefined>((a, b) => (a && a.version!.seq >= b.version!.seq ? a : b), undefined);

  /** Who has made a version of an own address. */
  function originOf(version: SlotVersion): Origin {
    const slot = slotsByAddress.get(version.d);
    const record = recordAt(version.d);
    const history = record?.history ?? [];
    const known = slot?.version ?? record?.version;
    const isWritten = known?.nonce === version.nonce || history.some(([, nonce]) => nonce === version.nonce);
    if (isWritten || slot?.claimed.has(version.nonce)) return Origin.Own;
    if (slot?.reserved.former.some(([, nonce]) => nonce === version.nonce)) return Origin.FormerRun;
    if (!known || isNewer(version, known) || version.seq > known.seq) return Origin.Clone;
    // Old versions are forgotten some day.
    return history.some(([seq]) => seq === version.seq) ? Origin.Clone : Origin.Own;
  }

  /** Whether a former run may have written something here without recording it. */
  const hasFormer = (d: string): boolean => (slotsByAddress.get(d)?.reserved.former.length ?? 0) > 0;

  /** A version of a former run is this device's own, from now on: the next one of its slot comes after it. */
  function claim({ d, nonce, createdAt }: SlotVersion): void {
    const slot = slotsByAddress.get(d);
    if (!slot) return;
    slot.sentAt = Math.max(slot.sentAt, createdAt);
    slot.claimed.add(nonce);
  }

  /** A list of the document without the registers that already stand in a delta slot; empty if all of them do. */
  function withoutHeld(document: ContentDocument): readonly ContentDocument[] {
    let { registers } = document;
    for (const slot of holding(keyOf(document))) {
      const held = slot.content?.get(keyOf(document))?.registers;
      if (held) registers = remaining(registers, held, true);
    }
    return isEmpty(registers) ? [] : [{ ...document, registers }];
  }

  function holding(key: string): readonly OwnSlot[] {
    const slots: OwnSlot[] = [];
    for (const d of addressesByDocument.get(key) ?? []) {
      const slot = slotsByAddress.get(d);
      if (slot && !slot.isLeft) slots.push(slot);
    }
    return slots;
  }

  return {
    get deviceId() {
      return deviceId;
    },
    /** Writes under this id from now on; what was held before belongs to another device. */
    begin(id: string): void {
      deviceId = id;
      slotsByAddress.clear();
      unreadable.clear();
      addressesByDocument.clear();
    },
    nowSeconds,
    stampedAt,
    isAhead,
    isBehind,
    restore,
    restoreUnreadable,
    unreadable: (): readonly SlotRecord[] => [...unreadable.values()],
    /** The newest version of each slot, of those that this build cannot read as well. */
    records: (): readonly SlotRecord[] => [...all().flatMap(({ record }) => record ?? []), ...unreadable.values()],
    isTaken,
    recordAt,
    hold,
    read,
    openDelta,
    freePage,
    manifest,
    newestManifest,
    originOf,
    claim,
    hasFormer,
    takeBack,
    restoreReservation,
    /** The slot of a note: a new one, or that of the note which the next one replaces. */
    note: (index?: number) => (index === undefined ? freeSlot(Tier.Note, '') : slotAt(Tier.Note, index)),
    notes: (): readonly OwnSlot[] => all().filter((slot) => slot.note !== undefined),
    /** Slots that hold documents or a note: what a manifest names. */
    filled: (): readonly OwnSlot[] => all().filter((slot) => isLive(slot) || slot.note !== undefined),
    withoutHeld,
    holding,
    all,
    get: (d: string) => slotsByAddress.get(d),
    /** Slots that hold documents; neither the manifest nor a note is among them. */
    live: (): readonly OwnSlot[] => all().filter(isLive),
    /** Slots that were left because they lay ahead of the clock, and no longer do. */
    returning: (): readonly OwnSlot[] => all().filter((slot) => slot.isLeft && !isAhead(slot)),
    /** Registers of a document were superseded elsewhere: its pages hold that much superseded content now. */
    noteSuperseded(key: string, registers: number): void {
      for (const slot of holding(key))
        if (slot.name.tier === Tier.Page) slot.dead = Math.min(slot.registers, slot.dead + registers);
    },
  };
}
