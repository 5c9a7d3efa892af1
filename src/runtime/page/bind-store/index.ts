/** State that already lives in a store of the app, bound to documents. */
export { bindStore } from './bind-store';
export type { BindableEngine, BindStoreOptions, BoundStore, OldState } from './bind-store';
export type { DocumentBinding, ListBinding, PlaceOf, StoreBinding } from './binding';
export { importOnce } from './import-once';
export type { DocumentsToImport, ImportingEngine, OldData, OldKeys } from './import-once';
export { holdForUser } from './sign-out';
export { SYNCED, syncedReducer } from './store';
export type { PlacedValues, StoreLike, SyncedAction } from './store';
