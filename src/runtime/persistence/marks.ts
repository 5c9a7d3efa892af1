/**
 * Marks: where something of a database stands, each a number, so that a transaction can depend on it without reading. IndexedDB has no condition but
 * this: a request that breaks a unique index takes its whole transaction back. The records of a mark are told apart by its number and share what it is
 * of, which is unique: to put the record of the number that is expected changes nothing where that one is there, and is refused where another one is.
 */
import type { DBSchema, IDBPDatabase, IDBPTransaction } from 'idb';

export interface Mark {
  readonly of: string;
  readonly at: number;
}

export interface MarkedTables extends DBSchema {
  marks: { key: [string, number]; value: Mark; indexes: { of: string } };
}

/** By mark: where it has to stand, and where it stands afterwards if that is another place. */
export interface Moves {
  readonly [of: string]: readonly [at: number, next?: number];
}

type Transaction<Mode extends IDBTransactionMode> = IDBPTransaction<MarkedTables, 'marks'[], Mode>;

/** @param others begin anywhere, so that those of a database that was cleared and made again stand elsewhere. */
export function createMarks(
  database: IDBPDatabase<MarkedTables>,
  first: { readonly [of: string]: number },
  others: readonly string[],
): void {
  const marks = database.createObjectStore('marks', { keyPath: ['of', 'at'] });
  marks.createIndex('of', 'of', { unique: true });
  const anywhere = () => Math.floor(Math.random() * 2 ** 48);
  const begun = { ...first, ...Object.fromEntries(others.map((of) => [of, anywhere()])) };
  // The promise of the opening reports a failure.
  for (const [of, at] of Object.entries(begun)) marks.put({ of, at }).catch(() => {});
}

export async function readMark(transaction: Transaction<'readonly'>, of: string): Promise<number> {
  return (await transaction.objectStore('marks').index('of').get(of))?.at ?? NaN;
}

/** Requests of which one is refused where the mark stands elsewhere, and the transaction with it. */
export function moveMark(
  transaction: Transaction<'readwrite'>,
  of: string,
  [at, next = at]: Moves[string],
): readonly Promise<unknown>[] {
  const marks = transaction.objectStore('marks');
  if (next === at) return [marks.put({ of, at })];
  return [marks.put({ of, at }), marks.delete([of, at]), marks.put({ of, at: next })];
}
