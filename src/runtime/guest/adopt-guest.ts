/**
 * Adoption: what was written before anybody had signed in becomes the data of the user who claims it. The documents are joined with their
 * stamps, and the guest's device counts as one of this installation's, so that the writer finds and publishes them like its own. Emptying
 * comes last, and every step may be repeated: after a crash the next session of the user goes on with what it has claimed.
 */
import type { Ledger } from '../persistence/ledger';
import type { LayerDatabase } from '../storage/layer';
import { claimedGuests, claimGuest, forgetGuest, guestLock, recordedCollections } from './guest-database';
import type { GuestOptions } from './guest-database';

export interface AdoptionOptions {
  readonly guests: GuestOptions;
  /** The user's. */
  readonly databaseName: string;
  readonly documents: LayerDatabase;
  /** Names of the app's collections. */
  readonly collections: readonly string[];
  readonly ledger: Ledger;
  /** The documents of a guest. */
  readonly openDocuments: (guest: string) => LayerDatabase;
  readonly openLedger: (databaseName: string, newDeviceId: () => string) => Promise<Ledger>;
  /** Leaves nothing of a database that nobody has open. */
  readonly deleteDatabase: (databaseName: string, collections: readonly string[]) => Promise<void>;
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
  const { guests, databaseName, collections, signal } = options;
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
      await options.deleteDatabase(guest, [...new Set([...collections, ...opened.keys()])]);
      await forgetGuest(guests, guest);
    });
  }

  async function joinGuest(guest: string): Promise<void> {
    // Another tab of this user may have finished meanwhile.
    if (!(await claimedGuests(guests, databaseName)).includes(guest)) return;
    await guests.installation.admitDatabase(guest);
    const { device, close } = await options.openLedger(guest, options.newToken);
    close();
    await options.ledger.adoptDevices([device.id, ...device.former]);
    const documents = options.openDocuments(guest);
    try {
      await documents.openAll();
      const unknown = [...(await recordedCollections(guests, guest))].filter(
        ([name, isWritten]) => isWritten && !collections.includes(name),
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
async function joinDocuments(from: LayerDatabase, { documents: to, signal }: AdoptionOptions): Promise<number> {
  let refused = 0;
  for (const name of from.store.collections) {
    for await (const batch of from.store.scan(name, batchSize)) {
      signal.throwIfAborted();
      const readable = batch.filter(({ isNewer }) => !isNewer);
      refused += batch.length - readable.length + (await to.store.join(name, readable)).quarantined.length;
    }
  }
  await to.copyLocalCollections(from, signal);
  return refused;
}
