import 'fake-indexeddb/auto';
import { firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import type { RxStorage } from 'rxdb/plugins/core';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import { SyncEngine } from '../../src/lib/engine';
import { collections } from '../../src/lib/schema';
import { watchDocument } from '../../src/runtime/page/rxdb/documents';
import { createRxdbLayer } from '../../src/runtime/storage/rxdb/rxdb-layer';
import { ErrorCode } from '../../src/runtime/core/errors';
import type { Environment } from '../../src/runtime/worker/environment';
import { inProcessEnvironment, inProcessWorkers } from '../support/in-process';

const engines: SyncEngine[] = [];
async function open(environment: Environment = inProcessEnvironment()): Promise<SyncEngine> {
  const engine = await SyncEngine.open({
    identity: ['user-1'],
    relays: [],
    createWorker: inProcessWorkers(environment),
  });
  engines.push(engine);
  return engine;
}
afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())));

/** An installation whose documents are in IndexedDB. */
function environmentOnDisk(): Environment {
  const dexie = getRxStorageDexie() as unknown as RxStorage<unknown, unknown>;
  return {
    ...inProcessEnvironment(),
    storage: createRxdbLayer({
      name: dexie.name,
      rxdbVersion: dexie.rxdbVersion,
      createStorageInstance: (params) => dexie.createStorageInstance({ ...params, multiInstance: false }),
    }),
  };
}

const note = { id: 'n1', title: 'Milk', body: '', tags: ['shop'], done: false, order: -1 };

describe('a database on disk', () => {
  beforeEach(() => jest.spyOn(console, 'warn').mockImplementation(() => {}));
  afterEach(() => jest.restoreAllMocks());

  test('is found again', async () => {
    const disk = environmentOnDisk();
    const first = await open(disk);
    await first.db.notes.insert(note);
    await first.close();
    const second = await open(disk);
    expect((await second.db.notes.findOne('n1').exec())?.toJSON()).toEqual(note);
  });

  test('opens under a schema with another property and another index', async () => {
    const disk = environmentOnDisk();
    const first = await open(disk);
    await first.db.notes.insert(note);
    await first.close();
    const { schema } = collections.notes;
    const { properties, required, indexes } = schema;
    Object.assign(schema, {
      properties: { ...properties, colour: { type: 'string', maxLength: 20, default: 'none' } },
      required: [...(required ?? []), 'done'],
      indexes: ['order', ['done', 'order']],
    });
    try {
      const second = await open(disk);
      await firstValueFrom(
        second.db.notes.findOne('n1').$.pipe(filter((found) => found?.get('colour' as never) === 'none')),
      );
      await second.patch('notes', 'n1', { colour: 'red' } as never);
      expect((await second.db.notes.findOne('n1').exec())?.toJSON()).toEqual({ ...note, colour: 'red' });
      const query = { selector: { done: false }, sort: [{ order: 'asc' as const }] };
      expect((await second.db.notes.find(query).exec()).map(({ id }) => id)).toEqual(['n1']);
    } finally {
      Object.assign(schema, { properties, required, indexes });
    }
  });

  test('refuses a schema under which a property would merge in another way', async () => {
    const disk = environmentOnDisk();
    await (await open(disk)).close();
    const tags = collections.notes.schema.properties.tags as { 'x-merge'?: string };
    tags['x-merge'] = 'atomic';
    try {
      await expect(open(disk)).rejects.toMatchObject({ code: ErrorCode.SchemaChanged });
    } finally {
      tags['x-merge'] = 'set';
    }
  });
});

test('a second engine on the same database in one page is refused', async () => {
  const environment = inProcessEnvironment();
  await open(environment);
  await expect(open(environment)).rejects.toMatchObject({ code: ErrorCode.AlreadyOpen });
});

test('a bulk keeps its valid documents and says what is wrong with the others', async () => {
  const { db } = await open();
  const { success, error } = await db.notes.bulkInsert([note, { ...note, id: 'n2', title: 7 as never }]);
  expect(success.map(({ id }) => id)).toEqual(['n1']);
  expect(error.map(({ documentId }) => documentId)).toEqual(['n2']);
});

describe('watchDocument', () => {
  test('shows defaults under a write to a document that is not there', async () => {
    const { db } = await open();
    const watch = watchDocument(db, 'preferences', 'ui');
    const writing = watch.patch({ theme: 'dark' });
    expect(watch.read().document).toEqual({
      id: 'ui',
      theme: 'dark',
      accent: 'indigo',
      density: 'comfortable',
      name: '',
    });
    await writing;
  });

  test('is the same for all who look at the document', async () => {
    const { db } = await open();
    const end = watchDocument(db, 'preferences', 'ui').subscribe(() => {});
    expect(watchDocument(db, 'preferences', 'ui')).toBe(watchDocument(db, 'preferences', 'ui'));
    end();
  });

  test('says null when the document is deleted', async () => {
    const engine = await open();
    const document = await engine.patch('preferences', 'ui', { theme: 'dark' });
    const watch = watchDocument(engine.db, 'preferences', 'ui');
    const gone = new Promise<void>((resolve) =>
      watch.subscribe(() => {
        if (watch.read().document === null) resolve();
      }),
    );
    await document.remove();
    await gone;
    expect(watch.read()).toEqual({ document: null, problem: undefined });
  });
});
