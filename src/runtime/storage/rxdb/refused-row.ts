/**
 * How the refusal of a write reaches the app. A write of a single document rejects with the error itself. In a bulk, a refused document
 * becomes a row of status 422, which RxDB carries back beside the documents that were written; both ends of that way are here.
 */
import type { BulkWriteRow, RxStorageWriteError } from 'rxdb/plugins/core';
import { ErrorCode, SyncError } from '../../core/errors';
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

/**
 * On the main thread: the kit's error in whatever RxDB has made of a refused row: the row itself (`bulkInsert`, `bulkUpsert`) or an
 * RxError VD2 or COL20 (incremental writes of several documents at once). Undefined for other errors.
 */
export function syncErrorFrom(error: unknown): SyncError | undefined {
  if (error instanceof SyncError) return error;
  const { validationErrors, parameters } = (error ?? {}) as RefusedRow & {
    readonly parameters?: { readonly writeError?: RefusedRow };
  };
  const [problem] = validationErrors ?? parameters?.writeError?.validationErrors ?? [];
  return problem && codes.has(problem.code) ? new SyncError(problem.code, problem.message) : undefined;
}

interface RefusedRow {
  readonly validationErrors?: readonly SyncProblem[];
}

const codes: ReadonlySet<unknown> = new Set(Object.values(ErrorCode));
