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
