/** Tabs of one browser, each with modules of its own, as in a browser. */
import type { OpenOptions, SyncEngine } from '../../src/lib/engine';
import type { TabMessage } from '../../src/runtime/contracts/tabs';
import type { Environment } from '../../src/runtime/worker/environment';
import type * as browserDevice from './browser-device';
import { inProcessEnvironment } from './in-process';

/** Opens engines as a tab of this browser does. */
export function openTab(environment: Environment): (options: OpenOptions) => Promise<SyncEngine> {
  let device: typeof browserDevice | undefined;
  jest.isolateModules(() => {
    device = jest.requireActual<typeof browserDevice>('./browser-device');
  });
  return (options) => device!.openElsewhere(options, environment);
}

/** One browser whose tabs wait for each other's locks and hear each other. */
export function browserOfTabs(): Environment {
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
