/** Layer 1 on the page: an RxDB database whose storage is in the worker. */
import { basePrototype, createRxDatabase, createRxDocumentConstructor, overwritable } from 'rxdb/plugins/core';
import type { RxCollection, RxDatabase } from 'rxdb/plugins/core';
import { getRxStorageRemote } from 'rxdb/plugins/storage-remote';
import type { RemoteMessageChannel } from 'rxdb/plugins/storage-remote';
import { checkDefinitions, namesOf, refuseDevMode } from '../../core/definitions/check-definitions';
import { ErrorCode, SyncError } from '../../core/errors';
import { withoutDefaults } from '../../core/schema';
import type { CollectionDefinitions, CollectionSchema, DocumentsOf } from '../../core/schema';
import { withShownRows } from './shown-rows';
import { toOpeningError, withCodedErrors } from './storage-errors';

/** RxDB's collection of the documents of this type. */
export type SyncCollectionOf<Document> = RxCollection<Document>;
/** RxDB's database; `Documents` has the type of the documents by collection. */
export type SyncDatabaseOf<Documents> = RxDatabase<{ [Name in keyof Documents]: RxCollection<Documents[Name]> }>;

/** More than 13 collections make RxDB's free core first slow and then throw; all databases of a page count. */
const MOST_COLLECTIONS = 13;

/**
 * Refuses what the local database cannot take of the app's definitions. Call it before the worker is started: nothing is opened then.
 * What a schema says of values is checked in the worker, where it is compiled.
 * @throws SyncError SCHEMA_UNSUPPORTED with the collection, the name or option, and what to do.
 * @example
 * checkCollections({ notes, preferences });
 */
export function checkCollections(collections: CollectionDefinitions): void {
  if (Object.keys(collections).length > MOST_COLLECTIONS) {
    throw new SyncError(
      ErrorCode.SchemaUnsupported,
      `schema.ts has more than ${MOST_COLLECTIONS} collections, the most that RxDB's free core opens. Put kinds that belong together into one collection with a property that tells them apart.`,
    );
  }
  refuseDevMode(overwritable.isDevMode());
  const someDocument = new (createRxDocumentConstructor(basePrototype) as unknown as new () => object)();
  checkDefinitions(collections, namesOf(someDocument));
}

/**
 * Opens the app's collections over a worker's storage.
 * @param name as the worker has said it.
 * @param channel of `createStorageChannel`, connected to that worker.
 * @throws SyncError ALREADY_OPEN, SCHEMA_UNSUPPORTED, or what the worker refused.
 * @example
 * const db = await openDatabase(databaseName, supervisor.link, { notes, preferences });
 */
export async function openDatabase<Definitions extends CollectionDefinitions>(
  name: string,
  channel: RemoteMessageChannel,
  collections: Definitions,
): Promise<SyncDatabaseOf<DocumentsOf<Definitions>>> {
  checkCollections(collections);
  let database: RxDatabase | undefined;
  try {
    database = await createRxDatabase({
      name,
      storage: withShownRows(
        withCodedErrors(
          getRxStorageRemote({ identifier: name, mode: 'storage', messageChannelCreator: async () => channel }),
          (collection) => forgetFailure(database?.collections[collection]),
        ),
      ),
      // The worker's database talks to those of other tabs; this one has the worker only.
      multiInstance: false,
      eventReduce: true,
      // RxDB compares hashes of schemas and refuses a changed one under the same version. The version stays 0 for ever, because the
      // merge state lives in the documents; whether a change of the schema is allowed is the worker's decision.
      hashFunction: () => Promise.resolve('zero-backend-sync'),
    });
    refuseNamesOf(database, collections);
    const added = await database.addCollections(asCreators(collections) as never);
    for (const collection of Object.values(added) as RxCollection[])
      collection._changeEventBuffer.limit = REMEMBERED_EVENTS;
    return database as unknown as SyncDatabaseOf<DocumentsOf<Definitions>>;
  } catch (error) {
    await database?.close().catch(() => {});
    throw toOpeningError(error);
  }
}

/** `db.close` is how a database is closed, so it cannot be a collection. */
function refuseNamesOf(database: object, collections: CollectionDefinitions): void {
  const reserved = namesOf(database);
  const name = Object.keys(collections).find((one) => reserved.has(one));
  if (name === undefined) return;
  throw new SyncError(
    ErrorCode.SchemaUnsupported,
    `The collection "${name}" cannot be opened: RxDB's database has "${name}" itself. Give it another name, such as "${name}Items".`,
  );
}

/** What RxDB keeps of a collection for those who patch and watch its documents. */
interface CollectionOptions {
  /** As the app has written it. */
  readonly schema: CollectionSchema;
}

export const schemaOf = (collection: RxCollection): CollectionSchema =>
  (collection.options as CollectionOptions).schema;

/** RxDB would write the schema's defaults into what is inserted, as if the user had chosen them. */
function asCreators(collections: CollectionDefinitions): object {
  const creators = Object.entries(collections).map(([name, settings]) => {
    const options: CollectionOptions = { schema: settings.schema };
    return [name, { ...settings, schema: withoutDefaults(settings.schema), options }] as const;
  });
  return Object.fromEntries(creators);
}

/** RxDB has each run of a query wait for the one before, and after one that failed every later one would fail too. */
function forgetFailure(collection: RxCollection | undefined): void {
  for (const query of collection?._queryCache._map.values() ?? []) {
    query._ensureEqualQueue.catch(() => (query._ensureEqualQueue = Promise.resolve(false)));
  }
}

/**
 * A live query computes its result from the changes since it last looked, as long as RxDB still has them; otherwise it runs again. The 100 that
 * RxDB keeps are one batch of a first sync, during which every query would run again and again.
 */
const REMEMBERED_EVENTS = 1_000;

/**
 * Brings what this page has cached up to date with a storage that was opened anew: live queries run again, and documents that are held
 * anywhere learn of changes whose events were lost.
 * @example
 * onReopened: () => refreshDatabase(db),
 */
export async function refreshDatabase(database: object): Promise<void> {
  await Promise.all(Object.values((database as RxDatabase).collections).map(refreshCollection));
}

async function refreshCollection(collection: RxCollection): Promise<void> {
  const cached = collection._docCache.cacheItemByDocId;
  const stored = await collection.storageInstance.findDocumentsById([...cached.keys()], true);
  // RxDB has no public way to say that events were lost. -1 is its own mark for a query that has to run against the storage.
  for (const query of collection._queryCache._map.values()) query._latestChangeEvent = -1;
  collection.database.$emit({
    id: `${collection.database.token}-refreshed-${Math.random()}`,
    collectionName: collection.name,
    databaseToken: collection.database.token,
    storageToken: await collection.database.storageToken,
    isLocal: false,
    internal: false,
    checkpoint: undefined as never,
    context: 'refresh',
    events: stored.flatMap((documentData) => {
      const documentId = String(documentData[collection.schema.primaryPath as never]);
      const previousDocumentData = cached.get(documentId)?.[1];
      if (!previousDocumentData || previousDocumentData._rev === documentData._rev) return [];
      const operation = documentData._deleted ? 'DELETE' : 'UPDATE';
      return [{ operation, documentId, documentData, previousDocumentData } as never];
    }),
  });
}
