/**
 * `zero-backend-sync/core`: what pages, workers and an app's own files share. Errors, the status, the data model, and the definition of collections.
 */
export { FEWEST_RELAYS } from './config/relay-list';
export { ErrorCode, SyncError } from './errors';
export type { SyncProblem } from './errors';
export { add, increment, remove } from './intents';
export type { Increment, Intent, IntentFor, ListChange } from './intents';
export type { SyncDocument, SyncObject, SyncValue } from './json';
export { Lifecycle } from './lifecycle';
export { GuestMode } from './open-request';
export type { IdentityPart, MaybeIdentity, OpenRequest } from './open-request';
export { defineCollection } from './schema';
export type {
  CollectionDefinitions,
  CollectionSchema,
  CollectionSettings,
  DocumentOf,
  DocumentsOf,
  JsonTypeName,
  MergeStrategyName,
  PropertySchema,
} from './schema';
export { RelayOrigin, RelayState, startingStatus, SyncPhase, UndecryptableReason } from './status';
export type { RelayStatus, SyncStatus, UndecryptableEvents } from './status';
