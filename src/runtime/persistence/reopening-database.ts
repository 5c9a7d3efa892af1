/**
 * An IndexedDB that stays usable for as long as its owner needs it. Connections end before that: a newer tab upgrades the database, or the browser
 * closes the connections of a page that it has suspended. Its table `meta` says in which format the others are; where that is newer than this
 * version of the app, nothing is read or written.
 */
import { openDB } from 'idb';
import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb';
import { checkFormat, STORED_FORMAT, storageNewer } from './stored-format';

/** Tables of any database of this kind. */
export interface FormattedTables extends DBSchema {
  meta: { key: string; value: unknown };
}

export interface ReopeningDatabase<Tables extends FormattedTables> {
  /**
   * Runs `act`, which makes requests of the transaction and nothing else, over the present connection, or another one if that has ended.
   * @throws SyncError STORAGE_NEWER when a newer version of the app has changed the database; otherwise what IndexedDB says.
   */
  read<Names extends StoreNames<Tables>[], Result>(
    tables: Names,
    act: (transaction: IDBPTransaction<Tables, Names, 'readonly'>) => Promise<Result>,
  ): Promise<Result>;
  /**
   * As `read`, and resolves with the result when what `act` has changed is committed.
   * @throws as `read`; nothing was changed then.
   */
  change<Names extends StoreNames<Tables>[], Result>(
    tables: Names,
    act: (transaction: IDBPTransaction<Tables, Names, 'readwrite'>) => Promise<Result>,
    options?: IDBTransactionOptions,
  ): Promise<Result>;
  /** No connection that is asked for after that works. */
  close(): void;
}

const META = 'meta';
/** The key of the format's number. */
const FORMAT = 'format';

/**
 * Rejects as `read` does.
 * @param createTables makes all tables but `meta`.
 */
export async function openReopeningDatabase<Tables extends FormattedTables>(
  name: string,
  version: number,
  createTables: (database: IDBPDatabase<Tables>) => void,
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
        const meta = (database as unknown as IDBPDatabase<FormattedTables>).createObjectStore(META);
        meta.put(STORED_FORMAT, FORMAT).catch(() => {});
        createTables(database);
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

  /** The format is looked at in the very transaction, because a newer tab may have changed it a moment ago. */
  async function run<Mode extends 'readonly' | 'readwrite', Result>(
    tables: readonly StoreNames<Tables>[],
    mode: Mode,
    act: (transaction: IDBPTransaction<Tables, StoreNames<Tables>[], Mode>) => Promise<Result>,
    options?: IDBTransactionOptions,
  ): Promise<Result> {
    const names = [...new Set([...tables, META as StoreNames<Tables>])];
    const transaction = (await connect()).transaction(names, mode, options);
    // Whatever fails in `act` fails `done` too, and is thrown before that is awaited.
    transaction.done.catch(() => {});
    checkFormat(await (transaction as unknown as WithMeta).objectStore(META).get(FORMAT));
    const result = await act(transaction);
    // It would commit by itself a turn later. A worker that the browser freezes before that turn keeps every other tab's
    // transactions on these tables waiting until it runs again. Browsers of before 2021 do not have the method.
    (transaction as Partial<typeof transaction>).commit?.();
    await transaction.done;
    return result;
  }

  const database: ReopeningDatabase<Tables> = {
    read: (tables, act) => run(tables, 'readonly', act as never),
    change: (tables, act, options) => run(tables, 'readwrite', act as never, options),
    close() {
      isClosed = true;
      present?.then(
        (connection) => connection.close(),
        () => {},
      );
    },
  };
  await database
    .read([], async () => {})
    .catch((error) => {
      database.close();
      throw error;
    });
  return database;
}

type WithMeta = IDBPTransaction<FormattedTables, 'meta'[]>;
