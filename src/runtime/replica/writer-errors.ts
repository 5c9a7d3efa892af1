/** Why a writer has stopped, as a problem to report: errors that last, and those after which the next attempt may succeed. */
import { ErrorCode, isProgrammingError, runtimeFailed, SyncError } from '../core/errors';
import type { SyncProblem } from '../core/errors';

const storageFaults: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.StorageFull,
  ErrorCode.StorageBlocked,
  ErrorCode.StorageFailed,
]);
/** Errors with a code that pass with what was going on, or in a tab with another version of the app. */
const passing: ReadonlySet<ErrorCode> = new Set([ErrorCode.StorageNewer, ErrorCode.RuntimeFailed]);

export interface WriterFailure {
  readonly problem: SyncProblem;
  /** The next attempt may succeed, in this tab or another. */
  readonly mayPass: boolean;
}

/** Whatever is no known error, and none of code, comes from IndexedDB. */
export function failureOf(error: unknown): WriterFailure {
  if (isProgrammingError(error)) return failureOf(runtimeFailed((error as Error).name));
  if (error instanceof SyncError && !storageFaults.has(error.code))
    return { problem: { code: error.code, message: error.message }, mayPass: passing.has(error.code) };
  return {
    problem: {
      code: error instanceof SyncError ? error.code : ErrorCode.StorageFailed,
      message:
        'The browser refused to read or write its database, so publishing waits and is tried again. Free some space if it lasts; what was written is kept.',
    },
    mayPass: true,
  };
}
