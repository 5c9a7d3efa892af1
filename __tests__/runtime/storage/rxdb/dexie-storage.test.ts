/** Bulks that a writer takes for new are added unread; whatever is there all the same is a conflict, as with RxDB's own storage. */
import 'fake-indexeddb/auto';
import { fillWithDefaultSettings } from 'rxdb/plugins/core';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import { createDexieStorage } from '../../../../src/runtime/storage/rxdb/dexie-storage';
import type { Bulk } from '../../../../src/runtime/storage/rxdb/app-view';
import type { RowStorage } from '../../../../src/runtime/storage/rxdb/rows';

jest.spyOn(console, 'warn').mockImplementation(() => {}); // Dexie's storage advertises on its first write.

const schema = fillWithDefaultSettings({
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: { id: { type: 'string', maxLength: 40 }, isDone: { type: 'boolean' } },
  required: ['id', 'isDone'],
  indexes: ['isDone'],
} as never);

let databases = 0;
const opened: RowStorage[] = [];
afterEach(() => Promise.all(opened.splice(0).map((instance) => instance.close())));

async function open(storage: unknown, databaseName = `documents-${(databases += 1)}`) {
  const { createStorageInstance } = storage as { createStorageInstance(params: object): Promise<RowStorage> };
  const instance = await createStorageInstance.call(storage, {
    ...{ databaseName, collectionName: 'items', schema, options: {}, multiInstance: true, devMode: false },
    databaseInstanceToken: `${databaseName}-${opened.length}`,
  });
  opened.push(instance);
  const told: string[][] = [];
  instance.changeStream().subscribe((bulk) => told.push((bulk as Bulk).events.map(({ documentId }) => documentId)));
  return { instance, told, databaseName };
}

const row = (id: string, _deleted = false) => ({
  document: { id, isDone: id.endsWith('5'), _deleted, _attachments: {}, _rev: `1-${id}`, _meta: { lwt: 1 } } as never,
});
const bulk = Array.from({ length: 100 }, (_, index) => row(`d${index}`));
const idsOf = (rows: readonly { document: { id: string } }[]) => rows.map(({ document }) => document.id);

const STORAGES = [
  ['this one', createDexieStorage],
  ["RxDB's own", getRxStorageDexie],
] as const;

describe.each(STORAGES)('%s', (_name, createStorage) => {
  test('a bulk of new documents is stored, found by its indexes and told once in every tab', async () => {
    const { instance, told, databaseName } = await open(createStorage());
    const other = await open(createStorage(), databaseName);
    expect(await instance.bulkWrite(bulk, 'test')).toEqual({ error: [] });
    expect(await instance.findDocumentsById(idsOf(bulk), true)).toEqual(bulk.map(({ document }) => document));
    expect(told).toEqual([idsOf(bulk)]);
    while (other.told.length === 0) await new Promise((resolve) => setTimeout(resolve));
    expect(other.told).toEqual([idsOf(bulk)]);
  });

  test.each([
    ['a living document', false],
    ['a deleted one', true],
  ])('%s that is there already is a conflict, and the others are stored', async (_which, isDeleted) => {
    const { instance, told } = await open(createStorage());
    await instance.bulkWrite([row('d50', isDeleted)], 'test');
    told.splice(0);
    const { error } = await instance.bulkWrite(bulk, 'test');
    expect(error.map(({ documentId, status }) => [documentId, status])).toEqual([['d50', 409]]);
    expect(error[0]).toMatchObject({ documentInDb: { id: 'd50', _deleted: isDeleted } });
    expect(await instance.findDocumentsById(idsOf(bulk), true)).toHaveLength(100);
    expect(told).toEqual([idsOf(bulk).filter((id) => id !== 'd50')]);
  });

  test('of a bulk that cannot be stored nothing is stored or told', async () => {
    const { instance, told } = await open(createStorage());
    const broken = { document: { ...(row('broken').document as object), value: () => {} } as never };
    await expect(instance.bulkWrite([...bulk, broken], 'test')).rejects.toMatchObject({
      name: expect.stringMatching(/Data|Bulk|Abort/),
    });
    expect(await instance.findDocumentsById(idsOf(bulk), true)).toEqual([]);
    expect(told).toEqual([]);
  });
});

test('a bulk of new documents is not read first', async () => {
  const { instance } = await open(createDexieStorage());
  const get = jest.spyOn(IDBObjectStore.prototype, 'get');
  await instance.bulkWrite(bulk, 'test');
  expect(get).not.toHaveBeenCalled();
  await instance.bulkWrite([{ previous: bulk[0]!.document, document: bulk[0]!.document }], 'test');
  expect(get).toHaveBeenCalled();
});
