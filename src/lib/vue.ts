/** The composables of zero-backend-sync/vue, bound to this app's engine and its collections. */
import { createComposables } from 'zero-backend-sync/vue';
import type { SyncComposables } from 'zero-backend-sync/vue';
import { SyncEngine } from './engine';
import type { OpenOptions } from './engine';
import type { Collections } from './schema';

const composables: SyncComposables<Collections, SyncEngine, OpenOptions> = createComposables((options) =>
  SyncEngine.open(options),
);

/**
 * `provideSync` opens an engine for its `identity` and closes it when that changes; so does `SyncProvider`, as a component. Below it
 * `useDocument(collection, id)` gives one document and a way to change it, `useQuery(collection, query)` the documents of a query, `useSyncStatus()` what is
 * true of the sync, `useSyncEngine()` the engine.
 */
export const { provideSync, SyncProvider, useDocument, useQuery, useSyncEngine, useSyncStatus } = composables;
