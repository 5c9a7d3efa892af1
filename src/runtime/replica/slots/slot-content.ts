/** What a slot carries: a bag of documents, each with those of its registers that live in this slot. */
import { entryOf, readEntry } from '../../crdt/entry';
import type { EntryContent } from '../../crdt/entry';
import { isEmpty, joinRegisters, registersAfterDeletion, registersOf } from '../../crdt/join';
import { isTooLarge } from '../../crdt/register-size';
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

export interface WrittenEntry {
  readonly entry: Entry;
  readonly json: string;
}

/** A document's entry, which is made once: packing needs it again and again. */
export function writtenEntry(document: ContentDocument): WrittenEntry {
  let written = writtenEntries.get(document);
  if (!written) {
    const entry = entryOf(document.collection, document.id, document.registers);
    written = { entry, json: JSON.stringify(entry) };
    writtenEntries.set(document, written);
  }
  return written;
}

const writtenEntries = new WeakMap<ContentDocument, WrittenEntry>();

/** In characters, of which those beyond ASCII take more bytes. */
export function jsonLength(documents: Iterable<ContentDocument>): number {
  let length = 0;
  for (const document of documents) length += writtenEntry(document).json.length;
  return length;
}

export function entriesOf(content: SlotContent): readonly Entry[] {
  return [...content.values()].map((document) => writtenEntry(document).entry);
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

/** Those of the registers apart that every reader would leave out for their size (`isTooLarge`). */
export function partBySize(content: SlotContent): { readonly fitting: SlotContent; readonly tooLarge: SlotContent } {
  const fitting = new Map(content);
  const tooLarge = new Map<string, ContentDocument>();
  for (const [key, document] of content) {
    const { inserted, deleted, leaves } = document.registers;
    const excess = new Map([...leaves].filter(([name, { value }]) => isTooLarge(name, value)));
    if (excess.size === 0) continue;
    const registers = registersOf(inserted, deleted, new Map([...leaves].filter(([name]) => !excess.has(name))));
    tooLarge.set(key, { ...document, registers: { leaves: excess } });
    if (isEmpty(registers)) fitting.delete(key);
    else fitting.set(key, { ...document, registers });
  }
  return { fitting, tooLarge };
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
 * A document that no slot can hold whole in about so many pieces (2 at least) of nearly equal length, the life stamps in the first, each with what
 * it builds on, because one of them may reach a relay alone; undefined when it cannot be split.
 * @param essentials names of registers that stay with `inserted`.
 */
export function splitDocument(
  document: ContentDocument,
  pieces: number,
  essentials: readonly string[] = [],
): readonly ContentDocument[] | undefined {
  const { inserted, deleted } = document.registers;
  const staysFirst = new Set(essentials);
  const first = [...document.registers.leaves].filter(([name]) => staysFirst.has(name));
  const leaves = [...document.registers.leaves].filter(([name]) => !staysFirst.has(name));
  const lengths = leaves.map((leaf) => JSON.stringify(leaf).length);
  const pieceLength = lengths.reduce((sum, each) => sum + each, 0) / pieces;
  const hasLife = inserted !== undefined || deleted !== undefined || first.length > 0;
  const parts: Registers[] = [];
  let part = new Map<string, Register>(first);
  let length = 0;
  const end = (): void => {
    if (parts.length === 0) parts.push(registersOf(inserted, deleted, part));
    else parts.push({ leaves: part });
    part = new Map();
    length = 0;
  };
  for (const [index, [name, register]] of leaves.entries()) {
    const isEmptyPart = length === 0 && (parts.length > 0 || !hasLife);
    if (length + lengths[index]! > pieceLength && !isEmptyPart) end();
    part.set(name, register);
    length += lengths[index]!;
  }
  if (part.size > 0) end();
  if (parts.length < 2) return undefined;
  return parts.map((registers) => {
    const piece = { ...document, registers };
    const complete = withPredecessors(piece, document.registers);
    // A piece that is no smaller than the whole would be split for ever.
    return registerCount(complete) < registerCount(document) ? complete : piece;
  });
}
