import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { ErrorCode } from '../../../src/runtime/core/errors';
import type { ServedList } from '../../../src/runtime/core/config/served-list';
import { openInstallation, temporaryInstallation } from '../../../src/runtime/persistence/installation';
import type { CollectionRecord, Guests, Installation } from '../../../src/runtime/persistence/installation';
import { systemClock } from '../../../src/runtime/worker/browser-environment';
import { contentsOf, raiseFormat } from '../../support/stored';

const record: CollectionRecord = { strategies: {}, schema: 'of this version' };
const newer = { code: ErrorCode.StorageNewer, message: expect.stringContaining('Reload') as string };

let apps = 0;
const opened: Installation[] = [];
afterEach(() => {
  for (const installation of opened.splice(0)) installation.close();
});

const newAppId = () => `app/${(apps += 1)}`;
const nameOf = (appId: string) => `zero-backend-sync/${appId}`;
async function open(appId: string): Promise<Installation> {
  const installation = await openInstallation(appId, systemClock);
  opened.push(installation);
  return installation;
}

/** As another version of the app writes there, which has the same tables. */
async function put(appId: string, table: string, value: unknown, key: string): Promise<void> {
  const database = await openDB(nameOf(appId));
  await database.put(table, value, key);
  database.close();
}

const sign = async ({ key }: Installation) =>
  Buffer.from(await crypto.subtle.sign('HMAC', key, new Uint8Array(8))).toString('hex');

describe('an installation', () => {
  test('has one key, however many tabs make it at once, and keeps it', async () => {
    const appId = newAppId();
    const [one, two] = await Promise.all([open(appId), open(appId)]);
    expect(await sign(one)).toBe(await sign(two));
    one.close();
    expect(await sign(await open(appId))).toBe(await sign(two));
  });

  test('is that of one app: another app of the site has another key and another database', async () => {
    const [one, other] = [newAppId(), newAppId()];
    expect(await sign(await open(one))).not.toBe(await sign(await open(other)));
    const names = (await indexedDB.databases()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([nameOf(one), nameOf(other)]));
  });

  test('whose tables a newer version of the app has changed is not opened, and another app of the site is', async () => {
    const appId = newAppId();
    (await open(appId)).close();
    const upgraded = await openDB(nameOf(appId), 2);
    const before = await contentsOf(nameOf(appId));
    await expect(open(appId)).rejects.toMatchObject(newer);
    expect(await contentsOf(nameOf(appId))).toEqual(before);
    upgraded.close();
    await open(newAppId());
  });

  test.each([2, 1.5, 'two'])('of the format %p is not opened, and not changed', async (format) => {
    const appId = newAppId();
    const installation = await open(appId);
    await installation.writeCollection('a/notes', record);
    await raiseFormat(nameOf(appId), format);
    const before = await contentsOf(nameOf(appId));
    await expect(open(appId)).rejects.toMatchObject(newer);
    expect(await contentsOf(nameOf(appId))).toEqual(before);
  });

  test.each<[string, (installation: Installation) => Promise<unknown>]>([
    ['admitDatabase', ({ admitDatabase }) => admitDatabase('b')],
    ['readCollection', ({ readCollection }) => readCollection('a/notes')],
    ['writeCollection', ({ writeCollection }) => writeCollection('a/notes', record)],
    ['forgetDatabase', ({ forgetDatabase }) => forgetDatabase('a')],
    ['updateGuests', ({ updateGuests }) => updateGuests('app', (guests) => ({ ...guests, present: 'one' }))],
  ])('that a newer tab changes the format of is left alone by %s of an older one', async (_what, act) => {
    const appId = newAppId();
    const installation = await open(appId);
    await installation.admitDatabase('a');
    await installation.writeCollection('a/notes', record);
    await raiseFormat(nameOf(appId));
    const before = await contentsOf(nameOf(appId));
    await expect(act(installation)).rejects.toMatchObject(newer);
    expect(await contentsOf(nameOf(appId))).toEqual(before);
  });
});

describe.each<[string, () => Promise<Installation>]>([
  ['in IndexedDB', () => open(newAppId())],
  ['in memory', temporaryInstallation],
])('what only a newer version of the app knows, %s,', (_where, openNew) => {
  test('stays when the record of a collection is written', async () => {
    const { readCollection, writeCollection } = await openNew();
    await writeCollection('a/notes', { ...record, since: 'v2' } as CollectionRecord);
    await writeCollection('a/notes', { strategies: {}, schema: 'another' });
    expect(await readCollection('a/notes')).toEqual({ strategies: {}, schema: 'another', since: 'v2' });
  });

  test('stays when a database is admitted again, and goes with it', async () => {
    const { readCollection, writeCollection, admitDatabase, forgetDatabase } = await openNew();
    for (const name of ['a', 'a0']) {
      await admitDatabase(name);
      await writeCollection(`${name}/notes`, record);
    }
    await admitDatabase('a');
    await forgetDatabase('a');
    expect(await readCollection('a/notes')).toBeUndefined();
    expect(await readCollection('a0/notes')).toEqual(record);
  });

  test('stays in what is known of guests', async () => {
    const { updateGuests } = await openNew();
    await updateGuests('app', (guests) => ({ ...guests, since: 'v2' }) as Guests);
    await updateGuests('app', (guests) => ({ ...guests, present: 'one' }));
    expect(await updateGuests('app', (guests) => guests)).toEqual({ present: 'one', claims: {}, since: 'v2' });
  });
});

describe('the documents of a database', () => {
  test('have a format before the first is written', async () => {
    const appId = newAppId();
    const { admitDatabase } = await open(appId);
    await admitDatabase('a');
    expect(await contentsOf(nameOf(appId))).toMatchObject({ documents: [['a', { format: 1 }]] });
  });

  test('in the format of a newer version of the app are not admitted, and those of other databases are', async () => {
    const appId = newAppId();
    const { admitDatabase } = await open(appId);
    await put(appId, 'documents', { format: 2, since: 'v2' }, 'a');
    const before = await contentsOf(nameOf(appId));
    await expect(admitDatabase('a')).rejects.toMatchObject(newer);
    expect(await contentsOf(nameOf(appId))).toEqual(before);
    await admitDatabase('b');
  });

  test('in the present format keep what a newer version of the app has recorded beside it', async () => {
    const appId = newAppId();
    const { admitDatabase } = await open(appId);
    await put(appId, 'documents', { format: 1, since: 'v2' }, 'a');
    await admitDatabase('a');
    expect(await contentsOf(nameOf(appId))).toMatchObject({ documents: [['a', { format: 1, since: 'v2' }]] });
  });
});

describe('the list of relays that the site serves', () => {
  const first: ServedList = { relays: ['wss://a'], former: [] };
  test.each<[string, () => Promise<Installation>]>([
    ['a browser', () => open(newAppId())],
    ['memory', temporaryInstallation],
  ])('is kept in %s, and changed by what is known then', async (_where, openOne) => {
    const installation = await openOne();
    expect(await installation.readServedList()).toBeUndefined();
    expect(await installation.updateServedList(() => first)).toEqual(first);
    const next = (known = first) => ({ relays: ['wss://b'], former: known.relays });
    expect(await installation.updateServedList(next)).toEqual({ relays: ['wss://b'], former: ['wss://a'] });
    expect(await installation.readServedList()).toEqual({ relays: ['wss://b'], former: ['wss://a'] });
  });

  test('keeps what only a newer version of the app knows of it, and is there after a restart', async () => {
    const appId = newAppId();
    (await open(appId)).close();
    await put(appId, 'relays', { ...first, learned: 'later' }, 'served');
    const installation = await open(appId);
    await installation.updateServedList((known) => ({ relays: ['wss://b'], former: known!.relays }));
    installation.close();
    expect(await (await open(appId)).readServedList()).toEqual({
      ...{ relays: ['wss://b'], former: ['wss://a'], learned: 'later' },
    });
  });
});
