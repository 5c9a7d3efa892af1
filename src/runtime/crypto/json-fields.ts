/** Fields of a payload that any version of the kit, or whoever else holds the keys, may have written. */
import { isJson, isPlainObject } from '../core/json';
import type { SyncObject } from '../core/json';
import { utf8Bytes } from '../crdt/json-value';

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
  const members = Object.entries(value).filter(([, member]) => isJson(member));
  const object: SyncObject = Object.fromEntries(members);
  return utf8Bytes(JSON.stringify(object)) <= maxBytes ? object : {};
}
