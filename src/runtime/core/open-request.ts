/** How an engine is opened, and for whom. */
import { ErrorCode, SyncError } from './errors';

/** What `SyncProvider` does as long as nobody is signed in, which is while its `identity` is null. */
export enum GuestMode {
  /** It opens nothing: there is no engine. */
  None = 'none',
  /** It opens the guest database, which no sign-in touches. */
  Apart = 'apart',
  /** It opens the guest database, and what was written there becomes the data of the user who signs in next. */
  Adopted = 'adopted',
}

/** One of the values that say who the user is: a text, or a safe integer, which counts as its decimal digits. */
export type IdentityPart = string | number;

/** What an engine is opened with. */
export interface OpenRequest {
  /**
   * Who the user is, in values that never change: ids rather than e-mail addresses. All devices that give the same values in the same
   * order share their data; nothing else connects them. Null for a guest, while nobody is signed in: a database of this browser alone, without
   * keys and relays. `undefined` is no identity: as long as the app does not know its user, nothing is opened.
   */
  readonly identity: readonly IdentityPart[] | null;
  /**
   * What was written in this browser as a guest (`identity: null`) becomes this user's: it is moved into this database in the background
   * and syncs from then on, and the next guest begins with nothing. Without it the guest database stays apart as it is.
   */
  readonly adoptGuest?: boolean;
  /**
   * Mixed into the keys: a passphrase, a WebAuthn PRF output, a token of the app's auth provider. Every device needs the same one; white
   * space around it does not count.
   */
  readonly secret?: string;
  /**
   * This user has data already, on other devices: nothing is published until something opens with the keys. If the relays hold nothing that does,
   * the status says KEY_MISMATCH, which mostly means a mistyped `secret`. Not for a user who has just signed up.
   */
  readonly existing?: boolean;
  /** Instead of the relays of config.json. An empty list keeps everything on this device. */
  readonly relays?: readonly string[];
}

/** An identity as long as the app may not know its user yet: undefined, or a part of it is. */
export type MaybeIdentity = readonly (IdentityPart | undefined)[] | null | undefined;

/** Whether the app knows yet who the user is, or that nobody is signed in. */
export function isIdentityKnown(identity: MaybeIdentity): identity is OpenRequest['identity'] {
  // `includes` finds what is missing in the list, too.
  return identity !== undefined && !(Array.isArray(identity) && identity.includes(undefined));
}

/**
 * Callers in JavaScript may give anything, and what is no identity must open nothing: least of all the database of guests.
 * @throws SyncError IDENTITY_INVALID, naming a part by its number and never repeating it.
 */
export function checkIdentity(identity: unknown): asserts identity is OpenRequest['identity'] {
  if (identity === null) return;
  if (identity === undefined) {
    throw identityInvalid(
      'it is undefined, which says that the user is not known yet. Open the engine when the user is known, with [user.id], or with null when nobody is signed in',
    );
  }
  if (!Array.isArray(identity) || identity.length === 0) {
    throw identityInvalid(
      `it is ${Array.isArray(identity) ? 'an empty list' : `of type ${typeof identity}`}. Give a list of at least one text or whole number, such as [user.id], or null when nobody is signed in`,
    );
  }
  // Not `forEach`, which leaves out what is missing in the list.
  for (const [index, part] of Array.from<unknown>(identity).entries()) {
    const why = whyNoPart(part);
    if (why !== undefined) throw identityInvalid(`part ${index + 1} ${why}`);
  }
}

function whyNoPart(part: unknown): string | undefined {
  if (part === undefined) return 'is undefined. Open the engine when the user is known';
  if (typeof part === 'string')
    return part.trim() === '' ? 'is empty. Open the engine when the user is known' : undefined;
  if (typeof part !== 'number') return 'is neither a text nor a whole number';
  if (Number.isSafeInteger(part)) return undefined;
  return 'is a number that not every device writes alike. Give a whole number up to 2^53 - 1, or a text';
}

export function identityInvalid(reason: string): SyncError {
  return new SyncError(ErrorCode.IdentityInvalid, `The identity cannot be used: ${reason}.`);
}
