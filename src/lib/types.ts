/**
 * The words that threads, tabs and the app share: message enums and their unions, status, errors and the data model.
 * No logic lives here.
 */

/** What a document may hold: JSON. See docs/protocol.md, section 4, for the values that a write refuses. */
export type SyncValue = string | number | boolean | null | readonly SyncValue[] | SyncObject;
export interface SyncObject {
  readonly [property: string]: SyncValue;
}
/** A document of a collection: a plain object with the collection's primary key. */
export type SyncDocument = SyncObject;

// ---------------------------------------------------------------- errors

/** Stable codes of every error the kit reports. The message says what happened, why and what to do. */
export enum ErrorCode {
  IdentityInvalid = 'IDENTITY_INVALID',
  /** A warning in development. */
  IdentityGuessable = 'IDENTITY_GUESSABLE',
  ConfigInvalid = 'CONFIG_INVALID',
  SaltInvalid = 'SALT_INVALID',
  EnvironmentUnsupported = 'ENVIRONMENT_UNSUPPORTED',
  SchemaUnsupported = 'SCHEMA_UNSUPPORTED',
  SchemaChanged = 'SCHEMA_CHANGED',
  DocumentInvalid = 'DOCUMENT_INVALID',
  ValueUnsupported = 'VALUE_UNSUPPORTED',
  ValueTooLarge = 'VALUE_TOO_LARGE',
  KeyChanged = 'KEY_CHANGED',
  VaultFailed = 'VAULT_FAILED',
  BlackBoxFailed = 'BLACK_BOX_FAILED',
  StorageFull = 'STORAGE_FULL',
  StorageBlocked = 'STORAGE_BLOCKED',
  StorageFailed = 'STORAGE_FAILED',
  WorkerDied = 'WORKER_DIED',
  EngineClosed = 'ENGINE_CLOSED',
  AlreadyOpen = 'ALREADY_OPEN',
  ClockWrong = 'CLOCK_WRONG',
  RelaysTooFew = 'RELAYS_TOO_FEW',
}

/** An error with a stable code; `message` is a whole sentence that says what happened, why, and what to do. */
export class SyncError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message);
    this.name = 'SyncError';
    this.code = code;
    if (options && 'cause' in options)
      Object.defineProperty(this, 'cause', { value: options.cause, enumerable: false });
  }
}

/** An error on its way between threads. */
export interface SyncProblem {
  readonly code: ErrorCode;
  readonly message: string;
}

// ---------------------------------------------------------------- status

export enum SyncPhase {
  /** The worker boots, keys are derived, relays are connected. Local reads and writes already work. */
  Starting = 'starting',
  /** No relays were given (`relays: []`), or no user is known (`identity: null`): nothing leaves this device. */
  LocalOnly = 'local-only',
  /** Connected to at least one relay. */
  Online = 'online',
  /** No relay answers at the moment; the engine keeps trying. */
  Offline = 'offline',
  /** `pause()` was called. */
  Paused = 'paused',
  /** Publishing has stopped because of a problem (see `problems`); local reads and writes still work. */
  Stopped = 'stopped',
  Closed = 'closed',
}

export enum RelayState {
  Connecting = 'connecting',
  /** Connected; the first complete read is still under way. */
  Reading = 'reading',
  Live = 'live',
  /** Not connected; the next attempt is scheduled. */
  Waiting = 'waiting',
  /** Configured but not in use: a better candidate serves, or it was demoted. */
  Spare = 'spare',
  Demoted = 'demoted',
}

export interface RelayStatus {
  readonly url: string;
  readonly state: RelayState;
  /** The state in words a person understands, with the reason where there is one. */
  readonly words: string;
  readonly roundTripMs: number | null;
  /** Wall-clock time (ms) of the last read-back or complete read. */
  readonly lastSuccessAt: number | null;
  readonly lastRefusal: string | null;
}

export interface SyncStatus {
  readonly phase: SyncPhase;
  /**
   * Documents with writes that are not yet stored on `durableOn` relays. While `phase` is `online` or `offline` it counts them all: 0 is "all
   * saved" there. In any other phase what is stored here may not have been compared with the relays in this session; it is a lower bound then,
   * of what was known to wait and what has been written since, and 0 promises nothing.
   */
  readonly pending: number;
  /** How many relays must hold a write before it counts as stored: min(2, relays configured). */
  readonly durableOn: number;
  readonly relays: readonly RelayStatus[];
  /** Wall-clock time (ms) when the last write became durable or the last complete read ended. */
  readonly lastSyncedAt: number | null;
  /** This device's clock minus the relays' clock in ms, as far as it is known. */
  readonly clockSkewMs: number | null;
  /** Entries from other devices, and of an adopted guest, that this version of the app cannot apply; kept and retried by a newer version. */
  readonly quarantined: number;
  readonly problems: readonly SyncProblem[];
}

// ---------------------------------------------------------------- before sign-in

/** What `SyncProvider` does as long as the app does not know its user, which is while its `identity` is null. */
export enum GuestMode {
  /** It opens nothing: there is no engine. */
  None = 'none',
  /** It opens the guest database, which no sign-in touches. */
  Apart = 'apart',
  /** It opens the guest database, and what was written there becomes the data of the user who signs in next. */
  Adopted = 'adopted',
}

// ---------------------------------------------------------------- main thread -> worker

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

/** What a worker cannot see for itself and the main thread forwards. */
export enum Lifecycle {
  Online = 'online',
  Offline = 'offline',
  Visible = 'visible',
  Hidden = 'hidden',
  Leaving = 'leaving',
  Resumed = 'resumed',
  Pause = 'pause',
  Resume = 'resume',
}

export interface OpenRequest {
  /** Null for a guest. */
  readonly identity: readonly string[] | null;
  /** What guests have written in this browser becomes this user's. */
  readonly adoptGuest?: boolean;
  readonly secret?: string;
  /** Overrides the relays of config.json; an empty list means local only. */
  readonly relays?: readonly string[];
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

// ---------------------------------------------------------------- worker -> main thread

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
