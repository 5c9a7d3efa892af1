/** Watching single documents of an RxDB database: what is stored, and over it what is being written. */
import type { RxCollection, RxDocument } from 'rxdb/plugins/core';
import type { Subscription } from 'rxjs';
import { ErrorCode, SyncError } from '../../core/errors';
import { sameValue } from '../../core/json';
import type { SyncObject, SyncValue } from '../../core/json';
import { checkChanges, copyChanges, differenceTo } from '../changes';
import type { Change } from '../changes';
import { schemaOf } from './database';
import type { SyncDatabaseOf } from './database';
import { collectionOf, idInvalid, queuePatch } from './patch';
import type { ChangeOf } from './patch';
import { toSyncError } from './storage-errors';
import { heightOf, writesOf } from './writes';
import type { WritingChange } from './writes';

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

function createWatch<Document>(
  collection: RxCollection,
  id: string,
  onUseChanged: (isUsed: boolean) => void,
): DocumentWatch<Document> {
  const writes = writesOf(collection);
  let stored: RxDocument | null | undefined;
  /** What the query found while a write was under way: it may hold that write, which would show twice. */
  let held: RxDocument | null | undefined;
  let state: DocumentState<Document> = { document: undefined, problem: undefined };
  let lastRead: DocumentState<Document> | undefined;
  const listeners = new Set<() => void>();
  let subscription: Subscription | undefined;

  function show(problem: SyncError | undefined): void {
    const plain = (stored?.toJSON() ?? stored) as SyncObject | null | undefined;
    const next = writes.over(id, plain);
    const isSame = sameValue(state.document as SyncValue | undefined, next as SyncValue | undefined);
    const document = isSame ? state.document : (next as Document | null | undefined);
    if (isSame && problem === state.problem) return;
    state = { document, problem };
    for (const changed of listeners) changed();
  }

  function store(found: RxDocument | null, problem = state.problem): void {
    if (writes.isSent(id)) {
      held = found;
      return;
    }
    held = undefined;
    // What a write has returned may be newer than what the query knows so far.
    if (!(found && stored && heightOf(found) < heightOf(stored))) stored = found;
    show(problem);
  }

  /** Writes what differs from what was shown. */
  async function patch(change: ChangeOf<Document>, shown: Document | null | undefined): Promise<void> {
    try {
      if (typeof change !== 'function') checkChanges(change);
      const given = (typeof change === 'function' ? change : copyChanges(change)) as Change;
      const before = (shown ?? undefined) as SyncObject | undefined;
      const toWrite = typeof given === 'function' ? given : differenceTo(before, given, schemaOf(collection));
      const { committed } = queuePatch(collection, id, toWrite, before !== undefined || undefined);
      // Without a subscriber nothing else does.
      const followed = subscription ? undefined : writes.onChanged(id, follow);
      show(undefined);
      await committed.finally(followed);
    } catch (error) {
      const problem = error instanceof SyncError ? error : functionFailed(error);
      show(problem);
      throw problem;
    }
  }

  /** What is written of it begins, is committed or was refused. */
  function follow({ committed }: WritingChange): void {
    if (committed !== undefined) store(committed);
    else if (held !== undefined) store(held);
    show(state.problem);
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
        subscription.add(writes.onChanged(id, follow));
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
