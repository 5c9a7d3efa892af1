/**
 * The data access layer, and the only door to documents: an RxDB database, typed by schema.ts, whose storage is in the worker. Everything here reads and
 * writes the local database; nothing waits for a network.
 */
import { createPatch, openDatabase, refreshDatabase, watchDocument } from 'zero-backend-sync/page';
import type {
  DocumentWatch,
  PatchDocument,
  StorageChannel,
  StoredDocumentOf,
  SyncDatabaseOf,
} from 'zero-backend-sync/page';
import { collections } from './schema';
import type { Collections } from './schema';

export type CollectionName = keyof Collections & string;
export type SyncDatabase = SyncDatabaseOf<Collections>;
export type StoredDocument<Name extends CollectionName> = StoredDocumentOf<Collections[Name]>;

export interface SyncStorage {
  readonly db: SyncDatabase;
  /** Changes the given properties, or inserts the document with them and the schema's defaults: values, intents, or a function of what is stored. */
  readonly patch: PatchDocument<Collections>;
  /** One document for display: what is stored, and over it what is being written. */
  watch<Name extends CollectionName>(collection: Name, id: string): DocumentWatch<Collections[Name]>;
  /** Brings live queries and cached documents up to date with a storage that another worker serves. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param name as the worker has said it.
 * @param channel leads to the storage in the worker.
 * @throws SyncError ALREADY_OPEN, SCHEMA_UNSUPPORTED, or what the worker refused.
 */
export async function openStorage(name: string, channel: StorageChannel): Promise<SyncStorage> {
  const db: SyncDatabase = await openDatabase(name, channel, collections);
  return {
    db,
    // Not RxDB's own upsert: it replaces the whole document, and with it what another device has just changed.
    patch: createPatch(db),
    watch: (collection, id) => watchDocument(db, collection, id),
    refresh: () => refreshDatabase(db),
    close: async () => {
      // The worker closes the database in any case; what RxDB says of its own end matters to nobody then.
      await db.close().catch(() => {});
    },
  };
}
