/** What may be wrong with the keys, as problems to report. */
import { ErrorCode, SyncError } from '../../core/errors';
import type { SyncProblem } from '../../core/errors';

export function keyChanged(): SyncError {
  return new SyncError(
    ErrorCode.KeyChanged,
    'The keys of this identity are not those of last time, because the secret or the salt of the build has changed. Nothing is published or merged until the right one is back; what is written meanwhile stays on this device.',
  );
}

export const keyMismatch: SyncProblem = {
  code: ErrorCode.KeyMismatch,
  message:
    'The relays hold nothing that opens with these keys, though this user has data already: the secret is probably not the right one. Nothing is published until something opens, and reading goes on. Ask for the secret again and open with that; what is written meanwhile goes with it.',
};

/** Why the keys could not be derived: the error itself if it has a code. */
export function noKeys(error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  return new SyncError(
    ErrorCode.VaultFailed,
    'No keys could be derived, so nothing is published. Reload the page; local data is kept.',
  );
}
