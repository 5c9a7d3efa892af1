/** What storing the documents costs at least: a plain Dexie bulk write in batches of 100, in a worker. */
import Dexie from 'dexie';

self.onmessage = async ({ data }: MessageEvent<readonly { readonly id: string }[]>) => {
  const database = new Dexie(`floor-${Math.random()}`);
  database.version(1).stores({ items: 'id,order' });
  await database.open();
  const start = performance.now();
  for (let from = 0; from < data.length; from += 100)
    await database.table('items').bulkPut(data.slice(from, from + 100));
  postMessage(performance.now() - start);
  await database.delete();
};
