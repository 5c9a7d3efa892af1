/** What the supervisor and the worker have to do with each other: the worker itself, what is said to it and what it says, and the storage layer's messages. */
import type { SyncProblem } from '../core/errors';
import type { Lifecycle } from '../core/lifecycle';
import type { OpenRequest } from '../core/open-request';

/** Compared as methods are, so that a Worker, whose listeners take more of an event, is a `WorkerLike` too. */
type Listener<Event> = { listen(event: Event): unknown }['listen'];

/** What is used of a Worker. One of `zero-backend-sync/testing` runs in the same thread. */
export interface WorkerLike<ToWorker = unknown, ToPage = unknown> {
  onmessage: Listener<{ readonly data: ToPage }> | null;
  onerror: Listener<{ readonly message: string; preventDefault(): void }> | null;
  postMessage(message: ToWorker): void;
  terminate(): void;
}

/** How each thing that the supervisor says to the worker is said. */
export interface WorkerMessages<ToWorker> {
  open(request: OpenRequest): ToWorker;
  /** Of the storage layer; meant for its other end. */
  storage(payload: unknown): ToWorker;
  /** The local database is open: sync may start. */
  ready(): ToWorker;
  lifecycle(event: Lifecycle): ToWorker;
  /** Milliseconds by which the last animation frames were late, to pace merges. */
  frameLag(lagMs: number): ToWorker;
  ping(): ToWorker;
  /** Flush what can be flushed, close everything, answer. */
  close(): ToWorker;
}

/** What the supervisor has to know of the worker's messages. Any other message is a sign of life, and the app's to understand. */
export interface WorkerEvents {
  /** The local database may be opened under this name. */
  opened(databaseName: string): void;
  /** Of the storage layer; meant for its end on the page. */
  storage(payload: unknown): void;
  /** The local database cannot be opened. */
  refused(problem: SyncProblem): void;
  closed(): void;
}

/** The page's end of a storage layer, which outlives the worker it talks to. */
export interface StorageLink {
  receive(payload: never): void;
  /** A new worker listens. Resolves, when that one has opened everything again, with the first problem it had. */
  connect(post: (payload: unknown) => void): Promise<{ readonly name: string } | undefined>;
  /** There is no worker at present. With `isHopeless` none is in sight, and writes are refused with the problem. */
  disconnect(problem: SyncProblem, isHopeless: boolean): void;
  /** There will be no other worker. */
  end(problem: SyncProblem): void;
  /** Calls back with the number of documents of each change that reaches the page. Returns a function that ends it. */
  onChanged(listener: (documents: number) => void): () => void;
}

/** All in milliseconds but `missedBeats`. */
export interface WorkerTimeouts {
  /** How often the page asks for a sign of life. */
  readonly heartbeat: number;
  /** Unanswered heartbeats after which a worker counts as dead. Counted, not timed: a page that slept has missed none. */
  readonly missedBeats: number;
  /** How long a new worker may take to answer for the first time. */
  readonly start: number;
  /** The first pause before a worker is started again; it doubles up to a minute. */
  readonly restart: number;
  /** How long closing may take in all. */
  readonly close: number;
}
