import 'fake-indexeddb/auto';
import type { RxDocument } from 'rxdb/plugins/core';
import { Dexie } from 'dexie';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { createDexieStorage } from '../../../../src/runtime/storage/rxdb/dexie-storage';
import { greatestStamp, isAlive, registersAfterDeletion } from '../../../../src/runtime/crdt/join';
import { ChangeOrigin } from '../../../../src/runtime/contracts/store';
import type { Registers } from '../../../../src/runtime/crdt/registers';
import { syncErrorFrom } from '../../../../src/runtime/page/rxdb/refused-row';
import { checkStrategies } from '../../../../src/runtime/crdt/merge-rules';
import type { JsonSchema, Strategies } from '../../../../src/runtime/crdt/merge-rules';
import { formatStamp, msOf } from '../../../../src/runtime/crdt/stamp';
import { ErrorCode, SyncError } from '../../../../src/runtime/core/errors';
import { itemSchema, openTab, until } from './storage-tab';
import type { Item, Tab, TabOptions } from './storage-tab';

const tabs: Tab[] = [];
let databaseCount = 0;

async function open(options: Partial<TabOptions> = {}): Promise<Tab> {
  const tab = await openTab({ databaseName: `db${(databaseCount += 1)}`, ...options });
  tabs.push(tab);
  return tab;
}

afterEach(async () => {
  await Promise.all(tabs.splice(0).map((tab) => tab.close()));
});

const registersOf = async (tab: Tab, id: string): Promise<Registers> =>
  (await tab.store.read('items', [id])).get(id)!.registers;
const stampsOf = async (tab: Tab, id: string) =>
  Object.fromEntries([...(await registersOf(tab, id)).leaves].map(([name, { stamp }]) => [name, msOf(stamp)]));
const author = 'b'.repeat(16);
const at = (ms: number) => formatStamp(ms, 0, author);
const leaf = (name: string, value: unknown, ms: number): Registers => ({
  leaves: new Map([[name, { stamp: at(ms), value: value as string }]]),
});
const START = 1_700_000_000_000;

describe.each([
  ['Dexie', () => ({})],
  ['memory', () => ({ storage: getRxStorageMemory() as never })],
])('local writes on %s', (_storage, storage) => {
  test('are stamped in the write that stores them, whichever way the app writes', async () => {
    const tab = await open(storage());
    const { items } = tab;
    const first = await items.insert({ id: 'a', title: 'one', rank: 1 });
    expect(await stampsOf(tab, 'a')).toEqual({ '/title': START, '/rank': START });

    tab.now = START + 1;
    await first.patch({ title: 'two' });
    tab.now = START + 2;
    await items
      .findOne('a')
      .exec(true)
      .then((doc) => doc.incrementalPatch({ rank: 2 }));
    tab.now = START + 3;
    await items
      .findOne('a')
      .exec(true)
      .then((doc) => doc.incrementalModify((data) => ({ ...data, visits: 5 })));
    expect(await stampsOf(tab, 'a')).toEqual({
      '/title': START + 1,
      '/rank': START + 2,
      [`/visits#${'a'.repeat(16)}`]: START + 3,
    });

    tab.now = START + 4;
    await items.upsert({ id: 'a', title: 'two', rank: 3, theme: 'dark', visits: 5 });
    await items.bulkUpsert([
      { id: 'a', title: 'two', rank: 3, theme: 'dark', visits: 6 },
      { id: 'b', title: 'other', rank: 9 },
    ]);
    expect(await tab.shown('a')).toEqual({ title: 'two', rank: 3, theme: 'dark', visits: 6, tags: [] });
    expect(await tab.shown('b')).toMatchObject({ title: 'other' });
  });

  test('of a document that was removed hide it, and a new insert shows nothing of the old one', async () => {
    const tab = await open(storage());
    const doc = await tab.items.insert({ id: 'a', title: 'one', rank: 1, theme: 'dark', tags: ['x'], visits: 3 });
    await doc.remove();
    expect(isAlive(await registersOf(tab, 'a'))).toBe(false);
    expect(await tab.items.findOne('a').exec()).toBeNull();
    await tab.items.insert({ id: 'a', title: 'two', rank: 2 });
    expect(isAlive(await registersOf(tab, 'a'))).toBe(true);
    expect(await tab.shown('a')).toEqual({ title: 'two', rank: 2, theme: 'light', tags: [], visits: 0 });
    expect((await tab.items.findOne('a').exec(true)).toJSON()).toMatchObject({ theme: 'light', title: 'two' });
  });

  test('show the app neither merge state nor what only a newer version knows, and lose nothing of it', async () => {
    const tab = await open(storage());
    await tab.items.insert({ id: 'a', title: 'one', rank: 1 });
    await tab.store.join('items', [{ id: 'a', registers: leaf('/mood', 'calm', START + 5) }]);
    const doc = await tab.items.findOne('a').exec(true);
    expect(doc.toJSON(true)).toEqual(expect.not.objectContaining({ mood: 'calm' }));
    expect(Object.keys((doc.toJSON(true) as unknown as { _meta: object })._meta)).toEqual(['lwt']);
    await tab.items.upsert({ id: 'a', title: 'two', rank: 1 });
    expect((await registersOf(tab, 'a')).leaves.get('/mood')).toEqual({ stamp: at(START + 5), value: 'calm' });
    expect(await tab.shown('a')).toMatchObject({ title: 'two', mood: 'calm' });
  });

  test('keep what the app is told equal to what is stored', async () => {
    const tab = await open(storage());
    const seen: unknown[] = [];
    const subscription = tab.items.findOne('a').$.subscribe((doc) => seen.push(doc?.toJSON() ?? null));
    await tab.items.insert({ id: 'a', title: 'one', rank: 1, tags: ['z', 'a'] });
    await tab.store.join('items', [{ id: 'a', registers: leaf('/title', 'merged', START + 5) }]);
    await until(() => (seen.at(-1) as { title?: string } | null)?.title === 'merged');
    expect(seen.at(-1)).toEqual({ id: 'a', title: 'merged', rank: 1, theme: 'light', tags: ['a', 'z'], visits: 0 });
    subscription.unsubscribe();
  });
});

describe('a default', () => {
  const shownAtOnce = { id: 'a', title: 'one', rank: 1, theme: 'light', tags: [], visits: 0 };

  test.each<[way: string, write: (tab: Tab) => Promise<RxDocument<Item> | undefined>]>([
    ['insert', (tab) => tab.items.insert({ id: 'a', title: 'one', rank: 1 })],
    ['insertIfNotExists', (tab) => tab.items.insertIfNotExists({ id: 'a', title: 'one', rank: 1 })],
    ['upsert', (tab) => tab.items.upsert({ id: 'a', title: 'one', rank: 1 })],
    ['incrementalUpsert', (tab) => tab.items.incrementalUpsert({ id: 'a', title: 'one', rank: 1 })],
    ['bulkInsert', async (tab) => (await tab.items.bulkInsert([{ id: 'a', title: 'one', rank: 1 }])).success[0]],
    [
      'an insert after a deletion',
      async (tab) => {
        await (await tab.items.insert({ id: 'a', title: 'zero', rank: 0, theme: 'dark', tags: ['x'] })).remove();
        return tab.items.insert({ id: 'a', title: 'one', rank: 1 });
      },
    ],
    [
      'an upsert over another document',
      async (tab) => {
        await tab.items.insert({ id: 'a', title: 'zero', rank: 0, theme: 'dark', tags: ['x'], visits: 5 });
        return tab.items.upsert({ id: 'a', title: 'one', rank: 1 });
      },
    ],
    [
      'a change that removes properties',
      async (tab) => {
        const doc = await tab.items.insert({ id: 'a', title: 'one', rank: 1, theme: 'dark', tags: ['x'], visits: 5 });
        return doc.modify(({ id, title, rank }) => ({ id, title, rank }));
      },
    ],
    [
      'an incremental change that removes properties',
      async (tab) => {
        const doc = await tab.items.insert({ id: 'a', title: 'one', rank: 1, theme: 'dark', tags: ['x'], visits: 5 });
        return doc.incrementalModify(({ id, title, rank }) => ({ id, title, rank }));
      },
    ],
  ])('is in what %s returns, in live queries and in what is read later', async (_way, write) => {
    const tab = await open();
    const seen: (readonly unknown[])[] = [];
    const subscription = tab.items.find({ selector: { theme: 'light' } }).$.subscribe((found) => {
      seen.push(found.map((each) => each.toJSON()));
    });
    const written = (await write(tab))!;
    expect(written.toJSON()).toEqual(shownAtOnce);
    expect(written.get('theme')).toBe('light');
    await until(() => seen.at(-1)?.length === 1);
    expect(seen.at(-1)).toEqual([shownAtOnce]);
    expect((await tab.items.findOne('a').exec(true)).toJSON()).toEqual(shownAtOnce);
    const { leaves } = registersAfterDeletion(await registersOf(tab, 'a'));
    expect(leaves.get('/theme')?.value).toBeUndefined();
    subscription.unsubscribe();
  });

  test('that is in what was returned and is written back makes no register', async () => {
    const tab = await open();
    const doc = await tab.items.insert({ id: 'a', title: 'one', rank: 1 });
    await doc.modify((data) => ({ ...data, rank: 2 }));
    expect([...(await registersOf(tab, 'a')).leaves.keys()].sort()).toEqual(['/rank', '/title']);
  });

  test('that the app passes is its choice', async () => {
    const tab = await open();
    await tab.items.insert({ id: 'a', title: 'one', rank: 1, theme: 'light' });
    expect((await registersOf(tab, 'a')).leaves.get('/theme')?.value).toBe('light');
  });

  test('of an earlier version, as it is still stored, is neither taken for a choice nor counted', async () => {
    const databaseName = 'defaults';
    const withDefaults = (theme: string, visits: number) => ({
      items: {
        ...itemSchema,
        properties: {
          ...(itemSchema.properties as object),
          theme: { type: 'string', default: theme },
          visits: { type: 'integer', 'x-merge': 'counter', default: visits },
        },
      },
    });
    const older = await openTab({ databaseName, schemas: withDefaults('dark', 0) });
    await older.items.insert({ id: 'a', title: 'one', rank: 1 });
    await older.close();
    const newer = await open({ databaseName, schemas: withDefaults('light', 10) });
    const doc = await newer.items.findOne('a').exec(true);
    expect(doc.toJSON()).toMatchObject({ theme: 'dark', visits: 0 });
    const changed = await doc.incrementalModify((data) => ({ ...data, visits: Number(data.visits) + 1 }));
    expect(changed.toJSON()).toMatchObject({ theme: 'light', visits: 11 });
    expect(await newer.shown('a')).toMatchObject({ theme: 'light', visits: 11 });
    expect((await registersOf(newer, 'a')).leaves.has('/theme')).toBe(false);
  });

  test('never comes over a part of the document that has arrived before its insert', async () => {
    const tab = await open();
    await tab.store.join('items', [{ id: 'a', registers: leaf('/theme', 'dark', START - 5) }]);
    const doc = await tab.items.insert({ id: 'a', title: 'one', rank: 1 });
    expect(doc.theme).toBe('dark');
    expect(await tab.shown('a')).toMatchObject({ theme: 'dark' });
  });

  test('takes the place of such a part where that breaks the schema', async () => {
    const tab = await open();
    await tab.store.join('items', [{ id: 'a', registers: leaf('/theme', 7, START - 5) }]);
    const doc = await tab.items.insert({ id: 'a', title: 'one', rank: 1 });
    expect(doc.theme).toBe('light');
  });

  test('is found and sorted by through an index', async () => {
    const schema = {
      ...itemSchema,
      properties: { ...(itemSchema.properties as object), theme: { type: 'string', maxLength: 10, default: 'light' } },
      required: ['id', 'title', 'rank', 'theme'],
      indexes: ['theme', ['theme', 'rank']],
    };
    const tab = await open({ schemas: { items: schema } });
    await tab.items.bulkInsert([
      { id: 'a', title: 'one', rank: 2 },
      { id: 'b', title: 'two', rank: 1 },
      { id: 'c', title: 'three', rank: 0, theme: 'dark' },
    ]);
    const found = await tab.items
      .find({ selector: { theme: 'light' }, sort: [{ theme: 'asc' }, { rank: 'asc' }] })
      .exec();
    expect(found.map(({ id }) => id)).toEqual(['b', 'a']);
    const all = await tab.items.find({ sort: [{ theme: 'asc' }] }).exec();
    expect(all.map(({ theme }) => theme)).toEqual(['dark', 'light', 'light']);
  });

  test('of a collection that does not sync is stored', async () => {
    const tab = await open({ syncs: () => false });
    const doc = await tab.items.insert({ id: 'a', title: 'one', rank: 1 });
    expect(doc.toJSON()).toEqual({ id: 'a', title: 'one', rank: 1, theme: 'light' });
    const changed = await tab.items.upsert({ id: 'a', title: 'two', rank: 1 });
    expect(changed.toJSON()).toEqual({ id: 'a', title: 'two', rank: 1, theme: 'light' });
    expect(await tab.items.find({ selector: { theme: 'light' } }).exec()).toHaveLength(1);
  });
});

describe('a local write', () => {
  test('that races a merge keeps both', async () => {
    const tab = await open();
    const doc = await tab.items.insert({ id: 'a', title: 'one', rank: 1 });
    const merges = Array.from({ length: 10 }, (_, round) =>
      tab.store.join('items', [{ id: 'a', registers: leaf('/rank', round + 2, START + 10 + round) }]),
    );
    const patches = Array.from({ length: 10 }, (_, round) => doc.incrementalPatch({ title: `round ${round}` }));
    await Promise.all([...merges, ...patches]);
    expect(await tab.shown('a')).toMatchObject({ title: 'round 9', rank: 11 });
  });

  test('on top of a stale revision is a conflict and changes nothing', async () => {
    const tab = await open();
    const stale = await tab.items.insert({ id: 'a', title: 'one', rank: 1 });
    await tab.store.join('items', [{ id: 'a', registers: leaf('/rank', 7, START + 10) }]);
    await expect(stale.patch({ title: 'mine' })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await tab.shown('a')).toMatchObject({ title: 'one', rank: 7 });
    await stale.incrementalPatch({ title: 'mine' });
    expect(await tab.shown('a')).toMatchObject({ title: 'mine', rank: 7 });
  });

  test('is above everything it was made on top of, even with a clock that is wrong by hours', async () => {
    const tab = await open();
    const doc = await tab.items.insert({ id: 'a', title: 'one', rank: 1 });
    await tab.store.join('items', [{ id: 'a', registers: leaf('/title', 'from the future', START + 9e9) }]);
    tab.now = START - 9e9;
    await doc.getLatest().incrementalPatch({ title: 'mine' });
    expect(await tab.shown('a')).toMatchObject({ title: 'mine' });
    expect(msOf(greatestStamp(await registersOf(tab, 'a'))!)).toBe(START + 9e9);
  });

  test('of what is there already moves no stamp', async () => {
    const tab = await open();
    const doc = await tab.items.insert({ id: 'a', title: 'one', rank: 1, tags: ['x', 'y'] });
    const before = await registersOf(tab, 'a');
    tab.now += 1_000;
    await doc.incrementalPatch({ title: 'one', tags: ['y', 'x'] });
    expect(await registersOf(tab, 'a')).toEqual(before);
  });

  test.each<[what: string, code: ErrorCode, at: RegExp, change: { [property: string]: unknown }]>([
    ['breaks the schema', ErrorCode.DocumentInvalid, /"type" at \/rank\./, { rank: 'secret' }],
    ['has null for a counter', ErrorCode.DocumentInvalid, /"type" at \/visits\./, { visits: null }],
    ['has null for a set', ErrorCode.DocumentInvalid, /"type" at \/tags\./, { tags: null }],
    [
      'has a property that the schema does not know',
      ErrorCode.DocumentInvalid,
      /"additionalProperties" at \/typo\./,
      { typo: 'secret' },
    ],
    ['holds a Date', ErrorCode.ValueUnsupported, /at \/settings\/when /, { settings: { when: new Date(0) } }],
    ['holds NaN', ErrorCode.ValueUnsupported, /at \/settings\/n /, { settings: { n: NaN } }],
    [
      'holds a value that no event can carry',
      ErrorCode.ValueTooLarge,
      /at \/title .*24576/,
      { title: 'secret'.repeat(5_000) },
    ],
  ])('that %s is refused with its code, and nothing is written', async (_what, code, place, change) => {
    const tab = await open();
    const good = await tab.items.insert({ id: 'a', title: 'one', rank: 1 });
    const before = await registersOf(tab, 'a');
    const refusals = await Promise.all(
      [
        tab.items.insert({ id: 'b', title: 'one', rank: 1, ...change }),
        good.patch(change),
        good.incrementalPatch(change),
        tab.items.upsert({ id: 'a', title: 'one', rank: 1, ...change }),
      ].map((write) => write.then(() => undefined).catch((error: unknown) => error as Error)),
    );
    for (const refusal of refusals) {
      // The plugin has the worker's error as JSON in its message; storage-errors.ts reads it.
      const [, json] = /^could not requestRemote: ([^]*)$/.exec(refusal!.message)!;
      const { error } = JSON.parse(json!) as { error: { code: ErrorCode; message: string } };
      expect(error.code).toBe(code);
      expect(error.message).toMatch(place);
      expect(error.message).not.toContain('secret');
    }
    expect(await registersOf(tab, 'a')).toEqual(before);
    expect(await tab.shown('b')).toBeUndefined();
  });

  test.each<[what: string, id: unknown, code: ErrorCode]>([
    ['empty', '', ErrorCode.DocumentInvalid],
    ['a number', 7, ErrorCode.DocumentInvalid],
    ['longer than an entry can name', 'é'.repeat(513), ErrorCode.ValueTooLarge],
  ])('with an id that is %s is refused, and nothing is written', async (_what, id, code) => {
    const { id: _id, ...properties } = itemSchema.properties as { readonly [name: string]: JsonSchema };
    const tab = await open({
      schemas: { items: { ...itemSchema, properties: { id: { maxLength: 2_000 }, ...properties } } },
    });
    const { success, error } = await tab.items.bulkInsert([
      { id: id as string, title: 'one', rank: 1 },
      { id: '\ud800', title: 'two', rank: 2 },
    ]);
    expect(success.map((each) => each.id)).toEqual(['\ud800']);
    expect(syncErrorFrom(error[0])).toMatchObject({ code, message: expect.stringContaining('"id"') as string });
    expect((await tab.items.find().exec()).map((each) => each.title)).toEqual(['two']);
    expect((await tab.items.findOne('\ud800').exec(true)).title).toBe('two');
  });

  test('that is refused does not hold up the others of a bulk', async () => {
    const tab = await open();
    const { success, error } = await tab.items.bulkInsert([
      { id: 'a', title: 'one', rank: 1 },
      { id: 'b', title: 'two', rank: 'secret' as never },
      { id: 'c', title: 'three', rank: 3 },
    ]);
    expect(success.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(error).toHaveLength(1);
    const refusal = syncErrorFrom(error[0])!;
    expect(refusal).toBeInstanceOf(SyncError);
    expect(refusal.code).toBe(ErrorCode.DocumentInvalid);
    expect(await tab.shown('c')).toMatchObject({ title: 'three' });
  });

  test('that is refused does not hold up incremental writes to other documents', async () => {
    const tab = await open();
    const { success } = await tab.items.bulkInsert(['a', 'b', 'c'].map((id) => ({ id, title: 'one', rank: 1 })));
    const [a, b, c] = success as [RxDocument<Item>, RxDocument<Item>, RxDocument<Item>];
    const queue = tab.items.incrementalWriteQueue;
    const write = (doc: RxDocument<Item>, change: object) =>
      queue.addWrite(doc._data, (data) => ({ ...data, ...change }));
    // The first goes at once; what comes meanwhile is one bulk.
    const writes = [write(a, { title: 'first' }), write(b, { rank: 'secret' }), write(c, { title: 'good' })];
    const outcomes = await Promise.allSettled(writes);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(syncErrorFrom((outcomes[1] as PromiseRejectedResult).reason)?.code).toBe(ErrorCode.DocumentInvalid);
  });
});

describe('two tabs of one database', () => {
  test('learn of each other by the change of the stored document, once, with its registers', async () => {
    const databaseName = 'two-tabs';
    const [one, two] = [
      await open({ databaseName }),
      await open({ databaseName, author: { deviceId: 'a'.repeat(32), isProven: true } }),
    ];
    await one.items.insert({ id: 'a', title: 'one', rank: 1 });
    await until(() => two.changes.length > 0);
    expect(two.changes).toEqual(one.changes);
    expect(two.changes).toEqual([
      {
        collection: 'items',
        origin: ChangeOrigin.Local,
        documents: [{ id: 'a', registers: await registersOf(one, 'a') }],
      },
    ]);
    const doc = await two.items.findOne('a').exec(true);
    await Promise.all([
      doc.incrementalPatch({ title: 'two' }),
      one.items
        .findOne('a')
        .exec(true)
        .then((same) => same.incrementalPatch({ rank: 2 })),
      one.store.join('items', [{ id: 'a', registers: leaf('/theme', 'dark', START + 5) }]),
    ]);
    await until(() => [one, two].every(({ changes }) => changes.length === 4));
    for (const tab of [one, two]) {
      expect(await tab.shown('a')).toMatchObject({ title: 'two', rank: 2, theme: 'dark' });
      expect(tab.changes.map(({ origin }) => origin).sort()).toEqual(['local', 'local', 'local', 'merge']);
    }
    await until(async () => (await one.items.findOne('a').exec(true)).title === 'two');
  });
});

describe('schemas', () => {
  test('that are not supported or have changed their strategies do not open', async () => {
    const withTags = (tags: object) => ({
      items: { ...itemSchema, properties: { ...(itemSchema.properties as object), tags } },
    });
    await expect(open({ schemas: withTags({ type: 'array', 'x-merge': 'set' }) })).rejects.toThrow(
      ErrorCode.SchemaUnsupported,
    );
    let recorded: Strategies | undefined;
    const admit: TabOptions['admit'] = (_name, rules) => {
      recorded = checkStrategies(recorded, rules);
    };
    await open({ admit });
    await expect(open({ admit, schemas: withTags({ type: 'array' }) })).rejects.toThrow(ErrorCode.SchemaChanged);
  });

  test('may get a property and an index while the documents stay', async () => {
    const databaseName = 'grows';
    const older = await openTab({ databaseName });
    await older.items.insert({ id: 'a', title: 'one', rank: 2 });
    await older.items.insert({ id: 'b', title: 'two', rank: 1 });
    await older.close();
    const properties = {
      ...(itemSchema.properties as object),
      title: { type: 'string', maxLength: 100 },
      mood: { type: 'string', maxLength: 10, default: 'calm' },
    };
    const required = [...(itemSchema.required as string[]), 'mood'];
    const newer = await open({
      databaseName,
      schemas: { items: { ...itemSchema, properties, required, indexes: ['rank', 'mood', ['title', 'rank']] } },
    });
    expect(await newer.store.rewrite('items')).toBe(2);
    expect(await newer.store.rewrite('items')).toBe(0);
    const found = await newer.items.find({ selector: { mood: 'calm' }, sort: [{ rank: 'asc' }] }).exec();
    expect(found.map(({ title }) => title)).toEqual(['two', 'one']);
    await found[0]!.incrementalPatch({ mood: 'wild' });
    expect(await newer.shown('b')).toMatchObject({ mood: 'wild', title: 'two' });
    await newer.close();
    tabs.pop();

    const again = await open({ databaseName });
    expect(await again.items.find().exec()).toHaveLength(2);
    await again.items.upsert({ id: 'b', title: 'from the old version', rank: 1 });
    expect(await again.shown('b')).toMatchObject({ mood: 'wild', title: 'from the old version' });
  });

  test('of a newer version in another tab may add an index while this tab goes on', async () => {
    const databaseName = 'old-tab';
    const tab = await open({ databaseName, storage: createDexieStorage() });
    await tab.items.insert({ id: 'a', title: 'one', rank: 1 });
    // Another tab's connection to the same IndexedDB; in one process RxDB would share this one.
    const newer = new Dexie(`rxdb-dexie-${databaseName}--0--items`);
    newer.version(1).stores({ docs: 'id, [_deleted+rank+id], [_deleted+id], [_meta.lwt+id], _meta.lwt, title' });
    await newer.open();
    await tab.items.insert({ id: 'b', title: 'two', rank: 2 });
    expect(await newer.table('docs').where('title').equals('two').count()).toBe(1);
    expect(await tab.items.find().exec()).toHaveLength(2);
    newer.close();
  });

  test('of collections that do not sync are checked, and their documents are stored as they are', async () => {
    const tab = await open({
      syncs: (name) => name === 'items',
      schemas: { items: itemSchema, drafts: { ...itemSchema, minProperties: 1 } },
    });
    const drafts = tab.database.drafts!;
    await drafts.insert({ id: 'a', title: 'one', rank: 1, settings: { when: new Date(5) } });
    await expect(drafts.insert({ id: 'b', title: 'one' })).rejects.toThrow(ErrorCode.DocumentInvalid);
    expect(tab.store.collections).toEqual(['items']);
    expect(tab.changes).toEqual([]);
    expect((await drafts.findOne('a').exec()).toJSON(true)._meta).toEqual({ lwt: expect.any(Number) });
  });
});

describe('a broken storage', () => {
  test('rejects the write with what broke', async () => {
    const memory = getRxStorageMemory();
    let broken = false;
    const storage = {
      ...memory,
      name: memory.name,
      rxdbVersion: memory.rxdbVersion,
      async createStorageInstance(params: never) {
        const instance = await memory.createStorageInstance(params);
        const { bulkWrite } = instance;
        instance.bulkWrite = (...args) =>
          broken ? Promise.reject(new SyncError(ErrorCode.StorageFull, 'No room.')) : bulkWrite.apply(instance, args);
        return instance;
      },
    };
    const tab = await open({ storage: storage as never });
    broken = true;
    await expect(tab.items.insert({ id: 'a', title: 'one', rank: 1 })).rejects.toThrow(ErrorCode.StorageFull);
    broken = false;
    await tab.items.insert({ id: 'a', title: 'one', rank: 1 });
  });
});
