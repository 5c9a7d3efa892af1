/** Watching single documents of an RxDB database: what is stored, and over it what is being written. */
import { clone } from 'rxdb/plugins/core';
import type { RxCollection, RxDocument } from 'rxdb/plugins/core';
import { ErrorCode, SyncError } from '../../core/errors';
import { sameValue } from '../../core/json';
import type { SyncObject, SyncValue } from '../../core/json';
import { initialDocumentOf } from '../../core/schema';
import { applyChanges, differenceTo } from '../changes';
import type { CollectionOptions, SyncDatabaseOf } from './database';
import { checkChanges, collectionOf, idInvalid, queuePatch, schemaOf } from './patch';
import type { Change, ChangeOf } from './patch';
import type { QueuedPatch } from './patch-queue';
import { toSyncError } from './storage-errors';

/** A document for display. */
export interface DocumentState<Document> {
  /** undefined until it is known, null where there is none. The same object until something in it changes. */
  readonly document: Document | null | undefined;
  /** Why the last write was refused; undefined after one that was not. */
  readonly problem: SyncError | undefined;
}

/** One document as an external store: what is stored, and over it what is being written. */
export interface DocumentWatch<Document> {
  /** The same object until something changes. */
  read(): DocumentState<Document>;
  subscribe(changed: () => void): () => void;
  /**
   * Shown at once, and written as the difference to what was shown: of a counter what it grew by, of a set what was added and removed, of an object the
   * properties that changed; what is as it was shown is not written. So a change of what was shown undoes nothing that came since, and a document that
   * was shown and is gone stays so (DOCUMENT_MISSING). Functions and intents are as in `patch` of the engine. Who does not look at the promise reads the refusal in the state.
   * @param shown the document that the changes were computed from, null for none; by itself the one that `read` gave last.
   */
  patch(change: ChangeOf<Document>, shown?: Document | null): Promise<void>;
}

const watches = new WeakMap<object, Map<string, DocumentWatch<never>>>();

/**
 * The watch of a document, one for all who ask, so that a write shows everywhere in the same frame. Without an id, because it is not known yet, it shows
 * nothing and waits.
 * @example
 * const watch = watchDocument(db, 'preferences', 'ui');
 * const stop = watch.subscribe(() => render(watch.read().document));
 * watch.patch({ theme: 'dark' });
 */
export function watchDocument<Documents, Name extends keyof Documents & string>(
  database: SyncDatabaseOf<Documents>,
  name: Name,
  id: string | null | undefined,
): DocumentWatch<Documents[Name]> {
  if (id === undefined || id === null || id === '') return watchNothing(idInvalid(id));
  // An id from JavaScript may be anything.
  if (typeof id !== 'string') return watchNothing(idInvalid(id), true);
  const ofDatabase = watches.get(database) ?? new Map<string, DocumentWatch<never>>();
  watches.set(database, ofDatabase);
  const key = JSON.stringify([name, id]);
  const known = ofDatabase.get(key) as DocumentWatch<Documents[Name]> | undefined;
  if (known) return known;
  let collection: RxCollection;
  try {
    collection = collectionOf(database, name);
  } catch (error) {
    return watchNothing(error as SyncError, true);
  }
  const watch = createWatch<Documents[Name]>(collection, id, (isUsed) => {
    if (isUsed) ofDatabase.set(key, watch as unknown as DocumentWatch<never>);
    else ofDatabase.delete(key);
  });
  ofDatabase.set(key, watch as unknown as DocumentWatch<never>);
  return watch;
}

interface Writing {
  readonly change: Change;
  readonly queued: QueuedPatch;
}

function createWatch<Document>(
  collection: RxCollection,
  id: string,
  onUseChanged: (isUsed: boolean) => void,
): DocumentWatch<Document> {
  const schema = schemaOf(collection);
  const initial = initialDocumentOf((collection.options as CollectionOptions).schema);
  let stored: RxDocument | null | undefined;
  /** What the query found while a write was under way: it may hold that write, which would show twice. */
  let held: RxDocument | null | undefined;
  let writing: readonly Writing[] = [];
  let state: DocumentState<Document> = { document: undefined, problem: undefined };
  let lastRead: DocumentState<Document> | undefined;
  const listeners = new Set<() => void>();
  let subscription: { unsubscribe(): void } | undefined;

  function show(problem: SyncError | undefined): void {
    const plain = (stored?.toJSON() ?? stored) as SyncObject | null | undefined;
    const next = writing.reduce<SyncObject | null | undefined>((shown, { change }) => over(shown, change), plain);
    const isSame = sameValue(state.document as SyncValue | undefined, next as SyncValue | undefined);
    const document = isSame ? state.document : (next as Document | null | undefined);
    if (isSame && problem === state.problem) return;
    state = { document, problem };
    for (const changed of listeners) changed();
  }

  /** What cannot be shown is refused when it is written. */
  function over(shown: SyncObject | null | undefined, change: Change): SyncObject | null | undefined {
    try {
      const changes = typeof change === 'function' ? change(shown ? clone(shown) : undefined) : change;
      if (changes === undefined) return shown;
      checkChanges(changes);
      return { ...initial, ...applyChanges(shown ?? initial, changes, schema), [collection.schema.primaryPath]: id };
    } catch {
      return shown;
    }
  }

  function store(found: RxDocument | null, problem = state.problem): void {
    if (writing.some(({ queued }) => queued.isSent)) {
      held = found;
      return;
    }
    held = undefined;
    // What a write has returned may be newer than what the query knows so far.
    if (!(found && stored && heightOf(found) < heightOf(stored))) stored = found;
    show(problem);
  }

  /** What was committed with others goes with them, so that nothing shows twice. */
  function settle(queued: QueuedPatch): void {
    writing = writing.filter((one) => one.queued !== queued && !one.queued.isCommitted);
  }

  /** Writes what differs from what was shown. */
  function queue(change: ChangeOf<Document>, shown: Document | null | undefined): Writing {
    if (typeof change !== 'function') checkChanges(change);
    const given = change as Change;
    const toWrite =
      typeof given === 'function' ? given : differenceTo((shown ?? undefined) as SyncObject | undefined, given, schema);
    const isOfDocument = shown !== undefined && shown !== null;
    return { change: toWrite, queued: queuePatch(collection, id, toWrite, isOfDocument || undefined) };
  }

  async function patch(change: ChangeOf<Document>, shown: Document | null | undefined): Promise<void> {
    let queued: QueuedPatch | undefined;
    try {
      const one = queue(change, shown);
      queued = one.queued;
      writing = [...writing, one];
      show(undefined);
      const latest = (await queued.committed)?.getLatest();
      settle(queued);
      store(!latest || latest.deleted ? null : (latest as RxDocument));
    } catch (error) {
      if (queued) settle(queued);
      const problem = error instanceof SyncError ? error : functionFailed(error);
      if (held === undefined) show(problem);
      else store(held, problem);
      throw error;
    }
  }

  return {
    read: () => (lastRead = state),
    subscribe(changed) {
      listeners.add(changed);
      if (!subscription) {
        onUseChanged(true);
        subscription = collection
          .findOne(id)
          .$.subscribe({ next: (found) => store(found), error: (error) => show(toSyncError(error)) });
      }
      return () => {
        listeners.delete(changed);
        if (listeners.size > 0) return;
        subscription?.unsubscribe();
        subscription = undefined;
        onUseChanged(false);
      };
    },
    patch: (change, shown = (lastRead ?? state).document) => withoutUnhandled(patch(change, shown)),
  };
}

/**
 * A watch of nothing.
 * @param problem with which it refuses to write.
 * @param isShown whether the problem is in the state from the start.
 */
export function watchNothing<Document>(problem: SyncError, isShown = false): DocumentWatch<Document> {
  const state: DocumentState<Document> = { document: undefined, problem: isShown ? problem : undefined };
  return { read: () => state, subscribe: () => () => {}, patch: () => withoutUnhandled(Promise.reject(problem)) };
}

/** A refusal that nobody awaits is in the state; it must not become an unhandled rejection too. */
function withoutUnhandled(written: Promise<void>): Promise<void> {
  written.catch(() => {});
  return written;
}

const functionFailed = (cause: unknown): SyncError =>
  new SyncError(
    ErrorCode.ValueUnsupported,
    `The function that computes a change has failed (${cause instanceof Error ? cause.message : String(cause)}). Nothing was written.`,
    { cause },
  );

/** Revisions begin with their number. */
function heightOf(document: { readonly revision: string }): number {
  return parseInt(document.revision, 10);
}
