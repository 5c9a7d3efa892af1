import { ErrorCode, isProgrammingError, runtimeFailed, SyncError } from '../core/errors';
import type { SyncProblem } from '../core/errors';

/**
 * What went wrong, in a form that can be sent.
 * @example
 * session.open(request).catch((error) => post({ type: ToPage.Failed, problem: toProblem(error) }));
 */
export function toProblem(error: unknown): SyncProblem {
  if (error instanceof SyncError) return { code: error.code, message: error.message };
  const name = error instanceof Error ? error.name : String(error);
  if (isProgrammingError(error)) return toProblem(runtimeFailed(name));
  return {
    code: ErrorCode.StorageFailed,
    message: `The worker of the local database has failed (${name}). Reload the page; if it happens again, the browser's storage for this site may be damaged.`,
  };
}
