/** What an engine is opened with. */

/** What `SyncProvider` does as long as the app does not know its user, which is while its `identity` is null. */
export enum GuestMode {
  /** It opens nothing: there is no engine. */
  None = 'none',
  /** It opens the guest database, which no sign-in touches. */
  Apart = 'apart',
  /** It opens the guest database, and what was written there becomes the data of the user who signs in next. */
  Adopted = 'adopted',
}

export interface OpenRequest {
  /** Null for a guest. */
  readonly identity: readonly string[] | null;
  /** What guests have written in this browser becomes this user's. */
  readonly adoptGuest?: boolean;
  readonly secret?: string;
  /** Overrides the relays of config.json; an empty list means local only. */
  readonly relays?: readonly string[];
}
