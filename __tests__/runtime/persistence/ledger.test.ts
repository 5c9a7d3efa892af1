import 'fake-indexeddb/auto';
import { forceCloseDatabase } from 'fake-indexeddb';
import { deleteDB, openDB } from 'idb';
import { Tier } from '../../../src/runtime/contracts/slot';
import { ErrorCode } from '../../../src/runtime/core/errors';
import {
  deleteLedger,
  KeyState,
  LedgerChangeKind,
  openLedger,
  underNewKey,
} from '../../../src/runtime/persistence/ledger';
import type { Device, Ledger, LedgerChange, Reservation, SlotRecord } from '../../../src/runtime/persistence/ledger';
import type { Quarantined } from '../../../src/runtime/contracts/store';
import { createMemoryLedger, emptyLedgerDisk } from '../../../src/runtime/testing/memory-ledger';
import { contentsOf, raiseFormat } from '../../support/stored';
import type { SealedEvent } from '../../../src/runtime/contracts/slot';

const OWN = 'a'.repeat(32);
const GUEST = 'b'.repeat(32);
const OTHER = 'c'.repeat(32);
const key = { check: 'checked', state: KeyState.Free };
const newKey = { kind: LedgerChangeKind.NewKey, key } as const;

let names = 0;
const opened: Ledger[] = [];
afterEach(() => {
  for (const ledger of opened.splice(0)) ledger.close();
  jest.restoreAllMocks();
});

/** The ledger of a database of its own, and what else has it open: what a browser ends, and what a newer tab upgrades. */
async function newLedger() {
  const name = `ledger-test-${(names += 1)}`;
  const connections: IDBDatabase[] = [];
  const open = indexedDB.open.bind(indexedDB);
  jest.spyOn(indexedDB, 'open').mockImplementation((...which) => {
    const request = open(...which);
    request.addEventListener('success', () => connections.push(request.result));
    return request;
  });
  const openAnother = async () => {
    const ledger = await openLedger(name, () => OWN);
    opened.push(ledger);
    return ledger;
  };
  return {
    name: `${name}-ledger`,
    ledger: await openAnother(),
    openAnother,
    terminate: () => {
      for (const connection of connections.splice(0)) forceCloseDatabase(connection as never);
    },
    remove: () => deleteLedger(name),
  };
}

describe('a ledger whose connection the browser has ended', () => {
  test('opens another one for the next call', async () => {
    const { ledger, terminate } = await newLedger();
    const { epoch } = await ledger.takeOver();
    terminate();
    expect(await ledger.commit(epoch, [newKey])).toBe(true);
    terminate();
    expect((await ledger.takeOver()).state.key).toEqual(key);
  });

  test('opens one for calls at once', async () => {
    const { ledger, terminate } = await newLedger();
    terminate();
    const opening = jest.spyOn(indexedDB, 'open');
    opening.mockClear();
    await Promise.all([ledger.refreshDevice(), ledger.loadRelayMemory(), ledger.saveRelayMemory('wss://one', {})]);
    expect(opening).toHaveBeenCalledTimes(1);
  });

  test('changes nothing for a writer that was replaced meanwhile', async () => {
    const { ledger, openAnother, terminate } = await newLedger();
    const { epoch } = await ledger.takeOver();
    terminate();
    const other = await openAnother();
    await other.takeOver();
    expect(await ledger.commit(epoch, [newKey])).toBe(false);
    expect((await other.takeOver()).state.key).toBeUndefined();
  });

  test('begins anew where the browser has cleared it too', async () => {
    const { ledger, name, terminate } = await newLedger();
    const { epoch } = await ledger.takeOver();
    await ledger.commit(epoch, [newKey]);
    terminate();
    await deleteDB(name);
    expect(await ledger.commit(epoch, [newKey])).toBe(false);
    await ledger.adoptDevices([GUEST]);
    const { state } = await ledger.takeOver();
    expect(state).toMatchObject({ device: { id: OWN, former: [GUEST] }, slots: [] });
    expect(state.key).toBeUndefined();
  });
});

describe('a ledger that a newer tab upgrades', () => {
  test('lets it, and says from then on that the page is to be reloaded', async () => {
    const { ledger, name } = await newLedger();
    const { epoch } = await ledger.takeOver();
    const newer = await openDB(name, 2);
    await expect(ledger.commit(epoch, [newKey])).rejects.toMatchObject({
      code: ErrorCode.StorageNewer,
      message: expect.stringContaining('Reload') as string,
    });
    expect(await newer.get('meta', 'key')).toBeUndefined();
    newer.close();
  });

  test('goes on if nothing comes of the upgrade', async () => {
    const { ledger, name } = await newLedger();
    const { epoch } = await ledger.takeOver();
    const upgrade = openDB(name, 2, {
      upgrade(_database, _from, _to, transaction) {
        transaction.done.catch(() => {});
        transaction.abort();
      },
    });
    await expect(upgrade).rejects.toMatchObject({ name: 'AbortError' });
    expect(await ledger.commit(epoch, [newKey])).toBe(true);
  });
});

describe('a ledger in a newer format', () => {
  test('is recorded as the present one before anything else is', async () => {
    const { name } = await newLedger();
    expect((await contentsOf(name)).marks).toContainEqual([['format', 1], { of: 'format', at: 1 }]);
  });

  test('is not opened, and not changed', async () => {
    const { name, openAnother } = await newLedger();
    await raiseFormat(name);
    const before = await contentsOf(name);
    await expect(openAnother()).rejects.toMatchObject({ code: ErrorCode.StorageNewer });
    expect(await contentsOf(name)).toEqual(before);
  });

  test.each<[string, (ledger: Ledger, epoch: number) => Promise<unknown>]>([
    ['refreshDevice', (ledger) => ledger.refreshDevice()],
    ['adoptDevices', (ledger) => ledger.adoptDevices([GUEST])],
    ['takeOver', (ledger) => ledger.takeOver()],
    ['commit', (ledger, epoch) => ledger.commit(epoch, [newKey])],
    ['loadRelayMemory', (ledger) => ledger.loadRelayMemory()],
    ['saveRelayMemory', (ledger) => ledger.saveRelayMemory('wss://one', { slow: true })],
  ])('is left alone by %s of an older tab that has it open', async (_what, act) => {
    const { ledger, name } = await newLedger();
    const { epoch } = await ledger.takeOver();
    await ledger.saveRelayMemory('wss://one', { slow: false });
    await raiseFormat(name);
    const before = await contentsOf(name);
    await expect(act(ledger, epoch)).rejects.toMatchObject({ code: ErrorCode.StorageNewer });
    expect(await contentsOf(name)).toEqual(before);
  });
});

describe.each<[string, () => Promise<Ledger>]>([
  ['in IndexedDB', async () => (await newLedger()).ledger],
  ['in memory', async () => createMemoryLedger(() => OWN, emptyLedgerDisk())],
])('what only a newer version of the app knows, %s,', (_where, open) => {
  const since = { since: 'v2' };
  const quarantined = { collection: 'notes', id: 'n1', registers: { leaves: new Map() }, reason: 'one' };
  const version = { deviceId: OWN, tier: 0, index: 0, d: 'd'.repeat(32), seq: 1, createdAt: 1, nonce: '0'.repeat(24) };
  const slot = { version, event: {}, durable: false } as unknown as SlotRecord;
  const commit = async (ledger: Ledger, ...changes: LedgerChange[]) =>
    expect(await ledger.commit((await ledger.takeOver()).epoch, changes)).toBe(true);

  test('stays in the record of the device, whatever changes it', async () => {
    const ledger = await open();
    await commit(ledger, { kind: LedgerChangeKind.Device, device: { id: OWN, former: [], ...since } as Device });
    await ledger.adoptDevices([GUEST]);
    expect(await ledger.refreshDevice()).toEqual({ id: OWN, former: [GUEST], ...since });
    await commit(ledger, { kind: LedgerChangeKind.Device, device: { id: OTHER, former: [OWN] } });
    expect(await ledger.refreshDevice()).toEqual({ id: OTHER, former: [OWN, GUEST], ...since });
  });

  test('stays in a document that is quarantined again, and goes when it is released', async () => {
    const ledger = await open();
    const documents = [{ ...quarantined, ...since } as Quarantined];
    await commit(ledger, { kind: LedgerChangeKind.Quarantine, documents });
    await commit(ledger, { kind: LedgerChangeKind.Quarantine, documents: [{ ...quarantined, reason: 'two' }] });
    expect((await ledger.takeOver()).state.quarantined).toEqual([{ ...quarantined, reason: 'two', ...since }]);
    await commit(ledger, { kind: LedgerChangeKind.Release, documents });
    await commit(ledger, { kind: LedgerChangeKind.Quarantine, documents: [quarantined] });
    expect((await ledger.takeOver()).state.quarantined).toEqual([quarantined]);
  });

  test('stays in what was learned of a relay', async () => {
    const ledger = await open();
    await ledger.saveRelayMemory('wss://one', { perSecond: 1, ...since });
    await ledger.saveRelayMemory('wss://one', { perSecond: 2 });
    expect(await ledger.loadRelayMemory()).toEqual({ 'wss://one': { perSecond: 2, ...since } });
  });

  test('goes with the version of a slot that it was recorded of', async () => {
    const ledger = await open();
    await commit(ledger, { kind: LedgerChangeKind.Slot, record: { ...slot, ...since } as SlotRecord });
    const next = { ...slot, version: { ...version, seq: 2 } };
    await commit(ledger, { kind: LedgerChangeKind.Slot, record: next });
    expect((await ledger.takeOver()).state.slots).toEqual([next]);
  });
});

test('an event that this build cannot read is kept as it came, until it is read', async () => {
  const { ledger, openAnother } = await newLedger();
  const { epoch } = await ledger.takeOver();
  const recordOf = (id: string) => ({ d: 'd'.repeat(32), event: { id, content: 'AgAA' } as SealedEvent });
  await ledger.commit(epoch, [{ kind: LedgerChangeKind.Unread, record: recordOf('older') }]);
  await ledger.commit(epoch, [{ kind: LedgerChangeKind.Unread, record: recordOf('newer') }]);
  const again = await (await openAnother()).takeOver();
  expect(again.state.unread).toEqual([recordOf('newer')]);
  await opened.at(-1)!.commit(again.epoch, [{ kind: LedgerChangeKind.NoLongerUnread, d: 'd'.repeat(32) }]);
  expect((await ledger.takeOver()).state.unread).toEqual([]);
});

test('a ledger that is deleted stays deleted', async () => {
  const { ledger, name, remove } = await newLedger();
  await remove();
  await expect(ledger.refreshDevice()).rejects.toMatchObject({ name: 'InvalidStateError' });
  expect((await indexedDB.databases()).map((database) => database.name)).not.toContain(name);
});

test('a ledger that was closed is not opened again', async () => {
  const { ledger } = await newLedger();
  ledger.close();
  await expect(ledger.refreshDevice()).rejects.toMatchObject({ name: 'InvalidStateError' });
});

describe('an adopted device', () => {
  /** The next value that is put makes its transaction fail, as a full disk does. */
  function failNextPut(): void {
    const put = IDBObjectStore.prototype.put;
    jest.spyOn(IDBObjectStore.prototype, 'put').mockImplementationOnce(function (this: IDBObjectStore, ...which) {
      const request = put.apply(this, which);
      this.transaction.abort();
      return request;
    });
  }

  test('counts as own once it is on disk, and not before', async () => {
    const { ledger } = await newLedger();
    failNextPut();
    await expect(ledger.adoptDevices([GUEST])).rejects.toMatchObject({ name: 'AbortError' });
    expect(ledger.device.former).toEqual([]);
    await ledger.adoptDevices([GUEST]);
    expect(ledger.device).toEqual({ id: OWN, former: [GUEST] });
    expect(await ledger.refreshDevice()).toEqual(ledger.device);
  });

  test('survives a writer that changes the device without having heard of it', async () => {
    const { ledger, openAnother } = await newLedger();
    const { epoch } = await ledger.takeOver();
    await (await openAnother()).adoptDevices([GUEST]);
    const device = { id: OTHER, former: [OWN] };
    await ledger.commit(epoch, [{ kind: LedgerChangeKind.Device, device }]);
    expect(ledger.device).toEqual({ id: OTHER, former: [OWN, GUEST] });
  });
});

describe('a worker that freezes', () => {
  /** Of each transaction that begins from now on: the requests that it gets after the task in which it began, and whether that ended with a commit. */
  function watchTransactions() {
    const begin = IDBDatabase.prototype.transaction;
    const transactions: { late: number; isCommitted: boolean }[] = [];
    jest.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (this: IDBDatabase, ...which) {
      const transaction = begin.apply(this, which);
      const watched = { late: 0, isCommitted: false };
      transactions.push(watched);
      let isLater = false;
      queueMicrotask(() => (isLater = true));
      const objectStore = transaction.objectStore.bind(transaction);
      transaction.objectStore = (name) => {
        if (isLater) watched.late += 1;
        return objectStore(name);
      };
      const commit = transaction.commit.bind(transaction);
      transaction.commit = () => {
        watched.isCommitted ||= !isLater;
        commit();
      };
      return transaction;
    });
    return transactions;
  }

  const quarantined = { collection: 'notes', id: 'n1', registers: { leaves: new Map() }, reason: 'one' };
  test.each<[string, (ledger: Ledger, epoch: number) => Promise<unknown>]>([
    ['takeOver', (ledger) => ledger.takeOver()],
    ['commit', (ledger, epoch) => ledger.commit(epoch, [newKey])],
    ['commit of a writer that was replaced', (ledger, epoch) => ledger.commit(epoch - 1, [newKey])],
    [
      'commit of another device',
      (ledger, epoch) =>
        ledger.commit(epoch, [{ kind: LedgerChangeKind.Device, device: { id: OTHER, former: [OWN] } }]),
    ],
    [
      'commit of a quarantined document',
      (ledger, epoch) =>
        ledger.commit(epoch, [{ kind: LedgerChangeKind.Quarantine, documents: [quarantined as Quarantined] }]),
    ],
    ['adoptDevices', (ledger) => ledger.adoptDevices([GUEST])],
    ['refreshDevice', (ledger) => ledger.refreshDevice()],
    ['saveRelayMemory', (ledger) => ledger.saveRelayMemory('wss://one', { slow: true })],
    ['loadRelayMemory', (ledger) => ledger.loadRelayMemory()],
  ])('keeps nobody waiting by %s: each transaction ends in the task that began it', async (_what, act) => {
    const { ledger } = await newLedger();
    const { epoch } = await ledger.takeOver();
    const transactions = watchTransactions();
    await act(ledger, epoch);
    expect(transactions.length).toBeGreaterThan(0);
    for (const transaction of transactions) expect(transaction).toEqual({ late: 0, isCommitted: true });
  });

  test('between the two transactions of a change has changed nothing that others changed meanwhile', async () => {
    const { ledger, openAnother } = await newLedger();
    const other = await openAnother();
    const { epoch } = await ledger.takeOver();
    const device = { id: OTHER, former: [OWN] };
    await Promise.all([
      ledger.adoptDevices([GUEST]),
      other.adoptDevices(['d'.repeat(32)]),
      ledger.commit(epoch, [{ kind: LedgerChangeKind.Device, device }]),
      ...[1, 2, 3].map((at) => ledger.saveRelayMemory('wss://one', { [`learned${at}`]: at })),
    ]);
    const after = await ledger.refreshDevice();
    expect(after.id).toBe(OTHER);
    expect(new Set(after.former)).toEqual(new Set([OWN, GUEST, 'd'.repeat(32)]));
    expect(await ledger.loadRelayMemory()).toEqual({ 'wss://one': { learned1: 1, learned2: 2, learned3: 3 } });
  });

  test('is fenced by each of two that take over at once but the last', async () => {
    const { ledger, openAnother } = await newLedger();
    const other = await openAnother();
    const taken = await Promise.all([ledger.takeOver(), other.takeOver(), ledger.takeOver()]);
    const epochs = taken.map(({ epoch }) => epoch);
    expect(new Set(epochs).size).toBe(3);
    for (const epoch of epochs) expect(await ledger.commit(epoch, [newKey])).toBe(epoch === Math.max(...epochs));
  });
});

test('other keys leave nothing of what those before have addressed, and what the same keys have shown changes nothing else', async () => {
  const { ledger, name } = await newLedger();
  const { epoch } = await ledger.takeOver();
  const version = { d: 'd', deviceId: OWN, tier: Tier.Delta, index: 0, seq: 1, createdAt: 1, nonce: 'n' } as const;
  const quarantined = { collection: 'notes', id: 'q', registers: { leaves: new Map() }, reason: 'newer' };
  const kept: LedgerChange[] = [
    { kind: LedgerChangeKind.Slot, record: { version, event: {} as never, durable: true } },
    { kind: LedgerChangeKind.Unread, record: { d: 'u', event: {} as never } },
    { kind: LedgerChangeKind.Quarantine, documents: [quarantined] },
    { kind: LedgerChangeKind.MissingSince, at: 1 },
    { kind: LedgerChangeKind.Relays, relays: ['wss://one'] },
  ];
  await ledger.commit(epoch, [newKey, ...kept]);
  const database = await openDB(name);
  await database.put('meta', { ...key, learned: 'later' }, 'key');
  database.close();
  const tentative = { ...key, state: KeyState.Tentative };
  await ledger.commit(epoch, [{ kind: LedgerChangeKind.KeyState, key: tentative }]);
  const { state } = await ledger.takeOver();
  expect(state).toMatchObject({ key: { ...tentative, learned: 'later' }, missingSince: 1, relays: ['wss://one'] });
  expect([state.slots, state.unread, state.quarantined].map(({ length }) => length)).toEqual([1, 1, 1]);

  await ledger.commit(epoch + 1, [{ kind: LedgerChangeKind.NewKey, key: { check: 'other', state: KeyState.Pinned } }]);
  const { state: left } = await ledger.takeOver();
  expect(left).toEqual(underNewKey(state, { check: 'other', state: KeyState.Pinned }));
  expect(left).toMatchObject({ device: { id: OWN }, slots: [], unread: [], quarantined: [quarantined] });
});

describe('versions of a slot that are reserved', () => {
  const reservation: Reservation = { d: 'd', tier: Tier.Delta, index: 0, versions: [[3, 'n3']], former: [[1, 'n1']] };
  const reserve = { kind: LedgerChangeKind.Reserve, reservation } as const;

  test('are there after the next start', async () => {
    const { ledger } = await newLedger();
    const { epoch } = await ledger.takeOver();
    await ledger.commit(epoch, [reserve]);
    expect((await ledger.takeOver()).state.reservations).toEqual([reservation]);
  });

  test.each<[string, LedgerChange]>([
    ['another device id', { kind: LedgerChangeKind.Device, device: { id: OTHER, former: [OWN] } }],
    ['other keys', newKey],
  ])('are forgotten under %s, whose slots have other addresses', async (_what, change) => {
    const { ledger } = await newLedger();
    const { epoch } = await ledger.takeOver();
    await ledger.commit(epoch, [reserve]);
    await ledger.commit(epoch, [change]);
    expect((await ledger.takeOver()).state.reservations).toEqual([]);
  });
});
