/**
 * Values: JSON, as all devices agree on it (docs/protocol.md, section 4). Their order decides between registers of equal stamps, so it
 * must be the same everywhere: by the UTF-8 bytes of the canonical JSON.
 */
import { ErrorCode, SyncError } from '../core/errors';
import { isArray, isPlainObject, MAX_DEPTH, sameValue, setProperty } from '../core/json';
import type { SyncValue } from '../core/json';

export { isArray, isPlainObject, MAX_DEPTH, sameValue, setProperty };

/** JSON with the keys of each object in the order of their UTF-8 bytes and without white space; -0 is 0. */
export function canonicalJson(value: SyncValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  const members = Object.keys(value)
    .sort(compareUtf8)
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key]!)}`);
  return `{${members.join()}}`;
}

/** Order of two texts by their UTF-8 bytes: negative, zero or positive. */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x !== y) return byteRank(x) - byteRank(y);
  }
  return a.length - b.length;
}

/** UTF-16 puts the surrogates of U+10000 and above before U+E000 to U+FFFF; UTF-8 puts them after. */
function byteRank(codeUnit: number): number {
  if (codeUnit < 0xd800) return codeUnit;
  return codeUnit < 0xe000 ? codeUnit + 0x2000 : codeUnit - 0x800;
}

export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    // Each half of a surrogate pair makes two of its four bytes.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}

/** Order of two values by their canonical JSON; an absent value (a tombstone) is below all others. */
export function compareValues(a: SyncValue | undefined, b: SyncValue | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  if (sameValue(a, b)) return 0;
  return compareUtf8(canonicalJson(a), canonicalJson(b));
}

/**
 * The value as it is stored: -0 becomes 0 and undefined properties go. The same reference where nothing had to be changed.
 * @param path JSON pointer of the value, for the error.
 * @throws SyncError VALUE_UNSUPPORTED with the path, never with the value.
 */
export function cleanValue(value: unknown, path: string, depth = 0): SyncValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw unsupported(path, `it is ${String(value)}`);
      return value === 0 ? 0 : value;
    case 'object': {
      if (value === null) return value;
      if (depth >= MAX_DEPTH) throw unsupported(path, `it is nested more than ${MAX_DEPTH} levels deep`);
      if (Array.isArray(value)) return cleanArray(value, path, depth);
      if (isPlainObject(value)) return cleanObject(value, path, depth);
      throw unsupported(path, `it is a ${value.constructor?.name ?? 'special object'}`);
    }
    default:
      throw unsupported(path, `it is of type ${typeof value}`);
  }
}

function cleanArray(array: readonly unknown[], path: string, depth: number): SyncValue {
  let isClean = true;
  const cleaned: SyncValue[] = [];
  // By index, which visits holes too: they would become null.
  for (let at = 0; at < array.length; at += 1) {
    const item = cleanValue(array[at], `${path}/${at}`, depth + 1);
    isClean &&= Object.is(item, array[at]);
    cleaned.push(item);
  }
  return isClean ? (array as readonly SyncValue[]) : cleaned;
}

function cleanObject(object: { readonly [key: string]: unknown }, path: string, depth: number): SyncValue {
  let isClean = true;
  const cleaned: { [key: string]: SyncValue } = {};
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) {
      isClean = false;
      continue;
    }
    const keyPath = `${path}/${escapePointer(key)}`;
    if (!isStorableKey(key)) throw unsupported(keyPath, 'the local database cannot store names that begin with "__"');
    const kept = cleanValue(value, keyPath, depth + 1);
    isClean &&= Object.is(kept, value);
    setProperty(cleaned, key, kept);
  }
  return isClean ? (object as { readonly [key: string]: SyncValue }) : cleaned;
}

/** RxDB's Dexie storage turns a leading `__` of each dot-separated part of a property's name into `|` when it reads. */
export function isStorableKey(key: string): boolean {
  return !key.includes('__') || !/(^|\.)__/.test(key);
}

export function escapePointer(key: string): string {
  return /[~/]/.test(key) ? key.replace(/~/g, '~0').replace(/\//g, '~1') : key;
}

export function unescapePointer(segment: string): string {
  return segment.replace(/~1/g, '/').replace(/~0/g, '~');
}

function unsupported(path: string, why: string): SyncError {
  return new SyncError(
    ErrorCode.ValueUnsupported,
    `The value at ${path || '/'} cannot be synced: ${why}. Use JSON: strings, finite numbers, booleans, null, arrays and plain objects.`,
  );
}
