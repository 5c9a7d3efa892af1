/** Where a browser keeps the documents: RxDB's storage over Dexie, one IndexedDB a collection. */
import type { Dexie } from 'dexie';
import type { RxStorage } from 'rxdb/plugins/core';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';

export function createDocumentStorage(): RxStorage<unknown, unknown> {
  return getRxStorageDexie({ onCreate: stayOpen } as never) as unknown as RxStorage<unknown, unknown>;
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
