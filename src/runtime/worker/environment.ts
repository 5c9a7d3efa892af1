/** What the worker finds around it, so that tests and the same thread can put something else in its place. */
import type { Clock, Random } from '../core/clock';
import type { CollectionDefinitions } from '../core/schema';
import type { BlackBox } from '../crypto/derive-keys';
import type { Installation } from '../persistence/installation';
import type { Ledger } from '../persistence/ledger';
import type { SocketLike } from '../relay/socket';
import type { FetchText } from '../relay/nip11';
import type { Locks, TabChannel } from '../contracts/tabs';
import type { StorageLayer } from '../storage/layer';

/** What is the app's own: two of its files and its black box. */
export interface AppParts {
  /** The contents of config.json, not yet checked. */
  readonly config: unknown;
  readonly collections: CollectionDefinitions;
  /** @throws SyncError BLACK_BOX_FAILED */
  readonly loadBlackBox: () => Promise<BlackBox>;
}

/** What the platform has, a browser or a test. */
export interface Platform {
  readonly clock: Clock;
  readonly random: Random;
  /** Where documents are kept. */
  readonly storage: StorageLayer;
  /** What is remembered for one app; other apps of the site have others. */
  readonly openInstallation: (appId: string) => Promise<Installation>;
  readonly openLedger: (databaseName: string, newDeviceId: () => string) => Promise<Ledger>;
  /** Leaves nothing of a ledger that nobody has open. */
  readonly deleteLedger: (databaseName: string) => Promise<void>;
  readonly openChannel: (databaseName: string) => TabChannel;
  readonly locks: Locks;
  readonly createSocket: (url: string) => SocketLike;
  readonly fetchText: FetchText;
  /** Where the app's own files are, such as "https://app.example"; undefined outside a browser. */
  readonly origin?: string | undefined;
  /** What this device is called in the manifest that only the user's other devices can read. */
  readonly label: string;
}

/** All that a session needs of its surroundings. */
export type Environment = AppParts & Platform;
