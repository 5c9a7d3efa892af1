/**
 * The engine as the app sees it: one local database that syncs by itself. Everything heavy is in the worker; this file starts it, keeps it
 * alive and tells it what only a page can see.
 */
import { BehaviorSubject } from 'rxjs';
import type { Observable } from 'rxjs';
import type { RxDocument } from 'rxdb/plugins/core';
import type { Collections } from './schema';
import { openDatabase, patchDocument, refreshDatabase } from './storage';
import type { CollectionName, SyncDatabase } from './storage';
import { ErrorCode, SyncError } from '../runtime/core/errors';
import { Lifecycle } from '../runtime/core/lifecycle';
import { SyncPhase } from '../runtime/core/status';
import { ToMain, ToWorker } from '../runtime/core/messages';
import type { MessageToMain } from '../runtime/core/messages';
import type { OpenRequest } from '../runtime/core/open-request';
import type { SyncDocument } from '../runtime/core/json';
import type { SyncProblem } from '../runtime/core/errors';
import type { SyncStatus } from '../runtime/core/status';
import { WorkerConnection } from '../runtime/page/worker-supervisor';
import type { Patience, StartWorker } from '../runtime/page/worker-supervisor';
import { watchFrames, watchPage } from '../runtime/page/page-events';
import { checkRequirements } from '../runtime/page/requirements';

export interface OpenOptions extends OpenRequest {
  /**
   * Who the user is, in values that never change: ids rather than e-mail addresses. All devices that give the same values in the same
   * order share their data; nothing else connects them. Null for a guest, as long as the app does not know its user: a database of this
   * browser alone, without keys and relays.
   */
  readonly identity: readonly string[] | null;
  /**
   * What was written in this browser as a guest (`identity: null`) becomes this user's: it is moved into this database in the background
   * and syncs from then on, and the next guest begins with nothing. Without it the guest database stays apart as it is.
   */
  readonly adoptGuest?: boolean;
  /** Mixed into the keys: a passphrase, a WebAuthn PRF output, a token of the app's auth provider. Every device needs the same one. */
  readonly secret?: string;
  /** Instead of the relays of config.json. An empty list keeps everything on this device. */
  readonly relays?: readonly string[];
  /** Without a worker and with storage in memory: for tests. */
  readonly inProcess?: boolean;
  /** Another worker than `worker/index.ts`, and other limits of patience with it: for tests of the engine itself. */
  readonly startWorker?: StartWorker;
  readonly patience?: Patience;
}

interface PendingSeed {
  readonly collection: string;
  readonly documents: readonly SyncDocument[];
  readonly version: number;
  resolve(): void;
  reject(error: SyncError): void;
}

interface Waiting {
  resolve(): void;
  reject(error: SyncError): void;
}

/** What is true before a worker has said anything. */
export const startingStatus: SyncStatus = {
  phase: SyncPhase.Starting,
  pending: 0,
  durableOn: 0,
  relays: [],
  lastSyncedAt: null,
  clockSkewMs: null,
  quarantined: 0,
  problems: [],
};

export class SyncEngine {
  private database: SyncDatabase | undefined;
  private readonly connection: WorkerConnection;
  private readonly statusSubject = new BehaviorSubject(startingStatus);
  /** What the worker says about itself; what the page knows about the worker is added to it. */
  private workerStatus = startingStatus;
  private workerProblem: SyncProblem | undefined;
  private isSynced = false;
  private readonly waitingForSync = new Set<Waiting>();
  private readonly seeds = new Map<number, PendingSeed>();
  private lastSeed = 0;
  private closing: Promise<void> | undefined;
  private readonly stopWatching: () => void;

  /**
   * Resolves when the local database answers. Deriving the keys and finding the relays go on behind; see `status$`.
   * @throws SyncError ENVIRONMENT_UNSUPPORTED, IDENTITY_INVALID, CONFIG_INVALID, SCHEMA_UNSUPPORTED, SCHEMA_CHANGED, STORAGE_BLOCKED,
   * STORAGE_FULL, STORAGE_FAILED, ALREADY_OPEN or WORKER_DIED.
   */
  static async open(options: OpenOptions): Promise<SyncEngine> {
    const engine = new SyncEngine(options, await chooseWorker(options));
    try {
      const databaseName = await engine.connection.open();
      engine.database = await openDatabase(databaseName, engine.connection.channel);
      engine.connection.markReady();
      return engine;
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  private constructor({ identity, secret, relays, adoptGuest, patience }: OpenOptions, startWorker: StartWorker) {
    const request: OpenRequest = {
      identity,
      ...(secret !== undefined && { secret }),
      ...(relays && { relays }),
      ...(adoptGuest && { adoptGuest }),
    };
    const listener = {
      message: (message: MessageToMain) => this.receive(message),
      problem: (problem: SyncProblem | undefined) => {
        this.workerProblem = problem;
        this.publishStatus();
      },
      reopened: () => this.reopened(),
    };
    this.connection = new WorkerConnection(startWorker, request, listener, patience);
    const stopPage = watchPage((event) => this.connection.forward(event));
    const noteChange = watchFrames((lagMs) => this.connection.post({ type: ToWorker.FrameLag, lagMs }));
    const changes = this.connection.channel.messages$.subscribe(({ method, return: bulk }) => {
      if (method === 'changeStream') noteChange((bulk as { events?: readonly unknown[] }).events?.length ?? 0);
    });
    this.stopWatching = () => {
      stopPage();
      changes.unsubscribe();
    };
  }

  /** The local database: RxDB, typed by schema.ts. Its writes are committed locally and sync by themselves. */
  get db(): SyncDatabase {
    // Nobody has an engine before `open` has resolved, and then there is a database.
    return this.database!;
  }

  /** What is true now; `status$` emits it and every change of it. */
  get status(): SyncStatus {
    return this.statusSubject.value;
  }

  /** Emits the present status at once and then each change; completes when the engine is closed. */
  get status$(): Observable<SyncStatus> {
    return this.statusSubject.asObservable();
  }

  /**
   * Changes the given properties of a document, or inserts it with them and the schema's defaults. Resolves when that is committed
   * locally; no network is waited for.
   * @throws SyncError DOCUMENT_INVALID, VALUE_UNSUPPORTED, VALUE_TOO_LARGE or STORAGE_FULL, and nothing was written; WORKER_DIED, and it
   * may have been; ENGINE_CLOSED.
   */
  async patch<Name extends CollectionName>(
    collection: Name,
    id: string,
    partial: Partial<Collections[Name]>,
  ): Promise<RxDocument<Collections[Name]>> {
    this.throwIfClosed();
    return patchDocument(this.db, collection, id, partial);
  }

  /**
   * Writes defaults that never win over what a user chose, on this device or another, whenever that arrives. A higher `version` (default
   * 0, at most 65,535) wins over what a lower one wrote. Giving the same documents again changes nothing.
   * @throws SyncError DOCUMENT_INVALID, VALUE_UNSUPPORTED, VALUE_TOO_LARGE, STORAGE_FULL or ENGINE_CLOSED.
   */
  async seed<Name extends CollectionName>(
    collection: Name,
    documents: readonly Partial<Collections[Name]>[],
    { version = 0 }: { readonly version?: number } = {},
  ): Promise<void> {
    this.throwIfClosed();
    await new Promise<void>((resolve, reject) => {
      const requestId = (this.lastSeed += 1);
      this.seeds.set(requestId, {
        collection,
        documents: documents as readonly SyncDocument[],
        version,
        resolve,
        reject,
      });
      this.postSeed(requestId);
    });
  }

  /**
   * Resolves once everything that other devices had stored on the relays has been read and merged for the first time since `open`; at
   * once when there are no relays. Offline it waits.
   * @throws SyncError ENGINE_CLOSED when the engine is closed before.
   */
  async synced(): Promise<void> {
    if (this.isSynced) return;
    this.throwIfClosed();
    await new Promise<void>((resolve, reject) => this.waitingForSync.add({ resolve, reject }));
  }

  /** Closes all connections to relays until `resume`. Reads and writes go on locally. */
  pause(): void {
    this.connection.forward(Lifecycle.Pause);
  }

  resume(): void {
    this.connection.forward(Lifecycle.Resume);
  }

  /** Publishes what can be published within a few seconds, then frees everything. What remains goes out at the next `open`. Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private async closeAll(): Promise<void> {
    this.stopWatching();
    // First the database, so that the writes under way are committed before the worker is asked to finish.
    await this.connection.close(async () => this.database?.close().catch(() => {}));
    const closed = new SyncError(ErrorCode.EngineClosed, 'The engine was closed before this could happen.');
    for (const { reject } of [...this.waitingForSync, ...this.seeds.values()]) reject(closed);
    this.waitingForSync.clear();
    this.seeds.clear();
    this.statusSubject.next({ ...this.status, phase: SyncPhase.Closed });
    this.statusSubject.complete();
  }

  private receive(message: MessageToMain): void {
    switch (message.type) {
      case ToMain.Status:
        this.workerStatus = message.status;
        return this.publishStatus();
      case ToMain.Synced:
        this.isSynced = true;
        for (const { resolve } of this.waitingForSync) resolve();
        return this.waitingForSync.clear();
      case ToMain.Seeded:
        return this.settleSeed(message.requestId, message.problem);
      case ToMain.Warning:
        return warnOnce(message.problem);
    }
  }

  private reopened(): void {
    for (const requestId of this.seeds.keys()) this.postSeed(requestId);
    // A worker that dies again meanwhile is another `reopened`.
    if (this.database) refreshDatabase(this.database).catch(() => {});
  }

  private postSeed(requestId: number): void {
    const seed = this.seeds.get(requestId);
    if (!seed) return;
    const { collection, documents, version } = seed;
    this.connection.post({ type: ToWorker.Seed, requestId, collection, documents, version });
  }

  private settleSeed(requestId: number, problem: SyncProblem | undefined): void {
    const seed = this.seeds.get(requestId);
    this.seeds.delete(requestId);
    if (problem) seed?.reject(new SyncError(problem.code, problem.message));
    else seed?.resolve();
  }

  private publishStatus(): void {
    if (this.closing) return;
    const problems = this.workerProblem
      ? [this.workerProblem, ...this.workerStatus.problems]
      : this.workerStatus.problems;
    this.statusSubject.next({ ...this.workerStatus, problems });
  }

  private throwIfClosed(): void {
    if (this.closing) throw new SyncError(ErrorCode.EngineClosed, 'This engine has been closed. Open another one.');
  }
}

async function chooseWorker({ startWorker, inProcess }: OpenOptions): Promise<StartWorker> {
  if (startWorker) return startWorker;
  if (inProcess) return (await import('../runtime/testing/in-process')).startInProcess();
  checkRequirements();
  return startBrowserWorker;
}

const startBrowserWorker: StartWorker = ({ message, failed }) => {
  const worker = new Worker(new URL('./worker/index.ts', import.meta.url));
  worker.onmessage = ({ data }: MessageEvent<MessageToMain>) => message(data);
  worker.onerror = (event) => {
    event.preventDefault();
    failed(event.message || 'its script could not be loaded');
  };
  return { post: (toWorker) => worker.postMessage(toWorker), terminate: () => worker.terminate() };
};

const warned = new Set<ErrorCode>();

/** Said to the developer, never to the user: a warning asks for another line of code. */
function warnOnce({ code, message }: SyncProblem): void {
  if (process.env.NODE_ENV !== 'development' || warned.has(code)) return;
  warned.add(code);
  // eslint-disable-next-line no-console -- the only place where a developer sees it before users are affected; not in production builds
  console.warn(`zero-backend-sync: ${message} (${code})`);
}
