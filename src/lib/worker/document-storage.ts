/** Where a browser keeps the documents: RxDB's storage over Dexie, one IndexedDB a collection. */
import type { Dexie } from 'dexie';
import { deleteDB } from 'idb';
import type { RxStorage } from 'rxdb/plugins/core';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';

export function createDocumentStorage(): RxStorage<unknown, unknown> {
  return getRxStorageDexie({ onCreate: stayOpen } as never) as unknown as RxStorage<unknown, unknown>;
}

/** What RxDB keeps of a database beside its collections. */
const internalStore = '_rxdb_internal';

/** Deletes what RxDB has made for a database: its own way of removing a collection leaves an empty IndexedDB behind. */
export async function deleteDocuments(databaseName: string, collections: readonly string[]): Promise<void> {
  const names = [internalStore, ...collections].map((name) => `rxdb-dexie-${databaseName}--0--${name}`);
  await Promise.all(names.map((name) => deleteDB(name)));
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
