/** What a newer version of the app, or another app of the same site, has stored in this browser. */
import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import type { OpenOptions, SyncEngine } from '../../src/lib/engine';
import { ErrorCode } from '../../src/runtime/core/errors';
import type { Environment } from '../../src/runtime/worker/environment';
import { config, noBorders, openInBrowser } from '../support/browser-device';
import { allContents, raiseFormat } from '../support/stored';

const engines = new Set<SyncEngine>();
afterEach(async () => {
  await Promise.all([...engines].map((engine) => engine.close()));
  engines.clear();
});

let apps = 0;
/** An app of its own on the one site of this file. */
function newApp() {
  const appId = `some-app/${(apps += 1).toString(16).padStart(16, '0')}`;
  return {
    installation: `zero-backend-sync/${appId}`,
    async open(identity: OpenOptions['identity'] = ['user-1'], changes: Partial<Environment> = {}) {
      const environment = { config: { ...config, appId }, ...changes };
      const engine = await openInBrowser({ identity, relays: [] }, noBorders(), environment);
      engines.add(engine);
      return engine;
    },
  };
}

type App = ReturnType<typeof newApp>;

async function close(engine: SyncEngine): Promise<void> {
  engines.delete(engine);
  await engine.close();
}

async function put(database: string, table: string, value: unknown, key: string): Promise<void> {
  const connection = await openDB(database);
  await connection.put(table, value, key);
  connection.close();
}

const upgrade = async (database: string) => (await openDB(database, 99)).close();

describe.each<[string, OpenOptions['identity']]>([
  ['a user', ['user-1']],
  ['a guest', null],
])('the database of %s is not opened, and nothing is changed,', (_whose, identity) => {
  test.each<[string, (app: App, databaseName: string) => Promise<void>]>([
    ['whose installation has newer tables', ({ installation }) => upgrade(installation)],
    ['whose installation has a newer format', ({ installation }) => raiseFormat(installation)],
    ['whose ledger has newer tables', (_app, name) => upgrade(`${name}-ledger`)],
    ['whose ledger has a newer format', (_app, name) => raiseFormat(`${name}-ledger`)],
    [
      'whose documents have a newer format',
      ({ installation }, name) => put(installation, 'documents', { format: 2 }, name),
    ],
  ])('%s', async (_what, makeNewer) => {
    const app = newApp();
    const engine = await app.open(identity);
    await engine.patch('preferences', 'ui', { name: 'Ada' });
    const { name } = engine.db;
    await close(engine);
    await makeNewer(app, name);
    const before = await allContents();

    await expect(app.open(identity)).rejects.toMatchObject({ code: ErrorCode.StorageNewer });
    expect(await allContents()).toEqual(before);
  });
});

describe('two apps of one site', () => {
  test('share no database, for the same user and for guests', async () => {
    const namesBy = async (app: App) => {
      const before = new Set(Object.keys(await allContents()));
      for (const identity of [['user-1'], null]) {
        const engine = await app.open(identity);
        await engine.patch('preferences', 'ui', { name: 'Ada' });
        await close(engine);
      }
      return Object.keys(await allContents()).filter((name) => !before.has(name));
    };
    const [one, other] = [await namesBy(newApp()), await namesBy(newApp())];
    // An installation, and for each of both databases the ledger, collections and RxDB's own.
    expect(one.length).toBeGreaterThan(5);
    expect(other).toHaveLength(one.length);
  });

  test('do not see what the other has written', async () => {
    const [one, other] = [await newApp().open(), await newApp().open()];
    await one.patch('preferences', 'ui', { name: 'Ada' });
    expect(await other.db.preferences.findOne('ui').exec()).toBeNull();
  });

  test('have each a kit of its own: a newer one of the one does not lock the other out', async () => {
    const [one, other] = [newApp(), newApp()];
    await close(await one.open());
    await close(await other.open());
    await upgrade(one.installation);
    await expect(one.open()).rejects.toMatchObject({ code: ErrorCode.StorageNewer });
    await (await other.open()).patch('preferences', 'ui', { name: 'Ada' });
  });
});

test('a document that a newer tab has stored is left to it: the status says so, and the rest goes on', async () => {
  const engine = await newApp().open();
  for (const id of ['a', 'b']) await engine.patch('notes', id, { title: 'mine', order: 1 });
  const documents = await openDB(`rxdb-dexie-${engine.db.name}--0--notes`);
  const row = (await documents.get('docs', 'a')) as { readonly _meta: object };
  const newer = { ...row, _rev: '2-newer', _meta: { ...row._meta, zbs: '{"f":2}' } };
  await documents.put('docs', newer);

  await expect(engine.patch('notes', 'a', { title: 'again' })).rejects.toMatchObject({ code: ErrorCode.StorageNewer });
  await engine.seed('notes', ['a', 'b'].map((id) => ({ id, title: 'default', order: 0 })) as never);
  await firstValueFrom(
    engine.status$.pipe(filter(({ problems }) => problems.some(({ code }) => code === ErrorCode.StorageNewer))),
  );
  await engine.patch('notes', 'b', { title: 'again' });
  expect((await engine.db.notes.findOne('b').exec(true)).title).toBe('again');
  expect(await documents.get('docs', 'a')).toEqual(newer);
  documents.close();
});
