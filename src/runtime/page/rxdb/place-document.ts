/** Where a document stands among those that a query has found. */
import type { SyncObject } from '../../core/json';

export interface Placing {
  /** By the selector. */
  readonly matches: (document: SyncObject) => boolean;
  /** By the sort, and the id where that says nothing. */
  readonly compare: (one: SyncObject, other: SyncObject) => number;
  readonly idOf: (document: SyncObject) => string;
  /** Nothing comes before what was found. */
  readonly isFirstPage: boolean;
  /** If so many were found there may be more, which come after them. */
  readonly mostKnown: number;
}

/**
 * The documents that a query finds when one of them, or another one, has become `document`.
 * @param found in their order.
 * @param document null where there is none.
 */
export function placeDocument(
  found: readonly SyncObject[],
  id: string,
  document: SyncObject | null,
  { matches, compare, idOf, isFirstPage, mostKnown }: Placing,
): readonly SyncObject[] {
  const at = found.findIndex((one) => idOf(one) === id);
  const others = at < 0 ? found : [...found.slice(0, at), ...found.slice(at + 1)];
  if (!document || !matches(document)) return others;
  if (at >= 0 && compare(document, found[at]!) === 0) return found.map((one, index) => (index === at ? document : one));
  const next = others.findIndex((one) => compare(document, one) < 0);
  const isBeyond = next < 0 && found.length >= mostKnown;
  const isBefore = !isFirstPage && (next === 0 || others.length === 0);
  if (isBeyond || isBefore) return others;
  const place = next < 0 ? others.length : next;
  return [...others.slice(0, place), document, ...others.slice(place)];
}
