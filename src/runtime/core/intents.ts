/**
 * Intents: changes as values, which hold for whatever is stored when they are written. "One more" is still one more after another device has counted,
 * where 11 is not.
 */
import { ErrorCode, SyncError } from './errors';
import { isArray, sameValue } from './json';
import type { SyncValue } from './json';

const INTENT: unique symbol = Symbol.for('zero-backend-sync/intent');

/**
 * What a property becomes, computed from what it is. It holds a function, so that a database can neither clone nor store it: in the wrong place it is
 * refused, and never taken for data.
 */
export interface Intent {
  readonly [INTENT]: true;
  /**
   * @param stored what is there, or what is shown where nothing is.
   * @param path JSON pointer of the property, for the error.
   * @throws SyncError VALUE_UNSUPPORTED for a value that it cannot change.
   */
  readonly applyTo: (stored: SyncValue | undefined, path: string) => SyncValue;
}

/** A number to add. */
export interface Increment extends Intent {
  readonly increment: number;
}

/** Elements to add to a list, and to take out of it. */
export interface ListChange<Element> extends Intent {
  readonly added: readonly Element[];
  readonly removed: readonly Element[];
}

/** The intents that fit a value of this type: of a number and of a list, also within an object. */
export type IntentFor<Value> = Value extends number
  ? Increment
  : Value extends readonly (infer Element)[]
    ? ListChange<Element>
    : Value extends object
      ? { readonly [Name in keyof Value]: Value[Name] | IntentFor<Value[Name]> }
      : never;

/**
 * Adds to a number, in `patch`. What all devices add is summed if the property is a `counter`.
 * @param by may be negative; nothing stored counts as the property's default, or 0.
 * @throws SyncError VALUE_UNSUPPORTED for what is no finite number.
 * @example
 * await engine.patch('posts', id, { likes: increment(1) });
 */
export function increment(by: number): Increment {
  if (typeof by !== 'number' || !Number.isFinite(by)) throw unsupported('increment takes a finite number');
  return createIntent({ ...changeOfNumber((stored) => stored + by), increment: by });
}

/**
 * Adds elements to a list, in `patch`: those that it has already change nothing.
 * @example
 * await engine.patch('notes', id, { tags: add('urgent', 'home') });
 */
export function add<Element>(...elements: readonly Element[]): ListChange<Element> {
  return changeOfList(elements, []);
}

/**
 * Takes elements out of a list, in `patch`: those that it does not have change nothing.
 * @example
 * await engine.patch('notes', id, { tags: remove('urgent') });
 */
export function remove<Element>(...elements: readonly Element[]): ListChange<Element> {
  return changeOfList([], elements);
}

/** Adds what a number has grown by from one value to another. Over the first it gives the second exactly, whatever the rounding. */
export const differenceOfNumbers = (from: number, to: number): Intent =>
  createIntent(changeOfNumber((stored) => (stored === from ? to : stored + (to - from))));

/** Both changes of a list at once. */
export function changeOfList<Element>(added: readonly Element[], removed: readonly Element[]): ListChange<Element> {
  const has = (list: readonly unknown[], element: unknown) =>
    list.some((one) => sameValue(one as SyncValue, element as SyncValue));
  const applyTo = (stored: SyncValue | undefined, path: string): SyncValue => {
    const list = stored ?? [];
    if (!isArray(list)) throw misplaced(path, 'add and remove change lists');
    const kept = list.filter((element) => !has(removed, element));
    const fresh = added.filter((element, at) => !has(kept, element) && !has(added.slice(0, at), element));
    return [...kept, ...(fresh as readonly SyncValue[])];
  };
  return createIntent({ applyTo, added: Object.freeze([...added]), removed: Object.freeze([...removed]) });
}

/** An intent of the kit's own making. */
export function createIntent<Parts extends Pick<Intent, 'applyTo'>>(parts: Parts): Parts & Intent {
  return Object.freeze({ ...parts, [INTENT]: true as const });
}

export function isIntent(value: unknown): value is Intent {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, INTENT);
}

function changeOfNumber(change: (stored: number) => number): Pick<Intent, 'applyTo'> {
  return {
    applyTo(stored, path) {
      const number = stored ?? 0;
      if (typeof number !== 'number') throw misplaced(path, 'increment changes numbers');
      return change(number);
    },
  };
}

const misplaced = (path: string, what: string): SyncError =>
  unsupported(`${what}, and what is stored at ${path} is neither one nor absent`);

function unsupported(reason: string): SyncError {
  return new SyncError(ErrorCode.ValueUnsupported, `The change cannot be made: ${reason}. Nothing was written.`);
}
