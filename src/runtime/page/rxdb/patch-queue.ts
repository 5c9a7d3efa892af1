/**
 * The patches of a collection: those of one document are applied in the order in which they were asked for, and what waits is written in one go. Not
 * RxDB's queue for incremental writes: that one writes a new revision where nothing has changed, and refuses a good patch with a bad one beside it.
 */
import { beforeDocumentUpdateWrite, clone, getWrittenDocumentsFromBulkWriteResponse } from 'rxdb/plugins/core';
import type { BulkWriteRow, RxCollection, RxDocument, RxDocumentData, RxStorageWriteError } from 'rxdb/plugins/core';
import { ErrorCode } from '../../core/errors';
import { isJson, sameValue } from '../../core/json';
import type { SyncObject } from '../../core/json';
import { toSyncError } from './storage-errors';

/**
 * What becomes of a document; undefined writes nothing. It is called for each try, and what it throws refuses the patch.
 * @param stored a copy; undefined where there is no document.
 */
export type Patch = (stored: SyncObject | undefined) => SyncObject | undefined;

/** A patch that waits, is being written, or was. */
export interface QueuedPatch {
  /** Its write is under way: whoever looks at what is stored may see it already. */
  readonly isSent: boolean;
  /** Patches that were written together are committed at once. */
  readonly isCommitted: boolean;
  /** The document as it was written or, where nothing was to be written, as it is; null for none. */
  readonly committed: Promise<Stored | null>;
}

type Row = RxDocumentData<Properties>;
type Properties = Record<string, unknown>;
type Stored = RxDocument<Properties>;

interface Entry {
  readonly id: string;
  readonly patch: Patch;
  isSent: boolean;
  isCommitted: boolean;
  /** Was refused with others, one of which may have been the cause. */
  isAlone: boolean;
  resolve(document: Stored | null): void;
  reject(error: unknown): void;
}

/** What is wrong with a patch itself. Nothing was written then, so the others may be tried again. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.DocumentInvalid,
  ErrorCode.ValueUnsupported,
  ErrorCode.ValueTooLarge,
]);

const queues = new WeakMap<object, (id: string, patch: Patch) => QueuedPatch>();

/** Adds to the collection's queue. `committed` rejects with a SyncError, or with what the patch itself has thrown. */
export function enqueuePatch(collection: RxCollection, id: string, patch: Patch): QueuedPatch {
  const enqueue = queues.get(collection) ?? createQueue(collection);
  queues.set(collection, enqueue);
  return enqueue(id, patch);
}

function createQueue(collection: RxCollection): (id: string, patch: Patch) => QueuedPatch {
  const { primaryPath } = collection.schema;
  let waiting: Entry[] = [];
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    // What is asked for in the same task is written together.
    await Promise.resolve();
    while (waiting.length > 0) await write(takeBatch());
    isRunning = false;
  }

  /** By id. */
  function takeBatch(): ReadonlyMap<string, readonly Entry[]> {
    const batch = new Map<string, Entry[]>();
    const later: Entry[] = [];
    for (const entry of waiting) {
      const entries = batch.get(entry.id);
      if (!entries) batch.set(entry.id, [entry]);
      else if (entries[0]!.isAlone) later.push(entry);
      else entries.push(entry);
    }
    waiting = later;
    return batch;
  }

  async function write(batch: ReadonlyMap<string, readonly Entry[]>): Promise<void> {
    try {
      const rows = await collection.storageInstance.findDocumentsById([...batch.keys()], true);
      const storedById = new Map(rows.map((row) => [String((row as Properties)[primaryPath]), row as Row]));
      const changed = [...batch].flatMap(([id, entries]) => changesOf(id, entries, storedById.get(id)) ?? []);
      const ofNew = changed.filter(({ stored }) => !stored);
      const ofKnown = changed.filter(({ stored }) => stored);
      await Promise.all([send(ofNew, insert), send(ofKnown, update)]);
    } catch (error) {
      for (const entry of [...batch.values()].flat()) entry.reject(toSyncError(error));
    }
  }

  /** What the patches of a document come to; undefined if there is nothing to be written. */
  function changesOf(id: string, entries: readonly Entry[], stored: Row | undefined): Changed | undefined {
    const before = stored && !stored._deleted ? propertiesOf(stored) : undefined;
    let after = before;
    const applied = entries.filter(({ patch, reject }) => {
      try {
        const next = patch(after && clone(after));
        if (next) after = { ...next, [primaryPath]: id };
        return true;
      } catch (error) {
        reject(error);
        return false;
      }
    });
    if (after && !(before && sameValue(before, after) && isJson(after))) return { stored, after, entries: applied };
    const document = before ? (collection._docCache.getCachedRxDocument(stored!) as Stored) : null;
    for (const entry of applied) commit(entry, document);
    return undefined;
  }

  async function send(changed: readonly Changed[], act: (changed: readonly Changed[]) => Promise<Written>) {
    if (changed.length === 0) return;
    const entries = changed.flatMap((one) => one.entries);
    for (const entry of entries) entry.isSent = true;
    try {
      const { documents, errors } = await act(changed);
      for (const entry of entries) entry.isSent = false;
      for (const document of documents) settle(changed, document.primary, (entry) => commit(entry, document));
      for (const error of errors) refuse(changed, error);
    } catch (error) {
      for (const entry of entries) entry.isSent = false;
      const problem = toSyncError(error);
      // Which of them is to blame is not known.
      if (entries.length > 1 && REFUSALS.has(problem.code)) tryAlone(entries);
      else for (const entry of entries) entry.reject(problem);
    }
  }

  async function insert(changed: readonly Changed[]): Promise<Written> {
    const { success, error } = await collection.bulkInsert(changed.map(({ after }) => after as Properties));
    return { documents: success as Stored[], errors: error };
  }

  /** Also a deleted document: none of its old properties comes back. */
  async function update(changed: readonly Changed[]): Promise<Written> {
    const rows = changed.map(({ stored, after }) => {
      const { _meta, _rev, _attachments } = stored!;
      const document = { ...after, _meta, _rev, _attachments, _deleted: false } as Row;
      return { previous: stored!, document };
    });
    await Promise.all(rows.map(({ document, previous }) => beforeDocumentUpdateWrite(collection, document, previous)));
    const answer = await collection.storageInstance.bulkWrite(rows as unknown as BulkWriteRow<never>[], 'patch');
    const written = getWrittenDocumentsFromBulkWriteResponse(primaryPath as never, rows as never, answer) as Row[];
    const documents = written.map((row) => collection._docCache.getCachedRxDocument(row) as Stored);
    await Promise.all(documents.map((document, at) => collection._runHooks('post', 'save', written[at], document)));
    return { documents, errors: answer.error as RxStorageWriteError<unknown>[] };
  }

  function refuse(changed: readonly Changed[], error: RxStorageWriteError<unknown>): void {
    const { entries } = changed.find(({ after }) => after[primaryPath] === error.documentId)!;
    // Somebody was faster: once more, over what is stored now.
    if (error.status === 409) waiting = [...entries, ...waiting];
    else if (entries.length > 1) tryAlone(entries);
    else entries[0]!.reject(toSyncError(error));
  }

  function tryAlone(entries: readonly Entry[]): void {
    for (const entry of entries) entry.isAlone = true;
    waiting = [...entries, ...waiting];
  }

  function settle(changed: readonly Changed[], id: string, act: (entry: Entry) => void): void {
    changed.find(({ after }) => after[primaryPath] === id)?.entries.forEach(act);
  }

  return (id, patch) => {
    let entry: Entry;
    const committed = new Promise<Stored | null>((resolve, reject) => {
      entry = { id, patch, isSent: false, isCommitted: false, isAlone: false, resolve, reject };
    });
    waiting.push(entry!);
    if (!isRunning) void run();
    return Object.assign(entry!, { committed });
  };
}

interface Changed {
  /** Also of a deleted document. */
  readonly stored: Row | undefined;
  readonly after: SyncObject;
  readonly entries: readonly Entry[];
}

interface Written {
  readonly documents: readonly Stored[];
  readonly errors: readonly RxStorageWriteError<unknown>[];
}

function propertiesOf({ _meta, _rev, _deleted, _attachments, ...properties }: Row): SyncObject {
  return properties as SyncObject;
}

function commit(entry: Entry, document: Stored | null): void {
  entry.isCommitted = true;
  entry.resolve(document);
}
