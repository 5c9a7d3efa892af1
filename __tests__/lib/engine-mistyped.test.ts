/** A mistyped secret, and the right one afterwards: nobody is locked out, and nothing that was written is lost. */
import { firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import type { OpenOptions, SyncEngine } from '../../src/lib/engine';
import { ErrorCode } from '../../src/runtime/core/errors';
import { ReadCompleteness, SyncPhase } from '../../src/runtime/core/status';
import { createVault } from '../../src/runtime/crypto/vault';
import { KeyState } from '../../src/runtime/persistence/ledger';
import { createMemoryLedger, emptyLedgerDisk } from '../../src/runtime/testing/memory-ledger';
import type { LedgerDisk } from '../../src/runtime/testing/memory-ledger';
import type { Environment } from '../../src/runtime/worker/environment';
import { startRelay } from '../../src/relay';
import type { RunningRelay } from '../../src/relay';
import { config, noBorders, openInBrowser } from '../support/browser-device';
import type { Borders } from '../support/browser-device';
import { inProcessEnvironment } from '../support/in-process';
import { browserOfTabs, openTab } from '../support/tabs';

jest.setTimeout(60_000);

const RIGHT = 'the right one';
const WRONG = 'the rigth one';
/** Nothing listens there. */
const NOWHERE = ['ws://127.0.0.1:9', 'ws://127.0.0.1:10', 'ws://127.0.0.1:11'];

let relays: RunningRelay[];
const engines = new Set<SyncEngine>();
/** Of one test. */
const ownRelays: RunningRelay[] = [];
let users = 0;
let identity: readonly string[];
beforeAll(async () => {
  relays = await Promise.all(['one', 'two', 'three'].map((name) => startRelay({ name })));
});
beforeEach(() => {
  identity = [`user-${(users += 1)}`, 'who types secrets'];
});
afterEach(async () => {
  await Promise.all([...engines].map((engine) => engine.close()));
  engines.clear();
  await Promise.all(ownRelays.splice(0).map((relay) => relay.stop()));
});
afterAll(() => Promise.all(relays.map((relay) => relay.stop())));

async function startOwnRelays(...options: Parameters<typeof startRelay>): Promise<readonly string[]> {
  const started = await Promise.all(['one', 'two', 'three'].map((name) => startRelay({ name, ...options[0] })));
  ownRelays.push(...started);
  return started.map(({ url }) => url);
}

/** A device with everything in memory, its ledger on a disk that a test can look at and put back. */
function newDevice() {
  const environment = { ...inProcessEnvironment(), config };
  const device = {
    disk: emptyLedgerDisk(),
    borders: noBorders() as Borders,
    /** The ledger after each commit. */
    commits: [] as LedgerDisk[],
    async open(options: Partial<OpenOptions> = {}): Promise<SyncEngine> {
      const urls = relays.map(({ url }) => url);
      const engine = await openInBrowser({ identity, secret: RIGHT, relays: urls, ...options }, device.borders, {
        ...environment,
        openLedger: async (_name, newDeviceId) => recording(createMemoryLedger(newDeviceId, device.disk)),
      });
      engines.add(engine);
      return engine;
    },
  };
  function recording(ledger: ReturnType<typeof createMemoryLedger>): typeof ledger {
    return Object.assign(Object.create(ledger) as typeof ledger, {
      async commit(...changes: Parameters<typeof ledger.commit>) {
        const isCommitted = await ledger.commit(...changes);
        device.commits.push(copyOf(device.disk));
        return isCommitted;
      },
    });
  }
  return device;
}

type Device = ReturnType<typeof newDevice>;

const copyOf = (disk: LedgerDisk): LedgerDisk => ({
  ...disk,
  ...{ slots: new Map(disk.slots), reservations: new Map(disk.reservations), unread: new Map(disk.unread) },
  ...{ quarantine: new Map(disk.quarantine), relays: new Map(disk.relays) },
});

async function close(engine: SyncEngine): Promise<void> {
  engines.delete(engine);
  await engine.close();
}

const untilStatus = (engine: SyncEngine, isIt: (status: SyncEngine['status']) => boolean) =>
  firstValueFrom(engine.status$.pipe(filter(isIt)));
const untilDurable = (engine: SyncEngine) =>
  untilStatus(engine, ({ phase, pending }) => phase === SyncPhase.Online && pending === 0);
const untilCode = (engine: SyncEngine, code: ErrorCode) => untilStatus(engine, (status) => hasCode(status, code));
const hasCode = ({ problems }: SyncEngine['status'], code: ErrorCode) =>
  problems.some((problem) => problem.code === code);
const untilNote = (engine: SyncEngine, id: string) =>
  firstValueFrom(engine.db.notes.findOne(id).$.pipe(filter((note) => note?.title === `title of ${id}`)));
const write = (engine: SyncEngine, id: string) => engine.patch('notes', id, { title: `title of ${id}`, order: 1 });
const published = ({ borders }: Device) => borders.toRelays.filter((frame) => frame.startsWith('["EVENT"'));

/** The user's other device, on which everything is right. */
async function otherDevice(): Promise<SyncEngine> {
  const other = await newDevice().open();
  await write(other, 'theirs');
  await untilDurable(other);
  return other;
}

async function expectEqual(one: SyncEngine, other: SyncEngine, ids: readonly string[]): Promise<void> {
  await Promise.all([one, other].flatMap((engine) => ids.map((id) => untilNote(engine, id))));
  await Promise.all([one, other].map(untilDurable));
  const [ofOne, ofOther] = await Promise.all(
    [one, other].map(async ({ db }) => (await db.notes.find().exec()).map((note) => note.toJSON())),
  );
  expect(ofOne).toEqual(ofOther);
  for (const { status } of [one, other]) expect(status.problems).toEqual([]);
}

describe('a mistyped secret, one write, then the right secret: both devices end equal', () => {
  test('when nothing had left the device', async () => {
    const other = await otherDevice();
    const device = newDevice();
    const offline = await device.open({ secret: WRONG, relays: NOWHERE });
    await write(offline, 'mine');
    await close(offline);
    await expectEqual(await device.open(), other, ['theirs', 'mine']);
  });

  test('when the write was durable', async () => {
    const other = await otherDevice();
    const device = newDevice();
    const mistyped = await device.open({ secret: WRONG });
    await write(mistyped, 'mine');
    await untilDurable(mistyped);
    await close(mistyped);
    expect(device.disk.key?.state).toBe(KeyState.Tentative);

    const right = await device.open();
    await expectEqual(right, other, ['theirs', 'mine']);
    expect(device.disk.key?.state).toBe(KeyState.Pinned);
    await write(right, 'later');
    await write(other, 'theirs later');
    await expectEqual(right, other, ['theirs', 'mine', 'later', 'theirs later']);
  });

  test('when what was sent was not known to be durable', async () => {
    const other = await otherDevice();
    const device = newDevice();
    const mistyped = await device.open({ secret: WRONG, relays: [relays[0]!.url, ...NOWHERE.slice(1)] });
    await untilStatus(mistyped, ({ relays: all }) => all.some(({ lastSuccessAt }) => lastSuccessAt !== null));
    await write(mistyped, 'mine');
    await close(mistyped);
    expect(device.disk.key?.state).toBe(KeyState.Free);
    await expectEqual(await device.open(), other, ['theirs', 'mine']);
  });

  test('when the mistyped one comes a second time, and the right one after it', async () => {
    const other = await otherDevice();
    const device = newDevice();
    for (const [secret, id] of [[WRONG, 'first'], [RIGHT, 'second'], [WRONG, 'third']] as const) {
      const engine = await device.open({ secret, relays: NOWHERE });
      await write(engine, id);
      await close(engine);
    } // prettier-ignore
    await expectEqual(await device.open(), other, ['theirs', 'first', 'second', 'third']);
  });

  test('when the other device begins only then: it takes the place as soon as an event of that arrives', async () => {
    const device = newDevice();
    const mistyped = await device.open({ secret: WRONG });
    await write(mistyped, 'mine');
    await untilDurable(mistyped);
    await close(mistyped);
    const right = await device.open();
    expect((await untilCode(right, ErrorCode.KeyChanged)).phase).toBe(SyncPhase.Stopped);
    await write(right, 'meanwhile');
    await expectEqual(right, await otherDevice(), ['theirs', 'mine', 'meanwhile']);
  });

  test('when documents were changed, tagged and deleted meanwhile, here and there', async () => {
    const other = await otherDevice();
    await write(other, 'shared');
    await other.patch('notes', 'shared', { tags: ['theirs'] });
    const device = newDevice();
    const mistyped = await device.open({ secret: WRONG });
    for (const id of ['mine', 'shared', 'deleted']) await write(mistyped, id);
    await mistyped.patch('notes', 'shared', { tags: ['mine'], body: 'of the first session' });
    await untilDurable(mistyped);
    await mistyped.db.notes.findOne('deleted').remove();
    await close(mistyped);
    const right = await device.open();
    await right.patch('notes', 'mine', { done: true });
    await expectEqual(right, other, ['theirs', 'mine', 'shared']);
    const shared = await other.db.notes.findOne('shared').exec();
    expect(shared).toMatchObject({ body: 'of the first session' });
    expect([...shared!.tags].sort()).toEqual(['mine', 'theirs']);
    expect(await other.db.notes.findOne('deleted').exec()).toBeNull();
  });
});

describe('another secret than that under which another device’s event was opened', () => {
  async function pinnedDevice(): Promise<Device> {
    const device = newDevice();
    const right = await device.open();
    await untilNote(right, 'theirs');
    await write(right, 'mine');
    await untilDurable(right);
    await close(right);
    expect(device.disk.key?.state).toBe(KeyState.Pinned);
    return device;
  }

  test('is KEY_CHANGED, connects to no relay and changes nothing', async () => {
    const other = await otherDevice();
    const device = await pinnedDevice();
    const before = copyOf(device.disk);
    device.borders = noBorders();
    const mistyped = await device.open({ secret: WRONG });
    expect((await untilCode(mistyped, ErrorCode.KeyChanged)).phase).toBe(SyncPhase.Stopped);
    await write(mistyped, 'meanwhile');
    await close(mistyped);
    expect(device.borders.sockets).toBe(0);
    expect(device.disk).toEqual({ ...before, epoch: before.epoch + 1 });
    await expectEqual(await device.open(), other, ['theirs', 'mine', 'meanwhile']);
  });

  test('also where it is the mistyped one from which the right one has taken over', async () => {
    const other = await otherDevice();
    const device = newDevice();
    for (const secret of [WRONG, RIGHT]) {
      const engine = await device.open({ secret });
      await write(engine, secret);
      await untilDurable(engine);
      await close(engine);
    }
    device.borders = noBorders();
    const again = await device.open({ secret: WRONG });
    await untilCode(again, ErrorCode.KeyChanged);
    await write(again, 'again');
    await close(again);
    expect(device.borders.sockets).toBe(0);
    await expectEqual(await device.open(), other, ['theirs', WRONG, RIGHT, 'again']);
  });
});

test('another secret that opens nothing of another device is KEY_CHANGED after a complete read: it publishes, merges and records nothing', async () => {
  const device = newDevice();
  const right = await device.open();
  await write(right, 'mine');
  await untilDurable(right);
  await close(right);
  const before = copyOf(device.disk);
  device.borders = noBorders();
  const mistyped = await device.open({ secret: WRONG });
  expect(mistyped.status).toMatchObject({ phase: SyncPhase.Starting, problems: [] });
  await untilCode(mistyped, ErrorCode.KeyChanged);
  await write(mistyped, 'meanwhile');
  await close(mistyped);
  expect(device.borders.sockets).toBeGreaterThan(0);
  expect(published(device)).toEqual([]);
  expect(device.disk).toEqual({ ...before, epoch: before.epoch + 1, relays: device.disk.relays });
  const again = await device.open();
  await expectEqual(again, await otherDevice(), ['theirs', 'mine', 'meanwhile']);
});

test('offline neither secret is judged', async () => {
  const device = newDevice();
  const mistyped = await device.open({ secret: WRONG });
  await write(mistyped, 'mine');
  await untilDurable(mistyped);
  await close(mistyped);
  const offline = await device.open({ relays: NOWHERE, existing: true });
  await untilCode(offline, ErrorCode.RelaysTooFew);
  expect(offline.status).toMatchObject({ phase: SyncPhase.Starting, pending: 0 });
  expect(offline.status.problems.map(({ code }) => code)).toEqual([ErrorCode.RelaysTooFew]);
});

test.each([
  ['before the write was durable', false],
  ['after it was', true],
])('a crash at any moment of the replacement leaves one of the two keys, %s', async (_when, isDurable) => {
  const other = await otherDevice();
  const device = newDevice();
  const mistyped = await device.open({ secret: WRONG, ...(!isDurable && { relays: NOWHERE }) });
  await write(mistyped, 'mine');
  if (isDurable) await untilDurable(mistyped);
  await close(mistyped);
  const wrong = copyOf(device.disk);
  device.commits = [wrong];
  const right = await device.open();
  await expectEqual(right, other, ['theirs', 'mine']);
  await close(right);

  const states = device.commits.slice(0, 8);
  const checks = new Set(states.map(({ key }) => key?.check));
  expect(checks.size).toBe(2);
  for (const state of states) {
    const isWrong = state.key?.check === wrong.key?.check;
    const authors = new Set([...state.slots.values()].map(({ event }) => event.pubkey));
    expect(authors.size).toBeLessThanOrEqual(1);
    if (!isWrong) for (const { event } of wrong.slots.values()) expect(authors).not.toContain(event.pubkey);
    device.disk = copyOf(state);
    const again = await device.open();
    await expectEqual(again, other, ['theirs', 'mine']);
    await close(again);
  }
}); // prettier-ignore

describe('two tabs with different secrets', () => {
  const open = async (tab: ReturnType<typeof openTab>, secret: string) => {
    const engine = await tab({ identity, secret, relays: relays.map(({ url }) => url) });
    engines.add(engine);
    return engine;
  };
  const tabs = (): [ReturnType<typeof openTab>, ReturnType<typeof openTab>] => {
    const browser: Environment = { ...browserOfTabs(), config };
    return [openTab(browser), openTab(browser)];
  };

  test('the mistyped one syncs first: when its tab ends, everything goes out under the right one', async () => {
    const other = await otherDevice();
    const [first, second] = tabs();
    const mistyped = await open(first, WRONG);
    await untilStatus(mistyped, ({ phase }) => phase === SyncPhase.Online);
    const right = await open(second, RIGHT);
    await write(mistyped, 'of the first tab');
    await write(right, 'of the second tab');
    await untilDurable(mistyped);
    await close(mistyped);
    await expectEqual(right, other, ['theirs', 'of the first tab', 'of the second tab']);
  });

  test('the right one syncs first: it carries what the other writes, which is KEY_CHANGED when it is left alone', async () => {
    const other = await otherDevice();
    const [first, second] = tabs();
    const right = await open(first, RIGHT);
    await untilNote(right, 'theirs');
    const mistyped = await open(second, WRONG);
    await write(mistyped, 'of the second tab');
    await expectEqual(right, other, ['theirs', 'of the second tab']);
    await close(right);
    await untilCode(mistyped, ErrorCode.KeyChanged);
  });
});

describe('existing', () => {
  const existing = true;

  test('with a mistyped secret publishes nothing and says KEY_MISMATCH; with the right one everything goes out', async () => {
    const other = await otherDevice();
    const device = newDevice();
    const mistyped = await device.open({ secret: WRONG, existing });
    await write(mistyped, 'mine');
    await untilCode(mistyped, ErrorCode.KeyMismatch);
    // No relay has shown anything of this user's, so nobody can say what is missing.
    expect(mistyped.status).toMatchObject({ phase: SyncPhase.Starting, pending: 1 });
    expect(mistyped.status.completeness).toBe(ReadCompleteness.Pending);
    await close(mistyped);
    expect(published(device)).toEqual([]);
    expect(device.disk).toMatchObject({ key: { state: KeyState.Free }, slots: new Map() });
    await expectEqual(await device.open({ existing }), other, ['theirs', 'mine']);
  });

  test('with a mistyped secret says so where relays ask for authentication, and nothing where they cannot be read', async () => {
    const urls = await startOwnRelays({ requiresAuth: true });
    const other = await newDevice().open({ relays: urls });
    await write(other, 'theirs');
    await untilDurable(other);
    const mistyped = await newDevice().open({ secret: WRONG, existing, relays: urls });
    await untilCode(mistyped, ErrorCode.KeyMismatch);
    const right = await newDevice().open({ existing, relays: urls });
    await untilNote(right, 'theirs');
    expect(right.status.problems).toEqual([]);
    const offline = await newDevice().open({ secret: WRONG, existing, relays: NOWHERE });
    await untilCode(offline, ErrorCode.RelaysTooFew);
    expect(hasCode(offline.status, ErrorCode.KeyMismatch)).toBe(false);
  });

  test('with the right secret, where the other device begins only then, publishes from its first event on', async () => {
    const device = newDevice();
    const engine = await device.open({ existing });
    await write(engine, 'mine');
    await untilCode(engine, ErrorCode.KeyMismatch);
    expect(published(device)).toEqual([]);
    await expectEqual(engine, await otherDevice(), ['theirs', 'mine']);
  });

  test('with the right secret has no lasting KEY_MISMATCH where two of three relays were wiped', async () => {
    const other = await otherDevice();
    await close(other);
    const empty = await startOwnRelays();
    const engine = await newDevice().open({ existing, relays: [relays[0]!.url, ...empty.slice(1)] });
    await write(engine, 'mine');
    await untilNote(engine, 'theirs');
    expect((await untilDurable(engine)).problems).toEqual([]);
  });

  test('with the right secret has none where two of three relays are silent', async () => {
    const other = await otherDevice();
    await close(other);
    const engine = await newDevice().open({ existing, relays: [relays[0]!.url, ...NOWHERE.slice(1)] });
    await write(engine, 'mine');
    await untilNote(engine, 'theirs');
    await untilStatus(engine, ({ phase }) => phase === SyncPhase.Partial);
    expect(hasCode(engine.status, ErrorCode.KeyMismatch)).toBe(false);
  });

  test('goes on with what this device published before, though all relays were wiped', async () => {
    const device = newDevice();
    const before = await device.open();
    await write(before, 'mine');
    await untilDurable(before);
    await close(before);
    const urls = await startOwnRelays();
    const engine = await device.open({ existing, relays: urls });
    const other = await newDevice().open({ relays: urls });
    await expectEqual(engine, other, ['mine']);
  });
});

test('nothing that the identity gives without the secret is ever sent', async () => {
  await otherDevice();
  const device = newDevice();
  for (const [secret, existing] of [[WRONG, true], [WRONG, false], [RIGHT, true], [WRONG, false]] as const) {
    const engine = await device.open({ secret, existing });
    await write(engine, `${secret} ${existing}`);
    const isDone = ({ phase, pending, problems }: SyncEngine['status']) =>
      problems.length > 0 || (phase === SyncPhase.Online && pending === 0);
    await untilStatus(engine, isDone);
    await close(engine);
  } // prettier-ignore
  const { loadBlackBox } = inProcessEnvironment();
  const pubkeyOf = async (secret?: string) => (await createVault({ identity, secret, config, loadBlackBox })).pubkey;
  const [ofRight, ofWrong, ofNone] = await Promise.all([RIGHT, WRONG, undefined].map(pubkeyOf));
  const sent = device.borders.toRelays.join('\n');
  const keys = [...sent.matchAll(/"(?:authors":\[|pubkey":)"([0-9a-f]{64})"/g)].map(([, key]) => key);
  expect(new Set(keys)).toEqual(new Set([ofRight, ofWrong]));
  expect(sent).not.toContain(ofNone);
  for (const part of identity) expect(sent).not.toContain(part);
});
