/** Values of config.json, each checked with a message that says what to write instead. */
import { ErrorCode, SyncError } from '../errors';

export function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(`${where} is missing or not an object. Restore it with "npx zero-backend-sync update".`);
  return value as Record<string, unknown>;
}

export function onlyKeys(value: Record<string, unknown>, allowed: readonly string[], where: string): void {
  for (const key of Object.keys(value))
    if (!allowed.includes(key))
      throw invalid(
        `${where} has an unknown key ${JSON.stringify(key)}. Remove it or write one of: ${allowed.join(', ')}.`,
      );
}

export function text(value: unknown, where: string, pattern: RegExp, expected: string): string {
  if (typeof value !== 'string' || !pattern.test(value))
    throw invalid(`${where} of config.json is ${JSON.stringify(value)}. Write ${expected}.`);
  return value;
}

export function number(value: unknown, where: string, least: number, most: number, whole: boolean): number {
  const fits = typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value));
  if (!fits)
    throw invalid(
      `${where} of config.json is ${JSON.stringify(value)}. Write ${whole ? 'a whole number' : 'a number'} from ${least} to ${most}.`,
    );
  return value;
}

export function invalid(message: string): SyncError {
  return new SyncError(ErrorCode.ConfigInvalid, message);
}
