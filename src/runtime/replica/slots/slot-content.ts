/** What a slot carries: a bag of documents, each with those of its registers that live in this slot. */
import { entryOf, readEntry } from '../../crdt/entry';
import type { EntryContent } from '../../crdt/entry';
import { isEmpty, joinRegisters, registersAfterDeletion, registersOf } from '../../crdt/join';
import { withPredecessors } from './predecessors';
import type { Entry, Register, Registers, Stamp } from '../../crdt/registers';

export type ContentDocument = EntryContent;

/** Documents by key. */
export type SlotContent = ReadonlyMap<string, ContentDocument>;

/** U+0000 cannot be in a collection's name, so the key is injective. */
export const documentKey = (collection: string, id: string): string => `${collection}\u0000${id}`;

export const keyOf = (document: { readonly collection: string; readonly id: string }): string =>
  documentKey(document.collection, document.id);

export const NOTHING: SlotContent = new Map();

export interface ReadContent {
  readonly content: SlotContent;
  /** Parts of the entries that no build can read: they are left out. */
  readonly damaged: number;
}

/** Reads the entries of a payload, which may be anything. */
export function readContent(entries: readonly unknown[]): ReadContent {
  const documents: ContentDocument[] = [];
  let damaged = 0;
  for (const entry of entries) {
    const read = readEntry(entry);
    damaged += read.damaged;
    const isLost = read.damaged > 0 && read.content !== undefined && isEmpty(read.content.registers);
    if (read.content && !isLost) documents.push(read.content);
  }
  return { content: joinContent(NOTHING, documents), damaged };
}

export const contentOf = (entries: readonly unknown[]): SlotContent => readContent(entries).content;

export function entriesOf(content: SlotContent): readonly Entry[] {
  return [...content.values()].map(({ collection, id, registers }) => entryOf(collection, id, registers));
}

/** The greater register of each name stays; what a deletion in the same bag hides is dropped. */
export function joinContent(content: SlotContent, documents: Iterable<ContentDocument>): SlotContent {
  const joined = new Map(content);
  for (const document of documents) {
    const key = keyOf(document);
    const known = joined.get(key);
    const registers = registersAfterDeletion(
      known ? joinRegisters(known.registers, document.registers) : document.registers,
    );
    joined.set(key, registers === document.registers ? document : { ...document, registers });
  }
  return joined;
}

/** The documents of a bag by the collection they belong to. */
export function byCollection(documents: Iterable<ContentDocument>): ReadonlyMap<string, readonly ContentDocument[]> {
  const collections = new Map<string, ContentDocument[]>();
  for (const document of documents) {
    const known = collections.get(document.collection);
    if (known) known.push(document);
    else collections.set(document.collection, [document]);
  }
  return collections;
}

/** Registers and life stamps of a document, counted as the packing counts them. */
export function registerCount({ registers }: { readonly registers: Registers }): number {
  return registers.leaves.size + (registers.inserted === undefined ? 0 : 1) + (registers.deleted === undefined ? 0 : 1);
}

/** The stamps in a document, each once: those of the writes that it still shows. */
export function stampsOf({ inserted, deleted, leaves }: Registers): ReadonlySet<Stamp> {
  const stamps = new Set<Stamp>();
  if (inserted !== undefined) stamps.add(inserted);
  if (deleted !== undefined) stamps.add(deleted);
  for (const { stamp } of leaves.values()) stamps.add(stamp);
  return stamps;
}

/**
 * Halves of a document that no slot can hold whole, each with what it builds on, because one of them may reach a relay alone; undefined when it is
 * a single register.
 */
export function splitDocument(document: ContentDocument): readonly [ContentDocument, ContentDocument] | undefined {
  const leaves = [...document.registers.leaves];
  const { inserted, deleted } = document.registers;
  const hasLife = inserted !== undefined || deleted !== undefined;
  if (leaves.length + (hasLife ? 1 : 0) < 2) return undefined;
  const middle = hasLife ? Math.floor(leaves.length / 2) : Math.ceil(leaves.length / 2);
  const part = (registers: Registers): ContentDocument => {
    const half = { ...document, registers };
    const complete = withPredecessors(half, document.registers);
    // A half that is no smaller than the whole would be halved for ever.
    return registerCount(complete) < registerCount(document) ? complete : half;
  };
  return [
    part(registersOf(inserted, deleted, new Map<string, Register>(leaves.slice(0, middle)))),
    part({ leaves: new Map(leaves.slice(middle)) }),
  ];
}
