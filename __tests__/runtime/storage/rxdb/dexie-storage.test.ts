/** Bulks that a writer takes for new are added unread; whatever is there all the same is a conflict, as with RxDB's own storage. */
import 'fake-indexeddb/auto';
import type { Dexie } from 'dexie';
import { fillWithDefaultSettings, prepareQuery } from 'rxdb/plugins/core';
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

describe('a worker that freezes', () => {
  const update = (id: string, height: number) => {
    const { document } = row(id);
    return {
      previous: { ...(document as object), _rev: `${height - 1}-${id}` } as never,
      document: { ...(document as object), _rev: `${height}-${id}`, _meta: { lwt: height } } as never,
    };
  };
  const prepared = (selector: object, limit?: number) =>
    prepareQuery(schema as never, { selector, sort: [{ id: 'asc' }], skip: 0, ...(limit && { limit }) } as never);

  test.each<[string, (instance: RowStorage) => Promise<unknown>]>([
    ['an insert', (instance) => instance.bulkWrite([row('new')], 'test')],
    ['an insert of what is there', (instance) => instance.bulkWrite([row('d1')], 'test')],
    ['an update', (instance) => instance.bulkWrite([update('d1', 2)], 'test')],
    ['a bulk of both', (instance) => instance.bulkWrite([update('d1', 2), row('new')], 'test')],
    ['a reading by ids', (instance) => instance.findDocumentsById(['d1', 'd2'], true)],
    ['a query', (instance) => instance.query(prepared({ isDone: true }) as never)],
    ['a query with a limit', (instance) => instance.query(prepared({ id: { $gt: 'd1' } }, 3) as never)],
    ['a count', (instance) => instance.count(prepared({ id: { $gt: 'd1' } }) as never)],
  ])('keeps nobody waiting by %s: each transaction ends in the task that began it', async (_what, act) => {
    const { instance } = await open(createDexieStorage());
    await instance.bulkWrite(bulk, 'test');
    const begun: { committedAtOnce: boolean }[] = [];
    const connection = (await (instance.internals as Promise<{ dexieDb: Dexie }>)).dexieDb.backendDB();
    const begin = connection.transaction.bind(connection);
    jest.spyOn(connection, 'transaction').mockImplementation((...which) => {
      const transaction = begin(...which);
      const watched = { committedAtOnce: false };
      begun.push(watched);
      let isLater = false;
      setImmediate(() => (isLater = true));
      const commit = transaction.commit.bind(transaction);
      transaction.commit = () => {
        watched.committedAtOnce = !isLater;
        commit();
      };
      return transaction;
    });
    await act(instance);
    expect(begun.length).toBeGreaterThan(0);
    for (const { committedAtOnce } of begun) expect(committedAtOnce).toBe(true);
  });

  test('loses to whoever has written in between: of updates at once in two tabs one is stored, the others are conflicts', async () => {
    const { instance, databaseName } = await open(createDexieStorage());
    const { instance: other } = await open(createDexieStorage(), databaseName);
    await instance.bulkWrite(bulk, 'test');
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) => (at % 2 ? instance : other).bulkWrite([update('d1', 2)], 'test')),
    );
    expect(answers.filter(({ error }) => error.length === 0)).toHaveLength(1);
    for (const { error } of answers.filter(({ error: errors }) => errors.length > 0))
      expect(error).toMatchObject([{ documentId: 'd1', status: 409, documentInDb: { _rev: '2-d1' } }]);
  });

  test('updates of other documents at once are all stored, and so are inserts', async () => {
    const { instance, databaseName } = await open(createDexieStorage());
    const { instance: other } = await open(createDexieStorage(), databaseName);
    await instance.bulkWrite(bulk, 'test');
    const writes = Array.from({ length: 20 }, (_, at) => (at % 3 ? update(`d${at}`, 2) : row(`new${at}`)));
    const answers = await Promise.all(
      writes.map((write, at) => (at % 2 ? instance : other).bulkWrite([write as never], 'test')),
    );
    expect(answers.flatMap(({ error }) => error)).toEqual([]);
    const stored = await other.findDocumentsById(idsOf(writes as never), true);
    expect(stored.map(({ _rev }) => _rev).sort()).toEqual(
      writes.map(({ document }) => (document as { _rev: string })._rev).sort(),
    );
  });
});

describe('queries are answered as by RxDB’s own storage', () => {
  const documents = Array.from({ length: 250 }, (_, at) => row(`q${`${at}`.padStart(4, '0')}`, at % 7 === 0));
  const queries: object[] = [
    { selector: {} },
    { selector: { isDone: true } },
    { selector: { isDone: true }, limit: 7 },
    { selector: { isDone: true }, skip: 20, limit: 31 },
    { selector: { id: { $gt: 'q0050', $lte: 'q0099' } } },
    { selector: { id: { $gt: 'q0050' } }, limit: 1 },
    { selector: { id: { $gt: 'q0050' } }, limit: 0 },
    { selector: { id: { $regex: '9$' } }, limit: 40 },
    { selector: { id: { $regex: '77$' } }, sort: [{ id: 'desc' }], limit: 2 },
    { selector: { isDone: false }, sort: [{ isDone: 'asc' }, { id: 'asc' }], skip: 3, limit: 120 },
    { selector: { _deleted: true, id: { $regex: '5$' } }, limit: 200 },
  ];
  test('whatever is asked', async () => {
    const instances = [(await open(createDexieStorage())).instance, (await open(getRxStorageDexie())).instance];
    for (const instance of instances) await instance.bulkWrite(documents, 'test');
    for (const query of queries) {
      const ask = () => prepareQuery(schema as never, { sort: [{ id: 'asc' }], skip: 0, ...query } as never) as never;
      const [ours, theirs] = await Promise.all(
        instances.map(async (instance) => ({
          ...{ query, count: (await instance.count(ask())).count },
          ids: (await instance.query(ask())).documents.map(({ id }) => id),
        })),
      );
      expect(ours).toEqual(theirs);
    }
  }, 60_000);
});
