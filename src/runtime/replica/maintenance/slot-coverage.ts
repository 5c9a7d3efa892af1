/**
 * Coverage: which registers stand in a slot, so that a comparison with the documents finds those that are still to be published
 * (after a restart, a crash of another tab, a lost ledger), and those that the documents no longer need or have lost.
 */
import { authorOf, isEmpty, registersAfterDeletion, registersOf, registersWhere } from '../../crdt/join';
import type { Store, StoredDocument } from '../../contracts/store';
import type { Register, Registers, Stamp } from '../../crdt/registers';
import { documentKey } from '../slots/slot-content';
import type { ContentDocument, SlotContent } from '../slots/slot-content';

/** Stand for the two life stamps beside the names of registers, which all begin with a slash. */
const INSERTED = 'inserted';
const DELETED = 'deleted';

export class SlotCoverage {
  /** 53-bit hashes: 500,000 registers take 20 MB, and one of them is taken for covered by mistake with a probability of 1e-10. */
  private readonly hashes = new Set<number>();
  private readonly leftOut = new Set<string>();

  add(content: SlotContent): void {
    for (const [key, { registers }] of content)
      forEachPlace(registers, (name, stamp) => this.hashes.add(hash(key, name, stamp)));
  }

  /** Ticks a document's registers off, and returns those that stand in no slot. */
  tickOff(key: string, registers: Registers): Registers {
    const isOpen = (name: string, stamp: Stamp) => !this.hashes.has(hash(key, name, stamp));
    const { inserted, deleted } = registers;
    const leaves = new Map<string, Register>();
    for (const [name, register] of registers.leaves) if (isOpen(name, register.stamp)) leaves.set(name, register);
    const open = registersOf(
      inserted !== undefined && isOpen(INSERTED, inserted) ? inserted : undefined,
      deleted !== undefined && isOpen(DELETED, deleted) ? deleted : undefined,
      leaves,
    );
    forEachPlace(registers, (name, stamp) => this.hashes.delete(hash(key, name, stamp)));
    return open;
  }

  /** Nothing is known of what a document needs: no register of it counts as superseded or lost. */
  leaveOut(key: string): void {
    this.leftOut.add(key);
  }

  /** Of a document in a slot, how many registers no document has ticked off: they are superseded, or lost to the documents. */
  countLeft(key: string, registers: Registers): number {
    let left = 0;
    if (this.leftOut.has(key)) return left;
    forEachPlace(registers, (name, stamp) => {
      if (this.hashes.has(hash(key, name, stamp))) left++;
    });
    return left;
  }
}

function forEachPlace({ inserted, deleted, leaves }: Registers, visit: (name: string, stamp: Stamp) => void): void {
  for (const [name, { stamp }] of leaves) visit(name, stamp);
  if (inserted !== undefined) visit(INSERTED, inserted);
  if (deleted !== undefined) visit(DELETED, deleted);
}

/** Of a document, what stands in no slot. */
export interface Uncovered {
  readonly open: ContentDocument;
  /** All that the document has, but for what its deletion hides. */
  readonly whole: Registers;
}

/**
 * Compares all documents with the coverage and yields, in batches, what no slot carries. Each document is passed to `look`, but for those of a
 * newer version of the app, which publishes them itself.
 */
export async function* findUncovered(
  store: Store,
  coverage: SlotCoverage,
  look: (collection: string, document: StoredDocument) => void,
): AsyncGenerator<readonly Uncovered[]> {
  for (const collection of store.collections) {
    for await (const documents of store.scan(collection, 200)) {
      const found = documents.flatMap((document) => {
        const { id, registers, isNewer } = document;
        if (isNewer) {
          coverage.leaveOut(documentKey(collection, id));
          return [];
        }
        look(collection, document);
        // What a deletion hides for ever need not be live.
        const whole = registersAfterDeletion(registers);
        const open = coverage.tickOff(documentKey(collection, id), whole);
        return isEmpty(open) ? [] : [{ open: { collection, id, registers: open }, whole }];
      });
      if (found.length > 0) yield found;
    }
  }
}

/** The registers of a document whose stamps are wanted, as a list of none or one. */
export function partOf(document: ContentDocument, isWanted: (stamp: Stamp) => boolean): readonly ContentDocument[] {
  const registers = registersWhere(document.registers, isWanted);
  return isEmpty(registers) ? [] : [{ ...document, registers }];
}

export const isAuthoredBy =
  (deviceIds: readonly string[]) =>
  (stamp: Stamp): boolean => {
    const author = authorOf(stamp);
    return deviceIds.some((deviceId) => deviceId.startsWith(author));
  };

/** cyrb53 by bryc (public domain): two 32-bit multiplicative hashes joined to 53 bits. */
function hash(key: string, name: string, stamp: Stamp): number {
  let h1 = 0xdeadbeef;
  let h2 = 0x41c6ce57;
  for (const part of [key, name, stamp]) {
    for (let index = 0; index < part.length; index++) {
      const code = part.charCodeAt(index);
      h1 = Math.imul(h1 ^ code, 2654435761);
      h2 = Math.imul(h2 ^ code, 1597334677);
    }
    h1 = Math.imul(h1 ^ 0x1f, 2654435761);
    h2 = Math.imul(h2 ^ 0x1f, 1597334677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
  return 4294967296 * (2097151 & h2) + (h1 >>> 0);
}
