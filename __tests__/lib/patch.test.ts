/** `patch` of the engine and of a watch: functions and intents, and changes that were computed from an old view. */
import { firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import { SyncEngine } from '../../src/lib/engine';
import { collections } from '../../src/lib/schema';
import type * as schema from '../../src/lib/schema';
import { add, increment, remove } from '../../src/runtime/core';
import { ErrorCode, SyncError } from '../../src/runtime/core/errors';
import type { DocumentWatch, PatchDocument, SyncDatabaseOf } from '../../src/runtime/page';
import { startRelay } from '../../src/relay';
import type { RunningRelay } from '../../src/relay';
import { openElsewhere } from '../support/browser-device';
import { inProcessWorkers } from '../support/in-process';

jest.mock('../../src/lib/schema', () => {
  const actual = jest.requireActual<typeof schema>('../../src/lib/schema').collections;
  const number = { type: 'number' };
  const posts = {
    schema: {
      version: 0,
      primaryKey: 'id',
      type: 'object',
      additionalProperties: false,
      properties: {
        id: { type: 'string', maxLength: 40 },
        title: { type: 'string', default: '' },
        likes: { ...number, default: 0, 'x-merge': 'counter' },
        stock: { ...number, default: 5, 'x-merge': 'counter' },
        tags: { type: 'array', items: { type: 'string' }, default: [], 'x-merge': 'set' },
        list: { type: 'array', items: { type: 'string' } },
        map: { type: 'object', additionalProperties: number },
        place: { type: 'object', properties: { lat: number, lon: number }, 'x-merge': 'atomic' },
        stats: {
          type: 'object',
          properties: { views: { ...number, 'x-merge': 'counter' }, note: { type: 'string' } },
        },
      },
      required: ['id'],
    },
  };
  return { collections: { ...actual, posts } };
});

interface Post {
  readonly id: string;
  readonly title: string;
  readonly likes: number;
  readonly stock: number;
  readonly tags: readonly string[];
  readonly list?: readonly string[];
  readonly map?: { readonly [key: string]: number };
  readonly place?: { readonly lat: number; readonly lon: number };
  readonly stats?: { readonly views: number; readonly note?: string };
}

interface PostsEngine {
  readonly db: SyncDatabaseOf<{ posts: Post }>;
  readonly patch: PatchDocument<{ posts: Post }>;
  watch(collection: 'posts', id: string): DocumentWatch<Post>;
  close(): Promise<void>;
}

let engine: PostsEngine;
beforeEach(async () => {
  expect(Object.keys(collections)).toContain('posts');
  const opened = await SyncEngine.open({ identity: ['user-1'], relays: [], createWorker: inProcessWorkers() });
  engine = opened as unknown as PostsEngine;
});
afterEach(() => engine.close());

const stored = async () => (await engine.db.posts.findOne('p').exec())?.toJSON() as Post | undefined;
const spyOnWrites = () => jest.spyOn(engine.db.posts.storageInstance, 'bulkWrite');

/** Writes as somebody else would, right before the next write of this page. */
function intrude(change: (document: { remove(): Promise<unknown> }) => Promise<unknown>): void {
  const instance = engine.db.posts.storageInstance;
  const write = instance.bulkWrite.bind(instance);
  const spy = jest.spyOn(instance, 'bulkWrite').mockImplementationOnce(async (rows, context) => {
    spy.mockRestore();
    const document = await engine.db.posts.findOne('p').exec();
    await change(document as never);
    return write(rows, context);
  });
}

describe('a function', () => {
  test('runs against what is stored, in the order in which it was asked for', async () => {
    await engine.patch('posts', 'p', { title: 'a' });
    await Promise.all([
      engine.patch('posts', 'p', (post) => ({ title: `${post?.title}b`, likes: (post?.likes ?? 0) + 1 })),
      engine.patch('posts', 'p', { title: 'c', likes: increment(10) }),
      engine.patch('posts', 'p', (post) => ({ title: `${post?.title}d`, likes: (post?.likes ?? 0) * 2 })),
    ]);
    expect(await stored()).toMatchObject({ title: 'cd', likes: 22 });
  });

  test('ten at once count ten', async () => {
    await engine.patch('posts', 'p', { title: 'a' });
    const patches = Array.from({ length: 10 }, () =>
      engine.patch('posts', 'p', (post) => post && { likes: post.likes + 1 }),
    );
    await Promise.all(patches);
    expect((await stored())?.likes).toBe(10);
  });

  test('runs again after a conflict', async () => {
    await engine.patch('posts', 'p', { likes: 10 });
    intrude(() => engine.db.posts.findOne('p').incrementalPatch({ likes: 13 }));
    const seen: unknown[] = [];
    await engine.patch('posts', 'p', (post) => {
      seen.push(post?.likes);
      return post && { likes: post.likes + 1 };
    });
    expect(seen).toEqual([10, 13]);
    expect((await stored())?.likes).toBe(14);
  });

  test('writes nothing when it returns undefined, and the patch resolves with the document', async () => {
    const first = await engine.patch('posts', 'p', { title: 'a' });
    const writes = spyOnWrites();
    const same = await engine.patch('posts', 'p', () => undefined);
    expect(writes).not.toHaveBeenCalled();
    expect(same?.revision).toBe(first.revision);
  });

  test('gets undefined where there is no document, and may insert one or leave it', async () => {
    expect(await engine.patch('posts', 'p', (post) => post && { likes: 1 })).toBeNull();
    expect(await stored()).toBeUndefined();
    const inserted = await engine.patch('posts', 'p', (post) => (post ? { title: 'old' } : { title: 'new' }));
    expect(inserted?.title).toBe('new');
  });

  test('on a document that is removed meanwhile is refused with a code, and nothing is inserted', async () => {
    await engine.patch('posts', 'p', { title: 'a' });
    intrude((document) => document.remove());
    const patch = engine.patch('posts', 'p', () => ({ likes: 1 }));
    await expect(patch).rejects.toMatchObject({ name: 'SyncError', code: ErrorCode.DocumentMissing });
    expect(await stored()).toBeUndefined();
  });

  test('on a document whose removal comes first is refused in the same way', async () => {
    const post = await engine.patch('posts', 'p', { title: 'a' });
    const removed = post.remove();
    const patch = engine.patch('posts', 'p', (known) => ({ likes: known!.likes + 1 }));
    await expect(patch).rejects.toMatchObject({ code: ErrorCode.DocumentMissing });
    await removed;
    expect(await stored()).toBeUndefined();
  });

  test('that cannot do without a document says so with a code', async () => {
    const patch = engine.patch('posts', 'p', (post) => ({ likes: post!.likes + 1 }));
    await expect(patch).rejects.toMatchObject({ code: ErrorCode.DocumentMissing });
  });

  test('that throws refuses the patch with what it threw, and only this one', async () => {
    await engine.patch('posts', 'p', { title: 'a' });
    const failing = engine.patch('posts', 'p', () => {
      throw new RangeError('sold out');
    });
    const next = engine.patch('posts', 'p', { likes: increment(1) });
    await expect(failing).rejects.toThrow(new RangeError('sold out'));
    expect((await next).likes).toBe(1);
  });

  test('that changes its argument changes nothing else', async () => {
    await engine.patch('posts', 'p', { tags: ['a'] });
    await engine.patch('posts', 'p', (post) => {
      (post!.tags as string[]).push('b');
      return undefined;
    });
    expect((await stored())?.tags).toEqual(['a']);
  });

  test.each([
    ['a promise', async () => ({ likes: 1 })],
    ['a list', () => [1]],
    ['null', () => null],
    ['a number', () => 1],
    ['an intent', () => increment(1)],
  ])('that returns %s is refused', async (_what, compute) => {
    await engine.patch('posts', 'p', { title: 'a' });
    const patch = engine.patch('posts', 'p', compute as never);
    await expect(patch).rejects.toMatchObject({ code: ErrorCode.ValueUnsupported });
  });
});

describe('an intent', () => {
  test('runs against what is stored, also in a document that it inserts', async () => {
    await engine.patch('posts', 'p', { likes: increment(2), stock: increment(-1), tags: add('b', 'a', 'b') });
    expect(await stored()).toMatchObject({ likes: 2, stock: 4, tags: ['a', 'b'] });
    await engine.patch('posts', 'p', { likes: increment(-5), tags: remove('a', 'x'), list: add('one') });
    expect(await stored()).toMatchObject({ likes: -3, tags: ['b'], list: ['one'] });
  });

  test('within an object leaves the properties beside it', async () => {
    await engine.patch('posts', 'p', { stats: { views: 2, note: 'kept' } });
    await engine.patch('posts', 'p', { stats: { views: increment(3) } } as never);
    expect((await stored())?.stats).toEqual({ views: 5, note: 'kept' });
  });

  test('is applied again after a conflict', async () => {
    await engine.patch('posts', 'p', { likes: 10, tags: ['a'] });
    intrude(() => engine.db.posts.findOne('p').incrementalPatch({ likes: 13, tags: ['a', 'b'] }));
    await engine.patch('posts', 'p', { likes: increment(1), tags: remove('a') });
    expect(await stored()).toMatchObject({ likes: 14, tags: ['b'] });
  });

  test('that does not fit is refused with a code', async () => {
    await engine.patch('posts', 'p', { title: 'a' });
    for (const wrong of [{ title: increment(1) }, { likes: add(1) }, { tags: increment(1) }, { nothing: increment(1) }])
      await expect(engine.patch('posts', 'p', wrong as never)).rejects.toBeInstanceOf(SyncError);
    for (const by of [NaN, Infinity, '1', undefined]) expect(() => increment(by as never)).toThrow(SyncError);
  });

  test('is no data: where it is not applied it is refused', async () => {
    const inserting = engine.db.posts.insert({ id: 'p', map: { a: increment(1) } } as never);
    await expect(inserting).rejects.toMatchObject({ code: ErrorCode.ValueUnsupported });
    expect(() => structuredClone(increment(1))).toThrow();
    await expect(engine.patch('posts', 'p', { list: [add('a')] } as never)).rejects.toMatchObject({
      code: ErrorCode.ValueUnsupported,
    });
  });
});

test('patch of the engine takes a value as it is', async () => {
  await engine.patch('posts', 'p', { likes: 10, tags: ['a', 'b'] });
  await engine.patch('posts', 'p', { likes: 13, tags: ['a', 'b', 'c'] });
  await engine.patch('posts', 'p', { likes: 11, tags: ['a'] });
  expect(await stored()).toMatchObject({ likes: 11, tags: ['a'] });
});

test('a patch that is refused takes none of those that were written with it along', async () => {
  await engine.patch('posts', 'p', { title: 'a' });
  const outcomes = await Promise.allSettled([
    engine.patch('posts', 'p', { likes: increment(1) }),
    engine.patch('posts', 'p', { title: 7 as never }),
    engine.patch('posts', 'p', { likes: increment(1) }),
    engine.patch('posts', 'q', { title: 'other' }),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect((await stored())?.likes).toBe(2);
});

describe('what the app changes in its own objects afterwards', () => {
  test('is no part of the patch, neither in the same task nor later', async () => {
    const form = { title: 'Milk', tags: ['a'], stats: { views: 1, note: 'new' } };
    const written = engine.patch('posts', 'p', form);
    Object.assign(form, { title: '' });
    form.tags.push('b');
    form.stats.views = 7;
    await written;
    form.tags.push('c');
    const known = await engine.db.posts.findOne('p').exec();
    expect(known?.toJSON()).toMatchObject({ title: 'Milk', tags: ['a'], stats: { views: 1, note: 'new' } });
  });

  test('is a change when it is given again', async () => {
    const tags = ['a'];
    const watch = engine.watch('posts', 'p');
    watch.subscribe(() => {});
    await watch.patch({ title: 'Milk', tags });
    tags.push('b');
    expect(watch.read().document?.tags).toEqual(['a']);
    const again = watch.patch({ tags });
    expect(watch.read().document?.tags).toEqual(['a', 'b']);
    await again;
    expect((await stored())?.tags).toEqual(['a', 'b']);
  });

  test('stays out of what a function and an intent were given', async () => {
    const place = { lat: 1, lon: 2 };
    await engine.patch('posts', 'p', () => ({ place }));
    const tag = { name: 'a' };
    const list = ['x'];
    const written = engine.patch('posts', 'p', { list, map: { one: 1 }, likes: increment(1), tags: add(tag.name) });
    list.push('y');
    await written;
    place.lat = 3;
    expect(await stored()).toMatchObject({ place: { lat: 1, lon: 2 }, list: ['x'], likes: 1, tags: ['a'] });
  });
});

test.each([[null], [undefined], [7], ['text'], [[]], [Promise.resolve({})]])('%p is no patch', async (changes) => {
  await expect(engine.patch('posts', 'p', changes as never)).rejects.toMatchObject({
    code: ErrorCode.ValueUnsupported,
  });
});

describe('patch of a watch', () => {
  /** What is shown when the watch is read for the first time; it stays on the screen until `read` is called again. */
  async function watchShown(): Promise<{ readonly watch: DocumentWatch<Post>; readonly shown: Post }> {
    const watch = engine.watch('posts', 'p');
    await new Promise<void>((resolve) => watch.subscribe(resolve));
    return { watch, shown: watch.read().document! };
  }

  test('writes a counter as the difference to what was shown', async () => {
    await engine.patch('posts', 'p', { likes: 10 });
    const { watch, shown } = await watchShown();
    await engine.patch('posts', 'p', { likes: increment(3) });
    await watch.patch({ likes: shown.likes + 1 });
    expect((await stored())?.likes).toBe(14);
  });

  test('writes a set as what was added and removed since it was shown', async () => {
    await engine.patch('posts', 'p', { tags: ['a', 'b'] });
    const { watch, shown } = await watchShown();
    await engine.patch('posts', 'p', { tags: add('c') });
    await watch.patch({ tags: shown.tags.filter((tag) => tag !== 'b') });
    expect((await stored())?.tags).toEqual(['a', 'c']);
  });

  test('writes a map key by key, and a counter in an object as the difference', async () => {
    await engine.patch('posts', 'p', { map: { a: 1, b: 2 }, stats: { views: 1, note: 'old' } });
    const { watch } = await watchShown();
    await engine.patch('posts', 'p', { map: { a: 1, b: 2, c: 3 }, stats: { views: 4, note: 'new' } });
    await watch.patch({ map: { a: 7 }, stats: { views: 2, note: 'old' } });
    expect(await stored()).toMatchObject({ map: { a: 7, c: 3 }, stats: { views: 5, note: 'new' } });
    expect((await stored())?.map).not.toHaveProperty('b');
  });

  test('writes what is atomic as a whole', async () => {
    await engine.patch('posts', 'p', { place: { lat: 1, lon: 1 } });
    const { watch } = await watchShown();
    await engine.patch('posts', 'p', { place: { lat: 2, lon: 2 } });
    await watch.patch({ place: { lat: 1, lon: 5 } });
    expect((await stored())?.place).toEqual({ lat: 1, lon: 5 });
  });

  test('of a whole document with one change writes that change', async () => {
    await engine.patch('posts', 'p', { title: 'a', likes: 1 });
    const { watch, shown } = await watchShown();
    await engine.patch('posts', 'p', { title: 'b', likes: increment(1), tags: ['x'] });
    await watch.patch({ ...shown, list: ['new'] });
    expect(await stored()).toMatchObject({ title: 'b', likes: 2, tags: ['x'], list: ['new'] });
  });

  test('two before the first is stored count two, whether or not the first was shown', async () => {
    await engine.patch('posts', 'p', { likes: 10 });
    const { watch, shown } = await watchShown();
    watch.patch({ likes: shown.likes + 1 }, shown);
    expect(watch.read().document?.likes).toBe(11);
    watch.patch({ likes: shown.likes + 1 }, shown);
    expect(watch.read().document?.likes).toBe(12);
    await watch.patch({ likes: watch.read().document!.likes + 1 });
    expect((await stored())?.likes).toBe(13);
  });

  test('never shows a change twice', async () => {
    await engine.patch('posts', 'p', { likes: 0 });
    const { watch } = await watchShown();
    const counts: number[] = [];
    watch.subscribe(() => counts.push(watch.read().document!.likes));
    for (let times = 0; times < 5; times += 1) watch.patch({ likes: increment(1) });
    await engine.patch('posts', 'p', { title: 'after' });
    for (let times = 0; times < 5; times += 1) await watch.patch((post) => post && { likes: post.likes + 1 });
    expect(watch.read().document?.likes).toBe(10);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(Math.max(...counts)).toBe(10);
  });

  test('shows intents and functions at once, and takes back what is refused', async () => {
    await engine.patch('posts', 'p', { likes: 1, tags: ['a'] });
    const { watch } = await watchShown();
    const written = watch.patch({ likes: increment(1), tags: add('b') });
    expect(watch.read().document).toMatchObject({ likes: 2, tags: ['a', 'b'] });
    const refused = watch.patch((post) => ({ title: post!.likes as never }));
    expect(watch.read().document?.title).toBe(2);
    await written;
    await expect(refused).rejects.toMatchObject({ code: ErrorCode.DocumentInvalid });
    expect(watch.read()).toMatchObject({
      document: { title: '', likes: 2 },
      problem: { code: ErrorCode.DocumentInvalid },
    });
  });

  test('over a document that is not there begins at the defaults', async () => {
    const { watch } = await watchShown();
    const written = watch.patch({ stock: 6, likes: 1 });
    await engine.patch('posts', 'p', { stock: increment(10) });
    await written;
    expect(await stored()).toMatchObject({ stock: 16, likes: 1 });
  });

  test('of a document that was shown and is removed meanwhile brings none of it back', async () => {
    const post = await engine.patch('posts', 'p', { title: 'a' });
    const { watch } = await watchShown();
    await post.remove();
    await expect(watch.patch({ likes: 1 })).rejects.toMatchObject({ code: ErrorCode.DocumentMissing });
    expect(await stored()).toBeUndefined();
  });

  test('a function that changes its argument changes nothing that is shown', async () => {
    await engine.patch('posts', 'p', { tags: ['a'] });
    const { watch } = await watchShown();
    await watch.patch((post) => {
      (post!.tags as string[]).push('b');
      return undefined;
    });
    expect(watch.read().document?.tags).toEqual(['a']);
    expect((await stored())?.tags).toEqual(['a']);
  });

  test('a function that fails is a problem that the state shows', async () => {
    await engine.patch('posts', 'p', { title: 'a' });
    const { watch } = await watchShown();
    const failing = watch.patch(() => {
      throw new RangeError('sold out');
    });
    await expect(failing).rejects.toMatchObject({
      ...{ code: ErrorCode.ValueUnsupported, cause: expect.any(RangeError) as RangeError },
    });
    expect(watch.read().problem?.message).toContain('sold out');
  });
});

describe('two devices', () => {
  const urls: string[] = [];
  const relays: RunningRelay[] = [];
  beforeAll(async () => {
    for (const name of ['one', 'two', 'three']) relays.push(await startRelay({ name }));
    urls.push(...relays.map(({ url }) => url));
  });
  afterAll(() => Promise.all(relays.map((relay) => relay.stop())));

  test('that click ten times each on what they show, apart from each other, count twenty and keep each other’s tags', async () => {
    const open = async () =>
      (await openElsewhere({ identity: ['user-1'], relays: urls })) as unknown as PostsEngine & SyncEngine;
    const devices = await Promise.all([open(), open()]);
    const shows = (device: PostsEngine, isShown: (post: Post) => boolean) =>
      firstValueFrom(
        device.db.posts.findOne('p').$.pipe(filter((post) => post !== null && isShown(post.toJSON() as Post))),
      );
    await devices[0]!.patch('posts', 'p', { title: 'a', tags: ['first'] });
    await Promise.all(devices.map((device) => shows(device, ({ title }) => title === 'a')));
    for (const [at, device] of devices.entries()) {
      device.pause();
      const watch = device.watch('posts', 'p');
      await new Promise<void>((resolve) => watch.subscribe(resolve));
      for (let clicks = 0; clicks < 10; clicks += 1) {
        const { likes, tags } = watch.read().document!;
        watch.patch({ likes: likes + 1, tags: [...tags, `${at}-${clicks}`] });
      }
    }
    for (const device of devices) device.resume();
    await Promise.all(devices.map((device) => shows(device, ({ likes, tags }) => likes === 20 && tags.length === 21)));
    await Promise.all(devices.map((device) => device.close()));
  }, 30_000);
});
