/** Collections that do not sync. Their documents bear no merge state. */
import { createRevision, getChangedDocumentsSince } from 'rxdb/plugins/core';
import { ErrorCode, SyncError } from '../../core/errors';
import { idOf, storedRows } from './rows';
import type { Row, RowStorage } from './rows';

const batchSize = 100;

/**
 * Copies documents to another collection: of each the one that was written later stays, as a whole.
 * @throws SyncError STORAGE_FAILED, or what the storage below says; what `signal` was aborted with.
 */
export async function copyLater(source: RowStorage, target: RowStorage, signal: AbortSignal): Promise<void> {
  for (let checkpoint: unknown; ;) {
    signal.throwIfAborted();
    const changed = await getChangedDocumentsSince(source, batchSize, checkpoint);
    if (changed.documents.length === 0) return;
    checkpoint = changed.checkpoint;
    await swapLater(target, changed.documents as readonly Row[]);
  }
}

async function swapLater(target: RowStorage, rows: readonly Row[]): Promise<void> {
  for (let pending = rows; pending.length > 0;) {
    const stored = await storedRows(
      target,
      pending.map((row) => idOf(row, target)),
    );
    const writes = pending.flatMap((row) => {
      const previous = stored.get(idOf(row, target));
      if (previous && previous._meta.lwt >= row._meta.lwt) return [];
      const document: Row = { ...row, _rev: createRevision(row._rev.replace(/^\d+-/, ''), previous) };
      return [{ ...(previous && { previous }), document }];
    });
    const { error } = writes.length > 0 ? await target.bulkWrite(writes, 'zero-backend-sync-adoption') : { error: [] };
    const failed = error.find(({ status }) => status !== 409);
    if (failed)
      throw new SyncError(ErrorCode.StorageFailed, `The local database refused a document (${failed.status}).`);
    const conflicts = new Set(error.map(({ documentId }) => documentId));
    pending = pending.filter((row) => conflicts.has(idOf(row, target)));
  }
}
