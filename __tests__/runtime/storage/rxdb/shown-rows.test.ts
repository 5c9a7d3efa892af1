/** What the worker answers to a write, as RxDB on the page hears it. */
import { fillWithDefaultSettings } from 'rxdb/plugins/core';
import { withoutDefaults } from '../../../../src/runtime/core/schema';
import type { JsonSchema } from '../../../../src/runtime/crdt/merge-rules';
import { createStampingStorage } from '../../../../src/runtime/storage/rxdb/stamping-storage';
import { memoryOfOneTab } from '../../../../src/runtime/testing/in-process';
import { itemSchema } from './storage-tab';

const schemaOf = () => fillWithDefaultSettings(itemSchema as never) as unknown as JsonSchema;
let databases = 0;

async function openPort(syncs = true) {
  const stamping = createStampingStorage({
    storage: memoryOfOneTab(),
    now: () => 1_700_000_000_000,
    notBeforeMs: 0,
    syncs: () => syncs,
    schemaOf,
    author: () => ({ deviceId: 'a'.repeat(32), isProven: true }),
  });
  const port = await stamping.storage.createStorageInstance({
    ...{ databaseName: `shown${(databases += 1)}`, collectionName: 'items', databaseInstanceToken: 'x' },
    ...{ schema: withoutDefaults(schemaOf()) as never, options: {}, multiInstance: false, devMode: false },
  });
  let height = 0;
  const rowOf = (document: object, previous?: object) =>
    ({
      ...(previous && { previous }),
      document: {
        ...{ id: 'a', title: 't', rank: 1, ...document },
        ...{ _deleted: false, _attachments: {}, _rev: `${(height += 1)}-page`, _meta: { lwt: height } },
      },
    }) as never;
  return { rowOf, write: (...rows: object[]) => port.bulkWrite(rows as never, 'test') };
}

const whole = { theme: 'dark', tags: ['x'], visits: 2 };

describe('the answer to a write', () => {
  test.each<[what: string, document: object, shown: object | undefined]>([
    ['nothing where it is shown as it was written', whole, undefined],
    ['defaults that were filled in', { tags: ['x'] }, { theme: 'light', visits: 0 }],
    ['the duplicates of a set collapsed', { ...whole, tags: ['x', 'y', 'x'] }, { tags: ['x', 'y'] }],
    ['a set in its order', { ...whole, tags: ['y', 'x'] }, { tags: ['x', 'y'] }],
    ['zero for -0', { ...whole, settings: { n: [-0] } }, { settings: { n: [0] } }],
    ['what was given as undefined as not there', { ...whole, settings: undefined }, { settings: undefined }],
    ['an object without what was given as undefined in it', { ...whole, settings: { a: undefined } }, { settings: {} }],
  ])('says %s', async (_what, document, shown) => {
    const { write, rowOf } = await openPort();
    const answer = await write(rowOf(document));
    expect(answer).toStrictEqual(shown ? { error: [], shown: [{ id: 'a', ...shown }] } : { error: [] });
  });

  test('says the default in the place of what a change has removed', async () => {
    const { write, rowOf } = await openPort();
    const [first, second] = [rowOf(whole), rowOf({ tags: ['x'], visits: 2 })] as { document: object }[];
    await write(first!);
    expect(await write({ ...second, previous: first!.document })).toEqual({
      error: [],
      shown: [{ id: 'a', theme: 'light' }],
    });
  });

  test('says nothing of a document that was refused or is in conflict', async () => {
    const { write, rowOf } = await openPort();
    await write(rowOf(whole));
    const answer = await write(rowOf({}), rowOf({ id: 'b', rank: 'x' }), rowOf({ id: 'c', ...whole, visits: 1e300 }));
    expect(answer.error.map(({ documentId, status }) => [documentId, status])).toEqual([
      ['a', 409],
      ['b', 422],
      ['c', 422],
    ]);
    expect(answer).not.toHaveProperty('shown');
  });

  test('says the defaults of a collection that does not sync, which are stored', async () => {
    const { write, rowOf } = await openPort(false);
    expect(await write(rowOf({ tags: [] }))).toEqual({ error: [], shown: [{ id: 'a', theme: 'light' }] });
    expect(await write(rowOf({ id: 'b', theme: 'dark', settings: { when: new Date(0), n: NaN } }))).toEqual({
      error: [],
    });
  });
});
