/** What a provider of any framework opens, and what it has meanwhile. */
import type { SyncError, SyncProblem } from '../../core/errors';
import { createEngineLeases } from './lease';
import type { Closable } from './lease';
import type { WantedEngine } from './options';

/** What a provider has for the options of this key. */
export interface Opened<Engine> {
  readonly key: string | null;
  /** Null while it opens, and where it could not be opened. */
  readonly engine: Engine | null;
  /** Why it could not be opened. */
  readonly problem?: SyncProblem;
}

/** What a provider has before anything is open, and between two identities. */
export const nothingOpened: Opened<never> = { key: null, engine: null };

/**
 * Opens the engines of one kind of provider.
 * @param open `SyncEngine.open` of the app.
 * @returns opens what is wanted, or shares what another provider has opened, and returns what ends that. `changed` is called once, with an error where
 * no engine could be opened, and never after the end. Where nothing is wanted, nothing is opened.
 */
export function createEngineOpener<Options, Engine extends Closable>(open: (options: Options) => Promise<Engine>) {
  const leaseEngine = createEngineLeases<Engine>();
  return (
    { key, identityKey, request }: WantedEngine<Options>,
    changed: (opened: Opened<Engine>, error?: SyncError) => void,
  ): (() => void) => {
    if (key === null) return () => {};
    const lease = leaseEngine(key, identityKey, () => open(request));
    let isCurrent = true;
    lease.engine.then(
      (engine) => isCurrent && changed({ key, engine }),
      (error: SyncError) => {
        const { code, message } = error;
        if (isCurrent) changed({ key, engine: null, problem: { code, message } }, error);
      },
    );
    return () => {
      isCurrent = false;
      lease.end();
    };
  };
}
