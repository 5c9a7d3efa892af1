import { firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import { WebSocket } from 'ws';
import { SyncEngine } from '../../src/lib/engine';
import type { OpenOptions } from '../../src/lib/engine';
import { ErrorCode } from '../../src/runtime/core/errors';
import { SyncPhase } from '../../src/runtime/core/status';
import { createRxdbLayer } from '../../src/runtime/storage/rxdb/rxdb-layer';
import { memoryOfOneTab } from '../../src/runtime/testing/in-process';
import { inProcessEnvironment, inProcessWorkers } from '../support/in-process';
import type { Environment } from '../../src/runtime/worker/environment';
import type { SocketLike } from '../../src/runtime/relay/socket';
import { startRelay } from '../../src/relay';
import type { RunningRelay } from '../../src/relay';

jest.setTimeout(30_000);

let relays: RunningRelay[];
beforeAll(async () => {
  relays = await Promise.all(['one', 'two', 'three'].map((name) => startRelay({ name })));
});
afterAll(() => Promise.all(relays.map((relay) => relay.stop())));

const engines: SyncEngine[] = [];
afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())));

let users = 0;
const newUser = () => [`user-${(users += 1)}`, 'somebody'];

/** A device: an engine in this process with an installation of its own and real sockets. */
async function openDevice(options: Partial<OpenOptions> = {}, changes: Partial<Environment> = {}): Promise<SyncEngine> {
  const environment: Environment = {
    ...inProcessEnvironment(),
    createSocket: (url) => new WebSocket(url) as unknown as SocketLike,
    ...changes,
  };
  const engine = await SyncEngine.open({
    identity: newUser(),
    relays: relays.map(({ url }) => url),
    createWorker: inProcessWorkers(environment),
    ...options,
  });
  engines.push(engine);
  return engine;
}

const untilName = (engine: SyncEngine, name: string) =>
  firstValueFrom(engine.db.preferences.findOne('ui').$.pipe(filter((document) => document?.name === name)));
const untilStatus = (engine: SyncEngine, isIt: (status: SyncEngine['status']) => boolean) =>
  firstValueFrom(engine.status$.pipe(filter(isIt)));

describe('two devices of one user', () => {
  test('see what the other writes', async () => {
    const identity = newUser();
    const [a, b] = [await openDevice({ identity }), await openDevice({ identity })];
    await a.patch('preferences', 'ui', { name: 'Ada' });
    await untilName(b, 'Ada');
    await b.patch('preferences', 'ui', { name: 'Grace' });
    await untilName(a, 'Grace');
  });

  test('need not be on at the same time', async () => {
    const identity = newUser();
    const a = await openDevice({ identity });
    await a.patch('preferences', 'ui', { name: 'Ada' });
    await untilStatus(a, ({ phase, pending }) => phase === SyncPhase.Online && pending === 0);
    await a.close();
    const b = await openDevice({ identity });
    await b.synced();
    expect((await b.db.preferences.findOne('ui').exec())?.name).toBe('Ada');
  });

  test('keep different properties of one document', async () => {
    const identity = newUser();
    const [a, b] = [await openDevice({ identity }), await openDevice({ identity })];
    await Promise.all([a.patch('preferences', 'ui', { name: 'Ada' }), b.patch('preferences', 'ui', { theme: 'dark' })]);
    const isBoth = (document: { name: string; theme: string } | null) =>
      document?.name === 'Ada' && document.theme === 'dark';
    await Promise.all([a, b].map(({ db }) => firstValueFrom(db.preferences.findOne('ui').$.pipe(filter(isBoth)))));
  });

  test('are two users with another secret', async () => {
    const identity = newUser();
    const a = await openDevice({ identity, secret: 'correct horse' });
    await a.patch('preferences', 'ui', { name: 'Ada' });
    await untilStatus(a, ({ phase, pending }) => phase === SyncPhase.Online && pending === 0);
    const b = await openDevice({ identity, secret: 'battery staple' });
    await b.synced();
    expect(await b.db.preferences.findOne('ui').exec()).toBeNull();
  });

  test('nothing goes out while one is paused, and everything does afterwards', async () => {
    const identity = newUser();
    const [a, b] = [await openDevice({ identity }), await openDevice({ identity })];
    await Promise.all([a.synced(), b.synced()]);
    a.pause();
    await untilStatus(a, ({ phase }) => phase === SyncPhase.Paused);
    await a.patch('preferences', 'ui', { name: 'Ada' });
    await b.patch('preferences', 'ui', { theme: 'dark' });
    await untilStatus(b, ({ pending, phase }) => phase === SyncPhase.Online && pending === 0);
    expect((await b.db.preferences.findOne('ui').exec())?.name).toBe('');
    a.resume();
    await untilName(b, 'Ada');
  });
});

describe('seeds', () => {
  test('never win over what a user chose on another device', async () => {
    const identity = newUser();
    const a = await openDevice({ identity });
    await a.patch('preferences', 'ui', { accent: 'rose' });
    const b = await openDevice({ identity });
    await b.seed('preferences', [{ id: 'ui', accent: 'teal', name: 'Nobody' }]);
    const merged = await firstValueFrom(
      b.db.preferences.findOne('ui').$.pipe(filter((document) => document?.accent === 'rose')),
    );
    expect(merged?.name).toBe('Nobody');
  });

  test('sync by themselves, and of two devices with other ones of the same version the greater value wins on both', async () => {
    const identity = newUser();
    const [a, b] = [await openDevice({ identity }), await openDevice({ identity })];
    await a.seed('preferences', [{ id: 'ui', accent: 'teal' }]);
    await b.seed('preferences', [{ id: 'ui', accent: 'amber' }]);
    await b.seed('preferences', [{ id: 'of b alone', accent: 'rose' }]);
    const shows = (engine: SyncEngine, id: string, accent: string) =>
      firstValueFrom(engine.db.preferences.findOne(id).$.pipe(filter((document) => document?.accent === accent)));
    await shows(b, 'ui', 'teal');
    await shows(a, 'of b alone', 'rose');
    await a.patch('preferences', 'of b alone', { name: 'Ada' });
    await shows(a, 'ui', 'teal');
  });

  test('of a later version win over those of an earlier one', async () => {
    const engine = await openDevice({ relays: [] });
    await engine.seed('preferences', [{ id: 'ui', accent: 'teal' }], { version: 2 });
    await engine.seed('preferences', [{ id: 'ui', accent: 'amber' }], { version: 1 });
    expect((await engine.db.preferences.findOne('ui').exec())?.accent).toBe('teal');
  });

  test('that break the schema are refused before anything is written', async () => {
    const engine = await openDevice({ relays: [] });
    const seeds = [{ id: 'ui' }, { id: 'other', theme: 'neon' as never }];
    await expect(engine.seed('preferences', seeds)).rejects.toMatchObject({ code: ErrorCode.DocumentInvalid });
    expect(await engine.db.preferences.find().exec()).toEqual([]);
  });
});

describe('what is wrong is said', () => {
  test('without keys nothing is published, and local writes go on', async () => {
    const loadBlackBox = () => Promise.reject(new Error('blocked by a policy'));
    const engine = await openDevice({}, { loadBlackBox });
    const status = await untilStatus(engine, ({ phase }) => phase === SyncPhase.Stopped);
    expect(status.problems).toHaveLength(1);
    await engine.patch('preferences', 'ui', { name: 'Ada' });
    expect((await engine.db.preferences.findOne('ui').exec())?.name).toBe('Ada');
    expect((await untilStatus(engine, ({ pending }) => pending > 0)).phase).toBe(SyncPhase.Stopped);
  });

  test('what was not stored before a pause waits, and so does what a guest wrote and a user adopts during it', async () => {
    const createWorker = inProcessWorkers({
      ...inProcessEnvironment(),
      createSocket: (url) => new WebSocket(url) as unknown as SocketLike,
    });
    const guest = await openDevice({ identity: null, createWorker });
    await guest.patch('preferences', 'ui', { name: 'Ada' });
    await guest.close();
    const identity = newUser();
    const user = await openDevice({ identity, adoptGuest: true, createWorker });
    user.pause();
    await untilName(user, 'Ada');
    await user.patch('notes', 'n', { title: 'while paused', order: 1 });
    await untilStatus(user, ({ phase, pending }) => phase === SyncPhase.Paused && pending === 2);
    user.resume();
    await untilName(await openDevice({ identity }), 'Ada');
    await untilStatus(user, ({ phase, pending }) => phase === SyncPhase.Online && pending === 0);
  });

  test('it never says that all is stored before it has compared what is stored', async () => {
    const identity = newUser();
    const createWorker = inProcessWorkers({
      ...inProcessEnvironment(),
      createSocket: (url) => new WebSocket(url) as unknown as SocketLike,
    });
    const before = await openDevice({ identity, createWorker });
    await before.synced();
    before.pause();
    await before.patch('preferences', 'ui', { name: 'Ada' });
    await before.close();
    const after = await openDevice({ identity, createWorker });
    const told: SyncEngine['status'][] = [];
    after.status$.subscribe((status) => told.push(status));
    const reader = await openDevice({ identity });
    await untilStatus(after, ({ phase, pending }) => phase === SyncPhase.Online && pending === 0);
    const first = told.find(({ phase }) => phase !== SyncPhase.Starting);
    expect(first).toMatchObject({ phase: SyncPhase.Online, pending: 1 });
    await untilName(reader, 'Ada');
  });

  test('a full disk refuses the write and stays in the status until a write succeeds', async () => {
    const disk = fillableDisk();
    const engine = await openDevice({ relays: [] }, { storage: disk.storage });
    await untilStatus(engine, ({ phase }) => phase === SyncPhase.LocalOnly);
    await engine.patch('preferences', 'ui', { name: 'Ada' });
    disk.isFull = true;
    const refused = engine.patch('preferences', 'ui', { name: 'Grace' });
    await expect(refused).rejects.toMatchObject({ code: ErrorCode.StorageFull });
    await untilStatus(engine, ({ problems }) => problems[0]?.code === ErrorCode.StorageFull);
    disk.isFull = false;
    await engine.patch('preferences', 'ui', { name: 'Grace' });
    await untilStatus(engine, ({ problems }) => problems.length === 0);
  });

  test('a ledger that fails for a while stops publishing, and only for that while', async () => {
    let isFull = false;
    const { openLedger } = inProcessEnvironment();
    const environment = {
      openLedger: async (name: string, newDeviceId: () => string) => {
        const ledger = await openLedger(name, newDeviceId);
        return Object.assign(Object.create(ledger) as typeof ledger, {
          commit: (...changes: Parameters<typeof ledger.commit>) =>
            isFull ? Promise.reject(new DOMException('No room.', 'QuotaExceededError')) : ledger.commit(...changes),
        });
      },
    };
    const identity = newUser();
    const [writer, reader] = [await openDevice({ identity }, environment), await openDevice({ identity })];
    await writer.synced();
    isFull = true;
    await writer.patch('preferences', 'ui', { name: 'Ada' });
    const stopped = await untilStatus(writer, ({ phase }) => phase === SyncPhase.Stopped);
    expect(stopped.problems[0]?.code).toBe(ErrorCode.StorageFailed);
    expect(stopped.pending).toBe(1);
    isFull = false;
    await untilName(reader, 'Ada');
    const healed = await untilStatus(writer, ({ phase, pending }) => phase === SyncPhase.Online && pending === 0);
    expect(healed.problems).toEqual([]);
  });

  test.each([
    ['an identity without parts', { identity: [] }, ErrorCode.IdentityInvalid],
    ['a blank identity', { identity: ['  '] }, ErrorCode.IdentityInvalid],
    ['an oversized identity', { identity: ['x'.repeat(2000)] }, ErrorCode.IdentityInvalid],
    ['an empty secret', { secret: '' }, ErrorCode.SecretInvalid],
    ['a single relay', { relays: ['wss://a.example'] }, ErrorCode.ConfigInvalid],
    ['an open relay', { relays: ['ws://a.example', 'wss://b.example', 'wss://c.example'] }, ErrorCode.ConfigInvalid],
  ])('%s is refused by open', async (_what, options, code) => {
    await expect(openDevice(options)).rejects.toMatchObject({ code });
  });

  test('a write that breaks the schema is refused with a code, and without the document in its text', async () => {
    const engine = await openDevice({ relays: [] });
    const writing = engine.patch('preferences', 'ui', { theme: 'secret-colour' as never });
    await expect(writing).rejects.toMatchObject({ code: ErrorCode.DocumentInvalid });
    await writing.catch(({ message }) => expect(message).not.toContain('secret-colour'));
  });

  test.each([
    ['a function', () => 1],
    ['a bigint', 1n],
    ['NaN', NaN],
  ])('a write of %s is refused with VALUE_UNSUPPORTED', async (_what, value) => {
    const engine = await openDevice({ relays: [] });
    const writing = engine.patch('notes', 'n1', { title: 'Milk', order: value as never });
    await expect(writing).rejects.toMatchObject({ code: ErrorCode.ValueUnsupported });
  });
});

function fillableDisk() {
  const memory = memoryOfOneTab();
  const disk = {
    isFull: false,
    storage: createRxdbLayer({
      ...memory,
      async createStorageInstance(params) {
        const instance = await memory.createStorageInstance(params);
        const write = instance.bulkWrite.bind(instance);
        instance.bulkWrite = (rows, context) =>
          disk.isFull ? Promise.reject(new DOMException('No room.', 'QuotaExceededError')) : write(rows, context);
        return instance;
      },
    }),
  };
  return disk;
}
