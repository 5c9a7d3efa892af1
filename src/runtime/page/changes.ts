/**
 * Changes of a document: what they come to over what is stored, and what of them is new to what was shown. The second is what keeps a change that was
 * computed from an old view from undoing what others have done since.
 */
import { ErrorCode, SyncError } from '../core/errors';
import { propertySchemaOf } from '../core/definitions/property-schema';
import type { ObjectSchema } from '../core/definitions/property-schema';
import { changeOfList, createIntent, differenceOfNumbers, isIntent } from '../core/intents';
import type { Intent } from '../core/intents';
import { copyJson, isArray, isJson, isPlainObject, MAX_DEPTH, ownProperty, sameValue, setProperty } from '../core/json';
import type { SyncObject, SyncValue } from '../core/json';
import { initialValueOf, strategyOf } from '../core/schema';
import type { PropertySchema } from '../core/schema';

/** Values, intents and objects that hold intents, by property; undefined for one that is to go. */
export interface Changes {
  readonly [property: string]: unknown;
}

/** What `patch` takes, whatever the documents are. */
export type Change = Changes | ((document: SyncObject | undefined) => unknown);

/** Changes as they are now, whatever the app does with its own objects afterwards. */
export const copyChanges = <Given>(changes: Given): Given => copyJson(changes, isIntent);

/** @throws SyncError VALUE_UNSUPPORTED, also for the promise of an `async` function. */
export function checkChanges(changes: unknown): asserts changes is Changes {
  const isObject = typeof changes === 'object' && changes !== null && !Array.isArray(changes) && !isIntent(changes);
  if (isObject && typeof (changes as { then?: unknown }).then !== 'function') return;
  throw new SyncError(
    ErrorCode.ValueUnsupported,
    'A patch is an object of properties, or a function that returns one at once: not a promise, a list or a single value. Nothing was written.',
  );
}

/**
 * The properties after the changes. A value replaces what is there as a whole; an object that holds an intent changes only what it names.
 * @throws SyncError VALUE_UNSUPPORTED for an intent that does not fit what is stored.
 */
export function applyChanges(stored: SyncObject, changes: Changes, schema: ObjectSchema, path = ''): SyncObject {
  const next: { [property: string]: SyncValue } = { ...stored };
  for (const [name, change] of Object.entries(changes)) {
    const value = valueAfter(ownProperty(stored, name), change, propertySchemaOf(schema, name), `${path}/${name}`);
    if (value === undefined) delete next[name];
    else setProperty(next, name, value as SyncValue);
  }
  return next;
}

function valueAfter(stored: SyncValue | undefined, change: unknown, schema: PropertySchema, path: string): unknown {
  if (isIntent(change)) return change.applyTo(stored ?? initialValueOf(schema), path);
  if (!isPlainObject(change) || !holdsIntent(change)) return change;
  return applyChanges(isPlainObject(stored) ? stored : {}, change, schema, path);
}

/**
 * What of the changes differs from what was shown, as changes that hold for whatever is stored: of a counter the difference, of a set what was added
 * and removed, of an object that merges its changed properties. What is as it was shown is no change.
 * @param shown the document that the changes were computed from; undefined where none was shown, which counts as one with the schema's defaults.
 */
export function differenceTo(shown: SyncObject | undefined, changes: Changes, schema: ObjectSchema): Changes {
  const differences: { [property: string]: unknown } = {};
  for (const [name, to] of Object.entries(changes)) {
    const difference = differenceOf(shown && ownProperty(shown, name), to, propertySchemaOf(schema, name));
    if (difference !== UNCHANGED) setProperty(differences, name, difference);
  }
  return differences;
}

const UNCHANGED = Symbol('unchanged');

function differenceOf(from: SyncValue | undefined, to: unknown, schema: PropertySchema): unknown {
  if (isIntent(to)) return to;
  const strategy = strategyOf(schema);
  const initial = initialValueOf(schema);
  if (strategy === 'counter') {
    const [shown, count] = [from ?? initial, to ?? initial];
    if (typeof shown === 'number' && typeof count === 'number' && Number.isFinite(count))
      return shown === count ? UNCHANGED : differenceOfNumbers(shown, count);
  }
  if (strategy === 'set') {
    const [shown, list] = [from ?? initial, to ?? initial];
    if (isArray(shown) && isArray(list)) return differenceOfLists(shown, list);
  }
  if (strategy === 'deep' && isPlainObject(to) && (from === undefined || isPlainObject(from)))
    return differenceOfObjects(from, to, schema);
  // A date looks like an object without properties.
  return sameValue(from, to as SyncValue) && isJson(to) ? UNCHANGED : to;
}

function differenceOfLists(from: readonly SyncValue[], to: readonly SyncValue[]): Intent | typeof UNCHANGED {
  const lacks = (list: readonly SyncValue[], element: SyncValue) => !list.some((one) => sameValue(one, element));
  const added = to.filter((element) => lacks(from, element));
  const removed = from.filter((element) => lacks(to, element));
  return added.length + removed.length > 0 ? changeOfList(added, removed) : UNCHANGED;
}

function differenceOfObjects(
  from: SyncObject | undefined,
  to: SyncObject,
  schema: ObjectSchema,
): Intent | typeof UNCHANGED {
  const gone = holdsIntent(to) ? [] : Object.keys(from ?? {}).filter((key) => !Object.hasOwn(to, key));
  const changes = differenceTo(from, { ...Object.fromEntries(gone.map((key) => [key, undefined])), ...to }, schema);
  if (from !== undefined && Object.keys(changes).length === 0) return UNCHANGED;
  return createIntent({
    applyTo: (stored, path) =>
      stored === undefined || isPlainObject(stored) ? applyChanges(stored ?? {}, changes, schema, path) : to,
  });
}

function holdsIntent(value: unknown, depth = 0): boolean {
  if (isIntent(value)) return true;
  if (!isPlainObject(value) || depth > MAX_DEPTH) return false;
  return Object.values(value).some((item) => holdsIntent(item, depth + 1));
}
