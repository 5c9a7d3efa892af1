/** Rows of the storage below, as RxDB keeps them: reading, scanning, and compare-and-swap by revision. */
import type {
  BulkWriteRow,
  RxDocumentData,
  RxJsonSchema,
  RxStorageInstance,
  RxStorageWriteError,
} from 'rxdb/plugins/core';
import { createRevision, prepareQuery } from 'rxdb/plugins/core';
import { ErrorCode, SyncError } from '../../core/errors';
import { NO_REGISTERS } from '../../crdt/join';
import { decodeRecord, storedRecord } from '../record-codec';
import type { EncodedRecord, StoredRecord } from '../record-codec';
import type { NextRecord, SwapOptions } from '../record-collection';
import type { MergeRules } from '../../crdt/merge-rules';

/** A stored document with all fields of RxDB. */
export type Row = RxDocumentData<StoredRecord>;
export type RowSchema = Readonly<RxJsonSchema<Row>>;
export type RowStorage = RxStorageInstance<StoredRecord, unknown, unknown>;

/** Rows of one collection. */
export interface Rows {
  readonly inner: RowStorage;
  readonly rules: MergeRules;
}

/** Stored rows by id, deleted ones included. */
export async function storedRows(inner: RowStorage, ids: readonly string[]): Promise<ReadonlyMap<string, Row>> {
  const stored = new Map<string, Row>();
  for (const row of await inner.findDocumentsById([...ids], true)) stored.set(idOf(row, inner), row as Row);
  return stored;
}

/**
 * Writes what `next` makes of each document. A conflict brings along what others wrote in between, and `next` is asked again.
 * @returns the number of documents written.
 * @throws SyncError STORAGE_FAILED, or what the storage below says.
 */
export async function swapRows(
  { inner, rules }: Rows,
  ids: readonly string[],
  next: NextRecord,
  { context, areNew: expectNone = false, revisionToken, nowMs }: SwapOptions,
): Promise<number> {
  let areNew = expectNone;
  let written = 0;
  let stored = areNew ? new Map<string, Row>() : await storedRows(inner, ids);
  for (let pending = ids; pending.length > 0;) {
    const writes: BulkWriteRow<StoredRecord>[] = [];
    const unwritten: string[] = [];
    for (const id of pending) {
      const previous = stored.get(id);
      const before = previous ? decodeRecord(previous, rules) : NO_REGISTERS;
      const record = next(id, before, previous);
      if (record && before) writes.push(writeOf(previous, rowOf(record, previous, revisionToken, nowMs)));
      else if (areNew) unwritten.push(id);
    }
    const { error } = writes.length > 0 ? await inner.bulkWrite(writes, context) : { error: [] };
    written += writes.length - error.length;
    const conflicts = new Map(error.map((each) => [each.documentId, rowInConflict(each)]));
    // What was not worth writing as new may be worth it beside what is there.
    stored = new Map([...conflicts, ...(unwritten.length > 0 ? await storedRows(inner, unwritten) : [])]);
    pending = [...conflicts.keys(), ...unwritten];
    areNew = false;
  }
  return written;
}

export const writeOf = (previous: Row | undefined, document: Row): BulkWriteRow<StoredRecord> =>
  previous ? { previous, document } : { document };

function rowOf(record: EncodedRecord, previous: Row | undefined, revisionToken: string, nowMs: number): Row {
  return storedRecord(record, {
    _attachments: previous?._attachments ?? {},
    _rev: createRevision(revisionToken, previous),
    _meta: { ...previous?._meta, lwt: nowMs },
  }) as Row;
}

function rowInConflict(error: RxStorageWriteError<StoredRecord>): Row {
  if (error.status === 409) return error.documentInDb as Row;
  throw new SyncError(ErrorCode.StorageFailed, `The local database has refused a merge (${error.status}).`);
}

/**
 * Every row, deleted ones included, by RxDB's own index of the time of the last write: one more index would slow every write down. What
 * is written meanwhile may come twice, or is told by `changes` only.
 */
export async function* scanRows({ inner, rules }: Rows, batchSize: number): AsyncGenerator<readonly Row[]> {
  const { primaryKey } = rules;
  let rows = await rowsAfter(inner, primaryKey, { [lwt]: { $gte: 0 } }, batchSize);
  while (rows.length > 0) {
    yield rows;
    const last = rows.at(-1)!;
    const sameTime = { [lwt]: { $eq: last._meta.lwt }, [primaryKey]: { $gt: last[primaryKey] as string } };
    rows = await rowsAfter(inner, primaryKey, sameTime, batchSize);
    const left = batchSize - rows.length;
    if (left > 0) rows = [...rows, ...(await rowsAfter(inner, primaryKey, { [lwt]: { $gt: last._meta.lwt } }, left))];
  }
}

const lwt = '_meta.lwt';

async function rowsAfter(inner: RowStorage, primaryKey: string, selector: object, limit: number): Promise<Row[]> {
  const order = [lwt, primaryKey];
  const query = { selector, sort: order.map((field) => ({ [field]: 'asc' })), index: order, skip: 0, limit };
  const { documents } = await inner.query(prepareQuery<StoredRecord>(inner.schema, query as never));
  return documents as Row[];
}

export function idOf(document: { readonly [property: string]: unknown }, inner: RowStorage): string {
  return document[primaryKeyOf(inner)] as string;
}

export function primaryKeyOf({ schema: { primaryKey } }: RowStorage): string {
  const key = primaryKey as unknown as string | { readonly key: string };
  return typeof key === 'string' ? key : key.key;
}
