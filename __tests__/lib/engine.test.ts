import { firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import { SyncEngine } from '../../src/lib/engine';
import type { OpenOptions } from '../../src/lib/engine';
import { inProcessWorkers } from '../support/in-process';
import { ErrorCode, SyncError } from '../../src/runtime/core/errors';
import { SyncPhase } from '../../src/runtime/core/status';

const engines: SyncEngine[] = [];
async function open(options: Partial<OpenOptions> = {}): Promise<SyncEngine> {
  const engine = await SyncEngine.open({
    identity: ['user-1'],
    relays: [],
    createWorker: inProcessWorkers(),
    ...options,
  });
  engines.push(engine);
  return engine;
}
afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())));

const note = { id: 'n1', title: 'Milk', body: '', tags: [], done: false, order: -1 };

describe('a local engine', () => {
  test('stores a document and finds it again', async () => {
    const { db } = await open();
    await db.notes.insert(note);
    const found = await db.notes.findOne('n1').exec();
    expect(found?.toJSON()).toEqual(note);
  });

  test('patch inserts a document that is not there, with the defaults of the schema', async () => {
    const engine = await open();
    await engine.patch('preferences', 'ui', { theme: 'dark' });
    const ui = await engine.db.preferences.findOne('ui').exec();
    expect(ui?.toJSON()).toEqual({ id: 'ui', theme: 'dark', accent: 'indigo', density: 'comfortable', name: '' });
  });

  test('patch resolves with the document as it is shown, after one write', async () => {
    const engine = await open();
    const written = await engine.patch('notes', 'n2', { title: 'Milk', order: 1, tags: ['shop', 'food', 'shop'] });
    const shown = { id: 'n2', title: 'Milk', order: 1, tags: ['food', 'shop'], body: '', done: false };
    expect(written.toJSON()).toEqual(shown);
    expect(written.revision).toMatch(/^1-/);
    expect((await engine.db.notes.findOne('n2').exec())?.toJSON()).toEqual(shown);
  });

  test('patch changes only the properties it names', async () => {
    const engine = await open();
    await engine.patch('preferences', 'ui', { theme: 'dark', name: 'Ada' });
    await engine.patch('preferences', 'ui', { theme: 'light' });
    expect((await engine.db.preferences.findOne('ui').exec())?.toJSON()).toMatchObject({ theme: 'light', name: 'Ada' });
  });

  test('concurrent patches of one document all arrive', async () => {
    const engine = await open();
    await Promise.all([
      engine.patch('preferences', 'ui', { theme: 'dark' }),
      engine.patch('preferences', 'ui', { name: 'Ada' }),
      engine.patch('preferences', 'ui', { accent: 'rose' }),
    ]);
    const ui = await engine.db.preferences.findOne('ui').exec();
    expect(ui?.toJSON()).toMatchObject({ theme: 'dark', name: 'Ada', accent: 'rose' });
  });

  test('patches of one document are applied in the order in which they were asked for', async () => {
    const engine = await open();
    const names = Array.from({ length: 20 }, (_, index) => `Ada ${index}`);
    await Promise.all(names.map((name) => engine.patch('preferences', 'ui', { name })));
    expect((await engine.db.preferences.findOne('ui').exec())?.name).toBe('Ada 19');
  });

  test('patch of a deleted document begins a new one', async () => {
    const engine = await open();
    const inserted = await engine.patch('preferences', 'ui', { theme: 'dark', name: 'Ada' });
    await inserted.remove();
    await engine.patch('preferences', 'ui', { accent: 'rose' });
    const ui = await engine.db.preferences.findOne('ui').exec();
    expect(ui?.toJSON()).toEqual({ id: 'ui', theme: 'system', accent: 'rose', density: 'comfortable', name: '' });
  });

  test('patch of what is no id is refused', async () => {
    const engine = await open();
    const patch = (id: unknown) => engine.patch('notes', id as string, { title: 'Milk', order: 1 });
    for (const id of ['', 7, undefined])
      await expect(patch(id)).rejects.toMatchObject({ code: ErrorCode.DocumentInvalid });
    const ids = { seeds: [{ id: '' }, { id: 7 }, {}, { id: 'x'.repeat(1_025) }] };
    for (const seed of ids.seeds)
      await expect(engine.seed('preferences', [{ id: 'ui' }, seed as never])).rejects.toBeInstanceOf(SyncError);
    expect(await engine.db.preferences.find().exec()).toEqual([]);
  });

  test('a live query emits what a patch changed', async () => {
    const engine = await open();
    const seen = firstValueFrom(
      engine.db.preferences.findOne('ui').$.pipe(filter((document) => document?.theme === 'dark')),
    );
    await engine.patch('preferences', 'ui', { theme: 'dark' });
    expect((await seen)?.accent).toBe('indigo');
  });

  test('says that it is local only, and is synced at once', async () => {
    const engine = await open();
    await engine.synced();
    const status = await firstValueFrom(engine.status$.pipe(filter(({ phase }) => phase !== SyncPhase.Starting)));
    expect(status).toMatchObject({ phase: SyncPhase.LocalOnly, pending: 0, relays: [] });
    expect(engine.status).toBe(status);
  });

  test('two engines of one identity in one process are two devices', async () => {
    const [one, other] = [await open(), await open()];
    await one.patch('preferences', 'ui', { theme: 'dark' });
    expect(await other.db.preferences.findOne('ui').exec()).toBeNull();
  });
});

describe('closing', () => {
  test('ends status$, and what is asked afterwards is refused with a code', async () => {
    const engine = await open();
    const phases: SyncPhase[] = [];
    const completed = new Promise<void>((complete) =>
      engine.status$.subscribe({ next: ({ phase }) => phases.push(phase), complete }),
    );
    await engine.close();
    await completed;
    expect(phases.at(-1)).toBe(SyncPhase.Closed);
    await expect(engine.patch('preferences', 'ui', {})).rejects.toMatchObject({ code: ErrorCode.EngineClosed });
    await expect(engine.seed('preferences', [])).rejects.toMatchObject({ code: ErrorCode.EngineClosed });
  });

  test('can be asked for twice', async () => {
    const engine = await open();
    await Promise.all([engine.close(), engine.close()]);
    await engine.close();
    expect(engine.status.phase).toBe(SyncPhase.Closed);
  });

  test('keeps the writes that were under way', async () => {
    const engine = await open();
    const writing = engine.patch('preferences', 'ui', { theme: 'dark' });
    await engine.close();
    await expect(writing).resolves.toBeDefined();
  });
});
