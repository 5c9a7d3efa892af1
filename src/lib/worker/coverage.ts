/**
 * Coverage: which registers stand in a slot that is known, so that a comparison with the documents finds those that are still to be
 * published (after a restart, a crash of another tab, a lost ledger) or that no slot carries any more.
 */
import { authorOf, isEmpty, registersOf, registersWhere } from './merge';
import type { Store } from './ports';
import type { Registers, Stamp } from './registers';
import { documentKey } from './slot-content';
import type { ContentDocument, SlotContent } from './slot-content';

/** Stand for the two life stamps beside the names of registers, which all begin with a slash. */
const INSERTED = 'inserted';
const DELETED = 'deleted';

export class Coverage {
  /** 53-bit hashes: 500,000 registers take 20 MB, and one of them is taken for covered by mistake with a probability of 1e-10. */
  private readonly hashes = new Set<number>();

  add(content: SlotContent): void {
    for (const [key, { registers }] of content) {
      for (const [name, { stamp }] of registers.leaves) this.hashes.add(hash(key, name, stamp));
      if (registers.inserted !== undefined) this.hashes.add(hash(key, INSERTED, registers.inserted));
      if (registers.deleted !== undefined) this.hashes.add(hash(key, DELETED, registers.deleted));
    }
  }

  /** The registers of a document that stand in no known slot, life stamps included; undefined if there are none. */
  uncovered(key: string, registers: Registers, wanted: (stamp: Stamp) => boolean): Registers | undefined {
    const isOpen = (name: string, stamp: Stamp | undefined): stamp is Stamp =>
      stamp !== undefined && wanted(stamp) && !this.hashes.has(hash(key, name, stamp));
    const leaves = new Map([...registers.leaves].filter(([name, { stamp }]) => isOpen(name, stamp)));
    const inserted = isOpen(INSERTED, registers.inserted) ? registers.inserted : undefined;
    const deleted = isOpen(DELETED, registers.deleted) ? registers.deleted : undefined;
    const open = registersOf(inserted, deleted, leaves);
    return isEmpty(open) ? undefined : open;
  }
}

/** Compares all documents with the coverage and yields, in batches, what no slot carries. */
export async function* findUncovered(
  store: Store,
  coverage: Coverage,
  wanted: (stamp: Stamp) => boolean,
): AsyncGenerator<readonly ContentDocument[]> {
  for (const collection of store.collections) {
    for await (const documents of store.scan(collection, 200)) {
      const found = documents.flatMap(({ id, registers }) => {
        const open = coverage.uncovered(documentKey(collection, id), registers, wanted);
        return open ? [{ collection, id, registers: open }] : [];
      });
      if (found.length > 0) yield found;
    }
  }
}

/** The registers of one local write, which all carry its stamp. */
export function writtenAt(document: ContentDocument, stamp: Stamp): ContentDocument {
  return { ...document, registers: registersWhere(document.registers, (own) => own === stamp) };
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
