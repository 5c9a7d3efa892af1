/** Why a relay is not used for some time. */
export enum Demotion {
  Lies = 'lies',
  Forges = 'forges',
  Refuses = 'refuses',
  /** It takes, or gives, less at a time than the app needs. */
  Narrow = 'narrow',
  Floods = 'floods',
  /** It is connected and does not answer. */
  Unresponsive = 'unresponsive',
  /** It shows nothing of ours, while others do. */
  Silent = 'silent',
  /** It does not accept who we are (NIP-42). */
  Excludes = 'excludes',
}

const PASSING: ReadonlySet<Demotion> = new Set([Demotion.Unresponsive, Demotion.Silent, Demotion.Excludes]);

/** What may pass sooner than a relay's policy. */
export const isPassing = (reason: Demotion): boolean => PASSING.has(reason);

/** What costs this device time and does nobody any good. */
export const isHarmful = (reason: string | undefined): boolean =>
  reason === Demotion.Forges || reason === Demotion.Floods;
