/**
 * Tells a full disk or a blocked database apart from other errors, where the storage meets the page: the write is refused with a code, and the
 * problem stays in the status until a write succeeds again.
 */
import type { RxStorage, RxStorageInstance } from 'rxdb/plugins/core';
import { ErrorCode, isProgrammingError, runtimeFailed, SyncError } from '../../core/errors';
import type { SyncProblem } from '../../core/errors';
import { storageNewer } from '../../persistence/stored-format';

type AnyStorage = RxStorage<unknown, unknown>;
type AnyInstance = RxStorageInstance<unknown, unknown, unknown>;

/** @param onProblem is told of the first fault and, with `undefined`, of the first write that succeeds after it. */
export function reportFaults(storage: AnyStorage, onProblem: (problem: SyncProblem | undefined) => void): AnyStorage {
  let present: ErrorCode | undefined;
  const tell = (problem: SyncProblem | undefined) => {
    if (present === problem?.code) return;
    present = problem?.code;
    onProblem(problem);
  };
  const fail = (error: unknown): never => {
    const fault = asFault(error);
    if (faults.has(fault.code)) tell({ code: fault.code, message: fault.message });
    throw fault;
  };
  return {
    name: storage.name,
    rxdbVersion: storage.rxdbVersion,
    async createStorageInstance(params) {
      const instance = (await storage.createStorageInstance(params).catch(fail)) as unknown as AnyInstance;
      const write = instance.bulkWrite.bind(instance);
      const find = instance.findDocumentsById.bind(instance);
      const query = instance.query.bind(instance);
      instance.bulkWrite = async (rows, context) => {
        const result = await write(rows, context).catch(fail);
        tell(undefined);
        return result;
      };
      instance.findDocumentsById = (ids, withDeleted) => find(ids, withDeleted).catch(fail);
      instance.query = (prepared) => query(prepared).catch(fail);
      return instance as never;
    },
  };
}

const faults: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.StorageFull,
  ErrorCode.StorageBlocked,
  ErrorCode.StorageFailed,
  ErrorCode.StorageNewer,
]);

/** Dexie wraps what IndexedDB said: the reason is in `inner`, or in the text of an AbortError. */
function asFault(error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  const said = [error, (error as { inner?: unknown } | undefined)?.inner].map((one) => String(one)).join(' ');
  if (/Quota/i.test(said)) {
    return new SyncError(
      ErrorCode.StorageFull,
      'This device has no room left for the site, so nothing was written. What was stored before is safe. Free some disk space and try again.',
      { cause: error },
    );
  }
  if (/VersionError/i.test(said)) return storageNewer(error);
  if (/SecurityError|MissingAPI|OpenFailed|InvalidState|DatabaseClosed|UnknownError/i.test(said)) {
    return new SyncError(
      ErrorCode.StorageBlocked,
      `The browser keeps the local database from the page (${nameOf(error)}). Close other tabs of this site, allow site data, then reload.`,
      { cause: error },
    );
  }
  if (isProgrammingError(error)) return runtimeFailed(nameOf(error), error);
  return new SyncError(
    ErrorCode.StorageFailed,
    `The local database has failed (${nameOf(error)}). Reload the page and try again.`,
    {
      cause: error,
    },
  );
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
