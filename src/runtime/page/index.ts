/**
 * `zero-backend-sync/page`: the main thread's side, with RxDB as the storage layer. It supervises the worker, opens the database whose storage is there,
 * and keeps the status. Everything heavy is in the worker (`zero-backend-sync/worker`).
 */
export { closedError, createCalls } from './calls';
export type { PageCalls } from './calls';
export { createDeferred } from './deferred';
export type { Deferred } from './deferred';
export { warnDeveloper } from './developer-warnings';
export { createStatusSource } from './status-source';
export type { StatusSource, StatusStream } from './status-source';
export { createQrCode } from './sync-code/load-qr-code';
export type { QrCode } from './sync-code/qr-code';
export { createSyncCode } from './sync-code/sync-code';
export type { SharedCode, SyncCode, SyncCodeOptions, SyncCodeState } from './sync-code/sync-code';
export { createWorkerSupervisor } from './worker-supervisor';
export type { StorageLink, WorkerEvents, WorkerLike, WorkerMessages, WorkerTimeouts } from './worker-contract';
export type { WorkerSupervisor, WorkerSupervisorOptions } from './worker-supervisor';
export { checkCollections, openDatabase, refreshDatabase } from './rxdb/database';
export type { SyncCollectionOf, SyncDatabaseOf } from './rxdb/database';
export { watchDocument } from './rxdb/documents';
export type { DocumentState, DocumentWatch } from './rxdb/documents';
export { watchQuery } from './rxdb/queries';
export type { QueryState, QueryWatch } from './rxdb/queries';
export { createPatch } from './rxdb/patch';
export type { ChangeOf, PatchDocument, PatchFunctionOf, PatchOf, QueryOf, StoredDocumentOf } from './rxdb/patch';
export { createStorageChannel } from './rxdb/storage-channel';
export type { StorageChannel } from './rxdb/storage-channel';
export { bindStore, importOnce, SYNCED, syncedReducer } from './bind-store';
export type {
  BindableEngine,
  BindStoreOptions,
  BoundStore,
  DocumentBinding,
  DocumentsToImport,
  ImportingEngine,
  ListBinding,
  OldData,
  OldKeys,
  OldState,
  PlacedValues,
  PlaceOf,
  StoreBinding,
  StoreLike,
  SyncedAction,
} from './bind-store';
