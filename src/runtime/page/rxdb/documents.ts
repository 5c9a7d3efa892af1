/** Writing and watching single documents of an RxDB database: patches in order, and optimistic reads. */
import type { MangoQuery, RxCollection, RxDocument } from 'rxdb/plugins/core';
import type { SyncError } from '../../core/errors';
import type { CollectionOptions, SyncDatabaseOf } from './database';
import { toSyncError } from './storage-errors';

/** A document as RxDB gives it: read-only properties, `remove()`, `$` and the like. */
export type StoredDocumentOf<Document> = RxDocument<Document>;
/** Changes of a document: a property given as `undefined` is removed. */
export type PatchOf<Document> = { readonly [Name in keyof Document]?: Document[Name] | undefined };
/** A query in RxDB's Mango syntax. Sort ascending: only then an index serves. */
export type QueryOf<Document> = MangoQuery<Document>;

/**
 * Changes the given properties of a document, or inserts it with them and the schema's defaults. A property given as `undefined` is removed.
 * Resolves with the document when the write is committed; a conflict with another tab or a merge is retried.
 * @throws SyncError what the worker refused, such as DOCUMENT_INVALID; nothing was written then.
 * @example
 * await patchDocument(db, 'preferences', 'ui', { theme: 'dark' });
 */
export async function patchDocument<Documents, Name extends keyof Documents & string>(
  database: SyncDatabaseOf<Documents>,
  name: Name,
  id: string,
  partial: PatchOf<Documents[Name]>,
): Promise<RxDocument<Documents[Name]>> {
  const collection = database.collections[name] as unknown as RxCollection<Properties>;
  const changes = { ...partial, [collection.schema.primaryPath]: id };
  try {
    const { written } = await takeTurn(collection, id, () => enqueuePatch(collection, id, changes));
    return (await written) as unknown as RxDocument<Documents[Name]>;
  } catch (error) {
    throw toSyncError(error);
  }
}

type Properties = Record<string, unknown>;

/** Inserts, or hands the changes to RxDB's queue, which keeps their order and writes what waits in one go. */
async function enqueuePatch(collection: RxCollection<Properties>, id: string, changes: Properties) {
  const known = await collection.findOne(id).exec();
  const inserted = known ? undefined : await insertNew(collection, changes);
  if (inserted?.isNew) return { written: Promise.resolve(inserted.document) };
  const document = known ?? inserted!.document;
  const written = document.incrementalModify((data) =>
    // A document that was deleted meanwhile is inserted anew: none of its old properties comes back.
    data._deleted ? ({ ...changes, _deleted: false } as never) : { ...data, ...changes },
  );
  return { written };
}

/** Inserts the document; one that another tab has inserted meanwhile stays as it is. */
async function insertNew(collection: RxCollection<Properties>, document: Properties) {
  const { success, error } = await collection.bulkInsert([document]);
  if (success[0]) return { document: success[0], isNew: true };
  const refusal = error[0]!;
  if (refusal.status !== 409) throw refusal;
  return { document: collection._docCache.getCachedRxDocument(refusal.documentInDb), isNew: false };
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

/** A document for display. */
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
  patch(partial: PatchOf<Document>): Promise<void>;
}

const watches = new WeakMap<object, Map<string, DocumentWatch<never>>>();

/**
 * The watch of a document, one for all who ask, so that a write shows everywhere in the same frame.
 * @example
 * const watch = watchDocument(db, 'preferences', 'ui');
 * const stop = watch.subscribe(() => render(watch.read().document));
 * watch.patch({ theme: 'dark' });
 */
export function watchDocument<Documents, Name extends keyof Documents & string>(
  database: SyncDatabaseOf<Documents>,
  name: Name,
  id: string,
): DocumentWatch<Documents[Name]> {
  const ofDatabase = watches.get(database) ?? new Map<string, DocumentWatch<never>>();
  watches.set(database, ofDatabase);
  const key = JSON.stringify([name, id]);
  const known = ofDatabase.get(key) as DocumentWatch<Documents[Name]> | undefined;
  if (known) return known;
  const watch = createWatch(database, name, id, (isUsed) => {
    if (isUsed) ofDatabase.set(key, watch as unknown as DocumentWatch<never>);
    else ofDatabase.delete(key);
  });
  ofDatabase.set(key, watch as unknown as DocumentWatch<never>);
  return watch;
}

function createWatch<Documents, Name extends keyof Documents & string>(
  database: SyncDatabaseOf<Documents>,
  name: Name,
  id: string,
  onUseChanged: (isUsed: boolean) => void,
): DocumentWatch<Documents[Name]> {
  type Document = Documents[Name];
  const collection = database.collections[name] as unknown as RxCollection<Document>;
  let stored: RxDocument<Document> | null | undefined;
  let writing: readonly PatchOf<Document>[] = [];
  let state: DocumentState<Document> = { document: undefined, problem: undefined };
  const listeners = new Set<() => void>();
  let subscription: { unsubscribe(): void } | undefined;

  function show(problem: SyncError | undefined): void {
    const plain = stored?.toJSON() as Document | undefined;
    const beneath = plain ?? (writing.length > 0 ? (collection.options as CollectionOptions).defaults : undefined);
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
