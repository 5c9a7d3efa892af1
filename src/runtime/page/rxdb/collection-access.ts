/** What somebody who mirrors documents outside RxDB needs of a collection: each change once with its revision, removals, and what was ever stored. */
import { clone, getHeightOfRevision } from 'rxdb/plugins/core';
import type { BulkWriteRow, RxChangeEventBulk, RxCollection, RxDocumentData } from 'rxdb/plugins/core';
import type { SyncObject } from '../../core/json';
import type { CollectionSchema } from '../../core/schema';
import { schemaOf } from './database';
import type { SyncDatabaseOf } from './database';
import { collectionOf } from './patch';
import { toSyncError } from './storage-errors';

/** A document as it is stored, of which a later revision has a greater height. */
export interface StoredRevision {
  readonly id: string;
  readonly height: number;
  /** A plain copy; null where the document was removed. */
  readonly document: SyncObject | null;
}

export interface CollectionAccess {
  readonly primaryKey: string;
  readonly schema: CollectionSchema;
  /** All documents, or the one of that id: what is stored now. */
  read(id?: string): Promise<readonly StoredRevision[]>;
  /**
   * Calls back with each change from now on, in whatever order writes and their answers come, and with `onLost` where changes may have been missed: then
   * `read` again.
   */
  follow(onChanged: (revisions: readonly StoredRevision[]) => void, onLost: () => void): () => void;
  /** Resolves when they are removed; those that are not there are no error. */
  remove(ids: readonly string[]): Promise<readonly StoredRevision[]>;
  /** Which of the ids have a document or had one. */
  everStored(ids: readonly string[]): Promise<ReadonlySet<string>>;
}

type Row = RxDocumentData<Record<string, unknown>>;

/** @throws SyncError SCHEMA_UNSUPPORTED for a collection that is not there; ENGINE_CLOSED. */
export function accessCollection<Documents>(database: SyncDatabaseOf<Documents>, name: string): CollectionAccess {
  const collection: RxCollection = collectionOf(database, name);
  const primaryKey = collection.schema.primaryPath as string;
  const idOf = (row: Row) => String(row[primaryKey]);
  const rowsOf = async (ids: readonly string[], withDeleted: boolean) =>
    (await collection.storageInstance.findDocumentsById([...ids], withDeleted)) as unknown as readonly Row[];

  async function removeOnce(ids: readonly string[]): Promise<readonly StoredRevision[]> {
    const stored = await rowsOf(ids, false);
    if (stored.length === 0) return [];
    const rows = stored.map((previous) => ({ previous, document: { ...previous, _deleted: true } }));
    const { error } = await collection.storageInstance.bulkWrite(rows as unknown as BulkWriteRow<never>[], 'remove');
    const refused = error.find(({ status }) => status !== 409);
    if (refused) throw toSyncError(refused);
    // Somebody was faster: once more, over what is stored now.
    const changed = new Set(error.map(({ documentId }) => documentId));
    const removed = rows.filter(({ document }) => !changed.has(idOf(document as Row)));
    const revisions = removed.map(({ document }) => revisionOf(document as Row, idOf));
    return changed.size === 0 ? revisions : [...revisions, ...(await removeOnce([...changed]))];
  }

  return {
    primaryKey,
    schema: schemaOf(collection),
    async read(id) {
      const rows = id === undefined ? (await collection.find().exec()).map((found) => found._data) : rowsOf([id], true);
      return ((await rows) as unknown as readonly Row[]).map((row) => revisionOf(row, idOf));
    },
    follow(onChanged, onLost) {
      const subscription = collection.eventBulks$.subscribe(({ events, context }: RxChangeEventBulk<unknown>) => {
        const rows = events.map(({ documentData }) => documentData as unknown as Row);
        if (rows.length > 0) onChanged(rows.map((row) => revisionOf(row, idOf)));
        if (context === 'refresh') onLost();
      });
      return () => subscription.unsubscribe();
    },
    remove: (ids) => removeOnce(ids),
    everStored: async (ids) => new Set((await rowsOf(ids, true)).map(idOf)),
  };
}

/** What `patch` has returned, as such a revision. */
export function revisionOfDocument(found: { readonly primary: string; readonly _data: object }): StoredRevision {
  return revisionOf(found._data as Row, () => found.primary);
}

function revisionOf(row: Row, idOf: (row: Row) => string): StoredRevision {
  const { _meta, _rev, _deleted, _attachments, ...properties } = row;
  return {
    id: idOf(row),
    height: getHeightOfRevision(_rev),
    document: _deleted ? null : (clone(properties) as SyncObject),
  };
}
