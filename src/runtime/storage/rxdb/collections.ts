/** The documents of one database as the app's schema has them: every collection of schema.ts over one storage, with its merge state. */
import { fillWithDefaultSettings } from 'rxdb/plugins/core';
import type { RxStorage, RxStorageInstance } from 'rxdb/plugins/core';
import { collections } from '../../../lib/schema';
import type { CollectionSettings } from '../../../lib/schema';
import { ErrorCode, SyncError } from '../../core/errors';
import { createAdmission } from '../schema-check';
import type { Installation } from '../../persistence/installation';
import type { Clock } from '../../core/clock';
import { asNames } from '../../crdt/rename';
import type { Renames } from '../../crdt/rename';
import { createStampingStorage } from './stamping-storage';
import type { Author, StampingStorage } from './stamping-storage';
import { createStore } from '../document-store';
import type { DocumentStore } from '../document-store';

export interface DocumentsOptions {
  readonly databaseName: string;
  readonly storage: RxStorage<unknown, unknown>;
  readonly installation: Installation;
  readonly clock: Clock;
  /** Wall clock, ms: no stamp is older. */
  readonly notBeforeMs: number;
  readonly author: () => Author;
  /** 32 random hex digits. */
  readonly newToken: () => string;
}

export interface Documents {
  readonly stamping: StampingStorage;
  readonly store: DocumentStore;
  /** Brings what was stored under an earlier schema up to date. */
  rewriteOutdated(): Promise<void>;
  /** Opens every collection, as a page does over `stamping.storage`. */
  openAll(): Promise<void>;
  close(): Promise<void>;
}

/** @throws SyncError SCHEMA_UNSUPPORTED for a collection that renames and does not sync. */
export function createDocuments(options: DocumentsOptions): Documents {
  const { databaseName, clock, newToken } = options;
  const stored = rememberInstances(options.storage);
  const admission = createAdmission(options.installation, databaseName, settingsOf);
  const renames = renamesByCollection();
  const stamping = createStampingStorage({
    storage: stored.storage,
    now: () => clock.now(),
    notBeforeMs: options.notBeforeMs,
    author: options.author,
    // RxDB and its plugins keep collections of their own, which are no part of the schema.
    syncs: (collection) => settingsOf(collection) !== undefined && settingsOf(collection)?.sync !== false,
    admit: admission.admit,
    opened: (collection) => admission.rewriteRenamed(collection, store),
  });
  const store = createStore({
    stamping,
    now: () => clock.now(),
    revisionToken: newToken().slice(0, 10),
    renames: (collection) => renames.get(collection),
  });

  return {
    stamping,
    store,
    rewriteOutdated: () => admission.rewriteOutdated(store),
    async openAll() {
      const databaseInstanceToken = newToken();
      for (const collectionName of collectionNames()) {
        const schema = fillWithDefaultSettings(settingsOf(collectionName)!.schema as never);
        const params = { databaseInstanceToken, databaseName, collectionName, schema, options: {} };
        await stamping.storage.createStorageInstance({ ...params, multiInstance: false, devMode: false } as never);
      }
    },
    close: stored.close,
  };
}

export const collectionNames = (): readonly string[] => Object.keys(collections);

export function settingsOf(collection: string): CollectionSettings | undefined {
  return Object.entries(collections).find(([name]) => name === collection)?.[1] as CollectionSettings | undefined;
}

function renamesByCollection(): ReadonlyMap<string, Renames> {
  const found = new Map<string, Renames>();
  for (const name of collectionNames()) {
    const { sync, renames } = settingsOf(name)!;
    if (!renames) continue;
    if (sync === false) {
      throw new SyncError(
        ErrorCode.SchemaUnsupported,
        `The collection "${name}" does not sync, so nothing remembers under which name a property was written: take its "renames" out and copy the values in the app.`,
      );
    }
    found.set(name, asNames(renames));
  }
  return found;
}

/** Keeps the instances of a storage, so that all can be closed: the page only closes its own ends of them. */
function rememberInstances(storage: RxStorage<unknown, unknown>) {
  const instances = new Set<RxStorageInstance<never, unknown, unknown>>();
  return {
    storage: {
      name: storage.name,
      rxdbVersion: storage.rxdbVersion,
      async createStorageInstance(params) {
        const instance = await storage.createStorageInstance(params);
        instances.add(instance as never);
        return instance;
      },
    } as RxStorage<unknown, unknown>,
    async close() {
      await Promise.all([...instances].map((instance) => instance.close().catch(() => {})));
    },
  };
}
