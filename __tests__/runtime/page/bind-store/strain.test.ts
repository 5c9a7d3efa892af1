/** A bound store under strain: 200 edits a second while 1,000 documents arrive from another device, and a sign-out in between. */
import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import type { SyncEngine } from '../../../../src/lib/engine';
import { startRelay } from '../../../../src/relay';
import type { RunningRelay } from '../../../../src/relay';
import { bindStore } from '../../../../src/runtime/page';
import type { BoundStore } from '../../../../src/runtime/page';
import { openElsewhere } from '../../../support/browser-device';
import { saysThatAllIsStored } from '../../../support/engine-on-relays';
import { createZustandLike } from './stores';

jest.setTimeout(120_000);

interface Note {
  readonly id: string;
  readonly title: string;
  readonly done?: boolean;
}
interface State {
  readonly settings: { readonly name: string; readonly theme: string };
  readonly notes: readonly Note[];
}
const initial: State = { settings: { name: '', theme: 'system' }, notes: [] };

let relays: RunningRelay[];
beforeAll(async () => {
  relays = await Promise.all([startRelay(), startRelay(), startRelay()]);
});
afterAll(() => Promise.all(relays.map((relay) => relay.stop())));

const engines: SyncEngine[] = [];
async function open(user: string): Promise<SyncEngine> {
  const engine = await openElsewhere({ identity: [user, 'strain'], relays: relays.map(({ url }) => url) });
  engines.push(engine);
  return engine;
}
afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())));

const bind = (engine: SyncEngine, store: ReturnType<typeof createZustandLike<State>>): BoundStore =>
  bindStore(engine, store, [
    { collection: 'preferences', id: 'ui', at: 'settings', keys: ['name', 'theme'] },
    { collection: 'notes', at: 'notes', keys: ['title', 'done'], order: 'order' },
  ]);

const untilCount = (engine: SyncEngine, count: number) =>
  firstValueFrom(engine.db.notes.find().$.pipe(filter((found) => found.length === count)));

/** Edits 200 times a second, in turns a text that is typed, a title in the list and its check mark, until it is told to stop. */
function type(store: ReturnType<typeof createZustandLike<State>>, ids: readonly string[]) {
  const typed = { name: '', titles: new Map<string, string>() };
  const rolledBack: string[] = [];
  let edits = 0;
  const edit = () => {
    edits += 1;
    const id = ids[edits % ids.length]!;
    if (edits % 2 === 0) {
      typed.name = `typed ${edits}`;
      store.setState((state) => ({ settings: { ...state.settings, name: typed.name } }));
    } else {
      const title = `title ${edits}`;
      typed.titles.set(id, title);
      store.setState((state) => ({
        notes: state.notes.map((note) => (note.id === id ? { ...note, title, done: !note.done } : note)),
      }));
    }
  };
  const unsubscribe = store.subscribe(() => {
    const { settings, notes } = store.getState();
    if (settings.name !== typed.name) rolledBack.push(`${typed.name} to ${settings.name}`);
    const shown = new Map(notes.map(({ id, title }) => [id, title]));
    for (const [id, title] of typed.titles)
      if (shown.get(id) !== title) rolledBack.push(`${title} to ${shown.get(id)}`);
  });
  const startedAt = Date.now();
  // A busy machine runs a timer late: what is due then is made up for.
  const timer = setInterval(() => {
    while (edits < (Date.now() - startedAt) / 5) edit();
  }, 5);
  return {
    rolledBack,
    edits: () => edits,
    stop() {
      clearInterval(timer);
      unsubscribe();
    },
  };
}

test('nothing comes back, nothing is rolled back, and store and database are equal at the end', async () => {
  const [device, other] = await Promise.all([open('one'), open('one')]);
  const store = createZustandLike(initial);
  const bound = bind(device, store);
  await bound.ready;
  const own = Array.from({ length: 20 }, (_, n) => `own-${n}`);
  store.setState({ notes: own.map((id) => ({ id, title: id })) });
  await untilCount(device, 20);
  const write = jest.spyOn(device.db.notes.storageInstance, 'bulkWrite');

  const typing = type(store, own);
  const arriving = Array.from({ length: 1_000 }, (_, n) => ({ id: `other-${n}`, title: `${n}`, order: n }));
  await Promise.all(arriving.map(({ id, ...note }) => other.patch('notes', id, note)));
  await untilCount(device, 1_020);
  // Where all of it has arrived within a second.
  while (typing.edits() <= 200) await sleep(20);
  typing.stop();
  await firstValueFrom(device.status$.pipe(filter(saysThatAllIsStored)));
  await untilCount(other, 1_020);
  // What was shown last is asked of the database, which has by then written all that was asked before.
  await device.patch('preferences', 'ui', {});

  expect(typing.rolledBack).toEqual([]);
  const written = write.mock.calls.flatMap(([rows]) => rows.map(({ document }) => document.id));
  expect(written.filter((id) => !id.startsWith('own-'))).toEqual([]);
  const stored = (await device.db.notes.find().exec()).map((found) => found.toJSON());
  // As every device shows them: by order, of equal ones by id.
  const sorted = stored.sort((one, next) => one.order - next.order || (one.id < next.id ? -1 : 1));
  const { settings, notes } = store.getState();
  expect(notes.map(({ id, title, done = false }) => ({ id, title, done }))).toEqual(
    sorted.map(({ id, title, done }) => ({ id, title, done })),
  );
  expect((await device.db.preferences.findOne('ui').exec())?.name).toBe(settings.name);
  bound.stop();
});

test('another user who signs in meanwhile sees nothing of the first one', async () => {
  const [device, other] = await Promise.all([open('first'), open('first')]);
  const store = createZustandLike(initial);
  const bound = bind(device, store);
  await bound.ready;
  store.setState({ notes: [{ id: 'own-0', title: '' }] });
  const typing = type(store, ['own-0']);
  await Promise.all(
    Array.from({ length: 1_000 }, (_, n) => other.patch('notes', `other-${n}`, { title: `${n}`, order: n })),
  );
  await firstValueFrom(device.db.notes.find().$.pipe(filter((found) => found.length > 1)));
  typing.stop();
  bound.stop();
  expect(store.getState()).toEqual(initial);

  const seen = new Set<string>();
  store.subscribe(() => {
    const { notes, settings } = store.getState();
    for (const text of [settings.name, ...notes.map(({ id }) => id)]) seen.add(text);
  });
  const closed = device.close();
  const next = await open('second');
  await next.patch('notes', 'second', { title: 'of the second', order: 0 });
  const boundNext = bind(next, store);
  await boundNext.ready;
  await closed;
  await next.patch('notes', 'second', { done: true });
  expect([...seen].sort()).toEqual(['', 'second']);
  expect((await next.db.notes.find().exec()).map(({ id }) => id)).toEqual(['second']);
  boundNext.stop();
});
