import 'fake-indexeddb/auto';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { seedRegisters } from '../../../src/runtime/crdt/local-write';
import { joinRegisters, NO_REGISTERS } from '../../../src/runtime/crdt/join';
import { ChangeOrigin } from '../../../src/runtime/contracts/store';
import type { StoredDocument } from '../../../src/runtime/contracts/store';
import type { Registers } from '../../../src/runtime/crdt/registers';
import { ErrorCode } from '../../../src/runtime/core/errors';
import { formatStamp } from '../../../src/runtime/crdt/stamp';
import type { SyncValue } from '../../../src/runtime/core/json';
import { syncErrorFrom } from '../../../src/runtime/page/rxdb/refused-row';
import { itemSchema, openTab, until } from './rxdb/storage-tab';
import type { Tab, TabOptions } from './rxdb/storage-tab';

const tabs: Tab[] = [];
let databaseCount = 0;

async function open(options: Partial<TabOptions> = {}): Promise<Tab> {
  const tab = await openTab({ databaseName: `store${(databaseCount += 1)}`, ...options });
  tabs.push(tab);
  return tab;
}

afterEach(async () => {
  await Promise.all(tabs.splice(0).map((tab) => tab.close()));
});

const at = (ms: number) => formatStamp(ms, 0, 'b'.repeat(16));
const START = 1_700_000_000_000;

/** What another device may have sent: an insert with these leaves. */
function inserted(ms: number, values: { readonly [name: string]: SyncValue }): Registers {
  return { inserted: at(ms), ...leaves(ms, values) };
}

function leaves(ms: number, values: { readonly [name: string]: SyncValue }): Registers {
  return { leaves: new Map(Object.entries(values).map(([name, value]) => [name, { stamp: at(ms), value }])) };
}

const item = (id: string, ms = START): StoredDocument => ({
  id,
  registers: inserted(ms, { '/title': `title of ${id}`, '/rank': 1 }),
});

describe.each([
  ['Dexie', () => ({})],
  ['memory', () => ({ storage: getRxStorageMemory() as never })],
])('the store on %s', (_storage, storage) => {
  test('joins what other devices wrote, and the app sees it', async () => {
    const tab = await open(storage());
    const { joined, quarantined } = await tab.store.join('items', [item('a'), item('b')]);
    expect(quarantined).toEqual([]);
    expect(joined).toEqual([item('a'), item('b')]);
    expect((await tab.items.find().exec()).map(({ title }) => title).sort()).toEqual(['title of a', 'title of b']);
    await tab.store.join('items', [{ id: 'a', registers: { deleted: at(START + 1), leaves: new Map() } }]);
    expect((await tab.items.find().exec()).map(({ id }) => id)).toEqual(['b']);
  });

  test('keeps parts that come before their insert, unseen by the app', async () => {
    const tab = await open(storage());
    await tab.store.join('items', [{ id: 'a', registers: leaves(START + 2, { '/title': 'newer' }) }]);
    expect(await tab.items.findOne('a').exec()).toBeNull();
    await tab.store.join('items', [{ id: 'a', registers: inserted(START, { '/rank': 3 }) }]);
    expect((await tab.items.findOne('a').exec(true)).toJSON()).toMatchObject({ title: 'newer', rank: 3 });
  });

  test('scans everything in batches, deleted documents included', async () => {
    const tab = await open(storage());
    const ids = Array.from({ length: 23 }, (_, at) => `id${String(at).padStart(2, '0')}`);
    await tab.items.bulkInsert(ids.map((id) => ({ id, title: 'one', rank: 1 })));
    await tab.items.bulkRemove(['id03', 'id17']);
    const batches: number[] = [];
    const seen: string[] = [];
    for await (const batch of tab.store.scan('items', 5)) {
      batches.push(batch.length);
      seen.push(...batch.map(({ id }) => id));
    }
    expect(Math.max(...batches)).toBe(5);
    expect(seen.sort()).toEqual(ids);
  });
});

describe('a join', () => {
  test('that changes nothing writes nothing', async () => {
    const tab = await open();
    await tab.store.join('items', [item('a')]);
    await until(() => tab.changes.length === 1);
    const { joined } = await tab.store.join('items', [item('a'), { id: 'b', registers: NO_REGISTERS }]);
    expect(joined).toEqual([item('a'), { id: 'b', registers: NO_REGISTERS }]);
    await tab.store.join('items', [item('c')]);
    await until(() => tab.changes.length > 1);
    expect(tab.changes.map(({ documents }) => documents.map(({ id }) => id))).toEqual([['a'], ['c']]);
    expect(tab.changes.every(({ origin }) => origin === ChangeOrigin.Merge)).toBe(true);
  });

  test('takes parts of one document in one batch, in any order', async () => {
    const tab = await open();
    const parts = [
      { id: 'a', registers: leaves(START + 2, { '/title': 'newer' }) },
      { id: 'a', registers: inserted(START, { '/title': 'older', '/rank': 3 }) },
    ];
    expect((await tab.store.join('items', parts)).quarantined).toEqual([]);
    expect(await tab.shown('a')).toMatchObject({ title: 'newer', rank: 3 });
  });

  test('quarantines a document that would break the schema, and leaves what is stored', async () => {
    const tab = await open();
    await tab.store.join('items', [item('a')]);
    const broken = { id: 'a', registers: leaves(START + 2, { '/rank': 'high' }) };
    const incomplete = { id: 'b', registers: inserted(START, { '/title': 'only' }) };
    const outcome = await tab.store.join('items', [broken, incomplete, item('c')]);
    expect(outcome.joined.map(({ id }) => id)).toEqual(['c']);
    expect(outcome.quarantined).toEqual([
      { collection: 'items', ...broken, reason: '"type" at /rank' },
      { collection: 'items', ...incomplete, reason: '"required" at /rank' },
    ]);
    expect(await tab.shown('a')).toMatchObject({ rank: 1 });
    expect(await tab.shown('b')).toBeUndefined();
    const rest = {
      id: 'b',
      registers: joinRegisters(outcome.quarantined[1]!.registers, leaves(START, { '/rank': 5 })),
    };
    expect((await tab.store.join('items', [rest])).quarantined).toEqual([]);
  });

  test('does not quarantine what only a newer version of the app knows', async () => {
    const tab = await open();
    const newer = {
      id: 'a',
      registers: inserted(START, { '/title': 't', '/rank': 1, '/mood': 'calm', '/deep/er': [1], '/kinds+"x"': true }),
    };
    expect((await tab.store.join('items', [newer])).quarantined).toEqual([]);
    expect(await tab.store.read('items', ['a'])).toEqual(new Map([['a', newer]]));
    expect((await tab.items.findOne('a').exec(true)).toJSON()).toEqual({
      ...{ id: 'a', title: 't', rank: 1 },
      ...{ tags: [], theme: 'light', visits: 0 },
    });
  });

  test('of a bulk writes what is new and joins what is there, whatever it expected', async () => {
    const tab = await open();
    const ids = Array.from({ length: 60 }, (_, each) => `id${each}`);
    await tab.store.join(
      'items',
      ids.slice(0, 10).map((id) => item(id)),
    );
    const parts = ids.map((id, each) => ({
      id,
      // Without what is stored, the part of a known document would lack a rank.
      registers: inserted(START + 1, { '/title': 'newer', ...(each >= 10 && { '/rank': 5 }) }),
    }));
    for (let round = 0; round < 3; round += 1) {
      const { joined, quarantined } = await tab.store.join('items', parts);
      expect([joined.length, quarantined]).toEqual([60, []]);
      for (const { id, registers } of joined) {
        expect(registers.leaves.get('/title')?.value).toBe('newer');
        expect(registers.leaves.get('/rank')?.value).toBe(ids.indexOf(id) < 10 ? 1 : 5);
      }
    }
    await until(() => tab.changes.length === 3);
    expect(tab.changes.map(({ documents }) => documents.length)).toEqual([10, 50, 10]);
  });

  test('of two workers at once loses nothing', async () => {
    const databaseName = 'two-workers';
    const [one, two] = [await open({ databaseName }), await open({ databaseName })];
    const ids = Array.from({ length: 20 }, (_, at) => `id${at}`);
    const joinAll = (tab: Tab, name: string) =>
      ids.map((id) =>
        tab.store.join('items', [{ id, registers: inserted(START, { '/title': 't', '/rank': 1, [name]: 1 }) }]),
      );
    await Promise.all([...joinAll(one, '/settings/one'), ...joinAll(two, '/settings/two')]);
    for (const id of ids) expect((await two.shown(id))!.settings).toEqual({ one: 1, two: 1 });
  });

  test('to a collection that is not open is refused', async () => {
    const tab = await open();
    await expect(tab.store.join('others', [item('a')])).rejects.toThrow('"others" is not open');
  });
});

describe('documents without merge state', () => {
  test('are seeds: what a user wrote on another device wins', async () => {
    const tab = await open();
    const { inner } = tab.stamping.collections.get('items')!;
    const before = {
      id: 'a',
      title: 'before the kit',
      rank: 1,
      theme: 'dark',
      _rev: '1-x',
      _attachments: {},
      _deleted: false,
      _meta: { lwt: 1 },
    };
    await inner.bulkWrite([{ document: before as never }], 'restore');
    expect((await tab.store.read('items', ['a'])).get('a')!.registers).toEqual(
      seedRegisters({ id: 'a', title: 'before the kit', rank: 1, theme: 'dark' }, tab.rules),
    );
    await tab.store.join('items', [
      { id: 'a', registers: inserted(5, { '/title': 'from another device', '/rank': 1 }) },
    ]);
    expect(await tab.shown('a')).toMatchObject({ title: 'from another device', theme: 'dark' });
  });
});

describe('a document that a newer version of the app has stored', () => {
  /** As a tab of it does: in the format 2, of which nothing else is known here. */
  async function storeNewer(tab: Tab, id: string, zbs = '{"f":2,"q":[[1]]}'): Promise<void> {
    const { inner } = tab.stamping.collections.get('items')!;
    const [previous] = await inner.findDocumentsById([id], true);
    const { _meta, _rev, ...document } = previous ?? { id, title: 'newer', rank: 1, _attachments: {}, _deleted: false };
    const meta = { ...(_meta as object), lwt: tab.now, zbs };
    const row = { ...document, _rev: `${parseInt((_rev as string) ?? '0', 10) + 1}-newer`, _meta: meta };
    const { error } = await inner.bulkWrite([{ ...(previous && { previous }), document: row as never }], 'newer');
    expect(error).toEqual([]);
  }

  async function rowsOf(tab: Tab): Promise<readonly unknown[]> {
    const { inner } = tab.stamping.collections.get('items')!;
    return structuredClone(await inner.findDocumentsById(['a', 'b'], true));
  }

  /** With one such document beside one that can be read. */
  async function openMixed(options: Partial<TabOptions> = {}) {
    let newer = 0;
    const tab = await open({ ...options, onNewer: () => (newer += 1) });
    await tab.store.join('items', [item('a'), item('b')]);
    await storeNewer(tab, 'a');
    return { tab, before: await rowsOf(tab), timesNewer: () => newer };
  }

  test.each<[string, (tab: Tab) => Promise<unknown>]>([
    ['a patch', async ({ items }) => (await items.findOne('a').exec(true)).incrementalPatch({ title: 'mine' })],
    ['an upsert', ({ items }) => items.upsert({ id: 'a', title: 'mine', rank: 2 })],
    ['a removal', async ({ items }) => (await items.findOne('a').exec(true)).remove()],
  ])('is not changed by %s, which is refused', async (_what, act) => {
    const { tab, before } = await openMixed();
    const refused = (await act(tab).catch((error: unknown) => error)) as Error;
    expect(`${refused.message} ${JSON.stringify(refused)}`).toContain('newer version of the app');
    expect(await rowsOf(tab)).toEqual(before);
  });

  test('does not keep the others of a bulk from being written', async () => {
    const { tab, before } = await openMixed();
    const [a, b] = await tab.items.find({ sort: [{ id: 'asc' }] }).exec();
    // What comes while the first is written goes in one bulk.
    const writes = [b, a, b].map((doc, rank) => doc!.incrementalPatch({ rank }));
    const [first, refused, last] = await Promise.allSettled(writes);
    expect([first!.status, last!.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(syncErrorFrom((refused as PromiseRejectedResult).reason)?.code).toBe(ErrorCode.StorageNewer);
    expect(await tab.shown('b')).toMatchObject({ rank: 2 });
    expect((await rowsOf(tab))[0]).toEqual(before[0]);
  });

  test('is left by a merge, which is set aside whole, and the others of the batch are joined', async () => {
    const { tab, before, timesNewer } = await openMixed();
    const inbound = { id: 'a', registers: leaves(START + 9, { '/title': 'from another device' }) };
    const outcome = await tab.store.join('items', [inbound, { ...inbound, id: 'b' }]);
    expect(outcome.joined.map(({ id }) => id)).toEqual(['b']);
    expect(outcome.quarantined).toEqual([{ collection: 'items', ...inbound, reason: expect.any(String) as string }]);
    expect((await rowsOf(tab))[0]).toEqual(before[0]);
    expect(timesNewer()).toBeGreaterThan(0);
  });

  test('is left by a merge that takes it for new', async () => {
    const { tab, before } = await openMixed();
    const many = Array.from({ length: 40 }, (_, each) => item(`id${each}`));
    const outcome = await tab.store.join('items', [...many, item('a', START + 9)]);
    expect(outcome.joined).toHaveLength(40);
    expect(outcome.quarantined.map(({ id }) => id)).toEqual(['a']);
    expect((await rowsOf(tab))[0]).toEqual(before[0]);
  });

  test('is left by what brings documents up to date with a schema, and by counters that are settled', async () => {
    const { tab, before } = await openMixed({ renames: { '/title': '/name' } });
    await tab.store.rewrite('items');
    await tab.store.settleShares('c'.repeat(32));
    await storeNewer(tab, 'b');
    await until(() => tab.changes.length > 0);
    expect((await rowsOf(tab))[0]).toEqual(before[0]);
  });

  test('is told as such by a scan, and neither read nor told as a change', async () => {
    const { tab } = await openMixed();
    const scanned = [];
    for await (const batch of tab.store.scan('items', 10)) scanned.push(...batch);
    expect(scanned.find(({ id }) => id === 'a')).toEqual({ id: 'a', registers: NO_REGISTERS, isNewer: true });
    expect(scanned.find(({ id }) => id === 'b')).toEqual(item('b'));
    expect([...(await tab.store.read('items', ['a', 'b'])).keys()]).toEqual(['b']);
    await tab.store.join('items', [item('c')]);
    await until(() => tab.changes.some(({ documents }) => documents.some(({ id }) => id === 'c')));
    expect(tab.changes.flatMap(({ documents }) => documents.map(({ id }) => id))).toEqual(['a', 'b', 'c']);
  });

  test('still shows the app what it holds for this version', async () => {
    const { tab } = await openMixed();
    expect((await tab.items.find().exec()).map(({ title }) => title).sort()).toEqual(['title of a', 'title of b']);
  });

  test('in the present format keeps what that version has added, whoever writes', async () => {
    const tab = await open();
    const doc = await tab.items.insert({ id: 'a', title: 'one', rank: 1 });
    const packed = async () => {
      const [row] = (await rowsOf(tab)) as readonly { readonly _meta: { readonly zbs: string } }[];
      return JSON.parse(row!._meta.zbs) as object;
    };
    await storeNewer(tab, 'a', JSON.stringify({ ...(await packed()), since: { v: 2 } }));
    await until(() => doc.getLatest().revision.endsWith('-newer'));
    await doc.getLatest().incrementalPatch({ title: 'two' });
    expect(await packed()).toMatchObject({ since: { v: 2 } });
    await tab.store.join('items', [{ id: 'a', registers: leaves(tab.now + 9, { '/rank': 7 }) }]);
    expect(await packed()).toMatchObject({ since: { v: 2 } });
    await doc.getLatest().remove();
    expect(await packed()).toMatchObject({ since: { v: 2 }, d: expect.any(String) as string });
  });
});

test('what another default changes of a document is stored, and is no news for the relays', async () => {
  const databaseName = 'another-default';
  const { properties, ...rest } = itemSchema;
  const withTheme = (theme: string) => ({
    items: { ...rest, properties: { ...(properties as object), theme: { type: 'string', default: theme } } },
  });
  const before = await openTab({ databaseName, schemas: withTheme('light') });
  await before.items.insert({ id: 'a', title: 'one', rank: 1 });
  await before.close();
  const tab = await open({ databaseName, schemas: withTheme('dark') });
  expect(await tab.store.rewrite('items')).toBe(1);
  expect(await tab.items.findOne('a').exec(true)).toMatchObject({ theme: 'dark' });
  await tab.items.insert({ id: 'b', title: 'two', rank: 1 });
  await until(() => tab.changes.length > 0);
  expect(tab.changes.flatMap(({ documents }) => documents.map(({ id }) => id))).toEqual(['b']);
});

describe('a property that a newer version calls by another name', () => {
  const older = inserted(START, { '/titel': 'old', '/titels': 'other', '/rank': 1 });

  test('is renamed in what is stored, with its stamp, and told as a local write', async () => {
    const databaseName = 'renames';
    const { properties, ...rest } = itemSchema;
    const { title, ...others } = properties as { title: object };
    const schema = { ...rest, required: ['id', 'rank'], properties: { ...others, titel: title } };
    const before = await openTab({ databaseName, schemas: { items: schema } });
    await before.store.join('items', [
      { id: 'a', registers: older },
      { id: 'b', registers: inserted(START, { '/rank': 1 }) },
    ]);
    await before.close();

    const tab = await open({ databaseName, renames: { '/titel': '/title' } });
    expect(await tab.store.rewrite('items')).toBe(1);
    expect(await tab.store.rewrite('items')).toBe(0);
    const { registers } = (await tab.store.read('items', ['a'])).get('a')!;
    // A tab of the older version goes on with the old name.
    expect(registers).toEqual(inserted(START, { '/title': 'old', '/titel': 'old', '/titels': 'other', '/rank': 1 }));
    expect((await tab.items.findOne('a').exec(true)).title).toBe('old');
    await until(() => tab.changes.some(({ origin }) => origin === ChangeOrigin.Local));
  });

  test('is renamed in what older devices send, and the newer edit wins under either name', async () => {
    const tab = await open({ renames: { '/titel': '/title' } });
    await tab.store.join('items', [{ id: 'a', registers: older }]);
    await tab.store.join('items', [{ id: 'a', registers: leaves(START + 2, { '/titel': 'newest' }) }]);
    await tab.store.join('items', [{ id: 'a', registers: leaves(START + 1, { '/title': 'newer' }) }]);
    expect(await tab.shown('a')).toMatchObject({ title: 'newest', titels: 'other' });
  });
});

describe('counters of a device that may be a clone', () => {
  const share = (deviceId: string) => `/visits#${deviceId.slice(0, 16)}`;

  test('stay on this device until it is proven to have none, and are then its own', async () => {
    const tab = await open({ author: { deviceId: 'a'.repeat(32), isProven: false } });
    const doc = await tab.items.insert({ id: 'a', title: 'one', rank: 1, visits: 2 });
    await doc.incrementalPatch({ visits: 5 });
    expect(doc.getLatest().visits).toBe(5);
    const names = async () => [...(await tab.store.read('items', ['a'])).get('a')!.registers.leaves.keys()].sort();
    expect(await names()).toEqual(['/rank', '/title']);
    await until(() => tab.changes.length === 2);
    expect(
      tab.changes.flatMap(({ documents }) => documents.flatMap(({ registers }) => [...registers.leaves.keys()])),
    ).not.toContain('/visits#');

    await tab.store.settleShares('c'.repeat(32));
    expect(await names()).toEqual(['/rank', '/title', share('c'.repeat(32))]);
    expect(await tab.shown('a')).toMatchObject({ visits: 5 });
    await until(() => tab.changes.length === 3);
    expect(tab.changes[2]).toMatchObject({ origin: ChangeOrigin.Local });

    // Another tab does not know yet.
    await doc.getLatest().incrementalPatch({ visits: 6 });
    await until(async () => {
      const { leaves: settled } = (await tab.store.read('items', ['a'])).get('a')!.registers;
      return (settled.get(share('c'.repeat(32)))?.value as readonly [null, number])[1] === 6;
    });
    expect(doc.getLatest().visits).toBe(6);
  });
});

describe('a schema of a newer version of the app', () => {
  test('shows at once what the older one kept', async () => {
    const databaseName = 'newer-app';
    const older = await openTab({ databaseName });
    await older.store.join('items', [
      { id: 'a', registers: inserted(START, { '/title': 't', '/rank': 1, '/mood': 'calm', '/kinds+"x"': true }) },
    ]);
    await older.close();
    const properties = {
      ...(itemSchema.properties as object),
      mood: { type: 'string' },
      kinds: { type: 'array', items: { type: 'string' }, 'x-merge': 'set' },
    };
    const newer = await open({ databaseName, schemas: { items: { ...itemSchema, properties } } });
    expect((await newer.items.findOne('a').exec(true)).toJSON()).toMatchObject({ mood: 'calm', kinds: ['x'] });
  });
});

describe('what one device may write, every other one takes', () => {
  const number = { type: 'number' };
  const place = { type: 'object', properties: { lat: number, lon: number }, required: ['lat', 'lon'] };
  const schemas = {
    items: {
      ...itemSchema,
      properties: {
        ...(itemSchema.properties as object),
        place,
        places: { type: 'object', additionalProperties: place },
        phone: { type: 'string', pattern: '^\\d{3}\\-\\d{4}$' },
        price: { type: 'number', multipleOf: 0.01 },
      },
    },
  };
  const all = async (tab: Tab) => [...(await tab.store.read('items', ['a'])).values()];

  test('a place that one removes and another changes is whole or gone on both, and on a new device', async () => {
    const [a, b, c] = [await open({ schemas }), await open({ schemas }), await open({ schemas })];
    const home = { lat: 1, lon: 1 };
    const insert = { id: 'a', title: 't', rank: 1, place: home, places: { home } };
    await a.items.insert(insert);
    await b.store.join('items', await all(a));
    const ofA = await a.items.findOne('a').exec(true);
    await ofA.incrementalModify(({ place: _place, places: _places, ...rest }) => rest as never);
    b.now += 10;
    const moved = { lat: 5, lon: 2 };
    const ofB = await b.items.findOne('a').exec(true);
    await ofB.incrementalPatch({ place: moved, places: { home: moved } } as never);
    const [fromA, fromB] = [await all(a), await all(b)];
    const joins = [
      await a.store.join('items', fromB),
      await b.store.join('items', fromA),
      await c.store.join('items', fromA),
      await c.store.join('items', fromB),
    ];
    expect(joins.flatMap(({ quarantined }) => quarantined)).toEqual([]);
    for (const tab of [a, b, c])
      expect(await tab.shown('a')).toMatchObject({ title: 't', place: moved, places: { home: moved } });
  });

  test('a pattern without the u flag and a multiple of a fraction are judged as JSON Schema says', async () => {
    const tab = await open({ schemas });
    await tab.items.insert({ id: 'a', title: 't', rank: 1, phone: '123-4567', price: -19.99 });
    await expect(tab.items.insert({ id: 'b', title: 't', rank: 1, phone: '1234567' })).rejects.toThrow(
      ErrorCode.DocumentInvalid,
    );
    const broken = { id: 'c', registers: inserted(START, { '/title': 't', '/rank': 1, '/phone': 'x' }) };
    const { joined, quarantined } = await tab.store.join('items', [broken, item('d')]);
    expect([joined.map(({ id }) => id), quarantined.map(({ reason }) => reason)]).toEqual([
      ['d'],
      ['"pattern" at /phone'],
    ]);
  });
});
