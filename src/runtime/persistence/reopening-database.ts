/**
 * An IndexedDB that stays usable for as long as its owner needs it. Connections end before that: a newer tab upgrades the database, or the browser
 * closes the connections of a page that it has suspended.
 */
import { openDB } from 'idb';
import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb';
import { ErrorCode, SyncError } from '../core/errors';

export interface ReopeningDatabase<Tables extends DBSchema> {
  /**
   * Resolves with the present connection, or with another one if that has ended.
   * @throws SyncError SCHEMA_CHANGED when a newer version of the app has upgraded the database; otherwise what IndexedDB says.
   */
  connect(): Promise<IDBPDatabase<Tables>>;
  /**
   * Runs `act`, which makes requests of the transaction and nothing else, and resolves with its result when that is committed.
   * @throws as `connect`, or what IndexedDB says; nothing was changed then.
   */
  change<Names extends StoreNames<Tables>[], Result>(
    tables: Names,
    act: (transaction: IDBPTransaction<Tables, Names, 'readwrite'>) => Promise<Result>,
    options?: IDBTransactionOptions,
  ): Promise<Result>;
  /** No connection that is asked for after that works. */
  close(): void;
}

/** Rejects as `connect` does. */
export async function openReopeningDatabase<Tables extends DBSchema>(
  name: string,
  version: number,
  upgrade: (database: IDBPDatabase<Tables>) => void,
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
        upgrade(database);
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
      throw (error as { name?: unknown } | undefined)?.name === 'VersionError' ? upgraded(error) : error;
    });
  }

  await connect();
  return {
    connect,
    async change(tables, act, options) {
      const transaction = (await connect()).transaction(tables, 'readwrite', options);
      // Whatever fails in `act` fails `done` too, and is thrown before that is awaited.
      transaction.done.catch(() => {});
      const result = await act(transaction);
      // It would commit by itself a turn later. A worker that the browser freezes before that turn keeps every other tab's
      // transactions on these tables waiting until it runs again. Browsers of before 2021 do not have the method.
      (transaction as Partial<typeof transaction>).commit?.();
      await transaction.done;
      return result;
    },
    close() {
      isClosed = true;
      present?.then(
        (database) => database.close(),
        () => {},
      );
    },
  };
}

function upgraded(cause: unknown): SyncError {
  return new SyncError(
    ErrorCode.SchemaChanged,
    'A newer version of the app, in another tab, has changed how this browser stores what it knows. This tab runs the older one and can neither read nor write it. Reload the page.',
    { cause },
  );
}
