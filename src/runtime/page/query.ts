/** Queries that are given anew with each render: which of them are the same, and which cannot be run as they are meant. */
import { ErrorCode, SyncError } from '../core/errors';
import { isArray, isPlainObject, whyNotJson } from '../core/json';
import type { SyncValue } from '../core/json';

/** A query as a text, the same for all that ask the same, or why it cannot be run. */
export type ReadQuery =
  { readonly json: string; readonly problem?: undefined } | { readonly json?: undefined; readonly problem: SyncError };

/**
 * Reads a query in Mango syntax. `undefined` in a selector is refused, because a database that leaves it out finds everything; so is a date, which as JSON
 * is another value than the one that is compared. Options that are undefined are left out.
 */
export function readQuery(query: unknown): ReadQuery {
  if (!isPlainObject(query)) return { problem: unsupported('it is no object; leave it out to find everything') };
  const given = Object.entries(query as { readonly [option: string]: unknown }).filter(
    ([option, value]) => value !== undefined || !OPTIONAL.has(option),
  );
  const why = whyNotJson(Object.fromEntries(given));
  if (why !== undefined) return { problem: unsupported(`${why}; wait for a value that is not known yet`) };
  const options = given.sort(byName).map(([option, value]) => {
    const text = option === 'sort' ? JSON.stringify(value) : sortedJson(value as SyncValue);
    return `${JSON.stringify(option)}:${text}`;
  });
  return { json: `{${options.join()}}` };
}

const OPTIONAL: ReadonlySet<string> = new Set(['sort', 'limit', 'skip', 'index']);

/** Objects with their properties in order. Not for what is to be sorted by, where the order says which comes first. */
function sortedJson(value: SyncValue): string {
  if (isArray(value)) return `[${value.map(sortedJson).join()}]`;
  if (!isPlainObject(value)) return JSON.stringify(value);
  const members = Object.entries(value)
    .sort(byName)
    .map(([name, item]) => `${JSON.stringify(name)}:${sortedJson(item)}`);
  return `{${members.join()}}`;
}

const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : 1;

function unsupported(reason: string): SyncError {
  return new SyncError(
    ErrorCode.QueryUnsupported,
    `The query cannot be run: ${reason}. A query is JSON: texts, finite numbers, booleans, null, lists and plain objects.`,
  );
}
