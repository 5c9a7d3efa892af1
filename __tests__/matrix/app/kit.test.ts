/** Runs in the app: under CRA's Jest 27 with jsdom, and the same file under Jest 30. */
import { createInProcessWorkers } from 'zero-backend-sync/testing';
import instantiateAdd from './add.wasm';
import { Greet } from './greetings.rpc';
import { SyncEngine } from './lib/engine';
import { serve } from './lib/worker';

jest.setTimeout(60_000);

test('a WebAssembly module is instantiated', async () => {
  const { instance } = await instantiateAdd();
  expect((instance.exports as { add(a: number, b: number): number }).add(2, 3)).toBe(5);
});

test('a module of a worker is imported as any other', () => {
  expect(Greet('test')).toBe('Hello test');
});

test('the engine stores and reads documents without a worker or a relay', async () => {
  const createWorker = createInProcessWorkers(serve);
  const engine = await SyncEngine.open({ identity: ['jest', 'in an app'], relays: [], createWorker });
  await engine.patch('notes', 'n1', { title: 'written by a test', order: 1 });
  const note = await engine.db.notes.findOne('n1').exec();
  expect(note?.title).toBe('written by a test');
  await engine.close();
});
