/** A tab adopts while another one syncs. Each tab has modules of its own, as in a browser. */
import { firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import type { OpenOptions, SyncEngine } from '../../src/lib/engine';
import { SyncPhase } from '../../src/lib/types';
import type { Environment } from '../../src/lib/worker/environment';
import { inProcessEnvironment } from '../../src/lib/worker/in-process';
import type { TabMessage } from '../../src/lib/worker/tabs';
import { startRelay } from '../../src/relay';
import type { RunningRelay } from '../../src/relay';
import type * as browserDevice from '../support/browser-device';

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
  let device: typeof browserDevice | undefined;
  jest.isolateModules(() => {
    device = jest.requireActual<typeof browserDevice>('../support/browser-device');
  });
  return async (options: OpenOptions): Promise<SyncEngine> => {
    const engine = await device!.openElsewhere({ relays: relays.map(({ url }) => url), ...options }, environment);
    engines.push(engine);
    return engine;
  };
}

/** One browser whose tabs wait for each other's locks and hear each other. */
function browserOfTabs(): Environment {
  const environment = inProcessEnvironment();
  const held = new Map<string, Promise<void>>();
  const listeners = new Map<string, Set<(message: TabMessage) => void>>();
  return {
    ...environment,
    locks: {
      async request(name, options, hold) {
        if (name.endsWith('/guest')) return environment.locks.request(name, options, hold);
        const before = held.get(name) ?? Promise.resolve();
        const mine = before.then(() => (options.signal?.aborted ? undefined : hold()));
        held.set(
          name,
          mine.catch(() => {}),
        );
        return mine;
      },
    },
    openChannel(name) {
      const all = listeners.get(name) ?? new Set();
      listeners.set(name, all);
      let own: ((message: TabMessage) => void) | undefined;
      return {
        post: (message) => queueMicrotask(() => all.forEach((listener) => listener !== own && listener(message))),
        onMessage: (listener) => all.add((own = listener)),
        close: () => own && all.delete(own),
      };
    },
  };
}

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
