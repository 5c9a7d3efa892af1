/**
 * The engine as the app sees it: one local database that syncs by itself. Everything heavy is in the worker; this file says which worker that is, in which
 * order things open, and what page and worker say to each other.
 *
 * zero-backend-sync, MIT licence: node_modules/zero-backend-sync/LICENSE. The files of this folder are yours to read and to change.
 */
import {
  checkCollections,
  closedError,
  createCalls,
  createDeferred,
  createStatusSource,
  createStorageChannel,
  createWorkerSupervisor,
  warnDeveloper,
} from 'zero-backend-sync/page';
import type {
  DocumentWatch,
  PageCalls,
  PatchDocument,
  StatusStream,
  StorageChannel,
  WorkerEvents,
  WorkerLike,
  WorkerMessages,
  WorkerSupervisor,
  WorkerTimeouts,
} from 'zero-backend-sync/page';
import { collections } from './schema';
import type { Collections } from './schema';
import { openStorage } from './storage';
import type { CollectionName, SyncDatabase, SyncStorage } from './storage';
import { CallName, Lifecycle, TEMPLATE_VERSION, ToPage, ToWorker } from './types';
import type { Calls, MessageToPage, MessageToWorker, OpenRequest, SyncObject, SyncStatus } from './types';

/** `createWorker` takes the place of worker/index.ts in tests: `createInProcessWorkers(serve)` of zero-backend-sync/testing. */
export interface OpenOptions extends OpenRequest {
  readonly createWorker?: () => WorkerLike<MessageToWorker, MessageToPage>;
  readonly timeouts?: Partial<WorkerTimeouts>;
}

const startWorker: NonNullable<OpenOptions['createWorker']> = () =>
  new Worker(new URL('./worker/index.ts', import.meta.url), { type: 'module' });

/** What the supervisor of the worker says to it, as messages. */
const messages: WorkerMessages<MessageToWorker> = {
  open: (request) => ({ type: ToWorker.Open, request }),
  storage: (payload) => ({ type: ToWorker.Storage, payload }),
  ready: () => ({ type: ToWorker.Ready }),
  lifecycle: (event) => ({ type: ToWorker.Lifecycle, event }),
  frameLag: (lagMs) => ({ type: ToWorker.FrameLag, lagMs }),
  ping: () => ({ type: ToWorker.Ping }),
  close: () => ({ type: ToWorker.Close }),
};

export class SyncEngine {
  private readonly worker: WorkerSupervisor<MessageToWorker, StorageChannel>;
  private readonly calls: PageCalls<Calls>;
  private readonly statusSource = createStatusSource();
  private readonly firstRead = createDeferred();
  private storage: SyncStorage | undefined;
  private closing: Promise<void> | undefined;

  /**
   * Resolves when the local database answers: the worker names it, the page opens it, then sync starts. Keys and relays follow; see `status$`.
   * @throws SyncError with the codes that docs/guide.md of the package lists, such as STORAGE_BLOCKED, SCHEMA_CHANGED or ALREADY_OPEN.
   */
  static async open(options: OpenOptions): Promise<SyncEngine> {
    checkCollections(collections);
    const engine = new SyncEngine(options);
    try {
      engine.storage = await openStorage(await engine.worker.open(), engine.worker.link);
      engine.worker.markReady();
      return engine;
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  private constructor({ createWorker, timeouts, ...request }: OpenOptions) {
    this.worker = createWorkerSupervisor({
      template: TEMPLATE_VERSION,
      request,
      createWorker: createWorker ?? startWorker,
      isReplaced: createWorker !== undefined,
      messages,
      createLink: createStorageChannel,
      onMessage: (message, worker) => this.receive(message, worker),
      onProblem: (problem) => this.statusSource.setWorkerProblem(problem),
      onReopened: () => this.reopened(),
      timeouts,
    });
    this.calls = createCalls((call) => this.worker.post({ type: ToWorker.Call, ...call }));
  }

  /** The local database: RxDB, typed by schema.ts. Its writes are committed locally and sync by themselves. */
  get db(): SyncDatabase {
    return this.opened().db;
  }

  /** What is true of the sync now. */
  get status(): SyncStatus {
    return this.statusSource.value;
  }

  /** Emits the present status at once and then each change; completes when the engine is closed. */
  get status$(): StatusStream {
    return this.statusSource.status$;
  }

  /**
   * `patch(collection, id, changes)`: takes a value as it is, also one that was computed from an old view, so count with `increment(n)`, change lists with
   * `add(...)` and `remove(...)` of zero-backend-sync/core, and compute the rest in a function: `patch('notes', id, (note) => note && { done: !note.done })`.
   * Inserts a document that is not there, with the schema's defaults; removes what is `undefined`. Resolves when that is committed locally.
   * @throws SyncError DOCUMENT_INVALID, DOCUMENT_MISSING, VALUE_UNSUPPORTED, VALUE_TOO_LARGE, STORAGE_FULL: nothing was written; WORKER_DIED: it may have been.
   */
  get patch(): PatchDocument<Collections> {
    return this.opened().patch;
  }

  /** One document for display, with what is being written laid over it: a change shows in the same frame. */
  watch<Name extends CollectionName>(collection: Name, id: string): DocumentWatch<Collections[Name]> {
    return this.opened().watch(collection, id);
  }

  /**
   * Writes defaults that never win over what a user chose, on this device or another. A higher `version` (0 to 65,535) wins over a lower one.
   * @throws SyncError DOCUMENT_INVALID, VALUE_UNSUPPORTED, VALUE_TOO_LARGE, STORAGE_FULL or ENGINE_CLOSED.
   */
  seed<Name extends CollectionName>(
    collection: Name,
    documents: readonly Partial<Collections[Name]>[],
    { version = 0 }: { readonly version?: number } = {},
  ): Promise<void> {
    return this.calls.call(CallName.Seed, collection, documents as readonly SyncObject[], version);
  }

  /** Resolves when all that the relays hold has been merged for the first time, without relays at once. Rejects with ENGINE_CLOSED. */
  synced(): Promise<void> {
    return this.firstRead.promise;
  }

  /** Closes all connections to relays until `resume`. Reads and writes go on locally. */
  pause(): void {
    this.worker.forward(Lifecycle.Pause);
  }

  resume(): void {
    this.worker.forward(Lifecycle.Resume);
  }

  /** Publishes what can be published within a few seconds, then frees everything. What remains goes out at the next `open`. Idempotent. */
  close(): Promise<void> {
    return (this.closing ??= this.closeAll());
  }

  private async closeAll(): Promise<void> {
    // First the database: the writes under way are committed before the worker is asked to finish.
    await this.statusSource.closeAfter(this.worker.close(async () => this.storage?.close()));
    this.calls.end();
    this.firstRead.reject(closedError());
  }

  private receive(message: MessageToPage, worker: WorkerEvents): void {
    switch (message.type) {
      case ToPage.Opened:
        return worker.opened(message.databaseName);
      case ToPage.Failed:
        return worker.refused(message.problem);
      case ToPage.Storage:
        return worker.storage(message.payload);
      case ToPage.Answer:
        return this.calls.settle(message.id, message.problem, message.result);
      case ToPage.Status:
        return this.statusSource.set(message.status);
      case ToPage.Synced:
        return this.firstRead.resolve();
      case ToPage.Warning:
        return warnDeveloper(message.problem);
      case ToPage.Closed:
        return worker.closed();
      case ToPage.Pong:
        return undefined; // a sign of life, as every message is
      default:
        return message; // Of type never, or a message is missing above.
    }
  }

  private reopened(): void {
    // What the last worker left unanswered is asked again, and queries look anew.
    this.calls.repeat();
    this.storage?.refresh().catch(() => {});
  }

  private opened(): SyncStorage {
    if (this.storage) return this.storage;
    throw closedError();
  }
}
