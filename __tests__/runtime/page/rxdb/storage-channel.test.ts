import { firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import type { MessageFromRemote, MessageToRemote } from 'rxdb/plugins/storage-remote';
import { SyncEngine } from '../../../../src/lib/engine';
import { ErrorCode } from '../../../../src/runtime/core/errors';
import { createRxdbLayer } from '../../../../src/runtime/storage/rxdb/rxdb-layer';
import { memoryOfOneTab } from '../../../../src/runtime/testing/in-process';
import { inProcessWorkers } from '../../../support/in-process';
import { RemoteFailure, StorageChannel } from '../../../../src/runtime/page/rxdb/storage-channel';
import { OwnedClock } from '../../../support/owned-clock';

const messageOf = (requestId: string, method: string) =>
  ({ connectionId: 'notes', requestId, method, params: [] }) as unknown as MessageToRemote;
const answerTo = ({ connectionId, requestId, method }: MessageToRemote, code?: ErrorCode) =>
  ({
    ...{ connectionId, answerTo: requestId, method },
    ...(code ? { error: { name: 'SyncError', message: 'It has failed.', code } } : { return: { documents: [] } }),
  }) as unknown as MessageFromRemote;

function createChannel() {
  const clock = new OwnedClock();
  const asked: MessageToRemote[] = [];
  const answers: unknown[] = [];
  const broken: string[] = [];
  const channel = new StorageChannel((reason) => broken.push(reason), clock.after.bind(clock));
  channel.messages$.subscribe((message) => answers.push(message.return));
  return { clock, channel, asked, answers, broken, connect: () => channel.connect((message) => asked.push(message)) };
}

describe('a read that the storage has failed', () => {
  const query = messageOf('1', 'query');

  test('is asked again of the same worker, a little later, and answered', async () => {
    const { clock, channel, asked, answers, broken, connect } = createChannel();
    await connect();
    channel.send(query);
    channel.receive(answerTo(query, ErrorCode.StorageFailed));
    expect(asked).toEqual([query]);
    await clock.advance(1_000);
    expect(asked).toEqual([query, query]);
    channel.receive(answerTo(query));
    expect(answers).toEqual([{ documents: [] }]);
    expect(broken).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('fails when it has failed again and again for seconds', async () => {
    const { clock, channel, asked, answers, connect } = createChannel();
    await connect();
    channel.send(query);
    const startedAt = clock.now();
    while (answers.length === 0 && asked.length < 100) {
      channel.receive(answerTo(query, ErrorCode.StorageFailed));
      await clock.advance(2_000);
    }
    expect(answers).toEqual([expect.any(RemoteFailure)]);
    expect(asked.length).toBeLessThan(10);
    expect(clock.now() - startedAt).toBeGreaterThan(3_000);
  });

  test('is asked once of a worker that is started meanwhile', async () => {
    const { clock, channel, asked, connect } = createChannel();
    await connect();
    channel.send(query);
    channel.receive(answerTo(query, ErrorCode.StorageFailed));
    channel.disconnect({ code: ErrorCode.WorkerDied, message: 'It has died.' });
    await connect();
    await clock.advance(10_000);
    expect(asked).toEqual([query, query]);
  });

  test('is refused at once when there will be no worker any more', async () => {
    const { clock, channel, asked, answers, connect } = createChannel();
    await connect();
    channel.send(query);
    channel.receive(answerTo(query, ErrorCode.StorageFailed));
    channel.end({ code: ErrorCode.EngineClosed, message: 'It was closed.' });
    await clock.advance(10_000);
    expect(answers).toEqual([expect.any(RemoteFailure)]);
    expect(asked).toEqual([query]);
  });

  test('starts another worker where the database is lost', async () => {
    const { channel, answers, broken, connect } = createChannel();
    await connect();
    channel.send(query);
    channel.receive(answerTo(query, ErrorCode.StorageBlocked));
    expect(broken).toEqual(['It has failed.']);
    expect(answers).toEqual([]);
  });

  test('is no write: that fails at once, because nobody knows what became of it', async () => {
    const { clock, channel, asked, answers, connect } = createChannel();
    await connect();
    const write = messageOf('2', 'bulkWrite');
    channel.send(write);
    channel.receive(answerTo(write, ErrorCode.StorageFailed));
    await clock.advance(10_000);
    expect(answers).toEqual([expect.any(RemoteFailure)]);
    expect(asked).toEqual([write]);
  });
});

describe('a write that a dead worker had committed', () => {
  test('is none in conflict when the next worker is asked, and shows as that one has it', async () => {
    const { channel, answers, connect } = createChannel();
    await connect();
    const document = { id: 'a', _rev: '1-page', _meta: { lwt: 5 } };
    const write = messageOf('1', 'bulkWrite');
    channel.send(write);
    channel.disconnect({ code: ErrorCode.WorkerDied, message: 'It has died.' });
    await connect();
    const own = { status: 409, documentId: 'a', writeRow: { document }, documentInDb: { ...document, theme: 'light' } };
    const other = {
      status: 409,
      documentId: 'b',
      writeRow: { document: { ...document, id: 'b' } },
      documentInDb: { id: 'b', _rev: '2-x', _meta: { lwt: 4 } },
    };
    const shown = [{ id: 'c', theme: 'dark' }];
    channel.receive({ ...answerTo(write), return: { error: [own, other], shown } } as never);
    expect(answers).toEqual([{ error: [other], shown: [...shown, own.documentInDb] }]);
  });
});

describe('a live query', () => {
  /** An engine whose storage fails that many reads from now on. */
  async function openFailing() {
    let failures = 0;
    const memory = memoryOfOneTab();
    const storage = createRxdbLayer({
      ...memory,
      async createStorageInstance(params) {
        const instance = await memory.createStorageInstance(params);
        const query = instance.query.bind(instance);
        instance.query = (prepared) => (failures-- > 0 ? Promise.reject(new Error('aborted')) : query(prepared));
        return instance;
      },
    });
    const engine = await SyncEngine.open({
      ...{ identity: ['user-1'], relays: [] },
      createWorker: inProcessWorkers({ storage }),
    });
    return { engine, failReads: (count: number) => (failures = count) };
  }

  test('outlives a read that fails', async () => {
    const { engine, failReads } = await openFailing();
    failReads(1);
    const titles = firstValueFrom(engine.db.notes.find().$.pipe(filter((notes) => notes.length > 0)));
    await engine.patch('notes', 'n1', { title: 'Milk', order: 1 });
    expect((await titles).map(({ title }) => title)).toEqual(['Milk']);
    await engine.close();
  });

  test('that a failing storage has ended runs again, once the storage is well, for whoever subscribes anew', async () => {
    const { engine, failReads } = await openFailing();
    failReads(Infinity);
    const ended = firstValueFrom(engine.db.notes.find().$);
    await expect(ended).rejects.toMatchObject({ code: ErrorCode.StorageFailed });
    failReads(0);
    expect(await firstValueFrom(engine.db.notes.find().$)).toEqual([]);
    await engine.close();
  }, 15_000);
});
