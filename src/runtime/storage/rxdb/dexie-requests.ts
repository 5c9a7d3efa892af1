/**
 * Reading and writing of RxDB's Dexie storage, in transactions that end in the task that began them: those of a worker that the browser freezes would
 * keep every other tab's waiting. RxDB's own way reads and then writes in one transaction, and reads by cursors. Here a write reads in one
 * transaction and writes in another one, which IndexedDB takes back if a document was updated in between: each update moves the mark of the collection
 * (persistence/marks.ts), and what is new is added, which fails where it is there.
 */
import type { BulkWriteRow, PreparedQuery, RxStorageBulkWriteResponse } from 'rxdb/plugins/core';
import { categorizeBulkWriteRows, getProperty, getQueryMatcher, getSortComparator } from 'rxdb/plugins/core';
import {
  dexieReplaceIfStartsWithPipe,
  fromDexieToStorage,
  fromStorageToDexie,
  getKeyRangeByQueryPlan,
} from 'rxdb/plugins/storage-dexie';
import type { RxStorageInstanceDexie } from 'rxdb/plugins/storage-dexie';
import type { Subject } from 'rxjs';
import type { StoredRecord } from '../record-codec';
import type { Bulk } from './app-view';
import type { Row } from './rows';

export type DexieInstance = RxStorageInstanceDexie<StoredRecord>;
type Write = BulkWriteRow<StoredRecord>;

const DOCUMENTS = 'docs';
const MARKS = 'marks';
/** As `createMarks` makes the table, for Dexie. */
export const MARKS_TABLE = { [MARKS]: '[of+at], &of' } as const;
/** A query that cannot tell how many rows it has to look at takes so many at first. */
const ROWS_AT_FIRST = 100;

/** As RxDB's `bulkWrite`. */
export async function writeRows(
  instance: DexieInstance,
  rows: Write[],
  context: string,
): Promise<RxStorageBulkWriteResponse<StoredRecord>> {
  const primaryPath = instance.primaryPath as never;
  const ids = rows.map(({ document }) => document[primaryPath] as string);
  // What a writer takes for new need not be read: if it is there, it cannot be added.
  let isUnread = rows.every(({ previous }) => !previous) && new Set(ids).size === ids.length;
  for (;;) {
    const { at, stored } = isUnread ? { at: 0, stored: new Map<string, Row>() } : await readStored(instance, ids);
    const { bulkInsertDocs, bulkUpdateDocs, errors, eventBulk, newestRow } = categorizeBulkWriteRows(
      ...([instance, primaryPath, stored, rows, context] as const),
    );
    const [added, updated] = [bulkInsertDocs, bulkUpdateDocs].map((some) => some.map(({ document }) => document));
    if (!(await putRows(instance, added!, updated!, at))) {
      isUnread = false;
      continue;
    }
    if (eventBulk.events.length > 0) {
      const { document } = newestRow!;
      eventBulk.checkpoint = { id: document[primaryPath], lwt: document._meta.lwt } as never;
      // Private to RxDB's types only: its own writes are told in the same way.
      (instance as unknown as { readonly changes$: Subject<Bulk> }).changes$.next(eventBulk as unknown as Bulk);
    }
    return { error: errors };
  }
}

/** The documents, and where the mark stands with which they are in this state. */
async function readStored(instance: DexieInstance, ids: readonly string[]) {
  const { booleanIndexes } = await instance.internals;
  const [mark, ...found] = await read(instance, (transaction) => [
    transaction.objectStore(MARKS).index('of').get(DOCUMENTS),
    ...getAll(transaction, ids),
  ]);
  const stored = new Map<string, Row>();
  for (const [index, id] of ids.entries())
    if (found[index]) stored.set(id, fromDexieToStorage(booleanIndexes, found[index]));
  return { at: (mark as { readonly at: number } | undefined)?.at ?? 0, stored };
}

/** False: the documents are not those that were read, and nothing was written. */
async function putRows(
  instance: DexieInstance,
  added: readonly object[],
  updated: readonly object[],
  at: number,
): Promise<boolean> {
  if (added.length + updated.length === 0) return true;
  const { booleanIndexes } = await instance.internals;
  const [add, put] = [added, updated].map((some) =>
    some.map((row) => fromStorageToDexie(booleanIndexes, row as never)),
  );
  const transaction = await begin(instance, 'readwrite');
  const ended = untilEnded(transaction);
  const documents = transaction.objectStore(DOCUMENTS);
  try {
    if (updated.length > 0) moveMark(transaction, at);
    for (const row of add!) documents.add(row);
    for (const row of put!) documents.put(row);
    commit(transaction);
  } catch (error) {
    ended.catch(() => {});
    transaction.abort();
    throw error;
  }
  return ended.then(
    () => true,
    (error: unknown) => (isThere(error) ? false : Promise.reject(error as Error)),
  );
}

function moveMark(transaction: IDBTransaction, at: number): void {
  const marks = transaction.objectStore(MARKS);
  marks.put({ of: DOCUMENTS, at });
  marks.delete([DOCUMENTS, at]);
  marks.put({ of: DOCUMENTS, at: at + 1 });
}

/** As RxDB's `findDocumentsById`. */
export async function findRows(instance: DexieInstance, ids: readonly string[], withDeleted: boolean): Promise<Row[]> {
  const { booleanIndexes } = await instance.internals;
  const found = await read(instance, (transaction) => getAll(transaction, ids));
  return found.flatMap((row) => {
    const document = row && (fromDexieToStorage(booleanIndexes, row) as Row);
    return document && (withDeleted || !document._deleted) ? [document] : [];
  });
}

/** As RxDB's `query`; what is written between two of its transactions is told by the change stream, as what is written after it. */
export async function queryRows(
  instance: DexieInstance,
  { query, queryPlan }: PreparedQuery<StoredRecord>,
): Promise<{ documents: Row[] }> {
  const { booleanIndexes } = await instance.internals;
  const { skip = 0, limit = Infinity } = query;
  const most = skip + limit;
  const matches = queryPlan.selectorSatisfiedByIndex ? undefined : getQueryMatcher(instance.schema, query);
  const fields = queryPlan.index.map(dexieReplaceIfStartsWithPipe);
  const canEnd = queryPlan.sortSatisfiedByIndex && most < Infinity;
  let count = canEnd ? (matches ? Math.max(ROWS_AT_FIRST, most) : Math.max(1, most)) : undefined;
  const documents: Row[] = [];
  for (let range = rangeOf(booleanIndexes, queryPlan); range;) {
    const asked = range;
    const [answer] = await read(instance, (transaction) => [indexOf(transaction, fields).getAll(asked, count)]);
    const found = answer as readonly object[];
    for (const row of found) {
      const document = fromDexieToStorage(booleanIndexes, row) as Row;
      if (!matches || matches(document)) documents.push(document);
    }
    const isEnd = count === undefined || found.length < count || documents.length >= most;
    range = isEnd ? undefined : rangeAfter(found.at(-1)!, fields, asked);
    if (count !== undefined) count *= 4;
  }
  if (!queryPlan.sortSatisfiedByIndex) documents.sort(getSortComparator(instance.schema, query));
  return { documents: documents.slice(skip, most) };
}

/** As RxDB's `count` of what an index tells. */
export async function countRows(instance: DexieInstance, { queryPlan }: PreparedQuery<StoredRecord>): Promise<number> {
  const { booleanIndexes } = await instance.internals;
  const range = rangeOf(booleanIndexes, queryPlan);
  if (!range) return 0;
  const fields = queryPlan.index.map(dexieReplaceIfStartsWithPipe);
  const [count] = await read(instance, (transaction) => [indexOf(transaction, fields).count(range)]);
  return count as number;
}

type QueryPlan = PreparedQuery<StoredRecord>['queryPlan'];

/** Undefined: no key can be in it. */
function rangeOf(booleanIndexes: string[], queryPlan: QueryPlan): IDBKeyRange | undefined {
  try {
    return getKeyRangeByQueryPlan(booleanIndexes, queryPlan, IDBKeyRange) as IDBKeyRange;
  } catch (error) {
    if (nameOf(error) === 'DataError') return undefined;
    throw error;
  }
}

/** RxDB ends each index with the primary key, so no two rows have the same key there. */
function rangeAfter(last: object, fields: readonly string[], { upper, upperOpen }: IDBKeyRange) {
  const key = fields.map((field) => getProperty(last, field) as IDBValidKey);
  return indexedDB.cmp(key, upper) < 0 ? IDBKeyRange.bound(key, upper, true, upperOpen) : undefined;
}

const indexOf = (transaction: IDBTransaction, fields: readonly string[]) =>
  transaction.objectStore(DOCUMENTS).index(`[${fields.join('+')}]`);

function getAll(transaction: IDBTransaction, ids: readonly string[]): readonly IDBRequest[] {
  const documents = transaction.objectStore(DOCUMENTS);
  return ids.map((id) => documents.get(id));
}

async function read(
  instance: DexieInstance,
  request: (transaction: IDBTransaction) => readonly IDBRequest[],
): Promise<readonly (object | number | undefined)[]> {
  const transaction = await begin(instance, 'readonly');
  const ended = untilEnded(transaction);
  const requests = request(transaction);
  commit(transaction);
  await ended;
  return requests.map(({ result }) => result as object | number | undefined);
}

/** Over the connection that Dexie has. Where it has none, or one that is ending, Dexie opens another one or says why it cannot be had. */
async function begin(instance: DexieInstance, mode: IDBTransactionMode): Promise<IDBTransaction> {
  const { dexieDb, dexieTable } = await instance.internals;
  const askDexie = () => dexieDb.transaction('r', dexieTable, async () => {});
  if (!dexieDb.isOpen()) await askDexie();
  const connect = () => dexieDb.backendDB().transaction([DOCUMENTS, MARKS], mode);
  try {
    return connect();
  } catch (error) {
    if (nameOf(error) !== 'InvalidStateError') throw error;
  }
  await askDexie();
  return connect();
}

function untilEnded(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    let reason: DOMException | null = null;
    transaction.onerror = ({ target }) => (reason ??= (target as IDBRequest).error);
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(reason ?? transaction.error ?? new DOMException('Aborted.', 'AbortError'));
  });
}

/** Browsers of before 2021 do not have the method: a transaction of theirs ends a turn after its last request. */
function commit(transaction: IDBTransaction): void {
  (transaction as Partial<IDBTransaction>).commit?.();
}

const nameOf = (error: unknown): unknown => (error as { name?: unknown } | undefined)?.name;
const isThere = (error: unknown): boolean => nameOf(error) === 'ConstraintError';
