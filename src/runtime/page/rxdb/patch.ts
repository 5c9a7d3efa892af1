/** Changing single documents of an RxDB database: by values, by intents, and by functions of what is stored. */
import type { MangoQuery, RxCollection, RxDocument } from 'rxdb/plugins/core';
import { ErrorCode, SyncError } from '../../core/errors';
import type { IntentFor } from '../../core/intents';
import { copyJson } from '../../core/json';
import type { SyncObject } from '../../core/json';
import { closedError } from '../calls';
import { applyChanges, checkChanges, copyChanges } from '../changes';
import type { Change } from '../changes';
import { schemaOf } from './database';
import type { SyncDatabaseOf } from './database';
import { enqueuePatch } from './patch-queue';
import type { QueuedPatch } from './patch-queue';
import { writesOf } from './writes';

/** A document as RxDB gives it: read-only properties, `remove()`, `$` and the like. */
export type StoredDocumentOf<Document> = RxDocument<Document>;
/** A query in RxDB's Mango syntax. Sort ascending: only then an index serves. */
export type QueryOf<Document> = MangoQuery<Document>;

/**
 * Changes of a document by property: a value, an intent (`increment`, `add`, `remove`), or `undefined` to remove the property. Of an object that holds
 * an intent the other properties stay; every other value replaces what is there as a whole.
 */
export type PatchOf<Document> = {
  readonly [Name in keyof Document]?: Document[Name] | IntentFor<Document[Name]> | undefined;
};

/**
 * Changes that are computed from what is stored, each time again when somebody else was faster: pure, and not `async`. Where there is no document it
 * gets undefined. What it returns is written, or inserted; undefined writes nothing.
 */
export type PatchFunctionOf<Document> = (document: Document | undefined) => PatchOf<Document> | undefined;

/** What `patch` takes. */
export type ChangeOf<Document> = PatchOf<Document> | PatchFunctionOf<Document>;

/** `patch` of an engine. A function that writes nothing where there is no document comes to null. */
export interface PatchDocument<Documents> {
  <Name extends keyof Documents & string>(
    collection: Name,
    id: string,
    changes: PatchOf<Documents[Name]>,
  ): Promise<RxDocument<Documents[Name]>>;
  <Name extends keyof Documents & string>(
    collection: Name,
    id: string,
    compute: PatchFunctionOf<Documents[Name]>,
  ): Promise<RxDocument<Documents[Name]> | null>;
}

/**
 * `patch` over a database. It changes the given properties of a document, or inserts it with them and the schema's defaults, and resolves with the
 * document when that is committed; after a conflict with another tab or a merge it is tried again.
 * @example
 * const patch = createPatch(db);
 * await patch('posts', id, { likes: increment(1), tags: add('new') });
 * await patch('posts', id, (post) => post && { title: post.title.trim() });
 */
export function createPatch<Documents>(database: SyncDatabaseOf<Documents>): PatchDocument<Documents> {
  return (async (name: keyof Documents & string, id: string, change: Change) => {
    // An id from JavaScript may be anything.
    if (typeof id !== 'string' || id === '') throw idInvalid(id);
    return queuePatch(collectionOf(database, name), id, change).committed;
  }) as PatchDocument<Documents>;
}

/**
 * Writes a change, and shows it meanwhile.
 * @param isOfDocument whether the change is one of a document that is there: if that is gone when its turn comes, it is not inserted anew. By itself so of
 * a function, if there is a document when it is given.
 * @throws SyncError VALUE_UNSUPPORTED for what is neither changes nor a function.
 */
export function queuePatch(
  collection: RxCollection,
  id: string,
  change: Change,
  isOfDocument = typeof change === 'function' && isKnown(collection, id),
): QueuedPatch {
  if (typeof change !== 'function') checkChanges(change);
  const given = typeof change === 'function' ? change : copyChanges(change);
  let isExpected = isOfDocument;
  const queued = enqueuePatch(collection, id, (stored) => {
    if (isExpected && !stored) throw documentMissing('was removed while the change waited');
    const changes = typeof given === 'function' ? computeChanges(stored, given) : given;
    if (typeof given === 'function') isExpected = stored !== undefined;
    if (changes === undefined) return undefined;
    checkChanges(changes);
    // What an app changes in its own objects later is no change of the document.
    return copyJson(applyChanges(stored ?? {}, changes, schemaOf(collection)));
  });
  writesOf(collection).begin(id, { change: given, isOfDocument, queued });
  return queued;
}

function isKnown(collection: RxCollection, id: string): boolean {
  const known = collection._docCache.getLatestDocumentDataIfExists(id);
  return known !== undefined && !known._deleted;
}

function computeChanges(
  stored: SyncObject | undefined,
  compute: (document: SyncObject | undefined) => unknown,
): unknown {
  try {
    return compute(stored);
  } catch (error) {
    if (stored) throw error;
    throw documentMissing('does not exist, and the function that computes the change failed without it', error);
  }
}

export function idInvalid(id: unknown): SyncError {
  const given = id === '' ? 'empty' : `of type ${typeof id}`;
  return new SyncError(
    ErrorCode.DocumentInvalid,
    `A document's id is a text of at least one character; what was given is ${given}. Nothing was written.`,
  );
}

/** @throws SyncError SCHEMA_UNSUPPORTED for a collection that is not there; ENGINE_CLOSED. */
export function collectionOf<Documents>(database: SyncDatabaseOf<Documents>, name: string): RxCollection {
  if (isClosing(database)) throw closedError();
  const collections = database.collections as unknown as { readonly [collection: string]: RxCollection };
  if (Object.hasOwn(collections, name)) return collections[name]!;
  throw new SyncError(ErrorCode.SchemaUnsupported, `There is no collection "${name}". Define it in schema.ts.`);
}

/** RxDB says that a database is closed when it has closed all of it. */
const isClosing = (database: object): boolean => (database as { readonly closePromise: unknown }).closePromise !== null;

const documentMissing = (what: string, cause?: unknown): SyncError =>
  new SyncError(
    ErrorCode.DocumentMissing,
    `The document that was to be changed ${what}. Nothing was written. Insert it first if it is to be there.`,
    cause === undefined ? undefined : { cause },
  );
