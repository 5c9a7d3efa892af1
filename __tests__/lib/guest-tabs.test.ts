/** Tabs of one browser, of which one syncs. Each has modules of its own, as in a browser. */
import { firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import type { OpenOptions, SyncEngine } from '../../src/lib/engine';
import { ErrorCode } from '../../src/runtime/core/errors';
import { SyncPhase } from '../../src/runtime/core/status';
import type { Environment } from '../../src/runtime/worker/environment';
import { inProcessEnvironment } from '../support/in-process';
import { browserOfTabs, openTab } from '../support/tabs';
import { startRelay } from '../../src/relay';
import type { RunningRelay } from '../../src/relay';

jest.setTimeout(30_000);

const relays: RunningRelay[] = [];
const engines: SyncEngine[] = [];
beforeAll(async () => {
  relays.push(...(await Promise.all(['one', 'two', 'three'].map((name) => startRelay({ name })))));
});
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  await Promise.all(relays.map((relay) => relay.stop()));
});

/** Opens engines as a tab of this browser does. */
function newTab(environment: Environment) {
  const open = openTab(environment);
  return async (options: OpenOptions): Promise<SyncEngine> => {
    const engine = await open({ relays: relays.map(({ url }) => url), ...options });
    engines.push(engine);
    return engine;
  };
}

const untilStatus = (engine: SyncEngine, isIt: (status: SyncEngine['status']) => boolean) =>
  firstValueFrom(engine.status$.pipe(filter(isIt)));
const untilPhase = (engine: SyncEngine, phase: SyncPhase) => untilStatus(engine, (status) => status.phase === phase);
const untilName = (engine: SyncEngine, name: string) =>
  firstValueFrom(engine.db.preferences.findOne('ui').$.pipe(filter((found) => found?.name === name)));

test('what one tab adopts is published by the other, which syncs', async () => {
  const identity = ['user', 'in two tabs'];
  const browser = browserOfTabs();
  const [openFirst, openSecond] = [newTab(browser), newTab(browser)];
  const first = await openFirst({ identity });
  await firstValueFrom(first.status$.pipe(filter(({ phase }) => phase === SyncPhase.Online)));
  const guest = await openSecond({ identity: null });
  await guest.patch('preferences', 'ui', { name: 'Ada' });
  await guest.close();

  const second = await openSecond({ identity, adoptGuest: true });
  await firstValueFrom(second.db.preferences.findOne('ui').$.pipe(filter((found) => found?.name === 'Ada')));
  const other = await newTab(inProcessEnvironment())({ identity });
  await firstValueFrom(other.db.preferences.findOne('ui').$.pipe(filter((found) => found?.name === 'Ada')));
});

/** The first of them syncs. */
async function openTwoTabs(identity: readonly string[], browser = browserOfTabs(), changesOfFirst = {}) {
  const first = await newTab({ ...browser, ...changesOfFirst })({ identity });
  await untilPhase(first, SyncPhase.Online);
  const second = await newTab(browser)({ identity });
  await untilPhase(second, SyncPhase.Online);
  return { first, second, elsewhere: await newTab(inProcessEnvironment())({ identity }) };
}

test('a tab that waits pauses the one that syncs, and resumes it', async () => {
  const { first, second, elsewhere } = await openTwoTabs(['user', 'who pauses in the other tab']);
  second.pause();
  await Promise.all([untilPhase(first, SyncPhase.Paused), untilPhase(second, SyncPhase.Paused)]);
  await first.patch('preferences', 'ui', { name: 'Ada' });
  await untilStatus(second, ({ pending }) => pending === 1);
  second.resume();
  await Promise.all([first, second].map((tab) => untilStatus(tab, isAllStored)));
  await untilName(elsewhere, 'Ada');
});

test('a pause of the tab that syncs shows in the one that waits, which can end it', async () => {
  const { first, second, elsewhere } = await openTwoTabs(['user', 'who pauses in the tab that syncs']);
  first.pause();
  await untilPhase(second, SyncPhase.Paused);
  await first.patch('preferences', 'ui', { name: 'Ada' });
  await untilStatus(second, ({ phase, pending }) => phase === SyncPhase.Paused && pending === 1);
  second.resume();
  await untilName(elsewhere, 'Ada');
});

test('a pause outlives the tab that syncs', async () => {
  const { first, second, elsewhere } = await openTwoTabs(['user', 'whose paused tab closes']);
  first.pause();
  await untilPhase(second, SyncPhase.Paused);
  await first.patch('preferences', 'ui', { name: 'Ada' });
  await untilStatus(second, ({ pending }) => pending === 1);
  await first.close();
  // It holds the lock when it counts what is written there.
  await second.patch('notes', 'n', { title: 'while paused', order: 1 });
  expect((await untilStatus(second, ({ pending }) => pending > 0)).phase).toBe(SyncPhase.Paused);
  second.resume();
  await untilName(elsewhere, 'Ada');
});

test('a tab whose storage fails hands over to one whose storage works', async () => {
  const browser = browserOfTabs();
  let isFull = false;
  const { first, second, elsewhere } = await openTwoTabs(['user', 'with a broken tab'], browser, {
    openLedger: async (...[name, newDeviceId]: Parameters<Environment['openLedger']>) => {
      const ledger = await browser.openLedger(name, newDeviceId);
      return Object.assign(Object.create(ledger) as typeof ledger, {
        commit: (...changes: Parameters<typeof ledger.commit>) =>
          isFull ? Promise.reject(new DOMException('No room.', 'QuotaExceededError')) : ledger.commit(...changes),
      });
    },
  });
  isFull = true;
  await first.patch('preferences', 'ui', { name: 'Ada' });
  const stopped = await untilPhase(second, SyncPhase.Stopped);
  expect(stopped.problems.map(({ code }) => code)).toEqual([ErrorCode.StorageFailed]);
  await untilName(elsewhere, 'Ada');
  const [healed] = await Promise.all([first, second].map((tab) => untilStatus(tab, isAllStored)));
  expect(healed!.problems).toEqual([]);
});

const isAllStored = ({ phase, pending }: SyncEngine['status']) => phase === SyncPhase.Online && pending === 0;
