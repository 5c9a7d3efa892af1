/** What this browser knows of codes, in an IndexedDB of its own. It is open only while it is read or written: that is rare, and so it blocks nobody. */
import { openDB } from 'idb';
import type { DBSchema, IDBPDatabase } from 'idb';
import { ErrorCode, SyncError } from '../../core/errors';

export interface StoredCodes {
  /** None before the first `share` or `join`, and after `leave`. */
  readonly code: string | null;
  /** Those that the device had before, newest first. */
  readonly former: readonly string[];
}

interface Tables extends DBSchema {
  codes: { key: 'present'; value: StoredCodes };
}

const NOTHING: StoredCodes = { code: null, former: [] };
/** Links come from anywhere: so many are remembered. The oldest are among them, or links would push the user's own code out. */
const MOST_FORMER = 100;
/** An IndexedDB that does not answer is blocked, by the browser or by a tab that is deleting it. */
const OPEN_TIMEOUT_MS = 10_000;

/** Reads. @throws as `updateCodes`. */
export const readCodes = (name: string): Promise<StoredCodes> => updateCodes(name, (codes) => codes);

/**
 * Changes what is stored in one transaction, and resolves with it when that is committed. What is not changed is not written.
 * @throws SyncError STORAGE_BLOCKED, STORAGE_FULL, STORAGE_NEWER or STORAGE_FAILED.
 */
export async function updateCodes(name: string, update: (codes: StoredCodes) => StoredCodes): Promise<StoredCodes> {
  const database = await open(name);
  try {
    const transaction = database.transaction('codes', 'readwrite');
    const before = (await transaction.store.get('present')) ?? NOTHING;
    const after = update(before);
    if (after !== before) await transaction.store.put(after, 'present');
    await transaction.done;
    return after;
  } catch (error) {
    throw storageError(ErrorCode.StorageFailed, error);
  } finally {
    database.close();
  }
}

/** With another code, or none, in the place of the present one. */
export function withCode(codes: StoredCodes, next: string | null): StoredCodes {
  if (codes.code === next) return codes;
  const others = [...(codes.code === null ? [] : [codes.code]), ...codes.former].filter((other) => other !== next);
  const half = MOST_FORMER / 2;
  const former = others.length <= MOST_FORMER ? others : [...others.slice(0, half), ...others.slice(-half)];
  return { ...codes, code: next, former };
}

async function open(name: string): Promise<IDBPDatabase<Tables>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  // An `async` function: where there is no IndexedDB, or a policy forbids it, the call itself throws.
  const opening = (async () =>
    openDB<Tables>(name, 1, { upgrade: (database) => void database.createObjectStore('codes') }))();
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it does not answer')), OPEN_TIMEOUT_MS);
  });
  try {
    return await Promise.race([opening, late]);
  } catch (error) {
    opening.then(
      (database) => database.close(),
      () => {},
    );
    throw storageError(ErrorCode.StorageBlocked, error);
  } finally {
    clearTimeout(timer);
  }
}

function storageError(code: ErrorCode.StorageBlocked | ErrorCode.StorageFailed, cause: unknown): SyncError {
  const { name, message } = cause as { readonly name?: string; readonly message?: string };
  const reason = name === undefined || name === 'Error' ? String(message) : name;
  switch (name) {
    case 'VersionError':
      return new SyncError(
        ErrorCode.StorageNewer,
        'A newer version of the app has stored the sync code of this browser. Reload the page; if that does not help, update the app.',
        { cause },
      );
    case 'QuotaExceededError':
      return new SyncError(
        ErrorCode.StorageFull,
        'The sync code could not be stored, because the disk is full. Free some space, then try again.',
        { cause },
      );
  }
  const text =
    code === ErrorCode.StorageBlocked
      ? `This browser keeps IndexedDB from the page (${reason}), so the sync code cannot be read. Leave private browsing, or allow site data, then reload.`
      : `The sync code could not be read or stored (${reason}). Reload the page; if it happens again, the browser's storage for this site may be damaged.`;
  return new SyncError(code, text, { cause });
}
