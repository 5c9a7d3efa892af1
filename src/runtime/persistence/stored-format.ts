/**
 * The format of what this browser stores (docs/protocol.md, section 7). Whatever has a format bears its number; one without is of the first.
 * What a newer version of the app has written is neither read nor changed. Keys that only another version knows are kept.
 */
import { ErrorCode, SyncError } from '../core/errors';

export const STORED_FORMAT = 1;

/** Whether it takes a newer version of the app to read what bears this number. What is no number is of a version that nobody knows yet. */
export function isNewerFormat(format: unknown): boolean {
  return format !== undefined && !(typeof format === 'number' && format <= STORED_FORMAT);
}

/** @throws SyncError STORAGE_NEWER */
export function checkFormat(format: unknown): void {
  if (isNewerFormat(format)) throw storageNewer();
}

/** What is stored in the place of `stored`: the record, and of what was there the keys that it does not have. */
export function keepUnknown<Value extends object>(stored: Value | undefined, record: Value): Value {
  return { ...stored, ...record };
}

export function storageNewer(cause?: unknown): SyncError {
  return new SyncError(
    ErrorCode.StorageNewer,
    'A newer version of the app has written what this browser stores. This one can neither read it safely nor write it, so it leaves it as it is. Reload the page; if that does not help, update the app.',
    cause === undefined ? undefined : { cause },
  );
}
