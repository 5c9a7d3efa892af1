/** How large a register may be, when it is written and when it is read. */
import type { SyncValue } from '../core/json';
import { canonicalJson, isArray, utf8Bytes } from './json-value';

/**
 * The largest register in bytes of canonical JSON, name and value together. Uncompressed, so that what fits does not depend on what else
 * the value holds; a page of 32 kB has room for it with its id and stamps.
 */
export const MAX_REGISTER_BYTES = 24_576;

export function registerBytes(name: string, value: SyncValue | undefined): number {
  return utf8Bytes(name) + (value === undefined ? 0 : utf8Bytes(canonicalJson(value)));
}

/** @param value JSON, not deeper than `MAX_DEPTH` */
export function isTooLarge(name: string, value: SyncValue | undefined): boolean {
  if (name.length > MAX_REGISTER_BYTES) return true;
  // No unit of a name takes more than 3 bytes of UTF-8.
  if (3 * name.length + mostBytesOf(value) <= MAX_REGISTER_BYTES) return false;
  return registerBytes(name, value) > MAX_REGISTER_BYTES;
}

/** A bound that costs less than the JSON: no unit of a text takes more than 6 bytes of it, and no number more than 24. */
function mostBytesOf(value: SyncValue | undefined): number {
  if (typeof value === 'string') return 6 * value.length + 2;
  if (typeof value !== 'object' || value === null) return 24;
  let bytes = 2;
  if (isArray(value)) for (const item of value) bytes += mostBytesOf(item) + 1;
  else for (const key of Object.keys(value)) bytes += 6 * key.length + mostBytesOf(value[key]) + 4;
  return bytes;
}
