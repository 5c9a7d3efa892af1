/** The store: documents with their registers, whatever the storage layer below. */
import type { Registers } from '../crdt/registers';

export interface StoredDocument {
  readonly id: string;
  readonly registers: Registers;
  /** Counters hold something apart that is not in `registers` yet (`Store.settleShares`). */
  readonly holdsShares?: boolean;
  /** A newer version of the app has stored it: nothing is known of its registers, so `registers` is empty, and nothing is written to it. */
  readonly isNewer?: boolean;
}

export enum ChangeOrigin {
  /** A write of the app in this or another tab. */
  Local = 'local',
  /** A merge, in this or another tab. */
  Merge = 'merge',
}

export interface StoreChange {
  readonly collection: string;
  readonly origin: ChangeOrigin;
  readonly documents: readonly StoredDocument[];
}

/** An inbound document that breaks the schema of this version of the app, or that only a newer version can join to what is stored. */
export interface Quarantined {
  readonly collection: string;
  readonly id: string;
  readonly registers: Registers;
  readonly reason: string;
}

export interface JoinOutcome {
  /** The joined registers of every document that was given, whether it changed or not. */
  readonly joined: readonly StoredDocument[];
  readonly quarantined: readonly Quarantined[];
}

/** Documents under their merge state. Another storage layer can take RxDB's place behind this port. */
export interface Store {
  /** Names of the collections that sync. */
  readonly collections: readonly string[];
  /** Without those that a newer version of the app has stored. */
  read(collection: string, ids: readonly string[]): Promise<ReadonlyMap<string, StoredDocument>>;
  /** Joins inbound registers into at most 100 documents in one compare-and-swap, retried on conflict. */
  join(collection: string, inbound: readonly StoredDocument[]): Promise<JoinOutcome>;
  /** Names of the registers of a document, or of a part of one, that travel with its `inserted`. A store without it has no schema that requires any. */
  essentialsOf?(collection: string, registers: Registers): readonly string[];
  /** All documents, deleted ones and those of a newer version of the app included, in batches. */
  scan(collection: string, batchSize: number): AsyncIterable<readonly StoredDocument[]>;
  /**
   * This device has no clone: what counters have counted apart goes to its shares, now and whenever another tab counts apart. Reported
   * as local writes.
   * @param deviceId 32 hex digits; another one at the next call if the device turned out to be a clone.
   */
  settleShares(deviceId: string): Promise<void>;
  /** Every committed write of every tab but those of a newer version of the app, after it is committed. Returns a function that ends it. */
  changes(listener: (change: StoreChange) => void): () => void;
}
