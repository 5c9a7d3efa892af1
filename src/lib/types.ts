/**
 * The words that page and worker share: the enums and unions of all messages, and the data model. No logic lives here. Errors and the status are those of
 * the runtime, under the names that the app imports them by.
 */
import type { Lifecycle, OpenRequest, SyncProblem, SyncStatus } from 'zero-backend-sync/core';

export {
  ErrorCode,
  GuestMode,
  Lifecycle,
  RelayOrigin,
  RelayState,
  SyncError,
  SyncPhase,
  UndecryptableReason,
} from 'zero-backend-sync/core';
export type { OpenRequest, RelayStatus, SyncProblem, SyncStatus } from 'zero-backend-sync/core';

/** The version of these files. The installed runtime checks that it works with it; `npx zero-backend-sync update` raises it. */
export const TEMPLATE_VERSION = 1;

// ---------------------------------------------------------------- data

/** What a document may hold: JSON. Which values a write refuses: node_modules/zero-backend-sync/docs/protocol.md, section 4. */
export type SyncValue = string | number | boolean | null | SyncArray | SyncObject;
export type SyncArray = readonly SyncValue[];
export interface SyncObject {
  readonly [property: string]: SyncValue;
}

// ---------------------------------------------------------------- calls

/** Requests that only pass through the two message loops: the page asks, the worker's runtime answers. */
export enum CallName {
  Seed = 'seed',
}

/** What each of them takes, and what its promise resolves with. */
export interface Calls {
  readonly [CallName.Seed]: (collection: string, documents: readonly SyncObject[], version: number) => Promise<void>;
}

/** A call, from page to worker. */
export interface Call {
  readonly type: ToWorker.Call;
  /** Comes back with the answer. */
  readonly id: number;
  readonly name: CallName;
  readonly parameters: readonly unknown[];
}

/** Its answer, from worker to page: a problem, or the result. */
export interface Answer {
  readonly type: ToPage.Answer;
  readonly id: number;
  readonly problem?: SyncProblem;
  readonly result?: unknown;
}

// ---------------------------------------------------------------- from page to worker

export enum ToWorker {
  Open = 'open',
  /** Of the storage layer's end on the page to its end in the worker. */
  Storage = 'storage',
  /** Every collection is open on the page: sync may start. */
  Ready = 'ready',
  Call = 'call',
  /** What a worker cannot see for itself: the page is visible, online, leaving; the app pauses sync. */
  Lifecycle = 'lifecycle',
  /** Milliseconds by which the last animation frames of the page were late, to pace merges. */
  FrameLag = 'frame-lag',
  Ping = 'ping',
  /** Flush what can be flushed, close everything, answer `Closed`. */
  Close = 'close',
}

export type MessageToWorker =
  | { readonly type: ToWorker.Open; readonly request: OpenRequest }
  | { readonly type: ToWorker.Storage; readonly payload: unknown }
  | { readonly type: ToWorker.Ready }
  | Call
  | { readonly type: ToWorker.Lifecycle; readonly event: Lifecycle }
  | { readonly type: ToWorker.FrameLag; readonly lagMs: number }
  | { readonly type: ToWorker.Ping }
  | { readonly type: ToWorker.Close };

// ---------------------------------------------------------------- from worker to page

export enum ToPage {
  /** The local database may be opened under this name. */
  Opened = 'opened',
  /** It cannot be opened. */
  Failed = 'failed',
  /** Of the storage layer's end in the worker to its end on the page. */
  Storage = 'storage',
  Answer = 'answer',
  Status = 'status',
  /** The first complete read of the relays has been merged. */
  Synced = 'synced',
  /** For the developer: something asks for another line of code. */
  Warning = 'warning',
  Pong = 'pong',
  Closed = 'closed',
}

export type MessageToPage =
  | { readonly type: ToPage.Opened; readonly databaseName: string }
  | { readonly type: ToPage.Failed; readonly problem: SyncProblem }
  | { readonly type: ToPage.Storage; readonly payload: unknown }
  | Answer
  | { readonly type: ToPage.Status; readonly status: SyncStatus }
  | { readonly type: ToPage.Synced }
  | { readonly type: ToPage.Warning; readonly problem: SyncProblem }
  | { readonly type: ToPage.Pong }
  | { readonly type: ToPage.Closed };
