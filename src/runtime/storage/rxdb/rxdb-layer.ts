/** Layer 1: the documents of a database in RxDB collections, with their merge state. RxDB on the page reads and writes them through storage-remote. */
import { Subject } from 'rxjs';
import { fillWithDefaultSettings } from 'rxdb/plugins/core';
import type { RxStorage, RxStorageInstance } from 'rxdb/plugins/core';
import { exposeRxStorageRemote } from 'rxdb/plugins/storage-remote';
import type { MessageToRemote } from 'rxdb/plugins/storage-remote';
import type { CollectionDefinitions, CollectionSettings } from '../../core/schema';
import { checkCollectionName } from '../../crdt/document-key';
import { compileRules } from '../../crdt/merge-rules';
import type { JsonSchema } from '../../crdt/merge-rules';
import { compileValidators } from '../../crdt/validate';
import { renamesByCollection, settingsOf } from '../collection-settings';
import { createStore } from '../document-store';
import type { LayerDatabase, LayerOptions, StorageLayer } from '../layer';
import { createAdmission } from '../schema-check';
import { createDexieStorage, deleteDexieStorage } from './dexie-storage';
import { copyLater } from './local-collections';
import { recordCollections } from './record-openings';
import { createStampingStorage } from './stamping-storage';
import type { StampingStorage } from './stamping-storage';
import { reportFaults } from './storage-faults';

/** A database of this layer. What is beyond `LayerDatabase` is for databases of the same layer, and for tests. */
export interface RxdbDatabase extends LayerDatabase {
  readonly stamping: StampingStorage;
}

export interface RxdbLayer extends StorageLayer {
  openDatabase(options: LayerOptions): RxdbDatabase;
}

/**
 * @param storage where RxDB keeps the documents: IndexedDB, unless a test wants another place.
 * @param deleteDatabase leaves nothing of what `storage` holds of a database.
 */
export function createRxdbLayer(
  storage: RxStorage<unknown, unknown> = createDexieStorage(),
  deleteDatabase: StorageLayer['deleteDatabase'] = deleteDexieStorage,
): RxdbLayer {
  return { openDatabase: (options) => openRxdbDatabase(storage, options), deleteDatabase };
}

function openRxdbDatabase(storage: RxStorage<unknown, unknown>, options: LayerOptions): RxdbDatabase {
  const { databaseName, collections, clock, newToken, recorder, onProblem = () => {} } = options;
  refuseUnsupported(collections);
  const definitionOf = (collection: string) => settingsOf(collections, collection);
  const recorded = recorder ? recordCollections(storage, recorder, definitionOf) : storage;
  const stored = rememberInstances(reportFaults(recorded, onProblem));
  const admission = createAdmission(options.installation, databaseName, definitionOf);
  const renames = renamesByCollection(collections);
  const stamping = createStampingStorage({
    storage: stored.storage,
    now: () => clock.now(),
    notBeforeMs: options.notBeforeMs,
    author: options.author,
    // RxDB and its plugins keep collections of their own, which are no part of the schema.
    syncs: (collection) => definitionOf(collection) !== undefined && definitionOf(collection)?.sync !== false,
    schemaOf: (collection) => completedSchema(definitionOf(collection)),
    admit: admission.admit,
    opened: (collection) => admission.rewriteRenamed(collection, store),
  });
  const store = createStore({
    records: stamping,
    now: () => clock.now(),
    revisionToken: newToken().slice(0, 10),
    renames: (collection) => renames.get(collection),
    onNewer: options.onNewer,
  });
  const fromPage = new Subject<MessageToRemote>();
  const { post } = options;
  if (post) exposeRxStorageRemote({ messages$: fromPage, send: post, storage: stamping.storage as never });

  return {
    store,
    stamping,
    collections: stamping.collections,
    receive: (payload) => fromPage.next(payload as MessageToRemote),
    rewriteOutdated: () => admission.rewriteOutdated(store),
    async openAll() {
      const databaseInstanceToken = newToken();
      for (const [collectionName, settings] of Object.entries(collections)) {
        const schema = completedSchema(settings);
        const params = { databaseInstanceToken, databaseName, collectionName, schema, options: {} };
        await stamping.storage.createStorageInstance({ ...params, multiInstance: false, devMode: false } as never);
      }
    },
    async copyLocalCollections(from, signal) {
      for (const [name, source] of (from as RxdbDatabase).stamping.localCollections) {
        const target = stamping.localCollections.get(name);
        if (target) await copyLater(source, target, signal);
      }
    },
    close: stored.close,
  };
}

/** Before anything is opened: what a page hears of later reads as a failure of its database. Names and options are checked there (`checkCollections`). */
function refuseUnsupported(collections: CollectionDefinitions): void {
  for (const [name, settings] of Object.entries(collections)) {
    const schema = completedSchema(settings)!;
    compileValidators(schema);
    if (settings.sync === false) continue;
    checkCollectionName(name);
    compileRules(schema);
  }
}

/** With what RxDB says of every collection, such as that there are no other properties. */
function completedSchema(settings: CollectionSettings | undefined): JsonSchema | undefined {
  return settings && (fillWithDefaultSettings(settings.schema as never) as unknown as JsonSchema);
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
