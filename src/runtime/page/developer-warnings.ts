/** What is said to the developer, never to the user. */
import { ErrorCode, SyncError } from '../core/errors';
import type { SyncProblem } from '../core/errors';

const warned = new Set<ErrorCode>();

/**
 * Says a problem once in the console, in development only: it asks for another line of code.
 * @example
 * case ToPage.Warning: return warnDeveloper(message.problem);
 */
export function warnDeveloper({ code, message }: SyncProblem): void {
  if (process.env.NODE_ENV !== 'development' || warned.has(code)) return;
  warned.add(code);
  // eslint-disable-next-line no-console -- the only place where a developer sees it before users are affected; not in production builds
  console.warn(`zero-backend-sync: ${message} (${code})`);
}

/** An app that has given a wrong identity may not look at what `open` rejects with, and then simply shows nothing. */
export function reportIdentity(error: unknown): void {
  if (!(error instanceof SyncError) || error.code !== ErrorCode.IdentityInvalid) return;
  // eslint-disable-next-line no-console -- also in production: the data of a user is not there, and nothing else says why
  console.error(`zero-backend-sync: ${error.message} (${error.code})`);
}
