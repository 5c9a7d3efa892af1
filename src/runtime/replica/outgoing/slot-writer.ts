/**
 * The slot writer: one version of an own slot is one ledger transaction and one signed event. Nothing reaches the mesh before its seq and nonce are in
 * the ledger: with its event, or of a delta slot reserved. A version is durable when it was read back from enough relays.
 */
import { ErrorCode } from '../../core/errors';
import type { SyncProblem } from '../../core/errors';
import { LedgerChangeKind } from '../../persistence/ledger';
import type { LedgerChange, SlotRecord, WriterLedger } from '../../persistence/ledger';
import type { OwnSlot, OwnSlots } from '../slots/own-slots';
import { addStamps, stampsOfAll, stampsSince, stampsWaiting, waitingOf } from '../slots/waiting';
import type { StampsByDocument } from '../slots/waiting';
import { nextSeq, renewed, take } from '../slots/reserved-versions';
import type { Reserved } from '../slots/reserved-versions';
import { isNewer } from '../../contracts/version-order';
import type { Clock } from '../../core/clock';
import { Tier } from '../../contracts/slot';
import type { SlotHead } from '../../contracts/mesh';
import type { ManifestFields, Note, SealedEvent, SlotPayload, SlotVersion } from '../../contracts/slot';
import type { PackedPayload, Vault } from '../../contracts/vault';
import { sameValue } from '../../crdt/json-value';
import type { Stamp } from '../../crdt/registers';
import { entriesOf, joinContent, NOTHING, splitDocument } from '../slots/slot-content';
import type { ContentDocument, SlotContent } from '../slots/slot-content';

export interface SlotWriterOptions {
  readonly ownSlots: OwnSlots;
  readonly vault: Vault;
  readonly ledger: WriterLedger;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** No other tab takes over from one that has been silent for less, ms. */
  readonly holderSilenceMs: number;
  readonly offer: (head: SlotHead) => void;
  readonly onProblem: (problem: SyncProblem) => void;
}

/** A filled slot that is ready to be written. */
export interface Filled {
  readonly slot: OwnSlot;
  readonly content: SlotContent;
  readonly packed: PackedPayload;
  /** Those of the given documents that are in it, or superseded by what is: they are durable when this version is, and not before. */
  readonly taken: readonly ContentDocument[];
}

/** Versions whose nonce is remembered, so that a clone's version of the same seq is told from an own old one. */
const HISTORY = 32;
const MAX_SLOTS_OF_ONE_SECOND = 50;
/** Enough for a full page at any plausible ratio; deflating everything for each page would be quadratic. */
const DOCUMENTS_OF_A_PAGE = 2000;

export type SlotWriter = ReturnType<typeof createSlotWriter>;

export function createSlotWriter(options: SlotWriterOptions) {
  const { ownSlots, vault, ledger, clock, offer, onProblem } = options;
  const slotsOfSecond = new Map<number, number>();
  let isBarred = false;

  /**
   * Puts as many of the documents, in their order, beside `base` as seal within `limitBytes` of padded size. Undefined if not even the first
   * one fits.
   */
  async function fill(
    slot: OwnSlot,
    base: SlotContent,
    documents: readonly ContentDocument[],
    limitBytes: number,
  ): Promise<Filled | undefined> {
    let fitting: Filled | undefined;
    let tooMany = documents.length + 1;
    let count = documents.length;
    // Deflated sizes are nearly proportional to the number of documents, so three or four attempts find the fullest slot.
    for (let attempt = 0; attempt < 12 && count > (fitting?.taken.length ?? 0); attempt++) {
      const taken = documents.slice(0, count);
      const content = joinContent(base, taken);
      const packed = await pack(slot, content);
      const bytes = packed.deflated.length;
      if (packed.paddedBytes !== undefined && packed.paddedBytes <= limitBytes) {
        fitting = { slot, content, packed, taken };
        if (bytes > limitBytes * 0.9) break;
      } else tooMany = count;
      const estimate = Math.floor((count * limitBytes * 0.97) / Math.max(bytes, 1));
      count = Math.max(1, Math.min(estimate, tooMany - 1));
      if (tooMany === 1) break;
    }
    return fitting;
  }

  const pack = (slot: OwnSlot, content: SlotContent): Promise<PackedPayload> =>
    vault.pack(payloadOf(slot, content), slot.lane === '');

  const payloadOf = (slot: OwnSlot, content: SlotContent): SlotPayload => ({
    dev: slot.name.deviceId,
    tier: slot.name.tier as Tier.Delta | Tier.Page,
    idx: slot.name.index,
    seq: seqAfter(slot),
    e: entriesOf(content),
  });

  /** Seals, records and offers a filled slot. False: nothing was written, because this writer may not write this slot any more. */
  async function write({ slot, content, packed, taken }: Filled): Promise<boolean> {
    if (!(await publish(slot, packed, { content, stamps: stampsOfAll(taken) }))) return false;
    ownSlots.hold(slot, content, packed.deflated.length);
    return true;
  }

  async function rewrite(slot: OwnSlot, content: SlotContent): Promise<boolean> {
    return write({ slot, content, packed: await pack(slot, content), taken: [] });
  }

  /** False: nothing was written, because no manifest may be written now. */
  async function writeManifest(fields: ManifestFields): Promise<boolean> {
    const newest = ownSlots.newestManifest();
    const slot = await ownSlots.manifest();
    if (!slot) return false;
    const { deviceId: dev, index: idx } = slot.name;
    // Of a device's manifests that with the greatest seq counts, at whatever index it is.
    const seq = Math.max(seqAfter(slot), (newest?.version?.seq ?? 0) + 1);
    return publish(slot, await vault.pack({ ...fields, dev, tier: Tier.Manifest, idx, seq }));
  }

  /** Writes a note, in the place of the one at `index` if there is one. False: nothing was written, because this slot may not be written now. */
  async function writeNote({ type, at, data }: Note, index?: number): Promise<boolean> {
    const slot = await ownSlots.note(index);
    if (ownSlots.isAhead(slot)) return false;
    const { deviceId: dev, index: idx } = slot.name;
    const packed = await vault.pack({ dev, tier: Tier.Note, idx, seq: seqAfter(slot), type, at, data });
    if (!(await publish(slot, packed))) return false;
    slot.note = { type, at, data };
    return true;
  }

  /** Writes what a slot holds once more, under the present time. */
  async function renew(slot: OwnSlot): Promise<boolean> {
    return slot.note ? writeNote(slot.note, slot.name.index) : rewrite(slot, await ownSlots.read(slot));
  }

  /** @param added the documents of the version, and the stamps that have come into the slot with it. */
  async function publish(slot: OwnSlot, packed: PackedPayload, added: Added = NOTHING_ADDED): Promise<boolean> {
    const { seq } = packed.payload;
    const [reservedNonce, left] = take(seq, slot.reserved);
    // Whatever becomes of it: a nonce that was taken is never taken again.
    slot.reserved = left;
    const at = { createdAt: nextCreatedAt(slot), nonce: reservedNonce ?? vault.newNonce() };
    const event = await vault.seal(packed, at);
    if (isBarred || slot.name.deviceId !== ownSlots.deviceId || ownSlots.isTaken(slot.d)) return false;
    const version: SlotVersion = { d: slot.d, seq, ...at, ...slot.name };
    // Before the commit, so that whatever is recorded of this slot meanwhile comes before it or knows of it.
    slot.unsettled.push({ nonce: at.nonce, stamps: added.stamps });
    const waiting = waitingOf(slot.unsettled, added.content);
    const history = historyWith(slot, version);
    const record: SlotRecord = { version, event, durable: false, ...(waiting && { waiting }), history };
    Object.assign(slot, { version, record, durable: false });
    const goesFirst = reservedNonce !== undefined && isSurelyHeld();
    if (goesFirst) offer({ version, event, own: true });
    const next = slot.name.tier === Tier.Delta ? renewed(seq, left, vault.newNonce) : undefined;
    const changes: LedgerChange[] = [{ kind: LedgerChangeKind.Slot, record }];
    if (!(await ledger.commit(next ? [reserving(slot, next), ...changes] : changes))) return false;
    if (next) slot.reserved = next;
    if (!goesFirst) offer({ version, event, own: true });
    return true;
  }

  /**
   * A worker that was frozen does not know that another has taken over. Without the answer of the ledger nothing is sent that one could have:
   * it would be taken for a clone's.
   */
  function isSurelyHeld(): boolean {
    return clock.monotonic() - ledger.heldAt < options.holderSilenceMs;
  }

  const historyWith = ({ record }: OwnSlot, { seq, nonce }: SlotVersion) => [
    ...(record?.history ?? []).slice(1 - HISTORY),
    [seq, nonce] as const,
  ];

  const reserving = ({ d, name: { tier, index } }: OwnSlot, { free, former }: Reserved): LedgerChange => ({
    kind: LedgerChangeKind.Reserve,
    reservation: { d, tier, index, versions: free, former },
  });

  /**
   * A former run has sent this version and did not come to record it; its content is merged. Resolves with the stamps that wait for it to be
   * durable; undefined where this run has written the slot since, or may not write any more.
   */
  async function reclaim(
    version: SlotVersion,
    event: SealedEvent,
    content: SlotContent,
  ): Promise<StampsByDocument | undefined> {
    const slot = ownSlots.get(version.d);
    if (isBarred || !slot) return undefined;
    const history = historyWith(slot, version);
    if (slot.version && !isNewer(version, slot.version)) {
      if (slot.record) slot.record = { ...slot.record, history };
      return undefined;
    }
    const added = { nonce: version.nonce, stamps: stampsSince(await ownSlots.read(slot), content) };
    const waiting = waitingOf([...slot.unsettled, added], content);
    const record: SlotRecord = { version, event, durable: false, ...(waiting && { waiting }), history };
    ownSlots.takeBack(slot, record, content);
    if (!(await ledger.commit([{ kind: LedgerChangeKind.Slot, record }]))) return undefined;
    offer({ version, event, own: true });
    return stampsWaiting(record, content);
  }

  function nextCreatedAt(slot: OwnSlot): number {
    let createdAt = Math.max(ownSlots.nowSeconds(), ownSlots.stampedAt(slot) + 1);
    while ((slotsOfSecond.get(createdAt) ?? 0) >= MAX_SLOTS_OF_ONE_SECOND) createdAt++;
    slotsOfSecond.set(createdAt, (slotsOfSecond.get(createdAt) ?? 0) + 1);
    for (const second of slotsOfSecond.keys()) if (second < createdAt - 120) slotsOfSecond.delete(second);
    return createdAt;
  }

  /** Puts all documents into pages of their own, the fullest that fit. False: not all, because this writer may not write any more. */
  async function writePages(documents: readonly ContentDocument[], lane: string, limitBytes: number): Promise<boolean> {
    const rest = [...documents];
    while (rest.length > 0) {
      const page = await ownSlots.freePage(lane);
      const filled = await fill(page, NOTHING, rest.slice(0, DOCUMENTS_OF_A_PAGE), limitBytes);
      if (filled) {
        if (!(await write(filled))) return false;
        rest.splice(0, filled.taken.length);
        continue;
      }
      const halves = splitDocument(rest[0]!);
      if (halves) rest.splice(0, 1, ...halves);
      else setAside(rest.shift()!);
    }
    return true;
  }

  function setAside(document: ContentDocument): void {
    onProblem({
      code: ErrorCode.ValueTooLarge,
      message: `A value of a document in "${document.collection}" does not fit into one event, so it stays on this device. Store it in smaller parts.`,
    });
  }

  /**
   * A version was read back from enough relays. Resolves with the stamps that are durable by it: a later version of a slot holds what an
   * earlier one held or what supersedes it, so earlier ones are settled with it. Undefined if that was known.
   */
  async function settle(version: SlotVersion): Promise<StampsByDocument | undefined> {
    const slot = ownSlots.get(version.d);
    if (!slot) return undefined;
    const at = slot.unsettled.findIndex(({ nonce }) => nonce === version.nonce);
    const settled = slot.unsettled.splice(0, at + 1);
    const isNewest = slot.version?.nonce === version.nonce;
    const isNews = settled.length > 0 || (isNewest && !slot.durable);
    if (isNews && slot.record && !slot.durable) {
      slot.durable = isNewest;
      const { waiting: _, ...record } = slot.record;
      slot.record = slot.durable ? { ...record, durable: true } : { ...record, waiting: waitingOf(slot.unsettled) };
      if (!(await ledger.commit([{ kind: LedgerChangeKind.Slot, record: slot.record }]))) return undefined;
    }
    const durable = new Map<string, Set<Stamp>>();
    for (const { stamps } of settled) for (const [key, ofDocument] of stamps) addStamps(durable, key, ofDocument);
    return isNews ? durable : undefined;
  }

  /**
   * Slots whose newest version relays refuse, because the clock was ahead when it was stamped, are left alone until its time. Notes go to other
   * slots at once. Resolves with the documents that have to.
   */
  async function leaveAhead(): Promise<{
    readonly slots: readonly OwnSlot[];
    readonly documents: readonly ContentDocument[];
  }> {
    const slots = ownSlots
      .all()
      .filter((slot) => !slot.durable && slot.version !== undefined && ownSlots.isAhead(slot));
    const documents: ContentDocument[] = [];
    for (const slot of slots) {
      documents.push(...(await ownSlots.read(slot)).values());
      ownSlots.hold(slot, NOTHING, 0);
      slot.unsettled = [];
      await moveNote(slot);
    }
    return { slots, documents };
  }

  /** Unless that was done before a restart. */
  async function moveNote(slot: OwnSlot): Promise<void> {
    const { note } = slot;
    slot.note = undefined;
    if (note && !ownSlots.notes().some((other) => sameNote(other.note, note))) await writeNote(note);
  }

  return {
    leaveAhead,
    fill,
    write,
    rewrite,
    writePages,
    writeManifest,
    writeNote,
    renew,
    settle,
    reclaim,
    /** Another copy of this installation writes these slots: not one more version of them. */
    bar(): void {
      isBarred = true;
    },
    /** The own slots are others now. */
    admit(): void {
      isBarred = false;
    },
  };
}

interface Added {
  readonly content: SlotContent;
  readonly stamps: StampsByDocument;
}

const NOTHING_ADDED: Added = { content: NOTHING, stamps: new Map() };

const seqAfter = ({ version, reserved }: OwnSlot): number => nextSeq(version?.seq ?? 0, reserved);

const sameNote = (a: Note | undefined, b: Note): boolean =>
  a !== undefined && a.type === b.type && a.at === b.at && sameValue(a.data, b.data);
