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

/** For the developer. */
export const guessable: SyncProblem = {
  code: ErrorCode.IdentityGuessable,
  message:
    'The identity can be guessed: all of it is public or can be counted up (a name, a number, an e-mail address, a public key), so whoever takes the salt out of the app can find this user among others. Give an id that nobody knows too, or a `secret` (docs/threat-model.md). If it is a literal in the source, everybody who opens the app shares one database that each of them can write: give what differs for each user.',
};
