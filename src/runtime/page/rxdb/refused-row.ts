/** The refusal of a write as it reaches the page: storage/rxdb/refused-row.ts has put it into a row that was not written. */
import { ErrorCode, SyncError } from '../../core/errors';
import type { SyncProblem } from '../../core/errors';

/**
 * The kit's error in whatever RxDB has made of a refused row: the row itself (`bulkInsert`, `bulkUpsert`) or an
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
