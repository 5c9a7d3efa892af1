/** A storage layer as the session knows it: what keeps documents, and answers the layer's own end on the page. */
import type { Clock } from '../core/clock';
import type { SyncProblem } from '../core/errors';
import type { CollectionDefinitions } from '../core/schema';
import type { Installation } from '../persistence/installation';
import type { DocumentStore } from './document-store';
import type { RecordCollection } from './record-collection';

export interface StorageLayer {
  /** @throws SyncError SCHEMA_UNSUPPORTED for a collection that renames and does not sync. */
  openDatabase(options: LayerOptions): LayerDatabase;
  /** Leaves nothing of the documents of a database that nobody has open. */
  deleteDatabase(databaseName: string, collections: readonly string[]): Promise<void>;
}

export interface LayerOptions {
  readonly databaseName: string;
  readonly collections: CollectionDefinitions;
  readonly installation: Installation;
  readonly clock: Clock;
  /** Wall clock, ms: no stamp is older. */
  readonly notBeforeMs: number;
  readonly author: () => Author;
  /** 32 random hex digits. */
  readonly newToken: () => string;
  /** Sends a message to the layer's end on the page. Without it nobody is there. */
  readonly post?: (payload: unknown) => void;
  /** Told of the first fault of the storage and, with `undefined`, of the first write that succeeds after it. */
  readonly onProblem?: (problem: SyncProblem | undefined) => void;
  /** Told of each document that a newer version of the app has stored in a way that this one can neither read nor change. */
  readonly onNewer?: () => void;
  /** Notes which collections are opened and written. */
  readonly recorder?: CollectionRecorder;
}

export interface Author {
  /** 32 hex digits. */
  readonly deviceId: string;
  /** Whether the relays have shown that no clone of this device is about; until then counters count apart (`Store.settleShares`). */
  readonly isProven: boolean;
}

/** Each resolves before what it notes happens; what it rejects with keeps it from happening. */
export interface CollectionRecorder {
  opening(collection: string): Promise<void>;
  writing(collection: string): Promise<void>;
}

/** The documents of one database as the app's schema has them, with their merge state. */
export interface LayerDatabase {
  readonly store: DocumentStore;
  /** By name, those that sync, as they are opened. */
  readonly collections: ReadonlyMap<string, RecordCollection>;
  /** A message of the layer's end on the page. */
  receive(payload: unknown): void;
  /** Brings what was stored under an earlier schema up to date. */
  rewriteOutdated(): Promise<void>;
  /** Opens every collection, as a page does. */
  openAll(): Promise<void>;
  /** Takes over the documents of collections that do not sync: of each the one that was written later stays, as a whole. */
  copyLocalCollections(from: LayerDatabase, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
