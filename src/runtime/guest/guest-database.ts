/**
 * Guests: before the app knows its user it may open a database of this browser alone. There is one at a time. A user who adopts it claims it
 * first, and from that moment the next guest has another one: whatever dies in between, nobody else sees what was claimed.
 */
import type { CollectionRecorder } from '../storage/layer';
import type { Installation } from '../persistence/installation';
import type { Locks } from '../contracts/tabs';

export interface GuestOptions {
  readonly installation: Installation;
  readonly locks: Locks;
  /** What the guest databases of this app are recorded under. */
  readonly app: string;
}

/**
 * Resolves with the name of the present guest database, which is nobody's to empty until `signal` aborts: every session of a guest shares the
 * lock that an adoption wants for itself at last.
 * @param newName 16 hex digits that no other database has.
 */
export async function enterGuest(
  { installation, locks, app }: GuestOptions,
  newName: () => string,
  signal: AbortSignal,
): Promise<string> {
  const present = async () => {
    const { present: name } = await installation.updateGuests(app, (guests) =>
      guests.present === undefined ? { ...guests, present: newName() } : guests,
    );
    return name!;
  };
  for (let name = await present(); ; name = await present()) {
    const leave = await share(locks, guestLock(name), signal);
    // It may have been claimed, and even emptied, while this waited for the lock.
    if ((await present()) === name) return name;
    leave();
  }
}

/** Makes the present guest database the user's, if there is one. Resolves with all that are the user's and not empty yet. */
export async function claimGuest(
  { installation, app }: GuestOptions,
  databaseName: string,
): Promise<readonly string[]> {
  const { claims } = await installation.updateGuests(app, (guests) => {
    const { present, ...others } = guests;
    return present === undefined ? guests : { ...others, claims: { ...guests.claims, [present]: databaseName } };
  });
  return claimedBy(claims, databaseName);
}

/** Resolves with the guest databases that are the user's and not empty yet. */
export async function claimedGuests(
  { installation, app }: GuestOptions,
  databaseName: string,
): Promise<readonly string[]> {
  const { claims } = await installation.updateGuests(app, (guests) => guests);
  return claimedBy(claims, databaseName);
}

/**
 * Records what is opened in a guest database, and before the first write to a collection that there is one: the version of the app that adopts it may
 * not know the collection, and would take for empty what it cannot see.
 */
export function createGuestRecorder({ installation, app }: GuestOptions, guest: string): CollectionRecorder {
  const record = (collection: string, isWritten: boolean) =>
    installation.updateGuests(app, (guests) => {
      const known = guests.collections?.[guest];
      if (known?.[collection] === true || known?.[collection] === isWritten) return guests;
      return { ...guests, collections: { ...guests.collections, [guest]: { ...known, [collection]: isWritten } } };
    });
  return {
    opening: async (collection) => void (await record(collection, false)),
    writing: async (collection) => void (await record(collection, true)),
  };
}

/** Resolves with what was opened in a guest database by any version of the app: whether anything was written, by collection. */
export async function recordedCollections(
  { installation, app }: GuestOptions,
  guest: string,
): Promise<ReadonlyMap<string, boolean>> {
  const { collections } = await installation.updateGuests(app, (guests) => guests);
  return new Map(Object.entries(collections?.[guest] ?? {}));
}

/** Nothing is left of a guest database, so nothing has to be known of it. */
export async function forgetGuest({ installation, app }: GuestOptions, guest: string): Promise<void> {
  await installation.forgetDatabase(guest);
  await installation.updateGuests(app, (guests) => {
    const { [guest]: _claim, ...claims } = guests.claims;
    const { [guest]: _opened, ...collections } = guests.collections ?? {};
    return { ...guests, claims, collections };
  });
}

export const guestLock = (guest: string): string => `${guest}/guest`;

function claimedBy(claims: { readonly [guest: string]: string }, databaseName: string): readonly string[] {
  return Object.keys(claims).filter((guest) => claims[guest] === databaseName);
}

/** Resolves when the lock is held, with what gives it back before `signal` does. */
function share(locks: Locks, name: string, signal: AbortSignal): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const hold = () =>
      new Promise<void>((leave) => {
        signal.addEventListener('abort', () => leave(), { once: true });
        resolve(leave);
      });
    locks.request(name, { mode: 'shared', signal }, hold).catch(reject);
  });
}
