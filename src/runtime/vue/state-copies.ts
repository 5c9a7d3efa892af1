/** Copies of observed state, and the way back: what is written into the state from a copy leaves in place what is the same. */
import { isReactive, toRaw } from 'vue';
import { isPlainObject, MAX_DEPTH, setProperty } from '../core/json';
import { originOf } from '../page/bind-store';

/** An object of the state. */
export interface Fields {
  [key: string]: unknown;
}

export interface Copies {
  /**
   * The state without what observes it. What has not changed since the last copy is the same object in this one.
   * @param keys of the state; all of them without.
   */
  copyOf(state: Fields, keys: readonly string[] | undefined, last: Fields | undefined): Fields;
  /** What the state holds for a copy: the very objects that were copied, and copies of all that is new. */
  toLive<Value>(copy: Value): Value;
  /** Changes the state in place by what has become of its copy. */
  write(state: Fields, before: Fields, after: Fields): void;
}

/** Of one state. */
export function createCopies(): Copies {
  /** By what was copied, without what observes it. */
  const lastCopies = new WeakMap<object, object>();
  const copied = new WeakMap<object, object>();

  function copyOfValue(value: unknown, depth: number): unknown {
    const isList = Array.isArray(value);
    if ((!isList && !isPlainObject(value)) || depth > MAX_DEPTH) return value;
    const original = toRaw(value) as object;
    const fresh = isList
      ? value.map((item) => copyOfValue(item, depth + 1))
      : copyOfFields(value as Fields, Object.keys(value), depth + 1);
    const copy = sameOr(lastCopies.get(original), fresh);
    lastCopies.set(original, copy);
    copied.set(copy, original);
    return copy;
  }

  function copyOfFields(state: Fields, keys: readonly string[], depth: number): Fields {
    const copy: Fields = {};
    for (const key of keys) if (key in state) setProperty(copy, key, copyOfValue(state[key], depth));
    return copy;
  }

  function toLive<Value>(copy: Value): Value {
    if (typeof copy !== 'object' || copy === null) return copy;
    const original = copied.get(copy);
    if (original) return original as Value;
    if (Array.isArray(copy)) return copy.map(toLive) as Value;
    if (!isPlainObject(copy)) return copy;
    return Object.fromEntries(Object.entries(copy).map(([key, item]) => [key, toLive(item as unknown)])) as Value;
  }

  function write(state: Fields, before: Fields, after: Fields): void {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const [from, to, held] = [before[key], after[key], state[key]];
      if (from === to) continue;
      if (!Object.hasOwn(after, key)) delete state[key];
      // What nothing observes is replaced as a whole, or nobody would see it.
      else if (!isReactive(held)) setProperty(state, key, toLive(to));
      else if (Array.isArray(held) && Array.isArray(to)) writeList(held, to);
      else if (isPlainObject(held) && isPlainObject(from) && isPlainObject(to)) write(held as Fields, from, to);
      else setProperty(state, key, toLive(to));
    }
  }

  function writeList(held: unknown[], to: readonly unknown[]): void {
    const heldByOriginal = new Map(held.map((item) => [toRaw(item), item]));
    to.forEach((copy, at) => {
      const item = changedInPlace(copy, heldByOriginal) ?? toLive(copy);
      if (toRaw(held[at]) !== item || at >= held.length) held[at] = item;
    });
    held.length = to.length;
  }

  /** An item that has changed stays the object that it is: the app may hold it elsewhere. */
  function changedInPlace(copy: unknown, heldByOriginal: ReadonlyMap<unknown, unknown>): object | undefined {
    const former = isPlainObject(copy) ? originOf(copy) : undefined;
    const original = former && copied.get(former);
    const held = original && heldByOriginal.get(original);
    if (!isReactive(held)) return undefined;
    write(held as Fields, former as Fields, copy as Fields);
    return original;
  }

  return {
    copyOf: (state, keys, last) => sameOr(last, copyOfFields(state, keys ?? Object.keys(state), 0)) as Fields,
    toLive,
    write,
  };
}

/** The first of two lists or objects if both hold the very same. */
function sameOr(former: object | undefined, fresh: object): object {
  if (!former || Array.isArray(former) !== Array.isArray(fresh)) return fresh;
  const [one, other] = [Object.entries(former), Object.entries(fresh)];
  const isSame =
    one.length === other.length &&
    one.every(([key, value], at) => other[at]![0] === key && Object.is(other[at]![1], value));
  return isSame ? former : fresh;
}
