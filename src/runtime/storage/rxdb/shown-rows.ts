/**
 * How the app sees what it wrote, where that is not what it handed over: with defaults filled in, with the duplicates of a set collapsed. RxDB makes the
 * document that a write returns of the very row that it wrote; page/rxdb/shown-rows.ts puts this into that row.
 */
import type { SyncValue } from '../../core/json';
import { isArray, isPlainObject } from '../../crdt/json-value';
import type { Row } from './rows';

/** A part of the answer to a bulk write. */
export interface ShownOtherwise {
  /** Of each document that differs the primary key, and the properties that differ: `undefined` for those that are not there. */
  readonly shown?: readonly Differences[];
}

export interface Differences {
  readonly [property: string]: unknown;
}

/** @param stored what was made of the row `given`. */
export function shownOtherwise(
  given: Row,
  stored: Row,
  present: (row: Row) => Row,
  primaryKey: string,
): Differences | undefined {
  // Nearly every time; to present a row costs more.
  if (differencesOf(given, stored).length === 0) return undefined;
  const differences = differencesOf(given, present(stored));
  return differences.length === 0 ? undefined : Object.fromEntries([[primaryKey, given[primaryKey]], ...differences]);
}

function differencesOf(given: Row, shown: Row): readonly (readonly [property: string, value: unknown])[] {
  const differences: (readonly [string, unknown])[] = [];
  for (const property of Object.keys(shown)) {
    if (!isOfRxdb(property) && !isIdentical(given[property], shown[property]))
      differences.push([property, shown[property]]);
  }
  for (const property of Object.keys(given)) {
    if (!isOfRxdb(property) && !Object.hasOwn(shown, property)) differences.push([property, undefined]);
  }
  return differences;
}

const isOfRxdb = (property: string): boolean => property.startsWith('_');

/** Unlike the equality of stored values: -0 is not 0. */
function isIdentical(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (isArray(a)) return isArray(b) && a.length === b.length && a.every((item, at) => isIdentical(item, b[at]));
  if (!isPlainObject(a) || !isPlainObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isIdentical(a[key] as SyncValue, b[key]))
  );
}
