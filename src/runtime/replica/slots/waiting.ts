/**
 * What of the newest version of an own slot is not durable: the ledger keeps it with the version, so that it is known after a restart too. What an
 * earlier version held, and relays had stored, is not in it.
 */
import type { SlotRecord } from '../../persistence/ledger';
import type { Stamp } from '../../crdt/registers';
import { keyOf, stampsOf } from './slot-content';
import type { ContentDocument, SlotContent } from './slot-content';

/** Stamps by document key. */
export type StampsByDocument = ReadonlyMap<string, ReadonlySet<Stamp>>;

/** A version that was written and not yet seen as durable. */
export interface Unsettled {
  readonly nonce: string;
  /** Those that came into the slot with it. */
  readonly stamps: StampsByDocument;
}

/**
 * For the record of a version with this content. Undefined if all of it waits, so that it takes no room for what a bulk has written.
 * @param content without it all is kept that waits, whether the version still holds it or not.
 */
export function waitingOf(unsettled: readonly Unsettled[], content?: SlotContent): SlotRecord['waiting'] {
  const all = new Map<string, Set<Stamp>>();
  for (const { stamps } of unsettled) for (const [key, ofDocument] of stamps) addStamps(all, key, ofDocument);
  if (!content) return [...all].map(([key, stamps]) => [key, ...stamps]);
  const held = heldOf(all, content);
  const isAll =
    held.size === content.size &&
    [...content].every(([key, { registers }]) => held.get(key)!.size === stampsOf(registers).size);
  return isAll ? undefined : [...held].map(([key, stamps]) => [key, ...stamps]);
}

/** What waits of a version that the ledger has. */
export function stampsWaiting({ durable, waiting }: SlotRecord, content: SlotContent): StampsByDocument {
  if (durable) return new Map();
  if (!waiting) return stampsOfAll(content.values());
  return heldOf(new Map(waiting.map(([key, ...stamps]) => [key!, new Set(stamps)])), content);
}

/** Those that the content holds. */
function heldOf(stamps: StampsByDocument, content: SlotContent): StampsByDocument {
  const held = new Map<string, ReadonlySet<Stamp>>();
  for (const [key, ofDocument] of stamps) {
    const document = content.get(key);
    const present = document && [...stampsOf(document.registers)].filter((stamp) => ofDocument.has(stamp));
    if (present && present.length > 0) held.set(key, new Set(present));
  }
  return held;
}

/** What a content has that another one has not. */
export function stampsSince(before: SlotContent, content: SlotContent): StampsByDocument {
  const known = stampsOfAll(before.values());
  const since = new Map<string, ReadonlySet<Stamp>>();
  for (const [key, stamps] of stampsOfAll(content.values())) {
    const added = [...stamps].filter((stamp) => !known.get(key)?.has(stamp));
    if (added.length > 0) since.set(key, new Set(added));
  }
  return since;
}

export function stampsOfAll(documents: Iterable<ContentDocument>): StampsByDocument {
  const stamps = new Map<string, Set<Stamp>>();
  for (const document of documents) addStamps(stamps, keyOf(document), stampsOf(document.registers));
  return stamps;
}

export function addStamps(to: Map<string, Set<Stamp>>, key: string, stamps: Iterable<Stamp>): void {
  let known = to.get(key);
  if (!known) to.set(key, (known = new Set()));
  for (const stamp of stamps) known.add(stamp);
}
