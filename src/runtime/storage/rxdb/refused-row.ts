/**
 * How the refusal of a write reaches the app. A write of a single document rejects with the error itself. In a bulk, a refused document
 * becomes a row of status 422, which RxDB carries back beside the documents that were written; page/rxdb/refused-row.ts reads it there.
 */
import type { BulkWriteRow, RxStorageWriteError } from 'rxdb/plugins/core';
import type { SyncProblem } from '../../core/errors';

/** In the worker: the answer to a row that was not written. */
export function refusedRow<Document>(
  row: BulkWriteRow<Document>,
  documentId: string,
  { code, message }: SyncProblem,
  context: string,
): RxStorageWriteError<Document> {
  const validationErrors: readonly SyncProblem[] = [{ code, message }];
  return { status: 422, isError: true, documentId, writeRow: row, validationErrors, context } as never;
}
