/** A device whose clock is wrong beyond what relays accept: what it wrote goes out all the same, without another edit. */
import { firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import type { SyncEngine } from '../../src/lib/engine';
import { ErrorCode } from '../../src/runtime/core/errors';
import { inProcessEnvironment } from '../support/in-process';
import { startRelay } from '../../src/relay';
import type { RelayMode, RunningRelay } from '../../src/relay';
import { openElsewhere } from '../support/browser-device';

jest.setTimeout(60_000);

/** The last one takes every time, so it holds what the others refuse. */
const modes: readonly RelayMode[] = ['strfry', 'strfry', 'khatru'];
const hour = 3_600_000;
const year = 365 * 24 * hour;

let relays: RunningRelay[];
let engines: SyncEngine[];
beforeEach(async () => {
  engines = [];
  relays = await Promise.all(modes.map((mode) => startRelay({ mode })));
});
afterEach(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  await Promise.all(relays.map((relay) => relay.stop()));
});

async function open(skewMs: number): Promise<SyncEngine> {
  const { clock } = inProcessEnvironment();
  const engine = await openElsewhere(
    { identity: ['late', 'or early'], relays: relays.map(({ url }) => url) },
    { clock: { ...clock, now: () => Date.now() + skewMs } },
  );
  engines.push(engine);
  return engine;
}

const until = (engine: SyncEngine, isIt: (status: SyncEngine['status']) => boolean) =>
  firstValueFrom(engine.status$.pipe(filter((status) => isIt(status))));

test.each([
  ['16 minutes fast', 0.27 * hour],
  ['20 minutes fast', hour / 3],
  ['two days fast', 48 * hour],
  ['five years fast', 5 * year],
  ['four years slow', -4 * year],
])('%s: what was refused is stamped anew', async (_what, skewMs) => {
  const wrong = await open(skewMs);
  await wrong.patch('notes', 'n', { title: 'only this', order: 1 });
  const { problems } = await until(wrong, ({ pending, lastSyncedAt }) => pending === 0 && lastSyncedAt !== null);
  expect(problems.map(({ code }) => code)).toContain(ErrorCode.ClockWrong);

  const right = await open(0);
  await firstValueFrom(right.db.notes.findOne('n').$.pipe(filter((note) => note?.title === 'only this')));
  const [strict] = relays as [RunningRelay];
  expect(strict.events().length).toBeGreaterThan(0);
});

test('two of four relays that lie about the time lead nobody astray', async () => {
  const inTheFuture = { now: () => Date.now() + 9 * year };
  const liars = await Promise.all([1, 2].map(() => startRelay({ mode: 'strfry', clock: inTheFuture })));
  const [replaced, ...honest] = relays;
  await replaced?.stop();
  relays = [...liars, ...honest];
  const device = await open(0);
  await device.synced();
  for (let edit = 0; edit < 4; edit += 1) {
    await device.patch('notes', 'n', { title: `edit ${edit}`, order: 1 });
    await until(device, ({ pending, lastSyncedAt }) => pending === 0 && lastSyncedAt !== null);
  }
  expect(device.status.problems).toEqual([]);
  expect(device.status.relays.filter(({ lastRefusal }) => lastRefusal?.includes('too early'))).toHaveLength(2);
  const times = honest.flatMap((relay) => relay.events().map(({ created_at }) => created_at));
  expect(times.length).toBeGreaterThan(0);
  for (const seconds of times) expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(60);
});
