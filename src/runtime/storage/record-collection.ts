/** Stored records under one storage layer, as the document store needs them: reading, scanning, and compare-and-swap. */
import type { Observable } from 'rxjs';
import type { MergeRules } from '../crdt/merge-rules';
import type { Registers } from '../crdt/registers';
import type { Validators } from '../crdt/validate';
import type { EncodedRecord, StoredRecord } from './record-codec';

/**
 * What is to be stored in the place of what is; undefined to leave it. Asked again when others have written in between.
 * @param before undefined when a newer version of the app has stored it: nothing takes its place then.
 */
export type NextRecord = (
  id: string,
  before: Registers | undefined,
  stored: StoredRecord | undefined,
) => EncodedRecord | undefined;

export interface SwapOptions {
  /** Who writes; it comes back in the commit. */
  readonly context: string;
  /** Likely none is stored, so that reading first would be in vain: whatever is there shows as a conflict. */
  readonly areNew?: boolean;
  /** Tells these revisions from those of other writers. */
  readonly revisionToken: string;
  readonly nowMs: number;
}

/** A collection that syncs. */
export interface RecordCollection {
  readonly name: string;
  readonly rules: MergeRules;
  readonly validators: Validators;
  /** Stored records by id, deleted ones included. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, StoredRecord>>;
  /**
   * Writes what `next` makes of each document. A conflict brings along what others wrote in between, and `next` is asked again.
   * @returns the number of documents written.
   * @throws SyncError STORAGE_FAILED, or what the storage below says.
   */
  swap(ids: readonly string[], next: NextRecord, options: SwapOptions): Promise<number>;
  /** Every record, deleted ones included. What is written meanwhile may come twice, or in a commit only. */
  scan(batchSize: number): AsyncIterable<readonly StoredRecord[]>;
}

export interface Commit {
  readonly collection: RecordCollection;
  /** Of the write: that of `SwapOptions` for a merge, anything else for the app. */
  readonly context: string;
  readonly records: readonly { readonly id: string; readonly record: StoredRecord }[];
}

/** The collections of a database that sync, as they are opened. */
export interface RecordSource {
  readonly collections: ReadonlyMap<string, RecordCollection>;
  /** Every committed write of every tab, once. */
  readonly committed$: Observable<Commit>;
  /** Resolves when what the app has written so far is stored: whoever can wait lets it go first. */
  untilServed(): Promise<void>;
}
