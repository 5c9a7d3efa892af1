/** The session of one worker, from before it is opened until after it is closed: what the worker's message loop calls. */
import { ErrorCode, SyncError } from '../core/errors';
import type { SyncDocument } from '../core/json';
import type { Lifecycle } from '../core/lifecycle';
import type { OpenRequest } from '../core/open-request';
import type { Environment } from './environment';
import { openSession } from './session';
import type { OpenSession, SessionListener } from './session';

/** What the message loop of a worker calls. */
export interface WorkerSession {
  /**
   * Resolves with the name of the local database when it may be opened.
   * @throws SyncError CONFIG_INVALID, IDENTITY_INVALID, SECRET_INVALID, STORAGE_BLOCKED, STORAGE_NEWER, SCHEMA_CHANGED, SCHEMA_UNSUPPORTED or what IndexedDB says; `toProblem`
   * makes it fit for a message.
   */
  open(request: OpenRequest): Promise<string>;
  /** A message of the storage layer's end on the page. Without an open database it is lost. */
  receiveStorage(payload: unknown): void;
  /** Every collection is open on the page: sync may start. */
  start(): void;
  lifecycle(event: Lifecycle): void;
  /** Milliseconds by which the last animation frames of the page were late, to pace merges. */
  frameLag(lagMs: number): void;
  /** @throws SyncError DOCUMENT_INVALID, VALUE_UNSUPPORTED, VALUE_TOO_LARGE or SCHEMA_UNSUPPORTED before anything is written. */
  seed(collection: string, documents: readonly SyncDocument[], version: number): Promise<void>;
  /** Flushes what can be flushed and closes everything. Idempotent; never rejects. */
  close(): Promise<void>;
}

/**
 * Creates the session of a worker; it does nothing before `open`.
 * @example
 * const session = createWorkerSession(createBrowserEnvironment({ config, collections, loadBlackBox: () => loadBlackBox(() => import('./crypto.wasm')) }), {
 *   onStorage: (payload) => post({ type: ToPage.Storage, payload }),
 *   onStatus: (status) => post({ type: ToPage.Status, status }),
 *   onSynced: () => post({ type: ToPage.Synced }),
 *   onWarning: (problem) => post({ type: ToPage.Warning, problem }),
 * });
 */
export function createWorkerSession(environment: Environment, listener: SessionListener): WorkerSession {
  let session: OpenSession | undefined;
  let opening: Promise<OpenSession> | undefined;
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    // What is still being opened is closed as soon as it is open; what cannot be opened leaves nothing to close.
    const opened = await opening?.catch(() => undefined);
    await opened?.close().catch(() => {});
  }

  return {
    async open(request) {
      opening = openSession(request, environment, listener);
      session = await opening;
      return session.databaseName;
    },
    receiveStorage: (payload) => session?.receiveStorage(payload),
    start: () => session?.start(),
    lifecycle: (event) => session?.lifecycle(event),
    frameLag: (lagMs) => session?.frameLag(lagMs),
    async seed(collection, documents, version) {
      if (!session) throw new SyncError(ErrorCode.StorageFailed, 'The local database is not open yet. Open it first.');
      await session.seed(collection, documents, version);
    },
    close: () => (closing ??= close()),
  };
}
