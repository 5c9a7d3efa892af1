import { createMergeQueue } from '../../../../src/runtime/replica/incoming/merge-queue';
import type { Arrival } from '../../../../src/runtime/replica/incoming/merge-queue';
import { Tier } from '../../../../src/runtime/contracts/slot';
import type { NostrEvent } from '../../../../src/runtime/contracts/slot';
import type { Quarantined, Store } from '../../../../src/runtime/contracts/store';
import { keyOf } from '../../../../src/runtime/replica/slots/slot-content';
import type { ContentDocument } from '../../../../src/runtime/replica/slots/slot-content';
import { createMapStore, GREATER, leaf, noteOf } from '../slot-modules';

const notes = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => noteOf(`${name}-${index}`, { '/title': leaf(1, name) }));

function arrivalOf(name: string, documents: readonly ContentDocument[]): Arrival {
  const content = new Map(documents.map((document) => [keyOf(document), document]));
  const version = { deviceId: GREATER, tier: Tier.Page, index: 0, d: name, seq: 1, createdAt: 1, nonce: name };
  return { version, event: {} as NostrEvent, content, published: content };
}

function setUp({
  frameLagMs = 0,
  store = createMapStore(),
}: { frameLagMs?: number; store?: { store: Store; joins: string[][] } } = {}) {
  const merged: (readonly [name: string, refused: readonly Quarantined[]])[] = [];
  const failures: unknown[] = [];
  const gaps: number[] = [];
  const mergeQueue = createMergeQueue({
    store: store.store,
    clock: {
      now: () => 0,
      monotonic: () => 0,
      after: (delayMs, call) => {
        gaps.push(delayMs);
        queueMicrotask(call);
        return () => {};
      },
    },
    frameLagMs: () => frameLagMs,
    onMerged: async ({ version }, refused) => void merged.push([version.d, refused]),
    onFailed: (error) => failures.push(error),
  });
  return { mergeQueue, joins: store.joins, merged, failures, gaps };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test('a slot is recorded after its last document, in batches of a hundred', async () => {
  const { mergeQueue, joins, merged } = setUp();
  mergeQueue.push(arrivalOf('bulk', notes('bulk', 250)));
  await mergeQueue.drained();
  expect(joins.map((ids) => ids.length)).toEqual([100, 100, 50]);
  expect(merged).toEqual([['bulk', []]]);
});

test('an edit overtakes a bulk', async () => {
  const { mergeQueue, merged } = setUp();
  mergeQueue.push(arrivalOf('bulk', notes('bulk', 250)));
  mergeQueue.push(arrivalOf('edit', notes('edit', 1)));
  await mergeQueue.drained();
  expect(merged.map(([name]) => name)).toEqual(['edit', 'bulk']);
});

test('documents of small pages fill a batch together, and each page is recorded after its last document', async () => {
  const { mergeQueue, joins, merged } = setUp();
  for (const name of ['one', 'two', 'three']) mergeQueue.push(arrivalOf(name, notes(name, 130)));
  await mergeQueue.drained();
  expect(joins.map((ids) => ids.length)).toEqual([100, 100, 100, 90]);
  expect(merged.map(([name]) => name)).toEqual(['one', 'two', 'three']);
});

test('while one batch is stored the next is joined, and no third', async () => {
  const { store, joins } = createMapStore();
  const waiting: (() => void)[] = [];
  const join: Store['join'] = async (collection, documents) => {
    const outcome = await store.join(collection, documents);
    await new Promise<void>((resolve) => waiting.push(resolve));
    return outcome;
  };
  const { mergeQueue, merged } = setUp({ store: { store: { ...store, join }, joins } });
  mergeQueue.push(arrivalOf('bulk', notes('bulk', 350)));
  for (let stored = 0; stored < 4; stored++) {
    await settled();
    expect(joins).toHaveLength(Math.min(4, stored + 2));
    expect(merged).toEqual([]);
    waiting.shift()!();
  }
  await mergeQueue.drained();
  expect(merged.map(([name]) => name)).toEqual(['bulk']);
});

test.each([
  ['no frame is late', 2, undefined],
  ['frames are late', 20, 40],
  ['the page hardly moves', 5000, 100],
])('the gap between two batches, when %s', async (_when, frameLagMs, gapMs) => {
  const { mergeQueue, gaps } = setUp({ frameLagMs });
  mergeQueue.push(arrivalOf('bulk', notes('bulk', 200)));
  await mergeQueue.drained();
  expect(gaps[0]).toBe(gapMs);
});

test('what the schema refuses, and what no collection takes, is handed on as such', async () => {
  const { mergeQueue, merged } = setUp({ store: createMapStore([], (id) => id === 'x-1') });
  const unknown = { ...notes('y', 1)[0]!, collection: 'of a newer version' };
  mergeQueue.push(arrivalOf('slot', [...notes('x', 2), unknown]));
  await mergeQueue.drained();
  expect(merged[0]![1].map(({ id, reason }) => [id, reason])).toEqual([
    ['x-1', 'it breaks the schema'],
    ['y-0', 'unknown collection'],
  ]);
});

test('after a failure of the database nothing more is merged or recorded', async () => {
  const failing = createMapStore();
  const store = { ...failing.store, join: () => Promise.reject(new Error('no space left')) };
  const { mergeQueue, merged, failures } = setUp({ store: { ...failing, store } });
  mergeQueue.push(arrivalOf('one', notes('one', 1)));
  mergeQueue.push(arrivalOf('two', notes('two', 1)));
  await mergeQueue.drained();
  expect(merged).toEqual([]);
  expect(failures).toEqual([new Error('no space left')]);
});

test('a failure of the second of two batches under way is told once, and neither slot is recorded', async () => {
  const failing = createMapStore();
  let joins = 0;
  const join: Store['join'] = (collection, documents) =>
    (joins += 1) === 2 ? Promise.reject(new Error('no space left')) : failing.store.join(collection, documents);
  const { mergeQueue, merged, failures } = setUp({ store: { ...failing, store: { ...failing.store, join } } });
  mergeQueue.push(arrivalOf('bulk', notes('bulk', 250)));
  await mergeQueue.drained();
  expect(merged).toEqual([]);
  expect(failures).toEqual([new Error('no space left')]);
});

test('there is room while fewer than 2,000 documents wait, and whoever waits for it is let in as they are merged', async () => {
  const { mergeQueue, merged } = setUp();
  const mergedSlots = () => merged.length;
  mergeQueue.push(arrivalOf('bulk', notes('bulk', 1_999)));
  expect(await mergeQueue.room().then(mergedSlots)).toBe(0);
  const { mergeQueue: full, joins } = setUp();
  full.push(arrivalOf('bulk', notes('bulk', 2_400)));
  const batches = await full.room().then(() => joins.length);
  expect([batches > 3, batches < 9]).toEqual([true, true]);
  await full.drained();
});

test('nobody waits for room in a queue that is stopped, or has failed', async () => {
  const { store, joins } = createMapStore();
  const join = () => Promise.reject(new Error('the disk is full'));
  const failing = setUp({ store: { store: { ...store, join }, joins } });
  failing.mergeQueue.push(arrivalOf('bulk', notes('bulk', 3_000)));
  await failing.mergeQueue.room();
  expect(failing.failures).toHaveLength(1);

  const stopped = setUp();
  stopped.mergeQueue.push(arrivalOf('bulk', notes('bulk', 3_000)));
  const room = stopped.mergeQueue.room();
  stopped.mergeQueue.stop();
  await room;
});
