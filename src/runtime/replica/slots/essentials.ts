/** Keeps what the schema requires of a document in the same entry as its `inserted` (docs/protocol.md, section 4). */
import type { Store } from '../../contracts/store';
import { isAlive, registersOf } from '../../crdt/join';
import type { Register, Registers } from '../../crdt/registers';
import { laterStamp } from '../../crdt/stamp';
import { byCollection, keyOf } from './slot-content';
import type { ContentDocument } from './slot-content';

/**
 * The parts with, beside each `inserted`, a copy of the essential registers that the document has and the part lacks under any stamp; where the document is
 * dead, a copy of its `deleted`, because what that hides may have left the part. Parts without `inserted`, and those of documents that are not in the store,
 * are returned as they are.
 */
export async function withEssentials(
  store: Store,
  parts: readonly ContentDocument[],
): Promise<readonly ContentDocument[]> {
  const completed = new Map<string, ContentDocument>();
  for (const [collection, documents] of byCollection(
    parts.filter(({ registers }) => registers.inserted !== undefined),
  )) {
    if (!store.collections.includes(collection)) continue;
    const stored = await store.read(
      collection,
      documents.map(({ id }) => id),
    );
    for (const part of documents) {
      const whole = stored.get(part.id)?.registers;
      const names = whole && (store.essentialsOf?.(collection, whole) ?? []);
      if (whole && names)
        completed.set(keyOf(part), { ...part, registers: completedPart(part.registers, whole, names) });
    }
  }
  return completed.size === 0 ? parts : parts.map((part) => completed.get(keyOf(part)) ?? part);
}

function completedPart(part: Registers, whole: Registers, essentials: readonly string[]): Registers {
  const missing = essentials.flatMap((name): (readonly [string, Register])[] =>
    part.leaves.has(name) ? [] : [[name, whole.leaves.get(name)!]],
  );
  const deleted = isAlive(whole) ? part.deleted : laterStamp(part.deleted, whole.deleted);
  return registersOf(part.inserted, deleted, missing.length > 0 ? new Map([...part.leaves, ...missing]) : part.leaves);
}
