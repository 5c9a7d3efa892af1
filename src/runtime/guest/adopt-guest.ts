/**
 * Adoption: what was written before anybody had signed in becomes the data of the user who claims it. The documents are joined with their
 * stamps, and the guest's device counts as one of this installation's, so that the writer finds and publishes them like its own. Emptying
 * comes last, and every step may be repeated: after a crash the next session of the user goes on with what it has claimed.
 */
import { getChangedDocumentsSince } from 'rxdb/plugins/core';
import { ErrorCode, SyncError } from '../core/errors';
import { collectionNames } from '../storage/rxdb/collections';
import type { Documents } from '../storage/rxdb/collections';
import type { Environment } from '../worker/browser-environment';
import { claimedGuests, claimGuest, forgetGuest, guestLock, recordedCollections } from './guest-database';
import type { GuestOptions } from './guest-database';
import type { Ledger } from '../persistence/ledger';
import { idOf, storedRows } from '../storage/rxdb/rows';
import type { Row, RowStorage } from '../storage/rxdb/rows';

export interface AdoptionOptions {
  readonly guests: GuestOptions;
  /** The user's. */
  readonly databaseName: string;
  readonly documents: Documents;
  readonly ledger: Ledger;
  /** The documents of a guest. */
  readonly openDocuments: (guest: string) => Documents;
  readonly environment: Pick<Environment, 'openLedger' | 'deleteDatabase'>;
  /** 32 random hex digits. */
  readonly newToken: () => string;
  /** Something may have been joined that is to be published. */
  readonly onJoined: () => void;
  /** How many documents and collections this version of the app has no place for. They stay where they are until a version takes them. */
  readonly onRefused: (count: number) => void;
  /** Ends it between any two steps. */
  readonly signal: AbortSignal;
}

const batchSize = 100;

/**
 * Adopts what the user has claimed, and before that claims what there is.
 * @param mayClaim `false` only finishes what an earlier session has claimed.
 * Resolves when nothing is left to adopt, which waits for every tab that still has a guest database open.
 */
export async function adoptGuests(options: AdoptionOptions, mayClaim: boolean): Promise<void> {
  const { guests, databaseName, environment, signal } = options;
  const claimed = await (mayClaim ? claimGuest : claimedGuests)(guests, databaseName);
  const refused = new Map<string, number>();
  // The caller may close everything after a failure, so none of them may go on then.
  const adopted = await Promise.allSettled(claimed.map(adopt));
  for (const one of adopted) if (one.status === 'rejected') throw one.reason;

  async function adopt(guest: string): Promise<void> {
    const lock = guestLock(guest);
    // At once, because a tab that nobody looks at may keep the guest database open for days.
    await guests.locks.request(lock, { mode: 'shared', signal }, () => joinGuest(guest));
    await guests.locks.request(lock, { signal }, async () => {
      await joinGuest(guest);
      if (refused.get(guest) !== 0) return;
      const opened = await recordedCollections(guests, guest);
      await environment.deleteDatabase(guest, [...new Set([...collectionNames(), ...opened.keys()])]);
      await forgetGuest(guests, guest);
    });
  }

  async function joinGuest(guest: string): Promise<void> {
    // Another tab of this user may have finished meanwhile.
    if (!(await claimedGuests(guests, databaseName)).includes(guest)) return;
    const { device, close } = await environment.openLedger(guest, options.newToken);
    close();
    await options.ledger.adoptDevices([device.id, ...device.former]);
    const documents = options.openDocuments(guest);
    try {
      await documents.openAll();
      const unknown = [...(await recordedCollections(guests, guest))].filter(
        ([name, isWritten]) => isWritten && !collectionNames().includes(name),
      );
      refused.set(guest, unknown.length + (await joinDocuments(documents, options)));
    } finally {
      await documents.close();
    }
    options.onJoined();
    options.onRefused([...refused.values()].reduce((sum, count) => sum + count, 0));
  }
}

/** Resolves with how many documents were refused. */
async function joinDocuments(from: Documents, { documents: to, signal }: AdoptionOptions): Promise<number> {
  let refused = 0;
  for (const name of from.store.collections) {
    for await (const batch of from.store.scan(name, batchSize)) {
      signal.throwIfAborted();
      refused += (await to.store.join(name, batch)).quarantined.length;
    }
  }
  for (const [name, source] of from.stamping.localCollections) {
    const target = to.stamping.localCollections.get(name);
    if (target) await copyLater(source, target, signal);
  }
  return refused;
}

/** Of documents without merge state the one that was written later stays, as a whole. */
async function copyLater(source: RowStorage, target: RowStorage, signal: AbortSignal): Promise<void> {
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
      const height = previous ? parseInt(previous._rev, 10) + 1 : 1;
      const document: Row = { ...row, _rev: `${height}-${row._rev.replace(/^\d+-/, '')}` };
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
