/** Keys that are not those of last time, and a platform that refuses its cryptography: nothing leaves, nothing is lost. */
import { firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import type { OpenOptions, SyncEngine } from '../../src/lib/engine';
import { ErrorCode } from '../../src/runtime/core/errors';
import { SyncPhase } from '../../src/runtime/core/status';
import type { BlackBox } from '../../src/runtime/crypto/derive-keys';
import type { Environment } from '../../src/runtime/worker/environment';
import { startRelay } from '../../src/relay';
import type { RunningRelay } from '../../src/relay';
import { compileBlackBoxes } from '../assembly/compile';
import { saltSource } from '../../src/preset/salt';
import { blackBoxOf, noBorders, openElsewhere, openInBrowser } from '../support/browser-device';
import type { Borders } from '../support/browser-device';

jest.setTimeout(60_000);

let relays: RunningRelay[];
let blackBox: () => Promise<BlackBox>;
let blackBoxOfAnotherSalt: () => Promise<BlackBox>;
let users = 0;
const engines: SyncEngine[] = [];
const unhandled: unknown[] = [];
const noteUnhandled = (reason: unknown) => unhandled.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', noteUnhandled);
  relays = await Promise.all(['one', 'two', 'three'].map((name) => startRelay({ name })));
  const modules = await compileBlackBoxes([1, 2].map((byte) => saltSource(new Uint8Array(32).fill(byte))));
  [blackBox, blackBoxOfAnotherSalt] = modules.map(blackBoxOf) as [typeof blackBox, typeof blackBox];
});
afterAll(async () => {
  await Promise.all(relays.map((relay) => relay.stop()));
  process.off('unhandledRejection', noteUnhandled);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
  expect(unhandled.splice(0)).toEqual([]);
});

const newUser = (): OpenOptions => ({
  identity: [`user-${(users += 1)}`, 'keys'],
  secret: 'the right one',
  relays: relays.map(({ url }) => url),
});

async function keep(opening: Promise<SyncEngine>): Promise<SyncEngine> {
  const engine = await opening;
  engines.push(engine);
  return engine;
}

const open = (options: OpenOptions, borders: Borders, changes: Partial<Environment> = {}) =>
  keep(openInBrowser(options, borders, { loadBlackBox: blackBox, ...changes }));

const until = (engine: SyncEngine, isIt: (status: SyncEngine['status']) => boolean) =>
  firstValueFrom(engine.status$.pipe(filter((status) => isIt(status))));
const untilDurable = (engine: SyncEngine) =>
  until(engine, ({ phase, pending }) => phase === SyncPhase.Online && pending === 0);
const untilNote = (engine: SyncEngine, id: string, title: string) =>
  firstValueFrom(engine.db.notes.findOne(id).$.pipe(filter((note) => note?.title === title)));

const published = ({ toRelays }: Borders) => toRelays.filter((frame) => frame.startsWith('["EVENT"'));
const titleOf = async (engine: SyncEngine, id: string) => (await engine.db.notes.findOne(id).exec())?.title;

describe('keys that are not those of last time', () => {
  test.each<[string, Partial<OpenOptions>, () => Partial<Environment>]>([
    ['another secret', { secret: 'a wrong one' }, () => ({})],
    ['no secret', { secret: undefined }, () => ({})],
    ['a black box with another salt', {}, () => ({ loadBlackBox: blackBoxOfAnotherSalt })],
  ])('%s: nothing is published or merged, nothing is lost, and the right ones work again', async (_what, wrong, changes) => {
    const user = newUser();
    const elsewhere = await keep(openElsewhere(user, { loadBlackBox: blackBox }));
    await elsewhere.patch('notes', 'first', { title: 'first', order: 0 });
    const before = await open(user, noBorders());
    await untilNote(before, 'first', 'first');
    await before.patch('notes', 'before', { title: 'before', order: 1 });
    await untilDurable(before);
    await before.close();

    const borders = noBorders();
    const during = await open({ ...user, ...wrong }, borders, changes());
    const { problems } = await until(during, ({ phase }) => phase === SyncPhase.Stopped);
    expect(problems.map(({ code }) => code)).toEqual([ErrorCode.KeyChanged]);
    expect(await titleOf(during, 'before')).toBe('before');
    await during.patch('notes', 'before', { title: 'edited during' });
    await during.patch('notes', 'during', { title: 'during', order: 2 });
    await elsewhere.patch('notes', 'elsewhere', { title: 'elsewhere', order: 3 });
    await untilDurable(elsewhere);
    await during.close();
    expect(borders.sockets).toBe(0);
    expect(published(borders)).toEqual([]);

    const after = await open(user, noBorders());
    for (const [id, title] of [
      ['before', 'edited during'],
      ['during', 'during'],
    ] as const) {
      expect(await titleOf(after, id)).toBe(title);
      await untilNote(elsewhere, id, title);
    }
    await untilNote(after, 'elsewhere', 'elsewhere');
    await untilDurable(after);
  }); // prettier-ignore
});

describe('a platform that refuses its cryptography', () => {
  const methods = ['importKey', 'sign', 'encrypt', 'decrypt'] as const;

  /** Refuses one call of WebCrypto, counted from 1, and counts the events that were sealed before it. */
  function refuse(call: number) {
    const watched = { calls: 0, refused: '', sealedBefore: 0 };
    for (const method of methods) {
      const original = crypto.subtle[method].bind(crypto.subtle) as (...args: unknown[]) => Promise<unknown>;
      jest.spyOn(crypto.subtle, method as 'sign').mockImplementation(((...args: unknown[]) => {
        watched.calls += 1;
        if (method === 'encrypt' && watched.calls < call) watched.sealedBefore += 1;
        if (watched.calls !== call) return original(...args);
        watched.refused = method;
        return Promise.reject(new DOMException('refused', 'NotSupportedError'));
      }) as never);
    }
    return watched;
  }

  /** Somebody for whom another device has already stored something, so that there is something to decrypt. */
  async function userWithPast(): Promise<OpenOptions> {
    const user = newUser();
    const elsewhere = await openElsewhere(user, { loadBlackBox: blackBox });
    await elsewhere.patch('notes', 'past', { title: 'of another device', order: 0 });
    await untilDurable(elsewhere);
    await elsewhere.close();
    return user;
  }

  /** Everything has been read and stored, or publishing has stopped. */
  const untilDoneOrStopped = (engine: SyncEngine) =>
    Promise.race([
      until(engine, ({ phase }) => phase === SyncPhase.Stopped),
      Promise.all([untilDurable(engine), engine.synced().catch(() => undefined)]),
    ]);

  test('each call in turn: no event leaves that was not sealed before it, the status says why, and what was written is there', async () => {
    const refused = new Set<string>();
    for (let call = 1; ; call += 1) {
      const user = await userWithPast();
      const borders = noBorders();
      const watched = refuse(call);
      // Until the database has its name there is none to open.
      const engine = await open(user, borders).catch(() => undefined);
      await engine?.patch('notes', 'n', { title: 'sealed or nothing', order: 1 });
      if (engine) await untilDoneOrStopped(engine);
      const codes = engine?.status.problems.map(({ code }) => code);
      jest.restoreAllMocks();
      // There are no more calls than this.
      if (watched.refused === '') break;

      refused.add(watched.refused);
      expect(new Set(published(borders)).size).toBeLessThanOrEqual(watched.sealedBefore);
      if (engine) expect(codes).toEqual([ErrorCode.VaultFailed]);
      await engine?.close();
      const again = await open(user, noBorders());
      await untilNote(again, 'past', 'of another device');
      if (engine) expect(await titleOf(again, 'n')).toBe('sealed or nothing');
      await again.close();
    }
    expect(refused).toEqual(new Set(methods));
  }, 120_000);
});
