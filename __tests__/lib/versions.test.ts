/** Two versions of an app at the same time: on two devices, and in two tabs of one browser. The newer one has other names. */
import 'fake-indexeddb/auto';
import { firstValueFrom } from 'rxjs';
import type { Observable } from 'rxjs';
import { filter } from 'rxjs/operators';
import type { OpenOptions, SyncEngine } from '../../src/lib/engine';
import { ErrorCode } from '../../src/runtime/core/errors';
import { SyncPhase } from '../../src/runtime/core/status';
import type { Environment } from '../../src/runtime/worker/environment';
import { createMemoryPlatform } from '../../src/runtime/testing/in-process';
import { startRelay } from '../../src/relay';
import type { RunningRelay } from '../../src/relay';
import type * as browserDevice from '../support/browser-device';

jest.setTimeout(30_000);

interface Item {
  readonly id: string;
  readonly [property: string]: unknown;
}
interface Items {
  findOne(id: string): { readonly $: Observable<{ toJSON(): Item } | null> };
}

const text = { type: 'string' };
const counter = { type: 'number', default: 0, 'x-merge': 'counter' };
const set = { type: 'array', items: text, default: [], 'x-merge': 'set' };
const id = { type: 'string', maxLength: 20 };
const done = { type: 'boolean', default: false };

const older = { properties: { id, done, titel: text, marken: set, besuche: counter } };
const newer = {
  properties: { id, done, title: text, tags: set, visits: counter, note: text },
  renames: { '/titel': '/title', '/marken': '/tags', '/besuche': '/visits' },
};

/** The kit as it is in a build of the app with this schema: modules of its own, on the same browser. */
function build({ properties, renames }: { properties: object; renames?: object }): typeof browserDevice {
  const schema = {
    version: 0,
    primaryKey: 'id',
    type: 'object',
    additionalProperties: false,
    properties,
    required: ['id'],
  };
  let built: typeof browserDevice | undefined;
  jest.isolateModules(() => {
    jest.doMock('fake-indexeddb/auto', () => ({}));
    jest.doMock('../../src/lib/schema', () => ({ collections: { items: { schema, ...(renames && { renames }) } } }));
    built = jest.requireActual<typeof browserDevice>('../support/browser-device');
  });
  return built!;
}

const oldApp = build(older);
const newApp = build(newer);

let relays: RunningRelay[];
beforeAll(async () => {
  relays = await Promise.all(['one', 'two', 'three'].map((name) => startRelay({ name })));
});
afterAll(() => Promise.all(relays.map((relay) => relay.stop())));

const engines = new Set<SyncEngine>();
afterEach(async () => {
  await Promise.all([...engines].map((engine) => engine.close()));
  engines.clear();
});

async function openDevice(
  app: typeof browserDevice,
  user: string,
  environment?: Partial<Environment>,
): Promise<SyncEngine> {
  const urls = relays.map(({ url }) => url);
  return noted(await app.openElsewhere({ identity: [user, 'versions'], relays: urls }, environment));
}

/** A tab of the one browser of this file. */
async function openTab(app: typeof browserDevice, user: string): Promise<SyncEngine> {
  const options: OpenOptions = { identity: [user, 'versions'], relays: [] };
  return noted(await app.openInBrowser(options, { toPage: [], toTabs: [], toRelays: [], sockets: 0 }));
}

function noted(engine: SyncEngine): SyncEngine {
  engines.add(engine);
  return engine;
}

const itemsOf = (engine: SyncEngine) => (engine.db as unknown as { readonly items: Items }).items;
const patch = (engine: SyncEngine, item: string, changes: object) =>
  engine.patch('items' as never, item, changes as never);

/** Resolves with the document as the app sees it, as soon as it has these properties. */
async function shows(engine: SyncEngine, item: string, expected: object): Promise<Item> {
  const has = (found: Item) =>
    Object.entries(expected).every(([key, value]) => JSON.stringify(found[key]) === JSON.stringify(value));
  const found = await firstValueFrom(
    itemsOf(engine)
      .findOne(item)
      .$.pipe(filter((document) => document !== null && has(document.toJSON()))),
  );
  return found!.toJSON();
}

describe('on two devices', () => {
  test('the newer shows what the older writes under the new name, and the later write wins', async () => {
    const [a, b] = [await openDevice(oldApp, 'names'), await openDevice(newApp, 'names')];
    await patch(a, 'x', { titel: 'first' });
    expect(await shows(b, 'x', { title: 'first' })).toEqual({
      id: 'x',
      title: 'first',
      tags: [],
      visits: 0,
      done: false,
    });
    await patch(b, 'x', { title: 'second', done: true });
    await shows(a, 'x', { done: true, titel: 'first' });
    await patch(a, 'x', { titel: 'third' });
    await shows(b, 'x', { title: 'third', done: true });
  });

  test('the older shows what it knows of a document, and its edit loses nothing of it', async () => {
    const [a, b] = [await openDevice(oldApp, 'whole'), await openDevice(newApp, 'whole')];
    await patch(b, 'x', { title: 'new', note: 'only here', tags: ['red'], visits: 2 });
    expect(await shows(a, 'x', { id: 'x' })).toEqual({ id: 'x', marken: [], besuche: 0, done: false });
    await patch(a, 'x', { done: true });
    const whole = { id: 'x', title: 'new', note: 'only here', tags: ['red'], visits: 2, done: true };
    expect(await shows(b, 'x', { done: true })).toEqual(whole);
    // And a device that has it all from the relays.
    expect(await shows(await openDevice(newApp, 'whole'), 'x', { done: true, title: 'new', visits: 2 })).toEqual(whole);
  });

  test('sets are joined and counters summed, before and after the older is updated', async () => {
    const environment = createMemoryPlatform();
    const [a, b] = [await openDevice(oldApp, 'sums', environment), await openDevice(newApp, 'sums')];
    await patch(a, 'x', { marken: ['red'], besuche: 2 });
    await shows(b, 'x', { visits: 2 });
    await patch(b, 'x', { tags: ['red', 'blue'], visits: 5 });
    await patch(a, 'x', { besuche: 4 });
    await shows(b, 'x', { visits: 7 });
    await firstValueFrom(a.status$.pipe(filter(({ pending }) => pending === 0)));
    await a.close();

    const updated = await openDevice(newApp, 'sums', environment);
    expect(new Set((await shows(updated, 'x', { visits: 7 })).tags as string[])).toEqual(new Set(['red', 'blue']));
    await patch(updated, 'x', { visits: 8 });
    await shows(b, 'x', { visits: 8 });
  });
});

describe('a default that a later version of the app has changed', () => {
  const builds = ['dark', 'light'].map((theme) =>
    build({
      properties: {
        ...{ id, done, title: text },
        theme: { ...text, default: theme },
        panel: { type: 'object', default: {}, properties: { side: { ...text, default: theme } } },
      },
    }),
  );
  const [darkApp, lightApp] = builds as [typeof browserDevice, typeof browserDevice];
  const insert = (engine: SyncEngine, item: object) =>
    (engine.db as unknown as { items: { insert(document: object): Promise<{ toJSON(): Item }> } }).items.insert(item);
  const isStored = (engine: SyncEngine) =>
    firstValueFrom(engine.status$.pipe(filter(({ phase, pending }) => phase === SyncPhase.Online && pending === 0)));
  const chosen = { id: 'ui', theme: 'dark', panel: { side: 'dark' } };

  test('leaves what the user chose, on devices of both versions, also where it was the default', async () => {
    const environment = createMemoryPlatform();
    const a = await openDevice(darkApp, 'chosen', environment);
    await insert(a, chosen);
    const b = await openDevice(lightApp, 'chosen');
    expect(await shows(b, 'ui', chosen)).toEqual({ ...chosen, done: false });
    await patch(b, 'ui', { title: 'hall' });
    await shows(a, 'ui', { ...chosen, title: 'hall' });
    await isStored(a);
    await a.close();
    const updated = await openDevice(lightApp, 'chosen', environment);
    expect(await shows(updated, 'ui', { title: 'hall' })).toEqual({ ...chosen, done: false, title: 'hall' });
  });

  test('shows where the user chose nothing', async () => {
    const environment = createMemoryPlatform();
    const a = await openDevice(darkApp, 'nothing', environment);
    expect((await insert(a, { id: 'ui', done: true })).toJSON()).toEqual({ ...chosen, done: true });
    const b = await openDevice(lightApp, 'nothing');
    const light = { id: 'ui', done: true, theme: 'light', panel: { side: 'light' } };
    expect(await shows(b, 'ui', { done: true })).toEqual(light);
    await isStored(a);
    await a.close();
    expect(await shows(await openDevice(lightApp, 'nothing', environment), 'ui', light)).toEqual(light);
  });

  test.each([
    ['same', darkApp],
    ['later', lightApp],
  ])(
    'never comes over a choice, when a new device of the %s version inserts before its first read',
    async (user, app) => {
      const a = await openDevice(darkApp, user);
      await insert(a, { id: 'ui', theme: 'dark' });
      await isStored(a);
      await a.close();

      const environment = createMemoryPlatform();
      const offline = noted(await app.openElsewhere({ identity: [user, 'versions'], relays: [] }, environment));
      await insert(offline, { id: 'ui' });
      await offline.close();
      const b = await openDevice(app, user, environment);
      await b.synced();
      await shows(b, 'ui', { theme: 'dark' });
      await isStored(b);
      expect(await shows(await openDevice(darkApp, user), 'ui', { theme: 'dark', id: 'ui' })).toMatchObject({
        theme: 'dark',
      });
      expect((await shows(b, 'ui', {})).theme).toBe('dark');
    },
  );
});

describe('in two tabs of one browser', () => {
  test('what was stored is shown under the new name from the first moment, and stays in the older tab', async () => {
    const a = await openTab(oldApp, 'stored');
    await patch(a, 'x', { titel: 'stored', marken: ['red'], besuche: 3 });
    const b = await openTab(newApp, 'stored');
    const found = await firstValueFrom(itemsOf(b).findOne('x').$);
    expect(found?.toJSON()).toEqual({ id: 'x', title: 'stored', tags: ['red'], visits: 3, done: false });
    expect((await shows(a, 'x', {})).titel).toBe('stored');
  });

  test('each goes on writing, and neither loses what the other wrote', async () => {
    const [a, b] = [await openTab(oldApp, 'both'), await openTab(newApp, 'both')];
    await patch(a, 'x', { titel: 'older', besuche: 1 });
    await shows(b, 'x', { title: 'older', visits: 1 });
    await patch(b, 'x', { note: 'newer', visits: 3 });
    await patch(a, 'x', { besuche: 2, done: true });
    await shows(b, 'x', { title: 'older', note: 'newer', visits: 4, done: true });
    await patch(a, 'x', { titel: 'older again' });
    await shows(b, 'x', { title: 'older again', note: 'newer', visits: 4 });
    expect(await shows(a, 'x', { titel: 'older again' })).toEqual({
      ...{ id: 'x', titel: 'older again', besuche: 2, marken: [], done: true },
    });
  });

  test('a property that is renamed to one of another strategy is refused by open', async () => {
    const a = await openTab(oldApp, 'refused');
    await patch(a, 'x', { titel: 'stored' });
    const wrong = build({ properties: { id, titles: set }, renames: { '/titel': '/titles' } });
    await expect(openTab(wrong, 'refused')).rejects.toMatchObject({ code: ErrorCode.SchemaChanged });
    const circle = build({ properties: { id, title: text }, renames: { '/title': '/title' } });
    await expect(openTab(circle, 'refused')).rejects.toMatchObject({ code: ErrorCode.SchemaUnsupported });
  });
});
