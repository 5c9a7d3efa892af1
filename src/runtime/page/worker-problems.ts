/** What is said of a worker that is gone, or serves another database. */
import { ErrorCode } from '../core/errors';
import type { SyncProblem } from '../core/errors';

export const closedProblem: SyncProblem = {
  code: ErrorCode.EngineClosed,
  message: 'The engine was closed while this was under way. Open another one to go on.',
};

export const otherDatabase: SyncProblem = {
  code: ErrorCode.StorageFailed,
  message:
    "The local database of this page is another one now: the browser has cleared this site's storage while the app was open, or a user who signed in in another tab has adopted what was written here. Reload the page.",
};

export function diedProblem(reason: string): SyncProblem {
  return {
    code: ErrorCode.WorkerDied,
    message: `The worker that holds the local database has died: ${reason}. Another one is being started. A write that was refused with this error may or may not have been stored: look before you write it again.`,
  };
}
