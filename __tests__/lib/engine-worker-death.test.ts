import { firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import { SyncEngine } from '../../src/lib/engine';
import { ErrorCode } from '../../src/runtime/core/errors';
import { Lifecycle } from '../../src/runtime/core/lifecycle';
import { SyncPhase } from '../../src/runtime/core/status';
import { ToPage, ToWorker } from '../../src/lib/types';
import type { MessageToWorker } from '../../src/lib/types';
import type { WorkerTimeouts } from '../../src/runtime/page/worker-contract';
import { inProcessWorkers } from '../support/in-process';
import type { WorkerOfTest } from '../support/in-process';

const timeouts: WorkerTimeouts = { heartbeat: 20, missedBeats: 3, start: 2_000, restart: 5, close: 500 };

/** Workers over one storage that a test can stop dead: nothing they are told or say gets through any more. */
function mortalWorkers() {
  const startReal = inProcessWorkers();
  const told: MessageToWorker[][] = [];
  let deaf = false;
  let kill = () => {};
  let mayStart = true;
  let holdBack: (message: MessageToWorker) => boolean = () => false;
  const start = (): WorkerOfTest => {
    let isDead = !mayStart;
    const heard: MessageToWorker[] = [];
    told.push(heard);
    kill = () => {
      isDead = true;
    };
    const real = startReal();
    const mortal: WorkerOfTest = {
      onmessage: null,
      onerror: null,
      postMessage: (message) => {
        heard.push(message);
        if (!isDead && !holdBack(message)) real.postMessage(message);
      },
      terminate: () => real.terminate(),
    };
    real.onmessage = (event) => {
      if (!isDead && !(deaf && event.data.type === ToPage.Storage)) mortal.onmessage?.(event);
    };
    real.onerror = (event) => mortal.onerror?.(event);
    const failure = { message: 'its script could not be loaded', preventDefault: () => {} };
    if (!mayStart) queueMicrotask(() => mortal.onerror?.(failure));
    return mortal;
  };
  return {
    start,
    told,
    kill: () => kill(),
    /** The worker works on, but its answers are lost. */
    deafen: (value: boolean) => (deaf = value),
    allowStarts: (value: boolean) => (mayStart = value),
    holdBack: (predicate: (message: MessageToWorker) => boolean) => (holdBack = predicate),
  };
}

const engines: SyncEngine[] = [];
async function openMortal() {
  const workers = mortalWorkers();
  const engine = await SyncEngine.open({ identity: ['user-1'], relays: [], createWorker: workers.start, timeouts });
  engines.push(engine);
  return { engine, workers };
}
afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())));

const note = { id: 'n1', title: 'Milk', body: '', tags: [], done: false, order: -1 };

async function waitFor(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** In memory everything that was asked is done within a few turns of the event loop. */
async function letWorkerWork(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const untilProblem = (engine: SyncEngine, code: ErrorCode | undefined) =>
  firstValueFrom(engine.status$.pipe(filter(({ problems }) => problems[0]?.code === code)));

describe('when the worker dies', () => {
  test('it is started again, and the same database goes on', async () => {
    const { engine, workers } = await openMortal();
    await engine.patch('preferences', 'ui', { theme: 'dark' });
    workers.kill();
    await untilProblem(engine, ErrorCode.WorkerDied);
    await untilProblem(engine, undefined);
    await engine.patch('preferences', 'ui', { name: 'Ada' });
    expect((await engine.db.preferences.findOne('ui').exec())?.toJSON()).toMatchObject({ theme: 'dark', name: 'Ada' });
  });

  test('writes in flight are completed by the next worker, in their order', async () => {
    const { engine, workers } = await openMortal();
    await engine.patch('preferences', 'ui', { theme: 'dark' });
    workers.kill();
    await Promise.all(['A', 'Ad', 'Ada'].map((name) => engine.patch('preferences', 'ui', { name })));
    expect((await engine.db.preferences.findOne('ui').exec())?.toJSON()).toMatchObject({ theme: 'dark', name: 'Ada' });
  });

  test('an insert that was committed but not answered succeeds', async () => {
    const { engine, workers } = await openMortal();
    workers.deafen(true);
    const inserting = engine.db.notes.insert(note);
    await letWorkerWork();
    workers.kill();
    workers.deafen(false);
    await expect(inserting).resolves.toMatchObject({ id: 'n1' });
  });

  test('an insert of a document that another tab has inserted is a conflict all the same', async () => {
    const { engine, workers } = await openMortal();
    await engine.db.notes.insert(note);
    workers.kill();
    await expect(engine.db.notes.insert({ ...note, title: 'Tea' })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('a write that was under way when two workers died is refused with WORKER_DIED', async () => {
    const { engine, workers } = await openMortal();
    workers.holdBack((message) => JSON.stringify(message).includes('Milk'));
    workers.kill();
    const inserting = expect(engine.db.notes.insert(note)).rejects.toMatchObject({ code: ErrorCode.WorkerDied });
    await waitFor(() => JSON.stringify(workers.told[1] ?? '').includes('Milk'));
    workers.kill();
    await inserting;
  });

  test('a read in flight is answered by the next worker', async () => {
    const { engine, workers } = await openMortal();
    await engine.patch('preferences', 'ui', { theme: 'dark' });
    workers.kill();
    const found = await engine.db.notes.find().exec();
    expect(found).toEqual([]);
  });

  test('a live query learns of a write that was committed but whose news were lost', async () => {
    const { engine, workers } = await openMortal();
    await engine.patch('preferences', 'ui', { theme: 'dark' });
    const seen: (string | undefined)[] = [];
    const subscription = engine.db.preferences.findOne('ui').$.subscribe((document) => seen.push(document?.theme));
    await engine.db.preferences.findOne('ui').exec();
    workers.deafen(true);
    const writing = engine.patch('preferences', 'ui', { theme: 'light' });
    await letWorkerWork();
    workers.kill();
    workers.deafen(false);
    await writing;
    await firstValueFrom(engine.db.preferences.findOne('ui').$.pipe(filter((document) => document?.theme === 'light')));
    expect(seen.at(-1)).toBe('light');
    subscription.unsubscribe();
  });

  test('the next worker is told whether the page is paused', async () => {
    const { engine, workers } = await openMortal();
    engine.pause();
    workers.kill();
    await untilProblem(engine, ErrorCode.WorkerDied);
    await untilProblem(engine, undefined);
    expect(workers.told).toHaveLength(2);
    expect(workers.told[1]).toContainEqual({ type: ToWorker.Lifecycle, event: Lifecycle.Pause });
    expect(workers.told[1]).toContainEqual({ type: ToWorker.Ready });
  });

  test('a seed under way is given to the next worker', async () => {
    const { engine, workers } = await openMortal();
    workers.kill();
    await engine.seed('preferences', [{ id: 'ui', accent: 'rose' }]);
    expect(workers.told[1]?.map(({ type }) => type)).toContain(ToWorker.Call);
  });

  test('a seed that is asked for before the next worker is open waits for it, and is asked of it once', async () => {
    const { engine, workers } = await openMortal();
    workers.kill();
    await untilProblem(engine, ErrorCode.WorkerDied);
    await waitFor(() => workers.told.length === 2);
    // The worker has been told to open, and nothing else yet.
    expect(workers.told[1]?.map(({ type }) => type)).toEqual([ToWorker.Open]);
    await engine.seed('preferences', [{ id: 'ui', accent: 'rose' }]);
    expect((await engine.db.preferences.findOne('ui').exec())?.accent).toBe('rose');
    expect(workers.told[1]?.filter(({ type }) => type === ToWorker.Call)).toHaveLength(1);
  });

  test('and none can be started, writes are refused and reads wait until one can', async () => {
    const { engine, workers } = await openMortal();
    workers.allowStarts(false);
    workers.kill();
    const reading = engine.db.notes.find().exec();
    await waitFor(() => workers.told.length > 4);
    await expect(engine.db.notes.insert(note)).rejects.toMatchObject({ code: ErrorCode.WorkerDied });
    workers.allowStarts(true);
    await expect(reading).resolves.toEqual([]);
    await engine.patch('preferences', 'ui', { theme: 'dark' });
  });

  test('before anybody has noticed, closing still answers what is under way', async () => {
    const { engine, workers } = await openMortal();
    workers.kill();
    const reading = engine.db.notes.find().exec();
    await engine.close();
    await expect(reading).resolves.toEqual([]);
  });

  test('while it closes, closing ends in limited time', async () => {
    const { engine, workers } = await openMortal();
    workers.kill();
    await engine.close();
    expect(engine.status.phase).toBe(SyncPhase.Closed);
  });

  test('closing while another one is being started ends at once', async () => {
    const { engine, workers } = await openMortal();
    workers.allowStarts(false);
    workers.kill();
    const reading = expect(engine.db.notes.find().exec()).rejects.toMatchObject({ code: ErrorCode.EngineClosed });
    await untilProblem(engine, ErrorCode.WorkerDied);
    await engine.close();
    await reading;
  });
});

test('open is refused with WORKER_DIED when no worker can be started', async () => {
  const workers = mortalWorkers();
  workers.allowStarts(false);
  const opening = SyncEngine.open({ identity: ['user-1'], relays: [], createWorker: workers.start, timeouts });
  await expect(opening).rejects.toMatchObject({ code: ErrorCode.WorkerDied });
  expect(workers.told).toHaveLength(3);
});

describe('a worker that cannot even be made', () => {
  test('is tried again, and in the end `open` says why', async () => {
    let tries = 0;
    const createWorker = (): WorkerOfTest => {
      tries += 1;
      throw new Error('the constructor is blocked');
    };
    const opening = SyncEngine.open({ identity: ['user-1'], relays: [], createWorker, timeouts });
    await expect(opening).rejects.toMatchObject({
      code: ErrorCode.WorkerDied,
      message: expect.stringContaining('the constructor is blocked'),
    });
    expect(tries).toBe(3);
  });
});

test('a request that cannot reach a worker is refused with a code', async () => {
  const createWorker = (): WorkerOfTest => ({
    ...{ onmessage: null, onerror: null, terminate: () => {} },
    postMessage: (message) => void structuredClone(message),
  });
  const secret = (() => 'secret') as never;
  const opening = SyncEngine.open({ identity: ['user-1'], secret, relays: [], createWorker, timeouts });
  await expect(opening).rejects.toMatchObject({
    code: ErrorCode.WorkerDied,
    message: expect.stringContaining('could not be cloned'),
  });
});

test('what an app gives beside the options of an engine stays on the page', async () => {
  const workers = mortalWorkers();
  const options = { identity: ['user-1'], relays: [], createWorker: workers.start, timeouts, onError: () => {} };
  engines.push(await SyncEngine.open(options));
  expect(workers.told[0]?.[0]).toEqual({ type: ToWorker.Open, request: { identity: ['user-1'], relays: [] } });
});
