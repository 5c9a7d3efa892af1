/**
 * The slot writer: one version of an own slot is one ledger transaction and one signed event. Nothing reaches the mesh before its seq and nonce are in
 * the ledger: with its event, or of a delta slot reserved. A version is durable when it was read back from enough relays.
 */
import { LedgerChangeKind } from '../../persistence/ledger';
import type { LedgerChange, SlotRecord, WriterLedger } from '../../persistence/ledger';
import type { OwnSlot, OwnSlots } from '../slots/own-slots';
import { addStamps, stampsOfAll, stampsSince, stampsWaiting, waitingOf } from '../slots/waiting';
import type { StampsByDocument } from '../slots/waiting';
import { renewed, take } from '../slots/reserved-versions';
import type { Reserved } from '../slots/reserved-versions';
import { isNewer } from '../../contracts/version-order';
import type { Clock } from '../../core/clock';
import { MAX_PADDED_BYTES, Tier } from '../../contracts/slot';
import type { SlotHead } from '../../contracts/mesh';
import type { ManifestFields, Note, SealedEvent, SlotVersion } from '../../contracts/slot';
import type { PackedPayload, Vault } from '../../contracts/vault';
import { sameValue } from '../../crdt/json-value';
import type { Stamp } from '../../crdt/registers';
import { NOTHING } from '../slots/slot-content';
import type { ContentDocument, SlotContent } from '../slots/slot-content';
import { createPacking, seqAfter } from './packing';
import type { Filled } from './packing';
import { createPages } from './pages';

export interface SlotWriterOptions {
  readonly ownSlots: OwnSlots;
  readonly vault: Vault;
  readonly ledger: WriterLedger;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** For so long after an answer of the ledger no other tab can have taken over, ms. */
  readonly sureForMs: number;
  readonly offer: (head: SlotHead) => void;
  /** Names of the registers that stay in one entry with the document's `inserted`. */
  readonly essentialsOf?: (document: ContentDocument) => readonly string[];
  /** Padded size of the largest page that may be written at all. */
  readonly largestBytes?: number;
}

/** Versions whose nonce is remembered, so that a clone's version of the same seq is told from an own old one. */
const HISTORY = 32;
const MAX_SLOTS_OF_ONE_SECOND = 50;

export type SlotWriter = ReturnType<typeof createSlotWriter>;

export function createSlotWriter(options: SlotWriterOptions) {
  const { ownSlots, vault, ledger, clock, offer, essentialsOf = () => [], largestBytes = MAX_PADDED_BYTES } = options;
  const packing = createPacking(vault);
  const slotsOfSecond = new Map<number, number>();
  let isBarred = false;

  /** Seals, records and offers a filled slot. False: nothing was written, because this writer may not write this slot any more. */
  async function write({ slot, content, packed, taken }: Filled): Promise<boolean> {
    const stamps = stampsOfAll(taken);
    if (!(await publish(slot, packed, { content, stamps }))) return false;
    ownSlots.hold(slot, content, { deflated: packed.deflated.length, json: packed.jsonBytes });
    return true;
  }

  /** False also where the content does not fit any more, which a part of what the slot holds always does but for a few bytes. */
  async function rewrite(slot: OwnSlot, content: SlotContent): Promise<boolean> {
    const filled = await packing.pack(slot, content);
    return filled.packed.paddedBytes !== undefined && write(filled);
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
    const [reserved, left] = take(seq, slot.reserved);
    // Whatever becomes of it: a nonce that was taken is never taken again.
    slot.reserved = left;
    // An image of this machine may have been started twice, and both have the same reservation in memory.
    const reservedNonce = isSurelyHeld() ? reserved : undefined;
    const at = { createdAt: nextCreatedAt(slot), nonce: reservedNonce ?? vault.newNonce() };
    const event = await vault.seal(packed, at);
    if (isBarred || slot.name.deviceId !== ownSlots.deviceId || ownSlots.isTaken(slot.d)) return false;
    const version: SlotVersion = { d: slot.d, seq, ...at, ...slot.name };
    // Before the commit, so that whatever is recorded of this slot meanwhile comes before it or knows of it.
    slot.unsettled.push({ nonce: at.nonce, stamps: added.stamps });
    const waiting = waitingOf(slot.unsettled, added.content);
    const history = historyWith(slot, version);
    const record: SlotRecord = { version, event, durable: false, ...(waiting && { waiting }), history };
    Object.assign(slot, { version, record, durable: false, isOfThisRun: true });
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
    return clock.monotonic() - ledger.heldAt < options.sureForMs;
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
   * A former run has sent this version and did not come to record it; its content is merged. It is the newest of its slot again, unless this run has
   * written the slot since: then what this run wrote there comes after it.
   * @returns what of it is not durable yet if it is; undefined if not, and then its content may stand in no slot.
   */
  async function reclaim(
    version: SlotVersion,
    event: SealedEvent,
    content: SlotContent,
  ): Promise<StampsByDocument | undefined> {
    const slot = ownSlots.get(version.d);
    if (isBarred || !slot) return undefined;
    const history = historyWith(slot, version);
    if (slot.isOfThisRun) {
      if (slot.record) slot.record = { ...slot.record, history };
      // Relays that have the former run's version refuse an older one.
      if (slot.version && isNewer(version, slot.version)) await rewrite(slot, await ownSlots.read(slot));
      return undefined;
    }
    if (slot.version && !isNewer(version, slot.version)) return undefined;
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

  /**
   * A version was read back from these relays, which are enough. Resolves with the stamps that are durable by it: a later version of a slot holds what an
   * earlier one held or what supersedes it, so earlier ones are settled with it. Undefined if that was known.
   */
  async function settle(version: SlotVersion, storedOn: readonly string[]): Promise<StampsByDocument | undefined> {
    const slot = ownSlots.get(version.d);
    if (!slot) return undefined;
    const at = slot.unsettled.findIndex(({ nonce }) => nonce === version.nonce);
    const settled = slot.unsettled.splice(0, at + 1);
    const isNewest = slot.version?.nonce === version.nonce;
    const isNews = settled.length > 0 || (isNewest && !slot.durable);
    if (isNews && slot.record && !slot.durable) {
      slot.durable = isNewest;
      const { waiting: _, ...record } = slot.record;
      slot.record = slot.durable
        ? { ...record, durable: true, storedOn }
        : { ...record, waiting: waitingOf(slot.unsettled) };
      if (!(await ledger.commit([{ kind: LedgerChangeKind.Slot, record: slot.record }]))) return undefined;
    }
    const durable = new Map<string, Set<Stamp>>();
    for (const { stamps } of settled) for (const [key, ofDocument] of stamps) addStamps(durable, key, ofDocument);
    return isNews ? durable : undefined;
  }

  /**
   * Slots whose newest version relays refuse, because the clock was ahead when it was stamped, are left alone until its time. Notes go to other
   * slots at once. Resolves with the documents that have to. A clock that was right and is slow now looks the same, and relays may have the version
   * then: see `takeBackLeft`.
   */
  async function leaveAhead(): Promise<{
    readonly slots: readonly OwnSlot[];
    readonly documents: readonly ContentDocument[];
  }> {
    const slots = ownSlots
      .all()
      .filter((slot) => !slot.durable && !slot.isLeft && slot.version !== undefined && ownSlots.isAhead(slot));
    const documents: ContentDocument[] = [];
    for (const slot of slots) {
      documents.push(...(await ownSlots.read(slot)).values());
      slot.isLeft = slot.registers > 0;
      slot.unsettled = [];
      await moveNote(slot);
    }
    return { slots, documents };
  }

  /** Slots that were left and no longer lie ahead are in use again. Other slots hold the same by now, and compaction removes one of the copies. */
  function takeBackLeft(): void {
    for (const slot of ownSlots.returning()) {
      slot.isLeft = false;
      slot.full = slot.name.tier === Tier.Delta;
      const { version, event } = slot.record!;
      offer({ version, event, own: true });
    }
  }

  /** Unless that was done before a restart. */
  async function moveNote(slot: OwnSlot): Promise<void> {
    const { note } = slot;
    slot.note = undefined;
    if (note && !ownSlots.notes().some((other) => sameNote(other.note, note))) await writeNote(note);
  }

  return {
    leaveAhead,
    takeBackLeft,
    fill: packing.fill,
    pack: packing.pack,
    write,
    rewrite,
    ...createPages({ ownSlots, packing, write, essentialsOf, largestBytes }),
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

const sameNote = (a: Note | undefined, b: Note): boolean =>
  a !== undefined && a.type === b.type && a.at === b.at && sameValue(a.data, b.data);
