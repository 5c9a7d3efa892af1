/** What an IndexedDB holds, to compare it with what it holds later. */
import { openDB } from 'idb';

/** Its version, and all keys with their values by table. */
export async function contentsOf(databaseName: string): Promise<{ readonly [table: string]: unknown }> {
  const database = await openDB(databaseName);
  const contents: { [table: string]: unknown } = { version: database.version };
  for (const table of database.objectStoreNames) {
    const [keys, values] = await Promise.all([database.getAllKeys(table), database.getAll(table)]);
    contents[table] = keys.map((key, at) => [key, values[at]]);
  }
  database.close();
  return contents;
}

/** As a newer version of the app does that needs no other tables. */
export async function raiseFormat(databaseName: string, format: number | string = 2): Promise<void> {
  const database = await openDB(databaseName);
  const transaction = database.transaction('marks', 'readwrite');
  await Promise.all([
    transaction.store.delete(['format', 1]),
    transaction.store.put({ of: 'format', at: format }),
    transaction.done,
  ]);
  database.close();
}

/** That of every IndexedDB of this browser profile, by name. RxDB's own way to other tabs, which Node has no channel for, is left out. */
export async function allContents(): Promise<{ readonly [databaseName: string]: unknown }> {
  const names = (await indexedDB.databases()).map(({ name }) => name!);
  const kept = names.filter((name) => !name.startsWith('pubkey.broadcast-channel')).sort();
  return Object.fromEntries(await Promise.all(kept.map(async (name) => [name, await contentsOf(name)] as const)));
}
