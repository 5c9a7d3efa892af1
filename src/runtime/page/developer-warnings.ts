/** Warnings for the developer, never for the user. */
import type { ErrorCode, SyncProblem } from '../core/errors';

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
