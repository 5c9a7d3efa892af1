/** Watching queries of an RxDB database: what was found, and over it what is being written. */
import { getSortComparator, normalizeMangoQuery } from 'rxdb/plugins/core';
import type { MangoQuery, RxCollection, RxDocument } from 'rxdb/plugins/core';
import type { SyncError } from '../../core/errors';
import { sameValue } from '../../core/json';
import type { SyncObject } from '../../core/json';
import type { SyncDatabaseOf } from './database';
import { collectionOf } from './patch';
import type { QueryOf } from './patch';
import { placeDocument } from './place-document';
import type { Placing } from './place-document';
import { toSyncError } from './storage-errors';
import { heightOf, writesOf } from './writes';
import type { WritingChange } from './writes';

/** The documents of a query, for display. */
export interface QueryState<Document> {
  /** In their order. The same list until something in it changes, and of each document the same object until something in that changes. */
  readonly documents: readonly Document[];
  /** The query has not run yet. */
  readonly isLoading: boolean;
  /** Why the query could not be run; the documents are those of before then. */
  readonly problem: SyncError | undefined;
}

/** A query as an external store. */
export interface QueryWatch<Document> {
  /** The same object until something changes. */
  read(): QueryState<Document>;
  subscribe(changed: () => void): () => void;
}

const loading: QueryState<never> = { documents: [], isLoading: true, problem: undefined };

/** So many more than a query asks for are read: what a write moves out of its limit makes room for one that is known already. */
const SPARE_DOCUMENTS = 10;

/**
 * The watch of a query. What is being written shows in the frame in which it is written, where it belongs by selector, sort and limit. Of a document that
 * the page has not read, only an insert can be shown before it is committed.
 * @param query JSON, as `readQuery` has checked it.
 * @example
 * const watch = watchQuery(db, 'notes', { selector: { done: false }, sort: [{ order: 'asc' }] });
 * const stop = watch.subscribe(() => render(watch.read().documents));
 */
export function watchQuery<Documents, Name extends keyof Documents & string>(
  database: SyncDatabaseOf<Documents>,
  name: Name,
  query: QueryOf<Documents[Name]>,
): QueryWatch<Documents[Name]> {
  try {
    return createWatch<Documents[Name]>(collectionOf(database, name), query as MangoQuery<SyncObject>);
  } catch (error) {
    return watchNoQuery(toSyncError(error));
  }
}

/** A watch that finds nothing: of a query that cannot be run, or that waits for an engine. */
export function watchNoQuery<Document>(problem?: SyncError): QueryWatch<Document> {
  const state: QueryState<Document> = problem ? { documents: [], isLoading: false, problem } : loading;
  return { read: () => state, subscribe: () => () => {} };
}

function createWatch<Document>(collection: RxCollection, query: MangoQuery<SyncObject>): QueryWatch<Document> {
  const writes = writesOf(collection);
  const { limit, skip = 0 } = query;
  const found$ = collection.find(limit === undefined ? query : { ...query, limit: limit + SPARE_DOCUMENTS });
  const { jsonSchema, primaryPath } = collection.schema;
  // RxDB's has no answer for two that stand at the same place.
  const compare: (one: SyncObject, other: SyncObject) => number | undefined = getSortComparator(
    jsonSchema as never,
    normalizeMangoQuery(jsonSchema as never, query as never),
  );
  const placing: Placing = {
    matches: (document) => found$.doesDocumentDataMatch(document),
    compare: (one, other) => compare(one, other) ?? 0,
    idOf: (document) => document[primaryPath as string] as string,
    isFirstPage: skip === 0,
    mostKnown: limit === undefined ? Infinity : limit + SPARE_DOCUMENTS,
  };
  let found: readonly RxDocument[] | undefined;
  /** Of documents that are being written: as they were stored before. */
  const before = new Map<string, RxDocument | null>();
  /** Committed, and maybe not found yet. */
  const committed = new Map<string, RxDocument | null>();
  let shownById = new Map<string, SyncObject>();
  let state: QueryState<Document> = loading;
  const listeners = new Set<() => void>();
  let stop: (() => void) | undefined;

  function show(problem: SyncError | undefined): void {
    if (!found && !problem) return;
    const all = found ? withWritten(found.map(plainOf)) : [];
    const documents = asShownBefore(limit === undefined ? all : all.slice(0, limit));
    const isSame = sameItems(state.documents, documents);
    if (isSame && !state.isLoading && problem === state.problem) return;
    state = { documents: isSame ? state.documents : documents, isLoading: false, problem };
    for (const changed of listeners) changed();
  }

  function withWritten(documents: readonly SyncObject[]): readonly SyncObject[] {
    let shown = documents;
    for (const id of committed.keys()) {
      if (hasFound(id, documents)) committed.delete(id);
      else if (!writes.has(id)) shown = placeDocument(shown, id, plainOf(knownOf(id)), placing);
    }
    for (const id of before.keys()) if (!writes.has(id)) before.delete(id);
    for (const id of writes.ids()) {
      const written = writes.over(id, plainOf(storedBefore(id)));
      if (!written || isComplete(written)) shown = placeDocument(shown, id, written, placing);
    }
    return shown;
  }

  /** What the query has found may hold the write already, which would show twice. */
  function storedBefore(id: string): RxDocument | null {
    if (!before.has(id) || !writes.isSent(id)) before.set(id, knownOf(id));
    return before.get(id)!;
  }

  /** As far as this page knows. */
  function knownOf(id: string): RxDocument | null {
    const data = collection._docCache.getLatestDocumentDataIfExists(id);
    const known = data && collection._docCache.getCachedRxDocument(data);
    const last = committed.get(id);
    const latest = known && last && heightOf(known) < heightOf(last) ? last : (known ?? last);
    return latest && !latest.deleted ? latest : null;
  }

  /** The query has run since the document was committed. */
  function hasFound(id: string, documents: readonly SyncObject[]): boolean {
    const latest = knownOf(id);
    const one = found!.find((document) => document.primary === id);
    if (one) return latest !== null && heightOf(one) >= heightOf(latest);
    const plain = plainOf(latest);
    return plain === null || !placeDocument(documents, id, plain, placing).includes(plain);
  }

  /** What is written of a document that this page has not read is not the whole of it. */
  function isComplete(document: SyncObject): boolean {
    return collection.schema.jsonSchema.required!.every((name) => name.startsWith('_') || name in document);
  }

  /** Of each document the object that was shown last, if that is the same. */
  function asShownBefore(shown: readonly SyncObject[]): readonly Document[] {
    const last = shownById;
    shownById = new Map(
      shown.map((document) => {
        const id = placing.idOf(document);
        const one = last.get(id);
        return [id, one && sameValue(one, document) ? one : document];
      }),
    );
    return [...shownById.values()] as unknown as readonly Document[];
  }

  function follow({ id, committed: document }: WritingChange): void {
    if (document !== undefined) {
      committed.set(id, document);
      before.set(id, document);
    }
    show(state.problem);
  }

  function start(): () => void {
    const subscriptions = [
      found$.$.subscribe({
        next: (documents) => {
          found = documents as RxDocument[];
          show(undefined);
        },
        error: (error) => show(toSyncError(error)),
      }),
      // What was committed may be changed or removed again before the query has found it.
      collection.eventBulks$.subscribe(() => committed.size > 0 && show(state.problem)),
    ];
    const unfollow = writes.onChanged(null, follow);
    return () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
      unfollow();
      before.clear();
      committed.clear();
    };
  }

  return {
    read: () => state,
    subscribe(changed) {
      listeners.add(changed);
      stop ??= start();
      return () => {
        listeners.delete(changed);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
      };
    },
  };
}

function sameItems(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

const plainByDocument = new WeakMap<RxDocument, SyncObject>();

function plainOf<Found extends RxDocument | null>(document: Found): SyncObject | (Found & null) {
  if (!document) return document as Found & null;
  let plain = plainByDocument.get(document);
  if (!plain) plainByDocument.set(document, (plain = document.toJSON() as SyncObject));
  return plain;
}
