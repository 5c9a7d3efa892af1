/** The development relays of an app: one set for all parts of a build tool that ask in this process. */
import path from 'node:path';
import { cacheFolder } from './app';
import type { AppContext } from './app';
import { createDevRelays } from './dev-relays';
import type { DevRelays } from './dev-relays';

interface Shared {
  readonly relays: DevRelays;
  holders: number;
}
const sharedByFolder = new Map<string, Shared>();

/** Undefined where the app wants none. Nothing listens before they are started. */
export function devRelaysOf(app: AppContext): DevRelays | undefined {
  return sharedOf(app)?.relays;
}

export interface HeldRelays {
  readonly relays: DevRelays;
  /** Stops them unless another one holds them: a server that is restarted begins before the last one has ended. Idempotent. */
  release(): Promise<void>;
}

/** Starts the relays of an app. Nobody waits here: who bundles config.json does, and reports a failure. */
export function holdDevRelays(app: AppContext): HeldRelays | undefined {
  const shared = sharedOf(app);
  if (shared === undefined) return undefined;
  shared.holders += 1;
  shared.relays.start().catch(() => undefined);
  let isHeld = true;
  return {
    relays: shared.relays,
    async release() {
      if (!isHeld) return;
      isHeld = false;
      shared.holders -= 1;
      if (shared.holders > 0) return;
      sharedByFolder.delete(folderOf(app));
      await shared.relays.stop().catch(() => undefined);
    },
  };
}

function sharedOf(app: AppContext): Shared | undefined {
  const { devRelays: count } = app.options;
  if (count === 0) return undefined;
  const folder = folderOf(app);
  const known = sharedByFolder.get(folder);
  if (known !== undefined) return known;
  const relays = createDevRelays({
    count,
    folder,
    warn: (message) => console.warn(`zero-backend-sync: ${message}`),
  });
  const shared = { relays, holders: 0 };
  sharedByFolder.set(folder, shared);
  return shared;
}

function folderOf({ appPath }: AppContext): string {
  return path.join(cacheFolder(appPath), 'relays');
}
