/** JSON as documents hold it. */

/** What a document may hold: JSON. See docs/protocol.md, section 4, for the values that a write refuses. */
export type SyncValue = string | number | boolean | null | readonly SyncValue[] | SyncObject;

/** A plain JSON object. */
export interface SyncObject {
  readonly [property: string]: SyncValue;
}

/** A document of a collection: a plain object with the collection's primary key. */
export type SyncDocument = SyncObject;
