/** The merge state of one document and its entry on the wire (docs/protocol.md, sections 2 and 4): types only. */
import type { SyncValue } from '../core/json';

/** ms (48 bit) || counter (16 bit) || first 8 bytes of the device id, as 32 lower-case hex digits; sorts as text. */
export type Stamp = string;

/** A register of one name. Without `value` it is a tombstone, which is below all values. */
export interface Register {
  readonly stamp: Stamp;
  readonly value?: SyncValue;
}

export interface Registers {
  readonly inserted?: Stamp;
  readonly deleted?: Stamp;
  /** Names are unique strings of docs/protocol.md, section 4; a Map because `__proto__` is a name like any other. */
  readonly leaves: ReadonlyMap<string, Register>;
}

/** [collection, id, { name: [stamp, value] | [stamp] }, inserted?, deleted?]; absent stamps before a present one are null. */
export type Entry = readonly [
  collection: string,
  id: string,
  leaves: { readonly [name: string]: readonly [Stamp] | readonly [Stamp, SyncValue] },
  inserted?: Stamp | null,
  deleted?: Stamp | null,
];
