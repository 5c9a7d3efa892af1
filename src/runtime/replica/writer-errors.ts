/** Why a writer has stopped, as a problem to report: errors that last, and errors of storage, after which the next attempt may succeed. */
import { ErrorCode, SyncError } from '../core/errors';
import type { SyncProblem } from '../core/errors';

const storageFaults: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.StorageFull,
  ErrorCode.StorageBlocked,
  ErrorCode.StorageFailed,
]);

export interface WriterFailure {
  readonly problem: SyncProblem;
  /** The next attempt may succeed, in this tab or another. */
  readonly isOfStorage: boolean;
}

/** Whatever is no known error comes from IndexedDB. */
export function failureOf(error: unknown): WriterFailure {
  // A tab with the newer version of the app may go on in its place.
  if (error instanceof SyncError && error.code === ErrorCode.StorageNewer)
    return { problem: { code: error.code, message: error.message }, isOfStorage: true };
  if (error instanceof SyncError && !storageFaults.has(error.code))
    return { problem: { code: error.code, message: error.message }, isOfStorage: false };
  return {
    problem: {
      code: error instanceof SyncError ? error.code : ErrorCode.StorageFailed,
      message:
        'The browser refused to read or write its database, so publishing waits and is tried again. Free some space if it lasts; what was written is kept.',
    },
    isOfStorage: true,
  };
}
