/** Where a browser keeps the documents: RxDB's storage over Dexie, one IndexedDB a collection. */
import type { Dexie } from 'dexie';
import { deleteDB } from 'idb';
import type { Subject } from 'rxjs';
import type { RxStorage } from 'rxdb/plugins/core';
import { categorizeBulkWriteRows } from 'rxdb/plugins/core';
import { fromStorageToDexie, getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import type { RxStorageInstanceDexie } from 'rxdb/plugins/storage-dexie';
import type { StoredRecord } from '../record-codec';
import type { Bulk } from './app-view';

type Instance = RxStorageInstanceDexie<StoredRecord>;

export function createDexieStorage(): RxStorage<unknown, unknown> {
  const storage = getRxStorageDexie({ onCreate: stayOpen } as never);
  const create = storage.createStorageInstance.bind(storage) as (params: never) => Promise<unknown>;
  return {
    name: storage.name,
    rxdbVersion: storage.rxdbVersion,
    async createStorageInstance(params) {
      const instance = await create(params as never);
      insertBulksUnread(instance as Instance);
      return instance as never;
    },
  };
}

/** What RxDB keeps of a database beside its collections. */
const internalStore = '_rxdb_internal';

/** Deletes what RxDB has made for a database: its own way of removing a collection leaves an empty IndexedDB behind. */
export async function deleteDexieStorage(databaseName: string, collections: readonly string[]): Promise<void> {
  const names = [internalStore, ...collections].map((name) => `rxdb-dexie-${databaseName}--0--${name}`);
  await Promise.all(names.map((name) => deleteDB(name)));
}

/** Fewer rows than this are as soon read as not. */
const BULK = 20;

/**
 * RxDB reads each document before it writes it, one request a document, which is a quarter of the time of storing it. Where a writer takes all
 * of a bulk for new, IndexedDB is told to add: it refuses the whole bulk if one of them is there, and RxDB's own way then finds out which.
 */
function insertBulksUnread(instance: Instance): void {
  const { primaryPath, schema } = instance;
  const write = instance.bulkWrite.bind(instance);
  instance.bulkWrite = async (rows, context) => {
    const areNew = rows.length >= BULK && !schema.attachments && rows.every(({ previous }) => !previous);
    if (!areNew || instance.closed) return write(rows, context);
    const { dexieDb, dexieTable, booleanIndexes } = await instance.internals;
    const stored = rows.map(({ document }) => fromStorageToDexie(booleanIndexes, document));
    const { newestRow, eventBulk } = categorizeBulkWriteRows(instance, primaryPath as never, new Map(), rows, context);
    try {
      // In a transaction of its own, or those that can be added would stay when others are refused.
      await dexieDb.transaction('rw', dexieTable, () => dexieTable.bulkAdd(stored));
    } catch (error) {
      if (isThere(error)) return write(rows, context);
      throw error;
    }
    const { document } = newestRow!;
    eventBulk.checkpoint = { id: document[primaryPath], lwt: document._meta.lwt } as never;
    // Private to RxDB's types only: its own writes are told in the same way.
    (instance as unknown as { readonly changes$: Subject<Bulk> }).changes$.next(eventBulk as unknown as Bulk);
    return { error: [] };
  };
}

function isThere(error: unknown): boolean {
  const { name, failures = [] } = error as { name?: string; failures?: readonly { readonly name?: string }[] };
  return name === 'ConstraintError' || failures.some((failure) => failure.name === 'ConstraintError');
}

/**
 * A tab with a newer version of the app may add an index, for which IndexedDB wants all other connections closed. Dexie closes them for
 * good; an older tab would fail from then on. It opens again instead, and waits meanwhile. When the database is deleted (`newVersion` is
 * null), it stays closed.
 */
async function stayOpen(database: Dexie): Promise<void> {
  database.on('versionchange', ({ newVersion }) => {
    if (!newVersion) return undefined;
    database.close();
    // Whoever reads or writes next hears of a failure.
    database.open().catch(() => {});
    return false;
  });
}
