/** The hooks of zero-backend-sync/react, bound to this app's engine and its collections. */
import { createHooks } from 'zero-backend-sync/react';
import type { SyncHooks } from 'zero-backend-sync/react';
import { SyncEngine } from './engine';
import type { OpenOptions } from './engine';
import type { Collections } from './schema';

const hooks: SyncHooks<Collections, SyncEngine, OpenOptions> = createHooks((options) => SyncEngine.open(options));

/**
 * `SyncProvider` opens an engine for its `identity` and closes it when that changes. Below it `useDocument(collection, id)` gives one document and a way to
 * change it, `useQuery(collection, query)` the documents of a query, `useSyncStatus()` what is true of the sync, `useSyncEngine()` the engine.
 */
export const { SyncProvider, useDocument, useQuery, useSyncEngine, useSyncStatus } = hooks;
