/** How an engine is opened. */

/** What `SyncProvider` does as long as the app does not know its user, which is while its `identity` is null. */
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
   * order share their data; nothing else connects them. Null for a guest, as long as the app does not know its user: a database of this
   * browser alone, without keys and relays.
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
