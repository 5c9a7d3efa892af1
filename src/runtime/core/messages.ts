/** The messages between page and worker. */
import type { SyncProblem } from './errors';
import type { SyncDocument } from './json';
import type { Lifecycle } from './lifecycle';
import type { OpenRequest } from './open-request';
import type { SyncStatus } from './status';

export enum ToWorker {
  Open = 'open',
  Storage = 'storage',
  Ready = 'ready',
  Seed = 'seed',
  Lifecycle = 'lifecycle',
  FrameLag = 'frame-lag',
  Ping = 'ping',
  Close = 'close',
}

export type MessageToWorker =
  | { readonly type: ToWorker.Open; readonly request: OpenRequest }
  /** A message of RxDB's storage-remote plugin. */
  | { readonly type: ToWorker.Storage; readonly payload: unknown }
  /** Every collection of the app has been created: the replica may start. */
  | { readonly type: ToWorker.Ready }
  | {
      readonly type: ToWorker.Seed;
      readonly requestId: number;
      readonly collection: string;
      readonly documents: readonly SyncDocument[];
      readonly version: number;
    }
  | { readonly type: ToWorker.Lifecycle; readonly event: Lifecycle }
  /** Milliseconds by which the last animation frames of the main thread were late, to pace merges. */
  | { readonly type: ToWorker.FrameLag; readonly lagMs: number }
  | { readonly type: ToWorker.Ping; readonly requestId: number }
  /** Flush what can be flushed, close everything, answer `Closed`. */
  | { readonly type: ToWorker.Close };

export enum ToMain {
  Opened = 'opened',
  Storage = 'storage',
  Status = 'status',
  Synced = 'synced',
  Seeded = 'seeded',
  Warning = 'warning',
  Failed = 'failed',
  Pong = 'pong',
  Closed = 'closed',
}

export type MessageToMain =
  /** The local database may be opened under this name. */
  | { readonly type: ToMain.Opened; readonly databaseName: string }
  | { readonly type: ToMain.Storage; readonly payload: unknown }
  | { readonly type: ToMain.Status; readonly status: SyncStatus }
  /** The first complete read of the mesh has been merged. */
  | { readonly type: ToMain.Synced }
  | { readonly type: ToMain.Seeded; readonly requestId: number; readonly problem?: SyncProblem }
  | { readonly type: ToMain.Warning; readonly problem: SyncProblem }
  /** `open` failed. */
  | { readonly type: ToMain.Failed; readonly problem: SyncProblem }
  | { readonly type: ToMain.Pong; readonly requestId: number }
  | { readonly type: ToMain.Closed };
