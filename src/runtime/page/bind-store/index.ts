/** State that already lives in a store of the app, bound to documents. */
export { createUserBinding } from './bind-for-user';
export type { UserBinding } from './bind-for-user';
export { bindStore } from './bind-store';
export type { BindableEngine, BindStoreOptions, BoundStore, OldState } from './bind-store';
export type { DocumentBinding, ListBinding, PlaceOf, StoreBinding } from './binding';
export { importOnce } from './import-once';
export type { DocumentsToImport, ImportingEngine, OldData, OldKeys } from './import-once';
export { boundKeys } from './sign-out';
export { originOf } from './snapshot';
export { SYNCED, syncedReducer } from './store';
export type { PlacedValues, StoreLike, SyncedAction } from './store';
