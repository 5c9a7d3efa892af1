/** Where a browser keeps the documents: RxDB's storage over Dexie, one IndexedDB a collection. */
import type { Dexie } from 'dexie';
import { deleteDB } from 'idb';
import type { RxStorage } from 'rxdb/plugins/core';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import { findRows, countRows, MARKS_TABLE, queryRows, writeRows } from './dexie-requests';
import type { DexieInstance } from './dexie-requests';

export function createDexieStorage(): RxStorage<unknown, unknown> {
  const storage = getRxStorageDexie({ onCreate } as never);
  const create = storage.createStorageInstance.bind(storage) as (params: never) => Promise<unknown>;
  return {
    name: storage.name,
    rxdbVersion: storage.rxdbVersion,
    async createStorageInstance(params) {
      const instance = await create(params as never);
      neverHoldUp(instance as DexieInstance);
      return instance as never;
    },
  };
}

async function onCreate(database: Dexie): Promise<void> {
  addMarks(database);
  stayOpen(database);
}

/** What RxDB keeps of a database beside its collections. */
const internalStore = '_rxdb_internal';

/** Deletes what RxDB has made for a database: its own way of removing a collection leaves an empty IndexedDB behind. */
export async function deleteDexieStorage(databaseName: string, collections: readonly string[]): Promise<void> {
  const names = [internalStore, ...collections].map((name) => `rxdb-dexie-${databaseName}--0--${name}`);
  await Promise.all(names.map((name) => deleteDB(name)));
}

/** Its transactions end in the task that began them. */
function neverHoldUp(instance: DexieInstance): void {
  // Attachments and the developers' mode, which the app's collections do not have, are RxDB's own.
  if (instance.schema.attachments || instance.devMode) return;
  const { bulkWrite, findDocumentsById, query, count } = instance;
  // RxDB's own way rejects as it does where the instance is closed.
  instance.bulkWrite = async (rows, context) =>
    instance.closed ? bulkWrite.call(instance, rows, context) : writeRows(instance, rows, context);
  instance.findDocumentsById = async (ids, withDeleted) =>
    instance.closed ? findDocumentsById.call(instance, ids, withDeleted) : findRows(instance, ids, withDeleted);
  instance.query = async (prepared) =>
    instance.closed ? query.call(instance, prepared) : queryRows(instance, prepared);
  instance.count = async (prepared) => {
    if (instance.closed) return count.call(instance, prepared);
    if (prepared.queryPlan.selectorSatisfiedByIndex)
      return { count: await countRows(instance, prepared), mode: 'fast' };
    return { count: (await queryRows(instance, prepared)).documents.length, mode: 'slow' };
  };
}

/** RxDB names the tables after this. */
function addMarks(database: Dexie): void {
  const version = database.version.bind(database);
  database.version = (number) => {
    const declared = version(number);
    const stores = declared.stores.bind(declared);
    declared.stores = (tables) => stores({ ...tables, ...MARKS_TABLE });
    return declared;
  };
}

/**
 * A tab with a newer version of the app may add an index, for which IndexedDB wants all other connections closed. Dexie closes them for
 * good; an older tab would fail from then on. It opens again instead, and waits meanwhile. When the database is deleted (`newVersion` is
 * null), it stays closed.
 */
function stayOpen(database: Dexie): void {
  database.on('versionchange', ({ newVersion }) => {
    if (!newVersion) return undefined;
    database.close();
    // Whoever reads or writes next hears of a failure.
    database.open().catch(() => {});
    return false;
  });
}
