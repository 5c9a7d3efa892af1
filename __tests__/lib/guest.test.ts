/** What is written before anybody has signed in, and whose it becomes. */
import 'fake-indexeddb/auto';
import { firstValueFrom, Subject } from 'rxjs';
import type { Observable } from 'rxjs';
import { filter } from 'rxjs/operators';
import type { OpenOptions, SyncEngine } from '../../src/lib/engine';
import { collections } from '../../src/lib/schema';
import type * as schema from '../../src/lib/schema';
import { SyncPhase } from '../../src/runtime/core/status';
import { deleteLedger } from '../../src/runtime/persistence/ledger';
import type { Environment } from '../../src/runtime/worker/environment';
import { inProcessEnvironment } from '../support/in-process';
import { startRelay } from '../../src/relay';
import type { RunningRelay } from '../../src/relay';
import { config, everythingStored, noBorders, openElsewhere, openInBrowser } from '../support/browser-device';
import type { Borders } from '../support/browser-device';

jest.mock('../../src/lib/schema', () => {
  const { notes, preferences } = jest.requireActual<typeof schema>('../../src/lib/schema').collections;
  const visits = { type: 'number', default: 0, 'x-merge': 'counter' };
  const counting = { ...notes.schema, properties: { ...notes.schema.properties, visits } };
  return {
    collections: { notes: { ...notes, schema: counting }, preferences, drafts: { ...preferences, sync: false } },
  };
});

jest.setTimeout(30_000);

let relays: RunningRelay[];
beforeAll(async () => {
  relays = await Promise.all(['one', 'two', 'three'].map((name) => startRelay({ name })));
});
afterAll(() => Promise.all(relays.map((relay) => relay.stop())));

const engines = new Set<SyncEngine>();
const present = { ...collections };
afterEach(async () => {
  Object.assign(collections, present);
  await Promise.all([...engines].map((engine) => engine.close()));
  engines.clear();
});

/** A browser in memory: what is opened with it are tabs, one after another or at once, and users who come and go. */
function newBrowser() {
  const memory = inProcessEnvironment();
  const deleted$ = new Subject<string>();
  const environment: Environment = {
    ...memory,
    async deleteLedger(name) {
      await memory.deleteLedger(name);
      deleted$.next(name);
    },
  };
  const open = async (options: OpenOptions, more: Partial<Environment> = {}) => {
    const engine = await openElsewhere({ relays: [], ...options }, { ...environment, ...more });
    engines.add(engine);
    return engine;
  };
  return {
    environment,
    /** Resolves when the next guest database is gone, which is the end of an adoption. */
    emptied: () => firstValueFrom(deleted$),
    openGuest: () => open({ identity: null }),
    openUser: (name: string, options: Partial<OpenOptions> = {}, more?: Partial<Environment>) =>
      open({ identity: [name, 'somebody'], ...options }, more),
  };
}

const urls = () => relays.map(({ url }) => url);
let users = 0;
const newUser = () => `user-${(users += 1)}`;

const untilName = (engine: SyncEngine, name: string) =>
  firstValueFrom(engine.db.preferences.findOne('ui').$.pipe(filter((document) => document?.name === name)));
const untilStatus = (engine: SyncEngine, isIt: (status: SyncEngine['status']) => boolean) =>
  firstValueFrom(engine.status$.pipe(filter(isIt)));
const nameIn = async (engine: SyncEngine) => (await engine.db.preferences.findOne('ui').exec())?.name;
const visitsIn = (engine: SyncEngine, id: string) =>
  engine.db.notes.findOne(id).$ as unknown as Observable<{ readonly visits: number } | null>;
const untilVisits = (engine: SyncEngine, id: string, visits: number) =>
  firstValueFrom(visitsIn(engine, id).pipe(filter((found) => found?.visits === visits)));
const visit = (engine: SyncEngine, id: string, visits: number) =>
  engine.patch('notes', id, { title: id, order: 1, visits } as object);

const drafts = (engine: SyncEngine) => (engine.db as unknown as { drafts: typeof engine.db.preferences }).drafts;

/** From now on the app is a version that does not have the collection. */
const dropCollection = (name: string) => delete (collections as Partial<Record<string, unknown>>)[name];

describe('a guest', () => {
  test('writes on this device alone, and the status says so', async () => {
    const borders: Borders = noBorders();
    const loadBlackBox = jest.fn(inProcessEnvironment().loadBlackBox);
    const guest = await openInBrowser({ identity: null, relays: urls() }, borders, { loadBlackBox });
    engines.add(guest);
    await guest.patch('preferences', 'ui', { name: 'Ada' });
    await guest.synced();
    const status = await untilStatus(guest, ({ phase }) => phase !== SyncPhase.Starting);
    expect(status).toMatchObject({ phase: SyncPhase.LocalOnly, pending: 0, relays: [] });
    expect(borders.sockets).toBe(0);
    expect(loadBlackBox).not.toHaveBeenCalled();
  });

  test('finds again what was written, in the next session and in another tab', async () => {
    const browser = newBrowser();
    const guest = await browser.openGuest();
    await guest.patch('preferences', 'ui', { name: 'Ada' });
    await guest.close();
    expect(await nameIn(await browser.openGuest())).toBe('Ada');
  });

  test('is another one in another browser', async () => {
    const guest = await newBrowser().openGuest();
    await guest.patch('preferences', 'ui', { name: 'Ada' });
    expect(await nameIn(await newBrowser().openGuest())).toBeUndefined();
  });
});

describe('what a guest has written', () => {
  test('stays apart without the option, and the guest finds it again after a sign-out', async () => {
    const browser = newBrowser();
    const guest = await browser.openGuest();
    await guest.patch('preferences', 'ui', { name: 'Ada' });
    await guest.close();
    const user = await browser.openUser(newUser());
    await user.patch('preferences', 'ui', { theme: 'dark' });
    expect(await nameIn(user)).toBe('');
    await user.close();
    const again = await browser.openGuest();
    expect((await again.db.preferences.findOne('ui').exec())?.toJSON()).toMatchObject({ name: 'Ada', theme: 'system' });
  });

  test('is adopted by who signs in, and nobody after them sees it', async () => {
    const browser = newBrowser();
    const guest = await browser.openGuest();
    await guest.patch('preferences', 'ui', { name: 'Ada' });
    await guest.close();
    const emptied = browser.emptied();
    const first = await browser.openUser(newUser(), { adoptGuest: true });
    await untilName(first, 'Ada');
    await emptied;
    await first.close();

    const second = await browser.openUser(newUser(), { adoptGuest: true });
    expect(await nameIn(second)).toBeUndefined();
    await second.close();
    expect(await nameIn(await browser.openGuest())).toBeUndefined();
  });

  test('is in the adopting database still after a restart, without the option', async () => {
    const browser = newBrowser();
    const guest = await browser.openGuest();
    await guest.patch('preferences', 'ui', { name: 'Ada' });
    await guest.close();
    const user = newUser();
    const emptied = browser.emptied();
    const engine = await browser.openUser(user, { adoptGuest: true });
    await emptied;
    await engine.close();
    expect(await nameIn(await browser.openUser(user))).toBe('Ada');
  });

  test('meets what the user has: the later write of each property wins', async () => {
    const browser = newBrowser();
    const user = newUser();
    const before = await browser.openUser(user);
    await before.patch('preferences', 'ui', { name: 'old', theme: 'dark' });
    await before.close();
    const guest = await browser.openGuest();
    await guest.patch('preferences', 'ui', { name: 'Ada' });
    await guest.close();
    const after = await browser.openUser(user, { adoptGuest: true });
    expect((await untilName(after, 'Ada'))?.theme).toBe('dark');
  });

  test('is adopted from collections that stay on the device too, where the later document wins', async () => {
    const browser = newBrowser();
    const user = newUser();
    const before = await browser.openUser(user);
    await drafts(before).insert({ id: 'earlier', name: 'of the user' } as never);
    await before.close();
    const guest = await browser.openGuest();
    for (const id of ['earlier', 'later', 'new']) await drafts(guest).insert({ id, name: 'of the guest' } as never);
    await guest.close();
    const between = await browser.openUser(user);
    await drafts(between).insert({ id: 'later', name: 'of the user' } as never);
    await between.close();

    const emptied = browser.emptied();
    const after = await browser.openUser(user, { adoptGuest: true });
    await emptied;
    const found = await drafts(after)
      .find({ sort: [{ id: 'asc' }] })
      .exec();
    expect(found.map(({ id, name }) => [id, name])).toEqual([
      ['earlier', 'of the guest'],
      ['later', 'of the user'],
      ['new', 'of the guest'],
    ]);
  });

  test('is adopted at once although another tab is still a guest, and the rest when that tab is done', async () => {
    const browser = newBrowser();
    const guest = await browser.openGuest();
    await guest.patch('preferences', 'ui', { name: 'Ada' });
    const user = await browser.openUser(newUser(), { adoptGuest: true });
    await untilName(user, 'Ada');
    await guest.patch('preferences', 'ui', { name: 'Grace' });
    expect(await nameIn(await browser.openGuest())).toBeUndefined();
    const emptied = browser.emptied();
    await guest.close();
    await emptied;
    expect(await nameIn(user)).toBe('Grace');
  });

  test.each([
    ['the same version of the app', () => {}],
    ['a version without a collection that the guest has not written', () => void dropCollection('drafts')],
  ])('leaves nothing behind in the browser once %s has adopted it', async (version, upgrade) => {
    const { locks } = inProcessEnvironment();
    const guest = await openInBrowser({ identity: null }, noBorders(), { locks });
    const { name } = guest.db;
    await guest.patch('preferences', 'ui', { name: 'Ada Lovelace' });
    await guest.close();
    expect(await whereStored(name)).not.toEqual([]);

    upgrade();
    const emptied$ = new Subject<void>();
    const emptied = firstValueFrom(emptied$);
    const user = await openInBrowser({ identity: ['leaves', version], relays: [], adoptGuest: true }, noBorders(), {
      locks,
      deleteLedger: (name) => deleteLedger(name).then(() => emptied$.next()),
    });
    engines.add(user);
    await untilName(user, 'Ada Lovelace');
    await emptied;
    await user.close();
    expect(await whereStored(name)).toEqual([]);
  });
});

/** What of the browser's profile mentions a database. Outside a browser RxDB talks to other tabs through a database of its own. */
async function whereStored(databaseName: string): Promise<readonly unknown[]> {
  const names = (await indexedDB.databases()).map(({ name }) => name!);
  const stored = await everythingStored();
  const ofInstallation = stored.indexOf(`zero-backend-sync/${config.appId}`);
  const tables = (stored[ofInstallation + 1] as readonly string[]).length;
  return [
    ...names.filter((name) => !name.startsWith('pubkey.broadcast-channel')),
    ...stored.slice(ofInstallation, ofInstallation + 2 + 2 * tables),
  ].filter((found) => JSON.stringify(found).includes(databaseName));
}

describe('through relays', () => {
  test('it arrives on the other device: counters are summed, sets are joined, deletions delete', async () => {
    const user = newUser();
    const other = await newBrowser().openUser(user, { relays: urls() });
    const browser = newBrowser();
    const before = await browser.openUser(user, { relays: urls() });
    await visit(before, 'counted', 2);
    await before.patch('notes', 'tagged', { title: 'tagged', order: 1, tags: ['red'] });
    await before.patch('notes', 'doomed', { title: 'doomed', order: 1 });
    await untilVisits(other, 'counted', 2);
    await untilStatus(before, ({ phase, pending }) => phase === SyncPhase.Online && pending === 0);
    await before.close();

    const guest = await browser.openGuest();
    await visit(guest, 'counted', 3);
    await guest.patch('notes', 'tagged', { title: 'tagged', order: 1, tags: ['blue'] });
    await (await guest.patch('notes', 'doomed', { title: 'doomed', order: 1 })).remove();
    await guest.close();

    const after = await browser.openUser(user, { relays: urls(), adoptGuest: true });
    await untilVisits(other, 'counted', 5);
    await firstValueFrom(other.db.notes.findOne('tagged').$.pipe(filter((found) => found?.tags.length === 2)));
    await firstValueFrom(other.db.notes.findOne('doomed').$.pipe(filter((found) => found === null)));
    await untilStatus(after, ({ phase, pending }) => phase === SyncPhase.Online && pending === 0);
    await visit(after, 'counted', 6);
    await untilVisits(other, 'counted', 6);
  });

  test('a guest who counts again after an adoption is counted again', async () => {
    const user = newUser();
    const other = await newBrowser().openUser(user, { relays: urls() });
    const browser = newBrowser();
    for (const total of [2, 4, 6]) {
      const guest = await browser.openGuest();
      await visit(guest, 'counted', 2);
      await guest.close();
      const emptied = browser.emptied();
      const engine = await browser.openUser(user, { relays: urls(), adoptGuest: true });
      await Promise.all([emptied, untilVisits(other, 'counted', total)]);
      await engine.close();
    }
  });
});

describe('whatever fails in between', () => {
  const fail = () => Promise.reject(new Error('the browser has died'));
  const failures: readonly (readonly [string, (browser: Environment, guest: string) => Partial<Environment>])[] = [
    [
      'before anything is recorded',
      ({ openLedger }, guest) => ({
        openLedger: (name, newId) => (name === guest ? fail() : openLedger(name, newId)),
      }),
    ],
    [
      'before the documents are joined',
      ({ storage }, guest) => ({
        storage: {
          ...storage,
          openDatabase(options) {
            const database = storage.openDatabase(options);
            return options.databaseName === guest ? { ...database, openAll: fail } : database;
          },
        },
      }),
    ],
    ['between joining and emptying', ({ storage }) => ({ storage: { ...storage, deleteDatabase: fail } })],
    [
      'when it is emptied and still on record',
      ({ deleteLedger }) => ({ deleteLedger: (name) => deleteLedger(name).then(fail) }),
    ],
  ];

  test.each(failures)('%s, nobody else gets it and the user gets all of it, once', async (_when, broken) => {
    const browser = newBrowser();
    const user = newUser();
    const guest = await browser.openGuest();
    const guestName = guest.db.name;
    await visit(guest, 'counted', 3);
    await guest.close();

    const dying = await browser.openUser(user, { adoptGuest: true }, broken(browser.environment, guestName));
    const { problems } = await untilStatus(dying, (status) => status.problems.length > 0);
    expect(problems).toHaveLength(1);
    await dying.close();

    const stranger = await browser.openUser(newUser(), { adoptGuest: true });
    expect(await stranger.db.notes.find().exec()).toEqual([]);
    await stranger.close();
    const nextGuest = await browser.openGuest();
    expect(await nextGuest.db.notes.find().exec()).toEqual([]);
    await visit(nextGuest, 'counted', 10);
    await nextGuest.close();

    const emptied = browser.emptied();
    const back = await browser.openUser(user);
    await untilVisits(back, 'counted', 3);
    await emptied;
  });

  test('what breaks the schema of this version is reported, kept, and adopted by one that takes it', async () => {
    const browser = newBrowser();
    const user = newUser();
    const guest = await browser.openGuest();
    await guest.patch('preferences', 'ui', { name: 'Grace Hopper' });
    await guest.patch('preferences', 'other', { name: 'Ada' });
    await guest.close();

    const name: { maxLength: number } = collections.preferences.schema.properties.name;
    const maxLength = name.maxLength;
    name.maxLength = 3;
    const strict = await browser.openUser(user, { adoptGuest: true });
    const status = await untilStatus(strict, ({ quarantined }) => quarantined > 0);
    expect(status).toMatchObject({ quarantined: 1, problems: [] });
    expect(await nameIn(strict)).toBeUndefined();
    expect((await strict.db.preferences.findOne('other').exec())?.name).toBe('Ada');
    await strict.close();
    name.maxLength = maxLength!;

    const emptied = browser.emptied();
    const tolerant = await browser.openUser(user);
    await untilName(tolerant, 'Grace Hopper');
    await emptied;
    expect(tolerant.status.quarantined).toBe(0);
  });

  test.each(['notes', 'drafts'])(
    'what a version without the collection %s cannot take is reported, kept, and adopted by one that can',
    async (name) => {
      const browser = newBrowser();
      const user = newUser();
      const guest = await browser.openGuest();
      await guest.patch('preferences', 'ui', { name: 'Ada' });
      await visit(guest, 'counted', 3);
      await drafts(guest).insert({ id: 'ui', name: 'draft' } as never);
      await guest.close();

      dropCollection(name);
      const without = await browser.openUser(user, { adoptGuest: true });
      await untilName(without, 'Ada');
      expect(await untilStatus(without, ({ quarantined }) => quarantined > 0)).toMatchObject({
        ...{ quarantined: 1, problems: [] },
      });
      await without.close();
      Object.assign(collections, present);

      const emptied = browser.emptied();
      const complete = await browser.openUser(user);
      await emptied;
      expect((await drafts(complete).findOne('ui').exec())?.name).toBe('draft');
      await untilVisits(complete, 'counted', 3);
      expect(complete.status.quarantined).toBe(0);
    },
  );
});
