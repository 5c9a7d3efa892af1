/**
 * An IndexedDB that stays usable for as long as its owner needs it. Connections end before that: a newer tab upgrades the database, or the browser
 * closes the connections of a page that it has suspended.
 *
 * A worker that the browser freezes inside a transaction keeps every other tab waiting for its tables until it runs again. So no transaction lasts
 * longer than the task that began it: all its requests are made at once, then it is committed, and the browser ends it without the worker. What has to
 * be read before it is changed is read in a transaction of its own, and the change is made on condition of the marks in `marks.ts`.
 */
import { openDB } from 'idb';
import type { IDBPDatabase, IDBPTransaction, StoreNames } from 'idb';
import { createMarks, moveMark, readMark } from './marks';
import type { MarkedTables, Moves } from './marks';
import { checkFormat, STORED_FORMAT, storageNewer } from './stored-format';

/** The requests of one transaction, all of them made before the function returns. */
type Requests<Tables extends MarkedTables, Mode extends IDBTransactionMode, Result> = (
  transaction: IDBPTransaction<Tables, StoreNames<Tables>[], Mode>,
) => Result;

export interface ReopeningDatabase<Tables extends MarkedTables> {
  /**
   * Reads in one transaction, over the present connection, or another one if that has ended.
   * @param requests must make all its requests before it first waits.
   * @throws SyncError STORAGE_NEWER when a newer version of the app has changed the database; otherwise what IndexedDB says.
   */
  read<Result>(
    tables: readonly StoreNames<Tables>[],
    requests: Requests<Tables, 'readonly', Promise<Result>>,
  ): Promise<Result>;
  /**
   * Changes in one transaction, if the marks are where `moves` says; resolves when that is committed. False: they are not, and nothing was changed.
   * @param requests must make all its requests before it returns.
   * @throws as `read`; nothing was changed then.
   */
  change(
    tables: readonly StoreNames<Tables>[],
    moves: Moves,
    requests: Requests<Tables, 'readwrite', readonly Promise<unknown>[]>,
    options?: IDBTransactionOptions,
  ): Promise<boolean>;
  /**
   * Reads, and changes what follows from that; again if somebody else has moved the mark in between. Resolves with what was read.
   * @param next the requests that change it, undefined if nothing is to be changed.
   * @throws as `read`; nothing was changed then.
   */
  update<Before>(
    mark: string,
    tables: readonly StoreNames<Tables>[],
    read: Requests<Tables, 'readonly', Promise<Before>>,
    next: (before: Before) => Requests<Tables, 'readwrite', readonly Promise<unknown>[]> | undefined,
  ): Promise<Before>;
  /** No connection that is asked for after that works. */
  close(): void;
}

const MARKS = 'marks';
/** The mark of the format of all tables. */
const FORMAT = 'format';

/**
 * Rejects as `read` does.
 * @param marks what else `moves` names.
 * @param createTables makes all tables but that of the marks, and what is in them from the beginning.
 */
export async function openReopeningDatabase<Tables extends MarkedTables>(
  name: string,
  version: number,
  marks: readonly string[],
  createTables: (
    database: IDBPDatabase<Tables>,
    transaction: IDBPTransaction<Tables, StoreNames<Tables>[], 'versionchange'>,
  ) => void,
): Promise<ReopeningDatabase<Tables>> {
  let present: Promise<IDBPDatabase<Tables>> | undefined;
  let isClosed = false;

  function connect(): Promise<IDBPDatabase<Tables>> {
    if (isClosed && !present) return Promise.reject(new DOMException(`${name} is closed.`, 'InvalidStateError'));
    return (present ??= open());
  }

  function open(): Promise<IDBPDatabase<Tables>> {
    const opening = openDB<Tables>(name, version, {
      upgrade(database, _from, _to, transaction) {
        // The promise of the opening reports a failure.
        transaction.done.catch(() => {});
        createMarks(database as never, { [FORMAT]: STORED_FORMAT }, marks);
        createTables(database, transaction);
      },
      // Holding the database open would block the other tab for ever.
      blocking(_current, next, event) {
        (event.target as IDBDatabase).close();
        // Of a database that is being deleted (null), another connection would make an empty one.
        if (next !== null) present = undefined;
      },
      terminated: () => (present = undefined),
    });
    return opening.catch((error) => {
      present = undefined;
      throw (error as { name?: unknown } | undefined)?.name === 'VersionError' ? storageNewer(error) : error;
    });
  }

  function begin<Mode extends 'readonly' | 'readwrite'>(
    connection: IDBPDatabase<Tables>,
    tables: readonly StoreNames<Tables>[],
    mode: Mode,
    options?: IDBTransactionOptions,
  ): IDBPTransaction<Tables, StoreNames<Tables>[], Mode> {
    const names = [...new Set([...tables, MARKS as StoreNames<Tables>])];
    const transaction = connection.transaction(names, mode, options);
    // Whatever fails is thrown to those who wait for it.
    transaction.done.catch(() => {});
    return transaction;
  }

  /** The format is looked at in the very transaction, because a newer tab may have changed it a moment ago. */
  async function readAll<Result>(
    tables: readonly StoreNames<Tables>[],
    requests: Requests<Tables, 'readonly', Promise<Result>>,
  ): Promise<Result> {
    const transaction = begin(await connect(), tables, 'readonly');
    const format = readMark(transaction as never, FORMAT);
    const result = requests(transaction);
    result.catch(() => {});
    end(transaction);
    checkFormat(await format);
    const read = await result;
    await transaction.done;
    return read;
  }

  async function change(
    tables: readonly StoreNames<Tables>[],
    moves: Moves,
    requests: Requests<Tables, 'readwrite', readonly Promise<unknown>[]>,
    options?: IDBTransactionOptions,
  ): Promise<boolean> {
    const transaction = begin(await connect(), tables, 'readwrite', options);
    const places: Moves = { [FORMAT]: [STORED_FORMAT], ...moves };
    const conditions: Promise<unknown>[] = [];
    try {
      for (const of of Object.keys(places)) conditions.push(...moveMark(transaction as never, of, places[of]!));
      for (const request of [...conditions, ...requests(transaction)]) request.catch(() => {});
      end(transaction);
    } catch (error) {
      for (const condition of conditions) condition.catch(() => {});
      await takeBack(transaction);
      throw error;
    }
    const isAsExpected = await Promise.all(conditions).then(
      () => true,
      (error: unknown) => (isElsewhere(error) ? false : Promise.reject(error as Error)),
    );
    if (isAsExpected) await transaction.done;
    // Where it is the format that is another, this says so.
    else await readAll([], async () => {});
    return isAsExpected;
  }

  const database: ReopeningDatabase<Tables> = {
    read: readAll,
    change,
    async update(mark, tables, readBefore, next) {
      for (;;) {
        const [place, before] = await readAll(tables, (transaction) =>
          Promise.all([readMark(transaction as never, mark), readBefore(transaction)]),
        );
        const requests = next(before);
        if (!requests || (await change(tables, { [mark]: [place, place + 1] }, requests))) return before;
      }
    },
    close() {
      isClosed = true;
      present?.then(
        (connection) => connection.close(),
        () => {},
      );
    },
  };
  await readAll([], async () => {}).catch((error) => {
    database.close();
    throw error;
  });
  return database;
}

/** Browsers of before 2021 do not have the method: a transaction of theirs ends a turn after its last request. */
function end(transaction: object): void {
  (transaction as { commit?: () => void }).commit?.();
}

/** @throws why the transaction ended before, if it did. */
async function takeBack(transaction: { abort(): void; readonly done: Promise<void> }): Promise<void> {
  let hasEnded = false;
  try {
    transaction.abort();
  } catch {
    hasEnded = true;
  }
  if (hasEnded) await transaction.done;
}

const isElsewhere = (error: unknown): boolean => (error as { name?: unknown } | undefined)?.name === 'ConstraintError';
