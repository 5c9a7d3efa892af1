/** JSON as documents hold it, and what is asked of values that may be none. */

/** What a document may hold: JSON. See docs/protocol.md, section 4, for the values that a write refuses. */
export type SyncValue = string | number | boolean | null | readonly SyncValue[] | SyncObject;

/** A plain JSON object. */
export interface SyncObject {
  readonly [property: string]: SyncValue;
}

/** A document of a collection: a plain object with the collection's primary key. */
export type SyncDocument = SyncObject;

/** Deeper values are refused, so that nothing which descends a value can exhaust the stack. */
export const MAX_DEPTH = 100;

export const isArray = Array.isArray as (value: unknown) => value is readonly SyncValue[];

/** An object that JSON can hold: neither an array nor an instance of a class. From whichever realm it comes. */
export function isPlainObject(value: unknown): value is { readonly [key: string]: SyncValue } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Sets a property of any name, `__proto__` included. */
export function setProperty<Value>(target: { [key: string]: Value }, key: string, value: Value): void {
  if (key !== '__proto__') target[key] = value;
  else Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

/**
 * A copy of a value: its lists and plain objects are new ones, so that nothing which an app changes later, or observes by proxies, is a part of it. What is
 * no JSON stays what it is, to be refused where it is written.
 * @param isKept whether a part is not to be copied.
 */
export function copyJson<Value>(value: Value, isKept: (value: unknown) => boolean = () => false, depth = 0): Value {
  if (depth > MAX_DEPTH || isKept(value)) return value;
  const copyOf = (item: unknown) => copyJson(item, isKept, depth + 1);
  if (Array.isArray(value)) return value.map(copyOf) as Value;
  if (!isPlainObject(value)) return value;
  const copy: { [key: string]: unknown } = {};
  for (const [key, item] of Object.entries(value)) setProperty(copy, key, copyOf(item));
  return copy as Value;
}

/** A property of the object itself: what every object inherits, such as `constructor`, is none of it. */
export const ownProperty = <Value>(object: { readonly [key: string]: Value }, key: string): Value | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;

/** Whether two values have the same canonical JSON. */
export function sameValue(a: SyncValue | undefined, b: SyncValue | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (isArray(a) || isArray(b)) {
    return isArray(a) && isArray(b) && a.length === b.length && a.every((item, at) => sameValue(item, b[at]));
  }
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]))
  );
}

/** JSON as documents hold it: `JSON.parse` also makes an infinity of 1e999, and nests without end. */
export function isJson(value: unknown): value is SyncValue {
  return whyNotJson(value) === undefined;
}

/**
 * Why a value is not JSON, with the place where it is not; undefined if it is.
 * @param path of the value, for the reason.
 */
export function whyNotJson(value: unknown, path = '', depth = 0): string | undefined {
  const refuse = (what: string) => `${path || 'it'} is ${what}`;
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : refuse(String(value));
    case 'object': {
      if (value === null) return undefined;
      if (depth >= MAX_DEPTH) return refuse(`nested more than ${MAX_DEPTH} levels deep`);
      const of = (item: unknown, key: string | number) =>
        whyNotJson(item, path ? `${path}.${key}` : `${key}`, depth + 1);
      // Not `map`, which leaves out holes.
      if (Array.isArray(value)) return firstOf(value.length, (at) => of(value[at], at));
      if (!isPlainObject(value)) return refuse(`a ${value.constructor?.name ?? 'special object'}`);
      const entries = Object.entries(value);
      return firstOf(entries.length, (at) => of(entries[at]![1], entries[at]![0]));
    }
    default:
      return refuse(value === undefined ? 'undefined' : `a ${typeof value}`);
  }
}

function firstOf(length: number, find: (at: number) => string | undefined): string | undefined {
  for (let at = 0; at < length; at += 1) {
    const found = find(at);
    if (found !== undefined) return found;
  }
  return undefined;
}
