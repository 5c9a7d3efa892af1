/**
 * The only door to documents: an RxDB database, typed by schema.ts, whose storage is in the worker.
 */
import { createRxDatabase } from 'rxdb/plugins/core';
import type { RxCollection, RxDatabase, RxDocument } from 'rxdb/plugins/core';
import { getRxStorageRemote } from 'rxdb/plugins/storage-remote';
import type { RemoteMessageChannel } from 'rxdb/plugins/storage-remote';
import { collections } from './schema';
import type { Collections } from './schema';
import { ErrorCode, SyncError } from '../runtime/core/errors';
import { toSyncError, withCodedErrors } from '../runtime/page/rxdb/storage-errors';

export type CollectionName = keyof Collections & string;
export type SyncCollection<Name extends CollectionName> = RxCollection<Collections[Name]>;
export type SyncDatabase = RxDatabase<{ [Name in CollectionName]: SyncCollection<Name> }>;

/** More than 13 collections make RxDB's free core first slow and then throw; all databases of a page count. */
const mostCollections = 13;

/**
 * Opens the app's collections over a worker's storage.
 * @throws SyncError ALREADY_OPEN, SCHEMA_UNSUPPORTED, or what the worker refused.
 */
export async function openDatabase(name: string, channel: RemoteMessageChannel): Promise<SyncDatabase> {
  if (Object.keys(collections).length > mostCollections) {
    throw new SyncError(
      ErrorCode.SchemaUnsupported,
      `schema.ts has more than ${mostCollections} collections, the most that RxDB's free core opens. Put kinds that belong together into one collection with a property that tells them apart.`,
    );
  }
  let database: SyncDatabase | undefined;
  try {
    database = (await createRxDatabase({
      name,
      storage: withCodedErrors(
        getRxStorageRemote({ identifier: name, mode: 'storage', messageChannelCreator: async () => channel }),
        (collection) => forgetFailure(database?.collections[collection as CollectionName] as RxCollection | undefined),
      ),
      // The worker's database talks to those of other tabs; this one has the worker only.
      multiInstance: false,
      eventReduce: true,
      // RxDB compares hashes of schemas and refuses a changed one under the same version. The version stays 0 for ever, because the
      // merge state lives in the documents; whether a change of the schema is allowed is the worker's decision.
      hashFunction: () => Promise.resolve('zero-backend-sync'),
    })) as unknown as SyncDatabase;
    const added = await database.addCollections(collections as never);
    for (const collection of Object.values(added)) collection._changeEventBuffer.limit = REMEMBERED_EVENTS;
    return database;
  } catch (error) {
    await database?.close().catch(() => {});
    throw toSyncError(error);
  }
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
 * Changes the given properties of a document, or inserts it with them and the schema's defaults. A property given as `undefined` is removed.
 * Resolves with the document when the write is committed; a conflict with another tab or a merge is retried.
 * @throws SyncError what the worker refused, such as DOCUMENT_INVALID; nothing was written then.
 */
export async function patchDocument<Name extends CollectionName>(
  database: SyncDatabase,
  name: Name,
  id: string,
  partial: Partial<Collections[Name]>,
): Promise<RxDocument<Collections[Name]>> {
  const collection = database[name] as unknown as RxCollection<Properties>;
  const changes = { ...partial, [collection.schema.primaryPath]: id };
  try {
    const { written } = await takeTurn(collection, id, () => enqueuePatch(collection, id, changes));
    return (await written) as unknown as RxDocument<Collections[Name]>;
  } catch (error) {
    throw toSyncError(error);
  }
}

type Properties = Record<string, unknown>;

/** Inserts, or hands the changes to RxDB's queue, which keeps their order and writes what waits in one go. */
async function enqueuePatch(collection: RxCollection<Properties>, id: string, changes: Properties) {
  const known = await collection.findOne(id).exec();
  const document = known ?? (await collection.insertIfNotExists(changes));
  // Without `known` this is either what was just inserted or what another tab inserted meanwhile.
  if (!known && hasAll(document.toJSON(), changes)) return { written: Promise.resolve(document) };
  const written = document.incrementalModify((data) =>
    // A document that was deleted meanwhile is inserted anew: none of its old properties comes back.
    data._deleted
      ? ({ ...collection.schema.defaultValues, ...changes, _deleted: false } as never)
      : { ...data, ...changes },
  );
  return { written };
}

const turns = new WeakMap<object, Map<string, Promise<unknown>>>();

/** Patches of one document are applied in the order in which they were asked for, whether they come to insert it or to change it. */
async function takeTurn<Result>(collection: object, id: string, act: () => Promise<Result>): Promise<Result> {
  const turnsOfCollection = turns.get(collection) ?? new Map<string, Promise<unknown>>();
  turns.set(collection, turnsOfCollection);
  const turn = (turnsOfCollection.get(id) ?? Promise.resolve()).then(act, act);
  turnsOfCollection.set(id, turn);
  try {
    return await turn;
  } finally {
    if (turnsOfCollection.get(id) === turn) turnsOfCollection.delete(id);
  }
}

function hasAll(document: object, changes: object): boolean {
  const has = new Map(Object.entries(document));
  return Object.entries(changes).every(
    ([property, value]) => JSON.stringify(has.get(property)) === JSON.stringify(value),
  );
}

export interface DocumentState<Document> {
  /** undefined until it is known, null where there is none. */
  readonly document: Document | null | undefined;
  /** Why the last write was refused; undefined after one that was not. */
  readonly problem: SyncError | undefined;
}

/** One document as an external store: what is stored, and over it what is being written. */
export interface DocumentWatch<Document> {
  /** The same object until something changes. */
  read(): DocumentState<Document>;
  subscribe(changed: () => void): () => void;
  /** As `patchDocument`, but shown at once. Who does not look at the promise reads the refusal in the state. */
  patch(partial: Partial<Document>): Promise<void>;
}

const watches = new WeakMap<SyncDatabase, Map<string, DocumentWatch<never>>>();

/** The watch of a document, one for all who ask, so that a write shows everywhere in the same frame. */
export function watchDocument<Name extends CollectionName>(
  database: SyncDatabase,
  name: Name,
  id: string,
): DocumentWatch<Collections[Name]> {
  const ofDatabase = watches.get(database) ?? new Map<string, DocumentWatch<never>>();
  watches.set(database, ofDatabase);
  const key = JSON.stringify([name, id]);
  const known = ofDatabase.get(key) as DocumentWatch<Collections[Name]> | undefined;
  if (known) return known;
  const watch = createWatch(database, name, id, (isUsed) => {
    if (isUsed) ofDatabase.set(key, watch as unknown as DocumentWatch<never>);
    else ofDatabase.delete(key);
  });
  ofDatabase.set(key, watch as unknown as DocumentWatch<never>);
  return watch;
}

function createWatch<Name extends CollectionName>(
  database: SyncDatabase,
  name: Name,
  id: string,
  onUseChanged: (isUsed: boolean) => void,
): DocumentWatch<Collections[Name]> {
  type Document = Collections[Name];
  const collection = database[name] as unknown as RxCollection<Document>;
  let stored: RxDocument<Document> | null | undefined;
  let writing: readonly Partial<Document>[] = [];
  let state: DocumentState<Document> = { document: undefined, problem: undefined };
  const listeners = new Set<() => void>();
  let subscription: { unsubscribe(): void } | undefined;

  function show(problem: SyncError | undefined): void {
    const plain = stored?.toJSON() as Document | undefined;
    const beneath = plain ?? (writing.length > 0 ? collection.schema.defaultValues : undefined);
    const document = beneath ? Object.assign({}, beneath, ...writing, { [collection.schema.primaryPath]: id }) : stored;
    state = { document: document as Document | null | undefined, problem };
    for (const changed of listeners) changed();
  }

  function store(found: RxDocument<Document> | null): void {
    // What a write has returned may be newer than what the query knows so far.
    if (found && stored && heightOf(found) < heightOf(stored)) return;
    stored = found;
    show(state.problem);
  }

  return {
    read: () => state,
    subscribe(changed) {
      listeners.add(changed);
      if (!subscription) {
        onUseChanged(true);
        subscription = collection.findOne(id).$.subscribe({ next: store, error: (error) => show(toSyncError(error)) });
      }
      return () => {
        listeners.delete(changed);
        if (listeners.size > 0) return;
        subscription?.unsubscribe();
        subscription = undefined;
        onUseChanged(false);
      };
    },
    patch(partial) {
      writing = [...writing, partial];
      show(undefined);
      const settle = () => (writing = writing.filter((one) => one !== partial));
      const written = patchDocument(database, name, id, partial).then(
        (committed) => {
          settle();
          const latest = committed.getLatest();
          store(latest.deleted ? null : latest);
        },
        (error: SyncError) => {
          settle();
          show(error);
          throw error;
        },
      );
      // A refusal that nobody awaits is in the state; it must not become an unhandled rejection too.
      written.catch(() => {});
      return written;
    },
  };
}

/** Revisions begin with their number. */
function heightOf(document: { readonly revision: string }): number {
  return parseInt(document.revision, 10);
}

/**
 * Brings what this page has cached up to date with a storage that was opened anew: live queries run again, and documents that are held
 * anywhere learn of changes whose events were lost.
 */
export async function refreshDatabase(database: SyncDatabase): Promise<void> {
  await Promise.all(Object.values(database.collections as Record<string, RxCollection>).map(refreshCollection));
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
