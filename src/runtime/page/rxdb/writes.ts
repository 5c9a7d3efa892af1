/**
 * The patches of a collection that are not committed yet. Whoever shows documents lays them over what is stored: a change shows in the frame in which it is
 * made, wherever the document is shown, and is taken back if it is refused.
 */
import { clone, getHeightOfRevision } from 'rxdb/plugins/core';
import type { RxCollection, RxDocument } from 'rxdb/plugins/core';
import { copyJson } from '../../core/json';
import type { SyncObject } from '../../core/json';
import { initialDocumentOf } from '../../core/schema';
import { applyChanges, checkChanges } from '../changes';
import type { Change } from '../changes';
import { schemaOf } from './database';
import type { QueuedPatch } from './patch-queue';

export interface Writing {
  readonly change: Change;
  /** It changes a document that is there: where none is, it is refused. */
  readonly isOfDocument: boolean;
  readonly queued: QueuedPatch;
}

/** The writing of a document has changed. */
export interface WritingChange {
  readonly id: string;
  /** What was committed, as it is stored now; null where there is no document. Undefined when a write begins, or was refused. */
  readonly committed?: RxDocument | null;
}

export interface CollectionWrites {
  begin(id: string, writing: Writing): void;
  /** Of the documents that are being written. */
  ids(): Iterable<string>;
  has(id: string): boolean;
  /** A write of it is under way: whoever looks at what is stored may see it already. */
  isSent(id: string): boolean;
  /** A document with what is being written of it; undefined and null stay where nothing is. */
  over<Stored extends SyncObject | null | undefined>(id: string, stored: Stored): SyncObject | Stored;
  /**
   * Calls back in the very task in which something begins or ends.
   * @param id only of this document; null: of all.
   */
  onChanged(id: string | null, listener: (change: WritingChange) => void): () => void;
}

const writesByCollection = new WeakMap<RxCollection, CollectionWrites>();

export function writesOf(collection: RxCollection): CollectionWrites {
  let writes = writesByCollection.get(collection);
  if (!writes) writesByCollection.set(collection, (writes = createWrites(collection)));
  return writes;
}

function createWrites(collection: RxCollection): CollectionWrites {
  const schema = schemaOf(collection);
  const { primaryPath } = collection.schema;
  const initial = initialDocumentOf(schema);
  const writingById = new Map<string, readonly Writing[]>();
  const listenersById = new Map<string | null, Set<(change: WritingChange) => void>>();

  function notify(change: WritingChange): void {
    for (const id of [change.id, null]) for (const listener of [...(listenersById.get(id) ?? [])]) listener(change);
  }

  /** What was committed with others goes with them, so that nothing shows twice. */
  function end(id: string, queued: QueuedPatch, committed?: RxDocument | null): void {
    const left = (writingById.get(id) ?? []).filter((one) => one.queued !== queued && !one.queued.isCommitted);
    if (left.length > 0) writingById.set(id, left);
    else writingById.delete(id);
    notify({ id, ...(committed !== undefined && { committed }) });
  }

  /** What cannot be shown is refused when it is written. */
  function withChange(
    id: string,
    shown: SyncObject | null | undefined,
    { change, isOfDocument }: Writing,
  ): SyncObject | null | undefined {
    if (isOfDocument && shown === null) return shown;
    try {
      const changes = typeof change === 'function' ? change(shown ? clone(shown) : undefined) : change;
      if (changes === undefined) return shown;
      checkChanges(changes);
      return { ...initial, ...copyJson(applyChanges(shown ?? initial, changes, schema)), [primaryPath]: id };
    } catch {
      return shown;
    }
  }

  return {
    begin(id, writing) {
      writingById.set(id, [...(writingById.get(id) ?? []), writing]);
      writing.queued.committed.then(
        (document) => end(id, writing.queued, latestOf(document)),
        () => end(id, writing.queued),
      );
      notify({ id });
    },
    ids: () => writingById.keys(),
    has: (id) => writingById.has(id),
    isSent: (id) => (writingById.get(id) ?? []).some(({ queued }) => queued.isSent),
    over: (id, stored) =>
      (writingById.get(id) ?? []).reduce<SyncObject | null | undefined>(
        (shown, writing) => withChange(id, shown, writing),
        stored,
      ) as SyncObject | typeof stored,
    onChanged(id, listener) {
      const listeners = listenersById.get(id) ?? new Set();
      listenersById.set(id, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && listenersById.get(id) === listeners) listenersById.delete(id);
      };
    },
  };
}

/** As it is stored by now; null where it is gone. What a write has returned may be newer than what RxDB has heard of so far. */
function latestOf(written: RxDocument | null): RxDocument | null {
  if (!written) return null;
  const known = written.getLatest() as RxDocument;
  const latest = heightOf(known) < heightOf(written) ? written : known;
  return latest.deleted ? null : latest;
}

/** Of two revisions of a document the later one is the higher one. */
export const heightOf = ({ revision }: RxDocument): number => getHeightOfRevision(revision);
