/** Fields of a payload that any version of the kit, or whoever else holds the keys, may have written. */
import type { SyncObject, SyncValue } from '../core/json';
import { isPlainObject, MAX_DEPTH, utf8Bytes } from '../crdt/json-value';

/** A payload as `JSON.parse` gives it. */
export interface Fields {
  readonly [name: string]: unknown;
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** An object of JSON without those of its members that documents could not hold; empty where the rest takes more than `maxBytes`. */
export function readObject(value: unknown, maxBytes: number): SyncObject {
  if (!isPlainObject(value)) return {};
  const members = Object.entries(value).filter(([, member]) => isJson(member, MAX_DEPTH));
  const object: SyncObject = Object.fromEntries(members);
  return utf8Bytes(JSON.stringify(object)) <= maxBytes ? object : {};
}

/** `JSON.parse` makes an infinity of 1e999, and nests without end. */
function isJson(value: unknown, depth: number): value is SyncValue {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((child) => isJson(child, depth - 1));
}
