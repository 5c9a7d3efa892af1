/** What goes wrong in the worker's storage, on its way to the app: RxDB's storage-remote plugin would bury it in a text. */
import type { RxStorage } from 'rxdb/plugins/core';
import { ErrorCode, isProgrammingError, runtimeFailed, SyncError } from '../../core/errors';
import { syncErrorFrom } from './refused-row';
import { RemoteFailure } from './storage-channel';

/**
 * The storage with every failure of the worker thrown as the SyncError it was there.
 * @param onReadFailed is called with the name of the collection just before a read fails.
 */
export function withCodedErrors(
  storage: RxStorage<unknown, unknown>,
  onReadFailed: (collection: string) => void,
): RxStorage<unknown, unknown> {
  return {
    name: storage.name,
    rxdbVersion: storage.rxdbVersion,
    async createStorageInstance(params) {
      const instance = await storage.createStorageInstance(params).catch((error) => {
        throw toSyncError(error);
      });
      const { bulkWrite, query, count, findDocumentsById } = instance;
      instance.bulkWrite = (...args) => coded(bulkWrite.apply(instance, args));
      const read = <Result>(answer: Promise<Result>) =>
        coded(answer).catch((error) => {
          onReadFailed(params.collectionName);
          throw error;
        });
      instance.query = (...args) => read(query.apply(instance, args));
      instance.count = (...args) => read(count.apply(instance, args));
      instance.findDocumentsById = (...args) => read(findDocumentsById.apply(instance, args));
      return instance;
    },
  };
}

async function coded<Result>(answer: Promise<Result | RemoteFailure>): Promise<Result> {
  const result = await answer;
  if (result instanceof RemoteFailure) throw fromRemote(result.error);
  return result;
}

const codes: ReadonlySet<string> = new Set(Object.values(ErrorCode));

/** What a failed read or write means, as an error with one of the kit's codes. */
export function toSyncError(error: unknown): SyncError {
  const refusal = syncErrorFrom(error);
  if (refusal) return refusal;
  const remote = readCreationError(error);
  if (remote) return fromRemote(remote);
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (code === 'DB8') {
    return new SyncError(
      ErrorCode.AlreadyOpen,
      'This page has opened an engine for this identity already. Use that one, or close it and wait for it first.',
    );
  }
  if (name === 'DataCloneError') {
    return new SyncError(
      ErrorCode.ValueUnsupported,
      'A document holds a value that cannot leave the page, such as a function or an element. Documents are JSON: leave it out.',
    );
  }
  return fromRemote({ code: typeof code === 'string' ? code : undefined, name: String(name) }, error);
}

/** What RxDB refuses before it asks the storage, while a database is opened: a schema, a name, or a plugin that the app has added. */
export function toOpeningError(error: unknown): SyncError {
  const { rxdb, code } = error as { rxdb?: unknown; code?: unknown };
  if (rxdb !== true || typeof code !== 'string' || !/^(SC|COL|DVM|PL|UT)\d|^DB[1-7]$/.test(code))
    return toSyncError(error);
  return new SyncError(
    ErrorCode.SchemaUnsupported,
    `RxDB refuses a collection of schema.ts, or a plugin that the app has added to it: ${code}, which https://rxdb.info/errors.html explains. Change the schema, or take the plugin out.`,
    { cause: error },
  );
}

interface RemoteError {
  readonly code?: string | undefined;
  readonly name?: string;
  readonly message?: string;
}

function fromRemote({ code, name, message }: RemoteError, cause?: unknown): SyncError {
  if (code && codes.has(code)) return new SyncError(code as ErrorCode, message ?? code);
  const reason = [code ?? name, message].filter(Boolean).join(': ');
  // RxDB's own errors say what it was asked for and does not do; those of a storage come from the worker without its name.
  if (isProgrammingError({ name }) || name?.startsWith('RxError') || name?.startsWith('RxTypeError'))
    return runtimeFailed(reason, cause);
  const text = `The local database has failed (${reason}). Reload the page; if it happens again, the browser's storage for this site may be damaged.`;
  return new SyncError(ErrorCode.StorageFailed, text, cause === undefined ? undefined : { cause });
}

/** A failure to make a storage instance comes as a line of text before a JSON object. */
function readCreationError(error: unknown): RemoteError | undefined {
  const text = error instanceof Error ? error.message : '';
  if (!text.startsWith('could not create instance {')) return undefined;
  return JSON.parse(text.slice(text.indexOf('{'))) as RemoteError;
}
